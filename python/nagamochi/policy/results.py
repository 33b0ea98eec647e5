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

    def __repr__(self) -> str:
        name = type(self).__name__
        if np.ndim(self.row):
            return f"<{name} of shape {self.row.shape}>"
        facts = {fact: column.item() for fact, column in self._columns().items()}
        given = {fact: value for fact, value in facts.items() if value or fact not in POLICY_COLUMNS}
        return f"<{name}: {', '.join(f'{fact} {_shown(value)}' for fact, value in given.items())}>"

    def _repr_html_(self) -> str:
        return escape(repr(self)) if np.ndim(self.row) else self.to_frame()._repr_html_()


@dataclass(frozen=True, eq=False, repr=False)
class PolicyResult(Evaluated):
    """Policies in the long run, in full.

    Parameters
    ----------
    policies, row, risk, lcc, many
        As for :class:`Evaluated`.
    risk_any : numpy.ndarray
        Share of all inspections, additional ones included, that find the worst rating.
    time_in_worst : numpy.ndarray
        Share of time spent in the worst rating; NaN, for unknown, where only matrices are given.
    value : numpy.ndarray
        ``(.., J)`` life-cycle cost from a periodic inspection that finds each rating, V, yen.
    stationary : numpy.ndarray
        ``(.., J)`` probabilities of the ratings that periodic inspections find.
    periodic_inspections, additional_inspections, repairs : numpy.ndarray
        Expected numbers per year.
    """

    risk_any: Numbers
    time_in_worst: Numbers
    value: Numbers
    stationary: Numbers
    periodic_inspections: Numbers
    additional_inspections: Numbers
    repairs: Numbers

    def to_frame(self) -> pl.DataFrame:
        """Tabulate: section (where there are several), kind, interval, thresholds, the three risks and lcc."""
        kind = pl.when(pl.col("watch_from").is_null()).then(pl.lit("basic")).otherwise(pl.lit("additional"))
        frame = (
            super()
            .to_frame()
            .with_columns(
                kind.alias("kind"),
                pl.Series("risk_any", np.ravel(self.risk_any)),
                pl.Series("time_in_worst", np.ravel(self.time_in_worst)).fill_nan(None),
            )
        )
        section = ["section"] if self.many else []
        return frame.select(*section, "kind", *POLICY_COLUMNS, "risk", "risk_any", "time_in_worst", "lcc")


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


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if value < 1 else f"{value:,.0f}"
    return str(value)
