# Two commands matter: `make demo` and `make test`. Everything else is for the people who build this.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo serve test check bench mutants lock clean help

help:
	@echo "make demo    play the whole story: issue, receive, stack, show, revoke, diploma (pictures in demo-out/)"
	@echo "make serve   start issuer and verifier with the demo's data, to look around in a browser"
	@echo "make test    install what tests need and run everything (style, types, layers, tests)"
	@echo "make bench   measure against the floor and against others (under ten minutes; bench-out/report.md)"
	@echo "make mutants break the stacking rules on purpose and see that a test notices (apart from make test)"
	@echo "make lock    make the lock files again after a change of dependencies"

$(VENV)/pyvenv.cfg:
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "skillspas needs Python 3.11, 3.12 or 3.13; set PYTHON=python3.12, for example")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/pyvenv.cfg requirements/run.txt pyproject.toml
	@echo "Installing the pinned dependencies (once) ..."
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	@echo "Installing what the tests need (once) ..."
	$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/python -m demo.story

serve: $(VENV)/.run
	@$(BIN)/python -m demo.serve

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

tests/interop/node_modules/.installed: tests/interop/package-lock.json
	@if command -v npm >/dev/null 2>&1; then cd tests/interop && npm ci --no-audit --no-fund --silent && touch node_modules/.installed; \
	else echo "npm is not here: the tests with foreign wallets will be skipped (install Node.js 20 or newer)"; fi

test: check tests/interop/node_modules/.installed
	$(BIN)/python -m pytest -n auto

bench: $(VENV)/.test tests/interop/node_modules/.installed
	$(BIN)/python -m tests.benchmarks

mutants: $(VENV)/.test
	$(BIN)/python -m tests.mutants.run

lock:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --extra build pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header --extra build --extra test pyproject.toml -o requirements/test.txt

clean:
	rm -rf $(VENV) demo-out demo-data bench-out tests/interop/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
