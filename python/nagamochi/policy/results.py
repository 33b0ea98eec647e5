"""What policies give: one evaluated policy, and all that no other beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.policy.policy import Policy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class PolicyResult:
    """One policy in the long run.

    Parameters
    ----------
    policy : Policy
        The policy.
    risk : float
        Probability that a periodic inspection finds the worst rating.
    risk_any : float
        Share of all inspections, additional ones too, that find it.
    time_in_worst : float or None
        Share of time spent in the worst rating; unknown where only a matrix is given.
    lcc : float
        Life-cycle cost: present value of all costs from a periodic inspection on, that one included, yen.
    value : numpy.ndarray
        ``(J,)`` the same from a periodic inspection that finds each rating, V, yen.
    stationary : numpy.ndarray
        ``(J,)`` probabilities of the ratings that periodic inspections find.
    periodic_inspections, additional_inspections, repairs : float
        Expected numbers per year.
    """

    policy: Policy
    risk: float
    risk_any: float
    time_in_worst: float | None
    lcc: float
    value: Numbers
    stationary: Numbers
    periodic_inspections: float
    additional_inspections: float
    repairs: float

    def __repr__(self) -> str:
        return f"<PolicyResult {', '.join(f'{name} {value}' for name, value in self._facts.items())}>"

    def _repr_html_(self) -> str:
        rows = (f"<tr><th>{escape(name)}</th><td>{escape(fact)}</td></tr>" for name, fact in self._facts.items())
        return f"<table>{''.join(rows)}</table>"

    @property
    def _facts(self) -> dict[str, str]:
        facts = {"interval": f"{self.policy.interval} years", "repair at": str(self.policy.repair_at)}
        if self.policy.watch_from is not None:
            facts |= {"watch from": str(self.policy.watch_from)}
            facts |= {"repair on watch at": str(self.policy.repair_on_watch_at or len(self.stationary))}
        facts |= {"risk": f"{self.risk:.4g}", "risk of any inspection": f"{self.risk_any:.4g}"}
        if self.time_in_worst is not None:
            facts |= {"time in worst": f"{self.time_in_worst:.4g}"}
        return facts | {"LCC": f"{self.lcc:,.0f} yen"}


@dataclass(frozen=True, eq=False, repr=False)
class Frontier:
    """Every policy that no other beats in both risk and life-cycle cost, by rising risk.

    Parameters
    ----------
    policies : sequence of PolicyResult
        Of each the cost is below that of all with less risk.
    """

    policies: Sequence[PolicyResult]

    def to_frame(self) -> pl.DataFrame:
        """Tabulate: kind, interval, repair_at, watch_from, repair_on_watch_at, the three risks and lcc."""
        return tabulated(self.policies)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw life-cycle cost against risk: what a risk limit costs.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a figure of its own.
        """
        from matplotlib import pyplot

        axes = pyplot.subplots()[1] if ax is None else ax
        frame = self.to_frame()
        axes.step(frame["risk"], frame["lcc"] / 1e6, where="post", color="0.6", linewidth=1)
        for (kind,), rows in frame.group_by("kind", maintain_order=True):
            axes.plot(rows["risk"], rows["lcc"] / 1e6, "o" if kind == "basic" else "^", label=str(kind))
        axes.set(xlabel="risk", ylabel="life-cycle cost, million yen")
        axes.legend()
        return axes

    def __repr__(self) -> str:
        first, last = self.policies[0], self.policies[-1]
        return (
            f"<Frontier of {len(self.policies)} policies, risk {first.risk:.4g} to {last.risk:.4g}, "
            f"LCC {first.lcc:,.0f} to {last.lcc:,.0f} yen>"
        )


def tabulated(results: Sequence[PolicyResult]) -> pl.DataFrame:
    """One row per policy."""
    rows: list[dict[str, Any]] = [
        {
            "kind": result.policy.kind,
            "interval": result.policy.interval,
            "repair_at": result.policy.repair_at,
            "watch_from": result.policy.watch_from,
            "repair_on_watch_at": result.policy.repair_on_watch_at,
            "risk": result.risk,
            "risk_any": result.risk_any,
            "time_in_worst": result.time_in_worst,
            "lcc": result.lcc,
        }
        for result in results
    ]
    kinds = {"kind": pl.String, "time_in_worst": pl.Float64}
    kinds |= dict.fromkeys(("watch_from", "repair_on_watch_at"), pl.Int64)
    return pl.DataFrame(rows, schema_overrides=kinds)
