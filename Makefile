# make help says what there is. Every target says what it does while it does it.
MAJORS ?=
PG_CONFIG ?= pg_config
PROFILE ?= --release
export DESTDIR
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.PHONY: help demo test audit unit fuzz check build all install uninstall package tryout arm64 upgrade cookbook bench reference clean

help: ## What there is
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /  make \1	/' | expand -t 18

demo: ## A throwaway PostgreSQL and a simulated Basecamp: a tour, then psql
	@.ci/demo

test: ## Every test. MAJORS="15 16 17 18" tests these; default: the distribution's
	@.ci/test $(MAJORS)

audit: ## What may become of tokens, line by line, on a strict authorization server
	@.ci/audit

unit: ## The pure half: no PostgreSQL, seconds
	cargo test --no-default-features

fuzz: ## Random queries, judged by local copies. SEED=… QUERIES=50000 MAJOR=18 ONLY=17
	@.ci/fuzz

check: ## Formatting, lints and documentation
	@.ci/check

build: ## The extension, in a private PostgreSQL under .build
	@.ci/prerequisites
	@.ci/install "$$(.ci/postgres)/bin/pg_config"

all: ## What install puts there, built alone: for PG_CONFIG=/path/to/pg_config
	@.ci/requirements "$(PG_CONFIG)"
	@.ci/compile "$(PG_CONFIG)" $(PROFILE)

install: ## Into an existing PostgreSQL: PG_CONFIG=/path/to/pg_config, below DESTDIR if that is set
	@.ci/requirements "$(PG_CONFIG)"
	@.ci/install "$(PG_CONFIG)" $(PROFILE)

uninstall: ## Away from there again
	@.ci/uninstall "$(PG_CONFIG)"

package: ## A .deb for each major in MAJORS, a PGXN archive and a source tarball, in .build/packages
	@.ci/package $(MAJORS)

arm64: ## Whether the extension compiles for arm64
	@.ci/arm64

tryout: ## Packages, archives and Containerfile, each where nothing is yet. As root; WHAT="deb pgxn container"
	@.ci/tryout $(WHAT)

upgrade: ## A cluster that uses the extension, by pg_upgrade from major to major: MAJORS="15 16 17 18"
	@.ci/upgrade $(MAJORS)

cookbook: ## What docs/cookbook.md, first-hour.md, bi.md and the top of README.md answer, on the demo's account
	@.ci/cookbook

bench: ## Requests, wall time and memory, as a table
	@.ci/bench

reference: ## The pages of docs/reference and the README's options, from the sources
	cargo run --quiet -p generator

clean: ## Remove everything that was built
	cargo clean
	rm -rf .build
