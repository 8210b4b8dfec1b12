# Seven verbs. Everything a verb needs is set up by itself; only Python 3.11 or 3.12, pip and make must be there.
.DEFAULT_GOAL := help
.PHONY: help demo test check accuracy lock up down browser packages

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PROJECTS := . shared services/probe-runner services/escalation services/reporting services/dashboard
SERVICES := probe-runner escalation reporting dashboard
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

help:  ## Show these verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: $(READY)  ## Start the product with the pretend contact centre (Ctrl-C stops it)
	@exec $(BIN)/sambung demo

test: $(READY) browser packages  ## Run every test that can run here; what cannot is named
	@$(BIN)/python -m pytest

check: $(READY)  ## Lint, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

accuracy: $(READY) packages  ## Play the corpus to the voice probe; print, and write to docs/, how often it is right
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/corpus/accuracy.py $(ACCURACY)

up:  ## Start the scaled mode with the lab (containers)
	$(COMPOSE) --profile lab up --build

down:  ## Stop the scaled mode; its data stays
	$(COMPOSE) --profile lab down

lock: $(READY)  ## Pin and hash the dependencies anew
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-package shared \
	    --extra lab --group dev $(addsuffix /pyproject.toml,$(PROJECTS)) -o requirements.lock
	@for service in $(SERVICES); do $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-package shared -c requirements.lock deploy/build.in shared/pyproject.toml \
	    services/$$service/pyproject.toml -o deploy/locks/$$service.lock; done
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-package shared \
	    -c requirements.lock --extra lab deploy/build.in shared/pyproject.toml pyproject.toml -o deploy/locks/sambung.lock

browser: $(READY)
	@$(BIN)/python tests/browser.py

packages: $(READY)
	@$(BIN)/python tests/packages.py

# uv, itself pinned and hashed in the lock, installs in seconds what takes pip minutes; where it cannot
# (an index that only pip is set up for), pip does it.
$(READY): requirements.lock $(addsuffix /pyproject.toml,$(PROJECTS))
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 13) else f"Sambung needs Python 3.11 or 3.12, this is {v[0]}.{v[1]}; name another with: make PYTHON=python3.12")'
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@awk '/^[a-z]/ {wanted = /^uv==/} wanted' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.lock
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock \
	    || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation --offline $(addprefix -e ,$(PROJECTS))
	@touch $@
