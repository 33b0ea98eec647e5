"""The studies that nagamochi follows, reproduced: their tables and figures, with the published values beside ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from nagamochi.base import arguments
from nagamochi.base.cached import cached_property
from nagamochi.base.folder import replacing_files
from nagamochi.report import bridge_study, pavement_study, photo_study
from nagamochi.report.sentences import in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_SEEDS = 100
NOTES = "notes.txt"

STUDIES = {
    "en": {
        "bridges": "Bridge study: maintenance plans of 10 bridges by a genetic algorithm that keeps evaluated plans in "
        "a database. The copy at hand gives no title, authors or journal.",
        "pavement": "Pavement study: Journal of JSCE E1 (Pavement Engineering), Vol. 67, No. 2, pp. 75-90, 2011 "
        "(土木学会論文集E1（舗装工学）). The copy at hand gives no title or authors.",
        "photos": "Photo study: similar damage photos by CLIP and Faiss from the national inspection database. "
        "The copy at hand gives no title, authors or journal.",
    },
    "ja": {
        "bridges": "橋梁の研究：評価した計画をデータベースに格納するGAによる10橋の維持管理計画。"
        "手元の写しに題名・著者・掲載誌の記載なし。",
        "pavement": "舗装の研究：土木学会論文集E1（舗装工学），Vol. 67，No. 2，pp. 75-90，2011。"
        "手元の写しに題名・著者の記載なし。",
        "photos": "写真の研究：CLIPとFaissによる類似損傷画像検索（全国道路施設点検データベース）。"
        "手元の写しに題名・著者・掲載誌の記載なし。",
    },
}
CAPTIONS = {
    "bridges_table_3": (
        "Table 3: seconds, evaluations and optimum of each mode, medians over the seeds; *_runs has every run",
        "表-3：方式ごとの時間・評価回数・最適値（シードの中央値）。*_runs は全実行",
    ),
    "bridges_figure_3": (
        "Figure 3: how often each plan of one bridge was requested; the plan chosen is red",
        "図-3：1橋の設計変数の組合せごとの選択頻度。採用した計画は赤",
    ),
    "pavement_table_2": (
        "Table 2: best policies within each risk limit, with the published ones",
        "表-2：リスク管理水準ごとの最適調査・補修政策と公表値",
    ),
    **{
        f"pavement_figure_{number:02}": (f"Figure {number}: {english}", f"図-{number}：{japanese}")
        for number, (english, japanese) in pavement_study.CAPTIONS.items()
    },
    "photos_table_1": (
        "Table 1: same member, published hit rates and those of chance, %",
        "表-1：部材検索の公表値と偶然の的中率（％）",
    ),
    "photos_table_2": (
        "Table 2: same damage among main girders, published hit rates and those of chance, %",
        "表-2：損傷検索（主桁）の公表値と偶然の的中率（％）",
    ),
}


@dataclass(frozen=True, eq=False)
class Papers:
    """Tables and figures of the three studies.

    Parameters
    ----------
    seeds : int
        Runs of the genetic algorithm by mode and population, with seeds 0, 1, ..

    Raises
    ------
    InvalidInput
        There are no seeds, or more than 100.

    Examples
    --------
    >>> found = Papers(seeds=1)
    >>> found.tables["photos_table_1"]["class"][0]
    'main girder'
    >>> axes = found.figures("en")["pavement_figure_11"](None)
    """

    seeds: int = 5

    def __post_init__(self) -> None:
        arguments.whole_number("seeds", self.seeds, at_least=1, at_most=MOST_SEEDS)

    @cached_property
    def table_3(self) -> bridge_study.Table3:
        """The bridge study's table 3."""
        return bridge_study.table_3(range(self.seeds))

    @cached_property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Tables by the names of their files."""
        return {
            "bridges_table_3": self.table_3.medians,
            "bridges_table_3_runs": self.table_3.runs,
            "pavement_table_2": pavement_study.table_2(),
            "photos_table_1": photo_study.published_table(1),
            "photos_table_2": photo_study.published_table(2),
        }

    def figures(self, language: str) -> Mapping[str, Callable[[Axes | None], Axes]]:
        """Return functions that draw figures into axes, or into those of a new figure, by the names of their files."""
        from nagamochi.report.figures.requests import draw_bridge_requests

        requests, chosen = bridge_study.example_requests(seed=0)
        return {
            "bridges_figure_3": lambda ax: draw_bridge_requests(requests, chosen, ax, language=language),
            **{f"pavement_figure_{number:02}": draw for number, draw in pavement_study.figures(language).items()},
            "photos_table_1": lambda ax: photo_study.draw_table(1, ax, language=language),
            "photos_table_2": lambda ax: photo_study.draw_table(2, ax, language=language),
        }

    def findings(self, language: str) -> list[str]:
        """Return sentences on what is reproduced of the studies, and on what is not."""
        found = [*self._of_the_memo(), *self._of_the_policies(), *_of_the_photos()]
        return [japanese if language == "ja" else english for english, japanese in found]

    def _of_the_memo(self) -> Iterator[tuple[str, str]]:
        table = self.table_3
        published = [f"{seconds[0] / seconds[1]:.0f}" for seconds in bridge_study.PUBLISHED_SECONDS.values()]
        memory, saved, share = table.memo_times, table.saved_memo_times, table.evaluations_saved
        yield (
            f"Bridges: the study's memo makes a run {' and '.join(published)} times faster; here it makes it "
            f"{memory:.1f} times faster in memory, {saved:.1f} times from its file. An evaluation takes "
            f"{table.evaluation_us:.2f} µs more than looking it up: the time that the memo was made for is hardly "
            "there with our kernel. The memo still saves "
            f"{share:.1%} of the evaluations. It pays off where an evaluation is slow.",
            f"橋梁：データベースによる短縮は公表値で{'倍と'.join(published)}倍、ここではメモリ上で{memory:.1f}倍、"
            f"保存したファイルからで{saved:.1f}倍。1評価の時間は表を引くより{table.evaluation_us:.2f}マイクロ秒長いだけで、"
            f"データベースで省くべき時間がほとんどない。省かれる評価は{share:.1%}。評価が遅い場合にのみ有効。",
        )
        yield (
            "Bridges: the study does not publish its inputs. The ten bridges here have example values of ours: compare "
            "ratios and counts, not yen.",
            "橋梁：研究の入力値は公表されていない。10橋の値は本ソフトの例であり、比と回数のみ比較できる。",
        )

    def _of_the_policies(self) -> Iterator[tuple[str, str]]:
        table = self.tables["pavement_table_2"]
        same, rows = int(table["as_published"].sum()), table.height
        yield (
            f"Pavement: {same} of {rows} policies of table 2 are reproduced. The study publishes neither hazards, "
            "discount rate nor the cost of additional inspections; the mean years here are calibrated to table 2, so "
            "this is no independent check.",
            f"舗装：表-2の{rows}政策のうち{same}が一致。ハザード率・割引率・追加調査費は公表されておらず、"
            "ここでの平均年数は表-2に合わせた値のため、独立した検証ではない。",
        )
        over = table.filter(pl.col("risk_any") > pl.col("risk_limit"))["risk_limit"].to_list()
        limits = ", ".join(f"{limit:g}" for limit in over)
        yield (
            f"Pavement: counted over all inspections, not periodic ones alone, the policies for limits {limits} exceed "
            "them (risk_any).",
            f"舗装：追加調査も含めて数えると、リスク管理水準{limits}の政策は水準を超える（risk_any）。",
        )
        yield (
            "Pavement: figures 6 to 13 are published without numbers; published are table 2 (stars) and risks that the "
            "text names (dotted lines).",
            "舗装：図-6～13の数値は公表されていない。重ねたのは表-2（星印）と本文にある水準（点線）。",
        )


def _of_the_photos() -> Iterator[tuple[str, str]]:
    first, pairs = photo_study.SAME_PLACE
    yield (
        "Photos: the study's photos and weights are not at hand; its hit rates are shown as published, beside chance "
        f"(same place found first: {first} of {pairs}). `nagamochi photos evaluate` measures the same of your store.",
        "写真：研究の写真と重みが手元になく、的中率は公表値のまま偶然の値と並べる"
        f"（同一箇所がtop-1：{pairs}枚中{first}枚）。自分の写真では `nagamochi photos evaluate` で測れる。",
    )


def write_papers(
    papers: Papers, folder: str | Path, *, language: str = "ja", size: tuple[float, float] | None = None
) -> tuple[list[str], list[str]]:
    """Write all tables as CSV, all figures as PNG, SVG and PDF, and notes.txt, which says what is what.

    Parameters
    ----------
    papers : Papers
        What to write.
    folder : path
        Made where it does not exist; all files are replaced together.
    language : {"ja", "en"}
        Of the heads of tables, labels and notes. Without a Japanese font, figures are English.
    size : (float, float), optional
        Width and height of a figure in cm.

    Returns
    -------
    names, notices : list of str
        The files, and what was not drawn as asked for.

    Raises
    ------
    InvalidInput
        The language or the size is wrong.
    OSError
        A file cannot be written.
    """
    from nagamochi.report.figure_files import SIZE, drawing, write_figures

    with drawing(language, size or SIZE) as (shown, notices), replacing_files(Path(folder)) as drafts:
        names = [f"{name}.csv" for name in papers.tables]
        for file, table in zip(names, papers.tables.values(), strict=True):
            drafts.write_table(file, in_words(table, language))
        names += write_figures(drafts, ((name, draw(None)) for name, draw in papers.figures(shown).items()))
        drafts.write_text(NOTES, _notes(papers, language))
    return [*names, NOTES], notices


def _notes(papers: Papers, language: str) -> str:
    position = 1 if language == "ja" else 0
    captions = [f"{name}: {texts[position]}" for name, texts in CAPTIONS.items()]
    parts = (STUDIES[language].values(), captions, papers.findings(language))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"
