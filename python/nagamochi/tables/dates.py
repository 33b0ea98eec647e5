"""Read dates and years as people write them: every table's dates are read here, and nowhere else.

A period counts from its first day: a year from 1 January, a fiscal year from 1 April, a month from its first day.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.tables.eras import ERAS, SHORT_ERAS, era_rule
from nagamochi.tables.numbers import half_width, parse_numbers

Kind = Literal["date", "year", "fiscal year"]

DAY_ZERO = datetime.date(1899, 12, 30)
"""From which serial numbers of days count, unless a workbook has another date system."""

LAST_SERIAL = 109_939
"""31 December 2200 in Excel's 1900 date system; a number of up to four digits is a year, never a serial."""

ERA = "|".join(r"\s*".join(era) for era in ERAS) + f"|[{''.join(SHORT_ERAS)}mtshr]"
WEEKDAY = r"\([日月火水木金土](?:曜日?)?\)"
CLOCK = r"(?:[01]?[0-9]|2[0-4])(?::[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?|時(?:[0-5]?[0-9]分(?:[0-5]?[0-9]秒)?)?)"
TIME = rf"{CLOCK}\s*(?:[AP]M)?\s*(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})?"
AFTER_DAY = rf"(?:\s*日\s*(?:{WEEKDAY})?\s*(?:{TIME})?|\s*(?:{WEEKDAY})?(?:(?:T|\s+){TIME})?)"
DAY = rf"(?:月|(?P<again>[./-]))\s*(?P<day>[0-9]{{1,2}}){AFTER_DAY}"
WRITTEN = (
    rf"^(?:(?P<era>{ERA})\s*\.?\s*(?P<of_era>元|[0-9]{{1,2}})|(?P<year>[0-9]{{4}}))\s*"
    rf"(?:(?P<fiscal>年\s*度)|(?P<apart>年|[./-])\s*(?P<month>[0-9]{{1,2}})\s*(?:{DAY}|月)?|年?)$"
)
FOUR_DIGITS = r"^[1-9][0-9]{3}$"
BARE_YEAR = rf"^(?:(?:{ERA})\s*\.?\s*(?:元|[0-9]{{1,2}})|[0-9]{{4}})\s*年?$"
DAY_OF_2000S = r"^0[0-9]{4,}"  # 030401, which is no serial
BARE_ERA_YEAR = rf"^((?:{ERA})\s*\.?\s*(?:元|[0-9]{{1,2}}))\s*年?$"
ERA_AND_RANGE = rf"^(?:{ERA})\s*\.?\s*(?P<first>[0-9]{{1,2}})\s*-\s*(?P<last>[1-9][0-9]?)$"
WITHIN_FISCAL_YEAR = r"(年\s*度)\s*(?:末|(?:定期)?点検)$"
FISCAL_YEAR = r"年\s*度\s*$"
DATE_CELL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?: 00:00:00)?$"  # as of a workbook
DECIMAL_YEAR = r"^[0-9]{4}\.[0-9]+$"
DECIMAL_OR_MONTH = r"^[0-9]{4}\.(?:0?[1-9]|1[0-2])$"

FISCAL_SPAN = rf"^(?:(?:{ERA})\s*\.?\s*(?P<of_era>[0-9]{{1,2}})|(?P<year>[0-9]{{4}}))\s*[-/]\s*(?P<next>[0-9]{{1,2}})$"

YEAR_LAST = rf"^([0-9]{{1,2}})/([0-9]{{1,2}})/([0-9]{{4}})(?:\s+{TIME})?$"
BROWSER = (
    r"^[A-Z][a-z]{2} ([A-Z][a-z]{2} [0-9]{2} [0-9]{4}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) GMT([+-][0-9]{4})(?: \(.*\))?$"
)
MOMENT = (
    r"^(?P<day>[0-9]{4}(?:-[0-9]{1,2}-|/[0-9]{1,2}/|\.[0-9]{1,2}\.)[0-9]{1,2})(?:T|\s+)"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::00(?:\.0+)?)?\s*"
    r"(?:Z|(?P<sign>[+-])(?P<ahead>[0-9]{2}):?(?P<and>[0-9]{2}))$"
)
ZONED = r":[0-9]{2}(?:\.[0-9]+)?\s*(?:Z|[+-][0-9]{2}:?[0-9]{2})$"
LATE_IN_UTC = r"[T\s](?:1[3-9]|2[0-3]):[03]0(?::00(?:\.0+)?)?\s*(?:Z|[+-]00:?00)$"

DATE_RULE = "must be a date such as 2018-04-01 or H30.4.1, or a year such as 2018 or H30"
SERIAL_RULE = (
    "must be a date or a year; counts of days, as Excel stores dates, are read only where the rest of the column has "
    "them too, or dates like 2018-04-01, and among years only where several are there"
)
DIGIT_RULE = (
    "must be written as a date or a year, as it may be a count of days (Excel's dates) or a year with a digit too "
    "many: no other cell of the column shows which"
)
DROPPED_ZERO_RULE = (
    "must be written like 2001-04-15, as 10415 may be a count of days (Excel's dates) or 010415 without its first 0: "
    "no other cell of the column shows which"
)
FISCAL_RULE = "must say whether it is a fiscal year (年度), as another row of the column does"
SHORT_RULE = "must be written like 2004-01 or like 2020-04-01, as 200401 may be January 2004 or 1 April 2020"
ORDER_RULE = (
    "must be written like 2018-04-05, as 04/05/2018 may be 5 April or 4 May: no other cell of the column shows which"
)
ZONE_RULE = (
    "must be a day without a time, as an hour so late in UTC may be midnight of the next day where it was written, as "
    "15:00 is in Japan"
)
SPAN_RULE = (
    "must be written like 2009-10-01 or 2009, as 2009-10 may be October 2009 or the fiscal year from 2009 to 2010: no "
    "other cell of the column shows which"
)
MONTH_RULE = "must be written like 2018-04 or like 2018.40, as 2018.4 may be April or a decimal year"

MOST_MIDNIGHTS = 2
"""Midnights of a zone in UTC: in winter and in summer time."""
DAY_MINUTES = 24 * 60

APRIL = 0.2462
"""Part of a year between its 31 March (at most 90 / 366) and its 1 April (at least 90 / 365)."""

Numbers = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
NO_DAY = np.datetime64("NaT", "D")  # with its unit, which NumPy 2.5 wants
ONE_DAY = np.timedelta64(1, "D")
NOTHING_WRITTEN = pl.Series(dtype=pl.String)


def years(
    cells: pl.Series, kind: Kind = "date", *, month_first: bool = False, day_zero: datetime.date = DAY_ZERO
) -> pl.Series:
    """Return when dates and years begin, in years: 2 July 2021 is 2021 + 182 / 365.

    Parameters
    ----------
    cells : polars.Series
        Text, numbers or dates. A number is a year (up to four digits; also 2021.5), a date such as 20180401 or
        201804, or a serial number of Excel where the rest of the column are such numbers or dates like 2018-04-01.
        Text may also be 2018-04-01, 2018/4/1, 2018.4.1 or 2018年4月1日, with a time or without, 2018年4月, 2018年度,
        and the same in Japanese eras. Moments with a zone, also as browsers print them, are days as written, or days
        of UTC where it is midnight only there; where all are late in UTC, as 15:00Z is midnight in Japan, the day is
        not guessed. 04/13/2012 and 13/04/2012 are read where all such dates of the column, by days above 12, have one
        order. 2009-10 is a month unless all of the column may be fiscal years that end in the next one.
    kind : {"date", "year", "fiscal year"}
        Several serials in a column of years confirm each other, and 2018.4 has one meaning there. A fiscal year begins
        in April: it stays as it is, and a date becomes its own, 2022 for 15 February 2023; so do 令和4年度末 and
        令和4年度点検.
    month_first : bool
        Whether dates with the year last have the month first where days above 12 do not show another order.
    day_zero : date
        From which serial numbers count; by default that of Excel's 1900 date system.

    Returns
    -------
    polars.Series of Float64
        Null where a cell cannot be read, or may be read in two ways; see `why_unread`.

    Examples
    --------
    >>> import polars as pl
    >>> years(pl.Series(["2018-07-02", "H30.7.2", "平成30年度", "spring"])).round(3).to_list()
    [2018.499, 2018.499, 2018.247, None]
    >>> years(pl.Series(["2023-02-15", "R5.2", "令和4年度", "2022"]), "fiscal year").to_list()
    [2022.0, 2022.0, 2022.0, 2022.0]
    """
    if isinstance(cells.dtype, pl.Datetime) and cells.dtype.time_zone is not None:
        cells = cells.dt.strftime("%Y-%m-%d %H:%M:%S%z")
    if cells.dtype == pl.Date or isinstance(cells.dtype, pl.Datetime):
        length = 365.0 + cells.dt.is_leap_year().cast(pl.Float64)
        found = cells.dt.year().cast(pl.Float64) + (cells.dt.ordinal_day() - 1) / length
        return pl.Series(cells.name, _fiscal_years(_array(found)), nan_to_null=True) if kind == "fiscal year" else found
    if cells.dtype.is_numeric():
        numbers = _array(cells)
        read = _years_of_numbers(numbers, kind, day_zero)
        if kind != "year":
            read[_may_be_months(numbers)] = np.nan
        if kind == "fiscal year":
            read = np.where(numbers < 10_000, read, _fiscal_years(read))
        return pl.Series(cells.name, read, nan_to_null=True)
    if not isinstance(cells.dtype, (pl.String, pl.Categorical, pl.Enum)):
        return pl.repeat(None, len(cells), dtype=pl.Float64, eager=True).alias(cells.name)
    text = cells.cast(pl.String)
    distinct = text.drop_nulls().unique()
    if distinct.str.contains(FOUR_DIGITS).all():  # they mean one thing only, and most lists have nothing else
        return text.cast(pl.Float64)
    days = _without_zones(_year_first(distinct, month_first))
    found = pl.Series(_years_of_text(days, kind, day_zero), nan_to_null=True)
    return text.replace_strict(distinct, found, default=None, return_dtype=pl.Float64)


def why_unread(cells: pl.Series, kind: Kind = "date") -> Callable[[int], str]:
    """Return the rule that a cell breaks which `years` could not read, by its row."""

    def rule(row: int) -> str:
        text = half_width(pl.Series([str(cells[row])]))
        number = _array(_numbers(text))
        if _is_serial(number)[0]:
            longer_year, day = _may_be_longer_years(number)[0], _may_be_days(number)[0]
            return DROPPED_ZERO_RULE if day else DIGIT_RULE if longer_year else SERIAL_RULE
        if _may_be_short_dates(number)[0]:
            return SHORT_RULE
        if text.str.contains(YEAR_LAST)[0]:
            return ORDER_RULE
        if text.str.contains(LATE_IN_UTC)[0]:
            return ZONE_RULE
        if _may_be_spans(text)[0] and years(text)[0] is not None:
            return SPAN_RULE
        if kind == "date" and text.str.contains(DECIMAL_OR_MONTH)[0]:
            return MONTH_RULE
        if years(text, kind)[0] is not None:
            return FISCAL_RULE
        _, outside, era = _first_days(_as_fiscal_years(text) if kind == "fiscal year" else text)
        return era_rule(era[0]) if outside[0] else DATE_RULE

    return rule


def _year_first(text: pl.Series, month_first: bool) -> pl.Series:
    """Return dates with the year last, where their order is clear, and those that browsers print as 2012-4-13."""
    year_last = text.str.extract_groups(YEAR_LAST).struct.unnest()
    first, second = ((year_last[part].cast(pl.Int64) > 12).any() for part in ("1", "2"))
    if first and not second:
        text = text.str.replace(YEAR_LAST, "$3-$2-$1")
    elif month_first or (second and not first):
        text = text.str.replace(YEAR_LAST, "$3-$1-$2")
    printed = text.str.extract_groups(BROWSER).struct.unnest()
    if not printed["2"].is_not_null().any():
        return text
    day = printed["1"].str.to_date("%b %d %Y", strict=False).dt.strftime("%Y-%m-%d")
    return (day + " " + printed["2"] + printed["3"]).fill_null(text)


def _without_zones(text: pl.Series) -> pl.Series:
    """Return moments with a zone as days, empty text where the day is unclear; seconds other than 0 stay.

    A program that makes moments of days writes midnights: on the clock of the zone, or else on that of UTC where no
    cell has one of its zone.
    """
    moments = text.str.contains(MOMENT)
    if not moments.any():
        return text
    late = text.str.contains(LATE_IN_UTC)
    clocks = text.filter(moments).str.extract(r"([0-9]{1,2}:[0-9]{2})").n_unique()
    all_late = bool((late | ~text.str.contains(ZONED)).all())
    unclear = moments & (all_late and clocks <= MOST_MIDNIGHTS)
    parts = text.str.extract_groups(MOMENT).struct.unnest()
    hour, minute, ahead, ahead_minute = (
        parts[part].cast(pl.Int64).fill_null(0) for part in ("hour", "minute", "ahead", "and")
    )
    clock = hour * 60 + minute
    offset = ahead * 60 + ahead_minute
    utc = clock - (-offset).zip_with((parts["sign"] == "-").fill_null(False), offset)
    day = parts["day"].str.replace_all("[/.]", "-").str.to_date("%Y-%m-%d", strict=False)
    of_utc = day.dt.offset_by((utc // DAY_MINUTES).cast(pl.String) + "d").dt.strftime("%Y-%m-%d")
    of_zone = (day.is_not_null() & (clock == 0) & (utc != 0)).any()
    in_utc = day.is_not_null() & (clock != 0) & (utc % DAY_MINUTES == 0) & (not of_zone)
    return of_utc.zip_with(in_utc, text).set(unclear, "")


def this_year() -> int:
    """Return the current year."""
    return datetime.date.today().year


def _years_of_text(text: pl.Series, kind: Kind, day_zero: datetime.date) -> Numbers:
    plain = _as_fiscal_years(half_width(text)) if kind == "fiscal year" else half_width(text)
    numbers = _numbers(plain)
    written = plain.filter(numbers.is_null())
    found = _years_of_numbers(_array(numbers), kind, day_zero, written)
    found[numbers.is_null().to_numpy()] = _years_as_written(written)
    bare = _is_year(_array(numbers)) | plain.str.contains(BARE_YEAR).to_numpy()
    spans = _may_be_spans(plain)
    if kind == "fiscal year":
        found[_may_be_ranges(plain)] = np.nan
        fiscal = np.where(bare, found, _fiscal_years(found))
        fiscal[spans & (spans.sum() > 1) & (fiscal != np.floor(found))] = np.nan
        return fiscal
    if kind == "date" and spans.sum() > 1:
        found[spans] = np.nan
    if kind == "date" and plain.str.contains(FISCAL_YEAR).any():
        found[bare] = np.nan
    decimal, maybe_month = (plain.str.contains(form) for form in (DECIMAL_YEAR, DECIMAL_OR_MONTH))
    if kind != "year" and not (decimal & ~maybe_month).any():
        found[maybe_month.to_numpy()] = np.nan
    return found


def _as_fiscal_years(plain: pl.Series) -> pl.Series:
    """Return years of eras as fiscal years: S64 has none, as 昭和 ended before April; 平成30年度末 as 平成30年度."""
    return plain.str.replace(BARE_ERA_YEAR, "${1}年度").str.replace(WITHIN_FISCAL_YEAR, "${1}")


def _may_be_ranges(plain: pl.Series) -> npt.NDArray[np.bool_]:
    """Return which fiscal years such as R2-3 may be two rather than March of one."""
    ends = plain.str.extract_groups(ERA_AND_RANGE).struct.unnest().cast(pl.Int64)
    return (ends["first"] < ends["last"]).fill_null(False).to_numpy()


def _may_be_spans(plain: pl.Series) -> npt.NDArray[np.bool_]:
    """Return which months such as 2009-10 may be fiscal years from one year to the next; none if another cannot be."""
    ends = plain.str.extract_groups(FISCAL_SPAN).struct.unnest().cast(pl.Int64)
    span = (ends["year"].fill_null(ends["of_era"]) + 1) % 100 == ends["next"]
    return (span & bool(span.all())).fill_null(False).to_numpy()


def _numbers(plain: pl.Series) -> pl.Series:
    """Return the numbers that text spells, null where 0 stands before a number of four digits or more."""
    numbers = parse_numbers(plain)
    return numbers.set(plain.str.contains(DAY_OF_2000S), None)


def _years_of_numbers(
    numbers: Numbers, kind: Kind, day_zero: datetime.date, written: pl.Series = NOTHING_WRITTEN
) -> Numbers:
    """Read the numbers of a column; `written` is what else it has."""
    whole = numbers == np.floor(numbers)
    found = np.full(len(numbers), np.nan)
    year = (numbers >= 0) & (numbers < 10_000) & (whole | (kind == "date") | ((kind == "year") & (numbers >= 1000)))
    found[year] = numbers[year]
    serial = _serials(numbers, kind, written)
    found[serial] = _years_of_days(np.datetime64(day_zero) + np.floor(numbers[serial]).astype("timedelta64[D]"))
    for form, smallest, largest in ((1, 1500_01, 9999_12), (100, 1500_01_01, 9999_12_31)):
        compact = whole & (numbers >= smallest) & (numbers <= largest)
        days = numbers[compact].astype(np.int64)
        month = days // form
        found[compact] = _years_of_dates(month // 100, month % 100, days % form if form > 1 else np.ones_like(days))
    short, usual = _may_be_short_dates(numbers), (numbers >= 1850_01) & (numbers <= 2200_12)
    a_month = usual & ~short & ~np.isnan(found)
    found[short & ~(usual & a_month.any())] = np.nan
    return found


def _serials(numbers: Numbers, kind: Kind, written: pl.Series) -> npt.NDArray[np.bool_]:
    """Return which numbers of a column are serials beyond doubt; none unless all of them may be.

    Sure ones are neither years with a digit too many nor days without the zero of their year. Beside dates only these
    count. Alone, one of them says what the others are; those that may be such days must lie no further from the sure
    ones than these lie apart. A single one in a column of years stays in doubt.
    """
    serial, day = _is_serial(numbers), _may_be_days(numbers)
    sure = serial & ~day & ~_may_be_longer_years(numbers)
    given = numbers[~np.isnan(numbers)]
    dates = len(written) > 0 and written.str.contains(DATE_CELL).all()
    none = np.zeros_like(serial)
    if serial.sum() < len(given) or not sure.any() or (len(written) > 0 and not dates):
        return none
    if dates:
        return sure
    if kind == "year" and len(np.unique(given)) == 1:
        return none
    first, last = numbers[sure].min(), numbers[sure].max()
    near: npt.NDArray[np.bool_] = (numbers >= 2 * first - last) & (numbers <= 2 * last - first)
    return serial & (near | ~day)


def _may_be_days(numbers: Numbers) -> npt.NDArray[np.bool_]:
    """Return which serials may be days without their century and the zero of their year: 10415 for 15 April 2001."""
    whole = _is_serial(numbers) & (numbers == np.floor(numbers))
    days = np.where(whole, numbers, 0.0).astype(np.int64)
    exists: npt.NDArray[np.bool_] = ~np.isnat(_days(2000 + days // 10_000, days // 100 % 100, days % 100))
    return exists


def _may_be_longer_years(numbers: Numbers) -> npt.NDArray[np.bool_]:
    """Return which serials begin with a year from 1850 to 2200, such as 19750."""
    return (numbers >= 1850_0) & (numbers < 2201_0)


def _is_year(numbers: Numbers) -> npt.NDArray[np.bool_]:
    """Return which numbers are whole years."""
    year: npt.NDArray[np.bool_] = (numbers < 10_000) & (numbers == np.floor(numbers))
    return year


def _fiscal_years(moments: Numbers) -> Numbers:
    """Return the fiscal years of days."""
    year: Numbers = np.floor(moments)
    return year - (moments - year < APRIL)


def _may_be_months(numbers: Numbers) -> npt.NDArray[np.bool_]:
    """Return which decimal years such as 2018.04 may be months; none if another decimal of the column cannot be one."""
    decimal = (numbers < 10_000) & (numbers != np.floor(numbers))
    hundredths = np.where(decimal, numbers % 1 * 100, 0.0)
    month = np.round(hundredths)
    maybe = decimal & (np.abs(hundredths - month) < 1e-6) & (month >= 1) & (month <= 12)
    return maybe if maybe[decimal].all() else np.zeros_like(maybe)


def _may_be_short_dates(numbers: Numbers) -> npt.NDArray[np.bool_]:
    """Return which months such as 200401 may be days without their century; 180401 is one rather than April 1804."""
    short = (numbers >= 1500_01) & (numbers <= 9999_12) & (numbers == np.floor(numbers))
    days = np.where(short, numbers, 0.0)
    month, day = days // 100 % 100, days % 100
    unclear: npt.NDArray[np.bool_] = short & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 12)
    return unclear


def _years_as_written(text: pl.Series) -> Numbers:
    """Read dates and years with separators, words or eras; what does not fit is not a number."""
    days, outside, _ = _first_days(text)
    days[outside] = NO_DAY
    return _years_of_days(days)


def _first_days(text: pl.Series) -> tuple[Days, npt.NDArray[np.bool_], pl.Series]:
    """Return the first days of dates, months and years, whether no day of them is in their era, and the eras."""
    parts = text.str.strip_chars().str.extract_groups(WRITTEN).struct.unnest()
    era = parts["era"].str.replace_all(r"\s", "").str.to_uppercase().replace(SHORT_ERAS)
    begun, ended = (
        era.replace_strict(list(ERAS), ends, return_dtype=pl.Date) for ends in zip(*ERAS.values(), strict=True)
    )
    of_era = parts["of_era"].replace("元", "1").cast(pl.Int64)
    year = parts["year"].cast(pl.Int64).fill_null(begun.dt.year() - 1 + of_era)
    month, day = (parts[part].cast(pl.Int64) for part in ("month", "day"))
    of_year = month.is_null().to_numpy()
    month = month.set(month.is_null(), 1).set(parts["fiscal"].is_not_null(), 4)
    days = np.full(len(text), NO_DAY, "datetime64[D]")
    mixed = (parts["again"] != parts["apart"]).fill_null(False)  # 2018/10-12 may be October to December
    read = (year.is_not_null() & ~mixed).to_numpy()
    days[read] = _days(*(part.to_numpy()[read] for part in (year, month, day.fill_null(1))))
    after = (days.astype("datetime64[M]") + np.where(of_year, 12, 1).astype("timedelta64[M]")).astype("datetime64[D]")
    last = np.where(day.is_null().to_numpy(), after - ONE_DAY, days)
    year_0 = (of_era == 0).fill_null(False).to_numpy()  # 平成0年度 would have ended in 平成
    return days, year_0 | (last < begun.to_numpy()) | (days > ended.to_numpy()), era


def _years_of_dates(year: Any, month: Any, day: Any) -> Numbers:
    """Return years of calendar dates, not a number where there is no such day."""
    return _years_of_days(_days(year, month, day))


def _days(year: Any, month: Any, day: Any) -> Days:
    """Return calendar dates, not a time where there is no such day."""
    months = (year - 1970) * 12 + month - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    exists = (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("datetime64[M]").astype(np.int64) == months)
    return np.where(exists, days, NO_DAY)


def _years_of_days(days: Days) -> Numbers:
    year = days.astype("datetime64[Y]")
    first, next_first = year.astype("datetime64[D]"), (year + np.timedelta64(1, "Y")).astype("datetime64[D]")
    known = ~np.isnat(days)
    found = np.full(len(days), np.nan)
    passed = (days - first)[known].astype(np.float64) / (next_first - first)[known].astype(np.float64)
    found[known] = year[known].astype(np.int64) + 1970 + passed
    return found


def _is_serial(numbers: Numbers) -> npt.NDArray[np.bool_]:
    return (numbers >= 10_000) & (numbers < LAST_SERIAL + 1)


def _array(numbers: pl.Series) -> Numbers:
    """Return a series as floats, not a number where it is null."""
    return numbers.cast(pl.Float64).fill_null(float("nan")).to_numpy(writable=True)
