"""Columns named as polars names patterns: ^a$ is not the column a, and * is not every column."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from made_inspections import noisy
from made_photos import made_photos
from nagamochi.cli.commands import app
from nagamochi.deterioration import (
    HazardFit,
    HazardModel,
    fit_competing_hazards,
    fit_curves,
    fit_hazards,
    fit_scatter,
    inspection_pairs,
)
from nagamochi.errors import InvalidInput
from nagamochi.retrieval.evaluation.embedded_photos import EmbeddedPhotos
from nagamochi.retrieval.evaluation.evaluation import evaluate
from nagamochi.retrieval.photo_store import PhotoStore
from nagamochi.tables import Column, Findings, Schema, check, read_table
from nagamochi.vocabulary import column_name
from oracle.panel import simulate
from tiny_photos import TinyEncoder, picture

NAMES = ["^a$", "^.*$", "^($", "*"]
"""Of a column of the user's, beside another one called a."""

named_like_a_pattern = pytest.mark.parametrize("name", NAMES)


def beside_a(table: pl.DataFrame, old: str, name: str) -> pl.DataFrame:
    """The table with a column renamed, and a column a that says something else."""
    return table.rename({old: name}).with_columns(a=pl.int_range(pl.len()) % 3 + 1)


def visits() -> pl.DataFrame:
    random = np.random.default_rng(4)
    bridges, rounds = 40, 3
    weight = random.normal(size=bridges)
    ratings = [np.ones(bridges, np.int64)]
    for _ in range(rounds - 1):
        hazards = np.exp(np.log([0.4, 0.25, 0.15]) + 0.5 * weight[:, None])
        ratings.append(simulate(random, hazards, ratings[-1], np.full(bridges, 2.0)))
    return pl.DataFrame(
        {
            "bridge": np.tile([f"B{i:02}" for i in range(bridges)], rounds),
            "date": np.repeat([f"{2010 + 2 * i}-04-01" for i in range(rounds)], bridges),
            "rating": np.concatenate(ratings),
            "weight": np.tile(weight, rounds),
            "route": np.tile([f"r{i % 8}" for i in range(bridges)], rounds),
        }
    )


def fitted(table: pl.DataFrame | Path, called: dict[str, str]) -> HazardFit:
    column = {name: called.get(name, name) for name in ("bridge", "date", "rating", "weight", "route")}
    groups: dict[str, str] = {"group": column["route"], "frailty": "gamma"} if "route" in called else {}
    covariates = [column["weight"]]
    pairs = inspection_pairs(
        table,
        asset=column["bridge"],
        date=column["date"],
        rating=column["rating"],
        covariates=covariates,
        group=groups.get("group"),
    )
    return fit_hazards(pairs, before="before", after="after", years="years", covariates=covariates, **groups)


@cache
def expected_hazards(grouped: bool) -> HazardFit:
    return fitted(visits(), {"route": "route"} if grouped else {})


@named_like_a_pattern
@pytest.mark.parametrize("role", ["bridge", "date", "rating", "weight", "route"])
def test_inspections(tmp_path: Path, name: str, role: str) -> None:
    table = beside_a(visits(), role, name)
    table.write_csv(tmp_path / "visits.csv")
    expected = expected_hazards(role == "route")
    for found in (fitted(table, {role: name}), fitted(tmp_path / "visits.csv", {role: name})):
        np.testing.assert_array_equal(found.values, expected.values)
        assert found.pearson_test().statistic == expected.pearson_test().statistic
    found.write(tmp_path / "fit")
    again = HazardModel.read(tmp_path / "fit" / "model.json")
    covariate = name if role == "weight" else "weight"
    np.testing.assert_array_equal(again.hazards({covariate: 0.5}), expected.hazards({"weight": 0.5}))


@named_like_a_pattern
@pytest.mark.parametrize("role", ["before", "after", "years", "was", "is"])
def test_competing_pairs(name: str, role: str) -> None:
    rows = [(1, 2, 2.0, None, "crack"), (1, 2, 3.0, None, "leak"), (2, 3, 2.0, "crack", "crack")]
    rows += [(2, 3, 1.0, "leak", "leak"), (1, 1, 2.0, None, None), (2, 2, 4.0, "crack", "crack")]
    pairs = pl.DataFrame(rows * 5, schema=["before", "after", "years", "was", "is"], orient="row")
    columns = {"before": "before", "after": "after", "years": "years", "type_before": "was", "type_after": "is"}
    expected = fit_competing_hazards(beside_a(pairs, "years", "years"), **columns)
    called = {argument: name if column == role else column for argument, column in columns.items()}
    fit = fit_competing_hazards(beside_a(pairs, role, name), **called)
    assert fit.log_likelihood == expected.log_likelihood
    np.testing.assert_array_equal(fit.values, expected.values)


def rated_twice() -> pl.DataFrame:
    ratings = {"rating": [3, 3, 4, 2, 3, 5, 4, 4] * 5, "again": [3, 4, 4, 2, 3, 4, 4, 3] * 5}
    return pl.DataFrame(ratings).with_columns(bridge=pl.int_range(40).cast(pl.String).str.slice(0, 1))


@cache
def expected_scatter() -> pl.DataFrame:
    pairs = beside_a(rated_twice(), "bridge", "bridge")
    return fit_scatter(pairs, rating="rating", again="again", bridge="bridge").estimates


@named_like_a_pattern
@pytest.mark.parametrize("role", ["rating", "again", "bridge"])
def test_members_rated_twice(name: str, role: str) -> None:
    called = {argument: name if argument == role else argument for argument in ("rating", "again", "bridge")}
    assert fit_scatter(beside_a(rated_twice(), role, name), **called).estimates.equals(expected_scatter())


@named_like_a_pattern
def test_groups_of_curves(tmp_path: Path, name: str) -> None:
    rounds = noisy(1).with_columns(kind=pl.col("bridge_id").hash(seed=1) % 2)
    rounds = rounds.with_columns(pl.col("kind").cast(pl.String))
    expected = fit_curves(beside_a(rounds, "kind", "kind"), by=("member", "kind"))
    fit = fit_curves(beside_a(rounds, "kind", name), by=("member", name))
    assert fit.base.rename({column_name(name): "kind"}).equals(expected.base)
    assert fit.curves.equals(expected.curves)
    assert fit.summary() == expected.summary()
    file = tmp_path / "rounds.csv"
    beside_a(rounds, "kind", name).write_csv(file)
    arguments = ["fit", "curves", str(file), "--by", f"member,{name}", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    written = pl.read_csv(tmp_path / "out" / "base_curves.csv")
    assert written["service_life"].to_list() == pytest.approx(expected.base["service_life"].to_list(), rel=1e-6)


@named_like_a_pattern
def test_records_of_photos(name: str) -> None:
    photos = made_photos()
    renamed = EmbeddedPhotos(beside_a(photos.records, "damage", name), photos.vectors)
    rules = {"exclude_same": "bridge_id", "ks": (1, 5)}
    expected = evaluate(photos, label="damage", within="member", **rules)
    assert evaluate(renamed, label=name, within="member", **rules).measures.equals(expected.measures)
    expected = evaluate(photos, label="member", within="damage", **rules)
    assert evaluate(renamed, label="member", within=name, **rules).measures.equals(expected.measures)
    some = photos.records["damage"][0]
    for where in ({name: some}, f"{name}={some}"):
        assert renamed.where(where).records["photo"].equals(photos.where({"damage": some}).records["photo"])


@named_like_a_pattern
def test_a_store_of_photos(tmp_path: Path, name: str) -> None:
    rows = [f"{seed}.png,B{seed % 3},{'bcd'[seed % 3]}" for seed in range(9)]
    for seed in range(9):
        (tmp_path / f"{seed}.png").write_bytes(picture(seed))
    (tmp_path / "manifest.csv").write_text("\n".join([f"photo,a,{name}", *rows]), encoding="utf-8")
    store = PhotoStore.open(tmp_path / "store", TinyEncoder())
    assert store.add(tmp_path / "manifest.csv").added == 9
    assert store.records.sort("photo")["a"].to_list() == [f"B{seed % 3}" for seed in range(9)]
    hits = store.search(tmp_path / "4.png", where={name: "!=b"}, exclude_same=name)
    assert sorted(hits.records["photo"]) == ["2.png", "5.png", "8.png"]
    assert hits.columns([name]) == ["photo", column_name(name)]
    assert hits.ratings(name).counts.row(0)[:2] == ("d", 3)
    hits.to_html(tmp_path / "sheet.html", columns=[name])
    assert store.remove(where=f"{name}=d") == 3


@named_like_a_pattern
def test_tables_and_their_messages(tmp_path: Path, name: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(f"bridge_id,a,{name}\nB1, 1 , x \nB2,2,7\n", encoding="utf-8")
    schema = Schema("t", (Column("bridge_id"), Column(column_name(name), "number", aliases=())))
    findings = Findings()
    table = check(read_table(file, "", findings), schema, findings)
    assert table.frame[column_name(name)].to_list() == [None, 7.0]
    assert table.others["a"].to_list() == ["1", "2"]
    assert [str(problem) for problem in findings.problems] == [f"{file}, row 2, column {name}: must be a number; got x"]
    findings = Findings()
    unknown = check(read_table(file, "", findings), Schema("t", (Column("bridge_id"),)), findings)
    assert unknown.others.row(0) == ("1", "x")
    assert findings.notices == [f"{file}: columns not known and not used: a, {name}"]


def test_two_columns_that_would_have_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("bridge_id,^a$,＾a＄\nB1,1,2\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"t.csv, row 1, column \^a\$: must have another name beside ＾a＄"):
        read_table(file, "", Findings())
