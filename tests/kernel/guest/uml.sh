# What only a guest of User-mode Linux does. Sourced by init, which uml-init has given a root of its own.
# shellcheck shell=bash

# Where this machine's files are found.
CACHED=

open_streams() {
    ln -sfn /proc/self/fd /dev/fd
    if [ -z "$TIME_LIMIT" ]; then
        exec </dev/tty1 >/dev/tty1 2>&1
        return
    fi
    stty -opost </dev/tty1
    stty -opost </dev/tty2
    exec </dev/null >/dev/tty1 2>/dev/tty2
}

mount_host() {
    :
}

mount_python() {
    :
}

# Nothing is there yet that needs a rule.
start_devices() {
    echo changer-guest >/proc/sys/kernel/hostname
    mkdir -p /run/lock
    modprobe configfs
    mount -t configfs configfs /sys/kernel/config
    /usr/lib/systemd/systemd-udevd --daemon >/dev/null 2>&1
}

run_shell() {
    setsid --ctty --wait bash -i </dev/tty1 >/dev/tty1 2>&1
}

power_off() {
    echo o >/proc/sysrq-trigger
    # The kernel does it a moment later.
    sleep 60
}
