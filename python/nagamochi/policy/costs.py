"""Costs of inspections and repairs, by section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.policy.chains import Indices, Numbers, Rows, checked_array, refuse_elements


@dataclass(frozen=True, eq=False)
class Costs:
    """Checked costs of sections, yen per unit of length, and the discount rate per year.

    Parameters
    ----------
    kinds : numpy.ndarray
        ``(kinds, J + 2)`` different costs: of repairs by the rating found, of a periodic and an additional inspection.
    kind : numpy.ndarray
        ``(n,)`` kind of each section.
    length : numpy.ndarray
        ``(n,)``.
    discount_rate : float
        Per year, above 0 and below 1.
    """

    kinds: Numbers
    kind: Indices
    length: Numbers
    discount_rate: float

    @cached_property
    def unit_length(self) -> bool:
        """Whether all sections have length 1, so that nothing needs to be multiplied by it."""
        return bool((self.length == 1).all())

    @property
    def repair(self) -> Numbers:
        """``(kinds, J)`` costs of repairs."""
        return self.kinds[:, :-2]

    def core(self, kind: int) -> _core.PolicyCosts:
        """Return one kind for the kernels."""
        *repair, inspection, additional = self.kinds[kind].tolist()
        return _core.PolicyCosts(
            repair=np.array(repair),
            inspection=inspection,
            additional=additional,
            discount_rate=self.discount_rate,
        )

    def split(self, sections: slice | Rows) -> Iterator[tuple[_core.PolicyCosts, slice | Indices]]:
        """Iterate over the kinds among some sections, with the positions of their sections."""
        if len(self.kinds) == 1:
            yield self.core(0), slice(None)
            return
        found = self.kind[sections]
        order = found.argsort(kind="stable")
        kinds, starts = np.unique(found[order], return_index=True)
        for kind, positions in zip(kinds.tolist(), np.split(order, starts[1:]), strict=True):
            yield self.core(kind), positions

    def repeated(self, times: int) -> Costs:
        """Return the costs of so many sections like the only one."""
        return Costs(self.kinds, np.repeat(self.kind, times), np.repeat(self.length, times), self.discount_rate)


def checked_costs(
    ratings: int,
    sections: int | None,
    repair_cost: npt.ArrayLike,
    inspection_cost: npt.ArrayLike,
    additional_inspection_cost: npt.ArrayLike | None,
    discount_rate: float,
    length: npt.ArrayLike,
) -> tuple[Costs, bool]:
    """Check costs of `sections` sections, None if that is not known yet; return them, and whether there may be several.

    An additional inspection costs as much as a periodic one unless its cost is given.
    """
    given = {
        "repair_cost": _repair_cost(ratings, repair_cost),
        "inspection_cost": _cost("inspection_cost", inspection_cost),
    }
    given["additional_inspection_cost"] = given["inspection_cost"]
    if additional_inspection_cost is not None:
        given["additional_inspection_cost"] = _cost("additional_inspection_cost", additional_inspection_cost)
    given["length"] = _length(length)
    sizes = {name: len(column) for name, (column, many) in given.items() if many}
    n = sections if sections is not None and sections > 1 else max([1, *sizes.values()])
    for name, size in sizes.items():
        if size not in (1, n):
            raise arguments.invalid(name, f"must be one for all sections, or one for each of {n}", size)
    rate = checked_discount_rate(discount_rate)
    *columns, lengths = (column for column, _ in given.values())
    rows = max(map(len, columns))
    table = np.column_stack([np.broadcast_to(column, (rows, column.shape[1])) for column in columns])
    kinds, kind = (table, np.zeros(1, np.int64)) if rows == 1 else np.unique(table, axis=0, return_inverse=True)
    costs = Costs(
        np.ascontiguousarray(kinds),
        np.array(np.broadcast_to(kind.reshape(-1), n)),
        np.array(np.broadcast_to(lengths[:, 0], n)),
        rate,
    )
    return costs, sections is not None or bool(sizes)


def checked_discount_rate(discount_rate: float) -> float:
    """Return a rate at which costs without end have a present value."""
    rate = arguments.number("discount_rate", discount_rate)
    if rate <= 0:
        rule = "must be above 0, because costs without end have no present value otherwise"
        raise arguments.invalid("discount_rate", rule, rate)
    return arguments.discount_rate(rate)


def checked_risk_limit(name: str, value: object) -> float:
    """Return a probability that may bound the risk."""
    limit = arguments.number(name, value)
    if not 0 < limit < 1:
        raise arguments.invalid(name, "must be above 0 and below 1", limit)
    return limit


def checked_risk_limits(risk_limit: object) -> tuple[Numbers, bool]:
    """Return one limit or several as an array, and whether several may have been meant."""
    if not isinstance(risk_limit, list | tuple | range | np.ndarray) or np.ndim(np.asarray(risk_limit, object)) == 0:
        return np.array([checked_risk_limit("risk_limit", risk_limit)]), False
    if len(risk_limit) == 0:
        raise arguments.invalid("risk_limit", "must be at least one number", risk_limit)
    return np.array([checked_risk_limit(f"risk_limit[{n}]", limit) for n, limit in enumerate(risk_limit)]), True


def _repair_cost(ratings: int, given: npt.ArrayLike) -> tuple[Numbers, bool]:
    rule = f"must be one number, one for each of {ratings} ratings, or a row of these for each section"
    costs = checked_array("repair_cost", given, (0, 1, 2), rule)
    many = costs.ndim == 2
    if costs.ndim and costs.shape[-1] not in (ratings, 1 if many else ratings):
        raise arguments.invalid("repair_cost", rule, costs.shape)
    _refuse_negative("repair_cost", costs if costs.ndim else costs.reshape(1), costs.ndim > 0)
    table = np.array(np.broadcast_to(costs, (len(costs) if many else 1, ratings)))
    rising = np.diff(table, axis=1, prepend=0) >= 0
    refuse_elements("repair_cost", table, rising, "must not be below the cost of the better rating before it", many)
    return table, many


def _cost(name: str, given: npt.ArrayLike) -> tuple[Numbers, bool]:
    values = checked_array(name, given, (0, 1), "must be one number, or one for each section")
    _refuse_negative(name, values.reshape(-1), values.ndim == 1)
    return values.reshape(-1, 1), values.ndim == 1


def _length(given: npt.ArrayLike) -> tuple[Numbers, bool]:
    lengths, many = _cost("length", given)
    refuse_elements("length", lengths[:, 0], lengths[:, 0] > 0, "must be above 0", many)
    return lengths, many


def _refuse_negative(name: str, values: Numbers, many: bool) -> None:
    refuse_elements(name, values, np.isfinite(values) & (values >= 0), "must be a finite number, at least 0", many)
