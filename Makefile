# Commands for people. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
export GOTOOLCHAIN ?= local
CACHE := .cache/bin
GO_FILES = $(shell git ls-files '*.go')

.DEFAULT_GOAL := help
.PHONY: help run test check bench build postgres

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: build ## Run everything here with demo data; other ports: make run ARGS="--port 9000"
	@exec bin/switchboard dev $(ARGS)

build: ## Build bin/switchboard
	@echo "building switchboard (the first build on a machine takes some minutes) …"
	@go build -o bin/switchboard ./cmd/switchboard

test: ## Run all tests but the long measurements, on real PostgreSQL and Temporal
	go test -count=1 -timeout 40m ./... # never from the cache: much of it drives a binary that the cache does not know
	cd channel/oracle && go test -timeout 10m ./...

check: $(CACHE)/staticcheck $(CACHE)/workflowcheck ## Formatting, vet, staticcheck, workflowcheck
	@unformatted=$$(gofmt -l $(GO_FILES)); [ -z "$$unformatted" ] || { echo "gofmt would change: $$unformatted"; exit 1; }
	go vet ./...
	cd channel/oracle && go vet ./...
	$(CACHE)/staticcheck ./...
	$(CACHE)/workflowcheck ./workflows/... ./worker/...

bench: build ## Measure, and write bench/results.json
	bin/switchboard bench $(ARGS)

$(CACHE)/staticcheck: tools/check/go.sum
	@mkdir -p $(CACHE)
	cd tools/check && go build -o ../../$@ honnef.co/go/tools/cmd/staticcheck

$(CACHE)/workflowcheck: tools/check/go.sum
	@mkdir -p $(CACHE)
	cd tools/check && go build -o ../../$@ go.temporal.io/sdk/contrib/tools/workflowcheck
