"""Write the ratios of benchmark runs into the README: `python bench/ratios.py out/bench_lcc.json ..`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

README = Path(__file__).parent / "README.md"
HEADING = "## The last run\n"

Benchmark = dict[str, Any]


def main() -> None:
    runs = [describe_run(Path(argument)) for argument in sys.argv[1:]]
    head, _, _ = README.read_text().partition(HEADING)
    README.write_text("\n".join([head + HEADING, *runs]))


def describe_run(path: Path) -> str:
    run = json.loads(path.read_text())
    by_group: dict[str, list[Benchmark]] = {}
    for benchmark in run["benchmarks"]:
        by_group.setdefault(benchmark["group"], []).append(benchmark)
    tables = [tabulate_group(*group) for group in by_group.items()]
    return "\n".join([f"### {path.stem}.py\n", describe_machine(run), *tables])


def describe_machine(run: dict[str, Any]) -> str:
    machine, commit = run["machine_info"], run["commit_info"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    changed = " with uncommitted changes" if commit["dirty"] else ""
    return (
        f"{machine['cpu']['brand_raw']}, {machine['cores allowed']} cores, {machine['system']}; "
        f"load before the run {machine['load before']:.1f}.\n"
        f"Commit {commit['id'][:10]}{changed}, {run['datetime'][:16]}. "
        f"Python {machine['python_version']}, {versions}.\n"
    )


def tabulate_group(group: str, benchmarks: list[Benchmark]) -> str:
    unit = benchmarks[0]["stats"]["median"]
    extras = list(dict.fromkeys(name for benchmark in benchmarks for name in benchmark["extra_info"]))
    rows = [[group, "times", "median ms", *extras], ["---", *["---:"] * (2 + len(extras))]]
    for name, benchmark in zip(names_of(benchmarks), benchmarks, strict=True):
        median = benchmark["stats"]["median"]
        noted = [shown(benchmark["extra_info"].get(name, "")) for name in extras]
        rows.append([name, shown(median / unit), shown(1000 * median), *noted])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def names_of(benchmarks: list[Benchmark]) -> list[str]:
    """Parameters where they tell the benchmarks apart, otherwise what the functions are called."""
    parameters = [str(benchmark["param"]).replace("-", ", ") for benchmark in benchmarks]
    functions = [
        benchmark["name"].partition("[")[0].removeprefix("test_").replace("_", " ") for benchmark in benchmarks
    ]
    return [
        function.removeprefix("test_").replace("_", " ")
        if parameter == "None" or parameters.count(parameter) > 1
        else parameter
        for function, parameter in zip(functions, parameters, strict=True)
    ]


def shown(value: float | str) -> str:
    """Text and whole numbers as they are, others with three significant digits."""
    if isinstance(value, (str, int)):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}"


if __name__ == "__main__":
    main()
