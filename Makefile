# 需要 Python 3.11 以上、make 和 git。
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8080
SIMULATOR_PORT ?= 8090
DATA ?= demo-data
PEOPLE ?= 2000
WORKERS ?= 2
STORIES ?= 256

# Where this is set, every process that the tests start would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup setup-test demo test sweep coverage check check-deploy format lock bench bench-long bench-reminders clean

.venv/.runtime: requirements.lock
	@echo 正在安装要用的程序，第一次要一两分钟…
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/.test: tests/requirements.lock .venv/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	@touch $@

setup: .venv/.runtime

setup-test: .venv/.test

demo: setup
	$(BIN)/python -m bot demo --port $(PORT) --simulator-port $(SIMULATOR_PORT) --data $(DATA) --people $(PEOPLE)

test: setup-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not sweep"

# What goes over everything of a kind, of which `make test` has one each: docs/decisions.md, 40.
sweep: setup-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m sweep

coverage: setup-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term:skip-covered

check: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The files for running it for real, by the programs that will read them, as far as those are installed.
check-deploy:
	docs/deploy/check

format: setup-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-test
	$(BIN)/python -m benchmarks

bench-long: setup-test
	$(BIN)/python -m benchmarks --long
	$(BIN)/python -m benchmarks.kills
	STORIES=$(STORIES) $(BIN)/python -m pytest -q -p no:randomly -n $(WORKERS) tests/handlers/test_reminders_interleavings.py

# The last line is the rate.
bench-reminders: setup-test
	$(BIN)/python -m benchmarks.planning
	$(BIN)/python -m benchmarks.kills
	$(BIN)/python -m benchmarks.reminders

# Versions are chosen anew; the locks carry hashes and no addresses.
lock: setup-test
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra test --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -q -o tests/requirements.lock

clean:
	rm -rf .venv demo-data
