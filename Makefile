# `make demo` and `make test` each set up what they need; both may be run in any order, and again. `make test-long` runs the long studies
# of the tests, about an hour.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-run
TEST_READY := $(VENV)/.ready-test

.PHONY: demo test test-long lint clean

demo: $(RUN_READY)
	$(BIN)/jiedao demo

test: $(TEST_READY) lint
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --durations 20

test-long: $(TEST_READY)
	$(BIN)/python -m pytest -m long

lint: $(TEST_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

$(RUN_READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "jiedao needs Python 3.11 or newer; set PYTHON=python3.x")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e .
	touch $@

$(TEST_READY): $(RUN_READY)
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) out build *.egg-info
