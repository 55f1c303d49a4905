.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
UV := .venv/bin/uv
OURS := action-workers automation chassis contracts crm-api rule-scheduler signalbox simulators stack trigger-gateway
COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
  $(foreach d,$(OURS),--no-emit-package $(d))
STACK ?= auto
NAME ?=
FROM ?=
ARGS ?=

help:  ## what one can do here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/installed: requirements.txt $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
	@test -x $(PY) || python3 -m venv .venv
	@test -x $(UV) || .venv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@$(UV) pip install --quiet --require-hashes -r requirements.txt
	@$(UV) pip install --quiet --no-deps $(foreach d,$(wildcard libs/* services/*),-e $(d))
	@touch $@

install: .venv/installed  ## make .venv with all that is needed

lock: .venv/installed  ## resolve the dependencies anew, into the hashed locks
	$(COMPILE) --upgrade --group dev pyproject.toml -o requirements.txt
	$(COMPILE) --constraints requirements.txt --group image -o deploy/docker/requirements.txt
	$(COMPILE) --constraints requirements.txt --group image-build -o deploy/docker/build-requirements.txt

lint: .venv/installed  ## style, types, and which room may import which
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy libs/*/src services/*/src tests benchmarks deploy conftest.py
	for tests in libs/*/tests services/*/tests; do .venv/bin/mypy $$tests || exit 1; done
	.venv/bin/lint-imports

format: .venv/installed  ## write the code as the formatter would
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

unit: .venv/installed  ## the tests that need no servers
	$(PY) -m pytest -q libs/contracts libs/automation services/*/tests/unit $(ARGS)

test: .venv/installed  ## every test; starts what it needs
	@mkdir -p .local
	$(PY) -m pytest -n 2 --dist loadfile --junitxml .local/report.xml $(ARGS)

demo: .venv/installed  ## the furniture shop, played against the running services
	$(PY) -m deploy.demo --stack $(STACK)

rehearse: .venv/installed  ## the shop with a clock that one moves; ARGS='--advance 30d' lives a month in moments
	$(PY) -m deploy.rehearsal --stack $(STACK) $(ARGS)

bench: .venv/installed  ## one benchmark: make bench NAME=latency
	$(PY) -m benchmarks.$(NAME) $(ARGS)

fuzz: .venv/installed  ## ten minutes of requests that nobody thought of
	$(PY) -m tests.fuzz $(ARGS)

requirements: .venv/installed  ## which requirements are proven; FROM=.local/report.xml takes the last test run's word
	$(PY) -m tests.requirements $(if $(FROM),--from $(FROM)) $(ARGS)

down: .venv/installed  ## stop what demo or tests left running
	.venv/bin/stack down

.PHONY: help install lock lint format unit test demo rehearse bench fuzz requirements down
