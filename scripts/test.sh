#!/usr/bin/env bash
# Runs all tests: bash scripts/test.sh [arguments of cargo test]
#
# Needs Rust, a C compiler, PostgreSQL's server programs, PgBouncer, HAProxy, curl and promtool. If
# one of the last five is missing, root gets it from apt-get; other users get the command to install
# it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

ensure_postgres
ensure_promtool
exec cargo test --workspace --locked "$@"
