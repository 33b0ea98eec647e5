"""Evaluated policies of one section or of many."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from nagamochi.base import arguments
from nagamochi.policy.chains import Indices, Numbers, Rows
from nagamochi.policy.space import POLICY_COLUMNS, Policy, PolicyTable, without_zeros

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Evaluated:
    """Policies with their risk and life-cycle cost.

    All arrays have one shape: ``(n,)`` for n sections, with another axis where several policies or risk limits were
    asked for; for one section without the first axis, so that one policy of one section has plain numbers.

    Parameters
    ----------
    policies : PolicyTable
        The policies that `row` refers to.
    row : numpy.ndarray of int
        Row of the policy in `policies`, from 0; -1 where the search was stopped before it reached the section.
    risk : numpy.ndarray
        Probability that a periodic inspection finds the worst rating; NaN where the search did not reach the section.
    lcc : numpy.ndarray
        Life-cycle cost: present value of all costs from a periodic inspection on, that one included, yen.
    many : bool
        Whether the first axis counts sections.
    """

    policies: PolicyTable
    row: Rows
    risk: Numbers
    lcc: Numbers
    many: bool

    @property
    def policy(self) -> Policy:
        """The policy, where there is only one."""
        if np.ndim(self.row):
            rule = "must be asked of one section within one limit; others have policies[row[..]]"
            raise arguments.invalid("policy", rule, self.row.shape)
        return self.policies[int(self.row)]

    @property
    def interval(self) -> Indices:
        """Years between periodic inspections; 0 where the search did not reach the section."""
        return self._column("interval")

    @property
    def repair_at(self) -> Indices:
        """Rating from which periodic inspections repair."""
        return self._column("repair_at")

    @property
    def watch_from(self) -> Indices:
        """Rating from which sections are watched; 0: nothing is watched."""
        return self._column("watch_from")

    @property
    def repair_on_watch_at(self) -> Indices:
        """Rating from which additional inspections repair; 0: nothing is watched."""
        return self._column("repair_on_watch_at")

    @property
    def section(self) -> Rows:
        """Section of each entry, counted from 0."""
        sections = len(self.row) if self.many else 1
        return np.repeat(np.arange(sections), self.row.size // sections)

    @property
    def complete(self) -> bool:
        """Whether the search reached all sections; not if it was stopped early."""
        return not np.isnan(self.risk).any()

    def to_frame(self) -> pl.DataFrame:
        """Tabulate: section (where there are several), interval, thresholds, risk and lcc."""
        return without_zeros(pl.DataFrame({name: np.ravel(column) for name, column in self._columns().items()}))

    def _columns(self) -> dict[str, npt.NDArray[np.generic]]:
        columns: dict[str, npt.NDArray[np.generic]] = {"section": self.section} if self.many else {}
        columns |= {name: self._column(name) for name in POLICY_COLUMNS}
        return columns | {"risk": self.risk, "lcc": self.lcc}

    def _column(self, name: str) -> Indices:
        return np.append(self.policies.columns[name], 0)[self.row]

    @property
    def _facts(self) -> dict[str, str]:
        """The one policy in words."""
        policy = self.policy
        facts = {"interval": f"{policy.interval} years", "repair at": str(policy.repair_at)}
        if policy.watch_from is not None:
            facts |= {"watch from": str(policy.watch_from), "repair on watch at": str(policy.repair_on_watch_at)}
        return facts | {"risk": f"{self.risk:.4g}", "LCC": f"{self.lcc:,.0f} yen"}

    def __repr__(self) -> str:
        if np.ndim(self.row):
            return f"<{type(self).__name__} of shape {self.row.shape}>"
        return f"<{type(self).__name__} {', '.join(f'{name} {value}' for name, value in self._facts.items())}>"

    def _repr_html_(self) -> str:
        if np.ndim(self.row):
            return escape(repr(self))
        rows = (f"<tr><th>{escape(name)}</th><td>{escape(fact)}</td></tr>" for name, fact in self._facts.items())
        return f"<table>{''.join(rows)}</table>"


@dataclass(frozen=True, eq=False, repr=False)
class PolicyResult(Evaluated):
    """Policies in the long run, in full.

    Parameters
    ----------
    policies, row, risk, lcc, many
        As for :class:`Evaluated`.
    risk_any : numpy.ndarray
        Share of all inspections, additional ones included, that find the worst rating.
    time_in_worst : numpy.ndarray or None
        Share of time spent in the worst rating; unknown where only matrices are given.
    value : numpy.ndarray
        ``(.., J)`` life-cycle cost from a periodic inspection that finds each rating, V, yen.
    stationary : numpy.ndarray
        ``(.., J)`` probabilities of the ratings that periodic inspections find.
    periodic_inspections, additional_inspections, repairs : numpy.ndarray
        Expected numbers per year.
    """

    risk_any: Numbers
    time_in_worst: Numbers | None
    value: Numbers
    stationary: Numbers
    periodic_inspections: Numbers
    additional_inspections: Numbers
    repairs: Numbers

    def to_frame(self) -> pl.DataFrame:
        """Tabulate: section (where there are several), kind, interval, thresholds, the three risks and lcc."""
        frame = super().to_frame()
        kind = pl.when(pl.col("watch_from").is_null()).then(pl.lit("basic")).otherwise(pl.lit("additional"))
        frame.insert_column(frame.columns.index("interval"), frame.select(kind.alias("kind")).to_series())
        time_in_worst = None if self.time_in_worst is None else np.ravel(self.time_in_worst)
        return frame.with_columns(
            pl.Series("risk_any", np.ravel(self.risk_any)),
            pl.lit(None, pl.Float64).alias("time_in_worst")
            if time_in_worst is None
            else pl.Series("time_in_worst", time_in_worst),
        ).select(pl.exclude("lcc"), "lcc")

    @property
    def _facts(self) -> dict[str, str]:
        facts = super()._facts
        cost = facts.pop("LCC")
        facts["risk of any inspection"] = f"{self.risk_any:.4g}"
        if self.time_in_worst is not None:
            facts["time in worst"] = f"{self.time_in_worst:.4g}"
        return facts | {"LCC": cost}


@dataclass(frozen=True, eq=False, repr=False)
class BestPolicies(Evaluated):
    """The cheapest policy within each risk limit; where no policy keeps to the limit, the one of least risk.

    Parameters
    ----------
    policies, row, risk, lcc, many
        As for :class:`Evaluated`; the last axis counts risk limits, if several were given.
    risk_limit : numpy.ndarray
        The limit, or the limits.
    feasible : numpy.ndarray of bool
        Whether the policy keeps to the limit.
    """

    risk_limit: Numbers
    feasible: npt.NDArray[np.bool_]

    def _columns(self) -> dict[str, npt.NDArray[np.generic]]:
        limits = np.broadcast_to(self.risk_limit, np.shape(self.row))
        columns = super()._columns()
        section = {name: columns.pop(name) for name in ("section",) if name in columns}
        return section | {"risk_limit": limits, "feasible": self.feasible} | columns

    @property
    def _facts(self) -> dict[str, str]:
        kept = "kept" if self.feasible else "not kept by any policy; this one has the least risk"
        return super()._facts | {"risk limit": f"{self.risk_limit:g}, {kept}"}

    def __repr__(self) -> str:
        if not np.ndim(self.row):
            return super().__repr__()
        infeasible = int((~self.feasible).sum())
        return f"<BestPolicies of shape {self.row.shape}, {infeasible:,} infeasible>"


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(Evaluated):
    """The Pareto frontier of risk and life-cycle cost of each section, by rising risk and falling cost.

    Parameters
    ----------
    policies, row, risk, lcc, many
        As for :class:`Evaluated`; one axis, the frontiers of all sections one after another.
    starts : numpy.ndarray of int
        ``(n + 1,)`` where the frontier of each section starts, and the end of the last one.
    """

    starts: Indices

    @property
    def section(self) -> Rows:
        """Section of each policy, counted from 0."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))

    @property
    def complete(self) -> bool:
        """Whether the search reached all sections; not if it was stopped early."""
        return bool((np.diff(self.starts) > 0).all())

    def of(self, section: int) -> Frontier:
        """Return the frontier of one section, counted from 0."""
        section = arguments.whole_number("section", section, at_least=0, at_most=len(self.starts) - 2)
        rows = slice(*self.starts[section : section + 2].tolist())
        ends = np.array([0, rows.stop - rows.start])
        return Frontier(self.policies, self.row[rows], self.risk[rows], self.lcc[rows], False, ends)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw life-cycle cost against risk, of one section: what a risk limit costs.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Axes to draw into; by default a new figure's.
        """
        if len(self.starts) > 2:
            raise arguments.invalid(
                "plot", "must be asked of one section, as frontier.of(section)", len(self.starts) - 1
            )
        from nagamochi.report.figures.policy import draw_frontier

        return draw_frontier(self.to_frame(), ax)

    def __repr__(self) -> str:
        sections = len(self.starts) - 1
        return f"<Frontier of {len(self.row):,} policies of {sections:,} section{'s' if sections > 1 else ''}>"
