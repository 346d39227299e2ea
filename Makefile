# Everything sets itself up in .venv from Python 3.12 or newer and make, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help demo findings test test-slow verify bench mutants lint view bench-view setup

help:
	@echo "make demo   run all compute regimes and write results/demo/report.html"
	@echo "make findings  the README's tables, from the demo and what it is held against"
	@echo "make test   format, lint, types and tests"
	@echo "make test-slow  the tests that kill, starve and interrupt real processes, and other long ones"
	@echo "make verify theory cases, all of them"
	@echo "make mutants seed mistakes into a copy; the tests must notice each (20 minutes)"
	@echo "make bench  speed and memory"
	@echo "make lint   format, lint and types only"
	@echo "make view   the browser window"
	@echo "make bench-view  how quickly it answers"

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "computeshift needs Python 3.12 or newer; $(PYTHON) was not found (name another with make PYTHON=...)" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { echo "computeshift needs Python 3.12 or newer; $(PYTHON) is $$($(PYTHON) -c 'import sys; sys.stdout.write("%d.%d" % sys.version_info[:2])') (name another with make PYTHON=...)" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "computeshift needs Python's venv and ensurepip modules (on Debian and Ubuntu: the package python3-venv)" >&2; exit 2; }
	@echo "Setting up $(VENV) (once; a few minutes) ..."
	@$(PYTHON) -m venv $(VENV)
	@echo "  packages ..."
	@$(PIP) --requirement requirements.lock
	@$(PIP) --no-deps --editable .
	@echo "  compiling ..."
	@$(BIN)/computeshift run placebo --set users.count=200 --steps 1 --json >/dev/null  # compiles once
	@touch $@

SIZE := --seeds 5 --steps 40 --set users.count=10000 --set labs.research_sample=400 --set labs.screening_sample=150

demo: $(READY)
	@$(BIN)/computeshift compare $(SIZE) --turns 1 --out results/demo

COMPARE := $(BIN)/computeshift compare
CONTROLS := wall-only inference-without-wall

findings: demo
	@$(COMPARE) $(CONTROLS) $(SIZE) --turns 0 --out results/controls
	@$(COMPARE) pretraining inference-at-deployment $(CONTROLS) $(SIZE) --turns 0 \
		--set regulation.0.threshold_oom=26 --out results/line
	@$(COMPARE) inference-at-deployment $(SIZE) --turns 0 \
		--set regulation.0.report_cost_usd=0 --set regulation.0.delay_years=0 --out results/free-duty
	@$(BIN)/python -m experiments.headline results/demo; echo
	@$(BIN)/python -m experiments.two_by_two results/demo results/controls; echo
	@$(BIN)/python -m experiments.line_table results/demo results/controls results/line results/free-duty

lint: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

TEST := $(BIN)/python -m pytest -q --numprocesses auto --maxprocesses 8 --dist worksteal -p no:benchmark

test: lint
	@$(TEST) -m "not slow"

test-slow: $(READY)
	@$(TEST) -m slow

verify: $(READY)
	@$(BIN)/computeshift verify

bench: $(READY)
	@OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q tests/bench \
		-o python_files='bench_*.py' --benchmark-sort=name --benchmark-columns=min,median,max,rounds

mutants: $(READY)
	@$(BIN)/python tests/mutants/run.py

view: $(READY)
	@$(BIN)/computeshift view

bench-view: $(READY)
	@$(BIN)/python tests/bench/view.py
