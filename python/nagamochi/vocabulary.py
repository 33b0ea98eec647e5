"""The terms of the field: one row for each column, with its names, unit and decimals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable
from typing import NamedTuple


class Term(NamedTuple):
    """One term, a column of a table.

    Parameters
    ----------
    name : str
        Our name of the column.
    english, japanese : str
        Labels in reports.
    headers : tuple of str
        Headers that Japanese tables use for it.
    unit : str
        Of its numbers; empty for none.
    decimals : int or None
        Decimals to which files round its numbers; None: all.
    """

    name: str
    english: str
    japanese: str
    headers: tuple[str, ...] = ()
    unit: str = ""
    decimals: int | None = None


TERMS = (
    # bridges
    Term("bridge_id", "Bridge ID", "橋梁ID", ("橋梁ID", "橋梁番号", "橋梁コード", "施設ID")),
    Term("name", "Name", "橋梁名", ("橋梁名", "橋名")),
    Term("owner", "Owner", "管理者", ("管理者", "管理者名")),
    Term("route", "Route", "路線名", ("路線名",)),
    Term("material", "Material", "材料", ("材料", "主要材料", "使用材料")),
    Term("year_built", "Year built", "架設年度", ("架設年度", "架設年")),
    Term("length_m", "Length", "橋長", ("橋長", "橋長(m)"), "m"),
    Term("width_m", "Width", "幅員", ("幅員", "幅員(m)"), "m"),
    Term("spans", "Spans", "径間数", ("径間数",)),
    Term("latitude", "Latitude", "緯度", ("緯度",), "°"),
    Term("longitude", "Longitude", "経度", ("経度",), "°"),
    Term(
        "last_inspection_year",
        "Last inspection",
        "最終点検年度",
        ("最終点検年度", "最終点検年", "前回点検年度", "直近点検年度", "点検年度"),
    ),
    Term("importance", "Importance", "重要度", ("重要度",)),
    Term("access_cost", "Access cost", "仮設費", ("仮設費", "仮設・規制費"), "yen"),
    Term("level_per", "Level per", "補修レベルの単位", ("補修レベルの単位",)),
    Term("inspection_cost", "Inspection cost", "点検費", ("点検費", "点検費用"), "yen"),
    # curves
    Term("member", "Member", "部材", ("部材", "部材名")),
    Term("damage", "Damage", "損傷の種類", ("損傷の種類", "損傷種類", "損傷")),
    Term("location", "Location", "位置", ("位置", "径間番号")),
    Term("health", "Health", "健全度", ("健全度", "部材健全度")),
    Term("service_life", "Service life", "供用寿命", ("供用寿命", "耐用年数"), "years"),
    Term("curve", "Curve", "劣化曲線", ("劣化曲線",)),
    Term("shape", "Shape", "形状係数", ("形状係数",)),
    Term("knee_age_ratio", "Age ratio at the knee", "折れ点経過年比", ("折れ点経過年比",)),
    Term("knee_health", "Health at the knee", "折れ点健全度", ("折れ点健全度",)),
    Term("curve_table", "Curve table", "劣化曲線表", ("劣化曲線表",)),
    Term("age_ratio", "Age ratio", "経過年比", ("経過年比",)),
    # costs
    Term("quantity", "Quantity", "数量", ("数量",)),
    Term("unit", "Unit", "単位", ("単位",)),
    Term("cost_model", "Cost model", "費用モデル", ("費用モデル", "単価モデル")),
    Term("method", "Method", "補修工法", ("補修工法", "工法")),
    Term("unit_cost", "Unit cost", "単価", ("単価",), "yen"),
    Term("restored_health", "Health after repair", "回復後健全度", ("回復後健全度",)),
    Term("source", "Source", "出典", ("出典",)),
    Term("item", "Repair item", "補修項目", ("補修項目", "項目")),
    # inspections and budgets
    Term("age", "Age", "経過年", ("経過年", "経過年数"), "years"),
    Term("restored_year", "Year of repair", "補修年度", ("補修年度", "補修年")),
    Term("year", "Year", "年次", ("年次", "年", "年度", "点検年度", "点検年", "調査年度")),
    Term("budget", "Budget", "予算", ("予算", "予算額"), "yen", 2),
    Term("from_year", "From year", "開始年", ("開始年", "開始年次")),
    Term("to_year", "To year", "終了年", ("終了年", "終了年次")),
    Term("per", "Sum per", "集計", ("集計", "集計期間")),
    Term("share", "Largest share", "割合の上限", ("割合の上限", "割合"), "share"),
    Term("below_health", "Below health", "健全度の下限", ("健全度の下限", "健全度未満")),
    # what is decided
    Term("from", "From year", "開始年度", ("開始年度", "開始年")),
    Term("to", "To year", "終了年度", ("終了年度", "終了年")),
    Term("decided", "Decided works and removals", "決定済みの工事・撤去", unit="yen", decimals=2),
    Term("kind", "Kind", "種別"),
    # years
    Term("start_year", "Start year", "計画初年度", ("計画初年度", "計画開始年度")),
    Term("fiscal_year", "Fiscal year", "会計年度"),
    Term("first_fiscal_year", "Fiscal year of the first inspection", "初期点検年度", ("初期点検年度",)),
    Term("fiscal_waiting_since", "Fiscal year, waiting since", "待ちの始まりの年度"),
    Term("fiscal_waiting_until", "Fiscal year of the repair", "補修の年度"),
    # photos
    Term("photo", "Photo", "写真", ("写真", "写真ファイル", "画像", "画像ファイル", "ファイル", "ファイル名")),
    Term("photo_number", "Photo number", "写真番号", ("写真番号",)),
    Term("bridge_name", "Bridge", "橋梁名", ("橋梁名", "橋名")),
    Term("span", "Span", "径間番号", ("径間番号", "径間")),
    Term("element", "Element", "要素番号", ("要素番号", "要素")),
    Term("damage_number", "Damage number", "損傷の番号"),
    Term("folder", "Folder", "フォルダ"),
    Term("severity", "Severity", "損傷程度", ("損傷程度", "損傷程度の評価")),
    Term("previous_severity", "Previous severity", "前回損傷程度", ("前回損傷程度", "前回の損傷程度", "前回程度")),
    Term("rating", "Rating", "判定区分", ("判定区分", "対策区分")),
    Term("place", "Place", "場所", ("場所", "位置")),
    Term("memo", "Memo", "メモ", ("メモ", "備考")),
    # plans
    Term("small_job", "Small job", "小規模工事"),
    Term("level", "Repair level", "補修レベル", ("補修レベル",)),
    Term("first_year", "First inspection", "初期点検年", ("初期点検年",)),
    Term("interval", "Inspection interval", "点検間隔", ("点検間隔",), "years"),
    Term("delay", "Years from inspection to repair", "点検から補修までの年数", ("点検から補修までの年数",), "years"),
    Term("lcc", "Life-cycle cost", "ライフサイクルコスト", ("ライフサイクルコスト",), "yen", 2),
    Term("lowest_health", "Lowest health", "最低健全度", ("最低健全度",), decimals=4),
    Term("health_found", "Health found", "点検時健全度", decimals=4),
    Term("cost", "Cost", "費用", ("費用", "工事費", "撤去費"), "yen", 2),
    Term("inspection", "Inspections", "点検費", unit="yen", decimals=2),
    Term("repair", "Repairs", "補修費", unit="yen", decimals=2),
    Term("total", "Total", "合計", unit="yen", decimals=2),
    Term("limit", "Limit", "制約"),
    Term("bound", "Bound", "上限", decimals=2),
    Term("used", "Used", "使用", decimals=2),
    Term("limits_over", "Limits exceeded", "守れない制約"),
    Term("reason", "Reason", "理由"),
    Term("overrun", "Over budget", "予算超過", unit="yen", decimals=2),
    Term("overrun_probability", "Probability of overrun", "予算超過の確率", decimals=6),
    Term("health_4_to_5", "Health 4 to 5", "健全度4以上", unit="share", decimals=6),
    Term("health_3_to_4", "Health 3 to 4", "健全度3以上4未満", unit="share", decimals=6),
    Term("health_2_to_3", "Health 2 to 3", "健全度2以上3未満", unit="share", decimals=6),
    Term("health_1_to_2", "Health 1 to 2", "健全度1超2未満", unit="share", decimals=6),
    Term("end_of_service", "End of service", "健全度1", unit="share", decimals=6),
    # fits and policies
    Term("before", "Rating before", "前回の評価"),
    Term("after", "Rating after", "今回の評価"),
    Term("hazard", "Hazard per year", "ハザード率（年あたり）"),
    Term("years", "Years", "年数", unit="years"),
    Term("low", "95 %, low", "95％下限"),
    Term("high", "95 %, high", "95％上限"),
    Term("term", "Term", "項"),
    Term("coefficient", "Coefficient", "係数"),
    Term("standard_error", "Standard error", "標準誤差"),
    Term("t_value", "t value", "t値"),
    Term("type", "Damage type", "損傷の種類"),
    Term("estimate", "Estimate", "推定値"),
    Term("observed", "Observed pairs", "観測した組"),
    Term("expected", "Expected pairs", "期待される組"),
    Term("residual", "Residual", "残差"),
    Term("group", "Group", "グループ"),
    Term("multiplier", "Multiplier", "倍率"),
    Term("observations", "Inspections", "点検数"),
    Term("residual_sd", "Standard deviation of residuals", "残差の標準偏差"),
    Term("risk_limit", "Risk limit", "リスク管理水準"),
    Term("risk", "Risk", "リスク"),
    Term("risk_any", "Risk at all inspections", "リスク（追加調査を含む）"),
    Term("time_in_worst", "Share of time at worst", "最悪ランクの時間割合"),
    Term("repair_at", "Repair from rating", "補修する健全度"),
    Term("watch_from", "Watch from rating", "追加調査する健全度"),
    Term("repair_on_watch_at", "Repair when watched, from rating", "追加調査で補修する健全度"),
    # reports
    Term("mean_health", "Mean health", "平均健全度", decimals=4),
    Term("shortfall", "Shortfall of health", "健全度の不足", decimals=4),
    Term("shortfall_cost", "Price of the shortfall", "健全度の不足の評価額", unit="yen", decimals=2),
    Term("waiting_since", "Waiting since", "待ちの始まり", unit="year"),
    Term("waiting_until", "Waiting until", "補修の年", unit="year"),
    Term("cost_found", "Cost when found", "発見時の補修費", unit="yen", decimals=2),
    Term("health_before", "Health in the year before the repair", "補修前年の健全度"),
    Term("health_last", "Health before the repair", "補修前の健全度", decimals=4),
    Term("cost_last", "Cost before the repair", "補修前の補修費", unit="yen", decimals=2),
    Term("priority", "Priority", "優先順位"),
    Term("backlog", "Backlog", "未実施費用", unit="yen", decimals=2),
    Term("cumulative", "Cumulative cost", "累計費用", unit="yen", decimals=2),
    Term("price", "Price of a yen", "予算1円の価値", unit="yen", decimals=4),
    Term("since", "At its level since", "補修レベル到達", unit="year"),
    Term("found", "Found in", "発見した点検", unit="year"),
    Term("works", "Repairs", "補修件数"),
    Term("inspections", "Number of inspections", "点検回数"),
    Term("first_repair", "First repair", "最初の補修"),
    Term("bridges", "Bridges", "橋梁数"),
    Term("scenario", "Scenario", "シナリオ"),
    Term("feasible", "All limits kept", "制約を満たす"),
    Term("lower_bound", "Lower bound", "費用の下限", unit="yen", decimals=2),
    Term("gap", "Gap to the best plan", "最適計画との差", unit="share"),
    Term("saving", "Saving against reactive repair", "事後保全に対する縮減効果", unit="yen", decimals=2),
    Term("need", "Need", "必要額", unit="yen"),
    Term("share_below_2", "Share of curves below health 2", "健全度2未満の割合", unit="share"),
    Term("apart", "Spent with own budgets", "各団体の予算での支出", unit="yen"),
    Term("pooled", "Spent with one pooled budget", "予算を合わせたときの支出", unit="yen"),
    Term("pool", "Pool", "予算をまとめる圏域", ("予算をまとめる圏域", "圏域", "群", "都道府県", "都道府県名")),
    Term("owners", "Owners", "管理者数"),
    Term("owners_feasible", "Owners whose budget is enough", "予算が足りる管理者数"),
    Term("compared", "All plans keep their limits", "すべての計画が制約を満たす"),
    Term("cost_apart", "Cost with own budgets", "各団体の予算での費用", unit="yen", decimals=2),
    Term("shortfall_apart", "Shortfall with own budgets", "各団体の予算での不足の評価額", unit="yen", decimals=2),
    Term(
        "shortfall_pooled",
        "Shortfall with the pooled budget",
        "予算を合わせたときの不足の評価額",
        unit="yen",
        decimals=2,
    ),
    Term("gap_apart", "Gap to the best plans with own budgets", "各団体の予算での最適計画との差", unit="share"),
    Term("cost_pooled", "Cost with the pooled budget", "予算を合わせたときの費用", unit="yen", decimals=2),
    Term(
        "gap_pooled", "Gap to the best plan with the pooled budget", "予算を合わせたときの最適計画との差", unit="share"
    ),
    Term("value", "Saving in cost and shortfall", "費用と不足の評価額の差", unit="yen", decimals=2),
    Term("value_at_least", "Pooling saves at least", "合わせる効果の下限", unit="yen", decimals=2),
    Term("value_at_most", "Pooling saves at most", "合わせる効果の上限", unit="yen", decimals=2),
    # runs of the genetic algorithm
    Term("generation", "Generation", "世代"),
    Term("generations", "Generations", "世代数"),
    Term("health_deficit", "Below minimum health", "最低限の健全度からの不足"),
    Term("mean_cost", "Mean cost", "平均費用", unit="yen"),
    Term("diversity", "Diversity", "多様度"),
    Term("last_improvement", "Generation of the best plan", "最良の計画の世代"),
    Term("large_mutations", "Large mutations", "大突然変異の回数"),
    Term("final_mean_cost", "Mean cost in the end", "終わりの平均費用", unit="yen"),
    Term("final_diversity", "Diversity in the end", "終わりの多様度"),
    # the studies
    Term("population", "Population", "人口サイズ"),
    Term("seed", "Seed", "シード"),
    Term("mode", "Mode", "方式"),
    Term("seconds", "Seconds", "時間（秒）"),
    Term("published_seconds", "Seconds, published", "時間の公表値（秒）"),
    Term("times", "Times faster", "短縮の倍率"),
    Term("published_times", "Times faster, published", "短縮の倍率の公表値"),
    Term("evaluations", "Evaluations", "評価回数"),
    Term("requests", "Requests", "要求回数"),
    Term("published_cost", "Cost, published", "最適解の公表値", unit="yen"),
    Term("last_generation", "Last generation", "最終世代数"),
    Term("published_last_generation", "Last generation, published", "最終世代数の公表値"),
    Term("published_interval", "Inspection interval, published", "点検間隔の公表値", unit="years"),
    Term("published_repair_at", "Repair from rating, published", "補修する健全度の公表値"),
    Term("published_watch_from", "Watch from rating, published", "追加調査する健全度の公表値"),
    Term("as_published", "As published", "公表値と一致"),
    Term("class", "Class", "クラス"),
    Term("database", "Photos in the database", "データベースの枚数"),
    Term("queries", "Queries", "検索の枚数"),
    Term("published_top_1", "First hit, published", "top-1の公表値（％）"),
    Term("published_top_10", "First ten hits, published", "top-10の公表値（％）"),
    Term("chance_top_1", "First hit by chance", "top-1の偶然の値（％）"),
    Term("chance_top_10", "First ten hits by chance", "top-10の偶然の値（％）"),
)

NUMBERED = (
    ("span {}", "第{}径間"),
    ("budget of year {}", "{}年目の予算"),
    ("budgets up to year {}", "{}年目までの予算"),
)
"""Values with a number, in English and Japanese."""

JAPANESE_VALUES = {
    # members, damages and repairs of the standard bridge
    "deck slab": "床版",
    "main girder": "主桁",
    "substructure": "下部工",
    "expansion joint": "伸縮装置",
    "bearing": "支承",
    "pavement": "舗装",
    "curb wall": "地覆",
    "kerb": "縁石",
    "safety fence": "防護柵",
    "culvert": "カルバート",
    "crack": "ひびわれ",
    "section loss": "断面欠損",
    "corrosion": "腐食",
    "worst item": "最悪項目",
    "all spans": "全径間",
    # what is decided
    "repair": "補修",
    "access": "仮設・規制",
    "preventive repair": "予防補修",
    "decided work": "決定済みの工事",
    "removal": "撤去",
    "decided": "決定済み",
    "steel": "鋼",
    "concrete": "コンクリート",
    "anchor bolt replacement": "アンカーボルト取替え",
    "bearing replacement": "支承取替え",
    "concrete jacketing": "コンクリート巻立て",
    "crack injection": "ひびわれ注入",
    "crack injection and bonded plates": "ひびわれ注入・鋼板接着",
    "crack sealing": "ひびわれ充填",
    "fence replacement": "防護柵取替え",
    "joint and slab end replacement": "伸縮装置・床版端部取替え",
    "joint replacement": "伸縮装置取替え",
    "kerb replacement": "縁石取替え",
    "mill and overlay": "切削オーバーレイ",
    "mortar recasting": "モルタル打替え",
    "mortar repair": "モルタル補修",
    "overlay": "オーバーレイ",
    "painting": "塗装",
    "partial recasting": "部分打替え",
    "patching": "パッチング",
    "pavement reconstruction": "舗装打換え",
    "recasting": "打替え",
    "repainting": "塗替え",
    "repainting and plate repair": "塗替え・当て板補修",
    "repainting with blast cleaning": "塗替え（ブラスト）",
    "repainting with hand cleaning": "塗替え（手工具）",
    "retightening": "締直し",
    "section repair": "断面修復",
    "section repair and bonded plates": "断面修復・鋼板接着",
    "slab replacement": "床版打替え",
    "waterproofing": "防水層更新",
    # repair items, cost models and units of the standard bridge
    "body": "本体",
    "mortar seat": "台座モルタル",
    "anchor bolt": "アンカーボルト",
    "crack repair": "ひびわれ補修",
    "replacement": "取替え",
    "resurfacing": "舗装補修",
    "paint or replace": "塗装・取替え",
    "deck waterproofing": "床版防水",
    "deck slab crack repair": "床版ひびわれ補修",
    "deck slab section repair": "床版断面修復",
    "steel girder painting": "鋼桁塗装",
    "concrete girder crack repair": "コンクリート桁ひびわれ補修",
    "concrete girder section repair": "コンクリート桁断面修復",
    "substructure crack repair": "下部工ひびわれ補修",
    "substructure section repair": "下部工断面修復",
    "expansion joint replacement": "伸縮装置取替え",
    "bearing body paint or replace": "支承本体塗装・取替え",
    "bearing mortar seat repair": "支承台座モルタル補修",
    "bearing anchor bolt replacement": "支承アンカーボルト取替え",
    "pavement resurfacing": "舗装補修",
    "curb wall repair": "地覆補修",
    "safety fence paint or replace": "防護柵塗装・取替え",
    "culvert crack repair": "カルバートひびわれ補修",
    "culvert section repair": "カルバート断面修復",
    "piece": "個",
    "assumption (made for nagamochi's examples, not a price list)": "仮定（nagamochi の例。価格表ではない）",
    "never": "補修しない",
    "constant": "定数項",
    "made town": "架空の町",
    # conditions and policies
    "sound": "健全",
    "basic": "基本",
    "additional": "追加調査あり",
    # modes of the bridge study
    "evaluated every time": "毎回評価",
    "memo from empty": "空のデータベースから",
    "memo from its file": "保存したデータベースから",
    "memo in memory only": "メモリ上のみ",
    # classes of the photo study
    "slab": "床版",
    "bearing body": "支承本体",
    "vertical wall": "竪壁",
    "steel crack": "亀裂",
    "spalling, exposed rebar": "剥離・鉄筋露出",
    "leakage, ponding": "漏水・滞水",
}

JAPANESE_UNITS = {"yen": "円", "years": "年", "year": "年目", "share": "割合"}

ENGLISH_VALUES = {japanese: english for english, japanese in reversed(JAPANESE_VALUES.items())}
"""Of several English values with one Japanese word the first."""

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
"""Characters without width that a cell may have from a web page or another file."""

COST_OF_YEAR = re.compile(r"cost_y(\d+)")

BY_NAME = {term.name: term for term in TERMS}
BY_LABEL = {term.japanese: term.name for term in reversed(TERMS)}
"""Of several columns with one Japanese label the first."""


def label(name: str, language: str) -> str:
    """Return the label of a column in reports, in "en" or "ja"; other columns keep their names."""
    term = BY_NAME.get(name)
    if term is not None:
        return term.japanese if language == "ja" else term.english
    year = COST_OF_YEAR.fullmatch(name)
    if year is None:
        return name
    return f"{year[1]}年目の費用" if language == "ja" else f"Cost of year {year[1]}"


def unit_label(name: str, language: str) -> str:
    """Return the unit of a column in brackets, in "en" or "ja"; empty where it has none."""
    unit = BY_NAME[name].unit if name in BY_NAME else ""
    if not unit:
        return ""
    return f"（{JAPANESE_UNITS.get(unit, unit)}）" if language == "ja" else f" ({unit})"


def value_label(value: str, language: str) -> str:
    """Return a value such as a member's name in "en" or "ja"; values without a translation stay as they are.

    Examples
    --------
    >>> value_label("deck slab", "ja"), value_label("第2径間", "en"), value_label("P1", "ja")
    ('床版', 'span 2', 'P1')
    """
    words = JAPANESE_VALUES if language == "ja" else ENGLISH_VALUES
    return words.get(value) or numbered_label(value, language)


def numbered_label(value: str, language: str) -> str:
    """Return a value with a number, such as "budget of year 3", in "en" or "ja"; others stay as they are."""
    for pair in NUMBERED:
        known, asked = pair if language == "ja" else reversed(pair)
        before, after = known.split("{}")
        number = value[len(before) : len(value) - len(after)]
        if value == f"{before}{number}{after}" and number.isdecimal():
            return asked.format(number)
    return value


def headers(name: str) -> tuple[str, ...]:
    """Return the Japanese headers of one of our columns."""
    return BY_NAME[name].headers if name in BY_NAME else ()


def decimals(names: Iterable[str]) -> dict[str, int]:
    """Return the decimals of those columns that files round."""
    found = ((name, BY_NAME[name].decimals) for name in names if name in BY_NAME)
    return {name: digits for name, digits in found if digits is not None}


def plain_header(header: str) -> str:
    """Return a header without white space or invisible characters, full-width letters as plain ones."""
    return "".join(unicodedata.normalize("NFKC", header).translate(INVISIBLE).split())


def column_name(header: str) -> str:
    """Return the name of a user's column as it looks, its outer marks full-width where polars sees a pattern in them.

    Letters and their marks are one character, and characters without width are left out.

    Examples
    --------
    >>> [column_name(header) for header in ("^deck.*$", "*", "deck*", "deck\u200b", "カ\u3099")]
    ['＾deck.*＄', '＊', 'deck*', 'deck', 'ガ']
    """
    header = unicodedata.normalize("NFC", header).translate(INVISIBLE)
    if header.startswith("^") and header.endswith("$"):
        return f"＾{header[1:-1]}＄"
    return "＊" if header == "*" else header


def header_like_another(headers: Iterable[str]) -> tuple[str, str] | None:
    """Return a header that looks like another one, and how both look; None where there is none.

    Examples
    --------
    >>> header_like_another(["deck", "deck\u200b", "girder"])
    ('deck\u200b', 'deck')
    """
    seen: dict[str, str] = {}
    for header in headers:
        if (name := column_name(header)) in seen:
            return (header if header != name else seen[name]), name
        seen[name] = header
    return None


def our_name(header: str, known: Container[str]) -> str:
    """Return our name, among those known, of a column with this header; its own where there is none."""
    plain = plain_header(header)
    return next((term.name for term in TERMS if term.name in known and plain in term.headers), column_name(header))


def name_beside_ours(name: str, ours: Container[str], theirs: Container[str]) -> str:
    """Return the name of a user's column beside ours and the user's others."""
    if name not in ours:
        return name
    renamed = f"{name} (recorded)"
    while renamed in theirs:
        renamed += " (recorded)"
    return renamed
