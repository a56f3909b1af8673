# Every target sets up what it needs in .venv; a second call does not install again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := dataflow_cli tests tools benchmarks

.PHONY: help demo test lint test-peers figures bench clean

help:
	@echo "make demo        run a handwritten digit through the trained MNIST CNN"
	@echo "make test        the tests"
	@echo "make lint        ruff and mypy"
	@echo "make test-peers  compare with Keras on PyTorch (installs both)"
	@echo "make figures     draw the README's pictures and the docs' tables anew"
	@echo "make bench       measure beside PyTorch, ONNX Runtime and others (installs them)"
	@echo "make clean       remove everything that make made"

demo: $(VENV)/runtime
	$(BIN)/dftrace run configs/mnist-cnn.yaml -i configs/digits/7.png

test: $(VENV)/dev
	$(BIN)/python -m pytest -m "not peers"

lint: $(VENV)/dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

test-peers: $(VENV)/peers
	KERAS_BACKEND=torch $(BIN)/python -m pytest -m peers

figures: $(VENV)/dev
	$(BIN)/python tools/make_docs.py
	$(BIN)/python tools/make_explain_docs.py
	$(BIN)/python tools/make_figures.py
	$(BIN)/python tools/make_pictures.py

bench: $(VENV)/bench
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "dftrace needs Python 3.11 or newer: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/runtime: $(VENV)/python pyproject.toml
	$(PIP) --editable .
	@touch $@

$(VENV)/dev: $(VENV)/python pyproject.toml
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/runtime

$(VENV)/peers: $(VENV)/dev
	$(PIP) --editable '.[dev,peers]'
	@touch $@

$(VENV)/bench: $(VENV)/dev
	$(PIP) --editable '.[dev,bench]'
	@touch $@
