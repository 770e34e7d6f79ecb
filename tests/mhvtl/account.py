"""Results and status of the program, step by step, as JSON values that compare."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from changer.api import TapeLibrary
from changer.errors import ChangerError
from changer.library.status import DriveStatus, LibraryStatus, MailStatus, SlotStatus

from .scenarios import Step

Account = dict[str, Any]
PROGRAM: dict[str, Callable[..., object]] = {
    "status": lambda library: None,
    "load": lambda library, source, drive: library.load(source, drive),
    "load-as-is": lambda library, source, drive: library.load(source, drive, as_is=True),
    "unload": lambda library, drive, slot=None: library.unload(drive, slot),
    "move": lambda library, source, destination: library.move(source, destination),
    "reserve": lambda library, slot: library.cleaner.reserve(slot),
    "release": lambda library: library.cleaner.release(),
    "insert": lambda library, source: library.cleaner.insert(source=source),
    "inventory": lambda library: library.inventory(),
}

# Differ from one run to the next.
_PASSING = ("operation_id", "device", "move_id")


def perform(library: TapeLibrary, step: Step) -> Account:
    """Do one step of the program's; what came of it, and what the library shows after it."""
    name, *arguments = step.words
    done = {} if step.is_operators else _attempt(lambda: PROGRAM[name](library, *arguments))
    shown = _attempt(lambda: _shown(library.status()))
    account: Account = json.loads(
        json.dumps({"step": step.words, "done": done, "shown": shown}, default=str)
    )
    return account


def _attempt(action: Callable[[], object]) -> object:
    try:
        result = action()
    except ChangerError as error:
        ntms = error.ntms
        return {
            "error": error.code,
            "ntms": ntms.name if ntms else None,
            "sense": _sense(error.sense) if error.sense else None,
        }
    return _plain(result)


def _sense(sense: bytes) -> str:
    """Key, code and qualifier; the rest is the device's taste."""
    return f"{sense[2] & 0xF:02x}/{sense[12]:02x}/{sense[13]:02x}"


def _plain(result: object) -> object:
    if hasattr(result, "__dataclass_fields__"):
        fields: dict[str, Any] = asdict(result)  # type: ignore[call-overload]
        return {name: value for name, value in fields.items() if name not in _PASSING}
    return result


def _shown(status: LibraryStatus) -> Account:
    """A status, with plain empty slots counted instead of listed: there may be thousands."""
    return {
        "cleaner": status.cleaner and asdict(status.cleaner),
        "drives": [_drive(drive) for drive in status.drives],
        "slots": [asdict(slot) for slot in status.slots if not _is_plainly_empty(slot)],
        "empty_slots": sum(map(_is_plainly_empty, status.slots)),
        "mail": [_mail(slot) for slot in status.mail],
        "picker": status.picker and asdict(status.picker),
    }


def _drive(drive: DriveStatus) -> Account:
    """What the library shows of it; what it asked for is on record here, and not with mhVTL."""
    fields: Account = asdict(drive)
    return {
        name: value for name, value in fields.items() if name not in (*_PASSING, "cleaning_request")
    }


def _mail(slot: MailStatus) -> Account:
    """IMPEXP of an empty element says nothing, and libraries leave anything there."""
    fields = asdict(slot)
    if not slot.full:
        fields["import_export"].pop("operator_placed")
    return fields


def _is_plainly_empty(slot: SlotStatus) -> bool:
    noted = (slot.volume_tag, slot.exception, slot.source_slot, slot.medium_type)
    return slot.full is False and not slot.reserved and noted == (None, None, None, None)
