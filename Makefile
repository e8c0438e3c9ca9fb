# `make run` starts a demo, `make test` checks everything; both install what they need first.

export PATH := $(PATH):$(HOME)/.cargo/bin
CARGO_TARGET_DIR ?= target
TOOLS := $(CARGO_TARGET_DIR)/tools
DENY := $(TOOLS)/bin/cargo-deny
MACHETE := $(TOOLS)/bin/cargo-machete
DEB := $(TOOLS)/bin/cargo-deb
PACKAGE := $(CARGO_TARGET_DIR)/debian/inkfish.deb
PROMTOOL := $(TOOLS)/promtool
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
CLIENTS := $(CARGO_TARGET_DIR)/clients/installed
# Where the tests look for it: beside the builds.
AZURITE := $(CARGO_TARGET_DIR)/azurite

.NOTPARALLEL:
.PHONY: help setup setup-rust setup-test setup-edge setup-bench run build test test-long check check-edge check-vcl check-alerts check-package package bench bench-quick bench-cache bench-quality bench-varnish bench-encoders bench-scaling bench-cluster bench-costs fixtures advisories clean

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

# The programs of the edge; what checks and tests do with them is in network namespaces.
setup-edge:
	@.ci/install nginx-light=nginx keepalived=keepalived varnish=varnishd varnish-modules nftables=nft iproute2=ip \
		openssl=openssl curl=curl util-linux

# All but the first line are peers: without one of them its comparison is left out.
setup-bench: setup
	@.ci/install python3=python3 wrk=wrk libjpeg-turbo-progs=djpeg \
		lomiri-wallpapers-16.04 mate-backgrounds ukui-wallpapers
	-@.ci/install nginx-light=nginx libnginx-mod-http-image-filter
	-@.ci/install varnish=varnishd
	-@.ci/install nodejs=node npm=npm
	-@.ci/install python3-venv

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
test: check check-vcl check-alerts ## Runs every check and test
	PROPTEST_RNG_SEED=1 cargo test --locked --no-fail-fast

test-long: check check-vcl check-alerts ## Runs every test for longer: more kills, more random cases
	INKFISH_TEST_LONG=1 PROPTEST_CASES=4096 cargo test --locked --no-fail-fast

check: setup-test check-edge $(DENY) $(MACHETE) $(AZURITE)
	cargo fmt --check
	cargo clippy --locked --all-targets -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' cargo doc --locked --no-deps --document-private-items
	$(DENY) --all-features check licenses bans sources
	$(MACHETE)

check-edge: setup-edge ## Has Nginx and Keepalived read their files
	@.ci/check-edge $(abspath $(CARGO_TARGET_DIR))/check-edge

# The binary is the one that the tests of cargo start, so nothing is built twice.
check-vcl: setup-test ## Runs the tests of the Varnish configuration
	@.ci/install varnish=varnishtest varnish-modules curl=curl
	cargo test --locked --no-run
	varnishtest -q -b 8M -j 2 -t 120 -D inkfish=$(abspath $(CARGO_TARGET_DIR))/debug/inkfish vcl/tests/*.vtc

check-alerts: $(PROMTOOL) ## Checks and tries the alert rules
	$(PROMTOOL) check rules --lint-fatal packaging/alerts.yml
	$(PROMTOOL) test rules packaging/alerts.test.yml

# Only what is linked into the binary; their licences ask to go with it.
package: build $(DEB) ## Builds the Debian package
	@.ci/install python3=python3 dpkg-dev=dpkg-shlibdeps
	python3 -B packaging/licences.py >$(CARGO_TARGET_DIR)/release/licences-of-others.txt
	$(DEB) --no-build --output $(PACKAGE)

# Slow, and it needs root and a mirror of Debian.
check-package: package ## Installs the Debian package in a clean Debian and starts it
	@.ci/install debootstrap=debootstrap curl=curl
	.ci/check-package $(PACKAGE) $(CARGO_TARGET_DIR)/clean-root

# The tools are built outside the shared target folder's locks, and kept where `make clean` finds them.
$(DENY): | setup-test
	cargo install --quiet --locked --root $(TOOLS) --target-dir $(TOOLS)/build cargo-deny@0.20.2
	rm -rf $(TOOLS)/build

$(MACHETE): | setup-test
	cargo install --quiet --locked --root $(TOOLS) --target-dir $(TOOLS)/build cargo-machete@0.9.2
	rm -rf $(TOOLS)/build

# Taken out of the package: installed, it would bring a server.
$(PROMTOOL): | setup
	mkdir -p $(TOOLS)/prometheus
	cd $(TOOLS)/prometheus && { apt-get -qq download prometheus || { $(AS_ROOT) apt-get -qq update && apt-get -qq download prometheus; }; }
	cd $(TOOLS)/prometheus && dpkg-deb --extract prometheus_*.deb .
	mv $(TOOLS)/prometheus/usr/bin/promtool $@
	rm -rf $(TOOLS)/prometheus

$(DEB): | setup
	cargo install --quiet --locked --root $(TOOLS) --target-dir $(TOOLS)/build cargo-deb@3.8.0
	rm -rf $(TOOLS)/build

advisories: $(DENY) ## Looks the dependencies up in the RustSec database (needs the network)
	$(DENY) --all-features check advisories

# The emulator of Azure's blobs; moved when it is whole, so that a broken install is not taken for one.
$(AZURITE): | setup-test
	rm -rf $@.part
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix $@.part azurite@3.37.0
	mv $@.part $@

bench: build setup-bench ## Measures beside the servers that one would pick instead
	cargo build --release --locked --example score --example identify_heads
	python3 -B benchmarks/run.py --target $(CARGO_TARGET_DIR) $(ARGS)

bench-quick: build setup-bench ## Looks whether Inkfish is slower than before beside its peers
	cargo build --release --locked --example score
	python3 -B benchmarks/run.py --target $(CARGO_TARGET_DIR) --quick $(ARGS)

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

bench-varnish: build ## Times purges in a Varnish that holds a million objects
	@.ci/install python3=python3 varnish=varnishd varnish-modules
	python3 -B benchmarks/varnish_purge.py --target $(CARGO_TARGET_DIR) $(ARGS)

# Of the same pictures, what other encoders take; a crate of its own, with a lock of its own.
bench-encoders: setup ## Measures JPEG encoders beside the one in use
	@.ci/install python3=python3 nodejs=node npm=npm fonts-dejavu-core \
		lomiri-wallpapers-16.04 mate-backgrounds ukui-wallpapers
	CARGO_TARGET_DIR=$(abspath $(CARGO_TARGET_DIR)) cargo build --release --locked \
		--manifest-path benchmarks/jpeg_encoders/Cargo.toml
	python3 -B benchmarks/encoders.py --target $(CARGO_TARGET_DIR) $(ARGS)

# A model, with a lock of its own too; options in ARGS, as `--only shared` or `--json`.
bench-scaling: setup ## Replays a day of a hundred million requests over a model of several origins
	CARGO_TARGET_DIR=$(abspath $(CARGO_TARGET_DIR)) cargo run --release --locked --quiet \
		--manifest-path benchmarks/scaling/Cargo.toml -- $(ARGS)

bench-cluster: build setup-bench ## Asks three servers and the model of them for the same
	CARGO_TARGET_DIR=$(abspath $(CARGO_TARGET_DIR)) cargo build --release --locked \
		--manifest-path benchmarks/scaling/Cargo.toml
	python3 -B benchmarks/scaling.py --target $(CARGO_TARGET_DIR) $(ARGS)

bench-costs: build setup-bench ## Measures what a variant costs, by format and size
	python3 -B benchmarks/costs.py --target $(CARGO_TARGET_DIR) $(ARGS)

fixtures: setup ## Makes the files of fixtures/ anew
	cargo run --locked --example fixtures

clean: ## Removes what was built
	cargo clean
