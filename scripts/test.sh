#!/usr/bin/env bash
# Sets up what the tests need, then runs all of them. Needs Rust and a C compiler; PostgreSQL's server programs and
# PgBouncer are installed where they are missing and this user may install packages.
set -euo pipefail
cd "$(dirname "$0")/.."

has_postgres() {
    command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

has_pgbouncer() {
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v pgbouncer >/dev/null 2>&1
}

has_everything() {
    has_postgres && has_pgbouncer && command -v curl >/dev/null 2>&1
}

if ! has_everything; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        echo "installing PostgreSQL's server programs, PgBouncer and curl" >&2
        export DEBIAN_FRONTEND=noninteractive
        # Only the programs: the tests make their own clusters, and none is to run beside them.
        mkdir -p /etc/postgresql-common
        [ -e /etc/postgresql-common/createcluster.conf ] ||
            echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
        apt-get update -qq && apt-get install -y -qq postgresql pgbouncer curl >/dev/null
    fi
fi
if ! has_everything; then
    echo "The tests need PostgreSQL's server programs (initdb, postgres), PgBouncer and curl." >&2
    echo "Debian and Ubuntu: apt-get install postgresql pgbouncer curl. Fedora: dnf install postgresql-server pgbouncer. macOS: brew install postgresql pgbouncer." >&2
    exit 1
fi

exec cargo test --workspace --locked "$@"
