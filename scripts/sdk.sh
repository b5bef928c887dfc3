#!/usr/bin/env bash
# Runs the official clients of the dialects, unmodified, against a served host. They are installed into a temporary
# folder. Needs Node.js and Python 3 with venv and pip, and their registries.
set -euo pipefail
cd "$(dirname "$0")/.."

# Renewed by hand: `npm view @whop/sdk version` shows the latest one.
SDK=0.0.42

missing=()
command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 || missing+=("Node.js (node, npm)")
python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || missing+=("Python 3 with venv and pip (python3)")
if [ "${#missing[@]}" != 0 ]; then
    printf 'The official clients need %s.\n' "${missing[@]}" >&2
    echo "Debian and Ubuntu: apt-get install nodejs npm python3-venv. Fedora: dnf install nodejs python3. macOS: brew install node python." >&2
    exit 1
fi

cargo build --quiet --locked -p manyface
program=${CARGO_TARGET_DIR:-target}/debug/manyface
folder=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

(
    mkdir "$folder/npm" && cd "$folder/npm" && echo '{"type":"module"}' >package.json
    npm install --silent --no-audit --no-fund --ignore-scripts "@whop/sdk@$SDK"
) &
for version in 0.0.41 2.6.0; do
    (
        python3 -m venv "$folder/py-$version"
        "$folder/py-$version/bin/pip" install --quiet --disable-pip-version-check "whop-sdk==$version"
    ) &
done

manyface() {
    "$program" "$@" --data-dir "$folder/data"
}
"$program" serve --listen 127.0.0.1:0 --data-dir "$folder/data" >"$folder/base" 2>"$folder/log" &
server=$!
for job in $(jobs -p); do
    [ "$job" = "$server" ] || wait "$job"
done
for _ in $(seq 300); do
    [ -s "$folder/base" ] && break
    sleep 0.1
done
BASE=$(cat "$folder/base")/api/v1
NAME=sdk-user
manyface user add --username "$NAME" --email sdk@example.com >/dev/null
TOKEN=$(manyface token --dialect whop --user "$NAME" --scope user:profile:update)
# Without --scope a token has every scope that the operations ask for.
BARE=$(manyface token --dialect whop --user "$NAME" --scope none)
KEY=$(manyface key add --account biz_sdk 2>/dev/null)
export BASE NAME TOKEN BARE KEY

cp scripts/sdk/whop.mjs "$folder/npm/"
node "$folder/npm/whop.mjs"
"$folder/py-0.0.41/bin/python" scripts/sdk/whop_stainless.py
"$folder/py-2.6.0/bin/python" scripts/sdk/whop_fern.py
