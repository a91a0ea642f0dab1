# Everything a newcomer needs: `make demo` and `make test` set up what they use.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
LINT := .venv-lint

.DEFAULT_GOAL := help
.PHONY: help setup demo test check up down bench lock clean

help:
	@echo "make demo    see it work: local cloud, three sheets, account sheets on disk"
	@echo "make test    make check, then every test"
	@echo "make check   style, dependency rule, template and state machine"
	@echo "make up      a local cloud to play with (make down stops it)"
	@echo "make bench   the figures of the design, as ratios to their anchors"
	@echo "make lock    renew every lock file"
	@echo "make clean   throw away everything that was built"
