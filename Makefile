# The one entry: `make run`, `make test`. Everything else serves those two.

SHELL := /bin/bash
.DEFAULT_GOAL := build

CHECKS := $(patsubst checks/%/Cargo.toml,%,$(wildcard checks/*/Cargo.toml))
COMPONENTS := $(CHECKS:%=checks/%.wasm)
GUEST := wasm32-unknown-unknown
EXAMPLE := examples/database-full.bsqrec
PREFIX ?= /usr/local

# Tests use the program in target/debug, people the one in target/release.
PROFILE ?= release
TARGET := target/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
HOST := $(TARGET)/bsq-host

.PHONY: run build build-dev components setup test test-fast test-world fuzz check bless docs bench audit install clean

## Build all, then print the report of the bundled recording: no cluster, no network.
run: build
	$(HOST) run $(COMPONENTS) --replay $(EXAMPLE) --fail-on never --allow-incomplete

## The host, the components beside their crates, and the lock beside the binary.
build: setup
	cargo build --locked --release -p bsq-host
	$(MAKE) --no-print-directory components

## The same for tests: one feature set for the whole workspace, so that nothing is compiled twice.
build-dev: setup
	cargo build --locked --workspace --all-targets
	$(MAKE) --no-print-directory components PROFILE=dev

# Paths of this machine stay out of the components, so that their digests are the same wherever they are built.
components: setup
	RUSTFLAGS="--remap-path-prefix=$(CURDIR)=. --remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=cargo" \
	    cargo build --locked --target $(GUEST) --profile guest $(CHECKS:%=-p %)
	for check in $(CHECKS); do $(HOST) pack checks/$$check -q || exit; done
	$(HOST) pack --lock $(TARGET)/checks.lock --grants checks/grants.toml $(COMPONENTS) -q

setup:
	@rustup target list --installed | grep -qx $(GUEST) || rustup target add $(GUEST)

## Everything that a change must pass: unit tests, authors' tests, and the real control plane.
test: setup
	$(MAKE) --no-print-directory build-dev
	target/debug/test-world build
	cargo test --locked --workspace

## Without the control plane.
test-fast: setup
	cargo test --locked --workspace --exclude bsq-tests

## Every incident live, on a control plane of its own each, with the real servers that some ask for. The first time builds
## those, which takes an hour; later ones take minutes.
test-world: setup
	$(MAKE) --no-print-directory build-dev
	target/debug/test-world build --all
	BSQ_LIVE=1 cargo test --locked --workspace --test it cases

## The readers of foreign bytes, each fed for a minute.
fuzz: build-dev
	BSQ_FUZZ_SECONDS=60 cargo test --locked --workspace --test it fuzz:: -- --nocapture

## Format and lints.
check: setup
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --target $(GUEST) -p bsq-sdk -p bsq-platform $(CHECKS:%=-p %) -- -D warnings

## Run every incident live, record it anew, and accept what the snapshots say now. Read the diff.
bless: build-dev
	target/debug/test-world build --all
	INSTA_UPDATE=always BSQ_RECORD=1 cargo test --locked --workspace --test it cases
	cp tests/cases/database-full/recording.bsqrec $(EXAMPLE)
	INSTA_UPDATE=always cargo test --locked --workspace

## The pages of the checks and the table of the guide, from manifests and incidents.
docs: setup
	cargo run --locked --quiet -p bsq-tests --bin docs

## Ratios, each measured in one run; docs/performance.md says what they mean.
bench: setup
	cargo build --locked --release -p bsq-host -p bsq-tests --bins
	$(MAKE) --no-print-directory components
	target/release/test-world build
	target/release/bench

audit:
	@if command -v cargo-deny > /dev/null; then cargo deny check bans licenses sources; \
	else echo "cargo-deny is not installed: nothing was audited" >&2; fi

install: build
	install -D -s $(HOST) $(DESTDIR)$(PREFIX)/bin/bsq-host
	ln -sf bsq-host $(DESTDIR)$(PREFIX)/bin/kubectl-bsq
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/bsq-host/checks $(COMPONENTS)
	install -m 644 $(TARGET)/checks.lock $(DESTDIR)$(PREFIX)/share/bsq-host/checks.lock

clean:
	cargo clean
	rm -f $(COMPONENTS)
