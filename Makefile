# Duebook on a machine with Python 3.11 or newer and make. `make help` lists what there is.
# Every target makes the environment it needs, pinned with hashes, in .venv; nothing is installed outside it
# except by `make services`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := core addin connectors etl workbooks cli demo tests benchmarks
.DEFAULT_GOAL := help
.PHONY: help demo test services check bench evaluate format lock clean
DATA ?= ../shared/data

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.runtime ## a company's real ERP database, refreshed into credit workbooks
	@$(BIN)/duebook demo

test: $(VENV)/.development services ## the whole suite; without root, what needs a system package is skipped with its reason
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile

services: ## what some tests need: system packages (apt, when root or sudo can), a validator (npm)
	@sh tools/services.sh

check: $(VENV)/.development ## style, types, layers, dependencies
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

bench: $(VENV)/.development ## speed against peers, as ratios of one run; the table goes to benchmarks/RESULTS.md
	@$(BIN)/python benchmarks/run.py

evaluate: $(VENV)/.development ## our models beside the baselines on real data: make evaluate [DATA=folder]
	@$(BIN)/python benchmarks/evaluate.py "$(DATA)"

format: $(VENV)/.development ## put the sources into the one format
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix-only $(SOURCES)

lock: ## pin every dependency again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra demo --extra excel --extra server --group build --output-file requirements.lock pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--all-extras --group build --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml

clean: ## remove the environment and what the tools cached; the demo's folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

$(VENV)/.runtime: requirements.lock pyproject.toml
	@sh tools/environment.sh "$(PYTHON)" $(VENV) requirements.lock
	@touch $@

$(VENV)/.development: requirements-dev.lock pyproject.toml
	@sh tools/environment.sh "$(PYTHON)" $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/.runtime
