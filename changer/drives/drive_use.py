"""Use of a library's drives by other programs of this host, by its devices; no command is sent."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from changer.host import device_use
from changer.host.device_use import Activity, DeviceUsers, TapeCounters, User
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.discovery import ScsiDevice
    from changer.library.inventory import Inventory
    from changer.library.library import Library

_HIDDEN = "only root can see whether another program uses it"


class Use(NamedTuple):
    """Use of a drive by other programs. ``why_not_ask``: as the end of a sentence, or None."""

    users: tuple[User, ...] = ()
    activity: Activity | None = None
    why_not_ask: str | None = None


class TapeUse:
    """Watches the tape drives of this host for commands of other programs, from its making on."""

    def __init__(self) -> None:
        self._before: dict[Path, TapeCounters] = {}

    def watch(self, paths: Iterable[ScsiDevice]) -> None:
        """Note the counters of a drive's devices now."""
        self._before.update({each: _tape_counters(each) for each in _folders(paths)})

    def of(self, paths: Iterable[ScsiDevice]) -> Use:
        """What other programs do with a drive now, and have done since it was watched."""
        folders = _folders(paths)
        if not folders:  # a virtual drive
            return Use()
        users, all_seen = _users_of(folders)
        activity: Activity | None = None
        for each in folders:
            now = _tape_counters(each)
            activity = activity or now.since(self._before.get(each, now))
        if users or activity is not None:
            names = " and ".join(dict.fromkeys(map(str, users))) or "another program"
            return Use(users, activity, f"in use by {names}")
        return Use(why_not_ask=None if all_seen else _HIDDEN)


def users_of_drive(library: Library, inventory: Inventory, address: int) -> tuple[User, ...]:
    """Other programs of this host that have the drive at an element address open.

    None are found where the drive is not known to be a device of this host.
    """
    from changer.drives.matching import match_drives

    match = match_drives(library, inventory).drives.get(address)
    return () if match is None else TapeUse().of(match.paths).users


def _folders(paths: Iterable[ScsiDevice]) -> tuple[Path, ...]:
    return tuple(each.folder for each in paths if each.folder is not None)


def _users_of(folders: Iterable[Path]) -> DeviceUsers:
    from changer.library.discovery import tape_host

    host = tape_host()
    return device_use.users_of(folders) if host is None else host.users_of(folders)


def _tape_counters(folder: Path) -> TapeCounters:
    from changer.library.discovery import tape_host

    host = tape_host()
    return device_use.tape_counters(folder) if host is None else host.tape_counters(folder)
