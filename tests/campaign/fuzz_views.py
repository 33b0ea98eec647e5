"""Coverage-guided fuzzing of the kernels' views under AddressSanitizer and UBSan; needs clang with libFuzzer."""

from __future__ import annotations

import re
import subprocess
import sys

from campaign.runs import KEPT, PROJECT, Figures, arguments

RUNS = 1_000_000
BINARY = PROJECT / "build" / "fuzz" / "views"
COMPILER = "clang++-19"  # as `make test-machines` has it
SOURCES = ["deterioration/curve", "deterioration/equal_rows", "planning/network", "planning/plan_layout"]
SOURCES += ["core/parallel", "core/powers"]


def build() -> None:
    """Compile the target where a source is newer."""
    target = PROJECT / "tests" / "campaign" / "fuzz_views.cpp"
    sources = [target, *(PROJECT / "cpp" / "src" / f"{source}.cpp" for source in SOURCES)]
    if BINARY.exists() and all(source.stat().st_mtime < BINARY.stat().st_mtime for source in sources):
        return
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    command = [COMPILER, "-std=c++20", "-O1", "-g", "-march=x86-64-v2", "-pthread", "-fno-sanitize-recover=all"]
    command += ["-fsanitize=fuzzer,address,undefined", "-DNAGAMOCHI_LANE_WIDTH=2", "-DNAGAMOCHI_POWERS=powers_baseline"]
    subprocess.run([*command, f"-I{PROJECT}/cpp/include", *sources, "-o", BINARY], check=True)


def main() -> None:
    """Fuzz as many inputs as are left."""
    given = arguments(RUNS, 0)
    build()
    figures = Figures("fuzz_views", given.seed)
    corpus, finds = KEPT / "corpus" / f"views-{given.seed}", KEPT / "finds" / "views"
    for folder in (corpus, finds):
        folder.mkdir(parents=True, exist_ok=True)
    if figures.done < given.runs:
        limits = [f"-runs={given.runs - figures.done}", f"-seed={given.seed + figures.done}"]
        limits += [f"-max_total_time={int(given.seconds)}", "-print_final_stats=1", f"-artifact_prefix={finds}/"]
        done = subprocess.run([BINARY, *limits, corpus], capture_output=True, text=True, check=False)
        ran = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        figures.done += int(ran[1]) if ran else 0
        if done.returncode:
            figures.finds.append(done.stderr[-4000:])
            print(done.stderr, file=sys.stderr)
        figures.save()
    print(figures)
    sys.exit(bool(figures.finds))


if __name__ == "__main__":
    main()
