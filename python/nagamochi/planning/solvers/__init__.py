"""Ways to choose one plan for every unit, each a file."""

from nagamochi.planning.solvers.genetic import Genetic, GeneticRun

SOLVERS = {solver.name: solver for solver in (Genetic,)}

__all__ = ["SOLVERS", "Genetic", "GeneticRun"]
