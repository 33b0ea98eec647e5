#!/usr/bin/env bash
# glibc 2.36 (Debian 12, x86-64): exp, expm1 and log have other last bits on a processor without FMA. glibc chooses among several
# compilations of these functions when a program starts; the ones with FMA round less often. All results are within one unit in
# the last place, which is what glibc promises, but "the same libc" does not mean "the same bits" on two x86-64 machines.
# GLIBC_TUNABLES switches FMA off for one process, so that one machine shows both.
# Seen: "of 100,000 numbers, with FMA and without: exp 79, expm1 40, log 6 differ; of those of exp, 50 and 29 are the nearest".
set -euo pipefail

version=$(getconf GNU_LIBC_VERSION)
grep --quiet --max-count=1 '\bfma\b' /proc/cpuinfo || { echo "this processor has no FMA" >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check mpmath==1.3.0

cat > values.py <<'PYTHON'
import math
import random
import sys

random.seed(1)
numbers = [random.uniform(0.0, 5.0) for _ in range(100_000)]
functions = (lambda x: math.exp(-x)), (lambda x: math.expm1(-x)), (lambda x: math.log(1e-3 + x))
with open(sys.argv[1], "w") as file:
    for function in functions:
        file.writelines(function(x).hex() + "\n" for x in numbers)
PYTHON
venv/bin/python values.py with
GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2 venv/bin/python values.py without

venv/bin/python - "$version" <<'PYTHON'
import random
import sys

import mpmath

random.seed(1)
numbers = [random.uniform(0.0, 5.0) for _ in range(100_000)]
with open("with") as file, open("without") as other:
    values = [float.fromhex(line) for line in file]
    others = [float.fromhex(line) for line in other]
differ = [[i for i in range(100_000) if values[k + i] != others[k + i]] for k in (0, 100_000, 200_000)]
mpmath.mp.prec = 200
nearest = [float(mpmath.exp(-mpmath.mpf(numbers[i]))) for i in differ[0]]
best = [sum(of[i] == true for i, true in zip(differ[0], nearest)) for of in (values, others)]
exp, expm1, log = map(len, differ)
print(sys.argv[1])
print(
    f"of 100,000 numbers, with FMA and without: exp {exp}, expm1 {expm1}, log {log} differ; "
    f"of those of exp, {best[0]} and {best[1]} are the nearest"
)
sys.exit(0 if exp and expm1 and log and max(map(len, differ)) < 1000 else "they agree now")
PYTHON
