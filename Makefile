# Needs Python 3.11+ (with headers and venv), make and a C++20 compiler; everything else goes into .venv.
# `make PYTHON=python3.12 ..` chooses the Python; another one than last time makes .venv anew.
PYTHON ?= python3
bin := .venv/bin

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install retrieval demo test test-by-hand test-lowest test-cpp test-asan test-tsan test-machines coverage lint format typecheck stubs docs tidy wheel sbom bench campaign clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1 - /p' Makefile

install: .venv/.package ## the package, in .venv, with sources editable

retrieval: .venv/.package .venv/.retrieval ## what similar photos need too: torch, Faiss .. (6 GB)

demo: meanwhile := report
demo: .venv/.package .venv/.report ## plan the example town; results in out/demo, its page in out/demo/report.html
	@$(bin)/nagamochi demo --out out/demo

test: .venv/.package .venv/.test ## all Python tests, or those of some files: tests="tests/test_rows.py tests/test_costs.py"
	@$(call step,running the Python tests)
	$(bin)/python -m pytest $(tests)

test-by-hand: .venv/.package .venv/.test ## tests of many minutes, before a release (not in CI)
	$(bin)/python -m pytest -m by_hand

test-cpp: .venv/.cpp .venv/.build ## C++ tests without Python, optimised as in the wheel (needs doctest-dev)
	@$(call step,running the C++ tests)
	$(bin)/cmake --workflow --preset release

test-asan: .venv/.cpp .venv/.build ## C++ tests under AddressSanitizer and UBSan
	@$(call step,running the C++ tests under ASan and UBSan)
	$(bin)/cmake --workflow --preset asan-ubsan

# gcc 12's ThreadSanitizer dies of "unexpected memory mapping" where Linux randomises addresses by more than 28 bits.
fixed_addresses = $(shell setarch --addr-no-randomize true 2> /dev/null && echo setarch --addr-no-randomize)

test-tsan: .venv/.cpp .venv/.build ## threaded C++ tests under ThreadSanitizer
	@$(call step,running the threaded C++ tests under TSan)
	$(fixed_addresses) $(bin)/cmake --workflow --preset tsan

test-machines: .venv/.cpp .venv/.build ## C++ tests by clang, for 64-bit Arm under QEMU, for Windows under Wine (not in CI)
	@$(call step,running the C++ tests of other compilers and machines)
	for machine in clang aarch64 windows; do \
	    WINEPREFIX=$(CURDIR)/build/wine WINEDEBUG=-all $(bin)/cmake --workflow --preset $$machine || failed=1; \
	done; exit $${failed:-0}

test-lowest: .venv/.build ## Python tests with the lowest versions that pyproject.toml admits, without those of photos (not in CI)
	@$(call step,running the Python tests with the lowest versions)
	tools/test_lowest $(PYTHON)

coverage: .venv/.package .venv/.cpp .venv/.test .venv/.coverage ## lines and branches that the tests run, of Python and C++ (an hour, not in CI)
	@$(call step,measuring which lines and branches the tests run)
	rm -rf build/coverage
	$(bin)/cmake --workflow --preset coverage
	$(bin)/gcovr --config cmake/gcovr.cfg
	$(bin)/coverage erase
	$(bin)/coverage run -m pytest || failed=1; $(bin)/coverage combine --quiet && $(bin)/coverage report; exit $${failed:-0}

cpp_files = $(shell find cpp -name '*.[ch]pp')

lint: .venv/.lint ## ruff and clang-format, changing nothing
	@$(call step,checking style)
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/clang-format --dry-run -Werror $(cpp_files)

format: .venv/.lint ## the same, changing what can be changed
	$(bin)/ruff check --fix
	$(bin)/ruff format
	$(bin)/clang-format -i $(cpp_files)

typecheck: .venv/.package .venv/.lint ## mypy --strict
	@$(call step,checking types)
	$(bin)/mypy

stubs: .venv/.package .venv/.lint .venv/.test ## _core.pyi against the compiled module
	@$(call step,checking the stubs)
	$(bin)/stubtest nagamochi._core --mypy-config-file pyproject.toml --allowlist tests/stubtest_allowlist.txt
	$(bin)/python -m pytest tests/test_stubs.py

docs: .venv/.package .venv/.docs ## these pages and the API reference, in build/docs
	@$(call step,building the documentation)
	$(bin)/sphinx-build --builder html --fail-on-warning --keep-going --quiet -c docs . build/docs
	@echo build/docs/docs/index.html

tidy: .venv/.cpp .venv/.build .venv/.lint ## clang-tidy (slow, not in CI)
	@$(call step,running clang-tidy)
	$(bin)/cmake --workflow --preset tidy

wheel: .venv/.package .venv/.wheel ## sdist and wheel in dist/, the wheel tried outside the tree
	@$(call step,building and trying the wheel)
	tools/check_wheel

sbom: .venv/.package .venv/.sbom ## what the package brings along: build/sbom.json in CycloneDX, and the licences
	@$(call step,listing the dependencies)
	tools/sbom $(PYTHON)

bench: .venv/.package .venv/.test .venv/.bench ## benchmarks beside their peers, ratios into bench/README.md (slow, not in CI)
	@$(call step,running the benchmarks)
	@mkdir -p out
	for file in bench/bench_*.py; do $(bin)/python -m pytest $$file --benchmark-json=out/$$(basename $$file .py).json || exit; done
	$(bin)/python bench/ratios.py out/bench_*.json

campaigns = $(notdir $(basename $(shell grep -l __main__ tests/campaign/*.py)))
seed := 1

campaign: .venv/.package .venv/.test .venv/.campaign ## search for faults for days, resumable: only="faults kills" seed=2 runs=100 seconds=600 (not in CI)
	@$(call step,searching for faults)
	for name in $(or $(only),$(campaigns)); do \
	    PYTHONPATH=tests $(bin)/python -m campaign.$$name --seed $(seed) $(if $(runs),--runs $(runs)) $(if $(seconds),--seconds $(seconds)) $(if $(readers),--readers $(readers)) || failed=1; \
	done; exit $${failed:-0}

clean: ## back to a fresh clone
	rm -rf .venv build out dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks

step = printf '\n== %s  %s\n' "$$(date +%T)" '$(1)'

# Every step of the setup prints one line; pip's and the compiler's output is in build/log.
venv := .venv/.made-by-$(subst /,-,$(PYTHON))

$(venv):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nagamochi needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..")'
	@tools/quietly 'make .venv with $(PYTHON)' $(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.build: $(venv) pyproject.toml
	@tools/quietly 'install build tools' tools/install build
	@touch $@

compiled_from := CMakeLists.txt $(wildcard cmake/*) $(shell find cpp -path cpp/tests -prune -o -type f -print)

.venv/.package: .venv/.build pyproject.toml $(compiled_from)
	@tools/quietly 'compile and install nagamochi' tools/install package $(meanwhile)
	@touch $@ $(meanwhile:%=.venv/.%)

.venv/.cpp .venv/.lint .venv/.test .venv/.docs .venv/.wheel .venv/.bench .venv/.campaign .venv/.coverage .venv/.sbom .venv/.report .venv/.retrieval: .venv/.%: $(venv) pyproject.toml
	@tools/quietly 'install packages: $*' tools/install $*
	@touch $@
