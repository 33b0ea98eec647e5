"""Japanese bridge lists: dimensions with a judgement or a year built, without members."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import polars as pl

from nagamochi import standard_bridge
from nagamochi.importers.importance import IMPORTANCE_COLUMNS, importance, importance_assumed
from nagamochi.importers.list_format import (
    FEW_ODD,
    ListFile,
    check_list,
    later_rule,
    refuse_later_years,
    refuse_too_many_spans,
    without_ratings,
    without_short_spans,
)
from nagamochi.importers.metres import in_metres
from nagamochi.importers.planning_year import PlanningYear, planning_year_of
from nagamochi.importers.problems import CHECK, ROW_NOT_USED, Problems
from nagamochi.importers.report import (
    AGED,
    AGED_SINCE,
    ASSUMED_MATERIAL,
    ASSUMED_SPANS,
    ASSUMED_STRUCTURE,
    CULVERTS,
    STANDARD_LIVES,
    Assumption,
    History,
    Imported,
    in_parts,
    span,
    with_access,
)
from nagamochi.network import Network
from nagamochi.tables import (
    Column,
    Findings,
    SourceTable,
    between,
    check_column,
    dates,
    in_years,
    listed,
    not_negative,
    one_of,
)
from nagamochi.tables.limits import LONGEST_BRIDGE_M, MOST_SPANS, OLDEST_BRIDGE, WIDEST_BRIDGE_M
from nagamochi.tables.marks import NO_VALUE
from nagamochi.tables.spelling import one_spelling

ASSUMED_WIDTH_M = 6.0
HEALTH_OF_JUDGEMENT = {1: 4.5, 2: 3.5, 3: 2.5, 4: 1.5}
NUMERALS = ("I", "II", "III", "IV")
STAGES = ("健全", "予防保全段階", "早期措置段階", "緊急措置段階")
NOT_JUDGED = 8
JUDGEMENTS = {
    spelling: str(code)
    for code, (numeral, stage) in enumerate(zip(NUMERALS, STAGES, strict=True), start=1)
    for spelling in (numeral, stage, f"{numeral}({stage})", f"{numeral}:{stage}", f"{numeral} {stage}")
}

BEYOND = ("5", "6", "7", "5.0", "6.0", "7.0", "V", "VI", "VII")
"""Steps of other scales."""

SLIPS_SHARE = 0.02
"""More judgements beyond IV than this, and than `FEW_ODD`, are no slips but of another scale."""

REMARKS = r"備\s*考.*|摘要|特記事項|供用状況|供用区分|現況"
"""Headers of columns in which a list may say what has become of a bridge."""

GONE = "撤去済|撤去完了|廃橋|廃道|供用廃止|供用停止|通行止"

NOTHING = (*NO_VALUE, "0", "0.0")
REPEATED = {"length_m": "length", "year_built": "year built", "judgement": "judgement"}
"""What rows of one bridge and year may differ in, as those of two carriageways or of single spans do."""

INSPECTED = Column(
    "year_inspected",
    "year",
    rule=in_years(),
    absent=NOTHING,
    aliases=(
        *("点検年度", "点検実施年度", "点検記録_点検実施年度", "点検記録_点検実施年次", "最新点検年度", "直近点検年度"),
        *("最終点検年度", "前回点検年度", "最新点検年", "直近点検年", "最終点検年", "点検実施年", "点検実施年月日"),
        *("点検年", "点検年月日", "点検日", "tenken_nendo", "tenken_kiroku_tenken_nendo"),
    ),
)
BUILT = Column(
    "year_built",
    "year",
    rule=in_years(OLDEST_BRIDGE),
    absent=NOTHING,
    aliases=(
        *("架設年度", "架設年", "架設年度_西暦", "架設年月", "架設年月日", "架設年次", "建設年度", "建設年"),
        *("竣工年度", "竣工年", "完成年度", "完成年", "供用開始年度", "syogen_kasetsu_nendo"),
    ),
)
DESCRIPTION = (
    Column(
        "bridge_id",
        aliases=(
            *("施設ID", "橋梁ID", "橋梁番号", "橋梁コード", "施設番号", "橋梁管理番号", "管理番号", "整理番号"),
            *("shisetsu_id", "id"),
        ),
        absent=NO_VALUE,
    ),
    Column(
        "name",
        absent=NO_VALUE,
        aliases=("橋梁名", "橋名", "施設名", "橋梁名称", "施設名称", "名称", "syogen_shisetsu_meisyou"),
    ),
    Column(
        "owner",
        aliases=("管理者", "管理者名", "道路管理者名称", "道路管理者名", "道路管理者", "syogen_kanrisya_meisyou"),
    ),
    Column("route", aliases=("路線名", "路線名称", "道路名", "道路名称", "路線", "syogen_rosen_meisyou")),
    BUILT,
    Column(
        "length_m",
        "number",
        rule=not_negative(LONGEST_BRIDGE_M),
        absent=NOTHING,
        aliases=("橋長", "橋梁延長", "橋の長さ", "syogen_kyouchou"),
    ),
    Column(
        "width_m",
        "number",
        rule=not_negative(WIDEST_BRIDGE_M),
        absent=NOTHING,
        aliases=("幅員", "全幅員", "総幅員", "全幅", "有効幅員", "syogen_fukuin"),
    ),
    Column(
        "latitude",
        "number",
        rule=between(-90, 90),
        absent=NO_VALUE,
        aliases=("緯度", "起点側位置_緯度", "syogen_ichi_ido", "lat"),
    ),
    Column(
        "longitude",
        "number",
        rule=between(-180, 180),
        absent=NO_VALUE,
        aliases=("経度", "起点側位置_経度", "syogen_ichi_keido", "lon"),
    ),
    Column("spans", "whole number", rule=not_negative(MOST_SPANS), absent=NO_VALUE, aliases=("径間数", "径間")),
    Column(
        "material",
        absent=NO_VALUE,
        aliases=(
            *("上部工(使用材料)", "上部工_使用材料等", "上部工_使用材料", "上部工使用材料", "使用材料", "主要材料"),
            *("材料", "橋種", "橋種区分", "橋梁種別"),
        ),
    ),
    Column(
        "structure",
        absent=NO_VALUE,
        aliases=(
            *("構造形式", "上部工構造形式", "上部工_構造形式", "上部構造形式", "上部工形式", "橋梁形式", "施設種別"),
            *("溝橋", "橋梁区分"),
        ),
    ),
    INSPECTED,
    Column(
        "judgement",
        "whole number",
        rule=one_of(1, 2, 3, 4, NOT_JUDGED),
        spellings=JUDGEMENTS,
        absent=NO_VALUE,
        aliases=(
            *("判定区分", "点検記録_判定区分", "点検判定区分", "健全性の判定区分", "健全性の診断", "健全性"),
            *("健全性の診断の区分", "健全性診断", "健全性の判定", "健全性判定", "総合判定", "判定結果", "点検結果"),
            *("判定", "診断結果", "tenken_kiroku_hantei_kubun"),
        ),
    ),
)
COLUMNS = (*DESCRIPTION, *IMPORTANCE_COLUMNS)
NEEDS = (("bridge_id", "name"), ("length_m",), ("year_built", "judgement"))

CONCRETE = r"コンクリート|RC|PC|PRC"
CULVERT = r"溝橋|カルバート|ボックス|BOX|函渠"
SLAB = r"床版橋|スラブ"
DECK_OF_GIRDERS = r"鋼床版|合成床版"
GIRDER = r"桁|トラス|アーチ|ラーメン|吊|斜張"


def import_bridge_list(files: Sequence[ListFile], asked: int | None, problems: Problems, *, source: str) -> Imported:
    """Make the network of a list of bridges.

    Parameters
    ----------
    files : sequence of ListFile
        With the columns of `COLUMNS`. A bridge may have a row for each of its inspections.
    asked : int or None
        The fiscal year in which ages end; None: that of the newest inspection, or else the current one.
    problems : Problems
    source : str
        Name of the list.

    Returns
    -------
    Imported

    Raises
    ------
    InvalidInput
        A column has too many odd cells, no bridge of the list has both a length and a judgement or year built, or the
        lengths are not in metres.
    """
    rows = _rows(files, asked, problems)
    listed = _newest(rows).with_columns(pl.when(pl.col("length_m") > 0.0).then("length_m"))
    now = planning_year_of(asked, listed["inspected_in"], "fiscal year")
    sorted_out = listed.with_columns(reason=_reason(now))
    left_out = sorted_out.filter(pl.col("reason").is_not_null())
    planned = sorted_out.filter(pl.col("reason").is_null())
    problems.leave_out(left_out)
    findings = Findings()
    if planned.is_empty():
        rule = "must have a bridge with a length and a judgement or year built"
        findings.refuse(files[0].source.where, rule, f"{len(left_out):,} without{problems.first}")
    spans = listed.select(standard_bridge.assumed_spans(pl.col("length_m"))).to_series()
    refuse_too_many_spans(files[0].source, "length_m", spans, findings)
    findings.raise_problems()
    planned = planned.with_columns(
        assumed_width=~(pl.col("width_m") > 0.0).fill_null(False),
        assumed_spans=~(pl.col("spans") > 0).fill_null(False),
        known_material=_material(),
        known_structure=_structure(),
    )
    _say_gone(planned, problems)
    history = bridge_history(rows)
    numbered = any("bridge_id" in file.source.cells.columns for file in files)
    return Imported(
        source=source,
        parts=in_parts(planned, partial(_network, year=now.year), pl.col("length_m") * _width()),
        known=_known(listed, rows),
        assumed=_assumed(planned, now, numbered=numbered),
        left_out=left_out.select("bridge_id", "reason").rows(),
        planning_year=now,
        history=history if history.inspected_again else None,
    )


def read_history(files: Sequence[ListFile], problems: Problems) -> History:
    """Return the judgements of a list, one row for each inspection of a bridge."""
    return bridge_history(_rows(files, None, problems))


def bridge_history(rows: pl.DataFrame) -> History:
    """Return the judgements among the rows of a list."""
    judged = rows.filter(pl.col("judgement").is_not_null() & pl.col("year_inspected").is_not_null())
    return History(
        judged.select(asset="bridge_id", year="year_inspected", judgement="judgement"), ("judgement",), (1, 4)
    )


def _rows(files: Sequence[ListFile], asked: int | None, problems: Problems) -> pl.DataFrame:
    """Return the rows of all files, without those that repeat an inspection of a bridge."""
    findings = Findings()
    frames = []
    for file in files:
        source = _of_our_scale(file.source, problems, findings)
        frame = in_metres(source, check_list(source, COLUMNS, problems, findings), problems, findings)
        frame = without_short_spans(source, frame, frame["length_m"], ("spans",), problems, findings)
        years = frame["year_inspected"]
        fiscal_year = _read_again(source, INSPECTED, years, "fiscal year")
        last = years if asked is None else fiscal_year.fill_null(years.cast(pl.Float64))
        used = refuse_later_years(source, "year_inspected", last, asked, problems, findings)
        too_late = used.is_null() & last.is_not_null()
        inspected, fiscal_year = years.set(too_late, None), fiscal_year.set(too_late, None)
        frame = frame.with_columns(frame["judgement"].set(frame["judgement"] == NOT_JUDGED, None))
        frame = without_ratings(source, frame, ("judgement",), too_late, later_rule(asked), problems, findings)
        built = _read_again(source, BUILT, frame["year_built"], "fiscal year")
        older = ((inspected < frame["year_built"]) & (fiscal_year < built)).fill_null(False)
        rule = "must not be of a year before the bridge was built"  # but of an older bridge
        frame = without_ratings(source, frame, ("judgement",), older, rule, problems, findings)
        frames.append(
            frame.with_columns(
                inspected,
                fiscal_year=fiscal_year.set(older, None).cast(pl.Int64),
                inspected_in=fiscal_year.cast(pl.Int64).fill_null(inspected),
                built_in=built.cast(pl.Int64).fill_null(frame["year_built"]),
                moment=_read_again(source, INSPECTED, inspected, "date").fill_null(inspected.cast(pl.Float64)),
                gone=_gone(source),
                file=pl.lit(source.where),
                row=pl.Series(source.rows, dtype=pl.Int64),
                emergency_route=pl.col("emergency_route") == "yes",
                detour_km=pl.coalesce("detour_km", pl.col("detour_m") / 1000.0),
            )
        )
    findings.raise_problems()
    rows = _with_ids(pl.concat(frames))
    problems.name_bridges(rows)
    unnamed = rows.filter(pl.col("bridge_id").is_null())
    for file, row in unnamed.select("file", "row").rows():
        problems.add_row(file, row, ROW_NOT_USED, "has neither number nor name of a bridge")
    rows = rows.drop_nulls("bridge_id")
    _list_shared_numbers(rows, problems)
    return _latest_of_each_year(rows, problems)


def _of_our_scale(source: SourceTable, problems: Problems, findings: Findings) -> SourceTable:
    """Return the list; say that its judgements may be of another scale, or refuse them where they surely are."""
    if "judgement" not in source.cells.columns:
        return source
    cells = source.cells["judgement"].str.normalize("NFKC").str.to_uppercase()
    beyond, filled = cells.is_in(BEYOND).fill_null(False).arg_true(), cells.count()
    if beyond.is_empty():
        return source
    found = f"{len(beyond):,} of {filled:,} cells are {listed(cells[beyond].unique().sort().to_list())}"
    if len(beyond) > max(FEW_ODD, SLIPS_SHARE * filled):
        rule = f"must be I to IV, but looks like another scale: {found}; give the column another name, or I to IV"
        findings.refuse_rows(source, "judgement", rule, beyond.head(1))
        return replace(source, cells=source.cells.drop("judgement"))
    rows = listed([str(source.rows[index]) for index in beyond.to_list()])
    header = source.header_of("judgement")
    problems.remarks.append(
        f"{source.where}: column {header} may be of another scale: {found} (rows {rows}), which is none of I to IV; "
        "all others are read as I to IV"
    )
    return source


def _gone(source: SourceTable) -> pl.Series:
    """Return the word by which a bridge's name or remarks say that it is removed or closed; null where none does."""
    said = [name for name in source.cells.columns if name == "name" or re.fullmatch(REMARKS, name)]
    words = pl.concat_str(pl.lit(""), *map(pl.col, said), separator=" ", ignore_nulls=True)
    gone = words.str.normalize("NFKC").str.extract(f"({GONE})")
    return source.cells.with_columns(gone.alias("gone"))["gone"]


def _say_gone(planned: pl.DataFrame, problems: Problems) -> None:
    """Say which bridges that are planned are removed or closed by their names or remarks."""
    gone = planned.filter(pl.col("gone").is_not_null()).select("gone", called=pl.coalesce("name", "bridge_id"))
    if gone.is_empty():
        return
    named = [called if word in called else f"{called} ({word})" for word, called in gone.iter_rows()]
    problems.remarks.append(
        f"bridges that are removed or closed by their names or remarks: {len(gone):,}, planned like all others: "
        f"{listed(named)}; delete their rows, or put them into retire.csv"
    )


def _list_shared_numbers(rows: pl.DataFrame, problems: Problems) -> None:
    """List rows whose name and length are not those of the first row with their number, as in lists of two towns."""
    first = pl.struct("name", "length_m", "file", "row").first().over("bridge_id").alias("first")
    named = rows.with_columns(one_spelling(rows["name"])).with_columns(first)
    other = (pl.col("name") != pl.col("first").struct["name"]) & (
        pl.col("length_m") != pl.col("first").struct["length_m"]
    )
    for row in named.filter(other).iter_rows(named=True):
        reason = f"has the number of {row['first']['name']}, row {row['first']['row']} of {row['first']['file']}"
        reason += ", another bridge by its name and length; numbers are taken for one bridge"
        problems.add_row(row["file"], row["row"], CHECK, reason, row["bridge_id"], "bridge_id", row["name"])


def _latest_of_each_year(rows: pl.DataFrame, problems: Problems) -> pl.DataFrame:
    """Return a row for each bridge and year: the latest that is judged, the first of those of one day."""
    key = ["bridge_id", "year_inspected"]
    rows = rows.with_row_index("order")
    judged = pl.col("judgement").is_not_null()
    by_day = rows.sort(judged, "moment", "order", descending=[True, True, False], nulls_last=True)
    kept = by_day.unique(key, keep="first").sort("order")
    repeats = rows.join(kept.select("order"), on="order", how="anti").join(
        kept.select(*key, pl.struct("file", "row", "moment", *REPEATED).alias("kept")),
        on=key,
        nulls_equal=True,
        maintain_order="left",
    )
    for repeat in repeats.iter_rows(named=True):
        other = repeat["kept"]
        another = [words for name, words in REPEATED.items() if repeat[name] not in (None, other[name])]
        if repeat["moment"] != other["moment"]:
            another = [words for words in another if words != REPEATED["judgement"]]
        place = "" if repeat["file"] == other["file"] else f" of {other['file']}"
        reason = f"repeats the bridge and year of row {other['row']}{place}"
        if another:
            reason += f", with another {', '.join(another)}"
        problems.add_row(repeat["file"], repeat["row"], ROW_NOT_USED, reason, repeat["bridge_id"])
    return kept.drop("order", "moment")


def _read_again(source: SourceTable, column: Column, years: pl.Series, kind: dates.Kind) -> pl.Series:
    """Return the dates or fiscal years of a column whose years are known; null where the cell has none, as R2-3."""
    read = check_column(source, replace(column, kind=kind), Findings()).cast(pl.Float64)
    return read.set(years.is_null(), None)


def _with_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Name bridges without a number by their name; where several have it, by their position or row too.

    Numbers that look the same are one, and so are names.
    """
    number = one_spelling(rows["bridge_id"])
    if not number.has_nulls():
        return rows.with_columns(number)
    named = rows.select(one_spelling(rows["name"]), "latitude", "longitude", "year_inspected", "row")
    place = pl.format("{},{}", "latitude", "longitude")
    shared = place.fill_null("").n_unique().over("name") > 1
    again = pl.struct("name", "latitude", "longitude", "year_inspected").is_duplicated()
    name = (
        pl.when(again)
        .then(pl.format("{} ({})", "name", "row"))
        .when(shared)
        .then(pl.format("{} {}", "name", place.fill_null("")))
        .otherwise("name")
    )
    return rows.with_columns(number.fill_null(named.select(name.str.strip_chars()).to_series()))


def _newest(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each bridge: that of its newest inspection, with its newest judgement and the year of that."""
    rows = rows.with_columns(year_judged=pl.when(pl.col("judgement").is_not_null()).then("inspected_in"))
    if rows["bridge_id"].is_unique().all():
        return rows
    order = rows["bridge_id"].unique(maintain_order=True).to_frame()
    by_year = rows.sort("year_inspected", nulls_last=False, maintain_order=True)
    judged = pl.col("judgement").is_not_null()
    newest = by_year.group_by("bridge_id").agg(
        pl.all().exclude("judgement", "year_judged").last(),
        pl.col("judgement", "year_judged").filter(judged).last(),
    )
    return order.join(newest, on="bridge_id", maintain_order="left").select(rows.columns)


def _reason(now: PlanningYear) -> pl.Expr:
    """Return why a bridge cannot be planned; null where it can."""
    undated = pl.col("judgement").is_null() & pl.col("year_built").is_null()
    return (
        pl.when(pl.col("length_m").is_null())
        .then(pl.lit("no length"))
        .when(undated)
        .then(pl.lit("neither judged nor dated, so no health"))
        .when(pl.col("built_in") > now.year)
        .then(pl.lit(f"built after the planning year {now.year}"))
    )


def _material() -> pl.Expr:
    """Return steel or concrete where the list says it, else where its structure does (鋼鈑桁); null elsewhere."""
    return pl.coalesce(_material_in("material"), _material_in("structure"))


def _material_in(column: str) -> pl.Expr:
    text = pl.col(column).str.normalize("NFKC").str.to_uppercase()
    return (
        pl.when(text.str.contains("鋼"))
        .then(pl.lit("steel"))
        .when(text.str.contains(CONCRETE))
        .then(pl.lit("concrete"))
    )


def _structure() -> pl.Expr:
    """Return the structure that the list says; null elsewhere."""
    words = pl.concat_str("structure", "material", separator=" ", ignore_nulls=True)
    words = words.str.normalize("NFKC").str.to_uppercase()
    name = pl.col("name").str.normalize("NFKC").str.to_uppercase().fill_null("")
    return (
        pl.when(words.str.contains(CULVERT) | name.str.contains(CULVERT))
        .then(pl.lit("culvert"))
        .when(words.str.contains(SLAB) & ~words.str.contains(DECK_OF_GIRDERS))
        .then(pl.lit("slab"))
        .when(words.str.contains(GIRDER))
        .then(pl.lit("girder"))
    )


def _width() -> pl.Expr:
    return pl.when("assumed_width").then(ASSUMED_WIDTH_M).otherwise("width_m")


def _network(planned: pl.DataFrame, year: int) -> Network:
    spans = pl.when("assumed_spans").then(standard_bridge.assumed_spans(pl.col("length_m"))).otherwise("spans")
    bridges = planned.with_columns(width_m=_width(), spans=spans)
    assumed = standard_bridge.assumed_material(pl.col("length_m") / pl.col("spans"))
    bridges = bridges.with_columns(material=pl.coalesce("known_material", assumed))
    assumed_structure = standard_bridge.assumed_structure(pl.col("length_m"), pl.col("material"))
    bridges = bridges.select(
        *("name", "owner", "route", "year_built", "length_m", "width_m", "latitude", "longitude", "bridge_id", "spans"),
        *("material", "level_per"),
        last_inspection_year="fiscal_year",
        rating=pl.col("judgement").replace_strict(dict(enumerate(NUMERALS, start=1)), return_dtype=pl.String),
        importance=importance(),
        structure=pl.coalesce("known_structure", assumed_structure),
    )
    states = planned.select(
        "bridge_id",
        judged=pl.col("judgement").replace_strict(HEALTH_OF_JUDGEMENT, return_dtype=pl.Float64),
        since=(year - pl.col("year_judged")).fill_null(0),
        age=year - pl.col("built_in"),
    )
    curves = standard_bridge.curves(bridges).join(states, on="bridge_id", maintain_order="left")
    curve = pl.col("service_life"), pl.col("shape")
    now = standard_bridge.health_after(pl.col("judged"), pl.col("since"), *curve).round(3)
    aged = standard_bridge.aged_health(pl.col("age"), *curve).round(1)
    health = pl.coalesce(now, aged)
    return standard_bridge.network(
        with_access(bridges), curves.with_columns(health=health).drop("judged", "since", "age")
    )


def _known(listed: pl.DataFrame, rows: pl.DataFrame) -> list[str]:
    counts = {
        "name": listed["name"].count(),
        "owner": listed["owner"].count(),
        "route": listed["route"].count(),
        "position": listed["latitude"].count(),
        "length": listed["length_m"].count(),
        "width": (listed["width_m"] > 0.0).sum(),
        "number of spans": (listed["spans"] > 0).sum(),
        "material": listed.select(_material()).to_series().count(),
        "structure": listed.select(_structure()).to_series().count(),
        "year built": listed["year_built"].count(),
        "year of the last inspection": listed["year_inspected"].count(),
        "emergency route": listed["emergency_route"].count(),
        "traffic": listed["traffic"].count(),
        "detour": listed["detour_km"].count(),
    }
    given = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
    known = [f"Bridges in the list: {len(listed):,}. Given are: {given}."]
    judgements = rows["judgement"]
    if judgements.count():
        by_code = ", ".join(f"{numeral} {(judgements == code).sum()}" for code, numeral in enumerate(NUMERALS, start=1))
        years = span(rows["year_inspected"])
        known.append(f"Judgements: {judgements.count():,} ({by_code}), inspected in {years}.")
    return known


def _assumed(planned: pl.DataFrame, now: PlanningYear, *, numbered: bool) -> list[Assumption]:
    judged = planned["judgement"].count()
    classes = ", ".join(
        f"{numeral} {health}" for numeral, health in zip(NUMERALS, HEALTH_OF_JUDGEMENT.values(), strict=True)
    )
    assumed = {
        f"The judgement is taken for the health of all members when inspected ({classes}). This is pessimistic: the "
        "worst member decides a judgement.": judged,
        f"{AGED_SINCE} {now}.": planned.filter(pl.col("year_judged") < now.year).height,
        "The judgement has no year: it is taken for the health in the planning year.": judged
        - planned["year_judged"].count(),
        f"Not judged: {AGED}. Ages end in {now}.": len(planned) - judged,
        f"The width is unknown: {ASSUMED_WIDTH_M:g} m.": int(planned["assumed_width"].sum()),
        ASSUMED_SPANS: int(planned["assumed_spans"].sum()),
        ASSUMED_MATERIAL: planned["known_material"].null_count(),
        ASSUMED_STRUCTURE: planned["known_structure"].null_count(),
        CULVERTS: int((planned["known_structure"] == "culvert").sum()),
        STANDARD_LIVES: len(planned),
        "The list has no number of the bridge: its name stands for it, with its position or row where several bridges "
        "have one name.": 0 if numbered else len(planned),
    }
    assumptions = [Assumption(text, bridges) for text, bridges in assumed.items()]
    return [each for each in (*assumptions, importance_assumed(planned)) if each.bridges]
