"""HiGHS, through SciPy, on the same problem: the mixed-integer program of all intervals, or the LP of one."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

Numbers = NDArray[np.float64]


def least_cost(yearly: Numbers, budget: Numbers) -> float:
    """yearly (intervals, bridges, lanes, horizon) yen; the optimum with one common interval."""
    intervals, bridges, lanes, horizon = yearly.shape
    of_plan = yearly.transpose(1, 0, 2, 3).reshape(bridges * intervals * lanes, horizon)
    ones = np.ones((1, lanes))
    one_each = sp.hstack(
        [sp.kron(sp.eye(bridges * intervals), ones), sp.kron(np.ones((bridges, 1)), -sp.eye(intervals))]
    )
    one_interval = sp.hstack([sp.csr_matrix((1, len(of_plan))), np.ones((1, intervals))])
    money = sp.hstack([sp.csr_matrix(of_plan.T / 1e6), sp.csr_matrix((horizon, intervals))])
    found = milp(
        np.concatenate([of_plan.sum(axis=1) / 1e6, np.zeros(intervals)]),
        constraints=[
            LinearConstraint(one_each.tocsr(), 0, 0),
            LinearConstraint(one_interval.tocsr(), 1, 1),
            LinearConstraint(money.tocsr(), -np.inf, budget / 1e6),
        ],
        integrality=np.ones(len(of_plan) + intervals),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0.0},
    )
    return float(found.fun) * 1e6


def lp_bound(spending: Numbers, budget: Numbers) -> float:
    """spending (bridges, lanes, horizon) yen of one interval; its bound without whole choices."""
    bridges, lanes, horizon = spending.shape
    of_plan = spending.reshape(bridges * lanes, horizon)
    found = linprog(
        of_plan.sum(axis=1) / 1e6,
        A_ub=sp.csr_matrix(of_plan.T / 1e6),
        b_ub=budget / 1e6,
        A_eq=sp.kron(sp.eye(bridges), np.ones((1, lanes))).tocsr(),
        b_eq=np.ones(bridges),
        method="highs",
    )
    return float(found.fun) * 1e6
