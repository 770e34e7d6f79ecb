"""Backup software of the host: what its settings say of changers, and which daemons run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from changer.doctor.backup_settings import (
    Configured,
    amanda_changers,
    bacula_changers,
    proxmox_changers,
)
from changer.doctor.facts import BackupSettings, ConfiguredChanger
from changer.errors import ChangerError, OutputFailed
from changer.host.guarded_files import read_file
from changer.host.processes import line_of
from changer.host.trust import real_path
from changer.library.discovery import device_at
from changer.printable import printable
from changer.values import NamedTuple

_PROC = Path("/proc")
_LARGEST = 1 << 20
_MOST_FILES = 500


class _Software(NamedTuple):
    name: str
    patterns: tuple[str, ...]
    parse: Callable[[str], Iterator[Configured]]


_SOFTWARE = (
    _Software(
        "Bacula", ("etc/bacula/bacula-sd.conf", "opt/bacula/etc/bacula-sd.conf"), bacula_changers
    ),
    _Software(
        "Bareos", ("etc/bareos/bareos-sd.conf", "etc/bareos/bareos-sd.d/**/*.conf"), bacula_changers
    ),
    _Software("Amanda", ("etc/amanda/*/amanda.conf", "etc/amanda/*.conf"), amanda_changers),
    _Software("Proxmox Backup Server", ("etc/proxmox-backup/tape.cfg",), proxmox_changers),
)
# By the names that the kernel has of them, 15 bytes at most: daemons that control robots.
_DAEMONS = {
    "bacula-sd": "Bacula",
    "bareos-sd": "Bareos",
    "proxmox-backup-": "Proxmox Backup Server",
    "dsmserv": "IBM Storage Protect",
    "dsmsta": "IBM Storage Protect",
    "tldcd": "NetBackup",
    "tldd": "NetBackup",
    "ltid": "NetBackup",
    "uma": "Data Protector",
    "CvMountd": "Commvault",
    "sam-robotsd": "SAM-QFS",
    "rmcd": "CERN Tape Archive",
}


def backup(root: Path = Path("/")) -> BackupSettings:
    """What was found below ``root``, and among the processes that can be seen."""
    changers: list[ConfiguredChanger] = []
    unread: list[str] = []
    for software in _SOFTWARE:
        for file in _files(root, software.patterns, unread):
            try:
                text = read_file(file, most=_LARGEST).decode("utf-8", "replace")
            except (OSError, OutputFailed):
                unread.append(str(file))
                continue
            changers += (_configured(software.name, file, each) for each in software.parse(text))
    return BackupSettings(tuple(changers), _daemons(), tuple(unread))


def _files(root: Path, patterns: tuple[str, ...], unread: list[str]) -> Iterator[Path]:
    """The files that are there; a folder that is closed to this user is unread."""
    for pattern in patterns:
        top = root / Path(*pattern.split("/")[:2])
        if top.is_dir() and not os.access(top, os.R_OK | os.X_OK):
            if str(top) not in unread:
                unread.append(str(top))
            continue
        with suppress(OSError):
            found = sorted(each for each in root.glob(pattern) if each.is_file())
            yield from found[:_MOST_FILES]


def _configured(software: str, file: Path, told: Configured) -> ConfiguredChanger:
    real = told.device
    if real.startswith("/"):
        with suppress(ChangerError):
            known = device_at(Path(real))
            real = str(known.device) if known is not None else str(real_path(Path(real)))
    return ConfiguredChanger(
        software=software,
        file=printable(str(file)),
        line=told.line,
        device=printable(told.device),
        real_device=printable(real),
        command=printable(told.command) if told.command else None,
        longest_wait_seconds=told.longest_wait_seconds,
    )


def _daemons() -> tuple[str, ...]:
    found: dict[str, None] = {}
    with suppress(OSError):
        for process in _PROC.iterdir():
            if process.name.isdecimal():
                name = _DAEMONS.get(line_of(process / "comm"))
                if name is not None:
                    found[name] = None
    return tuple(sorted(found))
