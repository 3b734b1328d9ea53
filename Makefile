# Commands for people. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
export GOTOOLCHAIN ?= local
CACHE := .cache/bin
GO_FILES = $(shell git ls-files '*.go')
WEB_FILES = $(wildcard $(shell git ls-files --cached --others --exclude-standard web/desk web/widget "web/*.json" api/openapi.yaml))

.DEFAULT_GOAL := help
.PHONY: help run test check bench build web postgres

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: build ## Run everything here with demo data; other ports: make run ARGS="--port 9000"
	@exec bin/switchboard dev $(ARGS)

build: web ## Build bin/switchboard
	@echo "building switchboard (the first build on a machine takes some minutes) …"
	@go build -o bin/switchboard ./cmd/switchboard

# Stamps within node_modules, so that they go with it.
web: web/node_modules/.built ## Build the pages: desk and widget

web/node_modules/.installed: web/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20.19 or later"; exit 1; }
	@echo "installing the pages' packages …"
	@cd web && npm ci --no-progress --loglevel=error
	@touch $@

web/node_modules/.built: web/node_modules/.installed $(WEB_FILES)
	@echo "building the pages …"
	@cd web && npm run --silent build
	@touch $@

test: web ## Run all tests but the long measurements, on real PostgreSQL, Temporal and Chromium
	cd web && npm run --silent test
	go test -count=1 -timeout 40m $$(go list ./... | grep -v /e2e/web$$) # never from the cache: much of it drives a binary that the cache does not know
	go test -count=1 -timeout 40m ./e2e/web # by itself: its browsers fill a small machine
	cd channel/oracle && go test -timeout 10m ./...

check: web $(CACHE)/staticcheck $(CACHE)/workflowcheck ## Formatting, vet, staticcheck, workflowcheck; eslint, prettier, tsc
	@unformatted=$$(gofmt -l $(GO_FILES)); [ -z "$$unformatted" ] || { echo "gofmt would change: $$unformatted"; exit 1; }
	go vet ./...
	cd channel/oracle && go vet ./...
	$(CACHE)/staticcheck ./...
	$(CACHE)/workflowcheck ./workflows/... ./worker/...
	cd web && npm run --silent lint && npm run --silent types

bench: build ## Measure, and write bench/results.json
	bin/switchboard bench $(ARGS)

$(CACHE)/staticcheck: tools/check/go.sum
	@mkdir -p $(CACHE)
	cd tools/check && go build -o ../../$@ honnef.co/go/tools/cmd/staticcheck

$(CACHE)/workflowcheck: tools/check/go.sum
	@mkdir -p $(CACHE)
	cd tools/check && go build -o ../../$@ go.temporal.io/sdk/contrib/tools/workflowcheck
