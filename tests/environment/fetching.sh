# Packages that are fetched and unpacked into a cache folder, and not installed. Sourced by the other scripts here;
# each names itself in $what.
#
# A folder is complete or absent: it is made elsewhere and renamed.
# shellcheck shell=bash

PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8
cache=${XDG_CACHE_HOME:-$HOME/.cache}/changer

fail() {
    # shellcheck disable=SC2154
    printf '%s: %s\n' "$what" "$*" >&2
    exit 1
}

# The newest of the cache's folders by version, as kernel-6.1.0-50-amd64 of 'kernel-*'.
newest_folder() {
    local newest
    newest=$(find "$cache" -mindepth 1 -maxdepth 1 -type d -name "$1" 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] && printf '%s\n' "$newest"
}

# Sets $work, a folder in the cache, while no other script fetches anything.
begin_fetching() {
    type -P apt-get >/dev/null || fail "needs apt-get to fetch packages of Debian or Ubuntu"
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    rm -rf "$cache"/unpacking.* # what an interrupted run left
    work=$(mktemp -d "$cache/unpacking.XXXXXX")
    trap 'rm -rf "$work"' EXIT
}

# Calls a function that fetches packages, and once more with new lists of them if it fails: a fresh container has none
# yet, and they can be older than the archive. The first argument says what failed.
try_twice() {
    local failure=$1
    shift
    "$@" && return
    [ "$(id -u)" -eq 0 ] || fail "$failure; run: sudo apt-get update"
    apt-get -qq update </dev/null >&2 || fail "$failure; apt-get update failed, too"
    "$@" || fail "$failure"
}

# Into the current folder.
download() {
    # APT::Sandbox::User: as root, apt would fetch as _apt, which may not write here.
    apt-get -qq -o APT::Sandbox::User=root download "$@" </dev/null >&2
}

# Unpacks every package in the current folder into another one.
extract() {
    local archive
    for archive in *.deb; do
        [ -e "$archive" ] || continue
        dpkg-deb --extract "$archive" "$1"
        rm "$archive"
    done
}

# Most of a distribution's modules (graphics, network cards, sound) only cost time: in unpacking, decompressing, depmod,
# and when udev in the guest loads what it finds hardware for.
keep_modules() {
    local modules=$1 folder
    shift
    mv "$modules/kernel" "$modules/all"
    for folder in "$@"; do
        [ -e "$modules/all/$folder" ] || continue
        mkdir -p "$modules/kernel/$(dirname "$folder")"
        mv "$modules/all/$folder" "$modules/kernel/$folder"
    done
    rm -rf "$modules/all"
}

index_modules() {
    local folder=$1 release=$2
    # modules.order and modules.builtin still name what was left out; depmod warns of that only.
    depmod -b "$folder" "$release" 2>/dev/null || fail "depmod failed for $release"
    [ -s "$folder/lib/modules/$release/modules.dep" ] || fail "depmod wrote no modules.dep for $release"
}
