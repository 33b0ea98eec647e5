"""When two plans are the same."""

from nagamochi.planning import NetworkPlan

TABLES = ["decisions", "works", "yearly", "condition", "already_below"]


def assert_same_plan(plan: NetworkPlan, other: NetworkPlan) -> None:
    """To the bit, however they were found."""
    assert plan.plan_of_unit.tobytes() == other.plan_of_unit.tobytes()
    assert (plan.cost, plan.outcome.overrun, plan.outcome.health_deficit) == (
        other.cost,
        other.outcome.overrun,
        other.outcome.health_deficit,
    )
    assert plan.certificate.smallest_flat_budget[1] == other.certificate.smallest_flat_budget[1]
    assert plan.outcome.total.tobytes() == other.outcome.total.tobytes()
    for table in TABLES:
        assert getattr(plan, table).equals(getattr(other, table)), table
