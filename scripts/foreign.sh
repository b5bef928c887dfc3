#!/usr/bin/env bash
# Runs test suites and checks that other projects publish: cargo-deny, a validator of OpenAPI documents, JSONTestSuite
# against every dialect, moto as the object storage, and the test images of image libraries:
#
#     bash scripts/foreign.sh [deny] [openapi] [json] [s3] [images]
#
# WRITE=1 updates the expected results of JSONTestSuite and of the images. ADVISORIES=required fails if the database of
# advisories cannot be fetched. Needs Node.js, Python 3 with venv and pip, and their registries on the first run; the
# images need apt-get.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

parts=("$@")
[ "${#parts[@]}" != 0 ] || parts=(deny openapi json s3 images)

environment=$target/foreign
ensure_python
python_environment "$environment/python" scripts/foreign/requirements.txt
bin=$environment/python/bin

folder=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

deny() {
    "$bin/cargo-deny" --log-level error check bans licenses sources
    if timeout 60 "$bin/cargo-deny" --log-level off fetch db >/dev/null 2>&1; then
        "$bin/cargo-deny" --log-level error check advisories
    elif [ "${ADVISORIES:-}" = required ]; then
        echo "cargo-deny: cannot fetch the database of advisories" >&2
        exit 1
    else
        echo "SKIPPED: advisories are not checked: cargo-deny cannot fetch their database" >&2
    fi
}

openapi() {
    "$bin/openapi-spec-validator" crates/*/openapi.json examples/*/openapi.json docs/admin-openapi.json
}

json() {
    ensure_node
    npm_environment "$environment/npm" scripts/foreign/npm
    build_server
    export MANYFACE_DATA_DIR=$folder/data
    "$program" serve --listen 127.0.0.1:0 >"$folder/base" 2>"$folder/log" &
    server=$!
    await_server "$folder/base" "$server" "$folder/log"
    "$program" user add --username json-user --email json@example.com >/dev/null
    TENANT=$("$program" tenant list | head -n 1 | cut -d '"' -f 4)
    export BASE TENANT
    for dialect in movieknight whop tenant iam; do
        scopes=()
        [ "$dialect" != whop ] || scopes=(--scope user:profile:update)
        export "TOKEN_$dialect=$("$program" token --dialect "$dialect" --user json-user "${scopes[@]}")"
    done
    # Node.js finds the packages beside the script.
    cp scripts/foreign/json.mjs "$environment/npm/"
    node "$environment/npm/json.mjs" "$PWD/scripts/foreign/json.tsv"
    kill "$server"
    wait "$server" || true
    server=
}

s3() {
    build_server --features s3
    "$bin/python" scripts/foreign/s3.py "$program" "$bin/moto_server"
}

images() {
    ensure_image_sources
    bash scripts/foreign/images.sh "$environment/images"
    cargo run --quiet --locked -p manyface-media --example image_results -- \
        scripts/foreign/images.tsv "$environment/images"
}

for part in "${parts[@]}"; do
    echo "== $part"
    "$part"
done
