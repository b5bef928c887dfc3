#!/usr/bin/env bash
# Sends the same requests to the reference application of iam and to manyface: bash scripts/reference.sh [--generated N] [--seed N]
set -euo pipefail
cd "$(dirname "$0")/.."

environment=target/reference
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r crates/iam/reference/requirements.txt
cargo build --quiet --locked -p manyface
program="$PWD/target/debug/manyface"
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$PWD/crates/iam"
# Python 3.13 has other words for trailing commas; the wordings are those of 3.11 and 3.12.
exec "$environment/bin/python" -m reference.compare "$program" "$@"
