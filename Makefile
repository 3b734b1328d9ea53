# Commands for people. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
export GOTOOLCHAIN ?= local
CACHE := .cache/bin
GO_FILES = $(shell git ls-files '*.go')
WEB_FILES = $(wildcard $(shell git ls-files --cached --others --exclude-standard web/desk web/widget web/docs web/shared "web/*.json" api/openapi.yaml))

.DEFAULT_GOAL := help
.PHONY: help generate run test test/unit test/rest test/faults race race/short check check/go check/web bench build web

help: ## List the commands
	@grep -hE '^[a-z/-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: build ## Run everything here with demo data; other ports: make run ARGS="--port 9000"
	@exec bin/switchboard-dev dev $(ARGS)

build: web ## Build bin/switchboard, the product, and bin/switchboard-dev
	@echo "building switchboard (the first build on a machine takes some minutes) …"
	@go build -o bin/ ./cmd/switchboard ./cmd/switchboard-dev

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

# Packages that need no server and no browser.
UNIT = $(shell go list -f '{{$$p := .ImportPath}}{{join .TestImports " "}} {{join .XTestImports " "}} {{$$p}}' ./... | \
	grep -vE 'switchboard/(store/storetest|test/rig|dev/stack) |switchboard/(test/[^ ]*|dev/stack|bench|cmd/[^ ]*)$$' | sed 's/.* //')
# Packages whose tests take databases of one PostgreSQL.
STORED = ./store ./api ./api/core ./mailer ./ingest ./live/agentstream ./webhook ./activities ./live/visitorchat ./relay ./store/pg
# Packages that run the whole product, those first that wait most.
WHOLE = ./test/e2e/kills ./test/e2e/crash ./test/e2e/campaign ./test/e2e ./dev/stack ./test/e2e/dev

# Those of them that are run with the race detector before each change.
RACED = ./ingest ./live/agentstream ./relay ./webhook ./live/visitorchat ./store/pg
# Vetting is make check's; what only a debugger reads is a third of what it takes to link.
RACE = go test -race -vet=off -ldflags='-s -w' -timeout 15m
# Packages that are in none of these lists.
REST = $$(go list ./... | grep -vE 'switchboard/(test/.*|store|store/pg|api|api/core|mailer|ingest|live/.*|webhook|activities|relay|dev/stack)$$')

test: web ## Run all tests in their short form, on real PostgreSQL, Temporal and Chromium
	cd web && npm run --silent test
	go run ./test/run $(WHOLE) $(STORED) $(REST) then ./test/e2e/web
	cd channel/oracle && go test -vet=off -timeout 10m ./...

test/rest: web ## What make race/short has not run already
	cd web && npm run --silent test
	go run ./test/run $(WHOLE) $(filter-out $(RACED),$(STORED)) ./cmd/... ./bench then ./test/e2e/web
	cd channel/oracle && go test -vet=off -timeout 10m ./...

test/unit: ## Run the tests that need no server: the domain, workflows, vectors
	go test -timeout 5m $(UNIT)
	cd channel/oracle && go test -timeout 5m ./...

test/faults: web ## Run the long form: crowds, hundreds of kills, soaks, a million lines
	go run ./test/run -faults -p 1 $(WHOLE) ./test/e2e/soak $(STORED) ./domain/recipient then ./test/e2e/web

race: web ## Look for data races: the unit tier, and what stores, streams and relays
	$(RACE) $(UNIT)
	go run ./test/run -race -light $(RACED) ./store -- -timeout 30m

race/short: web ## The part of it that takes minutes
	$(RACE) $(UNIT)
	go run ./test/run -race -light $(RACED)

generate: web/node_modules/.installed ## Generate the pages' types from api/openapi.yaml
	cd web && npm run --silent generate

check: check/go check/web ## Formatting, vet, staticcheck, workflowcheck; eslint, prettier, tsc

check/go: web $(CACHE)/staticcheck $(CACHE)/workflowcheck
	@unformatted=$$(gofmt -l $(GO_FILES)); [ -z "$$unformatted" ] || { echo "gofmt would change: $$unformatted"; exit 1; }
	go vet ./...
	cd channel/oracle && go vet ./...
	$(CACHE)/staticcheck ./...
	$(CACHE)/workflowcheck ./workflows/... ./worker/...

check/web: web
	cd web && npm run --silent lint && npm run --silent types
	@cd web && npx openapi-typescript ../api/openapi.yaml | cmp -s - shared/schema.d.ts || \
		{ echo "web/shared/schema.d.ts is not what api/openapi.yaml says: run make generate"; exit 1; }

bench: build ## Measure, and write bench/results.json
	bin/switchboard-dev bench $(ARGS)

$(CACHE)/staticcheck: tools/check/go.sum
	@mkdir -p $(CACHE)
	cd tools/check && go build -o ../../$@ honnef.co/go/tools/cmd/staticcheck

$(CACHE)/workflowcheck: tools/check/go.sum
	@mkdir -p $(CACHE)
	cd tools/check && go build -o ../../$@ go.temporal.io/sdk/contrib/tools/workflowcheck
