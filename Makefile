# One target a habit. `make` alone shows them.

PYTHON := .venv/bin/python
PREFIX := /opt/typecho-search

.DEFAULT_GOAL := help
.PHONY: help run install test lint format docs plugin bench eval drill clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
	    awk -F '|' '{ printf "%-14s %s\n", $$1, $$2 }'

run:  ## index the sample blog and open the search page on 127.0.0.1
	@scripts/setup_python runtime
	@exec $(PYTHON) scripts/demo.py

install:  ## install for a server: sudo make install (PREFIX=/opt/typecho-search)
	@scripts/install "$(PREFIX)"

test:  ## install what the tests need, then run all of them (ARGS="-k words")
	@scripts/test $(ARGS)

lint:  ## check style and types
	@scripts/setup_python dev
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

format:  ## put the code into its standard form
	@scripts/setup_python dev
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

docs:  ## write the table of settings into docs/settings.md
	@scripts/setup_python dev
	@$(PYTHON) -m scripts.settings_table

plugin:  ## build the zip of the Typecho plugin into dist/
	@scripts/build_plugin

bench:  ## measure speed and memory against other engines (ARGS="--posts 1000")
	@scripts/setup_bench
	@$(PYTHON) -m benchmarks.bench $(ARGS)

eval:  ## measure search quality on judged queries
	@scripts/setup_bench
	@$(PYTHON) -m benchmarks.eval $(ARGS)

drill:  ## break everything at random and see that nothing is lost (ARGS="--seed 7")
	@scripts/setup_tests
	@scripts/setup_python dev
	@$(PYTHON) -m benchmarks.drill $(ARGS)

clean:  ## remove all that was built; the blog and its index stay
	@rm -rf .venv .demo .test build dist *.egg-info .pytest_cache .mypy_cache \
	    .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
