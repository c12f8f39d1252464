# Joiner. `make help` lists what can be made. Needs only a POSIX shell, make and Python >= 3.11; everything else goes into .venv.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
SEEDS   ?= 500
START   ?= 0
JOBS    ?= 2
KILLS   ?= 200
FUZZ_INPUTS   ?= 5000000
FUZZ_REQUESTS ?= 100000
FUZZ_STREAMS  ?= 100000
ONCE    ?=

# Rooms whose rules are pure functions: every branch is covered by fast tests.
comma   := ,
space   := $() $()
PURE    := scim genesys dialects sync lifecycle auth
PURE_TESTS   := $(wildcard $(addprefix tests/,$(PURE) mapping))
PURE_SOURCES := $(subst $(space),$(comma),$(addprefix src/joiner/,$(PURE)))
REST_TESTS   := $(filter-out $(PURE_TESTS) tests/services tests/__pycache__ tests/conftest.py,$(wildcard tests/*))

# Doors that are tested on both databases: what they answer must not depend on it.
ON_POSTGRES := bulk events granted groups groups_inside_groups imports matrix members nasty observed passwords profiles reading samples \
  search search_oracle users writing

PYTEST  := $(BIN)/python -m pytest -q --no-header
RUNTIME := $(VENV)/.joiner-runtime
DEV     := $(VENV)/.joiner-dev
SDK     := $(VENV)/services
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-compile

.DEFAULT_GOAL := help
.PHONY: help setup check format-check lint types contracts pure format test test-postgres test-services demo bench test-kill fuzz simulate standard docs-reference locks clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

setup: $(RUNTIME) ## Create .venv with Joiner in it: afterwards .venv/bin/joiner is the command
	@echo "Ready: $(BIN)/joiner --help" >&2

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Joiner needs Python 3.11 or newer; '$(PYTHON)' is not. Name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	@echo "Creating $(VENV) …" >&2
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(RUNTIME): requirements/postgres.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing Joiner into $(VENV) …" >&2
	@$(INSTALL) --require-hashes -r requirements/postgres.txt -r requirements/build.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements/dev.txt $(RUNTIME)
	@echo "Installing the tools for tests and checks …" >&2
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(SDK)/.joiner-services: requirements/services.txt $(DEV)
	@echo "Installing the official Genesys SDK beside the tools …" >&2
	@$(INSTALL) --no-deps --require-hashes --upgrade --target $(SDK) -r requirements/services.txt
	@touch $@

check: format-check lint types contracts pure ## Format, lint, types, import contracts, fast pure tests with every branch covered (<= 60 s)

format-check: $(DEV)
	$(BIN)/ruff format --quiet --check .

lint: $(DEV)
	$(BIN)/ruff check --quiet .

types: $(DEV)
	$(BIN)/mypy --no-error-summary

contracts: $(DEV)
	@$(BIN)/lint-imports --no-logo > $(VENV)/contracts.txt || { cat $(VENV)/contracts.txt; exit 1; }

pure: export COVERAGE_FILE = $(CURDIR)/$(VENV)/coverage.pure
pure: $(DEV)
	$(BIN)/coverage run --source=$(PURE_SOURCES) -m pytest -q --no-header $(PURE_TESTS)
	@$(BIN)/coverage report --fail-under=100

format: $(DEV) ## Put every file into the one format
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --quiet --fix-only .

test: $(DEV) ## Everything that check leaves out, once: doors, stores, connectors, journeys, simulation, demo (<= 4 min)
	$(PYTEST) -n $(JOBS) $(REST_TESTS)
	$(BIN)/joiner simulate --seeds $(SEEDS) --start $(START) --jobs $(JOBS)
	$(BIN)/joiner demo --once > $(VENV)/demo.txt || { cat $(VENV)/demo.txt; exit 1; }
	$(BIN)/python tests/house/check_story.py $(VENV)/demo.txt

demo: $(RUNTIME) ## See it work: an org with 1,204 people, a plan, an apply, then a running server (ONCE=1: exit after verifying)
	@$(BIN)/joiner demo $(if $(ONCE),--once)

test-postgres: $(DEV) ## The doors of hosted orgs once more, on a real PostgreSQL instead of SQLite
	JOINER_TEST_STORE=postgres $(PYTEST) -n $(JOBS) $(addprefix tests/web/test_org_,$(addsuffix .py,$(ON_POSTGRES)))

test-services: $(SDK)/.joiner-services ## The official Genesys SDK against strict and extended orgs (170 MB, in a folder of its own)
	PYTHONPATH=$(SDK) $(PYTEST) -W default tests/services

bench: $(DEV) ## Measure the engine, then our SCIM server beside scim2-server and scimmy (needs node), and at 100,000 people alone
	$(BIN)/python bench/run.py
	$(BIN)/python bench/scim.py

test-kill: $(DEV) ## Kill engine and server at random moments (KILLS=200) and see that one more cycle converges
	$(BIN)/python tests/kill/run.py --kills $(KILLS)

fuzz: $(DEV) ## Hostile inputs for every parser, histories of requests, streams of HTTP (FUZZ_INPUTS=5000000 FUZZ_REQUESTS=100000 FUZZ_STREAMS=100000)
	$(BIN)/python tests/fuzz/parsers.py --inputs $(FUZZ_INPUTS) --jobs $(JOBS)
	$(BIN)/python tests/fuzz/whole_requests.py --requests $(FUZZ_REQUESTS) --jobs $(JOBS)
	$(BIN)/python tests/fuzz/wire.py --streams $(FUZZ_STREAMS) --jobs $(JOBS)

simulate: $(RUNTIME) ## Run the engine through seeds of faults (SEEDS=500 START=0 JOBS=2)
	$(BIN)/joiner simulate --seeds $(SEEDS) --start $(START) --jobs $(JOBS)

standard: $(DEV) ## How much of RFC 7643, 7644, 9865, 9967 and of the Genesys contract is proven by tests, and what is open
	$(BIN)/python tests/requirements/conformance.py

docs-reference: $(DEV) ## Write the generated pages of docs/reference again
	$(BIN)/python -m joiner.cli.reference docs/reference
	$(BIN)/python tests/config/configuration_page.py
	$(BIN)/python -c 'from joiner.sync.expression.reference_page import reference_page; print(reference_page(), end="")' > docs/reference/expressions.md
	$(BIN)/python -c 'from joiner.dialects.reference_page import reference_page; print(reference_page(), end="")' > docs/reference/connections.md
	for kind in okta entra onelogin ping generic; do \
	  $(BIN)/python -c 'import sys; from joiner.dialects.guide import guide_page; print(guide_page(sys.argv[1]), end="")' $$kind > docs/how-to/connect-$$kind.md; done
	$(BIN)/python tests/requirements/conformance.py --page

locks: $(DEV) ## Draw requirements/*.txt again from pyproject.toml (needs the command uv)
	uv pip compile -q --generate-hashes --no-header --no-annotate --universal -p 3.11 pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --generate-hashes --no-header --no-annotate --universal -p 3.11 --group pyproject.toml:build -o requirements/build.txt
	uv pip compile -q --generate-hashes --no-header --no-annotate --universal -p 3.11 pyproject.toml --extra postgres -c requirements/runtime.txt \
	  -o requirements/postgres.txt
	uv pip compile -q --generate-hashes --no-header --no-annotate --universal -p 3.11 pyproject.toml --extra postgres --group pyproject.toml:dev \
	  --group pyproject.toml:build -c requirements/postgres.txt -c requirements/build.txt -o requirements/dev.txt
	uv pip compile -q --generate-hashes --no-header --no-annotate --universal -p 3.11 --group pyproject.toml:services -c requirements/dev.txt \
	  -o requirements/services.txt

clean: ## Remove what was made: .venv, .demo, caches
	rm -rf $(VENV) .demo .coverage .hypothesis .mypy_cache .ruff_cache .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
