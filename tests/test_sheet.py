"""The HTML sheet of a search, in a real browser too."""

import io
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from nagamochi.errors import InvalidInput
from nagamochi.report.search_sheet import search_sheet
from nagamochi.retrieval.search.hits import Hits
from nagamochi.retrieval.search.query import Query
from nagamochi.retrieval.vectors.calibration import Calibration

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 160, 60)
HOSTILE = "<img src=x onerror=\"document.title='owned'\"></dd><script>document.title='owned'</script>&amp;\"'"


CALIBRATION = Calibration(0.7, 256, "bridge_id")


def picture(colour, size=(320, 240)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def made_hits(
    folder: Path,
    *,
    text=None,
    box=None,
    calibration=CALIBRATION,
    rows=2,
    memo="作業足場あり",
    **conditions,
):
    for name, colour in (("first.png", BLUE), ("second.png", GREEN)):
        (folder / name).write_bytes(picture(colour))
    records = pl.DataFrame(
        {
            "rank": [1, 2],
            "distance": [0.2, 0.9],
            "similarity": [0.98, 0.595],
            "photo": ["first.png", "second.png"],
            "file": [str(folder / "first.png"), str(folder / "second.png")],
            "inside": ["", ""],
            "digest": ["a" * 64, "b" * 64],
            "bridge_id": ["B1", None],
            "member": ["主桁", "床版"],
            "severity": ["c", "e"],
            "year": [2021, 2019],
            "memo": [memo, memo],
        }
    ).head(rows)
    query = Query(photos=() if text else [picture(RED)], text=text, box=box, **conditions)
    return Hits(records, query, 57, calibration)


def opened(sheet: str, folder: Path, *arguments: str) -> str:
    """What Chromium prints of the sheet."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    page = folder / "sheet.html"
    page.write_text(sheet, encoding="utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [*command, profile, *arguments, page.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def share_of(colour, pixels):
    return (np.abs(pixels.astype(int) - colour).max(axis=2) < 12).mean()


def test_sheet_shows_pictures_in_a_browser(tmp_path):
    sheet = search_sheet(made_hits(tmp_path, box=(80, 60, 160, 120)))
    shot = tmp_path / "shot.png"
    opened(sheet, tmp_path, f"--screenshot={shot}", "--window-size=1400,900")
    pixels = np.asarray(Image.open(shot).convert("RGB"))
    left, right = pixels[:, :370], pixels[:, 370:]
    assert share_of(RED, left) > 0.1
    assert share_of((224, 52, 44), left) > 0.001  # the outline of the part
    assert share_of(RED, right) == 0
    assert share_of(BLUE, right) > 0.03
    assert share_of(GREEN, right) > 0.03


def test_hostile_texts_stay_texts(tmp_path):
    hits = made_hits(tmp_path, text=HOSTILE, memo=HOSTILE)
    dom = opened(search_sheet(hits), tmp_path, "--dump-dom")
    assert "<title>Similar damage photos</title>" in dom
    assert "<script" not in dom
    assert "onerror=" in dom  # as text
    assert dom.count("<img") == 2  # the hits
    assert "<img src=x" not in dom


def test_sheet_is_self_contained(tmp_path):
    sheet = search_sheet(made_hits(tmp_path))
    assert "default-src 'none'" in sheet
    assert "http://" not in sheet
    assert "https://" not in sheet
    assert sheet.count('src="data:image/jpeg;base64,') == 3
    assert str(tmp_path) not in sheet


def test_records_ratings_and_doubts_are_said(tmp_path):
    sheet = search_sheet(made_hits(tmp_path))
    assert "2 of 57 photos" in sheet
    assert "<dt>bridge_id</dt><dd>B1</dd>" in sheet
    assert sheet.count("<dt>bridge_id</dt>") == 1  # of the second none is known
    assert sheet.count("below what counts as similar") == 1
    assert "<th>c</th><td>1</td><td>100 %</td>" in sheet
    assert "Similar means at least 0.700, which 95% of 256 stored photos reach with one of another bridge_id." in sheet


def shown_names(sheet):
    return re.findall("<dt>(.*?)</dt>", sheet)


def test_what_was_searched_for_is_shown_first_of_every_hit(tmp_path):
    asked = {"where": "部材=主桁|床版, year>=2015", "exclude_same": "bridge_id"}
    sheet = search_sheet(made_hits(tmp_path, **asked))
    assert shown_names(sheet) == 2 * ["photo", "member", "year", "bridge_id", "severity", "memo"]
    assert "<dt>bridge_id</dt><dd>-</dd>" in sheet
    few = search_sheet(made_hits(tmp_path, **asked), columns=["severity", "year"])
    assert shown_names(few) == 2 * ["photo", "member", "year", "bridge_id", "severity"]


def test_columns_are_chosen_by_their_japanese_names_too(tmp_path):
    hits = made_hits(tmp_path)
    assert shown_names(search_sheet(hits, columns=["部材"])) == 2 * ["photo", "member"]
    hits.to_html(tmp_path / "sheet.html", columns=["memo"])
    assert shown_names((tmp_path / "sheet.html").read_text("utf-8")) == 2 * ["photo", "memo"]


@pytest.mark.parametrize("name", ["weather", "file", "rank"])
def test_columns_that_there_are_none_of_are_refused(tmp_path, name):
    rule = r"columns: must be columns of the records \(photo, bridge_id, member, severity, year, memo\); got"
    with pytest.raises(InvalidInput, match=f"{rule} '{name}'"):
        search_sheet(made_hits(tmp_path), columns=[name])


def test_a_card_is_at_most_twice_as_high_as_its_picture(tmp_path):
    """In one column of pixels, that crosses a card, the longest run without the colour of the paper is the card."""
    sheet = search_sheet(made_hits(tmp_path, text="rust", memo="長い" * 2000))
    shot = tmp_path / "shot.png"
    opened(sheet, tmp_path, f"--screenshot={shot}", "--window-size=800,1400")
    column = np.asarray(Image.open(shot).convert("RGB"))[:, 500].astype(int)
    paper = (np.abs(column - (244, 246, 248)).max(axis=1) < 2).nonzero()[0]
    cards = np.diff(paper).max() - 1
    assert 380 <= cards <= 382


def test_nothing_similar_and_nothing_admitted(tmp_path):
    far = search_sheet(made_hits(tmp_path, calibration=Calibration(0.99, 256, None)))
    assert "Nothing similar: no hit reaches the least similarity." in far
    none = search_sheet(made_hits(tmp_path, rows=0))
    assert "No photo was admitted by the filters." in none


def test_words_are_said_to_have_no_calibration(tmp_path):
    hits = made_hits(tmp_path, text="rust", calibration=Calibration(-np.inf, 0, None, of_words=True))
    assert "Not calibrated: words are not as similar to photos" in search_sheet(hits)
    assert "語と写真の類似度" in search_sheet(hits, language="ja")


def test_uncalibrated_store_is_said_to_be(tmp_path):
    sheet = search_sheet(made_hits(tmp_path, calibration=Calibration(-np.inf, 3, None)))
    assert "Not calibrated: only 3 stored photos can be compared with others." in sheet


def test_the_conditions_of_the_search_are_stated(tmp_path):
    hits = made_hits(tmp_path, where={"member": {"slab", "主桁"}, "year": (2019, None)}, exclude_same="bridge_id")
    sheet = search_sheet(hits)
    assert "Only photos with member=slab|主桁, year&gt;=2019." in sheet
    assert "Without photos of the query&#39;s own bridge_id." in sheet
    assert "検索した写真と橋梁IDが同じ写真を除く" in search_sheet(hits, language="ja")
    assert "Only photos" not in search_sheet(made_hits(tmp_path))


def test_japanese_sheet(tmp_path):
    sheet = search_sheet(made_hits(tmp_path), language="ja")
    for words in ("類似損傷写真", "<dt>部材</dt><dd>主桁</dd>", "損傷程度 類似写真での評価", "橋梁IDの異なる写真"):
        assert words in sheet
    with pytest.raises(InvalidInput, match="language: must be one of en, ja; got 'fr'"):
        search_sheet(made_hits(tmp_path), language="fr")


def test_lost_and_damaged_photos_leave_a_reason(tmp_path):
    hits = made_hits(tmp_path)
    (tmp_path / "first.png").unlink()
    (tmp_path / "second.png").write_bytes(picture(GREEN)[:60])
    sheet = search_sheet(hits)
    assert "The photo cannot be shown: it does not exist." in sheet
    assert "The photo cannot be shown: it is damaged or cut short" in sheet
