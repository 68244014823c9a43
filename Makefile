# Needs Python 3.11 or newer with pip; everything else is installed into .venv with the versions of
# requirements.lock.

PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--constraint requirements.lock --build-constraint requirements.lock --editable '.[server]'
# Modules are compiled once, not by each of the many processes that tests and examples start.
unexport PYTHONDONTWRITEBYTECODE
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

.PHONY: help demo serve test coverage lint bench docs lock clean

help:
	@echo 'make demo    start Sonde and the examples (EXAMPLES="shop chat": only these); Ctrl-C stops all'
	@echo 'make serve   start Sonde alone, on the data of the demo'
	@echo 'make test    run all tests (ARGS="tests/unit -x" runs some)'
	@echo 'make coverage  run all tests and say which lines none of them reached, in a third more time'
	@echo 'make lint    ruff, pyright, import contracts'
	@echo 'make bench   measure, and write bench/RESULTS.md'
	@echo 'make docs    build the documentation into site/'
	@echo 'make lock    resolve the dependencies anew into requirements.lock'
	@echo 'make clean   remove what all of these made, the data of the demo included'

demo: $(VENV)/.demo
	@$(BIN)/python examples/demo.py $(EXAMPLES)

serve: $(VENV)/.demo
	@exec $(BIN)/sonde serve --data-dir .demo/data

test: $(VENV)/.dev
	@.ci/packages
	$(PYTEST) $(ARGS)

coverage: $(VENV)/.dev
	@.ci/packages
	$(PYTEST) --cov=sonde --cov-report=term --cov-fail-under=85

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/python -m bench $(ARGS)

docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo 'Open site/index.html'

lock: $(BIN)/python
	$(BIN)/python .ci/lock

clean:
	rm -rf .demo .bench site build dist .coverage .coverage.* htmlcov \
		.pytest_cache .ruff_cache .hypothesis .import_linter_cache $(VENV)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'cannot find Python 3.11 or newer; name it: make PYTHON=/path/to/python'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --constraint requirements.lock pip

$(VENV)/.demo: requirements.lock pyproject.toml | $(BIN)/python
	@echo 'Installing Sonde into $(VENV) ...'
	@$(INSTALL) --group demo
	@touch $@

$(VENV)/.dev: requirements.lock pyproject.toml | $(BIN)/python
	@echo 'Installing Sonde and its tools into $(VENV) ...'
	@$(INSTALL) --group demo --group lint --group test --group docs
	@touch $@ $(VENV)/.demo
