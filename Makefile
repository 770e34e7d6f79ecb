# `make demo` and `make test` do all of their own set-up; the other targets are their steps.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
GUEST := tests/kernel/guest/launch.py
GUEST_TIMEOUT ?= 2100
# What the tests of one `make test` tried and found; the guests can write below build/kernel alone.
FIGURES := build/kernel/figures

export PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# One more than there are processors: some tests wait for time to pass.
WORKERS := $(shell echo $$(($$(nproc) + 1)))
# Compiled modules are kept, whatever the caller does with its own: hundreds of programs start.
unexport PYTHONDONTWRITEBYTECODE
# Debian keeps system programs out of an ordinary user's PATH.
export PATH := $(PATH):/usr/sbin:/sbin

.NOTPARALLEL:
.DEFAULT_GOAL := help

.PHONY: demo
demo: environment-demo venv ## show changer at work on a simulated library
	demo/run

.PHONY: test
test: export CHANGER_FIGURES := $(FIGURES)
test: ready no-figures ## before every commit: lint, fast tests, a real kernel
	@MAKE='$(MAKE)' tests/side-by-side test-kernel test-fast
	@$(BIN)/python tests/figures.py $(FIGURES)

.PHONY: test-all
test-all: LANE := brief
# The turn goes on with each commit: what one run leaves out of the sweeps, the next three try.
test-all: CASES = rest $(shell git rev-list --count HEAD 2>/dev/null || echo 0) 4
test-all: test test-beside test-kernels ## the same, and what takes long or changes seldom: a quarter of the sweeps, backup software, several hosts, and in brief the distribution's kernel

# With Python there, what apt installs, what pip installs, and the linters don't wait for each other.
.PHONY: ready
ready: environment-demo
	@tests/environment/prepare test & installing=$$!; \
	$(MAKE) --no-print-directory venv; \
	$(MAKE) --no-print-directory compiled & compiling=$$!; \
	$(MAKE) --no-print-directory lint; status=$$?; \
	wait $$compiling; wait $$installing && exit $$status

# pytest rewrites the assertions of each module that was not compiled yet, which takes longer than all else before the first
# test; the processes of test-fast would each do it. What can't be imported test-fast reports.
.PHONY: compiled
compiled: venv
	@$(BIN)/pytest --collect-only tests/unit tests/simulated >/dev/null 2>&1 || true

.PHONY: test-beside
test-beside: environment-test environment-peers environment-page page-tools
	@MAKE='$(MAKE)' tests/side-by-side test-left test-hosts test-page test-peers CASES='$(CASES)'

.PHONY: test-left
test-left: test-sweeps test-kernel-sweeps

.PHONY: no-figures
no-figures:
	@rm -f $(FIGURES)

.PHONY: lint
lint: venv ## ruff and mypy --strict over package, tests and bench
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict changer tests fuzz bench

.PHONY: test-fast
test-fast: venv ## tests that need no kernel: units and the simulator
	CHANGER_SWEEPS=spread $(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal tests/unit tests/simulated

# tests/lanes.py says which tests these are. In one run with `make test` it leaves out what that tried.
CASES ?= whole
.PHONY: test-sweeps
test-sweeps: venv ## every row, point, order and fault, of which make test tries a spread; and what takes long
	CHANGER_SWEEPS='$(CASES)' $(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal tests/unit tests/simulated

# Each property has the same share of that time, for rounds of new examples.
.PHONY: nightly
nightly: venv ## as many new examples of each property (hypothesis) as MINUTES=40 allow
	CHANGER_NIGHTLY_MINUTES=$(or $(MINUTES),40) $(BIN)/pytest --numprocesses auto --dist worksteal \
		--hypothesis-profile nightly -m hypothesis tests/unit tests/simulated

SECONDS ?= 60
.PHONY: fuzz
fuzz: venv ## each parser for SECONDS=60, guided by which code the bytes reach
	@$(BIN)/python -c 'import atheris' 2>/dev/null || \
		$(BIN)/pip install --quiet --editable '.[fuzz]'
	@$(BIN)/python fuzz/run $(SECONDS) $(TARGETS)

COUNT ?= 50
.PHONY: mutants
mutants: venv ## COUNT=50 small changes of the program: does a test see each? (ROOM=cleaning SEED=7 SAFETY=1 LAST=1)
	@$(BIN)/python -c 'import cosmic_ray, coverage' 2>/dev/null || \
		$(BIN)/pip install --quiet --editable '.[mutants]'
	@PYTHONPATH=tests $(BIN)/python -m mutants --count $(COUNT) $(ROOM:%=--room %) $(SEED:%=--seed %) \
		$(SAFETY:1=--safety) $(LAST:1=--last) $(if $(TESTS),--tests $(TESTS))

.PHONY: soak
soak: venv ## fifty processes at one virtual library for MINUTES=5, some of them killed
	CHANGER_SOAK_SECONDS=$$((60 * $(or $(MINUTES),5))) $(BIN)/pytest tests/simulated/together/test_together_crowd.py

.PHONY: test-kernel
test-kernel: environment-test venv ## tests on changers behind /dev/sg, in a guest of User-mode Linux
	CHANGER_SWEEPS=spread tests/kernel/guest/in-parts kernel --timeout $(GUEST_TIMEOUT)

.PHONY: test-kernel-sweeps
test-kernel-sweeps: environment-test venv ## those that make test leaves out, in the same guest
	CHANGER_SWEEPS='$(CASES)' tests/kernel/guest/in-parts kernel --timeout $(GUEST_TIMEOUT)

.PHONY: test-peers
test-peers: environment-peers venv ## Bacula, Amanda, sg3-utils and others beside ours, in the same guest
	tests/kernel/guest/in-parts peers --timeout $(GUEST_TIMEOUT)

# Of axe-playwright-python it takes axe-core alone, a script, and so nothing that the package needs itself.
.PHONY: page-tools
page-tools: venv
	@$(BIN)/python -c 'import axe_playwright_python, selenium' 2>/dev/null || { \
		$(BIN)/pip install --quiet --editable '.[page]' && \
		$(BIN)/pip install --quiet --no-deps 'axe-playwright-python>=0.1.8'; }

.PHONY: test-page
test-page: environment-page page-tools ## the page of changer serve in headless Chromium, and its metrics in Prometheus
	$(BIN)/pytest --timeout 300 tests/page

.PHONY: pictures
pictures: environment-page page-tools ## the README's pictures of the page, made anew in docs/pictures
	$(BIN)/pytest --timeout 300 tests/page/take_pictures.py

.PHONY: test-hosts
test-hosts: environment-test venv ## hosts with kernels and a network of their own, at one library over iSCSI
	$(BIN)/pytest --verbose --timeout 900 tests/hosts

.PHONY: soak-hosts
soak-hosts: environment-test venv ## OPERATIONS=1000 of eight processes on two hosts while all fails in turn, UNFENCED=200 without a fence
	CHANGER_SOAK_OPERATIONS=$(or $(OPERATIONS),1000) CHANGER_SOAK_UNFENCED_OPERATIONS=$(or $(UNFENCED),200) \
		CHANGER_SOAK_MINUTES=$(or $(MINUTES),240) CHANGER_SOAK_SEED=$(or $(SEED),1) CHANGER_SOAK_STRIKES="$(STRIKES)" \
		$(BIN)/pytest --verbose --capture no tests/hosts/test_histories.py $(if $(HISTORY),-k $(HISTORY))

# Versions that apt knows, and unpacked folders; without any the distribution's own.
KERNELS ?= $(KERNEL)
.PHONY: test-kernels
test-kernels: environment-kernels venv ## the tests of test-kernel in QEMU, on distributions' kernels: KERNELS="6.1 6.12", KERNEL=./FOLDER
	@status=0; for kernel in $(or $(KERNELS),''); do \
		$(if $(LANE),CHANGER_SWEEPS=spread) tests/kernel/guest/in-parts $(or $(LANE),kernel) --machine qemu $${kernel:+--kernel $$kernel} --timeout $(GUEST_TIMEOUT) || status=1; \
	done; exit $$status

.PHONY: test-mhvtl
test-mhvtl: venv ## tests on the virtual tape library mhVTL, if it is installed (as root)
	@tests/mhvtl/run $(ARGUMENTS)

.PHONY: record-mhvtl
record-mhvtl: venv ## the same, and keep what mhVTL answered, for make test, in tests/data/mhvtl
	@tests/mhvtl/run --record $(ARGUMENTS)

.PHONY: bench
bench: environment-peers venv ## commands, bytes and times beside mtx, mtx-changer and PySCSI; BENCH=parser for a part
	@$(BIN)/python -c 'import pyscsi' 2>/dev/null || \
		$(BIN)/pip install --quiet --editable '.[bench]' || \
		echo 'bench: without PySCSI, which could not be installed' >&2
	@$(BIN)/python -m bench $(BENCH)

.PHONY: guest-shell
guest-shell: environment-test venv ## a shell in the guest, with CHANGER_TEST_DEVICE set
	$(BIN)/python $(GUEST) --shell

.PHONY: environment-demo
environment-demo: ## the Debian packages of `make demo` (as root; else says which)
	@tests/environment/prepare demo

.PHONY: environment-test
environment-test: ## the Debian packages and User-mode Linux of `make test` (as root; else says which)
	@tests/environment/prepare test

.PHONY: environment-peers
environment-peers:
	@tests/environment/prepare peers

.PHONY: environment-page
environment-page:
	@tests/environment/prepare page

.PHONY: environment-deb
environment-deb:
	@tests/environment/prepare deb

.PHONY: environment-packages
environment-packages:
	@tests/environment/prepare packages

.PHONY: environment-kernels
environment-kernels:
	@tests/environment/prepare kernels $(KERNELS)

# The stamp says which checkout it belongs to: the scripts of an environment that was moved point to nowhere. It is
# looked at once more when its turn comes: another make may have installed meanwhile.
STAMP := $(VENV)/installed-for
ifneq ($(file <$(STAMP)),$(CURDIR))
.PHONY: $(STAMP)
endif

.PHONY: venv
venv: $(STAMP) ## the virtual environment .venv

$(STAMP): pyproject.toml
	@[ "$(file <$(STAMP))" = "$(CURDIR)" ] && $(BIN)/python -c pass || $(PYTHON) -m venv --clear $(VENV)
	@[ "$(file <$(STAMP))" = "$(CURDIR)" ] && [ $@ -nt pyproject.toml ] || { \
		echo 'pip install into $(VENV)' && $(BIN)/pip install --quiet --editable '.[test]' && printf '%s' '$(CURDIR)' >$@; }

.PHONY: deb
deb: environment-deb ## Debian packages, by Debian's own tools, into build/deb; the checkout stays as it is
	packaging/deb

# By name, or the folder of a root that was made by hand (with a slash in it).
RELEASES ?= bookworm trixie
.PHONY: test-packages
test-packages: environment-packages venv ## the Debian packages in clean roots: RELEASES="bookworm trixie ./FOLDER" (as root)
	CHANGER_TEST_RELEASES='$(RELEASES)' $(BIN)/pytest --verbose --timeout 3600 tests/packages

PYTHONS ?= trixie
.PHONY: test-pythons
test-pythons: environment-packages ## units and scenarios on other Pythons: PYTHONS="trixie /usr/bin/python3.12", by release or program
	@status=0; for each in $(PYTHONS); do tests/packages/on-python "$$each" || status=1; done; exit $$status

export PREFIX DESTDIR
.PHONY: install
install: ## programs, manuals, completions, rules and units, below PREFIX=/usr/local; DESTDIR=FOLDER for a package
	@packaging/install install

.PHONY: install-files
install-files: ## the same without the Python package, which the tools of distributions install
	@packaging/install files

.PHONY: uninstall
uninstall: ## remove what install put there; settings and state stay
	@packaging/install uninstall

.PHONY: clean
clean: ## what was made here; kernels in ~/.cache/changer stay
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: kill-points
kill-points: venv ## every point at which the tests kill, numbered, and their table
	@PYTHONPATH=tests:tests/simulated $(BIN)/python -m killing $(FUNCTION)

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r target text; do \
		printf '  make %-18s %s\n' "$$target" "$$text"; done
