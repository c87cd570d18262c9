# Sourced by the set-up scripts: how they speak, stop, and ask the system for packages.

say() { printf 'set-up: %s\n' "$*" >&2; }

fail() {
    printf 'set-up failed: %s\n' "$*" >&2
    exit 1
}

# install_packages NAME...: by apt-get, as root or with password-less sudo. False when that cannot be done.
install_packages() {
    command -v apt-get >/dev/null || return 1
    local as_root=()
    if [[ "$(id -u)" != 0 ]]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    say "installing system packages: $*"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2 && return
    # Package lists may be absent (fresh image) or older than the mirror.
    "${as_root[@]}" apt-get update -q >&2 &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

# hash_of PATH...: one hash over names and contents of files and folders.
hash_of() {
    find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}
