# `make` alone lists what there is. Needs Python 3.11 or later and make; nothing else.
.DEFAULT_GOAL := help
.PHONY: help install run test check harness soak bench format lock clean
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
# Errors only. Byte code is made of what a start imports, not of all there is: that halves the time.
PIP = $(BIN)/python -m pip install -qq --disable-pip-version-check
IMPORTED := chdb, web.process, web.serving, server.commands.greeting, server.embedded.supervisor
PROCESSES ?= 2
ROWS ?= 6000000
HARNESS ?= harness
SOAK ?= full

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

install: $(STAMP) ## make .venv from requirements.lock (nothing to do when it is there)

run: $(STAMP) ## set everything up, load the sample facts, serve the scorecards (Ctrl-C stops)
	@$(BIN)/python -m compileall -q server loaders web
	@$(BIN)/indicube up --sample flights

test: $(STAMP) ## set everything up and run the tests
	@$(BIN)/python -m pytest -q -m "not harness" -n $(PROCESSES) --dist loadfile

check: $(STAMP) ## what CI runs first: format, lint, types, imports, dependencies, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/python -m pytest -q -m "not harness" -n $(PROCESSES) --dist loadfile

harness: $(STAMP) ## kill, cut off and starve whole processes (HARNESS=ci: the short form of CI)
	@SOAK=$(HARNESS) $(BIN)/python -m pytest -q -m harness -n $(PROCESSES) --dist loadfile tests/chaos

soak: $(STAMP) ## look longer: the harness and the laws for hours (SOAK=small: half an hour)
	@SOAK=$(SOAK) $(BIN)/python -m pytest -q -n $(PROCESSES) --dist loadfile tests/chaos
	@INDICUBE_TEST_KILLS=20 INDICUBE_TEST_HEAVY_SECONDS=600 $(BIN)/python -m pytest -q \
		-p tests.soak -m "not harness" -n $(PROCESSES) --dist loadfile \
		-k "laws or kill or crash or recovery or heavy"

bench: $(STAMP) ## print how fast we are, as ratios of one run (ROWS=6000000, BENCH='--only queries')
	@$(BIN)/python -m bench --rows $(ROWS) $(BENCH)

format: $(STAMP) ## let ruff lay the code out and mend what it can
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

lock: ## work requirements.lock out anew from pyproject.toml
	@./.ci/lock

clean: ## remove the environment and the tools' caches; facts in .indicube stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Indicube needs Python 3.11 or later; none was found on PATH." >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) (about a minute)"
	@$(PIP) --require-hashes --no-compile -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c "import $(IMPORTED)"
	@touch $(STAMP)
