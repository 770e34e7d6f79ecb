"""Builders of a status as a library at rest has it, but for what is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from driver_support import assignment

from changer.library.status import (
    DriveStatus,
    ExceptionStatus,
    LibraryStatus,
    MailStatus,
    PickerStatus,
    SlotStatus,
)

PAGE = assignment(slots=(1000, 12), mail=(10, 2), drives=(500, 2))
MAGAZINE_OUT = ExceptionStatus(0x3B, 0x12, "medium magazine removed")


def slot(number: int, **said: Any) -> SlotStatus:
    known: dict[str, Any] = {
        "full": False,
        "present": True,
        "volume_tag": None,
        "medium_type": None,
        "cleaner": False,
        "source_slot": None,
        "exception": None,
        "reserved": False,
    }
    return SlotStatus(number, 999 + number, **{**known, **said})


def mail(number: int, **said: Any) -> MailStatus:
    plain = slot(number)
    known = {name: getattr(plain, name) for name in SlotStatus.__slots__}
    return MailStatus(**{**known, "address": 9 + number, **said}, import_export=None)


def drive(number: int, **said: Any) -> DriveStatus:
    known: dict[str, Any] = {
        "full": False,
        "present": True,
        "volume_tag": None,
        "medium_type": None,
        "cleaner": False,
        "source_slot": None,
        "source_mail": None,
        "accessible": True,
        "exception": None,
        "serial": None,
        "device": None,
        "cleaning_request": None,
    }
    return DriveStatus(number, 500 + number, **{**known, **said})


def at_rest(**said: Any) -> LibraryStatus:
    """A library in which nothing is unusual but what is given."""
    plain = LibraryStatus(
        cleaner=None,
        cleaners=(),
        drives=(drive(0), drive(1)),
        slots=tuple(slot(each) for each in range(1, 13)),
        mail=(mail(1), mail(2)),
        picker=PickerStatus(1, False, None, False, None),
        removal_prevented=False,
    )
    return replace(plain, **said)


def with_slots(**by_number: SlotStatus) -> LibraryStatus:
    status = at_rest()
    changed = {each.number: each for each in by_number.values()}
    return replace(status, slots=tuple(changed.get(each.number, each) for each in status.slots))
