# `make` alone lists what there is. Needs Python 3.11 or later with pip, and make; everything else is put into .venv.

.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:
.NOTPARALLEL:

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python run` names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
PORT ?= 8000
# MEANING=0 leaves out the 200 MB that find articles by their meaning; search then goes by words alone.
BASE := requirements/$(if $(filter 0,$(MEANING)),base,run).txt
VENV := .venv
PY := $(VENV)/bin/python
# The lock names every package with its hash, so pip has nothing to resolve. Left to it, a newer release of one that
# another asks for with an extra (coverage[toml]) is taken up first and refused for want of a hash (pip 23).
PIP_FLAGS := install -q --disable-pip-version-check --no-input --require-hashes --no-deps
# Without ensurepip (Debian's python3 without python3-venv) the machine's pip fills the environment.
PIP = $$($(PY) -c 'import pip' 2>/dev/null && echo "$(PY) -m pip" || echo "$(PYTHON) -m pip --python $(PY)")

# An environment whose Python went away (an upgrade, a moved folder) is made anew.
ifneq ($(wildcard $(VENV)/.made),)
ifneq ($(shell $(PY) -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null),True)
$(shell rm -f $(VENV)/.made)
endif
endif

## run: the site on http://127.0.0.1:8000 with demo content (PORT=9000 moves it; Ctrl-C stops it)
.PHONY: run
run: $(VENV)/.base
	@PORT="$(PORT)" ADVICE_LOCAL=1 exec $(PY) manage.py serve

## test: the whole suite: SQLite, PostgreSQL, a real browser, the quick drills (ARGS="-k word" for pytest; TEST_JOBS=2 in parallel)
.PHONY: test
test: $(VENV)/.test
	@$(PY) -m tests.run $(ARGS)

## test-all: the suite with everything slow in it: full accessibility matrix, hostile texts, full drills
.PHONY: test-all
test-all: $(VENV)/.test
	@$(PY) -m tests.run --full $(ARGS)

## drills: only the drills (crashes, full disks, two workers at once), quick and full
.PHONY: drills
drills: $(VENV)/.test
	@$(PY) -m tests.run --full --part drills $(ARGS)

## check: linters, types, import contracts, migrations, production settings, templates, lock files
.PHONY: check
check: $(VENV)/.test
	@$(PY) -m tests.check

## bench: the pages' speed as ratios to a bare Django page beside them, into docs/performance.md (needs wrk)
.PHONY: bench
bench: $(VENV)/.test
	@$(PY) -m tests.bench $(ARGS)

## bench-search: how well and how fast search finds, beside plain FTS5, BM25 and MiniLM, into docs/performance.md (ARGS="--sizes 1000")
.PHONY: bench-search
bench-search: $(VENV)/.test
	@$(PY) -m tests.bench_search $(ARGS)

## bench-desk: how long the desk's pages take with 10,000 letters beside 100,000 articles, into docs/performance.md
.PHONY: bench-desk
bench-desk: $(VENV)/.test
	@$(PY) -m tests.bench_desk $(ARGS)

## sending: how fast newsletters leave, as ratios to a bare loop of smtplib beside them, into docs/reliability.md
.PHONY: sending
sending: $(VENV)/.test
	@$(PY) -m tests.sending $(ARGS)

## lighthouse: Lighthouse's mobile audit of six pages, into docs/performance.md (needs npm; fetches 190 MB into var/)
.PHONY: lighthouse
lighthouse: $(VENV)/.test
	@$(PY) -m tests.lighthouse $(ARGS)

## screenshots: a picture of every template, 360 and 1280 px, light and dark, into docs/screenshots/
.PHONY: screenshots
screenshots: $(VENV)/.test
	@$(PY) -m tests.screenshots $(ARGS)

## lock: resolve the dependencies of pyproject.toml anew and export requirements/*.txt (needs the network)
.PHONY: lock
lock: $(VENV)/.test
	@$(PY) -m tests.check lock

## install: only make .venv with what the site needs; install-test: with what the tests need, too
.PHONY: install install-test
install: $(VENV)/.base
install-test: $(VENV)/.test

## clean: remove .venv and caches (var/, with its data, stays)
.PHONY: clean
clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

## help: this list
.PHONY: help
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  make \1@\2/p' Makefile | awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

$(VENV)/.made:
	@if [ -z "$(PYTHON)" ]; then \
		echo "This needs Python 3.11 or later, and none is on the PATH (python3 is: $$(python3 --version 2>&1))." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python), then try again." >&2; \
		exit 1; fi
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@if $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then $(PYTHON) -m venv --clear $(VENV); \
	elif $(PYTHON) -c 'import venv, pip' 2>/dev/null; then $(PYTHON) -m venv --clear --without-pip $(VENV); \
	else \
		echo "This Python cannot make virtual environments: its venv and pip modules are missing." >&2; \
		echo "Install them (Debian, Ubuntu: apt install python3-venv), then try again." >&2; \
		exit 1; fi
	@touch $@

$(VENV)/.base: $(BASE) $(VENV)/.made
	@echo "Installing the locked packages ($(BASE)) ..."
	@pip="$(PIP)"; $$pip $(PIP_FLAGS) -r $(BASE)
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.made
	@echo "Installing the locked packages with those of the tests (requirements/test.txt) ..."
	@pip="$(PIP)"; $$pip $(PIP_FLAGS) -r requirements/test.txt
	@touch $@ $(VENV)/.base
