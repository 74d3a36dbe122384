# Python 3.11 and make are all that any of this needs. `make test` brings Kafka, a Java and PostgreSQL
# out of packages.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
DEMO := hub-demo
TEST_ARGS ?=

.PHONY: help venv demo test check format bench assure kafka clean

help:  ## What there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

venv: $(READY)  ## .venv from the lock, with hub in .venv/bin

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 is wanted: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(READY)

demo: $(READY)  ## A county of invented people, all the way through
	$(BIN)/hub demo --once --out $(DEMO)

test: $(READY)  ## Everything, on a real Kafka and a real PostgreSQL (KAFKA=4.4.0: that version)
	KAFKA=$(KAFKA) $(BIN)/pytest $(TEST_ARGS)

check: $(READY)  ## Format, lint, types, import contracts, dependencies, policy and schemas
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/hub schema check
	$(BIN)/hub policy render --check
	$(BIN)/hub policy lint
	$(BIN)/hub policy test
	$(BIN)/hub policy never

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## Figures, as JSON Lines (ONLY=path: one of them)
	$(BIN)/python -m tests.bench $(ONLY)

assure: $(READY)  ## The long checks: full counts of the fault tests
	ASSURE=1 $(BIN)/pytest -m assure $(TEST_ARGS)

kafka: $(READY)  ## A real broker on loopback until Ctrl-C; its address comes first
	@$(BIN)/python -W ignore -m tests.real_parts.kafka

clean:  ## What was made, save the environment
	rm -rf $(DEMO) hub-data .pytest_cache .mypy_cache .ruff_cache .hypothesis
