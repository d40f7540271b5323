# Everything a contributor runs. `make dev` and `make test` need nothing but Python 3.11+, Node 20+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install dev console soak soak-hostile screenshots test check check-console check-python quick in-process fmt lint types bench bench-quick docs mistakes fuzz clean

UI := qstash_dev/console/ui
UI_SOURCES := $(shell find $(UI)/src -type f ! -name "schema.d.ts*") $(UI)/build.mjs
CONSOLE := qstash_dev/console/static/index.html
# Only the console needs Node.
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

console: $(CONSOLE) ## Build the console; `make dev` does so by itself if Node is installed

dev: install $(CONSOLE_IF_NODE) ## Start the server; pass options with ARGS="--port 9000"
	@$(BIN)/qstash-dev dev $(ARGS)

# Tests start a hundred servers, each of which would compile the whole package if Python wrote no bytecode.
unexport PYTHONDONTWRITEBYTECODE

# The checks of style and types print their output when they are done, the tests while they run.
AT_ONCE := --no-print-directory --jobs=2 --output-sync=target
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
# With a plus sign, make prints the output of a command at once, but also runs the command in a dry run.
IS_DRY_RUN := $(findstring n,$(filter-out -%,$(firstword $(MAKEFLAGS))))
SHOW_PROGRESS := $(if $(IS_DRY_RUN),,+)

test: ## Lint, check types and run every test
	@$(MAKE) $(AT_ONCE) check-python check-console lint types

quick: ## Lint, check types and run the tests that need no browser, no Node and no server process
	@$(MAKE) $(AT_ONCE) in-process lint types

check: check-console check-python ## Run the tests only; ARGS="-k name" selects

check-console: $(UI)/node_modules/.installed
	npm run --prefix $(UI) --silent test

check-python: install $(NODE_MODULES:=/.installed) $(CONSOLE)
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

# Checks of the console run again only if its sources or the types derived from the OpenAPI document have changed.
UI_TYPES := $(UI)/src/api/schema.d.ts
UI_CHECKED := $(UI_SOURCES) $(UI_TYPES) $(wildcard $(UI)/*.mjs $(UI)/*.js $(UI)/*.json) $(UI)/node_modules/.installed

# The file is written only if its content has changed.
$(UI_TYPES): $(UI)/node_modules/.typed ;

$(UI)/node_modules/.typed: $(shell find qstash_dev/api -name "*.py") $(UI)/types.mjs $(UI)/node_modules/.installed $(VENV)/.installed
	PYTHON=$(abspath $(BIN)/python) npm run --prefix $(UI) --silent types
	@touch $@

$(UI)/node_modules/.linted: $(UI_CHECKED)
	PYTHON=$(abspath $(BIN)/python) npm run --prefix $(UI) --silent lint
	@touch $@

$(UI)/node_modules/.checked: $(UI_CHECKED)
	PYTHON=$(abspath $(BIN)/python) npm run --prefix $(UI) --silent check
	@touch $@

bench: install ## Measure the costs of the server in six to ten minutes; writes bench.json; ARGS="latency" selects
	@$(BIN)/python -m tests.bench.run $(ARGS)

bench-quick: install ## Measure the most important costs in one minute; writes bench-quick.json
	@$(BIN)/python -m tests.bench.run --quick $(ARGS)

soak: install $(CONSOLE) ## Show 100,000 messages and 500 events a second in the console, and measure it
	@PYTHON=$(BIN)/python node tests/browser/console/soak.mjs

soak-hostile: install ## Run a server with hostile clients and destinations for 20 minutes; ARGS="--minutes 3" for less
	@$(BIN)/python -m tests.soak.run $(ARGS)

mistakes: install $(NODE_MODULES:=/.installed) ## Play mistakes of users, and write what is said of them to docs/troubleshooting.md
	@$(BIN)/python -m tests.mistakes.page

screenshots: install $(CONSOLE) tests/workflow/node/node_modules/.installed ## Take pictures of all pages of the console, in build/screenshots
	@PYTHON=$(BIN)/python node tests/browser/console/screenshots.mjs

# In its own environment: schemathesis installs a pytest plugin and many other packages.
$(VENV)-fuzz/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-fuzz
	$(VENV)-fuzz/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(VENV)-fuzz/bin/python -m pip install --quiet --editable . --group fuzz
	touch $@

fuzz: $(VENV)-fuzz/.installed ## Send random input to a server and to each parser for ten minutes; ARGS="--seconds 60" for less
	@$(VENV)-fuzz/bin/python -m tests.fuzz.run $(ARGS)

# In its own environment, since work on the server does not need it.
$(VENV)-docs/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(VENV)-docs/bin/python -m pip install --quiet --group docs
	touch $@

docs: $(VENV)-docs/.installed ## Build the pages in docs/ as a web site in build/docs and check every link
	@NO_MKDOCS_2_WARNING=1 $(VENV)-docs/bin/mkdocs build --strict

clean: ## Remove everything that was created
	rm -rf $(VENV) $(VENV)-docs $(VENV)-fuzz $(NODE_MODULES) $(UI)/node_modules $(UI_TYPES) qstash_dev/console/static .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
