"""Dates and years as people write them: one reader for all commands."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagamochi.deterioration import fit_curves, inspection_pairs
from nagamochi.errors import InvalidInput
from nagamochi.tables import Column, Findings, Schema, check, read_table
from nagamochi.tables.dates import (
    DATE_RULE,
    DIGIT_RULE,
    DROPPED_ZERO_RULE,
    FISCAL_RULE,
    MONTH_RULE,
    ORDER_RULE,
    SERIAL_RULE,
    SHORT_RULE,
    SPAN_RULE,
    ZONE_RULE,
    years,
)

EXCEL_DAY_0 = dt.date(1899, 12, 30)
DAYS = [dt.date(1931, 1, 1), dt.date(1968, 2, 29), dt.date(2018, 4, 1), dt.date(2100, 12, 31)]


def moment(day: dt.date) -> float:
    """The year and the part of it that has passed, counted in days."""
    first, after = dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1)
    return day.year + (day - first).days / (after - first).days


def era(day: dt.date) -> str:
    name, before = ("S", 1925) if day.year < 1989 else ("H", 1988) if day.year < 2019 else ("R", 2018)
    return f"{name}{day.year - before}.{day.month}.{day.day}"


@pytest.mark.parametrize(
    "write",
    [
        dt.date.isoformat,
        lambda day: f"{day.year}/{day.month}/{day.day}",
        lambda day: f"{day.year}.{day.month}.{day.day}",
        lambda day: f"{day.year}年{day.month}月{day.day}日",
        lambda day: f"{day.year} 年 {day.month} 月 {day.day} 日（月）",
        lambda day: f"{day:%Y%m%d}",
        lambda day: f"{day:%Y-%m-%d} 00:00:00",
        lambda day: f"{day:%Y-%m-%d}T12:30:45.5+09:00",
        lambda day: f"{day.year}/{day.month}/{day.day} 9:05",
        lambda day: f"{day.year}年{day.month}月{day.day}日12時30分",
        lambda day: str((day - EXCEL_DAY_0).days),
        lambda day: f"{(day - EXCEL_DAY_0).days}.75",
        lambda day: "".join(chr(ord(digit) + 0xFEE0) for digit in f"{day.year}/{day.month}/{day.day}"),
        era,
        lambda day: era(day).lower(),
    ],
    ids=lambda write: str(write(DAYS[2])),
)
def test_a_date_is_read_in_every_form(write):
    texts = [write(day) for day in DAYS]
    assert years(pl.Series(texts)).to_list() == [moment(day) for day in DAYS]


@given(st.dates(dt.date(1868, 1, 1), dt.date(2200, 12, 31)))
def test_any_date_is_the_same_as_date_number_and_text(day):
    forms = [pl.Series([day]), pl.Series([int(f"{day:%Y%m%d}")]), pl.Series([day.isoformat()])]
    assert [years(form)[0] for form in forms] == [moment(day)] * 3


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018", "2018-01-01"),
        ("２０１８", "2018-01-01"),
        ("2018年", "2018-01-01"),
        ("2018-04", "2018-04-01"),
        ("2018/4", "2018-04-01"),
        ("201804", "2018-04-01"),
        ("2018年4月", "2018-04-01"),
        ("2018年度", "2018-04-01"),
        ("H28", "2016-01-01"),
        ("Ｈ２８年", "2016-01-01"),
        ("平成28年度", "2016-04-01"),
        ("平成元年", "1989-01-01"),
        ("㍻30", "2018-01-01"),
        ("昭47", "1972-01-01"),
        ("S47", "1972-01-01"),
        ("昭和45年度", "1970-04-01"),
        ("S64.1.7", "1989-01-07"),
        ("T15", "1926-01-01"),
        ("明治5年", "1872-01-01"),
        ("R1", "2019-01-01"),
        ("令和元年5月", "2019-05-01"),
        ("R6.3", "2024-03-01"),
        ("2018.75", "2018-10-02"),
    ],
)
def test_what_is_written_stands_for_its_first_day(text, day):
    assert years(pl.Series([text]))[0] == pytest.approx(moment(dt.date.fromisoformat(day)), abs=0.003)


@pytest.mark.parametrize(
    "text",
    [
        *("spring", "04/12/2012", "18/4/1", "2018-13", "2018-02-30", "20180431", "201813", "2018-04-01 25:00", "-5"),
        *(
            "nan",
            "inf",
            "1e9",
            "H0",
            "H32",
            "S65",
            "M46",
            "X3",
            "2018年度上期",
            "H28,R1",
            "٢٠١٨",
            "ſ47",
            "2018²",
            "12345678",
        ),
    ],
)
def test_what_is_no_date_is_not_read(text):
    assert years(pl.Series(["2018-04-01", text])).to_list() == [moment(dt.date(2018, 4, 1)), None]


@pytest.mark.parametrize("day", ["2018{}10{}12", "H30{}10{}12", "2018{}10{}12 9:05", "2018{}10{}12T00:00:00Z"])
def test_a_date_with_two_separators_is_not_read_as_it_may_be_a_span(tmp_path, day):
    read = [(one, two) for one in "./-年" for two in "./-" if years(pl.Series([day.format(one, two)]))[0] is not None]
    assert read == [(mark, mark) for mark in "./-"]
    dates = [day.format("/", "-"), "2019-04-01"]
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(visits(tmp_path, dates), asset="asset", date="day", rating="rating")
    assert str(refused.value) == f"{tmp_path / 'visits.csv'}, row 2, column day: {DATE_RULE}; got {dates[0]}"


def test_a_column_may_mix_forms_that_mean_one_thing_only():
    mixed = pl.Series(["2018-04-01", "H30.4.1", "20180401", None, "201804", "2018年度"])
    assert years(mixed).drop_nulls().unique().to_list() == [moment(dt.date(2018, 4, 1))]


@pytest.mark.parametrize("other", ["2018", "H30.4.1", "2018年4月1日", "20180401", "x"])
def test_serials_are_not_read_beside_anything_but_dates(other):
    assert years(pl.Series(["43191", "43192"])).null_count() == 0
    assert years(pl.Series(["43191", other]))[0] is None
    assert years(pl.Series(["43191", "2018-04-02", other]))[0] is None


@pytest.mark.parametrize("kind", ["date", "fiscal year", "year"])
@pytest.mark.parametrize("date", ["2018-04-01", "2018-04-01 00:00:00"])
def test_serials_beside_dates_are_read_where_they_can_be_nothing_else(date, kind):
    found = years(pl.Series(["43191", date, "10415", "19750", None]), kind)
    assert found.is_not_null().to_list() == [True, True, False, False, False]
    assert found[0] == found[1] == (2018 if kind == "fiscal year" else moment(dt.date(2018, 4, 1)))


def test_a_decimal_that_may_be_a_month_is_not_guessed():
    assert years(pl.Series(["2018.4", "2018.10", "2018"])).to_list() == [None, None, 2018.0]
    assert years(pl.Series(["2018.4", "2018.0"])).to_list() == [2018.4, 2018.0]
    assert years(pl.Series([2018.5, 2020.5])).to_list() == [2018.5, 2020.5]


@pytest.mark.parametrize("cells", [["1973.3", "1980.11"], [1973.03, 1980.11], ["1973.75", "1980.0"]])
def test_a_month_after_a_point_does_not_change_the_year(cells):
    assert years(pl.Series(cells), "year").floor().to_list() == [1973, 1980]
    assert years(pl.Series(["15.4", "1973.3"]), "year").floor().to_list() == [None, 1973]


def test_dates_with_the_year_last_are_read_where_their_order_is_clear():
    april, may = moment(dt.date(2012, 4, 13)), moment(dt.date(2012, 5, 4))
    assert years(pl.Series(["04/13/2012", "05/04/2012", "2012-05-04"])).to_list() == [april, may, may]
    assert years(pl.Series(["13/4/2012", "04/05/2012"])).to_list() == [april, may]
    assert years(pl.Series(["04/05/2012", "06/07/2012"])).to_list() == [None, None]
    assert years(pl.Series(["04/13/2012", "13/04/2012"])).to_list() == [None, None]
    assert years(pl.Series(["05/04/2012"]), month_first=True).to_list() == [may]


@pytest.mark.parametrize("zone", ["GMT-0500 (Eastern Standard Time)", "GMT-0500", "GMT-0500 (東部標準時)"])
def test_dates_that_a_browser_printed_are_days_of_utc(zone):
    printed = [f"Fri Mar 23 1990 19:00:00 {zone}", "1990-03-24"]
    assert years(pl.Series(printed)).to_list() == [moment(dt.date(1990, 3, 24))] * 2


@pytest.mark.parametrize(
    ("moments", "day"),
    [
        (["Sun Apr 01 2018 00:00:00 GMT+0900 (Japan Standard Time)"], "2018-04-01"),
        (["Sat Mar 31 2018 20:30:00 GMT-0500"], "2018-03-31"),
        (["2018-04-01T00:00:00+09:00", "2018-04-01 00:00:00.000-0500"], "2018-04-01"),
        (["2018-03-31T19:00:00-05:00", "2018-03-31 20:00-04:00"], "2018-04-01"),
        (["2018-04-01T09:00:00+09:00", "2018-04-01T08:30:00+09:00"], "2018-04-01"),
        (["2018-04-01T05:00:00Z", "2018-04-01T00:00:00.000Z", "2018-04-01T12:00:00Z"], "2018-04-01"),
        (["2018-04-01T15:00:00Z", "2018-04-01T15:10:00Z"], "2018-04-01"),
        (["2018-04-01T13:00:00Z", "2018-04-01T14:30:00Z", "2018-04-01T16:00:00Z"], "2018-04-01"),
        (["2018-04-01T15:00:00Z", "2018-04-01T15:00:07.5Z"], "2018-04-01"),
    ],
)
def test_a_moment_is_the_day_that_its_writer_meant(moments, day):
    assert years(pl.Series(moments)).to_list() == [moment(dt.date.fromisoformat(day))] * len(moments)


@pytest.mark.parametrize("kind", ["date", "year", "fiscal year"])
@pytest.mark.parametrize("clock", ["15:00:00.000Z", "15:00Z", "22:00:00+00:00", "18:30:00 +0000"])
def test_a_day_is_not_guessed_from_moments_that_are_late_in_utc(tmp_path, kind, clock):
    dates = [f"1980-12-31T{clock}", f"2018-03-31T{clock}"]
    assert years(pl.Series(dates), kind).to_list() == [None, None]
    file = visits(tmp_path, dates)
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="asset", date="day", rating="rating")
    assert str(refused.value.problems[0]) == f"{file}, row 2, column day: {ZONE_RULE}; got {dates[0]}"


def test_a_moment_is_a_day_as_written_beside_midnights_of_its_zone():
    moments = ["2018-03-31T19:00:00-05:00", "2018-03-01T00:00:00-05:00"]
    assert years(pl.Series(moments)).to_list() == [moment(dt.date(2018, 3, 31)), moment(dt.date(2018, 3, 1))]


def test_typed_moments_are_read_as_those_in_text():
    midnights = pl.Series([dt.datetime(2018, 4, 1), dt.datetime(1981, 1, 1)]).dt.replace_time_zone("Asia/Tokyo")
    days = [moment(dt.date(2018, 4, 1)), moment(dt.date(1981, 1, 1))]
    assert years(midnights).to_list() == days
    assert years(midnights.dt.convert_time_zone("UTC")).to_list() == [None, None]
    of_utc = pl.Series([dt.datetime(2018, 4, 1), None]).dt.replace_time_zone("UTC")
    assert years(of_utc.dt.convert_time_zone("America/New_York"), "fiscal year").to_list() == [2018, None]
    table = pl.DataFrame({"asset": "a", "day": midnights.dt.convert_time_zone("UTC"), "rating": [1, 2]})
    with pytest.raises(InvalidInput, match="row 1, column day: must be a day without a time"):
        inspection_pairs(table, asset="asset", date="day", rating="rating")


def test_months_that_may_be_fiscal_years_are_not_guessed(tmp_path):
    spans = ["2001-02", "2009-10", "2011/12"]
    assert years(pl.Series(spans)).to_list() == [None, None, None]
    assert years(pl.Series([*spans, "2012-13"])).to_list() == [None] * 4
    assert years(pl.Series(spans), "fiscal year").to_list() == [None, 2009, 2011]
    assert years(pl.Series(spans), "year").floor().to_list() == [2001, 2009, 2011]
    assert years(pl.Series([*spans, "2011-07"])).null_count() == 0
    assert years(pl.Series(["2009-10", "2018-04-01"])).null_count() == 0
    assert years(pl.Series(["2009-10", "2011-12", "2012-4"])).null_count() == 0
    assert years(pl.Series(["R2-3", "R3-4", "R4/5"])).to_list() == [None] * 3
    assert years(pl.Series(["R2-3", "R3-4", "R4-7"])).null_count() == 0
    file = visits(tmp_path, ("2009-10", "2011-12"))
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="asset", date="day", rating="rating")
    assert str(refused.value.problems[0]) == f"{file}, row 2, column day: {SPAN_RULE}; got 2009-10"


@pytest.mark.parametrize("clock", ["0:00", "00:00:00", "12:00:00 AM", "9:30 PM"])
def test_dates_with_the_year_last_may_have_a_time(clock):
    dates = pl.Series([f"4/13/2012 {clock}", f"12/1/2014 {clock}"])
    assert years(dates).to_list() == [moment(dt.date(2012, 4, 13)), moment(dt.date(2014, 12, 1))]


def test_a_year_beside_fiscal_years_must_say_which_it_is():
    assert years(pl.Series(["H28", "2017年度", "2018", "2018-04-01"])).to_list()[:3] == [
        None,
        moment(dt.date(2017, 4, 1)),
        None,
    ]
    assert years(pl.Series(["H28", "2017年度"]), "year").floor().to_list() == [2016, 2017]


@pytest.mark.parametrize("year", ["2020", "2020.0", "2,020", "２０２０", "2020年", "R2"])
def test_a_year_is_unclear_beside_fiscal_years_however_it_is_written(tmp_path, year):
    assert years(pl.Series([year, "2018年度"]))[0] is None
    with pytest.raises(InvalidInput, match="must say whether it is a fiscal year"):
        inspection_pairs(visits(tmp_path, (f'"{year}"', "2018年度")), asset="asset", date="day", rating="rating")


@pytest.mark.parametrize("fiscal", ["平 成 30 年 度", "2018 年 度", "Ｈ３０年度"])
def test_fiscal_years_are_read_with_spaces_between_their_letters(fiscal):
    assert years(pl.Series([fiscal])).to_list() == [moment(dt.date(2018, 4, 1))]


@pytest.mark.parametrize(
    ("within", "outside"),
    [
        (["S64.1.7", "S64.1", "S64", "S63年度"], ["S64.1.8", "S64.12.31", "S64.2", "S64年度", "S65"]),
        (["H31.4.30", "H31.4", "H31", "H31年度"], ["H31.5.1", "H31.12.1", "H31.5", "H32", "平成32年度"]),
        (["H1.1.8", "H1.1", "H1", "平成元年度"], ["H1.1.7", "平成元年1月1日", "H0"]),
        (["R1.5.1", "R1.5", "R1", "令和元年度"], ["R1.4.30", "R1.1.1", "R1.4", "R0"]),
        (["S1.12.25", "S1.12", "S1", "S1年度"], ["S1.12.24", "S1.1.1", "S1.11"]),
        (["T15.12.25", "T15.12", "T1.7.30", "T1.7", "T1年度"], ["T15.12.26", "T16", "T1.7.29", "T1.6"]),
        (["M45.7.30", "M45", "M1"], ["M45.7.31", "M45.8", "M46"]),
    ],
)
def test_days_outside_their_era_are_refused(within, outside):
    read = [text for text in (*within, *outside) if years(pl.Series([text]))[0] is not None]
    assert read == within


@pytest.mark.parametrize(
    ("date", "rule"),
    [
        ("S64.12.31", "must be in its era, as 昭和 was from 1926-12-25 to 1989-01-07"),
        ("平成31年5月1日", "must be in its era, as 平成 was from 1989-01-08 to 2019-04-30"),
        ("r1.4.30", "must be in its era, as 令和 began on 2019-05-01"),
        ("R4.2.30", DATE_RULE),
    ],
)
def test_the_refusal_of_a_day_says_when_its_era_was(tmp_path, date, rule):
    file = visits(tmp_path, ("2015", date))
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="asset", date="day", rating="rating")
    assert str(refused.value) == f"{file}, row 3, column day: {rule}; got {date}"


def test_a_number_of_five_digits_is_a_serial_only_beyond_doubt():
    assert years(pl.Series([19750])).to_list() == [None]
    assert years(pl.Series(["19750", "19815"])).to_list() == [None, None]
    assert years(pl.Series(["19815", "43191"])).to_list() == [moment(dt.date(1954, 4, 1)), moment(dt.date(2018, 4, 1))]
    assert years(pl.Series(["43191", None])).to_list() == [moment(dt.date(2018, 4, 1)), None]
    assert years(pl.Series(["43191", "43191"]), "year").to_list() == [None, None]
    assert years(pl.Series([43191, 43556]), "year").floor().to_list() == [2018, 2019]
    assert years(pl.Series([19750, 19815]), "year").to_list() == [None, None]
    assert years(pl.Series([44607]), "fiscal year").to_list() == [2021]


@pytest.mark.parametrize("kind", ["date", "fiscal year", "year"])
@pytest.mark.parametrize(
    ("column", "read"),
    [
        (["10415"], []),
        (["10415", "20511", "30623"], []),
        (["100401", "100915", "90630"], []),
        (["40415", "40416"], []),
        (["10415", "180401", "190401"], []),
        (["10415", "43191", "43556"], ["43191", "43556"]),
        (["40415", "43191", "43556"], ["43191", "43556"]),
        (["40415", "39814", "43191"], ["40415", "39814", "43191"]),
        (["18300", "30000", "40415"], ["18300", "30000", "40415"]),
        (["18300", "30000", "41800", "51015"], ["18300", "30000", "41800", "51015"]),
        (["18300", "29900", "41800", "70415"], ["18300", "29900", "41800"]),
        (["10415.5", "10416.25"], ["10415.5", "10416.25"]),
        (["10431", "10450"], ["10431", "10450"]),
        (["10229", "20229"], ["10229", "20229"]),
        (["10229", "20228"], ["10229"]),
        (["80229", "43191"], ["43191"]),
    ],
)
def test_a_day_that_lost_the_zero_of_its_year_is_no_count_of_days(column, read, kind):
    days = [moment(EXCEL_DAY_0 + dt.timedelta(int(float(number)))) for number in read]
    found = years(pl.Series(column), kind)
    assert found.is_not_null().to_list() == [number in read for number in column]
    assert years(pl.Series(list(map(float, column))), kind).equals(found)
    if kind == "date":
        assert found.drop_nulls().to_list() == days


def test_the_refusal_of_a_day_without_its_zero_names_row_and_value(tmp_path):
    file = visits(tmp_path, ("43191", "10415"))
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="asset", date="day", rating="rating")
    assert str(refused.value) == f"{file}, row 3, column day: {DROPPED_ZERO_RULE}; got 10415"


@pytest.mark.parametrize(("built", "rule"), [("19750", DIGIT_RULE), ("43191", SERIAL_RULE)])
def test_a_lone_number_of_five_digits_is_no_year_built(tmp_path, built, rule):
    schema = Schema("bridges", (Column("year_built", "year"),))
    (tmp_path / "list.csv").write_text(f"架設年度\n{built}\n")
    findings = Findings()
    check(read_table(tmp_path / "list.csv", "", findings), schema, findings)
    with pytest.raises(InvalidInput) as refused:
        findings.raise_problems()
    assert str(refused.value) == f"{tmp_path / 'list.csv'}, row 2, column 架設年度: {rule}; got {built}"


@given(st.dates(dt.date(1900, 4, 1), dt.date(2200, 12, 31)))
def test_the_fiscal_year_of_a_day_begins_in_april(day):
    forms = [pl.Series([day]), pl.Series([int(f"{day:%Y%m%d}")]), pl.Series([day.isoformat()])]
    fiscal = day.year if day.month >= 4 else day.year - 1
    assert [years(form, "fiscal year")[0] for form in forms] == [fiscal] * 3


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2021", 2021),
        ("2021.0", 2021),
        ("２０２１年度", 2021),
        ("令和元年度", 2019),
        ("Ｒ５", 2023),
        ("大正10年度", 1921),
        ("平成31年3月31日", 2018),
        ("2022-03-31T10:00:00", 2021),
        ("2022/1", 2021),
        ("2022年4月", 2022),
        ("20220215", 2021),
        ("202202", 2021),
        ("44607", 2021),
        ("2021.5", None),
        ("R4.2.30", None),
        ("S63", 1988),
        ("H31年", 2019),
        ("T15", 1926),
        ("S64", None),
        ("S64年", None),
        ("S64.1.7", 1988),
        ("R2-3", None),
        ("令和4 - 5", None),
        ("R2-03", 2019),
        ("R2.3", 2019),
        ("R2-3-1", 2019),
        ("H30-4", 2018),
        ("H30-31", None),
        ("H0", None),
        ("平成0年度", None),
        ("S65", None),
        ("R100", None),
        ("点検中", None),
    ],
)
def test_a_date_stands_for_its_fiscal_year_and_a_year_for_itself(text, year):
    assert years(pl.Series([text]), "fiscal year").to_list() == [year]


def test_years_beside_fiscal_years_are_fiscal_years_where_those_are_asked_for():
    assert years(pl.Series(["H28", "2017年度", "2018-03-31"]), "fiscal year").to_list() == [2016, 2017, 2017]


def visits(folder, dates):
    file = folder / "visits.csv"
    file.write_text("asset,day,rating\n" + "".join(f"a,{day},{i + 1}\n" for i, day in enumerate(dates)))
    return file


@pytest.mark.parametrize(
    "dates", [("39539", "41365", "45017"), ("20080401", "20130401", "20230401"), ("H20.4", "H25.4", "R5.4")]
)
def test_pairs_are_those_of_iso_dates(tmp_path, dates):
    found = inspection_pairs(visits(tmp_path, dates), asset="asset", date="day", rating="rating")
    assert found["years"].to_list() == pytest.approx([5.0, 10.0], abs=0.003)


@pytest.mark.parametrize(
    ("dates", "problem"),
    [
        (("2015", "spring"), f"row 3, column day: {DATE_RULE}; got spring"),
        (("2015", "2917"), "row 3, column day: must be from the year 1850 to 2200; got 2917"),
        (("2015", "0"), "row 3, column day: must be from the year 1850 to 2200; got 0"),
        (("2015", "43191"), f"row 3, column day: {SERIAL_RULE}; got 43191"),
        (("2015", "2018.4"), f"row 3, column day: {MONTH_RULE}; got 2018.4"),
        (("2015", "04/05/2018"), f"row 3, column day: {ORDER_RULE}; got 04/05/2018"),
        (("2015", "2018年度"), f"row 2, column day: {FISCAL_RULE}; got 2015"),
        (("2015", " "), "row 3, column day: must not be empty; got an empty cell"),
    ],
)
def test_what_cannot_be_read_is_refused_by_file_row_and_column(tmp_path, dates, problem):
    file = visits(tmp_path, dates)
    with pytest.raises(InvalidInput) as refused:
        inspection_pairs(file, asset="asset", date="day", rating="rating")
    assert str(refused.value) == f"{file}, {problem}"


def test_curves_are_those_of_iso_dates():
    rounds = {"bridge_id": ["a", "a", "b", "b"], "member": "slab", "damage": "crack", "health": [4.1, 3.2, 3.9, 2.9]}
    iso = {"year": ["2008-04-01", "2018-04-01", "2010-04-01", "2020-04-01"], "year_built": ["1980-01-01"] * 4}
    era = {"year": [20080401, 20180401, 20100401, 20200401], "year_built": ["昭和55年", "S55", "1980", "1980年1月"]}
    fits = [fit_curves(pl.DataFrame({**rounds, **dates})) for dates in (iso, era)]
    assert fits[0].curves.equals(fits[1].curves)


@pytest.mark.parametrize("cells", [["190401", "200401"], [200401, 210401]])
def test_days_without_their_century_are_not_taken_for_months(cells):
    assert years(pl.Series(cells)).to_list() == [None, None]
    table = pl.DataFrame({"bridge": "a", "date": cells, "rating": [1, 2]})
    with pytest.raises(InvalidInput, match=SHORT_RULE):
        inspection_pairs(table, asset="bridge", date="date", rating="rating")


def test_months_are_read_where_one_of_them_cannot_be_a_day_without_its_century():
    assert years(pl.Series(["200401", "201801"])).to_list() == [2004, 2018]


@pytest.mark.parametrize("kind", ["date", "year", "fiscal year"])
def test_days_without_their_century_are_no_months_long_ago_or_far_ahead(kind):
    cells = ["180401", "160712", "170401", "230401", "990401"]
    assert years(pl.Series(cells), kind).to_list() == [None] * 5
    assert years(pl.Series(cells).cast(pl.Int64), kind).to_list() == [None] * 5
    assert years(pl.Series(["180401", "201805", "201804"]), "year").to_list() == [
        None,
        2018 + 120 / 365,
        2018 + 90 / 365,
    ]
    assert years(pl.Series(["190331", "190401"]), kind).to_list() == [None, None]
    assert years(pl.Series([190331, 190401]), kind).to_list() == [None, None]
    assert years(pl.Series(["183201"])).to_list() == [1832]
    rounds = {"bridge_id": ["a", "b"], "member": "slab", "damage": "crack", "year": 2020, "health": [4.1, 3.2]}
    with pytest.raises(InvalidInput, match=f"row 1, column year_built: {SHORT_RULE}; got 180401"):
        fit_curves(pl.DataFrame({**rounds, "year_built": [180401, 170401]}))


def test_days_of_the_2000s_without_their_century_are_no_serials(tmp_path):
    assert years(pl.Series(["030401", "090401"])).to_list() == [None, None]
    file = visits(tmp_path, ("030401", "090401"))
    with pytest.raises(InvalidInput, match=f"row 2, column day: {DATE_RULE}; got 030401"):
        inspection_pairs(file, asset="asset", date="day", rating="rating")


def test_days_above_12_show_another_order_than_the_usual_one_of_a_list():
    read = years(pl.Series(["03/10/2013", "25/12/2013"]), month_first=True)
    assert read.to_list() == [moment(dt.date(2013, 10, 3)), moment(dt.date(2013, 12, 25))]
    usual = years(pl.Series(["03/10/2013", "05/06/2013"]), month_first=True)
    assert usual.to_list() == [moment(dt.date(2013, 3, 10)), moment(dt.date(2013, 5, 6))]
