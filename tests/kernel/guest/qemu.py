"""QEMU in software emulation, prepared by virtme-ng: for a distribution's own kernel."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from .machine import GUEST_RESULTS, RESULTS, Start, check_path, find_environment, find_program

PYTHON_IMAGE = "python.img"

# Folders of the host that the guest may change for itself, in memory.
OVERLAYS = ("/etc", "/tmp")

QEMU_OPTIONS = (
    # No CD-ROM, floppy or network card to detect.
    "-nodefaults",
    # The plain processor: the emulation of newer vector instructions costs more than they save.
    "-cpu", "qemu64,-svm",
    "-fsdev", "local,id=changer-host,path=/,security_model=none,readonly=on,multidevs=remap",
    "-device", "virtio-9p-pci,fsdev=changer-host,mount_tag=changer-host",
)  # fmt: skip
KERNEL_OPTIONS = (
    # Each of these is slow in emulation and protects nothing in a guest that lives for a minute.
    "mitigations=off", "nokaslr", "apparmor=0", "audit=0",
    "init_on_alloc=0", "randomize_kstack_offset=off",
    # Code at another address is translated anew: every program would start half as fast.
    "norandmaps",
    # The default clock, HPET, leaves the emulated processor at every reading.
    "tsc=reliable", "clocksource=tsc",
)  # fmt: skip


class Qemu:
    """A guest with an emulated processor, or two.

    ``kernel``: a version or a folder, as tests/environment/kernel takes it.
    """

    name = "qemu"

    def __init__(self, *, processors: int, kernel: str | None = None) -> None:
        self._processors = processors
        self._folder = find_environment("kernel", *([kernel] if kernel else []))
        check_path(self._folder)

    def settings(self, run: Path) -> list[str]:
        return [f"KERNEL_FOLDER={shlex.quote(str(self._folder))}", make_python_image(run)]

    def start(self, run: Path, *, stderr: int | None) -> Start:
        guest_run = GUEST_RESULTS / run.name
        init = ["bash", str(Path(__file__).resolve().with_name("init")), str(guest_run)]
        arguments = self._virtme_arguments()
        options = [*QEMU_OPTIONS, *_disk_options(run)]
        if stderr is None:
            shell = run / "shell"
            shell.write_text(f"#!/bin/sh\nexec {shlex.join(init)}\n")
            shell.chmod(0o755)
            arguments += ["--shell", str(guest_run / shell.name)]
        else:
            arguments += ["--script-sh", f"exec {shlex.join(init)}"]
            # The console goes to QEMU's standard error, so the command's needs a way of its own.
            arguments += ["--show-boot-console", "--kopt", "loglevel=6"]
            options += _stderr_options(stderr)
        return Start(arguments + [f"-q={option}" for option in options])

    def check_started(self, run: Path, console: Path) -> None:
        """Whatever ended it: no other machine takes its place."""

    def _virtme_arguments(self) -> list[str]:
        arguments = [
            find_program("virtme-run", hint="make venv"),
            "--kimg", str(next((self._folder / "boot").glob("vmlinuz-*"))),
            "--mods", "auto",
            "--busybox", str(self._folder / "bin" / "busybox"),
            "--disable-kvm",  # /dev/kvm can exist and still hang on a stock kernel
            "--disable-microvm",
            "--disable-monitor",
            "--force-9p",
            "--memory", "1G",
            "--cpus", str(self._processors),
            "--name", "changer-guest",
            "--qemu-bin", find_program("qemu-system-x86_64", hint="make environment-kernels"),
            f"--rwdir={GUEST_RESULTS}={RESULTS}",
        ]  # fmt: skip
        for folder in OVERLAYS:
            arguments += ["--overlay-rwdir", folder]
        for option in KERNEL_OPTIONS:
            arguments += ["--kopt", option]
        return arguments


def make_python_image(run: Path) -> str:
    """Write the image that python_image.py describes; returns its part of the settings."""
    completed = subprocess.run(
        [
            find_program("python", hint="make venv"),
            Path(__file__).resolve().with_name("python_image.py"),
            run / PYTHON_IMAGE,
            find_program("mke2fs", hint="make environment-kernels"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return completed.stdout


def _disk_options(run: Path) -> list[str]:
    image = f"file={run / PYTHON_IMAGE},format=raw,if=none,id=changer-python,readonly=on"
    return ["-drive", image, "-device", "virtio-blk-pci,drive=changer-python"]


def _stderr_options(stderr: int) -> list[str]:
    # virtme-run passes no open file on to QEMU, which opens the pipe by its name instead.
    pipe = f"/proc/{os.getpid()}/fd/{stderr}"
    return [
        "-chardev", f"file,id=changer-stderr,path={pipe}",
        "-device", "virtio-serial-pci",
        "-device", "virtserialport,name=changer.stderr,chardev=changer-stderr",
    ]  # fmt: skip
