"""Plan the inspection and repair of a network of bridges."""

from nagamochi.base.cluster import cluster
from nagamochi.planning.budget_confidence import ConfidentPlan, plan_with_confidence
from nagamochi.planning.budget_curve import BudgetCurve, budget_curve
from nagamochi.planning.certificate import Certificate
from nagamochi.planning.compare_scatter import scatter_worth
from nagamochi.planning.costs import PlanCosts, evaluate_plans
from nagamochi.planning.decomposition.decompose import decompose
from nagamochi.planning.decomposition.evaluate_parts import evaluate_parts
from nagamochi.planning.decomposition.owners_problem import OwnersProblem, share_out
from nagamochi.planning.decomposition.parts_budget_curve import parts_budget_curve
from nagamochi.planning.decomposition.parts_plan import PartsPlan, read_parts_plan
from nagamochi.planning.decomposition.parts_pooling import PartsPooling
from nagamochi.planning.decomposition.parts_problem import PartsProblem
from nagamochi.planning.decomposition.pool_parts import pool_parts
from nagamochi.planning.decomposition.verify_parts import verify_parts
from nagamochi.planning.decomposition.verify_pooling import verify_pooling
from nagamochi.planning.drawn_programme import DrawnProgramme
from nagamochi.planning.error_matrix import read_error_matrix
from nagamochi.planning.evaluate_plan import evaluate_plan
from nagamochi.planning.fitted_scatter import fitted_scatter
from nagamochi.planning.need import plan_need
from nagamochi.planning.outcome import Backlog, Outcome
from nagamochi.planning.overrun_risk import OverrunRisk
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.plan_network import plan_network
from nagamochi.planning.plan_table import plan_table_blocks, write_plan_table
from nagamochi.planning.pooling import Pooling, pool_budgets
from nagamochi.planning.problem import PlanningProblem
from nagamochi.planning.rating_scatter import RatingScatter
from nagamochi.planning.read_plan import read_plan
from nagamochi.planning.scatter_worth import ScatterWorth
from nagamochi.planning.shortfall import Shortfall
from nagamochi.planning.slots import RepairSlots, repair_slots
from nagamochi.planning.solve import solve
from nagamochi.planning.solver import Solver
from nagamochi.planning.solvers import Exact, Genetic, Highs, Relaxation
from nagamochi.planning.space import NEVER, Plan, PlanSpace
from nagamochi.planning.stay_close import stay_close
from nagamochi.planning.verify import Check, verify

__all__ = [
    "NEVER",
    "Backlog",
    "BudgetCurve",
    "Certificate",
    "Check",
    "ConfidentPlan",
    "DrawnProgramme",
    "Exact",
    "Genetic",
    "Highs",
    "NetworkPlan",
    "Outcome",
    "OverrunRisk",
    "OwnersProblem",
    "PartsPlan",
    "PartsPooling",
    "PartsProblem",
    "Plan",
    "PlanCosts",
    "PlanSpace",
    "PlanningProblem",
    "Pooling",
    "RatingScatter",
    "Relaxation",
    "RepairSlots",
    "ScatterWorth",
    "Shortfall",
    "Solver",
    "budget_curve",
    "cluster",
    "decompose",
    "evaluate_parts",
    "evaluate_plan",
    "evaluate_plans",
    "fitted_scatter",
    "parts_budget_curve",
    "plan_need",
    "plan_network",
    "plan_table_blocks",
    "plan_with_confidence",
    "pool_budgets",
    "pool_parts",
    "read_error_matrix",
    "read_parts_plan",
    "read_plan",
    "repair_slots",
    "scatter_worth",
    "share_out",
    "solve",
    "stay_close",
    "verify",
    "verify_parts",
    "verify_pooling",
    "write_plan_table",
]
