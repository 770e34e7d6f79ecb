# What only a guest of QEMU does. Sourced by init, which virtme-ng has started with /proc, /sys, /dev and udevd there.
# shellcheck shell=bash

# The root that virtme-ng mounts asks the host at every step of every path. The second export of the same files is
# cached in the guest; it is laid over what matters.
CACHED=/run/changer-host

# virtme-ng's own standard error is the kernel's console on the host; this port is the launcher's standard error alone.
# An interactive shell has neither, only a terminal.
open_streams() {
    [ -z "$TIME_LIMIT" ] || exec 2>/dev/virtio-ports/changer.stderr
}

mount_host() {
    mkdir "$CACHED"
    mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose changer-host "$CACHED"
    # The target core keeps reservations in a folder there; without it there are none.
    lay_over /var
}

# Even so, each start of Python lists folders and looks for files that are not there, which no 9p mount caches.
# So python_image.py puts what Python reads into a file system of its own.
mount_python() {
    local folder
    modprobe -a virtio_blk ext4
    mkdir /run/python
    mount -t ext4 -o ro /dev/vda /run/python
    for folder in "${PYTHON_FOLDERS[@]}"; do
        mount --bind "/run/python$folder" "$folder"
    done
}

start_devices() {
    :
}

run_shell() {
    bash -i
}

# virtme-ng does, when init ends.
power_off() {
    :
}
