"""Kernel modules that show a virtual library as devices, and configfs, where it is set up."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from changer.errors import AccessDenied, AttachFailed
from changer.host.guarded_files import CLEAN_ENVIRONMENT, find_program

CONFIGFS = Path("/sys/kernel/config")
_LOADED = Path("/sys/module")
# Without the last two the device is there all the same: only /dev/st and /dev/sch are missing.
_REQUIRED = ("target_core_mod", "target_core_user", "tcm_loop", "sg")
_WELCOME = ("st", "ch")
_SECONDS = 60.0
_MISSING_HINT = (
    "the module comes with the kernel's own packages: linux-modules-extra-$(uname -r) on Ubuntu, "
    "kernel-modules-extra on Fedora and Red Hat; a container can't load any, load it on the host"
)


def require_root() -> None:
    """Raise AccessDenied for users who may not change the kernel's devices."""
    if os.geteuid() != 0:
        raise AccessDenied(
            "only root can attach and detach a virtual library: it changes the kernel's devices",
            hint="use sudo; sim:NAME works for everyone, without a device",
        )


def prepare_kernel(*also: str) -> None:
    """Load the modules that are not there yet, and mount configfs. Raises AttachFailed."""
    for name in (*_REQUIRED, *also):
        _load(name)
    if _has_target():
        return
    try:
        _run(
            ["mount", "-t", "configfs", "configfs", str(CONFIGFS)],
            f"configfs can't be mounted at {CONFIGFS}",
        )
    except AttachFailed:
        if not _has_target():  # or somebody else mounted it meanwhile
            raise
    if not _has_target():
        raise AttachFailed(f"{CONFIGFS}/target is missing, though target_core_mod is loaded")


def _has_target() -> bool:
    return (CONFIGFS / "target").is_dir()


def load_drivers() -> tuple[str, ...]:
    """Load the drivers of tape drives and changers; those that could not be, by name."""
    missing = []
    for name in _WELCOME:
        try:
            _load(name)
        except AttachFailed:
            missing.append(name)
    return tuple(missing)


def _load(name: str) -> None:
    if not _is_live(_LOADED / name):
        _run(["modprobe", name], f"the kernel module {name} can't be loaded", hint=_MISSING_HINT)


def _is_live(module: Path) -> bool:
    """Loaded and initialised; what is built into the kernel has no state."""
    try:
        return (module / "initstate").read_text().strip() == "live"
    except OSError:
        return module.exists()


def _run(argv: list[str], failure: str, *, hint: str | None = None) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            [find_program(argv[0], also=("/usr/sbin", "/sbin")), *argv[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            env=CLEAN_ENVIRONMENT,
            start_new_session=True,  # Ctrl-C at the terminal is not for it
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AttachFailed(f"{failure}: {error}", hint=hint) from None
    if done.returncode != 0:
        raise AttachFailed(f"{failure}: {done.stderr.strip() or 'no reason given'}", hint=hint)
