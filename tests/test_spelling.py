"""IDs and names that look the same are one, in a table and across tables; results show the first one written."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nagamochi import importers
from nagamochi.deterioration import fit_curves, inspection_pairs
from nagamochi.errors import InvalidInput
from nagamochi.network import read_network
from nagamochi.network.pools import read_pools
from nagamochi.tables.spelling import OTHER_CHARACTERS, one_spelling
from small_town import FILES

SAME = [
    ("がけ橋", "か\u3099け橋"),
    ("B-12", "Ｂ－１２"),
    ("B-12", "B\u201112"),
    ("B-12", "B\u221212"),
    ("第1 橋", "第１\u3000橋"),
    ("第1 橋", "第1\u00a0橋"),
    ("B12", "B12\u200b"),
    ("B12", "\ufeffB12"),
    ("B12", "B12\u3000"),
    ("カワグチ", "ｶﾜｸﾞﾁ"),
    ("パ", "ﾊﾟ"),
    ("橋(上)", "橋（上）"),
]
DIFFERENT = [
    ("橋1", "橋①"),
    ("橋II", "橋Ⅱ"),
    ("B1", "b1"),
    ("B1", "B01"),
    ("B1", "B 1"),
    ("ハ", "バ"),
    ("10²", "102"),
    ("ー", "-"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_texts_that_look_the_same_are_written_as_the_first_of_them(one, other):
    assert one_spelling(pl.Series(["A", one, None, other])).to_list() == ["A", one, None, one]
    assert one_spelling(pl.Series([other, one])).to_list() == [other, other]
    assert one_spelling(pl.Series([one, "A"]), known=pl.Series([other])).to_list() == [other, "A"]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_texts_that_look_different_stay(one, other):
    assert one_spelling(pl.Series([one, other])).to_list() == [one, other]


@given(st.lists(st.text(st.characters(max_codepoint=126, min_codepoint=33), max_size=4)))
def test_plain_letters_stay(names):
    assert one_spelling(pl.Series(names, dtype=pl.String)).to_list() == names


def test_of_characters_that_may_look_alike_none_is_passed_over():
    letters = pl.Series(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    plain = letters.filter(~letters.str.contains(OTHER_CHARACTERS)).to_list()
    assert len(plain) > 20_000
    assert len({unicodedata.normalize("NFKC", letter) for letter in plain}) == len(plain)
    assert not any(map(unicodedata.combining, plain))


def town(folder, **files):
    """The network folder of the small town with some of its files changed."""
    folder.mkdir()
    for name, text in (FILES | files).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_network_joins_names_that_look_the_same_across_its_files(tmp_path):
    plain = FILES | {
        "works": "bridge_id,member,year,cost\nB1,slab,3,5000\n",
        "rows": "name,owner,per,budget\nall,T,year,9e9\n",
    }
    head, *bridges = FILES["bridges"].split()
    plain["bridges"] = "\n".join([f"{head},owner", *(f"{bridge},T" for bridge in bridges)])
    wide = plain | {
        "curves": plain["curves"].replace("\nB1", "\nＢ１").replace(",m2,slab", ",m2,sl\u200bab"),
        "items": plain["items"].replace("B2", "B\u2060２").replace("A1", "Ａ1"),
        "works": plain["works"].replace("B1,slab", "B1\u3000,ｓlab"),
        "rows": plain["rows"].replace(",T,", ",Ｔ,"),
    }
    one, other = (read_network(town(tmp_path / str(i), **files)) for i, files in enumerate((plain, wide)))
    assert other.fingerprint == one.fingerprint
    assert other.bridge_ids.to_list() == ["B1", "B2"]
    assert one.notices == ()
    told = {tuple(notice.rpartition("/")[2].split(": ")[:2]) for notice in other.notices}
    assert told == {
        ("curves.csv", "column bridge_id"),
        ("curves.csv", "column cost_model"),
        ("items.csv", "column bridge_id"),
        ("items.csv", "column location"),
        ("works.csv", "column member"),
        ("rows.csv", "column owner"),
    }
    notice = next(notice for notice in other.notices if "curves.csv: column bridge_id" in notice)
    assert notice.endswith("other characters: 3, such as Ｂ１ in row 2 for B1; they count as one")


def test_a_network_shows_names_as_its_bridges_are_written(tmp_path):
    folder = town(tmp_path / "town", bridges=FILES["bridges"].replace("B1", "Ｂ１"))
    network = read_network(folder)
    assert network.bridge_ids.to_list() == ["Ｂ１", "B2"]
    assert set(network.curves["bridge_id"]) == {"Ｂ１", "B2"}
    assert (folder / "curves.csv").read_text() == FILES["curves"]


def test_bridges_that_look_the_same_are_refused_as_repeated(tmp_path):
    more = FILES["bridges"] + FILES["bridges"].splitlines()[1].replace("B1", "Ｂ１")
    with pytest.raises(InvalidInput) as refused:
        read_network(town(tmp_path / "town", bridges=more))
    file = tmp_path / "town" / "bridges.csv"
    assert str(refused.value) == f"{file}, row 4, column bridge_id: must not repeat row 2; got Ｂ１"


@pytest.mark.parametrize(("one", "other"), SAME)
def test_inspections_of_ids_that_look_the_same_are_of_one_bridge(one, other):
    visits = pl.DataFrame({"asset": [one, other, "C"], "date": [2010, 2015, 2012], "rating": [1, 2, 1]})
    pairs = inspection_pairs(visits, asset="asset", date="date", rating="rating")
    assert pairs.select("asset", "before", "after", "years").rows() == [(one, 1, 2, 5.0)]
    rounds = pl.DataFrame({"bridge_id": [one, other], "member": "slab", "damage": "crack", "year_built": 1980})
    rounds = rounds.with_columns(year=pl.Series([2010, 2015]), health=pl.Series([4.0, 3.8]))
    assert fit_curves(rounds).curves["bridge_id"].to_list() == [one]


@pytest.mark.parametrize("head", ["橋梁番号", "橋梁名"])
@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_list_has_one_bridge_for_ids_and_names_that_look_the_same(tmp_path, head, one, other):
    lines = [
        f"{head},橋長(m),架設年度,点検年度,判定区分",
        f"{one},20,1980,2015,Ⅰ",
        f"{other},20,1980,2020,Ⅱ",
        "C,30,1980,2020,Ⅰ",
    ]
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    report = importers.import_list(tmp_path / "list.csv", tmp_path / "out")
    assert read_network(tmp_path / "out").bridges.select("bridge_id", "rating").rows() == [(one, "II"), ("C", "I")]
    assert importers.read_history(tmp_path / "list.csv").inspections.rows() == [
        (one, 2015, 1),
        (one, 2020, 2),
        ("C", 2020, 1),
    ]
    assert report.n_bridges == 2


def test_owners_of_pools_are_those_of_the_network_that_look_the_same():
    pools = pl.DataFrame({"owner": ["Ａ市", "B市"], "pool": ["東", "東\u200b"]})
    assert read_pools(pools, ["A市", "B市"]) == {"A市": "東", "B市": "東"}
