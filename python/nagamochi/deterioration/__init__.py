"""How members deteriorate, estimated from one's own inspections."""

from nagamochi.deterioration.competing import fit_competing_hazards
from nagamochi.deterioration.competing_fit import CompetingFit
from nagamochi.deterioration.curves import fit_curves
from nagamochi.deterioration.frailty import Frailty
from nagamochi.deterioration.hazard_fit import HazardFit, LikelihoodRatio
from nagamochi.deterioration.hazards import fit_hazards
from nagamochi.deterioration.health_curves import HealthCurves
from nagamochi.deterioration.inspections import inspection_pairs
from nagamochi.deterioration.pearson import PearsonTest

__all__ = [
    "CompetingFit",
    "Frailty",
    "HazardFit",
    "HealthCurves",
    "LikelihoodRatio",
    "PearsonTest",
    "fit_competing_hazards",
    "fit_curves",
    "fit_hazards",
    "inspection_pairs",
]
