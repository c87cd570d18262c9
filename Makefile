# Every target does its own set-up and is instant when there is nothing to do. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

VENV := .venv
PY   := $(VENV)/bin/python
# The demo brand is made on the first start only; `make run DEMO=` starts an empty product.
DEMO ?= --demo
# Two test processes share the machine; one would leave a core idle, more would fight over it.
PYTEST_WORKERS ?= 2
PYTEST_ARGS ?=

.PHONY: help run test test-thorough check test-python test-web test-e2e bench bench-chart pictures requirements web client clean \
        setup-runtime setup-dev setup-web setup-browser setup-clients setup-postgres setup-spark

help: ## what can be made
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

run: setup-runtime web ## set up and start everything, with a demo brand at the first start
	@$(if $(DEMO),export HUIKE_BRAND_NAME="$${HUIKE_BRAND_NAME:-青禾茶点}";) \
	exec $(PY) -m huike up $(DEMO) --stop-with-parent=$$PPID

test: check test-python test-web test-e2e ## every test: Python, TypeScript, and end to end in Chromium

# Random order and seeds, and every example: minutes more, each time other cases. `make test` is the same each time.
test-thorough: export HUIKE_THOROUGH := 1
test-thorough: test ## the same with more tries, each time others

check: setup-dev ## style, types and the order of the packages
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

test-python: setup-dev setup-postgres setup-spark ## Python tests on a real PostgreSQL and a real Spark cluster
	$(VENV)/bin/pytest tests --ignore=tests/e2e --ignore=tests/clients -n $(PYTEST_WORKERS) --dist loadfile \
	  --no-loadscope-reorder -ra $(PYTEST_ARGS)

test-web: setup-dev web ## types, lint, unit tests and build of the web client
	cd web && npm run check
	cd web && npm test
	cd web && npm run size

# The tests of the product share one that runs, like a day's work: in one order, so that a failure can be seen again.
test-e2e: setup-dev setup-browser setup-clients web ## the product in Chromium; others' tracking clients against it
	$(VENV)/bin/pytest tests/e2e -p no:randomly -ra $(PYTEST_ARGS)
	$(VENV)/bin/pytest tests/clients -ra $(PYTEST_ARGS)

bench: setup-dev ## every measurement; one JSON line per case on standard output
	@for script in bench/bench_*.py; do $(PY) "$$script"; done

bench-%: setup-dev ## one measurement, such as bench-count (SIZES=1m limits it)
	@$(PY) bench/bench_$(subst -,_,$*).py

bench-chart: setup-dev setup-spark ## the time of counts against the number of customers, DuckDB and Spark, as a chart
	@mkdir -p bench/out
	SIZES=$${SIZES:-100k,1m,10m} ENGINES=duckdb,spark $(PY) bench/bench_count.py > bench/out/count.jsonl
	$(PY) bench/chart_count.py bench/out/count.jsonl docs/pictures/counts.svg

pictures: setup-dev setup-browser web ## the pictures of the README, taken from a running product
	$(PY) docs/pictures/take.py

web: setup-web ## build the web client into huike/web_dist
	@scripts/build-web

client: setup-dev setup-web ## the TypeScript client from the server's own description of its API
	$(PY) -m huike openapi > web/openapi.json
	cd web && npm run generate

# --no-emit-*: a lock file pins names, versions and hashes; where they are fetched from is the machine's own affair.
requirements: setup-dev ## compile requirements/*.in to pinned, hashed *.txt
	@for name in runtime spark dev spark-cluster; do \
	  $(VENV)/bin/uv pip compile requirements/$$name.in --output-file requirements/$$name.txt --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" --python-version 3.11; \
	done

setup-runtime:
	@scripts/setup-python runtime

setup-dev:
	@scripts/setup-python dev

setup-web:
	@scripts/setup-web

setup-browser:
	@scripts/setup-browser

setup-clients: setup-web
	@scripts/setup-clients

setup-postgres:
	@scripts/setup-postgres

setup-spark: setup-dev
	@scripts/setup-spark

clean: ## remove what was built or installed here; the data folder is kept
	rm -rf $(VENV) .spark web/node_modules huike/web_dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .setup .test-template
	find huike tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
