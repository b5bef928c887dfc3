#!/usr/bin/env bash
# Runs the official clients of whop, unmodified, against a server: bash scripts/sdk.sh
#
# Their versions are pinned in scripts/sdk. Needs Node.js, Python 3 with venv and pip, and their registries on the first
# run.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

ensure_node
ensure_python
environment=$target/sdk
npm_environment "$environment/npm" scripts/sdk/npm
for client in stainless fern; do
    python_environment "$environment/$client" "scripts/sdk/requirements-$client.txt"
done
build_server

folder=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

manyface() {
    "$program" "$@" --data-dir "$folder/data"
}
"$program" serve --listen 127.0.0.1:0 --data-dir "$folder/data" >"$folder/base" 2>"$folder/log" &
server=$!
await_server "$folder/base" "$server" "$folder/log"
BASE=$BASE/api/v1
NAME=sdk-user
manyface user add --username "$NAME" --email sdk@example.com >/dev/null
TOKEN=$(manyface token --dialect whop --user "$NAME" --scope user:profile:update)
# Without --scope, a token has every scope that the operations require.
BARE=$(manyface token --dialect whop --user "$NAME" --scope none)
KEY=$(manyface key add --account biz_sdk 2>/dev/null)
export BASE NAME TOKEN BARE KEY

# Node.js finds the packages beside the script.
cp scripts/sdk/whop.mjs "$environment/npm/"
node "$environment/npm/whop.mjs"
for client in stainless fern; do
    "$environment/$client/bin/python" "scripts/sdk/whop_$client.py"
done
