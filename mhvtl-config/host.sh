# What `up` and `down` share: where mhVTL is on this host, and what was done to it. Sourced.
# shellcheck shell=bash

# Another host for trials of these programs: a folder with etc, opt, proc, run, sys and var.
ROOT=${CHANGER_MHVTL_ROOT:-}
CONFIGURED=$ROOT/etc/mhvtl
KEPT=$ROOT/etc/mhvtl.before-changer
# A configuration on its way in or out. Whatever ends `up` or `down` in the middle, the notes are here or in the folder
# that is in place, so that `down` knows what to undo.
ASIDE=$ROOT/etc/mhvtl.changer-test
# Which configuration it is, and what `down` has to undo; beside its files, so that a reboot forgets neither or both.
NOTES=changer-test
MEDIA=$ROOT/opt/mhvtl/changer-test
PROGRAMS=(vtllibrary vtltape vtlcmd make_vtl_media mktape)
PREFIX=${CHANGER_MHVTL_PREFIX:-}
TRIES=${CHANGER_MHVTL_TRIES:-600} # tenths of a second; an emulated machine with sixteen drives needs many

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

# Prints what was noted under a name, in order.
noted() {
    local folder
    for folder in "$CONFIGURED" "$ASIDE"; do
        if [ -e "$folder/$NOTES" ]; then
            sed -n "s/^$1=//p" "$folder/$NOTES"
            return
        fi
    done
}

# Started by its own unit files, unless they are not there, or systemd is not: then one by one.
uses_systemd() {
    [ -d "$ROOT/run/systemd/system" ] && [ -z "$PREFIX" ] && systemctl cat mhvtl.target >/dev/null 2>&1
}

# Prints the number, target and kind of each library and drive that the configuration in a folder has.
sections() {
    [ ! -e "$1/device.conf" ] ||
        sed -n 's/^\(Library\|Drive\): *\([0-9]*\) CHANNEL: *[0-9]* TARGET: *\([0-9]*\).*/\2 \3 \1/p' "$1/device.conf"
}

# Prints the process ids of mhVTL's daemons, whoever started them.
daemons() {
    local folder name
    for folder in "$ROOT"/proc/[0-9]*; do
        read -r name 2>/dev/null <"$folder/comm" || continue
        case $name in vtllibrary | vtltape) echo "${folder##*/}" ;; esac
    done
}

# Waits until no daemon is left. systemd takes a unit for stopped once its daemon has been told to exit, and starts no
# other in its place while that one takes its seconds to end.
await_end_of_daemons() {
    local number tries
    for ((tries = 0; tries < TRIES; tries++)); do
        [ -n "$(daemons)" ] || return 0
        # One that has just been started may have thrown away what it was told.
        if ((tries % 50 == 0)); then
            while read -r number _; do
                vtlcmd "$number" exit >/dev/null 2>&1 || true
            done < <(sections "$CONFIGURED")
        fi
        sleep 0.1
    done
    complain "daemons of mhVTL do not end: $(daemons | tr '\n' ' ')"
    return 1
}

is_loaded() {
    [ -d "$ROOT/sys/module/$1" ]
}
