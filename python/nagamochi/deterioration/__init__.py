"""How members deteriorate, estimated from one's own inspections."""

from nagamochi.deterioration.curves import fit_curves
from nagamochi.deterioration.frailty import Frailty
from nagamochi.deterioration.hazard_fit import HazardFit, LikelihoodRatio
from nagamochi.deterioration.hazards import fit_hazards
from nagamochi.deterioration.health_curves import HealthCurves
from nagamochi.deterioration.inspections import inspection_pairs

__all__ = [
    "Frailty",
    "HazardFit",
    "HealthCurves",
    "LikelihoodRatio",
    "fit_curves",
    "fit_hazards",
    "inspection_pairs",
]
