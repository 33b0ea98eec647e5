"""Sections with lengths and costs of their own, from tables, pickled, and stopped early."""

import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from nagamochi.base.execution import Progress
from nagamochi.policy import Policy, PolicySpace, Sections, SeveralDamages, mix_policies, search

RANDOM = np.random.default_rng(11)
HAZARDS = RANDOM.uniform(0.1, 0.9, (40, 3))
COSTS = {"repair_cost": [90.0, 90.0, 100.0, 120.0], "inspection_cost": 1.0, "discount_rate": 0.04}
SECTIONS = Sections(hazards=HAZARDS, **COSTS)
ONE = Sections(hazards=HAZARDS[0], **COSTS)


@pytest.fixture
def three_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SECTIONS_PER_CHOICE", 3)
    monkeypatch.setattr(search, "NUMBERS_PER_BLOCK", 3 * len(ONE.evaluate_all().policies))


def test_costs_are_per_unit_of_length() -> None:
    length = RANDOM.uniform(10, 500, 40)
    best, longer = SECTIONS.best([0.1, 0.3]), Sections(hazards=HAZARDS, length=length, **COSTS).best([0.1, 0.3])
    np.testing.assert_array_equal(longer.row, best.row)
    np.testing.assert_array_equal(longer.risk, best.risk)
    np.testing.assert_array_equal(longer.lcc, best.lcc * length[:, None])


@pytest.mark.usefixtures("three_at_a_time")
def test_sections_with_costs_of_their_own_are_as_each_alone() -> None:
    repair = np.linspace(50, 100, 4) * RANDOM.integers(1, 4, (40, 1))
    inspection, additional = RANDOM.integers(1, 3, 40), RANDOM.uniform(0.1, 1, 40)
    sections = Sections(
        hazards=HAZARDS,
        repair_cost=repair,
        inspection_cost=inspection,
        additional_inspection_cost=additional,
        discount_rate=0.04,
    )
    best, everything, frontier = sections.best(0.1), sections.evaluate_all(), sections.frontier()
    full, value = sections.evaluate(best), sections.value(0.1)
    for n in range(40):
        own = Sections(
            hazards=HAZARDS[n],
            repair_cost=repair[n],
            inspection_cost=inspection[n],
            additional_inspection_cost=additional[n],
            discount_rate=0.04,
        )
        alone = own.best(0.1)
        assert (best.row[n], best.lcc[n], best.feasible[n]) == (alone.row, alone.lcc, alone.feasible)
        np.testing.assert_array_equal(everything.lcc[n], own.evaluate_all().lcc)
        assert frontier.of(n).to_frame().equals(own.frontier().to_frame())
        assert full.lcc[n] == own.evaluate(alone).lcc
        assert value.time_rule.lcc[n] == own.value(0.1).time_rule.lcc


def test_one_chain_with_many_costs_is_many_sections() -> None:
    sections = Sections(hazards=HAZARDS[0], repair_cost=[[100.0], [300.0]], inspection_cost=1.0, discount_rate=0.04)
    assert len(sections) == 2
    alone = Sections(hazards=HAZARDS[0], repair_cost=300.0, inspection_cost=1.0, discount_rate=0.04)
    assert sections.evaluate(Policy(2, 3)).lcc[1] == alone.evaluate(Policy(2, 3)).lcc


def test_a_table_has_what_arrays_have(tmp_path: Path) -> None:
    table = pl.DataFrame(HAZARDS, schema=["hazard_1", "hazard_2", "hazard_3"]).with_columns(
        *(pl.lit(cost).alias(f"repair_cost_{n}") for n, cost in enumerate(COSTS["repair_cost"], start=1)),
        pl.Series("inspection_cost", np.arange(1.0, 41.0)),
        pl.Series("length", np.arange(1.0, 41.0)),
        name=pl.lit("道路"),
    )
    by_arrays = Sections(
        hazards=HAZARDS,
        repair_cost=COSTS["repair_cost"],
        inspection_cost=np.arange(1.0, 41.0),
        length=np.arange(1.0, 41.0),
        discount_rate=0.04,
    )
    table.write_csv(tmp_path / "sections.csv")
    for given in (table, table.rename({"inspection_cost": "点検費"}), tmp_path / "sections.csv"):
        sections = Sections.from_table(given, discount_rate=0.04)
        assert sections.best(0.1).to_frame().equals(by_arrays.best(0.1).to_frame())
        assert len(sections.notices()) == 1
        assert sections.notices()[0].endswith("columns not known and not used: name")


def test_a_table_of_one_row_gives_arrays_of_one() -> None:
    table = pl.DataFrame({"hazard_1": [0.5], "repair_cost": [7.0]})
    assert Sections.from_table(table, inspection_cost=1, discount_rate=0.1).best(0.5).lcc.shape == (1,)


def test_plain_numbers_of_one_section_and_arrays_of_many() -> None:
    assert isinstance(ONE.best(0.1).risk, float)
    assert ONE.best([0.1, 0.2]).risk.shape == (2,)
    assert ONE.evaluate(Policy(2, 3)).value.shape == (4,)
    assert ONE.evaluate_all(PolicySpace((1, 2), watch=False)).lcc.shape == (6,)
    assert Sections(hazards=HAZARDS[:1], **COSTS).best(0.1).risk.shape == (1,)
    assert SECTIONS.best([0.1, 0.2]).risk.shape == (40, 2)


def test_one_policy_is_shown_in_a_line() -> None:
    section = Sections(hazards=[0.5, 0.3], repair_cost=100_000, inspection_cost=1, discount_rate=0.04)
    assert repr(section.best(0.1, PolicySpace((2,), watch=False))) == (
        "<BestPolicies: risk_limit 0.1, feasible False, interval 2, repair_at 2, risk 0.1798, lcc 822,191>"
    )


def test_sections_keep_a_copy_of_their_hazards() -> None:
    hazards = HAZARDS.copy()
    sections = Sections(hazards=hazards, **COSTS)
    hazards[:] = 1.0
    np.testing.assert_array_equal(sections.best(0.1).lcc, SECTIONS.best(0.1).lcc)


PUBLIC = {
    "sections": SECTIONS,
    "by matrices": Sections(matrices=[[0.5, 0.5], [0, 1]], repair_cost=1, inspection_cost=1, discount_rate=0.1),
    "policy": Policy(2, 3, 2),
    "space": PolicySpace(repair_on_watch_at="free"),
    "all": SECTIONS.evaluate_all(),
    "best": SECTIONS.best([0.1, 0.2]),
    "best of one": ONE.best(0.1),
    "evaluated": SECTIONS.evaluate(SECTIONS.best(0.1)),
    "frontier": SECTIONS.frontier(),
    "route": SECTIONS.route(0.1),
    "mixed": mix_policies(ONE.frontier(), 0.1),
    "time rules": ONE.time_rules(),
    "value": SECTIONS.value(0.1),
    "damages": SeveralDamages([[0.5], [0.3]], 1, 1, discount_rate=0.1),
    "damage policy": SeveralDamages([[0.5], [0.3]], 1, 1, discount_rate=0.1).best(0.5),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_public_pickles(name: str) -> None:
    kept = PUBLIC[name]
    again = pickle.loads(pickle.dumps(kept))
    assert type(again) is type(kept)
    if hasattr(kept, "to_frame"):
        assert again.to_frame().equals(kept.to_frame())
    elif isinstance(kept, Sections):
        space = PolicySpace((2, 3), watch=False)
        assert again.best(0.9, space).to_frame().equals(kept.best(0.9, space).to_frame())
    elif isinstance(kept, SeveralDamages):
        assert again.evaluate_all().equals(kept.evaluate_all())
    else:
        assert repr(again) == repr(kept)


@pytest.mark.usefixtures("three_at_a_time")
def test_progress_stops_a_search_with_what_it_has() -> None:
    reports: list[Progress] = []

    def twice(report: Progress) -> bool:
        reports.append(report)
        return len(reports) < 2

    best = SECTIONS.running(progress=twice).best(0.1)
    assert reports == [Progress(3, 40, "3 of 40 sections"), Progress(6, 40, "6 of 40 sections")]
    assert not best.complete
    whole = SECTIONS.best(0.1)
    assert whole.complete
    np.testing.assert_array_equal(best.lcc[:6], whole.lcc[:6])
    assert np.isnan(best.lcc[6:]).all()
    assert not best.feasible[6:].any()
    assert (best.interval[6:] == 0).all()
    assert best.to_frame()["interval"].null_count() == 34
    reports.clear()
    frontier = SECTIONS.running(progress=twice).frontier()
    assert not frontier.complete
    assert frontier.of(5).to_frame().equals(SECTIONS.frontier().of(5).to_frame())
    assert len(frontier.of(6).row) == 0


@pytest.mark.usefixtures("three_at_a_time")
def test_a_time_limit_stops_after_the_first_block() -> None:
    hurried = SECTIONS.running(time_limit=0)
    assert np.isfinite(hurried.best(0.1).lcc).sum() == 3
    assert np.isfinite(hurried.evaluate_all().lcc).all(axis=1).sum() == 3
    with pytest.raises(ValueError, match="policies: must be of a complete search of these sections"):
        SECTIONS.evaluate(hurried.best(0.1))
    patient = SECTIONS.running(time_limit=600)
    assert patient.best(0.1).complete
    assert patient.best(0.1).complete  # the time starts anew


def test_a_route_that_is_stopped_is_the_best_of_the_intervals_searched() -> None:
    seen: list[str] = []

    def thrice(report: Progress) -> bool:
        seen.append(report.text)
        return len(seen) < 3

    route = SECTIONS.running(progress=thrice).route(0.3)
    assert seen == ["1 of 10 intervals", "2 of 10 intervals", "3 of 10 intervals"]
    assert route.to_frame().equals(SECTIONS.route(0.3, space=PolicySpace((1, 2, 3))).to_frame())


def test_exceptions_of_a_callback_pass_through() -> None:
    def fail(_: Progress) -> None:
        raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        SECTIONS.running(progress=fail).best(0.1)
