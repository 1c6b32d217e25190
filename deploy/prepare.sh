# Prepare a checkout: Python environment, engine, studio. Sourced by deploy/up, tests/run and .ci/run.
#
# Every step is skipped when a hash of its inputs equals the one it left behind, so that preparing
# twice costs a few milliseconds. What the steps make lies in .venv, node_modules and build, all
# ignored by git. Needs bash, coreutils, Python 3.11 and, for the studio, Node 20.19.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build
VENV=$ROOT/.venv
MEMBERS=(trilog-schemas wasm packages/nexus-protocol packages/nexus-core services/workspace-kernel)

# Settings of the caller's shell must not reach the tools.
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH UV_PROJECT_ENVIRONMENT
export UV_NO_PROGRESS=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# Trust the authorities that the machine trusts: a company's proxy has one of its own.
CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
if [[ -f $CERTIFICATES ]]; then
    : "${UV_SYSTEM_CERTS:=1}" "${PIP_CERT:=$CERTIFICATES}" "${NODE_EXTRA_CA_CERTS:=$CERTIFICATES}"
    export UV_SYSTEM_CERTS PIP_CERT NODE_EXTRA_CA_CERTS
fi

# --- What the user sees ---------------------------------------------------------------------------

elapsed() { printf '%4d s' "$SECONDS"; }
say() { printf '%s  %s\n' "$(elapsed)" "$*"; }
fail() {
    printf '%s  stopped: %s\n' "$(elapsed)" "$1" >&2
    shift
    local hint
    for hint in "$@"; do printf '        %s\n' "$hint" >&2; done
    exit 1
}

# step NAME COMMAND…: run with a line at the start, one every ten seconds, and its output on failure.
step() {
    local name=$1 log
    shift
    mkdir -p "$BUILD/logs"
    log=${name,,}
    log=$BUILD/logs/${log//[^a-z0-9.]/-}.log
    say "$name …"
    NO_COLOR=1 FORCE_COLOR=0 "$@" >"$log" 2>&1 </dev/null &
    local job=$! beat=0
    while kill -0 "$job" 2>/dev/null; do
        sleep 0.2
        beat=$((beat + 1))
        if ((beat % 50 == 0)); then say "$name …"; fi
    done
    wait "$job" && return
    tail -n 40 "$log" >&2
    fail "$name failed; all of its output is in ${log#"$ROOT"/}"
}

# --- Stamps: the hash of what a step was made from -------------------------------------------------

# inputs_hash PATH…: one hash over the names and contents of files and folders.
inputs_hash() (
    cd "$ROOT"
    find "$@" \( -name node_modules -o -name dist -o -name __pycache__ -o -name tests \) -prune \
        -o -type f -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
)
stamped() { [[ -f $BUILD/stamps/$1 && $(<"$BUILD/stamps/$1") == "$2" ]]; }
stamp() { mkdir -p "$BUILD/stamps" && printf '%s\n' "$2" >"$BUILD/stamps/$1"; }

# --- Debian packages ------------------------------------------------------------------------------

can_apt() {
    command -v apt-get >/dev/null || return 1
    ((EUID == 0)) || sudo -n true 2>/dev/null
}
apt_install() {
    local as_root=()
    ((EUID == 0)) || as_root=(sudo -n)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --no-install-recommends "$@"
}

# --- Python ---------------------------------------------------------------------------------------

find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    fail "Python 3.11 or newer is needed: found $(python3 --version 2>&1 || true)" \
        "On Debian 12 or newer: apt-get install python3"
}

# The uv of requirements.lock, from the PATH or in a virtual environment of its own.
find_uv() {
    local pinned own=$BUILD/uv/bin/uv
    pinned=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' "$ROOT/requirements.lock")
    UV=$(command -v uv || true)
    if [[ -n $UV && $("$UV" --version) == "uv ${pinned%.*}."* ]]; then return; fi
    UV=$own
    if [[ -x $own && $("$own" --version) == "uv $pinned"* ]]; then return; fi
    make_venv_possible
    step "uv $pinned" install_uv
}
make_venv_possible() {
    local python version
    python=$(find_python)
    "$python" -c 'import ensurepip' 2>/dev/null && return
    version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    can_apt || fail "the Python module venv is missing" "On Debian, as root: apt-get install $version"
    step "$version" apt_install "$version"
}
install_uv() {
    local python
    python=$(find_python)
    "$python" -m venv --clear "$BUILD/uv"
    sed -n '/^uv==/,/[^\\]$/p' "$ROOT/requirements.lock" >"$BUILD/uv/requirements.txt"
    "$BUILD/uv/bin/python" -m pip install --require-hashes -r "$BUILD/uv/requirements.txt"
}

# prepare_python [dev]: the members, editable, with the versions and hashes of requirements.lock.
prepare_python() {
    local group=${1:-} wanted python
    wanted="$ROOT $(inputs_hash requirements.lock "${MEMBERS[@]/%//pyproject.toml}" \
        wasm/hatch_build.py wasm/engine wasm/engine_build)"
    # The development environment has everything that the other one has.
    if [[ -x $VENV/bin/python && -x $VENV/bin/nexus ]]; then
        if stamped python-dev "$wanted"; then return; fi
        if [[ -z $group ]] && stamped python "$wanted"; then return; fi
    fi
    find_uv
    say "the engine takes about a minute when it is built the first time"
    if [[ ! -x $VENV/bin/python ]]; then
        python=$(find_python)
        "$UV" venv --quiet --clear --python "$python" "$VENV"
    fi
    step "Python packages and engine${group:+, $group}" \
        install_members "$VENV" ${group:+--group "$group"} "${MEMBERS[@]/#/-e }"
    stamp "python${group:+-$group}" "$wanted"
}
# install_members VENV ARGUMENT…: the constraints pin versions and hashes of what is not a member.
install_members() {
    local venv=$1
    shift
    # shellcheck disable=SC2068 # "-e member" is two words
    (cd "$ROOT" && "$UV" pip install --python "$venv/bin/python" --constraint requirements.lock $@)
}

# --- Studio ---------------------------------------------------------------------------------------

check_node() {
    local hint="See https://nodejs.org/en/download for Debian packages of Node 20 and newer."
    command -v node >/dev/null || fail "Node 20.19 or newer is needed: found none" "$hint"
    node -e 'const [a, b] = process.versions.node.split(".").map(Number);
        process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
        fail "Node 20.19 or newer is needed: found $(node --version)" "$hint"
    command -v npm >/dev/null || fail "npm is needed, which comes with Node: found none" "$hint"
}
prepare_node_modules() {
    local wanted
    wanted=$(inputs_hash package-lock.json)
    if [[ -d $ROOT/node_modules ]] && stamped node "$wanted"; then return; fi
    check_node
    step "JavaScript packages" npm --prefix "$ROOT" ci --no-audit --no-fund
    stamp node "$wanted"
}
prepare_studio() {
    local wanted
    wanted=$(inputs_hash package.json package-lock.json packages/nexus-renderer services/studio)
    if [[ -f $ROOT/services/studio/dist/index.html ]] && stamped studio "$wanted"; then return; fi
    prepare_node_modules
    step "Studio" npm --prefix "$ROOT" run build --workspace services/studio
    stamp studio "$wanted"
}

# --- All ------------------------------------------------------------------------------------------

# Two preparations at once would write the same files: the second one waits.
prepare_alone() {
    mkdir -p "$BUILD" 2>/dev/null && [[ -w $BUILD ]] ||
        fail "cannot write to $ROOT: run this as the owner of the checkout, or clone it anew"
    exec 9>"$BUILD/lock"
    flock --nonblock 9 || { say "waiting for another preparation of this checkout …" && flock 9; }
    "$@"
    exec 9>&-
}
