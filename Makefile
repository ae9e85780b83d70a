# `make chat` and `make test` do all the set-up on a fresh machine. Everything lands in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHROMIUM := $(firstword $(wildcard /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome))
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo "sudo -n")

export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: chat test quick lint bench gate browser clean

chat: $(VENV)/.installed  ## the chat over the sample library, http://127.0.0.1:7860
	$(BIN)/chuchu chat --sample

test: $(VENV)/.dev browser  ## every test
	$(BIN)/python -m pytest

quick: $(VENV)/.dev  ## the tests that take seconds
	$(BIN)/python -m pytest -m "not slow and not browser"

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

gate: $(VENV)/.installed  ## the sample library against its pinned floors
	$(BIN)/chuchu-eval gate --dataset sample

bench: $(VENV)/.dev  ## the numbers in the README; CHUCHU_DATA names the folder of the measuring data
	$(BIN)/python -m eval.bench

browser:
ifeq ($(CHROMIUM),)
	@command -v apt-get >/dev/null && $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium fonts-wqy-microhei \
	|| echo "No Chromium, and apt-get may not install it here: the browser tests will be skipped."
endif

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "Chuchu needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	|| { echo "This Python cannot make virtual environments; install python3-venv (Debian, Ubuntu: sudo apt install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
