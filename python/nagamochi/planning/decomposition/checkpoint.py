"""How far a decomposition has come: enough to go on from, in a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nagamochi import _core
from nagamochi.base import records
from nagamochi.base.files import replacing
from nagamochi.errors import CorruptFile
from nagamochi.planning.choice import Amounts
from nagamochi.planning.decomposition.parts_problem import PartsProblem

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

SCHEMA, VERSION = "nagamochi prices", 1


@dataclass(frozen=True, eq=False)
class Point:
    """Prices at which an interval is asked about next.

    Parameters
    ----------
    prices : (n_rows,) float64
    with_costs : bool
        False if the prices alone may prove that no plan keeps the rows.
    promised : float
        Bound that the interval seems to have; infinite if it seems to have no plan.
    rounds : int
        How often plans of it were kept.
    done : bool
        Whether asking again would change nothing.
    """

    prices: Numbers
    with_costs: bool
    promised: float
    rounds: int = 0
    done: bool = False


@dataclass(frozen=True, eq=False)
class Proof:
    """Prices and the bound that all parts together gave for them: whole units, None where a bridge has no plan."""

    prices: Numbers
    with_costs: bool
    bound: int | None

    @property
    def infeasible(self) -> bool:
        """Whether it proves that no plan keeps the rows."""
        return self.bound is None or (not self.with_costs and self.bound > 0)

    @property
    def rank(self) -> tuple[bool, float]:
        """How good it is: proofs that no plan keeps the rows before bounds of cost, and these before others."""
        useless = not self.with_costs and not self.infeasible
        return self.infeasible, inf if self.bound is None else -inf if useless else float(self.bound)

    @property
    def least_cost(self) -> float:
        """No plan within the rows costs less."""
        return inf if self.bound is None or self.infeasible else float(self.bound)


@dataclass(frozen=True, eq=False)
class Incumbent:
    """The best plans so far; cost in whole units, overrun and spending by year in the kernels' parts."""

    plans: Indices
    cost: int
    overrun: int
    spent: Indices


@dataclass(eq=False)
class Checkpoint:
    """What was reached.

    Parameters
    ----------
    amounts : Amounts
        Of all parts.
    decided : (horizon,) float64
        Yen of decided works and removals.
    """

    amounts: Amounts
    decided: Numbers
    points: dict[int, Point] = field(default_factory=dict)
    proofs: dict[int, Proof] = field(default_factory=dict)
    rounds: int = 0
    best: Incumbent | None = None

    def note(self, interval: int, prices: Numbers, with_costs: bool, bound: int | None) -> None:
        """Keep a bound of an interval if it is better than the one before."""
        new, old = Proof(prices, with_costs, bound), self.proofs.get(interval)
        if old is None or new.rank > old.rank:
            self.proofs[interval] = new

    def take(self, result: _core.KeptResult) -> None:
        """Keep the plans of a result if they are better than those before."""
        if not len(result.plans):
            return
        if self.best is None or (result.overrun, result.cost) < (self.best.overrun, self.best.cost):
            self.best = Incumbent(result.plans, result.cost, result.overrun, result.spent)

    def write(self, file: Path, problem: PartsProblem) -> None:
        """Write it, for :meth:`read`."""
        record = {
            "problem": problem.fingerprint,
            "amounts": self.amounts._asdict(),
            "decided": self.decided.tolist(),
            "rounds": self.rounds,
            "points": {str(interval): _plain(point) for interval, point in self.points.items()},
            "proofs": {str(interval): _plain(proof) for interval, proof in self.proofs.items()},
            "best": None if self.best is None else _plain(self.best),
        }
        with replacing(file) as draft:
            draft.write_bytes(records.to_bytes(records.signed(SCHEMA, VERSION, record)))

    @classmethod
    def read(cls, file: Path, problem: PartsProblem) -> Checkpoint | None:
        """Read what was reached for a problem; None where there is no file, or one of another problem.

        Raises
        ------
        CorruptFile
            The file is damaged, or another program's.
        """
        if not file.exists():
            return None
        record = records.read_signed(file, SCHEMA, VERSION)
        if record["problem"] != problem.fingerprint:
            return None
        try:
            return cls(
                amounts=Amounts(**record["amounts"]),
                decided=np.array(record["decided"], np.float64),
                points={int(interval): Point(**_arrays(point)) for interval, point in record["points"].items()},
                proofs={int(interval): Proof(**_arrays(proof)) for interval, proof in record["proofs"].items()},
                rounds=record["rounds"],
                best=None if record["best"] is None else Incumbent(**_arrays(record["best"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptFile(f"{file}: is damaged: {error}") from error


def _plain(part: Any) -> dict[str, Any]:
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in asdict(part).items()}


def _arrays(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record's lists as arrays; infinity is null in a file."""
    kinds = {"prices": np.float64, "plans": np.int64, "spent": np.int64}
    arrays = {name: np.array(value, kinds[name]) if name in kinds else value for name, value in record.items()}
    return {name: inf if name == "promised" and value is None else value for name, value in arrays.items()}
