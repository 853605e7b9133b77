# Every recipe works on a machine with nothing but Python >= 3.11 and make.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test torture test-deps check bench lock schema reference picture clean install-service uninstall-service

help: ## Show what can be made.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1|/' | column -t -s '|'

demo: $(VENV)/ready ## See the whole product work on an invented web, offline.
	$(BIN)/repwatch demo

check: $(VENV)/test-ready ## Lint, types, floors, the reference, and the example configuration against its schema.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.check_example

test: $(VENV)/test-ready .venv-searxng/ready ## Run every test; those that need a Debian part skip where it is missing.
	$(BIN)/python -m pytest

torture: $(VENV)/test-ready ## As root, for hours: the fault campaigns in their long form (ARGS="kills --kills 100 --seed 8").
	$(BIN)/python -m tests.torture $(ARGS)

test-deps: .feedparser-tests/ready ## Install the Debian parts of the tests (as root), and fetch feedparser's test feeds.
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends chromium dovecot-imapd openssl fiu-utils fonts-dejavu-core \
	  fonts-liberation searx shellcheck strace systemd

bench: $(VENV)/test-ready .venv-bench/ready ## Measure: ratios to a peer and to a bare interpreter, in one run.
	$(BIN)/python bench/startup.py
	$(BIN)/python -m bench.idle
	$(BIN)/python bench/feeds.py

reference: $(VENV)/ready ## Write the reference of the kinds of sources anew.
	$(BIN)/python docs/reference.py

schema: $(VENV)/ready ## Write the JSON Schema for editors anew.
	$(BIN)/repwatch config schema config/repwatch.schema.json

picture: $(VENV)/test-ready ## Take the README's picture of the report anew (needs Chromium).
	$(BIN)/python docs/picture.py

install-service: ## As root: install the daemon for systemd, below PREFIX (/opt/repwatch).
	PYTHON=$(PYTHON) config/service.sh install

uninstall-service: ## As root: remove it again; the configuration and the database stay.
	config/service.sh uninstall

$(VENV)/ready: requirements/repwatch.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements/repwatch.txt
	$(PIP) --no-build-isolation --no-deps -e .
	touch $@

$(VENV)/test-ready: requirements/test.txt $(VENV)/ready
	$(PIP) --require-hashes -r requirements/test.txt
	touch $@

# The feeds are in the source distribution alone, of which pip wants the metadata made, by our setuptools.
.feedparser-tests/ready: requirements/repwatch.txt $(VENV)/test-ready
	mkdir -p $(@D)
	sed -n '/^feedparser==/,/[^\\]$$/p' $< > $(@D)/wanted.txt
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --no-build-isolation \
	  --no-binary feedparser --dest $(@D) -r $(@D)/wanted.txt
	touch $@

.venv-searxng/ready: requirements/searxng.txt
	$(PYTHON) -m venv .venv-searxng
	.venv-searxng/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

.venv-bench/ready: requirements/bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

lock: ## Pin every dependency anew (needs uv).
	$(LOCK) --upgrade pyproject.toml requirements/build.in --extra demo -o requirements/repwatch.txt
	$(LOCK) --upgrade pyproject.toml requirements/build.in requirements/test.in --extra demo -c requirements/repwatch.txt -o requirements/test.txt
	$(LOCK) --upgrade requirements/searxng.in -o requirements/searxng.txt
	$(LOCK) --upgrade requirements/bench.in -o requirements/bench.txt

clean: ## Remove what was built; the database and the configuration stay.
	rm -rf $(VENV) .venv-searxng .venv-bench .feedparser-tests .mypy_cache .ruff_cache .pytest_cache demo-report
