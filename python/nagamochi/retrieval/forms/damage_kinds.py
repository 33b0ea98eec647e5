"""The 26 kinds of damage of the national periodic inspection."""

from __future__ import annotations

import re
import unicodedata

DAMAGE_KINDS = {
    1: "腐食",
    2: "亀裂",
    3: "ゆるみ・脱落",
    4: "破断",
    5: "防食機能の劣化",
    6: "ひびわれ",
    7: "剥離・鉄筋露出",
    8: "漏水・遊離石灰",
    9: "抜け落ち",
    10: "補修・補強材の損傷",
    11: "床版ひびわれ",
    12: "うき",
    13: "遊間の異常",
    14: "路面の凹凸",
    15: "舗装の異常",
    16: "支承部の機能障害",
    17: "その他",
    18: "定着部の異常",
    19: "変色・劣化",
    20: "漏水・滞水",
    21: "異常な音・振動",
    22: "異常なたわみ",
    23: "変形・欠損",
    24: "土砂詰まり",
    25: "沈下・移動・傾斜",
    26: "洗掘",
}
_SPELLINGS = {
    "ひび割れ": "ひびわれ",
    "はく離": "剥離",
    "はくり": "剥離",
    "土砂詰り": "土砂詰まり",
    "支承の機能": "支承部の機能",
}
_NUMBERS = {name: number for number, name in DAMAGE_KINDS.items()}


def damage_kind(text: str) -> tuple[int | None, str]:
    """Return the kind of damage that a record names by its number, its name, or both.

    Parameters
    ----------
    text : str
        Such as ``"⑦剥離･鉄筋露出"``, ``"7"`` or ``"床版ひび割れ"``.

    Returns
    -------
    number : int or None
        From 1 to 26, None where neither number nor name are of a known kind.
    name : str
        As in `DAMAGE_KINDS`; a name that is not known as it was written, without its number.

    Examples
    --------
    >>> damage_kind("⑦剥離･鉄筋露出")
    (7, '剥離・鉄筋露出')
    >>> damage_kind("11")
    (11, '床版ひびわれ')
    >>> damage_kind("落書き")
    (None, '落書き')
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    [(digits, name)] = re.findall(r"\A\(?(\d{0,2})[).:,]?(.*)\Z", plain, re.DOTALL)
    for spelling, usual in _SPELLINGS.items():
        name = name.replace(spelling, usual)
    number = int(digits) if digits and int(digits) in DAMAGE_KINDS else None
    if not name and number is not None:
        return number, DAMAGE_KINDS[number]
    return _NUMBERS.get(name, number), name or plain
