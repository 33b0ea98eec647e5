"""Competing damage types against a slow oracle, simulated clocks, the multi-stage hazard, and real cracks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi import _core
from nagamochi.cli.commands import app
from nagamochi.deterioration import CompetingFit, CompetingModel, fit_competing_hazards, fit_hazards
from nagamochi.deterioration.competing.likelihood import CompetingLikelihood
from nagamochi.deterioration.competing.states import CompetingStates
from nagamochi.deterioration.scale import Scale
from nagamochi.errors import InvalidInput
from oracle import competing as oracle

CRACKS = Path(__file__).parents[2] / "shared" / "data" / "pavement" / "japan_cracking_competing.csv"
COLUMNS = {"before": "before", "after": "after", "years": "years", "type_before": "was", "type_after": "is"}
TYPES = ("crack", "leak")
THETA = np.array([[0.15, 0.1], [0.3, 0.2], [0.25, 0.5]])
CHANGE = 0.3


def simulated(n: int, *, seed: int = 1, theta: np.ndarray = THETA, change: float = CHANGE) -> pl.DataFrame:
    """Pairs that start in any state but the worst."""
    random = np.random.default_rng(seed)
    starts = oracle.states(len(theta), theta.shape[1])
    rows = []
    for _ in range(n):
        start, years = starts[random.integers(len(starts))], float(random.integers(1, 6))
        end = oracle.simulate(random, theta, change, start, years)
        rows.append((start[0], name(start), end[0], name(end), years))
    return pl.DataFrame(rows, schema=["before", "was", "after", "is", "years"], orient="row")


def name(state: oracle.State) -> str | None:
    return TYPES[state[1] - 1] if state[1] else None


def as_oracle(pairs: pl.DataFrame) -> list[tuple[oracle.State, oracle.State, float]]:
    number = {None: 0} | {damage: k for k, damage in enumerate(TYPES, start=1)}
    rows = pairs.select("before", "was", "after", "is", "years").rows()
    return [((i, number[was]), (j, number[now]), z) for i, was, j, now, z in rows]


def fitted(pairs: pl.DataFrame, **options: object) -> CompetingFit:
    return fit_competing_hazards(pairs, **COLUMNS, **options)


def kernel_transition(q: np.ndarray, years: float) -> np.ndarray:
    departure, arrival = np.argwhere(np.triu(q, 1)).T.copy()
    matrices = np.empty((1, len(q), len(q)))
    _core.competing_transitions(
        states=len(q),
        departure=departure,
        arrival=arrival,
        hazards=q[departure, arrival],
        years=np.array([years]),
        matrices=matrices,
        threads=1,
    )
    return matrices[0]


@pytest.mark.parametrize("years", [1e-9, 0.3, 4.0, 75.0, 900.0])
@pytest.mark.parametrize("spread", [0.0, 1.0, 6.0])
def test_every_transition_probability_is_that_of_many_digits(spread: float, years: float) -> None:
    random = np.random.default_rng(3)
    theta = 0.4 * 10.0 ** (-spread * random.random((5, 3)))
    q = oracle.generator(theta, 0.05)
    found, exact = kernel_transition(q, years), oracle.exact_transition(q, years)
    for a in range(len(q)):
        for b in range(len(q)):
            expected = float(exact[a][b])
            assert abs(found[a, b] - expected) <= 1e-13 * expected or expected < 1e-290, (a, b)


def test_any_upper_triangular_generator_will_do() -> None:
    random = np.random.default_rng(8)
    q = np.triu(random.random((9, 9)) * (random.random((9, 9)) < 0.6), 1)
    q -= np.diag(q.sum(axis=1))
    found, exact = kernel_transition(q, 7.0), oracle.exact_transition(q, 7.0)
    assert found == pytest.approx(np.array(exact, float), rel=1e-13, abs=0.0)


def test_the_moves_are_those_of_the_oracle() -> None:
    states = CompetingStates(Scale(1, 4), TYPES)
    hazards = np.exp(states.design @ np.log([*THETA.ravel(), CHANGE]))
    q = np.zeros((len(states), len(states)))
    q[states.departure, states.arrival] = hazards
    assert q == pytest.approx(np.triu(oracle.generator(THETA, CHANGE), 1))


def test_the_likelihood_is_that_of_the_oracle_and_no_neighbour_is_more_likely() -> None:
    pairs = simulated(200)
    fit = fitted(pairs)
    assert fit.converged
    value = oracle.log_likelihood(fit.hazards(), fit.change, as_oracle(pairs))
    assert fit.log_likelihood == pytest.approx(value, rel=1e-12)
    for k in range(7):
        for step in (-1e-2, 1e-2):
            moved = np.exp(fit.values + step * (np.arange(7) == k))
            assert oracle.log_likelihood(moved[:6].reshape(3, 2), moved[6], as_oracle(pairs)) < fit.log_likelihood


def test_gradient_and_standard_errors_are_those_of_differences_of_the_oracle() -> None:
    pairs = simulated(60)
    fit = fitted(pairs)

    def value(coefficients: np.ndarray) -> float:
        moved = np.exp(coefficients)
        return oracle.log_likelihood(moved[:6].reshape(3, 2), moved[6], as_oracle(pairs))

    at = np.log([*THETA.ravel(), CHANGE])
    gradient = CompetingLikelihood(fit.panel, np.ones(7, bool), 1).gradient(at)[1]
    steps = 1e-4 * np.eye(7)
    assert gradient == pytest.approx([(value(at + s) - value(at - s)) / 2e-4 for s in steps], rel=1e-5, abs=1e-6)
    h = 3e-3 * np.eye(7)
    best = fit.values
    information = [
        [-(value(best + a + b) - value(best + a - b) - value(best - a + b) + value(best - a - b)) / 3.6e-5 for b in h]
        for a in h
    ]
    assert fit.covariance == pytest.approx(np.linalg.inv(information), rel=1e-3, abs=1e-5)


def test_simulated_clocks_are_recovered() -> None:
    fit = fitted(simulated(20_000))
    truth = np.log([*THETA.ravel(), CHANGE])
    assert np.abs((fit.values - truth) / fit.standard_errors).max() < 3.0
    assert fit.standard_errors.max() < 0.1
    assert fit.notices == ()


@pytest.mark.slow
def test_intervals_of_95_percent_cover_the_truth_in_92_to_98_percent_of_500_simulations() -> None:
    truth = np.log([*THETA.ravel(), CHANGE])
    covered = np.zeros(7)
    for seed in range(500):
        fit = fitted(simulated(1200, seed=seed), threads=1)
        covered += np.abs(fit.values - truth) <= 1.959964 * fit.standard_errors
    assert covered / 500 == pytest.approx(0.95, abs=0.03), covered


def test_one_type_alone_is_the_multi_stage_hazard() -> None:
    pairs = simulated(2000, theta=THETA[:, :1])
    ours = fitted(pairs)
    other = fit_hazards(pairs, before="before", after="after", years="years")
    assert ours.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)
    assert ours.values == pytest.approx(other.values, abs=1e-7)
    assert ours.standard_errors == pytest.approx(other.standard_errors, rel=1e-5)
    assert ours.pearson_test().statistic == pytest.approx(other.pearson_test().statistic, rel=1e-6)
    assert np.isnan(ours.change)


def test_no_change_of_type_in_the_pairs_gives_a_change_of_0() -> None:
    random = np.random.default_rng(5)
    random_years = random.integers(1, 5, 900).astype(float)
    ends = [oracle.simulate(random, THETA[1:], 0.0, (2, 1 + k % 2), z) for k, z in enumerate(random_years)]
    pairs = pl.DataFrame(
        {
            "before": 2,
            "was": [TYPES[k % 2] for k in range(900)],
            "after": [end[0] for end in ends],
            "is": [name(end) for end in ends],
            "years": random_years,
        }
    )
    fit = fitted(pairs)
    assert fit.change == 0.0
    assert (
        "change of type: the likelihood is largest without it; estimated as 0, without a standard error" in fit.notices
    )
    assert fit.notices[0] == "rating 1, crack: no pair is exposed to it; its hazard is unknown"
    of_cracks = fit_hazards(
        pairs.filter(pl.col("was") == "crack"), before="before", after="after", years="years", scale=(1, fit.ratings)
    )
    assert fit.hazards()[1:, 0] == pytest.approx(of_cracks.hazards()[1:], rel=1e-5)
    with pytest.raises(InvalidInput, match="hazards: must all be known"):
        fit.transition(1.0)
    assert fit.summary()


def test_damage_that_always_changes_its_type_keeps_the_hazards_of_changes() -> None:
    moves = [("crack", 3, "leak")] * 5 + [("leak", 3, "crack")] * 4
    stays = [("crack", 2, "crack")] * 3 + [("leak", 2, "leak")] * 3
    pairs = pl.DataFrame(moves + stays, schema=["was", "after", "is"], orient="row")
    fit = fitted(pairs.with_columns(before=2, years=1.0))
    two_coins = 5 * np.log(5 / 8) + 3 * np.log(3 / 8) + 4 * np.log(4 / 7) + 3 * np.log(3 / 7)
    assert fit.log_likelihood == pytest.approx(two_coins, abs=1e-6)
    assert fit.hazards()[1].max() < 1e-6
    assert fit.hazards()[1] * fit.change == pytest.approx([np.log(7 / 3), np.log(8 / 3)], rel=1e-4)
    assert "change of type: the pairs set no upper limit; no maximum-likelihood estimate exists" in fit.notices
    assert not fit.converged


def test_what_tells_nothing_is_counted_and_left_out() -> None:
    pairs = simulated(300)
    others = pl.DataFrame(
        {
            "before": [3, 2, 2, 4, 4],
            "was": ["crack", "leak", "leak", "crack", "crack"],
            "after": [1, 2, 2, 4, 4],
            "is": [None, "crack", "crack", "crack", "leak"],
            "years": 2.0,
        }
    )
    fit = fitted(pl.concat([pairs, others], how="diagonal"))
    assert (fit.repairs, fit.panel.changed, fit.panel.from_worst, fit.n_pairs) == (1, 2, 2, 300)
    assert fit.log_likelihood == fitted(pairs).log_likelihood
    assert fit.notices == (
        "improving pairs: 1 excluded, treated as repairs",
        "pairs that start in the worst rating, 4: 2 excluded, as they carry no information",
        "pairs whose type changes at the same rating: 2 excluded, no event of the model",
    )


def test_equal_pairs_count_as_often_as_they_are_there_on_any_number_of_threads() -> None:
    pairs = simulated(500)
    fit = fitted(pairs, threads=1)
    twice = fitted(pl.concat([pairs, pairs]))
    assert twice.values == pytest.approx(fit.values, abs=1e-6)
    assert twice.standard_errors == pytest.approx(fit.standard_errors / np.sqrt(2), rel=1e-4)
    shared = fitted(pairs.sample(fraction=1.0, shuffle=True, seed=3), threads=7)
    assert np.array_equal(shared.values, fit.values)
    assert np.array_equal(shared.covariance, fit.covariance, equal_nan=True)


def test_expected_counts_add_up_and_the_right_model_is_not_refuted() -> None:
    fit = fitted(simulated(3000))
    table = fit.goodness_of_fit()
    sums = table.group_by("before").agg(pl.sum("observed", "expected"))
    assert sums["expected"].to_list() == pytest.approx(sums["observed"].to_list())
    assert fit.pearson_test().p_value[1] > 0.01


def test_years_and_followers_of_each_state() -> None:
    fit = fitted(simulated(500))
    table = fit.years_per_state()
    theta, change = fit.hazards(), fit.change
    leak_in_3 = table.filter(rating=3, type="leak").row(0, named=True)
    assert leak_in_3["years"] == pytest.approx(1 / (theta[2, 1] + change * theta[2, 0]))
    assert leak_in_3["to crack"] == pytest.approx(change * theta[2, 0] * leak_in_3["years"])
    assert fit.transition(0.0).tolist() == np.eye(7).tolist()
    assert fit.transition(3.0).sum(axis=1) == pytest.approx(1.0)
    assert fit.states == ["1", "2 crack", "2 leak", "3 crack", "3 leak", "4 crack", "4 leak"]


def test_a_hazard_without_an_upper_limit_is_named() -> None:
    never_found = pl.DataFrame(
        {"before": 1, "was": None, "after": [1] * 30 + [2] * 30 + [3] * 60, "years": 1.0},
        schema_overrides={"was": pl.String},
    ).with_columns(pl.Series("is", [None] * 30 + ["crack"] * 30 + ["crack"] * 10 + ["leak"] * 50))
    through_leaks = pl.DataFrame(
        {"before": 2, "was": "crack", "after": [2] * 50 + [3] * 20, "years": 1.0, "is": "crack"}
    )
    fit = fitted(pl.concat([never_found, through_leaks.select(never_found.columns)]))
    assert (
        "rating 2, leak: the pairs set no upper limit to its hazard; no maximum-likelihood estimate exists"
        in fit.notices
    )
    assert not fit.converged
    assert fit.hazards()[1, 0] < 1.0


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["fit", "hazards", *map(str, arguments)], env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_the_command_writes_what_the_function_finds(tmp_path: Path) -> None:
    pairs = simulated(400)
    pairs.write_csv(tmp_path / "pairs.csv")
    columns = ("--before", "before", "--after", "after", "--years", "years", "--type-before", "was")
    out = ("--out", tmp_path / "fit")
    result = run(tmp_path / "pairs.csv", *columns, "--type-after", "is", *out, "--json")
    assert result.exit_code == 0, result.output
    fit = fitted(pairs)
    model = json.loads((tmp_path / "fit" / "model.json").read_text(encoding="utf-8"))
    assert model["hazards_by_type"] == fit.hazards().tolist()
    assert model["change_of_type"] == fit.change
    assert json.loads(result.stdout) == {"folder": str(tmp_path / "fit"), **model}
    assert sorted(path.name for path in (tmp_path / "fit").iterdir()) == [
        "coefficients.csv",
        "goodness_of_fit.csv",
        "hazards.csv",
        "hazards_summary.txt",
        "model.json",
        "shares_after.csv",
    ]
    assert (tmp_path / "fit" / "hazards_summary.txt").read_text(encoding="utf-8") == f"{fit.summary()}\n"
    assert "give --before, --after, --years, --type-before and --type-after" in run("x.csv", *columns, *out).output
    refused = run("x.csv", *columns, "--type-after", "is", *out, "--mixture")
    assert refused.exit_code == 2
    assert "go with --before, --after, --years, --scale, --cluster and --threads only" in refused.output


PAIRS = simulated(40)
CRACKED = pl.DataFrame({"before": 2, "was": "crack", "after": 3, "is": "leak", "years": 1.0})
WRONG = {
    "no type": (
        CRACKED.with_columns(was=pl.lit(None, pl.String)),
        "pairs table, row 1, column was: must not be empty where before is not 1; got an empty cell",
    ),
    "type of the sound": (
        CRACKED.with_columns(before=1),
        "pairs table, row 1, column was: must be empty where before is 1, because a sound member has no type of "
        "damage; got crack",
    ),
    "no time": (
        CRACKED.with_columns(years=pl.lit(-1.0)),
        "pairs table, row 1, column years: must be from 1e-09 to 1e+09; got -1",
    ),
    "between ratings": (
        CRACKED.with_columns(after=pl.lit(2.5)),
        "pairs table, row 1, column after: must be a whole number; got 2.5",
    ),
    "no such column": (
        CRACKED.drop("is"),
        "pairs table, column is: must be among the columns; got before, was, after, years",
    ),
    "too many types": (
        pl.DataFrame({"before": 2, "was": [f"t{k}" for k in range(21)], "after": 3, "is": "t0", "years": 1.0}),
        "pairs table: must have at most 20 types of damage; got 21",
    ),
    "sound throughout": (
        pl.DataFrame(
            {"before": 1, "was": [None, None], "after": 1, "is": [None, None], "years": 1.0},
            schema_overrides={"was": pl.String, "is": pl.String},
        ),
        "pairs table: must have pairs with damage: a rating other than 1; got none",
    ),
    "passed only": (
        pl.DataFrame(
            {"before": 1, "was": None, "after": [1, 3], "is": [None, "leak"], "years": 1.0},
            schema_overrides={"was": pl.String},
        ),
        "pairs table, row 2: must not pass rating 2, which no inspection finds: its hazard has no upper limit; join it "
        "to a neighbour; got 1 pairs that pass it, such as from 1 to 3 in 1 years",
    ),
    "too few": (
        pl.DataFrame(
            {"before": 1, "was": None, "after": [2, 3], "is": ["crack", "leak"], "years": 1.0},
            schema_overrides={"was": pl.String},
        ),
        "pairs table: must have at least 4 pairs that carry information, one per coefficient; got 2",
    ),
    "repairs only": (
        CRACKED.with_columns(after=2, before=3),
        "pairs table: must have pairs without repairs, changes of type at the same rating and those that start worst; "
        "the ratings look reversed: improving pairs 1, worsening pairs 0, with 1 as the best rating; if the other end "
        "is the best, fit with scale=(3, 1), or --scale 3-1; the scale of NBI is 9-0; got none",
    ),
}


@pytest.mark.parametrize(("pairs", "message"), WRONG.values(), ids=WRONG.keys())
def test_wrong_input_is_refused_in_one_sentence(pairs: pl.DataFrame, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fitted(pairs)
    assert str(refused.value).splitlines()[0] == message


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(InvalidInput, match="scale: must be two whole numbers"):
        fitted(PAIRS, scale=(1, 1))
    with pytest.raises(InvalidInput, match="must be different columns"):
        fit_competing_hazards(PAIRS, **(COLUMNS | {"type_after": "was"}))


def test_a_summary_says_what_was_found() -> None:
    text = fitted(simulated(300)).summary()
    assert "ratings 1 (best) .. 4 (worst) with 2 types of damage, 300 pairs" in text
    assert "Pearson statistic" in text
    assert all(len(line) <= 120 for line in text.splitlines())


def test_a_plot_shows_what_a_new_member_is_likely_to_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    fit = fitted(simulated(300))
    axes = fit.plot(12.0)
    sound = axes.collections[0].get_paths()[0].vertices
    assert sound[:, 1].min() == 0.0
    at_end = sound[sound[:, 0] == 12.0, 1].max()
    assert at_end == pytest.approx(fit.transition(12.0)[0, 0])
    assert [text.get_text() for text in axes.get_legend().get_texts()][:3] == ["sound", "crack", "leak"]
    assert fit.plot(language="ja").get_legend().get_texts()[0].get_text() == "健全"


def test_a_plot_shows_what_became_of_sound_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    pairs = simulated(400)
    fit = fitted(pairs)
    table = fit.shares_after()
    assert table["years"].unique(maintain_order=True).to_list()[0] == 1.0
    of_first = pairs.filter(pl.col("before") == 1, pl.col("years") == 1)
    conditions = of_first["is"].fill_null("sound")
    first = table.filter(pl.col("years") == 1.0)
    assert first["pairs"].to_list() == [of_first.height] * 3
    assert first["condition"].to_list() == ["sound", "crack", "leak"]
    shares = [(conditions == condition).mean() for condition in first["condition"]]
    assert first["found"].to_list() == pytest.approx(shares)
    p = fit.transition(1.0)[0]
    assert first["expected"].to_list() == pytest.approx([p[0], p[1::2].sum(), p[2::2].sum()])
    assert table.group_by("years").agg(pl.sum("found", "expected"))["found"].to_list() == pytest.approx([1.0] * 4)
    points = fit.plot().collections[-1].get_offsets()
    assert points[0].tolist() == pytest.approx([1.0, shares[0]])
    assert points[1].tolist() == pytest.approx([1.0, shares[0] + shares[1]])
    assert len(points) == 2 * 4


def test_no_sound_member_no_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    damaged = pl.DataFrame({"before": [2, 2], "was": ["crack"] * 2, "after": [2, 3], "is": ["crack"] * 2})
    fit = fitted(pl.concat([damaged.with_columns(years=1.0)] * 20))
    assert fit.shares_after().is_empty()


def test_what_stays_sound_has_a_plot_of_given_years_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    sound = pl.DataFrame({"before": [1, 2], "was": [None, "crack"], "after": [1, 3], "is": [None, "crack"]})
    fit = fitted(pl.concat([sound.with_columns(years=1.0)] * 20))
    assert fit.plot(5.0).get_xlim() == (0.0, 5.0)
    with pytest.raises(InvalidInput, match=r"^years: must be given, as no sound member was found to worsen; got None$"):
        fit.plot()


@pytest.mark.skipif(not CRACKS.exists(), reason="the reference data lie outside the repository")
def test_cracks_of_japanese_roads() -> None:
    sections = pl.read_csv(CRACKS)
    first = sections.select(was="state_t0", now="state_t1", years="z1_yr")
    second = sections.filter(pl.col("has_t2") == 1).select(was="state_t1", now="state_t2", years="z2_yr")
    pairs = pl.concat([first, second])
    rating = {0: 1} | {code: 2 + (code - 1) // 3 for code in range(1, 10)}
    kind = {code: ("longitudinal", "transverse", "alligator")[(code - 1) % 3] for code in range(1, 10)}
    pairs = pairs.select(
        "years",
        before=pl.col("was").replace_strict(rating),
        after=pl.col("now").replace_strict(rating),
        was=pl.col("was").replace_strict(kind, default=None),
        **{"is": pl.col("now").replace_strict(kind, default=None)},
    )
    fit = fitted(pairs)
    assert (fit.n_pairs, fit.repairs, fit.panel.changed, fit.panel.from_worst) == (3111, 0, 6, 38)
    assert fit.converged
    assert fit.types == ("alligator", "longitudinal", "transverse")
    assert fit.log_likelihood == pytest.approx(-3268.365, abs=0.001)  # by expm and BFGS by hand
    by_hand = [[0.0034, 0.0632, 0.1298], [0.0108, 0.1277, 0.3509], [0.0, 0.3213, 1.2152]]
    assert fit.hazards() == pytest.approx(np.array(by_hand), rel=0.01, abs=1e-4)
    assert fit.change == pytest.approx(0.262, abs=0.002)
    assert fit.pearson_test().p_value[1] < 1e-10


@pytest.mark.parametrize(
    "pairs",
    [
        simulated(300),
        pl.DataFrame({"before": [1, 1], "after": [1, 2], "years": [2.0, 1.0], "was": None, "is": [None, "leak"]}),
        simulated(200).filter(pl.col("before") == 1),
        pl.DataFrame(
            {"before": [1, 3, 3], "after": [1, 3, 4], "years": 2.0, "was": [None, "leak", "leak"]}
        ).with_columns(pl.Series("is", [None, "leak", "leak"])),
    ],
    ids=["all known", "one type", "without change", "hazards of 0 and unknown"],
)
def test_a_model_is_read_as_it_was_written(tmp_path, pairs):
    fit = fitted(pairs)
    fit.write(tmp_path)
    model = CompetingModel.read(tmp_path / "model.json")
    np.testing.assert_array_equal(model.values, fit.values)
    np.testing.assert_array_equal(model.covariance, fit.covariance)
    assert (model.states, model.names, model.notices) == (fit.states, fit.names, fit.notices)
    assert (model.log_likelihood, model.converged) == (fit.log_likelihood, fit.converged)
    if np.isfinite(fit.values).all():
        np.testing.assert_array_equal(model.transition(3.0), fit.transition(3.0))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "multi-stage exponential hazard"),
        ("coefficients", [0.1]),
        ("coefficients", [0.1] * 50),
        ("covariance", [[0.1]]),
        ("types", 3),
    ],
)
def test_other_models_are_not_read(tmp_path, name, value):
    fitted(simulated(100)).write(tmp_path)
    file = tmp_path / "model.json"
    changed = {name: value}
    if np.size(value) == 50:  # its covariance goes with it
        changed["covariance"] = np.eye(50).tolist()
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changed), encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"must be model.json of nagamochi fit hazards, with types of damage"):
        CompetingModel.read(file)
