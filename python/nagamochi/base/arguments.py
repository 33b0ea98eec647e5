"""Checks of plain arguments; each returns the value in the type used by the rest of the package."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Sequence
from typing import TypeVar

from nagamochi.errors import InvalidInput, Problem

Choice = TypeVar("Choice")


def whole_number(name: str, value: object, *, at_least: int, at_most: int | None = None) -> int:
    """Return a whole number within its limits."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        whole = int(value)
        if whole >= at_least and (at_most is None or whole <= at_most):
            return whole
    limits = f", at least {at_least}" if at_most is None else f" from {at_least} to {at_most}"
    raise invalid(name, f"must be a whole number{limits}", value)


def number(name: str, value: object, *, at_least: float | None = None, at_most: float | None = None) -> float:
    """Return a finite number within its limits."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        real = float(value)
        if math.isfinite(real) and (at_least is None or real >= at_least) and (at_most is None or real <= at_most):
            return real
    limits = [f", at {side} {limit:g}" for side, limit in (("least", at_least), ("most", at_most)) if limit is not None]
    raise invalid(name, "".join(["must be a finite number", *limits]), value)


def one_of(name: str, value: Choice, choices: Sequence[Choice]) -> Choice:
    """Return one of the choices."""
    if value not in choices:
        raise invalid(name, f"must be one of {', '.join(map(str, choices))}", value)
    return value


def instance(name: str, value: object, *kinds: type) -> None:
    """Check that a value has one of these types."""
    if not isinstance(value, kinds):
        raise invalid(name, f"must be a {' or '.join(kind.__name__ for kind in kinds)}", value)


def threads(value: object) -> int:
    """Return the number of threads to use, at least 1; 0 stands for all cores that the process may use."""
    return whole_number("threads", value, at_least=0, at_most=1024) or len(os.sched_getaffinity(0))


def horizon(value: object) -> int:
    """Return the years to plan for."""
    return whole_number("horizon", value, at_least=1, at_most=1000)


def discount_rate(value: object) -> float:
    """Return a discount rate per year; 4 is a slip for 4 %, which is 0.04."""
    rate = number("discount_rate", value, at_least=0)
    if rate >= 1:
        raise invalid("discount_rate", "must be below 1, as 4 % a year is 0.04", rate)
    return rate


def invalid(name: str, rule: str, value: object) -> InvalidInput:
    """Return the error that names an argument, its rule and the value."""
    return InvalidInput(Problem(rule, str(value) if isinstance(value, numbers.Number) else repr(value), where=name))


def language(value: str) -> str:
    """Return a language that files and reports can be written in."""
    return one_of("language", value, ("ja", "en"))
