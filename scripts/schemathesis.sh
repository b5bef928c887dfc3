#!/usr/bin/env bash
# Sends what schemathesis makes of the OpenAPI documents to a served host, and holds the answers to them:
#
#     bash scripts/schemathesis.sh [dialect…]
#
# SCHEMATHESIS_SEED and SCHEMATHESIS_EXAMPLES take another seed, and more examples of each operation. On PostgreSQL with
# MANYFACE_DATABASE_URL (an empty database). Needs Python 3 with venv and pip, and PyPI the first time.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=${SCHEMATHESIS_SEED:-8}
examples=${SCHEMATHESIS_EXAMPLES:-40}
dialects=("$@")
[ "${#dialects[@]}" != 0 ] || dialects=(movieknight whop tenant iam)

if ! python3 -c 'import venv, ensurepip' >/dev/null 2>&1; then
    echo "schemathesis needs Python 3 with venv and pip (python3)." >&2
    echo "Debian and Ubuntu: apt-get install python3-venv. Fedora: dnf install python3. macOS: brew install python." >&2
    exit 1
fi
target=${CARGO_TARGET_DIR:-target}
environment=$target/schemathesis
requirements=scripts/schemathesis/requirements.txt
if ! cmp -s "$requirements" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    if ! "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"; then
        echo "schemathesis cannot be installed: is PyPI to be reached?" >&2
        exit 1
    fi
    cp "$requirements" "$environment/requirements.txt"
fi

cargo build --quiet --locked -p manyface
program=$PWD/$target/debug/manyface
case $target in /*) program=$target/debug/manyface ;; esac
folder=$(mktemp -d)
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

# Nobody is told to wait, however many requests come; and there is a résumé for everybody to read.
{
    printf 'resumes.readers = "anyone"\n'
    printf '[dialects.%s]\nrequests_per_minute = 0\n' movieknight whop tenant iam
} >"$folder/manyface.toml"
manyface() {
    "$program" "$@" --config "$folder/manyface.toml" --data-dir "$folder/data"
}
"$program" serve --config "$folder/manyface.toml" --listen 127.0.0.1:0 --data-dir "$folder/data" >"$folder/base" 2>"$folder/log" &
server=$!
for _ in $(seq 300); do
    [ -s "$folder/base" ] && break
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done
BASE=$(cat "$folder/base")

# A résumé of somebody else, who keeps it.
manyface user add --username writer --email writer@example.com >/dev/null
RESUME=$("$environment/bin/python" - "$BASE" "$(manyface token --dialect iam --user writer)" <<'PYTHON'
import sys, requests
base, token = sys.argv[1:]
answer = requests.patch(
    f"{base}/api/v1/iam/iamuserdetails/me/",
    headers={"authorization": f"Bearer {token}"},
    files={"resume": b"%PDF-1.7\n"},
    timeout=10,
)
answer.raise_for_status()
print(answer.json()["resume"].rsplit("/")[-1])
PYTHON
)
TENANT=$(manyface tenant list | head -n 1 | cut -d '"' -f 4)
export RESUME TENANT

# Each dialect has a user of its own, so that the runs know nothing of each other.
failed=()
for dialect in "${dialects[@]}"; do
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
answer = requests.post(
    f"{base}/api/v1/files", headers={"authorization": f"Bearer {token}"}, json={"filename": "a.png"}, timeout=10
)
answer.raise_for_status()
print(answer.json()["id"])
PYTHON
)
        # Each user may have a hundred files on their way.
        for number in $(seq $((1 + examples / 10))); do
            manyface user add --username "files-$number" --email "files-$number@example.com" >/dev/null
            TOKENS+="$(manyface token --dialect whop --user "files-$number" --ttl 1d) "
        done
    fi
    export FILE TOKENS
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
        echo "the host panicked:" >&2
        grep 'panicked' "$folder/log" >&2
        exit 1
    fi
done
if [ "${#failed[@]}" != 0 ]; then
    echo "schemathesis found something in: ${failed[*]} (seed $seed)" >&2
    exit 1
fi
