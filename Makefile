# Two commands matter to a newcomer: `make demo` and `make test`.
SHELL := /bin/bash
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Certificates of the machine, as every other program here uses them.
export UV_SYSTEM_CERTS := 1
PYTHON ?= python3
DATA ?= .foreshock
SHOTS ?= build/shots
.DEFAULT_GOAL := help

.PHONY: help setup demo up test check shots bench chaos fmt lock

help: ## Show these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.installed ## Make the virtual environment and install what is pinned

$(UV):
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8'

$(VENV)/.installed: requirements.lock pyproject.toml | $(UV)
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@$(BIN)/python -m compileall -q schemas connectors agents api ui tests
	@touch $@

demo: setup ## Start everything, stream this machine and a made-up shop, show it live
	@$(BIN)/foreshock --data $(DATA) demo

up: setup ## Start everything in the foreground
	@$(BIN)/foreshock --data $(DATA) up

test: setup ## Run the whole suite on the real stack
	@$(BIN)/python -m pytest -n 3 --dist loadgroup

check: setup ## Format, lint, types, import rules, house rules
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q -p no:xdist tests/house_rules

shots: setup ## Pictures of every page of the workspace, both themes, wide and narrow, in SHOTS
	@$(BIN)/python -m tests.browser.shots $(SHOTS)

bench: setup ## Measure: JSON lines, each figure beside a baseline of the same run
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r tests/bench/baseline.lock
	@$(BIN)/foreshock bench

chaos: setup ## Ten minutes of load with kill -9; all must be as if nobody had died
	@$(BIN)/python -m pytest -p no:xdist -m chaos tests/chaos --chaos-seconds 600 --timeout 1800

fmt: setup ## Format and fix what can be fixed
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

lock: $(UV) ## Pin every dependency with its hashes
	@$(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra dev --no-header \
	  --output-file requirements.lock pyproject.toml
	@printf 'drain3==0.9.11\njsonpickle\ncachetools\n' | $(UV) pip compile --quiet --universal --no-deps \
	  --generate-hashes --python-version 3.11 --no-header --output-file tests/bench/baseline.lock -
