"""When two plans are the same."""

from nagamochi.planning import NetworkPlan

TABLES = ["decisions", "work_programme", "yearly", "condition", "already_below"]


def assert_same_plan(plan: NetworkPlan, other: NetworkPlan) -> None:
    """To the bit, however they were found."""
    assert plan.plans.tobytes() == other.plans.tobytes()
    assert (plan.cost, plan.overrun, plan.health_shortfall) == (other.cost, other.overrun, other.health_shortfall)
    assert plan.smallest_flat_budget == other.smallest_flat_budget
    assert plan.total.tobytes() == other.total.tobytes()
    for table in TABLES:
        assert getattr(plan, table).equals(getattr(other, table)), table
