"""Evaluations of made photos against rankings photo by photo."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from made_photos import DAMAGE, MEMBERS, made_photos
from nagamochi.base.execution import Progress
from nagamochi.errors import InvalidInput
from nagamochi.retrieval.evaluation import ranking
from nagamochi.retrieval.evaluation.embedded_photos import EmbeddedPhotos
from nagamochi.retrieval.evaluation.evaluation import Evaluation, evaluate
from nagamochi.retrieval.evaluation.experiments import PLACE, same_damage, same_member, same_place, split_by_year
from oracle import ranking as oracle

Record = dict[str, object]
Rule = Callable[[Record, Record], bool]

PHOTOS = made_photos()
DATABASE, QUERIES = split_by_year(PHOTOS)


def assert_as_photo_by_photo(
    evaluation: Evaluation, database: EmbeddedPhotos, queries: EmbeddedPhotos, may: Rule, sought: Rule
) -> None:
    """Compare the whole table of queries with slow loops."""
    photos, asked = database.records.to_dicts(), queries.records.to_dicts()
    answered = {}
    for query, vector in zip(asked, queries.vectors, strict=True):
        order = oracle.ranked_relevance(
            vector,
            database.vectors,
            lambda i, query=query: may(query, photos[i]),
            lambda i, query=query: sought(query, photos[i]),
        )
        if any(order):
            answered[query["photo"]] = order
    table = evaluation.queries
    assert table["photo"].to_list() == list(answered)
    assert evaluation.unanswerable == len(asked) - len(answered)
    for row, found, order in zip(table.to_dicts(), evaluation.measures.to_dicts(), answered.values(), strict=True):
        assert (row["admitted"], row["relevant"]) == (len(order), sum(order))
        for k in evaluation.ks:
            expected = oracle.measures(order, k)
            assert found[f"hit@{k}"] == expected["hit"]
            assert found[f"precision@{k}"] == pytest.approx(float(expected["precision"]))
            assert found[f"recall@{k}"] == pytest.approx(float(expected["recall"]))
        assert row["first_rank"] == expected["first rank"]
        assert found["average precision"] == pytest.approx(float(expected["average precision"]))


def same(*columns: str) -> Rule:
    return lambda query, photo: all(query[column] == photo[column] for column in columns)


def anything(query: Record, photo: Record) -> bool:
    return True


def test_experiment_1_seeks_the_same_member_among_all() -> None:
    evaluation = same_member(DATABASE, QUERIES)
    assert_as_photo_by_photo(evaluation, DATABASE, QUERIES, anything, same("member"))
    assert sorted(evaluation.to_frame()["class"]) == sorted(MEMBERS)
    assert evaluation.to_frame()["database"].sum() == len(DATABASE.records)


def test_experiment_2_seeks_the_same_damage_within_one_member() -> None:
    evaluation = same_damage(DATABASE, QUERIES, member="slab")
    slabs = [part.where({"member": "slab"}) for part in (DATABASE, QUERIES)]
    assert_as_photo_by_photo(evaluation, *slabs, anything, same("damage"))
    assert set(evaluation.to_frame()["class"]) <= set(DAMAGE)


def test_experiment_3_seeks_the_same_place_in_the_other_years() -> None:
    evaluation = same_place(DATABASE, QUERIES, member="slab", ks=(1, 5))
    slabs = [part.where({"member": "slab"}) for part in (DATABASE, QUERIES)]
    assert_as_photo_by_photo(evaluation, *slabs, anything, same(*PLACE))
    assert evaluation.unanswerable > 0
    assert evaluation.cmc(5)[4] == pytest.approx(evaluation.mean("hit@5", "micro"))


def test_years_divide_photos() -> None:
    assert DATABASE.records["year"].unique().sort().to_list() == [2019, 2023]
    assert QUERIES.records["year"].unique().sort().to_list() == [2014, 2018]
    earlier = split_by_year(PHOTOS, database=(2014, 2018), queries=(2019, 2019))
    assert earlier[0].records["photo"].to_list() == QUERIES.records["photo"].to_list()


def test_within_a_column_is_the_same_as_each_of_its_values_by_itself() -> None:
    together = evaluate(DATABASE, QUERIES, label="damage", within="member")
    alone = pl.concat([same_damage(DATABASE, QUERIES, member=member).queries for member in MEMBERS])
    columns = ["photo", "admitted", "relevant", "first_rank", "average_precision"]
    assert together.queries.select(columns).sort("photo").equals(alone.select(columns).sort("photo"))


def test_each_photo_against_the_others_of_other_bridges() -> None:
    evaluation = evaluate(PHOTOS, label=["member", "damage"], exclude_same="bridge_id", ks=[1, 3])
    assert_as_photo_by_photo(
        evaluation, PHOTOS, PHOTOS, lambda q, p: q["bridge_id"] != p["bridge_id"], same("member", "damage")
    )


def test_no_photo_finds_itself_nor_its_copy() -> None:
    evaluation = evaluate(PHOTOS, label="member")
    assert_as_photo_by_photo(evaluation, PHOTOS, PHOTOS, lambda q, p: q["photo"] != p["photo"], same("member"))
    copies = EmbeddedPhotos(PHOTOS.records.with_columns(photo="copy of " + pl.col("photo")), PHOTOS.vectors)
    both = EmbeddedPhotos(pl.concat([PHOTOS.records, copies.records]), np.concatenate([PHOTOS.vectors] * 2))
    assert_as_photo_by_photo(
        evaluate(both, PHOTOS, label="member"), both, PHOTOS, lambda q, p: q["digest"] != p["digest"], same("member")
    )


def test_near_photos_are_sought_by_a_number() -> None:
    photos = EmbeddedPhotos(
        PHOTOS.records.with_columns(station=pl.when(pl.col("year") > 2014).then(5.0 * pl.int_range(pl.len()))),
        PHOTOS.vectors,
    )
    evaluation = evaluate(photos, label="member", near={"station": 20})
    assert_as_photo_by_photo(
        evaluation,
        photos,
        photos,
        lambda q, p: q["photo"] != p["photo"],
        lambda q, p: (
            q["member"] == p["member"]
            and None not in (q["station"], p["station"])
            and abs(q["station"] - p["station"]) <= 20
        ),
    )


def test_what_has_no_value_is_neither_the_same_nor_sought() -> None:
    unknown = pl.int_range(pl.len()) % 3 == 0
    records = PHOTOS.records.with_columns(
        pl.when(~unknown).then("bridge_id").alias("bridge_id"), pl.when(pl.col("member") != "slab").then("member")
    )
    photos = EmbeddedPhotos(records, PHOTOS.vectors)
    evaluation = evaluate(photos, label="member", exclude_same="bridge_id")
    labelled = EmbeddedPhotos(records.drop_nulls("member"), PHOTOS.vectors[records["member"].is_not_null().to_numpy()])
    assert evaluation.unlabelled == len(records) - len(labelled.records) > 0
    assert_as_photo_by_photo(
        evaluation,
        labelled,
        labelled,
        lambda q, p: q["photo"] != p["photo"] and (q["bridge_id"] is None or q["bridge_id"] != p["bridge_id"]),
        same("member"),
    )


def test_small_blocks_and_half_precision_change_nothing_but_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = evaluate(DATABASE, QUERIES, label="member").queries
    halves = EmbeddedPhotos(DATABASE.records, DATABASE.vectors.astype(np.float16))
    single = EmbeddedPhotos(DATABASE.records, halves.vectors.astype(np.float32))
    assert evaluate(halves, QUERIES, label="member").queries.equals(evaluate(single, QUERIES, label="member").queries)
    monkeypatch.setattr(ranking, "PAIRS_AT_ONCE", 7 * len(DATABASE.records))
    assert evaluate(DATABASE, QUERIES, label="member").queries.equals(whole)


def test_a_block_has_no_more_pairs_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "PAIRS_AT_ONCE", 25)
    asked = []

    def everyone(block: slice) -> np.ndarray:
        asked.append(block)
        return np.ones((block.stop - block.start, 10), bool)

    blocks = list(ranking.rank(np.zeros((5, 1), np.float32), np.zeros((10, 1), np.float32), everyone, everyone))
    assert [block.queries for block in blocks] == [slice(0, 2), slice(2, 4), slice(4, 5)]
    assert asked == [block.queries for block in blocks for _ in range(2)]


def test_of_equally_distant_photos_the_earlier_is_first() -> None:
    records = pl.DataFrame({"photo": list("abcde"), "member": ["slab", "pier", "slab", "pier", "pier"]})
    evaluation = evaluate(EmbeddedPhotos(records, np.ones((5, 2))), label="member", ks=(1,))
    assert evaluation.queries["first_rank"].to_list() == [2, 3, 1, 2, 2]


def test_means_come_with_chance_and_intervals_by_cluster() -> None:
    evaluation = evaluate(PHOTOS, label="member", exclude_same="bridge_id", cluster="bridge_id")
    means = {row["measure"]: row for row in evaluation.means.to_dicts()}
    frame = evaluation.to_frame()
    assert means["hit@10"]["macro"] == pytest.approx(frame["hit@10"].mean())
    assert means["hit@10"]["micro"] == pytest.approx(np.average(frame["hit@10"], weights=frame["queries"]))
    assert means["hit@1 by chance"]["micro"] == pytest.approx(means["precision by chance"]["micro"])
    assert means["precision@1"]["micro"] == means["hit@1"]["micro"]
    for row in means.values():
        assert row["micro_low"] <= row["micro"] <= row["micro_high"]
    alone = evaluate(PHOTOS, label="member", exclude_same="bridge_id").means.row(0, named=True)
    assert alone["micro"] == means["hit@1"]["micro"]
    assert (alone["micro_low"], alone["micro_high"]) != (means["hit@1"]["micro_low"], means["hit@1"]["micro_high"])


def test_random_vectors_are_found_as_often_as_chance_says() -> None:
    random = np.random.default_rng(5)
    records = pl.DataFrame({"photo": [f"{i}" for i in range(3000)], "kind": random.choice(3, 3000, p=[0.7, 0.2, 0.1])})
    evaluation = evaluate(EmbeddedPhotos(records, random.normal(size=(3000, 32))), label="kind")
    for measure in ("hit@1", "hit@10", "average precision"):
        for kind in ("micro", "macro"):
            chance = evaluation.mean(f"{measure} by chance", kind)
            assert evaluation.mean(measure, kind) == pytest.approx(chance, abs=0.03)


def test_the_summary_shows_what_the_hit_rate_hides() -> None:
    lines = evaluate(DATABASE, QUERIES, label="member").summary().splitlines()
    assert lines[0].split() == [
        *("class", "database", "queries", "top", "1", "(chance)", "top", "10", "(chance)", "P@10", "AP", "(chance)")
    ]
    assert [line.split("  ")[0] for line in lines[5:7]] == ["all queries", "mean of classes"]
    assert "95% intervals over all queries, in %:" in lines


def test_an_evaluation_is_saved_as_tables(tmp_path: Path) -> None:
    evaluation = same_member(DATABASE, QUERIES)
    evaluation.save(tmp_path / "new")
    written = {name: pl.read_csv(tmp_path / f"new/{name}.csv") for name in ("classes", "means", "queries")}
    assert written["classes"]["class"].to_list() == evaluation.to_frame()["class"].to_list()
    assert written["means"]["macro"].to_list() == pytest.approx(evaluation.means["macro"].to_list())
    assert written["queries"]["hit@10"].mean() == pytest.approx(evaluation.mean("hit@10", "micro"))


def test_wide_characters_leave_the_columns_of_the_summary_straight() -> None:
    members = pl.col("member").replace({"slab": "床版", "main girder": "主桁"})
    photos = EmbeddedPhotos(PHOTOS.records.with_columns(members), PHOTOS.vectors)
    narrow, wide = (evaluate(each, label="member").summary().splitlines() for each in (PHOTOS, photos))
    [line] = [line for line in wide if line.startswith("床版")]
    assert line == "床版" + next(line for line in narrow if line.startswith("slab"))[4:]


def test_stores_of_different_encoders_are_not_compared() -> None:
    @dataclass
    class Header:
        encoder: str

    @dataclass
    class Store:
        header: Header
        records: pl.DataFrame = field(default_factory=lambda: PHOTOS.records)
        vectors: np.ndarray = field(default_factory=lambda: PHOTOS.vectors)

    assert len(evaluate(Store(Header("a")), Store(Header("a")), label="member", exclude_same="photo").queries) == 160
    with pytest.raises(InvalidInput, match="queries: must have vectors of the database's encoder, a; got 'b'"):
        evaluate(Store(Header("a")), Store(Header("b")), label="member")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": "mood"}, "database: must be a column of the records"),
        ({"label": ()}, "label: must name a column; got ()"),
        ({"label": "member", "near": {"bridge_id": 1}}, "database, column bridge_id: must be a column of numbers"),
        ({"label": "member", "near": {"year": -1}}, r"near\['year'\]: must be a finite number, at least 0; got -1"),
        ({"label": "member", "ks": (0,)}, "ks: must be a whole number, at least 1; got 0"),
        ({"label": "member", "ks": ()}, r"ks: must have a length; got \(\)"),
        ({"label": "member", "cluster": "mood"}, "queries: must be a column of the records"),
        (
            {"label": "photo"},
            "label, column photo: must be shared by a query and a photo that it may find; got no such photo for 160",
        ),
        ({"label": "member", "queries": 3}, "queries: must be a PhotoStore or EmbeddedPhotos; got 3"),
        (
            {"label": "member", "queries": made_photos(dimension=4)},
            "queries: must have vectors of 6 numbers; got '4 numbers'",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        evaluate(PHOTOS, **change)


def test_vectors_must_be_finite_and_as_many_as_records() -> None:
    with pytest.raises(InvalidInput, match=r"vectors: must have a row for each of the 160 records; got \(3, 2\)"):
        EmbeddedPhotos(PHOTOS.records, np.zeros((3, 2)))
    broken = PHOTOS.vectors.copy()
    broken[17, 1] = np.nan
    with pytest.raises(InvalidInput, match=r"vectors\[17\]: must be finite"):
        EmbeddedPhotos(PHOTOS.records, broken)


def test_columns_of_records_must_not_look_alike() -> None:
    message = r"^records: must have one column that looks like member; got 'member\\u200b'$"
    with pytest.raises(InvalidInput, match=message):
        EmbeddedPhotos(PHOTOS.records.with_columns(pl.lit("x").alias("member\u200b")), PHOTOS.vectors)


def test_years_and_members_that_are_not_there_are_refused() -> None:
    with pytest.raises(InvalidInput, match="database: must have a photo of 2030 to 2031; got none"):
        split_by_year(PHOTOS, database=(2030, 2031))
    with pytest.raises(InvalidInput, match="queries: must be other years than the database's, 2018 to 2023"):
        split_by_year(PHOTOS, database=(2018, 2023))
    with pytest.raises(InvalidInput, match="database: must have a photo of the member 'pylon'; got none"):
        same_damage(DATABASE, QUERIES, member="pylon")


def test_an_evaluation_stops_where_progress_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    photos = EmbeddedPhotos(pl.DataFrame({"photo": list("abcdef"), "kind": list("xyxyxy")}), np.arange(6.0)[:, None])
    monkeypatch.setattr(ranking, "PAIRS_AT_ONCE", 12)
    told: list[Progress] = []
    evaluation = evaluate(photos, label="kind", progress=lambda each: told.append(each) or each.done < 4)
    assert told == [Progress(done, 6, f"{done} of 6 queries ranked") for done in (2, 4)]
    assert evaluation.queries["photo"].to_list() == list("abcd")
    assert evaluation.left == 2
    assert evaluation.summary().endswith("2 queries are left out, because the evaluation was stopped")
    again = pickle.loads(pickle.dumps(evaluation))
    assert again.summary() == evaluation.summary()


def test_near_duplicates_are_ranked_by_their_true_distances() -> None:
    """Products in float32 are wrong by more than these distances differ, in float64 by more for the long ones."""
    for length, step in ((1.0, 2.0**-22), (2.0**30, 2.0**8)):
        random = np.random.default_rng(0)
        spot = random.standard_normal(64)
        spot = (length * spot / np.linalg.norm(spot)).astype(np.float32)
        photos = np.repeat(spot[None], 60, axis=0)
        photos[:, 0] += (step * random.integers(1, 20, 60)).astype(np.float32)
        true = np.square(photos.astype(np.float64) - spot).sum(axis=1)
        order = np.lexsort((np.arange(60), true))
        for row in range(60):
            sought = np.arange(60)[None] == row
            [block] = ranking.rank(spot[None], photos, always(np.ones((1, 60), bool)), always(sought))
            np.testing.assert_array_equal(block.relevant[0], order == row)


def always(pairs: np.ndarray) -> ranking.Pairs:
    return lambda queries: pairs


def test_bridges_and_classes_that_look_the_same_are_one() -> None:
    records = PHOTOS.records
    other = pl.int_range(len(records)) % 2 == 1
    written = records.with_columns(
        pl.when(other).then(pl.col(name) + "\u200b").otherwise(name).alias(name) for name in ("bridge_id", "member")
    )
    options = {"label": "member", "exclude_same": "bridge_id", "cluster": "bridge_id"}
    plain = evaluate(PHOTOS, **options)
    spelt = evaluate(EmbeddedPhotos(written, PHOTOS.vectors), **options)
    assert spelt.queries.drop("class", "cluster").equals(plain.queries.drop("class", "cluster"))
    assert spelt.database["photos"].sort().equals(plain.database["photos"].sort())
    assert spelt.to_frame()["queries"].to_list() == plain.to_frame()["queries"].to_list()
    assert spelt.queries["cluster"].n_unique() == plain.queries["cluster"].n_unique()
    across = evaluate(PHOTOS, EmbeddedPhotos(written, PHOTOS.vectors), **options)
    assert set(across.queries["class"]) == set(plain.queries["class"])
    assert across.queries["relevant"].to_list() == plain.queries["relevant"].to_list()
