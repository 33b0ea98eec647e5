"""Pairs in several tables: a fit to the bit as of all pairs in one table, in whatever order they are counted."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from nagamochi.cli.commands import app
from nagamochi.deterioration import PairsInParts, fit_competing_hazards, fit_hazards, pairs_in_parts
from nagamochi.errors import InvalidInput, LostExecutor
from test_competing import COLUMNS as COMPETING
from test_competing import simulated
from test_panel import COLUMNS, made_pairs

MIXTURE = {"covariates": {2: ["wet"], 1: ["long", "wet"]}, "group": "group", "frailty": "gamma"}
ENDS = [0, 1, 1400, 2200, 3000]


class Pickling(Executor):
    """Sends calls and results as other processes would get them; the last call of those that wait is made first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Future[Any], bytes]] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future = Lazy(self)
        self._waiting.append((future, pickle.dumps((call, arguments, named))))
        return future

    def work(self) -> None:
        while self._waiting:
            future, sent = self._waiting.pop()
            call, arguments, named = pickle.loads(sent)
            future.set_result(pickle.loads(pickle.dumps(call(*arguments, **named))))


class Lazy(Future[Any]):
    def __init__(self, executor: Pickling) -> None:
        super().__init__()
        self._executor = executor

    def result(self, timeout: float | None = None) -> Any:
        self._executor.work()
        return super().result(timeout)


def cut(pairs: pl.DataFrame, ends: list[int] = ENDS) -> list[pl.DataFrame]:
    return [pairs[begin:end] for begin, end in pairwise(ends)]


@pytest.mark.parametrize("options", [{}, MIXTURE], ids=["alike", "groups and covariates"])
def test_parts_give_the_bits_of_one_table(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made_pairs()
    parts = cut(whole)
    expected = fit_hazards(whole, **COLUMNS, **options)
    with ThreadPoolExecutor(2) as threads:
        for executor, tables, waiting in (
            (None, parts, 1_000_000),
            (Pickling(), parts[::-1], 1),
            (threads, [parts[2], parts[0], parts[3], parts[1]], 40),
        ):
            monkeypatch.setattr(pairs_in_parts, "MERGED", waiting)
            found = fit_hazards(PairsInParts(tables, executor), **COLUMNS, **options)
            assert found.panel.pairs.equals(expected.panel.pairs)
            assert np.array_equal(found.values, expected.values)
            assert np.array_equal(found.covariance, expected.covariance)
            assert found.to_dict() == expected.to_dict()
            assert found.summary() == expected.summary()


def test_competing_types_in_parts_give_the_bits_of_one_table() -> None:
    whole = simulated(400)
    tables = [*cut(whole, [0, 30, 390]), whole[390:].with_columns(pl.lit(None, pl.String).alias("was"), before=1)]
    expected = fit_competing_hazards(pl.concat(tables, how="vertical_relaxed"), **COMPETING)
    found = fit_competing_hazards(PairsInParts(tables, Pickling()), **COMPETING)
    assert found.panel.pairs.equals(expected.panel.pairs)
    assert found.to_dict() == expected.to_dict()


def test_many_types_are_counted_over_all_tables() -> None:
    tables = [
        pl.DataFrame({"before": 1, "was": None, "after": 2, "is": [f"{part}-{k}" for k in range(11)], "years": 2.0})
        for part in range(2)
    ]
    with pytest.raises(
        InvalidInput, match="pairs table 1, pairs table 2: must have at most 20 types of damage; got 22"
    ):
        fit_competing_hazards(PairsInParts(tables), **COMPETING)


def test_the_scale_is_of_all_tables() -> None:
    pairs = made_pairs()
    fit = fit_hazards(PairsInParts([pairs.filter(pl.max_horizontal("before", "after") < 4), pairs]), **COLUMNS)
    assert fit.scale.worst == 4


def test_problems_of_all_tables_are_reported_together(tmp_path: Path) -> None:
    pairs = made_pairs()
    files = [tmp_path / name for name in ("north.csv", "south.csv", "west.csv")]
    pairs.write_csv(files[0])
    pairs.with_columns(years=pl.Series([2.0, -1.0] + [1.0] * 2998)).write_csv(files[1])
    pairs.drop("after").write_csv(files[2])
    with pytest.raises(InvalidInput) as caught:
        fit_hazards(PairsInParts(files, Pickling()), **COLUMNS)
    places = [(problem.where, problem.row, problem.column) for problem in caught.value.problems]
    assert places == [(str(files[1]), 3, "years"), (str(files[2]), 1, "after")]


@pytest.mark.parametrize("executor", [None, Pickling()])
def test_a_problem_of_all_pairs_names_table_and_row(tmp_path: Path, executor: Executor | None) -> None:
    files = [tmp_path / "north.csv", tmp_path / "south.csv"]
    pl.DataFrame({"before": [1] * 4 + [2], "after": [1, 1, 2, 2, 2], "years": 2.0}).write_csv(files[0])
    pl.DataFrame({"before": [2, 2, 2], "after": [2, 4, 4], "years": 3.0}).write_csv(files[1])
    with pytest.raises(InvalidInput, match=r"south\.csv, row 3: must not pass rating 3.*got 2 pairs that pass it"):
        fit_hazards(PairsInParts(files, executor), **COLUMNS)
    with pytest.raises(InvalidInput, match=r"/north\.csv, .*/south\.csv: must have at least 9 pairs"):
        fit_hazards(PairsInParts(files, executor), **COLUMNS, scale=(1, 10))


@pytest.mark.parametrize(
    ("tables", "rule"),
    [
        ([], "must have at least one table"),
        ("north.csv", "must be a list of tables or paths; got 'north.csv'"),
        (["a.csv", "./a.csv"], "must have each file once"),
    ],
)
def test_wrong_tables_are_refused(tables: Any, rule: str) -> None:
    with pytest.raises(InvalidInput, match=f"tables: {rule}"):
        PairsInParts(tables)


def test_an_executor_that_takes_no_work_is_named() -> None:
    with pytest.raises(InvalidInput, match="executor: must be"):
        PairsInParts([made_pairs()], "local:2")  # type: ignore[arg-type]
    ended = ThreadPoolExecutor(1)
    ended.shutdown()
    with pytest.raises(LostExecutor, match="takes no more work"):
        fit_hazards(PairsInParts([made_pairs()], ended), **COLUMNS)


def test_the_command_fits_several_tables(tmp_path: Path, clusters: list[tuple[str, int]]) -> None:
    pairs = made_pairs()
    tables = cut(pairs, [0, 1000, 3000])
    pairs.write_parquet(tmp_path / "all.parquet")
    tables[0].write_csv(tmp_path / "north.csv")
    tables[1].write_parquet(tmp_path / "south.parquet")
    options = ["--before", "before", "--after", "after", "--years", "years", "--covariates", "1:wet"]
    both = ["north.csv", "south.parquet"]
    for files, out, more in (
        (["all.parquet"], "whole", []),
        (both, "parts", []),
        (both, "c", ["--cluster", "local:2"]),
    ):
        given = [*(tmp_path / file for file in files), *options, *more]
        done = run("fit", "hazards", *given, "--out", tmp_path / out)
        assert done.exit_code == 0, done.output
    assert clusters == [("local:2", 2)]
    for file in ("model.json", "hazards_summary.txt", "ratings_after.csv"):
        for out in ("parts", "c"):
            assert (tmp_path / out / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


@pytest.mark.parametrize(
    ("files", "options", "rule"),
    [
        (["a.csv", "b.csv"], ["--asset", "a", "--date", "d", "--rating", "r"], "one table only"),
        (["a.csv"], ["--before", "b", "--after", "a", "--years", "y", "--cluster", "local:2"], "several tables"),
        (["a.csv", "b.csv"], ["--rating", "deck", "--cluster", "local:2"], "several tables"),
    ],
)
def test_the_command_refuses_what_cannot_be_counted_by_table(
    files: list[str], options: list[str], rule: str, tmp_path: Path
) -> None:
    done = run("fit", "hazards", *files, *options, "--out", tmp_path / "fit")
    assert done.exit_code == 2
    assert rule in done.output
    assert not (tmp_path / "fit").exists()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])
