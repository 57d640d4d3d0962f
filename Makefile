# What CI runs is `make check`; everything else is for working on msgdeploy.
GO      ?= go
BIN     := bin/msgdeploy
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Pulumi writes its own version into each state; it is empty unless it is linked in.
PULUMI  := $(shell $(GO) list -m -f '{{.Version}}' github.com/pulumi/pulumi/sdk/v3)
LDFLAGS := -s -w -X main.version=$(VERSION) -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$(PULUMI)

.PHONY: all build release test lint update check strangers packages edits kills soak bench fuzz clean

all: build lint test

build:
	$(GO) build -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/msgdeploy

# One static file that runs anywhere. Its flags share nothing with the build cache of the others.
release:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/msgdeploy

test:
	$(GO) test ./...

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	golangci-lint run

# Rewrites every golden file from what the code does now: read the diff before you commit it.
update:
	$(GO) test ./... -update

check: build lint test
	git diff --exit-code

# Programs that nobody here wrote, to check ourselves with: the stock pulumi CLI, the nats CLI, AsyncAPI's parser,
# emulators of SNS and SQS and of Azure's storage, a simulator of IAM, PostgreSQL, Mermaid, Graphviz, Chromium, and what
# GitHub's runners have. What is of npm needs Node 20 or later.
strangers: internal/strangers/node_modules packages
	$(GO) test -tags strangers -run 'Stranger' ./cmd/msgdeploy ./deploy ./providers/aws/... ./providers/azure ./report/... ./ci

internal/strangers/node_modules: internal/strangers/package-lock.json
	npm ci --prefix internal/strangers --no-audit --no-fund
	touch $@

# Debian's packages of which a program is missing: a browser, Graphviz, PostgreSQL, and what the scripts of ci/ use and are
# checked with.
packages:
	@missing=; \
	need() { for program in $$2; do command -v $$program >/dev/null && return; done; missing="$$missing $$1"; }; \
	need "chromium fonts-dejavu-core" "chromium google-chrome"; need graphviz dot; \
	need postgresql /usr/lib/postgresql/*/bin/initdb; \
	for tool in curl jq unzip shellcheck pre-commit; do need $$tool $$tool; done; \
	test -z "$$missing" || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; }

# All edits of all cases, previewed and carried out with two plugins that know nothing of each other: `make test` has a sample.
edits:
	$(GO) test ./cmd/msgdeploy -run '^TestEdits$$' -timeout 10h -edits

# A random walk over edits, operations, crashes, failures and drift that compares the program, the state and the world
# after each step. It goes on for as long as SOAK says, with other seeds each time; what fails is printed with its seed.
SOAK ?= 2h
soak:
	$(GO) test ./deploy -run '^TestSoak$$' -timeout 0 -v -soak $(SOAK) -soak-seed $$(date +%s)

bench: build
	$(GO) run ./internal/bench -bin $(BIN)
	$(GO) test ./deploy -run '^$$' -bench 'Ratio|Journal|Destroy' -benchtime 1x

fuzz:
	$(GO) test -run '^$$' -fuzz FuzzLoad -fuzztime 60s ./spec
	$(GO) test -run '^$$' -fuzz FuzzPatch -fuzztime 60s ./spec
	$(GO) test -run '^$$' -fuzz FuzzSchema -fuzztime 60s ./spec
	$(GO) test -run '^$$' -fuzz FuzzRead -fuzztime 60s ./asyncapi
	$(GO) test -run '^$$' -fuzz FuzzResolve -fuzztime 60s ./spec
	$(GO) test -run '^$$' -fuzz FuzzJournal -fuzztime 60s ./deploy
	$(GO) test -run '^$$' -fuzz FuzzPlan -fuzztime 60s ./plan

# Kills at 200 moments, and power cuts and full disks at every call of the disk, where `make test` tries a few of each.
kills:
	$(GO) test -timeout 60m -run 'TestKill|TestPowerCut|TestFullDisk|TestReadOnlyDisk' ./deploy -thorough

clean:
	rm -rf bin
