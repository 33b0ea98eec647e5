"""How results show themselves: by facts, each a short text under its name."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import ceil


class ShownByFacts:
    """Mixin of results whose ``repr`` and notebook view are made from their facts.

    A class names its facts in the property ``_facts``. A fact's text must be clear without its name, which only the
    notebook view shows: "10 bridges", not "10".

    Examples
    --------
    >>> class Fit(ShownByFacts):
    ...     @property
    ...     def _facts(self):
    ...         return {"data": "1,200 pairs", "verdict": "converged"}
    >>> Fit()
    <Fit: 1,200 pairs, converged>
    """

    @property
    def _facts(self) -> Mapping[str, str]:
        raise NotImplementedError  # every class names its own

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self._facts.values())}>"

    def _repr_html_(self) -> str:
        rows = (f"<tr><th>{escape(name)}</th><td>{escape(fact)}</td></tr>" for name, fact in self._facts.items())
        return f"<table><caption>{escape(type(self).__name__)}</caption>{''.join(rows)}</table>"


def in_percent(gap: float) -> str:
    """Return a proven gap in percent, rounded up to 0.01%, so that it states no smaller one; 0.00% is the best plan.

    Examples
    --------
    >>> in_percent(0.0028), in_percent(0.00281), in_percent(3e-6), in_percent(0.0)
    ('0.28%', '0.29%', '0.01%', '0.00%')
    """
    hundredths = ceil(gap * 1e4)
    if (hundredths - 1) / 1e4 >= gap:  # 0.0051 * 1e4 is a little more than 51
        hundredths -= 1
    return f"{hundredths / 1e4:.2%}"
