# make run: install everything and serve the chat at http://127.0.0.1:7860
# make test: lint, type checks and all tests

PYTHON ?= python3
PORT ?= 7860
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
SOURCES := rag app.py tests lab benchmarks training tools

.PHONY: run test lint types clean lock

run: .venv/installed
	$(BIN)/python app.py --port $(PORT)

test: .venv/installed-dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/pytest

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; sh tools/install_venv.sh && $(PYTHON) -m venv .venv; }

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	sh tools/install_test_programs.sh $(BIN)
	touch $@

lock: .venv/installed-dev
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

clean:
	rm -rf .venv build *.egg-info
