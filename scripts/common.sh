# Functions of the scripts. Source this file at the root of the repository: . scripts/common.sh

# The folder of Cargo's output, as an absolute path. Python and npm packages are installed into it.
target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$PWD/$target ;; esac

# Makes a requirement available: ensure CHECK NAME DEBIAN_PACKAGES OTHER_SYSTEMS
#
# If CHECK fails, installs the packages with apt-get. Only root does so, and CI (which sets CI=true) with sudo. Prints
# what to install and exits if CHECK still fails.
ensure() {
    local check=$1 name=$2 packages=$3 others=$4
    ! "$check" || return 0
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo -n)
    if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || [ "${CI:-}" = true ]; }; then
        echo "installing with apt-get: $packages" >&2
        # Only PostgreSQL's programs are needed: the tests create their own clusters.
        if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
            "${sudo[@]}" mkdir -p /etc/postgresql-common
            echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
        fi
        local -a list
        read -ra list <<<"$packages"
        "${sudo[@]}" apt-get update -qq &&
            "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${list[@]}" >/dev/null || true
    fi
    ! "$check" || return 0
    echo "$name is missing. Debian and Ubuntu: apt-get install $packages. $others" >&2
    exit 1
}

has_postgres() {
    { command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; } &&
        PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v pgbouncer >/dev/null 2>&1 &&
        PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v haproxy >/dev/null 2>&1 &&
        command -v curl >/dev/null 2>&1
}

has_promtool() {
    command -v promtool >/dev/null 2>&1
}

has_node() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1
}

has_python() {
    python3 -c 'import venv, ensurepip' >/dev/null 2>&1
}

has_image_sources() {
    command -v apt-get >/dev/null 2>&1 && command -v xz >/dev/null 2>&1 &&
        [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]
}

# What each group of scripts needs besides Rust and a C compiler.
ensure_postgres() {
    ensure has_postgres "PostgreSQL (initdb, postgres), PgBouncer, HAProxy or curl" "postgresql pgbouncer haproxy curl" \
        "Fedora: dnf install postgresql-server pgbouncer haproxy curl. macOS: brew install postgresql pgbouncer haproxy."
}

ensure_promtool() {
    ensure has_promtool "promtool" "prometheus" \
        "Other systems: put promtool of https://prometheus.io/download on the PATH."
}

ensure_node() {
    ensure has_node "Node.js (node, npm)" "nodejs npm" "Fedora: dnf install nodejs. macOS: brew install node."
}

ensure_python() {
    ensure has_python "Python 3 with venv and pip" "python3-venv" "Fedora: dnf install python3. macOS: brew install python."
}

ensure_image_sources() {
    ensure has_image_sources "apt-get, xz or the key ring of Debian" "debian-archive-keyring xz-utils" \
        "Other systems: run this script in a container of Debian."
}

# Installs pinned Python packages into a virtual environment, unless they are there: python_environment FOLDER REQUIREMENTS
python_environment() {
    local folder=$1 requirements=$2
    ! cmp -s "$requirements" "$folder/installed.txt" || return 0
    rm -rf "$folder"
    python3 -m venv "$folder"
    if ! "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"; then
        echo "cannot install the packages of $requirements: check that PyPI can be reached" >&2
        exit 1
    fi
    cp "$requirements" "$folder/installed.txt"
}

# Installs pinned npm packages, unless they are there: npm_environment FOLDER SOURCE
#
# SOURCE has package.json and package-lock.json.
npm_environment() {
    local folder=$1 source=$2
    ! cmp -s "$source/package-lock.json" "$folder/installed.json" || return 0
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$source/package.json" "$source/package-lock.json" "$folder/"
    if ! npm --prefix "$folder" ci --silent --no-audit --no-fund --ignore-scripts; then
        echo "cannot install the packages of $source: check that the npm registry can be reached" >&2
        exit 1
    fi
    cp "$source/package-lock.json" "$folder/installed.json"
}

# Builds the server without optimisation, and sets `program` to its path.
# shellcheck disable=SC2034
build_server() {
    cargo build --quiet --locked -p manyface "$@"
    program=$target/debug/manyface
}

# Waits for a server to print its base URL, and sets BASE: await_server FILE PROCESS LOG
await_server() {
    local attempt
    for ((attempt = 0; attempt < 300; attempt++)); do
        [ ! -s "$1" ] || break
        kill -0 "$2" 2>/dev/null || break
        sleep 0.1
    done
    BASE=$(cat "$1")
    if [ -z "$BASE" ]; then
        echo "the server did not start within 30 s:" >&2
        cat "$3" >&2
        exit 1
    fi
}
