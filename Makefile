# SPDX-License-Identifier: EUPL-1.2
# make demo: log in with an emulated health card.   make test: everything that can fail.

VERSION     := $(shell sed -n 's/^var version = "\(.*\)"/\1/p' daemon/main.go)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
VULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0
GOFLAGS_BIN := -trimpath -ldflags='-s -w'
FUZZTIME    ?= 30s
export GOFLAGS := -buildvcs=false

.PHONY: build dist demo test test-go test-js test-e2e race interop dist-check lint bench fuzz clean setup-build setup-dist setup-dist-check setup-test setup-demo setup-interop setup-fuzz

build: setup-build
	installer/build.sh bin
	go build $(GOFLAGS_BIN) -o bin/ponte-testcard ./testcard/cmd/ponte-testcard
	go build $(GOFLAGS_BIN) -o bin/ponte-demo ./portal/demo
	npm run --silent build
	node portal/demo/assets.mjs bin/demo-assets

# Everything that is published, in dist/. Keys and what else it takes from the environment: docs/enterprise.md.
dist: setup-dist
	go run ./installer -out dist

# Where pcscd has no virtual reader, an agent with an emulated card inside takes its place: no other target builds one.
demo: setup-demo build
	@rm -f bin/ponte-demo-agent
	@ls /usr/lib*/pcsc/drivers/serial/libifdvpcd.so* >/dev/null 2>&1 || go build -tags demo -o bin/ponte-demo-agent ./daemon
	node tools/demo.mjs

test: setup-test build test-go test-js test-e2e

# Packages that start a pcscd or a display of their own run beside each other; two at a time is what two cores bear.
test-go:
	go test -p 2 -timeout 30m ./...

# The same tests under Go's race detector, of all that has goroutines. It takes twice as long.
race: setup-test
	go test -race -p 2 -timeout 60m ./daemon/... ./nativehost ./internal/... ./portal/... ./testcard/...

test-js:
	npm run --silent typecheck
	npm test --silent

# A file that never ends is a failure too: each takes a few minutes, a quarter of an hour on a busy machine at the most. What
# a test that failed has left open keeps nobody waiting.
test-e2e:
	node --test --test-force-exit --test-concurrency=1 --test-timeout=900000 e2e/*.test.mjs

# Others judge what we sign, and what was tampered with: pyHanko and EU DSS, fetched into build/interop the first time.
interop: setup-interop
	go run ./tools/interop

# The packages for the architecture of Linux that is not this computer's: compared with this computer's, built once more with
# nothing at hand, and their programs run in qemu. Before a release; too long for each change.
dist-check: setup-dist-check
	go test -count=1 -timeout 60m -tags dist -run TestThePackagesForTheOtherArchitecture -v ./installer

lint: setup-test
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt would change: $$unformatted"; exit 1; }
	go vet -tags dist ./...
	GOOS=windows CGO_ENABLED=0 go vet ./daemon/... ./nativehost ./internal/... ./protocol ./portal/...
	GOOS=darwin CGO_ENABLED=0 go vet ./daemon/... ./nativehost ./internal/... ./protocol ./portal/...
	go run $(STATICCHECK) -tags dist ./...
	tools/vulncheck.sh $(VULNCHECK)
	npm run --silent typecheck
	npm run --silent lint
	npm run --silent lint:ext

bench: build setup-test
	go run ./bench

# Each fuzz test in turn; go test -fuzz takes one at a time. Then the module in C, by AFL++. FUZZTIME is in seconds.
fuzz: setup-fuzz
	@for package in $$(go list ./...); do \
		for name in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$name"; \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package || exit 1; \
		done; \
	done
	@mkdir -p build/fuzz; $(MAKE) -s -C browsermodule OUT=../build/fuzz FUZZTIME=$(FUZZTIME:s=) fuzz

setup-build setup-dist setup-dist-check setup-test setup-demo setup-interop setup-fuzz: setup-%:
	tools/setup.sh $*

clean:
	rm -rf bin dist
