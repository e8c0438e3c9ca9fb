# `make run` starts a demo, `make test` checks everything; both install what they need first.

export PATH := $(PATH):$(HOME)/.cargo/bin
CARGO_TARGET_DIR ?= target
TOOLS := $(CARGO_TARGET_DIR)/tools
DENY := $(TOOLS)/bin/cargo-deny
MACHETE := $(TOOLS)/bin/cargo-machete
CLIENTS := $(CARGO_TARGET_DIR)/clients/installed
# Where the tests look for it: beside the builds.
AZURITE := $(CARGO_TARGET_DIR)/azurite

.NOTPARALLEL:
.PHONY: help setup setup-rust setup-test setup-edge setup-bench run build test test-long check check-edge bench bench-cache bench-quality fixtures advisories clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# nasm comes before any cargo build: without it the JPEG library builds all the same, without its SIMD code.
setup: setup-rust ## Installs what the build needs (Debian or Ubuntu)
	@.ci/install build-essential nasm=nasm cmake=cmake perl pkg-config=pkg-config curl=curl ca-certificates

setup-rust:
	@command -v cargo >/dev/null || { echo 'Rust is missing: see https://rustup.rs' >&2; exit 1; }

setup-test: setup setup-edge $(CLIENTS)
	@cargo fmt --version >/dev/null 2>&1 || rustup --quiet component add rustfmt
	@cargo clippy --version >/dev/null 2>&1 || rustup --quiet component add clippy
	@.ci/install nodejs=node npm=npm redis-server=redis-server strace=strace

# The balancers' own programs; what checks and tests do with them is in network namespaces.
setup-edge:
	@.ci/install nginx-light=nginx keepalived=keepalived nftables=nft iproute2=ip openssl=openssl curl=curl util-linux

# The last two are peers: without one of them its comparison is left out.
setup-bench: setup
	@.ci/install python3=python3 wrk=wrk libjpeg-turbo-progs=djpeg lomiri-wallpapers-16.04
	-@.ci/install nginx-light=nginx
	-@.ci/install nodejs=node npm=npm

# Clients of others, which make the URLs of a test; what asks them stands beside them.
$(CLIENTS): $(wildcard tests/clients/*)
	@.ci/install nodejs=node npm=npm python3=python3 python3-venv
	mkdir -p $(@D)
	cp tests/clients/* $(@D)
	cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd $(@D) && python3 -m venv python && python/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

build: setup ## Builds the release binary
	cargo build --release --locked

run: build ## Starts a demo on http://127.0.0.1:8080
	cargo run --release --locked --quiet -- serve --config fixtures/demo.toml

# The same random cases each time, so that a change is judged by itself; test-long looks for new ones.
test: check ## Runs every check and test
	PROPTEST_RNG_SEED=1 cargo test --locked --no-fail-fast

test-long: check ## Runs every test for longer: more kills, more random cases
	INKFISH_TEST_LONG=1 PROPTEST_CASES=4096 cargo test --locked --no-fail-fast

check: setup-test check-edge $(DENY) $(MACHETE) $(AZURITE)
	cargo fmt --check
	cargo clippy --locked --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' cargo doc --locked --no-deps --document-private-items
	$(DENY) --all-features check licenses bans sources
	$(MACHETE)

check-edge: setup-edge ## Has Nginx and Keepalived read their files
	@.ci/check-edge $(abspath $(CARGO_TARGET_DIR))/check-edge

# The tools are built outside the shared target folder's locks, and kept where `make clean` finds them.
$(DENY): | setup-test
	cargo install --quiet --locked --root $(TOOLS) --target-dir $(TOOLS)/build cargo-deny@0.20.2
	rm -rf $(TOOLS)/build

$(MACHETE): | setup-test
	cargo install --quiet --locked --root $(TOOLS) --target-dir $(TOOLS)/build cargo-machete@0.9.2
	rm -rf $(TOOLS)/build

advisories: $(DENY) ## Looks the dependencies up in the RustSec database (needs the network)
	$(DENY) --all-features check advisories

# The emulator of Azure's blobs; moved when it is whole, so that a broken install is not taken for one.
$(AZURITE): | setup-test
	rm -rf $@.part
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix $@.part azurite@3.37.0
	mv $@.part $@

bench: build setup-bench ## Measures beside nginx, ipx and sharp
	cargo build --release --locked --example score
	python3 -B benchmarks/run.py --target $(CARGO_TARGET_DIR) $(ARGS)

bench-cache: setup ## Measures the cache at a million entries
	@.ci/install python3=python3
	cargo build --release --locked --example bench_cache --example cache_traces
	python3 -B benchmarks/cache.py --target $(CARGO_TARGET_DIR) $(ARGS)

# The wallpapers are what the pictures are cut from, the fonts what screens are drawn with.
bench-quality: build ## Measures the optimizer beside fixed qualities and an oracle
	@.ci/install python3=python3 nodejs=node npm=npm fonts-dejavu-core \
		lomiri-wallpapers-16.04 mate-backgrounds ukui-wallpapers
	cargo build --release --locked --example bench_quality
	python3 -B benchmarks/quality.py --target $(CARGO_TARGET_DIR) $(ARGS)

fixtures: setup ## Makes the files of fixtures/ anew
	cargo run --locked --example fixtures

clean: ## Removes what was built
	cargo clean
