#!/usr/bin/env bash
# Runs all tests: bash scripts/test.sh [arguments of cargo test]
#
# Needs Rust, a C compiler, PostgreSQL's server programs, PgBouncer, HAProxy and curl. If one of the last four is missing, root
# gets it from apt-get; other users get the command to install it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

ensure_postgres
exec cargo test --workspace --locked "$@"
