"""Japanese names of our columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Container

JAPANESE_NAMES = {
    "bridge_id": ("橋梁ID", "橋梁番号", "橋梁コード", "施設ID"),
    "name": ("橋梁名", "橋名"),
    "owner": ("管理者", "管理者名"),
    "material": ("材料", "主要材料", "使用材料"),
    "year_built": ("架設年度", "架設年"),
    "length_m": ("橋長", "橋長(m)"),
    "width_m": ("幅員", "幅員(m)"),
    "spans": ("径間数",),
    "latitude": ("緯度",),
    "longitude": ("経度",),
    "inspection_cost": ("点検費", "点検費用"),
    "member": ("部材", "部材名"),
    "damage": ("損傷の種類", "損傷種類", "損傷"),
    "location": ("位置", "径間番号"),
    "health": ("健全度", "部材健全度"),
    "service_life": ("供用寿命", "耐用年数"),
    "curve": ("劣化曲線",),
    "shape": ("形状係数",),
    "knee_age_ratio": ("折れ点経過年比",),
    "knee_health": ("折れ点健全度",),
    "curve_table": ("劣化曲線表",),
    "quantity": ("数量",),
    "unit": ("単位",),
    "cost_model": ("費用モデル", "単価モデル"),
    "method": ("補修工法", "工法"),
    "unit_cost": ("単価",),
    "restored_health": ("回復後健全度",),
    "source": ("出典",),
    "item": ("補修項目", "項目"),
    "age_ratio": ("経過年比",),
    "age": ("経過年", "経過年数"),
    "restored_year": ("補修年度", "補修年"),
    "year": ("年次", "年", "年度", "点検年度", "点検年", "調査年度"),
    "budget": ("予算", "予算額"),
    "photo": ("写真", "写真ファイル", "画像", "画像ファイル", "ファイル", "ファイル名"),
    "photo_number": ("写真番号",),
    "bridge_name": ("橋梁名", "橋名"),
    "span": ("径間番号", "径間"),
    "element": ("要素番号", "要素"),
    "severity": ("損傷程度", "損傷程度の評価"),
    "previous_severity": ("前回損傷程度", "前回の損傷程度", "前回程度"),
    "rating": ("判定区分", "対策区分"),
    "place": ("場所", "位置"),
    "memo": ("メモ", "備考"),
}
"""Headers that Japanese tables use for our columns, in the words of the field; one may stand for several of them."""


def column_name(header: str, known: Container[str]) -> str:
    """Our name of a column among those known, or the header itself; full-width letters count as plain ones."""
    plain = unicodedata.normalize("NFKC", header)
    return next((name for name, aliases in JAPANESE_NAMES.items() if plain in aliases and name in known), header)
