"""Ways to choose one plan for every unit, each a file."""

from nagamochi.planning.solvers.exact import Exact
from nagamochi.planning.solvers.genetic import Genetic, GeneticRun
from nagamochi.planning.solvers.highs import Highs, HighsRun
from nagamochi.planning.solvers.relaxation import Relaxation, RelaxationRun

SOLVERS = {solver.name: solver for solver in (Relaxation, Exact, Genetic, Highs)}

__all__ = ["SOLVERS", "Exact", "Genetic", "GeneticRun", "Highs", "HighsRun", "Relaxation", "RelaxationRun"]
