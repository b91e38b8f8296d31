# Mostrador: `make run` starts everything on this machine, `make test` proves it.

PYTHON := .venv/bin/python
PIP := .venv/bin/pip --disable-pip-version-check --no-input -qq install --require-hashes
ITSELF := .venv/bin/pip --disable-pip-version-check -qq install --no-deps --no-build-isolation -e .
BUNDLE := ui/static/dist/manifest.json
NODE_CHECK := node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' >/dev/null 2>&1 \
	|| { echo 'Mostrador needs Node.js 20 or newer: install it and repeat.' >&2; exit 1; }; \
	npm --version >/dev/null 2>&1 \
	|| { echo 'Mostrador needs npm, which comes with Node.js: install it and repeat.' >&2; exit 1; }

.PHONY: run test check bench soak faults setup install lock clean
.DEFAULT_GOAL := run

run: setup
	@MOSTRADOR_ENV=development exec $(PYTHON) -m plugin.dev

test: setup
	@$(PYTHON) -m pytest -n 3 $(ARGS)

check: setup
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo
	@$(PYTHON) -m pytest -q tests/test_repository.py

bench: setup
	@$(PYTHON) -m tests.bench $(ARGS)

soak: setup
	@$(PYTHON) -m tests.soak

# Every action meets every mishap on every platform; a minute or two.
faults: setup
	@$(PYTHON) -m tests.faults

setup: .venv/.installed $(BUNDLE)

# What a server needs, without tests and tools; see docs/operate.md.
install: .venv/.runtime
	@$(NODE_CHECK)
	@npm ci --omit=dev --ignore-scripts --loglevel=error --no-progress >/dev/null
	@node ui/build.mjs
	@echo 'Installed.'

.venv/.runtime: requirements-build.txt requirements.txt pyproject.toml | .venv/bin/pip
	@$(PIP) -r requirements-build.txt
	@$(PIP) --no-build-isolation -r requirements.txt
	@$(ITSELF)
	@touch $@

.venv/.installed: requirements-build.txt requirements-dev.txt pyproject.toml | .venv/bin/pip
	@$(PIP) -r requirements-build.txt
	@$(PIP) --no-build-isolation -r requirements-dev.txt
	@$(ITSELF)
	@touch $@

.venv/bin/pip:
	@found=; for name in python3.11 python3.12 python3.13 python3; do \
		if $$name -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
			>/dev/null 2>&1; then found=$$name; break; fi; done; \
	if [ -z "$$found" ]; then \
		echo 'Mostrador needs Python 3.11 or newer with its venv module: install it and repeat.' >&2; \
		exit 1; fi; \
	echo 'Setting up Python (once, a minute or two)'; \
	$$found -m venv .venv

node_modules/.installed: package.json package-lock.json .npmrc
	@$(NODE_CHECK)
	@echo 'Setting up the panel (once)'
	@npm ci --ignore-scripts --loglevel=error --no-progress >/dev/null
	@touch $@

$(BUNDLE): node_modules/.installed ui/build.mjs $(shell find ui/src -type f 2>/dev/null) \
		$(wildcard integrations/helpdesks/*/bridge.js)
	@node ui/build.mjs

# New versions: edit requirements*.in or package.json, then this.
LOCK := var/lock/bin/pip-compile --quiet --upgrade --generate-hashes --strip-extras \
	--allow-unsafe --no-config --no-header --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links
lock: setup
	@$(PYTHON) -m venv var/lock && var/lock/bin/pip -qq install pip-tools
	@$(LOCK) -o requirements-build.txt requirements-build.in
	@$(LOCK) -o requirements.txt requirements.in
	@$(LOCK) -o requirements-dev.txt requirements-dev.in
	@npm install --package-lock-only --ignore-scripts

clean:
	@rm -rf .venv node_modules ui/static/dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
