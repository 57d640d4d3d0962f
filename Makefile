# What CI runs is `make check`; everything else is for working on msgdeploy.
GO      ?= go
BIN     := bin/msgdeploy
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Pulumi writes its own version into each state; it is empty unless it is linked in.
PULUMI  := $(shell $(GO) list -m -f '{{.Version}}' github.com/pulumi/pulumi/sdk/v3)
LDFLAGS := -s -w -X main.version=$(VERSION) -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$(PULUMI)

.PHONY: all build release test lint update check strangers postgresql bench fuzz kills clean

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
# emulators of SNS and SQS and of Azure's storage, a simulator of IAM, and PostgreSQL. What is of npm needs Node 20 or later.
strangers: internal/strangers/node_modules postgresql
	$(GO) test -tags strangers -run 'Stranger' ./cmd/msgdeploy ./deploy ./providers/aws/... ./providers/azure

internal/strangers/node_modules: internal/strangers/package-lock.json
	npm ci --prefix internal/strangers --no-audit --no-fund
	touch $@

# A server of PostgreSQL, of Debian, where there is none.
postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy postgresql; }

bench: build
	$(GO) run ./internal/bench -bin $(BIN)

fuzz:
	$(GO) test -run '^$$' -fuzz FuzzLoad -fuzztime 60s ./spec
	$(GO) test -run '^$$' -fuzz FuzzPatch -fuzztime 60s ./spec
	$(GO) test -run '^$$' -fuzz FuzzSchema -fuzztime 60s ./spec
	$(GO) test -run '^$$' -fuzz FuzzRead -fuzztime 60s ./asyncapi
	$(GO) test -run '^$$' -fuzz FuzzResolve -fuzztime 60s ./spec
	$(GO) test -run '^$$' -fuzz FuzzJournal -fuzztime 60s ./deploy

# Kills at 200 moments, and power cuts and full disks at every call of the disk, where `make test` tries a few of each.
kills:
	$(GO) test -timeout 60m -run 'TestKill|TestPowerCut|TestFullDisk|TestReadOnlyDisk' ./deploy -thorough

clean:
	rm -rf bin
