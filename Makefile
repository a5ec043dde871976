# What you may do here. `make run` and `make test` need Python 3.11+ and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test lint bench clean translations

PYTHON ?= python3
BIN := .venv/bin
SAMPLE := EXCHANGE_MODE=sample FLASK_APP=wsgi OMP_NUM_THREADS=2
FLASK := $(SAMPLE) $(BIN)/python -m flask

help:
	@echo "make run           build the environment and serve the site with sample data (PORT=8000)"
	@echo "make test          lint and the whole test suite (installs Chromium where it can)"
	@echo "make lint          ruff: check and format"
	@echo "make bench         the benchmarks on the labelled sample pairs"
	@echo "make translations  gather texts and compile the English catalogue"
	@echo "make clean         forget the sample data and everything derived from it"

# Stamps: an unchanged requirements file installs nothing the second time.
.venv/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what runs the site (a few minutes, the first time only) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/run.stamp
	@echo "Installing what tests it ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: .venv/run.stamp
	@$(FLASK) prepare
	@exec env $(SAMPLE) $(BIN)/python -m flask serve

test: .venv/dev.stamp
	@sh .ci/chromium
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/pybabel -q compile -d marketplace/translations
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: .venv/dev.stamp
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: .venv/dev.stamp
	$(BIN)/python -m benchmarks.matching
	$(BIN)/python -m benchmarks.search --sizes 1k

# Babel passes over folders whose name starts with _ (the macros) unless told which to ignore.
translations: .venv/run.stamp
	$(BIN)/pybabel -q extract -F babel.cfg --ignore-dirs '.*' --sort-output --no-location -o .venv/messages.pot .
	$(BIN)/pybabel -q update -N -w 100 --ignore-obsolete --ignore-pot-creation-date -i .venv/messages.pot -d marketplace/translations
	$(BIN)/pybabel compile -d marketplace/translations --statistics

clean:
	rm -rf instance
