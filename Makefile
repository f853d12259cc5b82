# Everything a person does here goes through this file: `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
OLDEST := .venv-oldest
DEMO := workspace/demo
PORT ?= 8050
# Models are many small matrices: threads of the linear algebra only get in the way of each other.
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-quick test-oldest check audit format docs bench bench-scale lock browser spark sample clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Rapport needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements/runtime.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.txt
	@touch $@

$(DEV): requirements/dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(RUNTIME)

demo: $(RUNTIME)  ## set up, load the sample study and serve it at http://127.0.0.1:8050
	$(BIN)/python app.py demo --workspace $(DEMO) --port $(PORT)

serve: $(RUNTIME)  ## serve a study of your own: make serve STUDY=path/to/study.toml
	$(BIN)/python app.py serve $(or $(STUDY),$(error name your study: make serve STUDY=path/to/study.toml)) --port $(PORT)

browser:  ## install Debian's Chromium where it is missing (for the browser tests)
	@.ci/install-chromium

spark: $(DEV)  ## install PySpark where there is Java 17 (for the tests of builds on Spark)
	@.ci/install-spark $(BIN)/python

test: $(DEV) browser spark  ## set up and run the tests; RAPPORT_TESTS=all: the exhaustive ones too
	$(BIN)/python -m pytest -n 3 --dist loadgroup -rs

test-quick: $(DEV)  ## the tests that need no browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m 'not browser'

$(OLDEST)/.dev: requirements/dev.txt requirements/oldest.txt | $(BIN)/python
	$(BIN)/python -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/oldest.txt
	@touch $@

# The lock holds the newest DuckDB that is supported; here, in an environment of its own, the oldest
# one runs whatever touches a database, without the browser.
test-oldest: $(OLDEST)/.dev  ## the tests that touch DuckDB, on the oldest version supported
	$(OLDEST)/bin/python -m pytest -n 2 --dist loadgroup \
	  tests/acceptance tests/dashboard tests/etl tests/queries tests/sample_data tests/warehouse

check: $(DEV)  ## format, lint, types, import contracts, SQL lint, docs current, audit
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 queries
	$(BIN)/python -m docs.generate --check
	@.ci/audit

audit: $(DEV)  ## look up known weaknesses of the pinned packages (needs a network)
	@RAPPORT_AUDIT=required .ci/audit

format: $(DEV)  ## put code and SQL into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix --disable-progress-bar --processes 2 queries

docs: $(DEV)  ## write the generated reference pages anew
	$(BIN)/python -m docs.generate

bench: $(DEV)  ## measure the loader, the build, the models and the pages, and how often intervals hold
	$(BIN)/python -m benchmarks.load --repeat 3 --increment
	$(BIN)/python -m benchmarks.models
	$(BIN)/python -m benchmarks.recovery --replicates 1000
	$(BIN)/python -m benchmarks.pages

bench-scale: $(DEV) spark  ## what loads and builds cost as events grow, on DuckDB and on Spark (hours)
	$(BIN)/python -m benchmarks.scale --events 1e6 1e7 --engine duckdb spark
	$(BIN)/python -m benchmarks.scale --events 1e8 --engine duckdb --memory-limit 8GB
	$(BIN)/python -m benchmarks.three_ways --participants 1000000

sample: $(DEV)  ## generate the sample studies anew
	$(BIN)/python -m sample_data.generate

lock: $(DEV)  ## resolve requirements/*.in to pinned, hashed requirements/*.txt
	for name in runtime dev spark; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header requirements/$$name.in -o requirements/$$name.txt; \
	done
	sed -n 's/^duckdb>=\([^,]*\),.*/duckdb==\1/p' requirements/runtime.in \
	  | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate - -o requirements/oldest.txt

clean:  ## remove everything that these targets made, except sample data
	rm -rf $(VENV) $(OLDEST) workspace build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
