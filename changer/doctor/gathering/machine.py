"""The host: its kernel and drivers, the user that asks, the container that it may be."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path

from changer.doctor.facts import Caller, Machine, Module
from changer.errors import OutputFailed
from changer.host.guarded_files import read_file
from changer.host.processes import line_of
from changer.host.trust import user_name
from changer.printable import printable

_SYS = Path("/sys")
_PROC = Path("/proc")
_MODULES = Path("/lib/modules")
_SYSTEMD = Path("/run/systemd/container")
_SIGNS = (("/.dockerenv", "docker"), ("/run/.containerenv", "podman"))
_DRIVERS = ("sg", "st", "lin_tape")
_MEDIUM_CHANGER = "8"
_LARGEST = 1 << 22


def machine() -> Machine:
    """Versions, and what kind of system it is."""
    from importlib.metadata import version

    release = platform.release()
    return Machine(
        kernel=release,
        machine=platform.machine(),
        python=platform.python_version(),
        changer=version("changer"),
        distribution=_distribution(),
        container=_container(),
        has_sys=(_SYS / "class/scsi_generic").is_dir() or (_SYS / "bus/scsi").is_dir(),
        has_kernel_modules=(_MODULES / release).is_dir(),
        scsi_changers=sum(
            line_of(file) == _MEDIUM_CHANGER
            for file in (_SYS / "bus/scsi/devices").glob("*:*:*:*/type")
        ),
    )


def _distribution() -> str:
    with suppress(OSError):
        return printable(platform.freedesktop_os_release().get("PRETTY_NAME", "Linux"))
    return "Linux"


def _container() -> str | None:
    if (named := line_of(_SYSTEMD)) != "":
        return printable(named)
    for file, name in _SIGNS:
        if Path(file).exists():
            return name
    with suppress(OSError):
        for word in (_PROC / "1/environ").read_bytes().split(b"\0"):
            if word.startswith(b"container="):
                return printable(word[10:].decode("utf-8", "replace")) or "unknown"
    return None


def caller() -> Caller:
    """The user, with the groups of this process and those of the account now."""
    import pwd

    user_id = os.geteuid()
    name = user_name(user_id)
    groups = frozenset((os.getegid(), *os.getgroups()))
    account = groups
    with suppress(KeyError, OSError):
        entry = pwd.getpwuid(user_id)
        account = frozenset(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return Caller(name, user_id, groups, account)


def modules() -> tuple[Module, ...]:
    """The drivers that carry commands to changers and drives."""
    devices = _device_names()
    return tuple(
        Module(name, name in devices or (_SYS / "module" / name).is_dir(), _is_installed(name))
        for name in _DRIVERS
    )


def _device_names() -> frozenset[str]:
    """What /proc/devices names: a driver that is built in has a number there, too."""
    with suppress(OSError):
        lines = (_PROC / "devices").read_text().splitlines()
        return frozenset(line.split()[-1] for line in lines if line.split())
    return frozenset()


def _is_installed(name: str) -> bool | None:
    """Whether the running kernel has it, loaded or not; None: its list can't be read."""
    folder = _MODULES / platform.release()
    for file in ("modules.builtin", "modules.dep"):
        try:
            content = read_file(folder / file, most=_LARGEST)
        except (OSError, OutputFailed):
            return None
        if f"/{name}.ko".encode() in content:
            return True
    return False
