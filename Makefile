# What a developer runs. CI runs `make test` and `make check`.
GO          ?= go
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 30s

.PHONY: run test check bench soak fuzz build

# The main job on a model that ships: every property of an ESXi host's CPU scheduler, and its mutants.
run:
	$(GO) run ./cmd/bulkhead check model/esxi/cpu.bh

build:
	$(GO) build -o bin/bulkhead ./cmd/bulkhead

# Everything that must pass, in under five minutes on two cores.
test:
	$(GO) test ./...

# What CI adds: the linters, the race detector where goroutines meet, the layout of all Go and .bh files.
check:
	$(GO) build ./...
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@out=$$($(GO) run $(GOFUMPT) -l .); if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	$(GO) run ./cmd/bulkhead fmt --check $$(git ls-files '*.bh' ':!:*testdata*')
	$(GO) test -race ./checker/... ./model/ ./model/modeltest

# Speed, with SPIN beside it where it is installed.
bench:
	$(GO) test -run '^$$' -bench . -benchtime 1x ./checker ./spec ./internal/peers

# Larger instances, longer random tests: some minutes to an hour.
soak:
	BULKHEAD_SOAK=1 $(GO) test -timeout 2h ./... -count 1
	$(GO) test -timeout 1h ./spec ./spec/syntax ./checker -run 'Rapid|Random|Differ|Same|Law' -rapid.checks 2000 -count 1

# Each fuzz target for FUZZTIME.
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$pkg; \
		done; \
	done
