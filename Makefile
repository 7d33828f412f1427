# What a developer runs. CI runs `make test` and `make check`.
GO          ?= go
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 30s

.PHONY: run test check bench bench-all growth reductions channels failures catalogue register certificates soak fuzz build

# The main job on a model that ships: every property of an ESXi host's CPU scheduler, and its mutants.
run:
	$(GO) run ./cmd/bulkhead check model/esxi/cpu/round_robin.bh

build:
	$(GO) build -o bin/bulkhead ./cmd/bulkhead

# Everything that must pass: five to eight minutes on two cores, by the machine; five is what we aim at.
test:
	$(GO) test -timeout 30m ./...

# What CI adds: the linters, the race detector where goroutines meet, the layout of all Go and .bh files, every
# reduction on every model, SPIN and rumur as second opinions, Coq and the solvers for proofs, where they are installed.
check:
	$(GO) build ./...
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	@out=$$($(GO) run $(GOFUMPT) -l .); if [ -n "$$out" ]; then echo "gofumpt would change:"; echo "$$out"; exit 1; fi
	$(GO) run ./cmd/bulkhead fmt --check $$(git ls-files '*.bh' ':!:*testdata*')
	$(GO) test -race -timeout 60m ./checker/... ./model/ ./model/modeltest
	BULKHEAD_MODELS=1 $(GO) test -timeout 60m ./spec -run 'Models|Drawn|Unrolled|Limits|Part|Hostile'
	BULKHEAD_MODELS=1 $(GO) test -timeout 60m ./internal/register -run Certificates
	BULKHEAD_PEERS=1 $(GO) test -timeout 60m ./internal/peers/... ./internal/coqtest ./proofs/...
	BULKHEAD_PEERS=1 $(GO) test -timeout 60m ./cmd/bulkhead -run 'TestScripts/(prove|export)'

# Speed, in some minutes: the Go benchmarks, then a part of the suite with SPIN and rumur beside it where they are installed.
bench:
	$(GO) test -run '^$$' -bench . -benchtime 1x ./checker ./checker/internal/visited ./spec ./internal/peers
	$(GO) run ./internal/peers/suite/bench -quick -rounds $(or $(ROUNDS),1)

# Ten models, every tool and mode, three rounds: hours. TLC takes part when TLA2TOOLS names its jar.
bench-all: growth reductions
	$(GO) run ./internal/peers/suite/bench -rounds $(or $(ROUNDS),3) -out checker/BENCHMARKS.md

# How time and memory grow with the number of states; to 10^8 with BULKHEAD_SOAK set.
growth:
	$(GO) run ./internal/peers/suite/growth -plot checker/growth.svg -out checker/BENCHMARKS.md

# How many states symmetry, partial order and slices leave: a minute.
reductions:
	$(GO) run ./internal/peers/suite/reductions -out checker/BENCHMARKS.md

# What tells one tenant of another, by each mechanism weakened: seconds.
channels:
	$(GO) test ./model/isolation -run TestChannels -count 1 -args -update

# Every known failure, found and prevented: seconds.
failures:
	$(GO) test ./model/failures -run TestFailures -count 1 -args -update

# The map of all models: seconds.
catalogue:
	$(GO) test ./internal/catalogue -count 1 -args -update

# What became of the claims that the library set out from, and what standards ask for: seconds.
register:
	$(GO) test ./internal/register -run TestRegister -count 1 -args -update

# A certificate of each model that a claim says something holds of, verified: bin/certificates, in some minutes.
certificates:
	BULKHEAD_CERTIFICATES=$(CURDIR)/bin/certificates $(GO) test -timeout 60m ./internal/register -run TestCertificates -count 1

# Larger instances, longer random tests: some minutes to an hour.
soak:
	BULKHEAD_SOAK=1 $(GO) test -timeout 2h ./... -count 1
	$(GO) test -timeout 1h ./spec ./spec/syntax ./checker ./checker/internal/visited -run 'Rapid|Random|Differ|Same|Law' -rapid.checks 2000 -count 1

# Each fuzz target for FUZZTIME.
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$pkg; \
		done; \
	done
