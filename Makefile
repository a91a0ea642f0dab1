# Everything a newcomer needs. `make demo` and `make test` set up what they use.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
LINT := .venv-lint
# Our own asserts on the template as CloudFormation gets it, and on the state machine.
GATE := tests/infra/test_template.py tests/infra/test_alarms.py tests/infra/test_state_machine.py
BUNDLES := import_sheet sif_pull gg4l_hook sync accounts

# What pip is told of the index and its certificate, uv is told too.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
export UV_COMPILE_BYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check audit licences up down bench prove lock clean

help:
	@echo "make demo    see it work: local cloud, three sheets, account sheets on disk"
	@echo "make test    make check, then every test"
	@echo "make check   style, dependency rule, template and state machine, security gate"
	@echo "make audit   whether a pinned version has a known vulnerability"
	@echo "make licences  write infra/licences.md"
	@echo "make up      a local cloud to play with; make down stops it"
	@echo "make bench   the figures of the design, as ratios to their anchors"
	@echo "make prove   attacks, mutants, faults, kills, a simulated site: the promises, one by one; ARGS=\"--only hostile\""
	@echo "make lock    renew every lock file"
	@echo "make clean   throw away what was built"

setup: $(VENV)/.ready

$(UV): requirements-uv.lock infra/bootstrap.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Rollbook needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) infra/bootstrap.py $(VENV) requirements-uv.lock
	@touch $@

$(VENV)/.ready: $(UV) requirements.lock pyproject.toml
	$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements.lock
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@

$(LINT)/.ready: $(VENV)/.ready requirements-lint.lock
	$(UV) venv --quiet --clear --python $(PY) $(LINT)
	$(UV) pip install --quiet --python $(LINT)/bin/python --require-hashes -r requirements-lint.lock
	@touch $@

demo: setup
	$(PY) -m cli.demo

# A file stays with one worker, so that what it starts (a local cloud, DynamoDB Local) is started once in each.
test: check $(VENV)/.fuzz
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile

check: setup $(LINT)/.ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/cfn-lint
	$(PY) -m infra.asl build/sync.template.json
	$(VENV)/bin/cfn-lint --template build/sync.template.json
	$(LINT)/bin/checkov --config-file .checkov.yaml --file template.yaml
	$(PY) -m pytest -q $(GATE)

audit: setup $(LINT)/.ready
	$(PY) -m infra.audit $(LINT)/bin/pip-audit

licences: setup $(LINT)/.ready
	$(PY) -m infra.licences $(LINT)/bin/pip-licenses

up: setup
	$(VENV)/bin/rollbook local up

down: setup
	$(VENV)/bin/rollbook local down

bench: setup
	$(PY) -m tests.bench

prove: setup $(VENV)/.fuzz
	$(PY) -m tests.prove $(ARGS)

# atheris has wheels for some Pythons only: without it fuzzing is left out, which `prove` and `test` say.
$(VENV)/.fuzz: $(VENV)/.ready requirements-fuzz.lock
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements-fuzz.lock \
	  || echo "No atheris for this Python: fuzzing is left out."
	@touch $@

# Every version is pinned with its hashes; the bundles get the versions that the tests ran with.
COMPILE = $(UV) pip compile --quiet --no-header --generate-hashes $(UPGRADE)
lock: UPGRADE ?= --upgrade
lock: $(UV)
	$(COMPILE) --universal --python-version 3.11 requirements-uv.in -o requirements-uv.lock
	$(COMPILE) --universal --python-version 3.11 --all-extras pyproject.toml -o requirements.lock
	$(COMPILE) --universal --python-version 3.11 requirements-lint.in -o requirements-lint.lock
	$(COMPILE) --universal --python-version 3.11 requirements-fuzz.in -o requirements-fuzz.lock
	for bundle in $(BUNDLES); do $(COMPILE) --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
	  -c requirements.lock functions/$$bundle/requirements.in -o functions/$$bundle/requirements.txt || exit 1; done

clean:
	rm -rf build .aws-sam demo-output .ruff_cache .pytest_cache .hypothesis $(VENV)/.ready $(VENV)/.fuzz $(LINT)
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +
