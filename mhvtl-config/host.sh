# What `up` and `down` share: where mhVTL is on this host, and what was done to it. Sourced.
# shellcheck shell=bash

CONFIGURED=/etc/mhvtl
KEPT=/etc/mhvtl.before-changer
# Says which configuration is up, and what `down` has to undo; inside the folder that `up` made, so that a reboot
# forgets neither or both.
NOTES=$CONFIGURED/changer-test
MEDIA=/opt/mhvtl/changer-test
PROGRAMS=(vtllibrary vtltape vtlcmd make_vtl_media mktape)
PREFIX=${CHANGER_MHVTL_PREFIX:-}

export LC_ALL=C PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin
if [ -n "$PREFIX" ]; then
    export PATH=$PREFIX/bin:$PATH LD_LIBRARY_PATH=$PREFIX/lib:$PREFIX/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
fi

complain() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

fail() {
    complain "$*"
    exit 1
}

need_root() {
    [ "$(id -u)" -eq 0 ] || fail "only root can load mhVTL's module and start its daemons"
}

# Started by its own unit files, unless they are not there, or systemd is not: then one by one.
uses_systemd() {
    [ -d /run/systemd/system ] && [ -z "$PREFIX" ] && systemctl cat mhvtl.target >/dev/null 2>&1
}

# Prints the number, target and kind of each library and drive that the configuration in a folder has.
sections() {
    [ ! -e "$1/device.conf" ] ||
        sed -n 's/^\(Library\|Drive\): *\([0-9]*\) CHANNEL: *[0-9]* TARGET: *\([0-9]*\).*/\2 \3 \1/p' "$1/device.conf"
}

# Prints the process ids of mhVTL's daemons, whoever started them.
daemons() {
    local folder name
    for folder in /proc/[0-9]*; do
        read -r name 2>/dev/null <"$folder/comm" || continue
        case $name in vtllibrary | vtltape) echo "${folder#/proc/}" ;; esac
    done
}

is_loaded() {
    [ -d "/sys/module/$1" ]
}
