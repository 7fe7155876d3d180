.DEFAULT_GOAL := help
.PHONY: help install browser servers run test test-system test-scale test-deploy test-images test-fault test-mutations soak check lint types imports format bench settings dashboards migrate lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA_DIR ?= .sluice
SECONDS ?= 600
SEED ?=
PYTEST := $(BIN)/python -m pytest

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Sluice needs Python 3.11 or newer. Name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(VENV)/.installed ## make .venv with everything in it

run: install ## start the whole stack and load the real register; Ctrl-C stops it
	$(BIN)/sluice up --demo --data-dir $(DATA_DIR)

browser: ## have the Chromium that tests/browser needs, where this account may install one
	@command -v chromium chromium-browser google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
		|| echo "There is no Chromium: the tests in tests/browser are skipped. To have it: apt-get install chromium"

servers: install ## have the nginx, the Prometheus and the PgBouncer that tests need, where this account may install them
	@command -v nginx >/dev/null && command -v promtool >/dev/null && command -v pgbouncer >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light prometheus pgbouncer >/dev/null; } \
		|| echo "There is no nginx, promtool or pgbouncer: tests in tests/deploy and of poolers are skipped. To have them: apt-get install nginx-light prometheus pgbouncer"

# Half of the time of many a test is waiting: three processes keep two cores busy.
test: install browser ## all tests, on real servers, three processes at a time
	$(PYTEST) -n 3 --dist loadgroup tests

test-system: install ## the black-box tests alone
	$(PYTEST) tests/system

test-scale: install ## the black-box tests, and those of the writers, on tables that are cut into parts by tenant
	SCHEMA=parts $(PYTEST) -n 2 --dist loadgroup tests/system tests/integration/writer

test-deploy: install servers ## what is in deploy/: images, compose, Kubernetes, nginx, Prometheus, by what they are for
	$(PYTEST) -m "deploy or not slow" tests/deploy

test-images: install ## each image as buildah builds it, where that is there, for a quarter of an hour
	$(PYTEST) -m slow tests/deploy

test-fault: install servers ## every fault that we know of, for about 25 minutes; SEED=7 replays a storm
	SEED=$(SEED) $(PYTEST) -m "slow or not slow" tests/fault tests/contract/job_store/servers/test_failover.py tests/integration/between \
		-s --deselect tests/fault/test_mutations.py

test-mutations: install servers ## that the tests can fail: each guarantee removed in turn, two at a time
	$(PYTEST) -n 2 --dist worksteal -m slow tests/fault/test_mutations.py

soak: install ## load and faults for SECONDS=600, with SEED=5; reports slopes of memory, files, connections, keys
	SOAK_SECONDS=$(SECONDS) SEED=$(SEED) $(PYTEST) -m slow tests/fault/test_soak.py -s

check: lint types imports ## lint, types, import rules

lint: install ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install ## mypy --strict
	$(BIN)/mypy

imports: install ## which part may import which
	$(BIN)/lint-imports --no-cache

format: install ## write the code in ruff's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## measure against the limit and the peers, write docs/benchmarks.md; BENCH="--quick" and others change that
	$(BIN)/python -m tests.benchmarks $(BENCH)

settings: install ## write docs/settings.md from the structs that declare settings
	$(BIN)/python -m deploy.settings_table

dashboards: install ## write deploy/grafana/dashboards from the code beside it
	$(BIN)/python -m deploy.grafana

migrate: install ## bring SLUICE_DATABASE_URL to the newest schema
	$(BIN)/sluice migrate

lock: install ## choose new versions and write both requirements.lock again
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --upgrade -o requirements.lock
	$(BIN)/uv pip compile tests/benchmarks/requirements.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet --upgrade -o tests/benchmarks/requirements.lock

clean: ## remove what install, run and the tools have made
	rm -rf $(VENV) .bench $(DATA_DIR) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
