#!/usr/bin/env bash
# Generates requests from the OpenAPI documents with schemathesis, sends them to a server, and checks that the responses
# match the documents:
#
#     bash scripts/schemathesis.sh [dialect…|admin]
#
# SCHEMATHESIS_SEED sets the seed, SCHEMATHESIS_EXAMPLES the number of examples of each operation. To run on PostgreSQL,
# set MANYFACE_DATABASE_URL to an empty database. Needs Python 3 with venv and pip, and PyPI on the first run.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/common.sh

seed=${SCHEMATHESIS_SEED:-8}
examples=${SCHEMATHESIS_EXAMPLES:-40}
dialects=("$@")
[ "${#dialects[@]}" != 0 ] || dialects=(movieknight whop tenant iam admin)

ensure_python
environment=$target/schemathesis
python_environment "$environment" scripts/schemathesis/requirements.txt
build_server
folder=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

# No rate limits, and a résumé that every user may read.
{
    printf 'resumes.readers = "anyone"\n'
    printf '[dialects.%s]\nrequests_per_minute = 0\n' movieknight whop tenant iam
} >"$folder/manyface.toml"
manyface() {
    "$program" "$@" --config "$folder/manyface.toml" --data-dir "$folder/data"
}
"$program" serve --config "$folder/manyface.toml" --listen 127.0.0.1:0 --data-dir "$folder/data" >"$folder/base" 2>"$folder/log" &
server=$!
await_server "$folder/base" "$server" "$folder/log"

# A résumé of another user.
manyface user add --username writer --email writer@example.com >/dev/null
RESUME=$("$environment/bin/python" - "$BASE" "$(manyface token --dialect iam --user writer)" <<'PYTHON'
import sys, requests
base, token = sys.argv[1:]
response = requests.patch(
    f"{base}/api/v1/iam/iamuserdetails/me/",
    headers={"authorization": f"Bearer {token}"},
    files={"resume": b"%PDF-1.7\n"},
    timeout=10,
)
response.raise_for_status()
print(response.json()["resume"].rsplit("/")[-1])
PYTHON
)
TENANT=$(manyface tenant list | head -n 1 | cut -d '"' -f 4)
export RESUME TENANT

# Each dialect gets its own user, so that the runs are independent.
failed=()
for dialect in "${dialects[@]}"; do
    if [ "$dialect" = admin ]; then
        url=$(grep -o 'http://[^ ]*/admin/v1' "$folder/log" | head -n 1)
        TOKEN=$(manyface admin token add --role write 2>/dev/null)
        echo "== admin"
        if "$environment/bin/schemathesis" --config-file scripts/schemathesis/admin.toml \
            run "$url/openapi.json" --url "$url" --header "Authorization: Bearer $TOKEN" \
            --seed "$seed" --max-examples "$examples" --no-color >"$folder/admin.txt" 2>&1; then
            tail -n 25 "$folder/admin.txt"
        else
            failed+=(admin)
            cat "$folder/admin.txt"
        fi
        continue
    fi
    user=fuzzed-$dialect
    manyface user add --username "$user" --email "$user@example.com" >/dev/null
    scopes=()
    [ "$dialect" != whop ] || scopes=(--scope user:profile:update)
    TOKEN=$(manyface token --dialect "$dialect" --user "$user" --ttl 1d "${scopes[@]}")
    FILE=none
    TOKENS=
    if [ "$dialect" = whop ]; then
        FILE=$("$environment/bin/python" - "$BASE" "$TOKEN" <<'PYTHON'
import sys, requests
base, token = sys.argv[1:]
response = requests.post(
    f"{base}/api/v1/files", headers={"authorization": f"Bearer {token}"}, json={"filename": "a.png"}, timeout=10
)
response.raise_for_status()
print(response.json()["id"])
PYTHON
)
        # A user may have at most a hundred open uploads.
        for number in $(seq $((1 + examples / 10))); do
            manyface user add --username "files-$number" --email "files-$number@example.com" >/dev/null
            TOKENS+="$(manyface token --dialect whop --user "files-$number" --ttl 1d) "
        done
    fi
    export FILE TOKEN TOKENS
    started=$SECONDS
    echo "== $dialect"
    if ! SCHEMATHESIS_HOOKS=hooks PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=scripts/schemathesis \
        "$environment/bin/schemathesis" --config-file scripts/schemathesis/schemathesis.toml \
        run "$BASE/openapi/$dialect.json" --header "Authorization: Bearer $TOKEN" \
        --seed "$seed" --max-examples "$examples" --no-color >"$folder/$dialect.txt" 2>&1; then
        failed+=("$dialect")
        cat "$folder/$dialect.txt"
    else
        tail -n 25 "$folder/$dialect.txt"
    fi
    echo "== $dialect: $((SECONDS - started)) s"
    if grep -q 'panicked' "$folder/log"; then
        echo "the server panicked:" >&2
        grep 'panicked' "$folder/log" >&2
        exit 1
    fi
done
if [ "${#failed[@]}" != 0 ]; then
    echo "schemathesis failed for: ${failed[*]} (seed $seed)" >&2
    exit 1
fi
