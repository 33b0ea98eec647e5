"""How members deteriorate, estimated from inspections."""

from nagamochi.deterioration.competing.fit import fit_competing_hazards
from nagamochi.deterioration.competing.model import CompetingModel
from nagamochi.deterioration.competing.result import CompetingFit
from nagamochi.deterioration.curves.fit import fit_curves
from nagamochi.deterioration.curves.result import HealthCurves
from nagamochi.deterioration.estimate import Estimate
from nagamochi.deterioration.goodness import LikelihoodRatio, PearsonTest
from nagamochi.deterioration.hazards.fit import fit_hazards
from nagamochi.deterioration.hazards.frailty import Frailty
from nagamochi.deterioration.hazards.model import HazardModel
from nagamochi.deterioration.hazards.result import HazardFit
from nagamochi.deterioration.inspections import inspection_pairs
from nagamochi.deterioration.pairs_in_parts import PairsInParts
from nagamochi.deterioration.scale import Scale
from nagamochi.deterioration.scatter.fit import fit_scatter
from nagamochi.deterioration.scatter.result import ScatterFit

__all__ = [
    "CompetingFit",
    "CompetingModel",
    "Estimate",
    "Frailty",
    "HazardFit",
    "HazardModel",
    "HealthCurves",
    "LikelihoodRatio",
    "PairsInParts",
    "PearsonTest",
    "Scale",
    "ScatterFit",
    "fit_competing_hazards",
    "fit_curves",
    "fit_hazards",
    "fit_scatter",
    "inspection_pairs",
]
