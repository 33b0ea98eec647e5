"""`nagamochi photos` as its user meets it."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from made_forms import made_workbook
from nagamochi import retrieval
from nagamochi.cli.commands import app
from retrieval_models import tiny_open_clip_folder

NAGAMOCHI = Path(sys.executable).with_name("nagamochi")
COLOURS = {"corrosion": (140, 70, 30), "free lime": (225, 225, 215), "crack": (90, 90, 95)}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["photos", *map(str, arguments)], catch_exceptions=False)


def picture(damage: str, seed: int) -> bytes:
    """A patch in the damage's colour, with noise of its own."""
    noise = np.random.default_rng(seed).integers(-12, 12, (48, 64, 3))
    file = io.BytesIO()
    Image.fromarray(np.clip(np.array(COLOURS[damage]) + noise, 0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """36 made photos of three kinds of damage on twelve bridges, of two inspections, and a file that is none."""
    rows = []
    for i in range(36):
        damage = list(COLOURS)[i % 3]
        (tmp_path / f"{i:02}.png").write_bytes(picture(damage, i))
        member = "main girder" if i % 2 else "deck slab"
        rows.append((f"{i:02}.png", f"B{i // 3}", member, damage, "bcd"[i % 3], 2016 if i % 4 < 2 else 2021))
    (tmp_path / "broken.png").write_bytes(picture("crack", 99)[:70])
    rows.append(("broken.png", "B1", "deck slab", "crack", "c", 2021))
    frame = pl.DataFrame(rows, ["photo", "bridge_id", "member", "damage", "severity", "year"], orient="row")
    frame.write_csv(tmp_path / "photos.csv")
    return tmp_path / "photos.csv"


@pytest.fixture
def store(manifest: Path, tmp_path: Path) -> Path:
    done = run("index", manifest, "--model", "colour-histogram", "--store", tmp_path / "store", "--json")
    assert done.exit_code == 0, done.output
    return tmp_path / "store"


def test_index_tells_what_it_did_and_what_it_could_not_read(manifest, tmp_path):
    done = run("index", manifest, "--model", "colour-histogram", "--store", tmp_path / "store", "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["added"], told["replaced"], told["unchanged"]) == (36, 0, 0)
    assert [problem["photo"] for problem in told["problems"]] == ["broken.png"]
    problems = pl.read_csv(tmp_path / "store" / "problems.csv")
    assert problems["problem"].item().startswith("is damaged or cut short")
    assert "embedded" in done.stderr


def test_index_again_embeds_nothing(manifest, store):
    again = run("index", manifest, "--model", "colour-histogram", "--store", store)
    assert again.exit_code == 0
    assert "unchanged  36" in again.stdout


def test_search_finds_the_same_damage_elsewhere(manifest, store, tmp_path):
    sheet = tmp_path / "sheet.html"
    asked = ["search", tmp_path / "00.png", "--store", store, "--k", 4, "--exclude-same", "bridge_id", "--html", sheet]
    done = run(*asked, "--json")
    assert done.exit_code == 0, done.output
    hits = json.loads(done.stdout)["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3, 4]
    assert {hit["damage"] for hit in hits} == {"corrosion"}
    assert "B0" not in {hit["bridge_id"] for hit in hits}
    assert sheet.read_text(encoding="utf-8").count("data:image/jpeg") == 5
    table = run(*asked)
    assert "corrosion" in table.stdout
    assert f"sheet: {sheet}" in table.stdout


def test_search_keeps_columns_of_the_user_with_our_names(tmp_path):
    names = ("distance", "rank", "similarity", "rank (recorded)", "count", "share")
    rows = {"photo": ["0.png", "1.png"], "severity": "a"} | {name: [f"{name} 0", f"{name} 1"] for name in names}
    for i in range(2):
        (tmp_path / f"{i}.png").write_bytes(picture("crack", i))
    pl.DataFrame(rows).write_csv(tmp_path / "photos.csv")
    store, sheet = tmp_path / "store", tmp_path / "sheet.html"
    run("index", tmp_path / "photos.csv", "--model", "colour-histogram", "--store", store)
    found = json.loads(run("search", tmp_path / "0.png", "--store", store, "--json", "--html", sheet).stdout)
    (hit,) = found["hits"]
    assert (hit["rank"], type(hit["distance"]), type(hit["similarity"])) == (1, float, float)
    recorded = ["distance (recorded)", "rank (recorded) (recorded)", "similarity (recorded)", *names[3:]]
    assert [hit[name] for name in recorded] == [f"{name} 1" for name in names]
    assert all(f"<dt>{name}</dt><dd>" in sheet.read_text(encoding="utf-8") for name in recorded)
    counts = retrieval.PhotoStore.open(store).search(tmp_path / "0.png").ratings("count").counts
    assert counts.rows() == [("count 1", 1, 1.0)]


def test_search_takes_a_path_from_the_folder_one_is_in(store, tmp_path, monkeypatch):
    (tmp_path / "today").mkdir()
    monkeypatch.chdir(tmp_path / "today")
    found = run("search", "../00.png", "--store", "../store", "--k", 1, "--json")
    assert found.exit_code == 0, found.output
    assert [hit["damage"] for hit in json.loads(found.stdout)["hits"]] == ["corrosion"]


def test_search_shows_chosen_columns_and_those_of_its_conditions(store, tmp_path):
    asked = ["search", tmp_path / "00.png", "--store", store, "--k", 3, "--where", "severity=b|c, year>=2000"]
    table = run(*asked, "--columns", "損傷の種類,bridge_id")
    assert table.exit_code == 0, table.output
    assert table.stdout.splitlines()[0].split() == [
        *("rank", "similarity", "photo", "severity", "year", "damage", "bridge_id"),
    ]
    hits = json.loads(run(*asked, "--columns", "damage", "--json").stdout)["hits"]
    assert [*hits[0]] == ["rank", "distance", "similarity", "photo", "severity", "year", "damage"]
    wrong = run(*asked, "--columns", "weather")
    assert wrong.exit_code == 2
    assert "must be columns of the records" in " ".join(wrong.stderr.replace("│", " ").split())


def test_search_says_how_the_hits_were_rated(store, tmp_path):
    asked = ["search", tmp_path / "00.png", "--store", store, "--exclude-same", "bridge_id"]
    support = json.loads(run(*asked, "--json").stdout)["ratings"]["severity"]
    assert {row["value"] for row in support["counts"]} <= set("bcd")
    assert sum(row["count"] for row in support["counts"]) == support["similar"] > 0
    assert 0 < support["least_similarity"] < 1
    assert f"{support['similar']} of 10 hits are similar" in run(*asked).stdout
    assert "RatingSupport" not in run(*asked).stdout


def test_search_says_that_nothing_meets_its_conditions(store, tmp_path):
    found = run("search", tmp_path / "00.png", "--store", store, "--where", "year>=2050")
    assert (found.exit_code, found.stdout) == (0, "no photo meets the conditions\n")


def test_hostile_records_are_shown_as_they_are(tmp_path):
    (tmp_path / "a.png").write_bytes(picture("crack", 1))
    (tmp_path / "b.png").write_bytes(picture("crack", 2))
    rows = {"photo": ["a.png", "b.png"], "member": ["[/red][bold]girder[/bold]", "deck\x1b[31m\nslab"]}
    pl.DataFrame(rows).write_csv(tmp_path / "photos.csv")
    assert (
        run("index", tmp_path / "photos.csv", "--model", "colour-histogram", "--store", tmp_path / "s").exit_code == 0
    )
    found = [run("search", tmp_path / name, "--store", tmp_path / "s").stdout for name in ("a.png", "b.png")]
    assert "deck [31m slab" in found[0]
    assert "[/red][bold]girder[/bold]" in found[1]
    assert [text.count("\n") for text in found] == [2, 2]


def test_hostile_names_give_a_terminal_no_orders(store):
    lost = run("search", "\x1b[31mlost.jpg", "--store", store)
    assert lost.exit_code == 1
    assert "/ [31mlost.jpg, which does not exist" in lost.stderr


def test_json_has_no_number_that_json_does_not_know(tmp_path):
    for seed, name in enumerate("ab"):
        (tmp_path / f"{name}.png").write_bytes(picture("crack", seed))
    (tmp_path / "photos.csv").write_text("photo,width,depth\na.png,nan,inf\nb.png,1,2\n")
    assert (
        run("index", tmp_path / "photos.csv", "--model", "colour-histogram", "--store", tmp_path / "s").exit_code == 0
    )
    found = json.loads(
        run("search", tmp_path / "b.png", "--store", tmp_path / "s", "--json").stdout, parse_constant=repr
    )
    assert (found["hits"][0]["width"], found["hits"][0]["depth"]) == (None, None)


def test_an_encoder_that_moved_is_asked_for(manifest, tmp_path):
    clip = tiny_open_clip_folder(tmp_path / "clip")
    index = run("index", manifest, "--model", f"local-dir:{clip}", "--store", tmp_path / "s", "--threads", 1)
    assert index.exit_code == 0, index.output
    clip.rename(tmp_path / "moved")
    asked = ["search", "--store", tmp_path / "s", "--text", "rust", "--threads", 1, "--json"]
    lost = run(*asked)
    assert lost.exit_code == 1
    assert f"or be given as --model; got local-dir:{clip}" in lost.stderr
    assert run(*asked, "--model", f"local-dir:{tmp_path / 'moved'}").exit_code == 0
    elsewhere = run(*asked, "--model", f"local-dir:{tmp_path / 'moved'}", "--device", "tpu")
    assert elsewhere.exit_code == 2
    assert "'--device': must be one of" in elsewhere.stderr


def test_index_that_added_no_photo_fails(tmp_path):
    (tmp_path / "photos").mkdir()
    index = ["index", tmp_path / "photos", "--model", "colour-histogram", "--store", tmp_path / "store"]
    done = run(*index)
    assert done.exit_code == 1
    assert done.stderr.endswith("Error: no photo was added: the sources hold no photo\n")
    assert not (tmp_path / "store").exists()
    (tmp_path / "photos" / "broken.png").write_bytes(picture("crack", 99)[:70])
    done = run(*index, "--json")
    problems = tmp_path / "store" / "problems.csv"
    assert done.exit_code == 1
    assert done.stderr.endswith(f"Error: no photo was added: none of 1 photo can be read; see {problems}\n")
    assert [problem["photo"] for problem in json.loads(done.stdout)["problems"]] == ["broken.png"]
    assert [file.name for file in (tmp_path / "store").iterdir()] == ["problems.csv"]
    index += ["--dtype", "float16"]  # nothing is decided by a store that holds no photo
    (tmp_path / "photos" / "fine.png").write_bytes(picture("crack", 1))
    assert run(*index).exit_code == 0
    assert run(*index).exit_code == 0  # unchanged


WITHOUT = """
import sys
sys.modules[sys.argv.pop(1)] = None
from nagamochi_start import main
main()
"""


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [
        ("PIL.Image", ["index", "{folder}", "--model", "colour-histogram", "--store", "{folder}/new"]),
        ("torch", ["index", "{folder}", "--model", "timm:resnet18=w.pt", "--store", "{folder}/new"]),
        ("timm", ["index", "{folder}", "--model", "timm:resnet18=w.pt", "--store", "{folder}/new"]),
        ("open_clip", ["index", "{folder}", "--model", "ViT-B-32/w.pt", "--store", "{folder}/new"]),
        ("openpyxl", ["index", "{folder}/form.xlsx", "--model", "colour-histogram", "--store", "{folder}/new"]),
        ("PIL.Image", ["search", "{folder}/00.png", "--box", "0,0,9,9", "--store", "{folder}/store"]),
        ("jinja2", ["search", "{folder}/00.png", "--store", "{folder}/store", "--html", "{folder}/sheet.html"]),
        ("PIL.Image", ["check", "{folder}"]),
    ],
)
def test_a_missing_extra_is_named_in_one_line(store, tmp_path, missing, arguments):
    made_workbook(tmp_path / "form.xlsx", [])
    given = [argument.format(folder=tmp_path) for argument in arguments]
    command = [sys.executable, "-c", WITHOUT, missing, "photos", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert missing.partition(".")[0] in done.stderr
    assert done.stderr.endswith("pip install 'nagamochi[retrieval]'\n")
    assert not (tmp_path / "new").exists()


def test_a_failed_index_leaves_folders_that_were_there_before(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "fine.png").write_bytes(picture("crack", 1))
    (tmp_path / "store").mkdir()
    for store in ("store", "new/store"):
        index = ["index", "photos", "--model", "colour-histogram", "--store", store]
        command = [sys.executable, "-c", WITHOUT, "PIL.Image", "photos", *index]
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["fine.png", "photos", "store"]


def test_search_keeps_to_its_conditions(store, tmp_path):
    asked = ["search", tmp_path / "00.png", "--store", store, "--where", "member=main girder,year>=2019", "--json"]
    told = json.loads(run(*asked).stdout)
    assert told["admitted"] == 9
    assert len(told["hits"]) == 9
    assert {(hit["member"], hit["year"]) for hit in told["hits"]} == {("main girder", 2021)}


def test_search_for_a_part_and_for_several(store, tmp_path):
    part = run("search", tmp_path / "00.png", "--store", store, "--box", "0,0,32,24", "--json")
    assert json.loads(part.stdout)["hits"][0]["damage"] == "corrosion"
    several = run("search", tmp_path / "01.png", tmp_path / "04.png", "--store", store, "--k", 3, "--json")
    assert {hit["damage"] for hit in json.loads(several.stdout)["hits"]} == {"free lime"}


def test_text_needs_a_model_that_knows_words(manifest, store, tmp_path):
    refused = run("search", "--store", store, "--text", "rust")
    assert refused.exit_code == 2
    assert "text" in refused.stderr
    model = f"local-dir:{tiny_open_clip_folder(tmp_path / 'clip')}"
    indexed = run("index", manifest, "--model", model, "--store", tmp_path / "clips", "--threads", 1, "--json")
    assert indexed.exit_code == 0, indexed.output
    found = run(
        "search", "--store", tmp_path / "clips", "--text", "rust on a girder", "--k", 2, "--threads", 1, "--json"
    )
    assert found.exit_code == 0, found.output
    assert len(json.loads(found.stdout)["hits"]) == 2


def test_add_and_remove(store, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    (more / "new.png").write_bytes(picture("crack", 1000))
    added = run("add", more, "--store", store, "--json")
    assert json.loads(added.stdout)["added"] == 1
    removed = run("remove", "--store", store, "--where", "bridge_id=B0")
    assert removed.stdout == "3 photos removed\n"
    assert len(retrieval.PhotoStore.open(store)) == 34


def test_centre_is_for_a_store_of_its_own(manifest, store, tmp_path):
    centre = tmp_path / "centre.json"
    done = run("centre", "--store", store, "--out", centre)
    assert done.exit_code == 0, done.output
    model = f"centred:{centre}=colour-histogram"
    assert model in done.stdout
    indexed = run("index", manifest, "--model", model, "--store", tmp_path / "centred", "--json")
    assert json.loads(indexed.stdout)["added"] == 36
    centred, plain = (retrieval.PhotoStore.open(folder).vectors for folder in (tmp_path / "centred", store))
    assert np.abs(centred.mean(axis=0)).max() < np.abs(plain.mean(axis=0)).max() / 2
    refused = run("add", manifest, "--store", store, "--model", model)
    assert refused.exit_code == 1
    assert "must be the encoder of the store's vectors" in refused.stderr


def test_evaluate_measures_a_label_and_the_study_s_experiments(store, tmp_path):
    tables = tmp_path / "evaluation"
    done = run(
        "evaluate", "--store", store, "--label", "damage", "--exclude-same", "bridge_id", "--out", tables, "--json"
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    means = {row["measure"]: row["macro"] for row in told["means"]}
    assert told["queries"] == 36
    assert means["hit@1"] == 1.0
    assert means["hit@1 by chance"] == pytest.approx(1 / 3)
    assert pl.read_csv(tables / "classes.csv")["class"].sort().to_list() == sorted(COLOURS)
    first = run("evaluate", "--store", store, "--experiment", 1)
    assert first.exit_code == 0, first.output
    assert "main girder" in first.stdout
    second = run("evaluate", "--store", store, "--experiment", 2, "--member", "main girder", "--json")
    assert {row["class"] for row in json.loads(second.stdout)["classes"]} <= set(COLOURS)


def test_a_manifest_may_lie_elsewhere_than_its_photos(manifest, tmp_path):
    (tmp_path / "lists").mkdir()
    moved = manifest.rename(tmp_path / "lists" / "photos.csv")
    (tmp_path / "01.png").rename(tmp_path / "01.PNG")
    (tmp_path / "other").mkdir()
    note = "Note: photos.csv: 1 photo is named in other upper and lower case than on the disk"
    to_store = ["--model", "colour-histogram", "--store", tmp_path / "store"]
    for arguments in (["check", moved], ["index", moved, *to_store], ["add", moved, "--store", tmp_path / "store"]):
        done = run(*arguments, "--photos", tmp_path, "--json")
        assert done.exit_code == 0, done.output
        assert note in done.stderr
        assert len(json.loads(done.stdout)["notices"]) == 1
    lost = run("index", moved, *to_store[:3], tmp_path / "none")
    assert lost.exit_code == 1
    assert "no photo was added: none of 37 photos can be read" in lost.stderr


def test_check_finds_one_picture_under_two_bridges(manifest, tmp_path):
    frame = pl.read_csv(manifest)
    (tmp_path / "again.png").write_bytes((tmp_path / "05.png").read_bytes())
    twice = frame.filter(photo="05.png").with_columns(photo=pl.lit("again.png"), bridge_id=pl.lit("B9"))
    pl.concat([frame, twice]).write_csv(manifest)
    done = run("check", manifest, "--out", tmp_path / "findings.csv", "--json")
    assert done.exit_code == 0, done.output
    findings = json.loads(done.stdout)["findings"]
    assert ("two bridges", "same") in {(finding["finding"], finding["likeness"]) for finding in findings}
    assert "broken.png" in {finding["photo"] for finding in findings if finding["finding"] == "left out"}
    assert len(pl.read_csv(tmp_path / "findings.csv")) == len(findings)
    assert "again.png" in run("check", manifest).stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["search", "{folder}/lost.png", "--store", "{store}"], 1, "lost.png"),
        (["search", "{folder}/00.png", "--store", "{folder}/nowhere"], 1, "nowhere"),
        (["search", "{folder}/00.png", "--store", "{store}", "--where", "colour=red"], 2, "colour"),
        (["search", "{folder}/00.png", "--store", "{store}", "--box", "1,2,3"], 2, "x,y,width,height"),
        (["search", "{folder}/00.png", "--store", "{store}", "--box", "60,0,32,24"], 2, "64 x 48"),
        (["search", "{folder}/00.png", "--store", "{store}", "--k", "0"], 2, "at least 1"),
        (["search", "--store", "{store}"], 2, "give photos or --text"),
        (["search", "{folder}/00.png", "--store", "{store}", "--text", "rust"], 2, "give photos or --text"),
        (["search", "{folder}/00.png", "{folder}/01.png", "--store", "{store}", "--box", "0,0,9,9"], 2, "got 2 photos"),
        (["search", "{folder}/00.png", "--store", "{store}", "--where", "year>=x"], 2, "column year: must be a number"),
        (
            ["search", "{folder}/00.png", "--store", "{store}", "--html", "{folder}/no/a.html"],
            1,
            "{folder}/no/a.html: cannot be written: No",
        ),
        (["search", "{folder}/00.png", "--store", "{folder}"], 1, "{folder}"),
        (["index", "{folder}/none.csv", "--model", "colour-histogram", "--store", "{folder}/new"], 1, "none.csv"),
        (["index", "{folder}/photos.csv", "--model", "nonsense", "--store", "{folder}/new"], 2, "nonsense"),
        (["index", "{folder}", "--model", "centred:=nonsense", "--store", "{folder}/new"], 2, "centred:FILE=NAME"),
        (
            ["index", "{folder}", "--model", "colour-histogram", "--store", "{folder}/new", "--workers", "-1"],
            2,
            "--workers",
        ),
        (["remove", "--store", "{store}", "lost.png"], 1, "lost.png"),
        (["remove", "--store", "{store}"], 2, "give photos or --where"),
        (["remove", "--store", "{store}", "00.png", "--where", "year=2016"], 2, "give photos or --where"),
        (["evaluate", "--store", "{store}"], 2, "--experiment"),
        (["evaluate", "--store", "{store}", "--label", "colour"], 1, "column of the records (photo"),
        (["evaluate", "--store", "{store}", "--label", "damage", "--k", "0"], 2, "at least 1"),
        (["evaluate", "--store", "{store}", "--label", "damage", "--member", "deck slab"], 2, "--experiment 2 or 3"),
        (["evaluate", "--store", "{store}", "--experiment", "1", "--within", "member"], 2, "goes with --label"),
        (["centre", "--store", "{store}", "--out", "{folder}"], 1, "{folder}: cannot be written: Is a directory"),
        (["centre", "--store", "{store}", "--out", "."], 1, "Is a directory"),
        (["evaluate", "--store", "{store}", "--experiment", "3"], 2, "--member"),
        (
            ["evaluate", "--store", "{store}", "--experiment", "3", "--member", "deck slab"],
            1,
            "column bridge_id, span, member, element, damage",
        ),
        (["evaluate", "--store", "{store}", "--experiment", "1", "--query-years", "2014"], 2, "2019-2023"),
        (["check", "{folder}/none.csv"], 1, "none.csv"),
    ],
)
def test_wrong_input_is_explained(store, tmp_path, arguments, status, words):
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run(*(argument.format(folder=tmp_path, store=store) for argument in arguments))
    assert done.exit_code == status, done.output
    assert words.format(folder=tmp_path) in done.stderr.replace("\n", "").replace("│", "") or words in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_interrupted_index_goes_on_where_it_stopped(manifest, tmp_path):
    rows = pl.read_csv(manifest)
    for i in range(100, 1500):
        (tmp_path / f"{i}.png").write_bytes(picture("crack", i))
    many = pl.DataFrame({"photo": [f"{i}.png" for i in range(100, 1500)], "bridge_id": "B1"})
    pl.concat([rows, many], how="diagonal").write_csv(manifest)
    command = ["photos", "index", manifest, "--model", "colour-histogram", "--store"]
    process = subprocess.Popen([NAGAMOCHI, *command, tmp_path / "cut"], stderr=subprocess.PIPE, env=os.environ)
    while not list((tmp_path / "cut").glob("**/*.parquet")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in (0, 130), said
    assert b"Traceback" not in said
    assert run(*command[1:], tmp_path / "cut").exit_code == 0
    assert run(*command[1:], tmp_path / "whole").exit_code == 0
    cut, whole = (retrieval.PhotoStore.open(tmp_path / name) for name in ("cut", "whole"))
    assert cut.records.equals(whole.records)
    np.testing.assert_array_equal(cut.vectors, whole.vectors)
