"""Which records a search may find: conditions on their columns."""

from __future__ import annotations

import math
import numbers
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.base.forked import refuse_lost_threads
from nagamochi.errors import InvalidInput, Problem
from nagamochi.retrieval.catalog.found_photos import as_compared
from nagamochi.vocabulary import our_name

Where = Mapping[str, object] | str

NEAR = "near"
EARTH_RADIUS = 6_371_009.0  # metres, mean
ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONDITION = re.compile(r"\s*([^=!<>]+?)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*", re.DOTALL)
_COMPARED = re.compile(r"(!=|<=|>=|=|<|>)\s*(.*?)\s*", re.DOTALL)
_PART = re.compile(r'((?:[^,"]|"[^"]*")+)(?:,|$)')
_BETWEEN_VALUES = re.compile(r'\|(?=(?:[^"]*"[^"]*")*[^"]*$)')


def admitted(records: pl.DataFrame, where: Where | None) -> npt.NDArray[np.bool_] | None:
    """Return which records meet all conditions.

    Parameters
    ----------
    records : polars.DataFrame
        One row a photo.
    where : mapping or str, optional
        By column, each condition one of

        - a value: equal to it; texts that look the same are equal, such as ｃ and c (`nagamochi.tables.spelling`), but
          names of files (photo, file, inside) only as they are written;
        - text that begins with ``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``: compared with what follows, text by the
          first two only; what is not recorded differs from every value;
        - a set or list of values: one of them;
        - a pair of numbers, ``(2019, 2023)`` or ``(2019, None)``: from the first to the second, both included;

        and ``near=(latitude, longitude, metres)``: at most so far away, over the mean sphere.

        As text: conditions joined by commas, values of a set by ``|``, as in
        ``"member=main girder|slab, severity!=a|b, year>=2019, near=35.68 139.76 500"``, where ``!=`` admits none of a
        set; a value with a comma or ``|`` in double quotes.

    Returns
    -------
    numpy.ndarray or None
        ``(n)`` bool, a new array; None where there is no condition.

    Raises
    ------
    InvalidInput
        No such column, a value that its column cannot have, or text that is no condition.

    Examples
    --------
    >>> records = pl.DataFrame({"member": ["slab", "main girder", "slab"], "year": [2014, 2019, None]})
    >>> admitted(records, {"member": "slab"})
    array([ True, False,  True])
    >>> admitted(records, "member=slab|pier, year<=2018")
    array([ True, False, False])
    """
    if where is None:
        return None
    conditions = _conditions(where)
    if not conditions:
        return None
    refuse_lost_threads()
    holds = pl.all_horizontal([_holds(records, column, condition) for column, condition in conditions])
    mask: npt.NDArray[np.bool_] = records.select(holds.fill_null(False)).to_series().to_numpy(writable=True)
    return mask


def conditioned(where: Where | None) -> list[str]:
    """Return the columns that conditions are about, as they call them.

    Examples
    --------
    >>> conditioned("member=slab, year>=2019, year<=2023, near=35.68 139.76 500")
    ['member', 'year', 'latitude', 'longitude']
    """
    if where is None:
        return []
    columns = [column for column, _ in _conditions(where)]
    places = {NEAR: ("latitude", "longitude")}
    return list(dict.fromkeys(name for column in columns for name in places.get(column, (column,))))


def _conditions(where: Where) -> list[tuple[str, object]]:
    return list(_parsed(where)) if isinstance(where, str) else list(where.items())


def stated(where: Where | None) -> str:
    """Return conditions as text, as `admitted` reads it; empty where there are none.

    Examples
    --------
    >>> stated({"member": {"slab", "main girder"}, "year": (2019, None), "near": (35.68, 139.76, 500)})
    'member=main girder|slab, year>=2019, near=35.68 139.76 500'
    """
    if where is None or isinstance(where, str):
        return (where or "").strip()
    return ", ".join(_stated(column, condition) for column, condition in where.items())


def _stated(column: str, condition: object) -> str:
    if column == NEAR and isinstance(condition, Iterable):
        return f"{column}={' '.join(map(str, condition))}"
    if isinstance(condition, tuple):
        limits = zip((">=", "<="), condition, strict=False)
        return ", ".join(f"{column}{sign}{limit}" for sign, limit in limits if limit is not None)
    if isinstance(condition, (set, frozenset, list)):
        values = sorted(map(str, condition)) if not isinstance(condition, list) else list(map(str, condition))
        return f"{column}={'|'.join(map(_quoted, values))}"
    if isinstance(condition, str) and (compared := _COMPARED.fullmatch(condition)):
        return f"{column}{compared[1]}{_quoted(_unquoted(compared[2]))}"
    return f"{column}={_quoted(str(condition))}"


def _quoted(value: str) -> str:
    return f'"{value}"' if "," in value or "|" in value else value


@dataclass(frozen=True)
class _Choice:
    """Values as they stand in a text, one of which is wanted, or none."""

    values: tuple[str, ...]
    wanted: bool


def _parsed(text: str) -> Iterator[tuple[str, object]]:
    position = 0
    while position < len(text):
        part = _PART.match(text, position)
        condition = part and _CONDITION.fullmatch(part[1])
        if part is None or condition is None:
            rule = 'must be conditions like "member=slab, year>=2019, near=35.68 139.76 500"'
            raise arguments.invalid("where", rule, text)
        column, comparison, value = condition.groups()
        if column == NEAR:
            yield column, value.split()
        elif comparison in ("=", "!="):
            yield column, _Choice(tuple(map(_unquoted, _BETWEEN_VALUES.split(value))), comparison == "=")
        else:
            yield column, comparison + _unquoted(value)
        position = part.end()


def _unquoted(value: str) -> str:
    stripped = value.strip()
    quoted = len(stripped) > 1 and stripped[0] == stripped[-1] == '"'
    return stripped[1:-1] if quoted else stripped


def _holds(records: pl.DataFrame, column: str, condition: object) -> pl.Expr:
    if column == NEAR:
        return _near(condition)
    column = our_name(column, records.columns)
    if column not in records.columns:
        rule = f"must be a column of the records ({', '.join(records.columns)}) or {NEAR}"
        raise InvalidInput(Problem(rule, repr(column), "where"))
    known = _Column(records[column])
    if isinstance(condition, _Choice):
        return known.is_in(condition.values) if condition.wanted else known.is_none_of(condition.values)
    if isinstance(condition, (set, frozenset, list)):
        return known.is_in(condition)
    if isinstance(condition, tuple):
        return known.is_within(condition)
    if isinstance(condition, str) and (compared := _COMPARED.fullmatch(condition)):
        return known.compared(compared[1], _unquoted(compared[2]))
    return known.is_in([condition])


@dataclass(frozen=True)
class _Column:
    """A column of the records and what can be said of its values."""

    column: pl.Series

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def numeric(self) -> bool:
        return self.column.dtype.is_numeric()

    @property
    def values(self) -> pl.Expr:
        return pl.lit(self.column.cast(pl.Float64) if self.numeric else as_compared(self.column))

    def is_in(self, choice: Collection[object]) -> pl.Expr:
        wanted = pl.Series(
            self.name, [self.value(value) for value in choice], pl.Float64 if self.numeric else pl.String
        )
        return self.values.is_in(as_compared(wanted).implode())

    def is_none_of(self, choice: Collection[object]) -> pl.Expr:
        return ~self.is_in(choice).fill_null(False)

    def is_within(self, limits: tuple[object, ...]) -> pl.Expr:
        if len(limits) != 2 or not self.numeric:
            rule = "must be two limits, of a column of numbers; a choice of values is a set or list"
            raise InvalidInput(Problem(rule, repr(limits), "where", column=self.name))
        least, most = (self.value(limit) for limit in _open_ended(limits))
        return self.values.is_between(least, most)

    def compared(self, comparison: str, with_value: str) -> pl.Expr:
        if comparison == "=":
            return self.is_in([with_value])
        if comparison == "!=":
            return self.is_none_of([with_value])
        if not self.numeric:
            raise InvalidInput(Problem("must be = or !=, as it is text", comparison, "where", column=self.name))
        ordered: pl.Expr = ORDERED[comparison](self.values, self.value(with_value))
        return ordered

    def value(self, value: object) -> str | float:
        """A value that the column can have."""
        if not self.numeric:
            if isinstance(value, str):
                return value
            raise InvalidInput(Problem("must be text", repr(value), "where", column=self.name))
        try:
            number = float(value) if isinstance(value, (str, numbers.Real)) else math.nan
        except ValueError:
            number = math.nan
        if math.isnan(number):
            raise InvalidInput(Problem("must be a number", repr(value), "where", column=self.name))
        return number


def _open_ended(limits: tuple[object, ...]) -> tuple[object, object]:
    least, most = limits
    return -math.inf if least is None else least, math.inf if most is None else most


def _near(condition: Any) -> pl.Expr:
    rule = "must be latitude and longitude in degrees, then metres"
    try:
        latitude, longitude, metres = map(float, condition)
    except (TypeError, ValueError) as error:
        raise InvalidInput(Problem(rule, repr(condition), "where", column=NEAR)) from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180 and 0 <= metres < math.inf):
        raise InvalidInput(Problem(rule, repr(condition), "where", column=NEAR))
    within: pl.Expr = distance(latitude, longitude) <= metres
    return within


def distance(latitude: float, longitude: float) -> pl.Expr:
    """Metres from a point to the columns latitude and longitude, by the haversine formula."""
    north, east = pl.col("latitude").radians(), pl.col("longitude").radians()
    half_north, half_east = (north - np.radians(latitude)) / 2, (east - np.radians(longitude)) / 2
    square = half_north.sin() ** 2 + half_east.sin() ** 2 * north.cos() * float(np.cos(np.radians(latitude)))
    metres: pl.Expr = 2 * EARTH_RADIUS * square.clip(0, 1).sqrt().arcsin()
    return metres
