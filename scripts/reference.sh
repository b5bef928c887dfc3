#!/usr/bin/env bash
# Sends the same requests to manyface and to a small application on the framework of iam's upstream server, and
# compares the responses:
#
#     bash scripts/reference.sh [--generated N] [--seed N]
#
# Needs Python 3.11 or 3.12 with venv and pip, and PyPI on the first run. Python 3.13 changed the messages about trailing
# commas.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

ensure_python
python_environment "$target/reference" crates/iam/reference/requirements.txt
build_server
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$PWD/crates/iam"
exec "$target/reference/bin/python" -m reference.compare "$program" "$@"
