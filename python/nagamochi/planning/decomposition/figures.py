"""The figures of a plan of some parts that is in its folder: all that tables of many plans need of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path

from nagamochi.base import records
from nagamochi.base.files import replacing
from nagamochi.base.folder import check_digests, reading_files
from nagamochi.errors import CorruptFile, StaleStore
from nagamochi.planning.decomposition.parts_plan import PartsPlan
from nagamochi.planning.plan_folder import PARTS_SCHEMA, PARTS_VERSION, SUMMARY

FIGURES = "figures.json"
SCHEMA, VERSION = "nagamochi figures", 1


@dataclass(frozen=True)
class PartFigures:
    """What the plans of one part cost: present value, the same with what counts besides, and yen of all years."""

    part: str
    cost: float
    counted: float
    spent: float


@dataclass(frozen=True)
class Figures:
    """The figures of a plan.

    Attributes
    ----------
    problem : str
        Fingerprint of the problem.
    feasible : bool
        Whether every limit is kept.
    lower_bound : float
        Yen, present value with what counts besides; infinite where no plan keeps every limit.
    gap : float or None
        Share of the bound; None where the plan is not feasible.
    parts : tuple of PartFigures
        In their order.
    """

    problem: str
    feasible: bool
    lower_bound: float
    gap: float | None
    parts: tuple[PartFigures, ...]

    @classmethod
    def of(cls, plan: PartsPlan) -> Figures:
        """Return those of a plan."""
        parts = zip(plan.problem.parts.parts, plan.outcomes, strict=True)
        return cls(
            problem=plan.problem.fingerprint,
            feasible=plan.feasible,
            lower_bound=float(plan.certificate.lower_bound),
            gap=plan.gap,
            parts=tuple(
                PartFigures(
                    part.name,
                    outcome.cost,
                    outcome.counted,
                    float((outcome.inspection + outcome.repair + outcome.decided).sum()),
                )
                for part, outcome in parts
            ),
        )

    @property
    def proven_infeasible(self) -> bool:
        """Whether no plan keeps every limit."""
        return self.lower_bound == inf

    @property
    def counted(self) -> float:
        """Yen: present value with what counts besides."""
        return sum(part.counted for part in self.parts)

    def sum_of(self, parts: set[str], value: Callable[[PartFigures], float]) -> float:
        """Add up a figure over some parts."""
        return sum(value(part) for part in self.parts if part.part in parts)

    def write(self, folder: Path) -> None:
        """Write them beside their plan: the mark that the folder is done."""
        summary = records.read_signed(folder / SUMMARY, PARTS_SCHEMA, PARTS_VERSION)
        with replacing(folder / FIGURES) as draft:
            draft.write_bytes(
                records.to_bytes(records.signed(SCHEMA, VERSION, {**asdict(self), "files": summary["files"]}))
            )

    @classmethod
    def read(cls, folder: Path, problem: str) -> Figures | None:
        """Read those of the plan of a problem; None where the folder does not hold it as it was written."""
        if not all((folder / name).exists() for name in (FIGURES, SUMMARY)):
            return None
        with suppress(CorruptFile, StaleStore, KeyError, TypeError), reading_files(folder, [SUMMARY]):
            record = records.read_signed(folder / FIGURES, SCHEMA, VERSION)
            files = record.pop("files")
            summary = records.read_signed(folder / SUMMARY, PARTS_SCHEMA, PARTS_VERSION)
            if record["problem"] != problem or summary["files"] != files:
                return None
            check_digests(folder, files, str(folder / SUMMARY))
            parts = tuple(PartFigures(**part) for part in record.pop("parts"))
            bound = record.pop("lower_bound")
            return cls(**record, lower_bound=inf if bound is None else bound, parts=parts)
        return None
