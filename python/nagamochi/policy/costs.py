"""What inspections and repairs cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.errors import InvalidInput, Problem


@dataclass(frozen=True, eq=False)
class Costs:
    """Checked costs of one section, yen, and the discount rate per year."""

    repair: npt.NDArray[np.float64]  # (J) by the rating found
    inspection: float
    additional: float
    discount_rate: float

    @property
    def core(self) -> _core.PolicyCosts:
        """The same for the kernels."""
        return _core.PolicyCosts(
            repair=self.repair,
            inspection=self.inspection,
            additional=self.additional,
            discount_rate=self.discount_rate,
        )


def checked_costs(
    ratings: int,
    repair_cost: npt.ArrayLike,
    inspection_cost: float,
    additional_inspection_cost: float | None,
    discount_rate: float,
) -> Costs:
    """Costs that a model can be built on; an additional inspection costs what a periodic one does unless given."""
    rule = f"must be one number or {ratings}, one for each rating"
    try:
        repair = np.array(repair_cost, np.float64)
    except (TypeError, ValueError):
        raise arguments.invalid("repair_cost", rule, repair_cost) from None
    if repair.ndim == 0:
        repair = np.full(ratings, float(repair))
    if repair.shape != (ratings,):
        raise arguments.invalid("repair_cost", rule, repair.shape)
    for rating, cost in enumerate(repair):
        arguments.number(f"repair_cost[{rating}]", float(cost), at_least=0)
        if rating and cost < repair[rating - 1]:
            rule = f"must not be below the cost of the better rating before it, {repair[rating - 1]:g}"
            raise arguments.invalid(f"repair_cost[{rating}]", rule, float(cost))
    inspection = arguments.number("inspection_cost", inspection_cost, at_least=0)
    additional = inspection
    if additional_inspection_cost is not None:
        additional = arguments.number("additional_inspection_cost", additional_inspection_cost, at_least=0)
    rate = arguments.number("discount_rate", discount_rate)
    if rate <= 0:
        raise arguments.invalid("discount_rate", "must be above 0, or costs without end have no present value", rate)
    return Costs(repair, inspection, additional, rate)


def checked_risk_limit(name: str, value: object) -> float:
    """A probability that may bound the risk."""
    limit = arguments.number(name, value)
    if not 0 < limit < 1:
        raise arguments.invalid(name, "must be above 0 and below 1", limit)
    return limit


class TooStrict(InvalidInput):
    """No policy keeps to the risk limit; the least risk that can be had is said, and its cost."""

    @classmethod
    def limit(cls, limit: float, least_risk: float, its_lcc: float, of: str = "of these policies") -> TooStrict:
        """Refuse a limit."""
        rule = f"must be at least {least_risk:.3g}, the least risk {of}, for {its_lcc:,.0f} yen"
        return cls(Problem(rule, str(limit), where="risk_limit"))
