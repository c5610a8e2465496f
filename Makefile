# Kommunebench. `make run` and `make test` need Python 3.11 or later and make; they install the rest
# into .venv from requirements.lock, ask nothing, and can be called again at any time.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEMO := data/home/demo
PACKS := $(CURDIR)/data/seeds/reference:$(CURDIR)/data/seeds/fictional:$(CURDIR)/$(DEMO)/reference
# The six municipalities alone, in a home of their own.
EXAMPLE_HOME := $(CURDIR)/data/home/worked_example
EXAMPLE := KOMMUNEBENCH_HOME="$(EXAMPLE_HOME)" KOMMUNEBENCH_REFERENCE="$(CURDIR)/data/seeds/reference:$(CURDIR)/data/seeds/fictional"
PYTEST_ARGS ?=
# How many examples each property is tried with; the numbers stand in tests/conftest.py.
HYPOTHESIS_PROFILE ?= ci

.DEFAULT_GOAL := help
.PHONY: help install run worked-example test test-fast lint format app dagster lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## create .venv with the locked dependencies and the kommunebench command

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; found: $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) (about a minute the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
	@touch $@

run: $(DEMO)/.made ## the example: fictional deliveries in, a published release out, and a summary
	@KOMMUNEBENCH_REFERENCE="$(PACKS)" $(BIN)/kommunebench run --inbox data/seeds/deliveries --inbox $(DEMO)/inbox

worked-example: $(INSTALLED) ## docs/worked_example.md anew, from a run of the six example municipalities
	@rm -rf $(EXAMPLE_HOME)
	@$(EXAMPLE) $(BIN)/kommunebench run --inbox data/seeds/deliveries
	@$(EXAMPLE) $(BIN)/python -m pipelines.analysis.worked_example --out docs/worked_example.md

$(DEMO)/.made: $(INSTALLED) $(wildcard pipelines/demo/*.py) $(wildcard data/seeds/reference/*.csv)
	@rm -rf $(DEMO) && mkdir -p data/home
	@$(BIN)/kommunebench demo --out $(DEMO)
	@touch $@

test: $(INSTALLED) ## every test, the slow ones too
	@HYPOTHESIS_PROFILE=$(HYPOTHESIS_PROFILE) $(BIN)/python -m pytest $(PYTEST_ARGS)

test-fast: $(INSTALLED) ## the unit tier only: seconds
	@HYPOTHESIS_PROFILE=fast $(BIN)/python -m pytest tests/unit $(PYTEST_ARGS)

lint: $(INSTALLED) ## ruff, mypy, import rules, SQL style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint dbt_project --processes 2

format: $(INSTALLED) ## put Python and SQL into the house's form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix dbt_project --processes 2

app: $(INSTALLED) ## the analysts' app on the current release, at http://localhost:8501
	@$(BIN)/python -m streamlit run app/streamlit_app.py

dagster: $(DEMO)/.made ## the data engineers' pages, at http://localhost:3000
	@KOMMUNEBENCH_REFERENCE="$(PACKS)" $(BIN)/python -m pipelines.orchestration.serve

lock: ## write requirements.lock anew from pyproject.toml (needs uv on the PATH)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file requirements.lock

clean: ## remove what can be made again; the archive and the releases stay
	rm -rf $(DEMO) data/home/build data/home/lake data/home/logs data/home/reports data/home/dagster
