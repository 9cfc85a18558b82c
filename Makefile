# One list of verbs for people, hooks and CI.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
CONFIG ?= config.yaml

# uv is taken from the path, or fetched from the package index into .uv/.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
export UV_PROJECT_ENVIRONMENT := .venv
export UV_COMPILE_BYTECODE := 1
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
BIN := .venv/bin
SDKS := tests/api/ai_sdk tests/api/openai_sdk
WEB := tests/web

.PHONY: help setup demo demo-site ingest serve test test-ray bench evals website test-web check audit fuzz-api format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Fingerpost needs Python 3.11 or newer" >&2; exit 2; }
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet uv

.venv/.synced: pyproject.toml uv.lock | $(filter .uv/bin/uv,$(UV))
	@test -n "$(PYTHON)" || { echo "Fingerpost needs Python 3.11 or newer" >&2; exit 2; }
	$(UV) sync --quiet --locked --python "$(PYTHON)" --no-python-downloads
	@touch $@

setup: .venv/.synced ## the Python environment in .venv/

demo: setup ## ingest docs/ and serve the chat at http://127.0.0.1:8000/
	@$(BIN)/python -m ingest --config $(CONFIG)
	@echo
	@echo "Open http://127.0.0.1:8000/ or try:"
	@echo "  curl -N http://127.0.0.1:8000/v1/chat -H 'content-type: application/json' -d '{\"messages\":[{\"role\":\"user\",\"content\":\"How do I start Fingerpost?\"}]}'"
	@echo
	@$(BIN)/python -m api --config $(CONFIG)

ingest: setup ## bring the index to what the docs folder holds
	$(BIN)/python -m ingest --config $(CONFIG)

serve: setup ## serve the API
	$(BIN)/python -m api --config $(CONFIG)

# The official clients of other languages read our streams in tests; without Node those are skipped.
$(SDKS:%=%/node_modules/.installed): %/node_modules/.installed: %/package-lock.json
	@if command -v npm >/dev/null; then cd $* && npm ci --silent --no-audit --no-fund && touch node_modules/.installed; \
	else echo "no Node: the tests in $* are skipped" >&2; fi

test: setup $(SDKS:%=%/node_modules/.installed) ## the tests; no key, no network but loopback
	$(BIN)/pytest -q -n auto

# Without a key: what is measured is the search and the answers in the docs' own words, the same everywhere.
OFFLINE := env -u OPENAI_API_KEY -u OPENROUTER_API_KEY
evals: setup ## measure search and answers on our own questions, against gates and evals/baseline.json
	$(OFFLINE) $(BIN)/python -m evals retrieval
	$(BIN)/python -m evals compare --fail-on-worse
	$(OFFLINE) $(BIN)/python -m evals answers --no-judge
	$(BIN)/python -m evals compare --fail-on-worse

# Ray is large, so it has an environment of its own, and only here.
test-ray: setup ## the tests of `ingestion.runner: ray`, with Ray
	UV_PROJECT_ENVIRONMENT=.venv-ray $(UV) sync --quiet --locked --extra ray --python "$(PYTHON)" --no-python-downloads
	.venv-ray/bin/pytest -q tests/ingest/test_ray.py

bench: setup ## what produced the figures in the manual; half an hour
	$(BIN)/python -m benchmarks

# The site, its theme and the embed are one npm workspace, the browser tests another package: each is installed once,
# and built when its sources have changed.
.PHONY: embed test-site page-cost
THEME := $(shell find website/theme/src website/theme/locales website/theme/*.json website/theme/*.mjs -type f)
PAGES := $(shell find docs website/src website/static website/*.ts -type f)
EMBED := $(shell find website/embed/src website/embed/*.json website/embed/*.mjs -type f)

website/node_modules/.installed: website/package-lock.json
	@command -v npm >/dev/null || { echo "the website needs Node.js 20 or newer" >&2; exit 2; }
	cd website && npm ci --silent --no-audit --no-fund && touch node_modules/.installed

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json
	cd $(WEB) && npm ci --silent --no-audit --no-fund && touch node_modules/.installed

website/theme/lib/index.js: website/node_modules/.installed $(THEME)
	cd website && npm run --silent theme && npm run --silent sizes

website/build/index.html: website/theme/lib/index.js $(PAGES)
	cd website && npm run --silent site

api/static/embed.js: website/node_modules/.installed $(THEME) $(EMBED)
	cd website && npm run --silent embed -- ../../api/static/embed.js

website: website/build/index.html ## build the demo site, the manual with the chat, into website/build

embed: api/static/embed.js ## build the chat for any page, which the API then serves at /embed.js

demo-site: setup website ## serve the demo site at http://localhost:3000/ together with the API
	@$(BIN)/python -m ingest --config website/config.yaml
	@echo "Open http://localhost:3000/"
	@$(BIN)/python -m api --config website/config.yaml & api=$$!; trap "kill $$api" EXIT; \
	cd website && npm run --silent serve -- --port 3000 --no-open

test-web: setup website embed $(WEB)/node_modules/.installed ## the browser tests; needs Node.js and Chromium (CHROMIUM=FILE)
	cd website && npm run --silent typecheck
	cd $(WEB) && npm test --silent

test-site: setup website/theme/lib/index.js $(WEB)/node_modules/.installed ## from an empty folder to an answer (REACT=18: with that)
	cd $(WEB) && node --test empty-folder.mjs

page-cost: website $(WEB)/node_modules/.installed ## what the chat costs a page that has it shut, by Lighthouse's metrics
	cd $(WEB) && node page-cost.mjs

check: setup ## formatting, lint, types, and who may import whom
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --verbose | tail -n 20

audit: setup ## bandit over the code, pip-audit over the packages (where its advisories can be reached)
	$(BIN)/python .ci/audit.py

fuzz-api: setup ## REQUESTS=10000 made-up requests, held against the OpenAPI document; minutes
	$(BIN)/python -m tests.api.fuzzing --requests $(or $(REQUESTS),10000)

format: setup ## what can be mended without thinking
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --fix .

lock: | $(filter .uv/bin/uv,$(UV)) ## renew uv.lock after a change of pyproject.toml
	$(UV) lock --python "$(PYTHON)" --no-python-downloads

clean: ## everything that can be made again
	rm -rf .venv .venv-ray .uv .fingerpost .mypy_cache .ruff_cache .hypothesis .schemathesis $(SDKS:%=%/node_modules) $(WEB)/node_modules \
		website/node_modules website/build website/.docusaurus website/theme/lib api/static/embed.js* website/build.log website/embed/dist
