"""Check the plan of a network in parts, part after part, with nothing that the solvers use."""

from __future__ import annotations

from fractions import Fraction

from nagamochi.planning.decomposition.parts_plan import DECOMPOSITION, PartsPlan
from nagamochi.planning.outcome import Outcome
from nagamochi.planning.plan import NetworkPlan
from nagamochi.planning.verify import AMOUNT, Check, Sums, check_rows, less_allowance, verifier_of, verify


def verify_parts(plan: PartsPlan) -> list[Check]:
    """Compute cost and use of budgets of a plan and the bounds of its certificate anew, in exact whole numbers.

    As :func:`verify`, with one part in memory at a time.

    Parameters
    ----------
    plan : PartsPlan

    Returns
    -------
    list of Check

    Examples
    --------
    >>> from nagamochi import datasets, planning
    >>> from nagamochi.network import split, write_parts
    >>> parts = write_parts(split(datasets.paper_ten(), 4), "ten bridges in parts")
    >>> plan = planning.decompose(planning.PartsProblem.of(parts, 24e6, space=planning.PlanSpace.study()))
    >>> all(check.holds for check in verify_parts(plan))
    True
    """
    if plan.certificate.method != DECOMPOSITION:
        return _verify_in_one_piece(plan)
    problem, unit = plan.problem, plan.certificate.unit
    certificate = plan.certificate.in_yen_of(unit)
    of_parts: list[Sums] = []
    for number, plans in enumerate(problem.cut(plan.plan_of_bridge)):
        verifier = verifier_of(problem.part(number).read(), unit)
        of_parts.append(verifier.sums(certificate, plans))
    spent = [sum(years) for years in zip(*(part.spent for part in of_parts), strict=True)]
    checks = [
        check_rows(plan.certificate, problem.shared),
        _none("units whose plan must not be chosen", [part.wrong for part in of_parts]),
        _none("intervals besides that of the first bridge", [_intervals(plan) - 1]),
        _count("repairs in closed years", plan.closed_works, [part.closed_works for part in of_parts], plan),
        _count("bridges inspected off schedule", plan.off_schedule, [part.off_schedule for part in of_parts], plan),
        verifier.compare_cost(plan.counted_cost / unit, sum(part.value for part in of_parts)),
    ]
    for row in certificate.rows:
        use = Fraction(sum(int(times) * yen for times, yen in zip(row.years, spent, strict=True)), AMOUNT)
        checks.append(verifier.compare_row(row, use, plan.feasible))
    for number, bound in enumerate(certificate.bounds):
        least = [part.least[number] for part in of_parts]
        total = None if None in least else less_allowance(sum(one or 0 for one in least), certificate.rows, bound)
        checks.append(verifier.compare_bound(bound, total))
    return checks


def _verify_in_one_piece(plan: PartsPlan) -> list[Check]:
    """Verify a plan of one part, of which :func:`solve` made the certificate."""
    (part,) = plan.problem.parts.parts
    problem = plan.problem.part(0).read()
    whole = NetworkPlan(problem, plan.plan_of_bridge, Outcome.of(problem, plan.plan_of_bridge, 1), plan.certificate)
    kept = Check(f"every limit of {part.name} is kept", plan.feasible, whole.feasible, plan.feasible == whole.feasible)
    return [kept, *verify(whole)]


def _count(claim: str, claimed: int, counts: list[int], plan: PartsPlan) -> Check:
    """Check how often a plan does what a feasible one never does."""
    return Check(claim, claimed, sum(counts), claimed == sum(counts) and not (plan.feasible and claimed))


def _none(claim: str, counts: list[int]) -> Check:
    return Check(claim, 0, sum(counts), sum(counts) == 0)


def _intervals(plan: PartsPlan) -> int:
    """How many intervals bridges have, where they must share one."""
    shared = plan.problem.shared
    if shared.interval_per == "bridge":
        return 1
    return len({shared.space.plans[index].interval for index in set(plan.plan_of_bridge.tolist())})
