"""Instances of the planning problem for other solvers: costs, budgets, our plan and its bound, and a checker."""

from nagamochi.planning.benchmark_set.made import SIZES
from nagamochi.planning.benchmark_set.write import Instance, write_benchmark_set

__all__ = ["SIZES", "Instance", "write_benchmark_set"]
