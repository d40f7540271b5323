# Everything a contributor runs. `make dev` and `make test` need nothing but Python 3.11+, Node 20+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install dev console soak soak-hostile screenshots test check quick in-process fmt lint types bench bench-quick docs fuzz clean

UI := qstash_dev/console/ui
UI_SOURCES := $(shell find $(UI)/src -type f) $(UI)/build.mjs
CONSOLE := qstash_dev/console/static/index.html
# The console needs Node, the server does not.
CONSOLE_IF_NODE := $(if $(shell command -v npm),$(CONSOLE))

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

NODE_MODULES := tests/sdk/node/node_modules tests/workflow/node/node_modules

%/node_modules/.installed: %/package-lock.json
	npm ci --prefix $* --no-audit --no-fund --silent
	touch $@

$(UI)/node_modules/.installed: $(UI)/package-lock.json
	npm ci --prefix $(UI) --no-audit --no-fund --silent
	touch $@

$(CONSOLE): $(UI_SOURCES) $(UI)/node_modules/.installed
	npm run --prefix $(UI) --silent build

install: $(VENV)/.installed ## Create the virtual environment

console: $(CONSOLE) ## Build the console, which `make dev` does by itself where there is Node

dev: install $(CONSOLE_IF_NODE) ## Start the server; pass options with ARGS="--port 9000"
	@$(BIN)/qstash-dev dev $(ARGS)

# Tests start a hundred servers, each of which would compile the whole package.
unexport PYTHONDONTWRITEBYTECODE

# What checks style and types says what it has to say in one piece, when it is done; the tests show how far they are.
AT_ONCE := --no-print-directory --jobs=2 --output-sync=target
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
# A plus sign keeps make from collecting what a command says, and would also run it where nothing shall be run.
IS_DRY_RUN := $(findstring n,$(filter-out -%,$(firstword $(MAKEFLAGS))))
SHOW_PROGRESS := $(if $(IS_DRY_RUN),,+)

test: ## Lint, check types and run every test
	@$(MAKE) $(AT_ONCE) lint types check

quick: ## Lint, check types and run what needs no other program: no browser, no Node, no server of its own
	@$(MAKE) $(AT_ONCE) lint types in-process

check: install $(NODE_MODULES:=/.installed) $(CONSOLE) ## Run the tests only; ARGS="-k name" chooses
	npm run --prefix $(UI) --silent test
	$(SHOW_PROGRESS)$(PYTEST) $(ARGS)

in-process: install $(CONSOLE)
	$(SHOW_PROGRESS)$(PYTEST) -m "not programs" $(ARGS)

fmt: install ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: install $(UI)/node_modules/.linted ## Check style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install $(UI)/node_modules/.checked ## Check types
	$(BIN)/mypy

# Of the console, once for each state of its sources.
UI_CHECKED := $(UI_SOURCES) $(wildcard $(UI)/*.mjs $(UI)/*.js $(UI)/*.json) $(UI)/node_modules/.installed

$(UI)/node_modules/.linted: $(UI_CHECKED)
	npm run --prefix $(UI) --silent lint
	@touch $@

$(UI)/node_modules/.checked: $(UI_CHECKED)
	npm run --prefix $(UI) --silent check
	@touch $@

bench: install ## Measure what the server costs, in ten minutes; writes bench.json; ARGS="latency" chooses
	@$(BIN)/python -m tests.bench.run $(ARGS)

bench-quick: install ## Measure the core of it in one minute; writes bench-quick.json
	@$(BIN)/python -m tests.bench.run --quick $(ARGS)

soak: install $(CONSOLE) ## Watch 100,000 messages and 500 events a second in the console
	@PYTHON=$(BIN)/python node tests/browser/console/soak.mjs

soak-hostile: install ## Hold a server against everything hostile for 20 minutes; ARGS="--minutes 3" for less
	@$(BIN)/python -m tests.soak.run $(ARGS)

screenshots: install $(CONSOLE) tests/workflow/node/node_modules/.installed ## Show every page of the console in build/screenshots
	@PYTHON=$(BIN)/python node tests/browser/console/screenshots.mjs

# Apart from the rest: schemathesis brings a pytest plugin and many packages that nothing else needs.
$(VENV)-fuzz/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-fuzz
	$(VENV)-fuzz/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(VENV)-fuzz/bin/python -m pip install --quiet --editable . --group fuzz
	touch $@

fuzz: $(VENV)-fuzz/.installed ## Throw ten minutes of odd input at a server and at each parser; ARGS="--seconds 60" for less
	@$(VENV)-fuzz/bin/python -m tests.fuzz.run $(ARGS)

# Apart from the rest, too: what makes a web site is not needed to work on the server.
$(VENV)-docs/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(VENV)-docs/bin/python -m pip install --quiet --group docs
	touch $@

docs: $(VENV)-docs/.installed ## Build the pages in docs/ as a web site in build/docs, with every link checked
	@NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --strict

clean: ## Remove everything that was made
	rm -rf $(VENV) $(VENV)-docs $(VENV)-fuzz $(NODE_MODULES) $(UI)/node_modules qstash_dev/console/static .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
