"""Overviews of libraries that no device stands for: 10 slots from @1000, 2 drives from @500."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sample_records import a_move, an_operation

from changer.cleaning.read_stock import CleanerStock
from changer.cleaning.stock import StockedCleaner
from changer.cleaning.verdict import judge
from changer.library.addressing import Numbering
from changer.library.model import Identity
from changer.library.status import (
    DriveStatus,
    ExceptionStatus,
    LibraryStatus,
    MailStatus,
    PickerStatus,
    SlotStatus,
)
from changer.overview.overview import MoveShown, OperationShown, Overview, Reading, Records, Trouble
from changer.smc.elements import ElementAddressAssignment, ElementRange
from changer.store.records import EventRecord
from changer.top.lines import Line, text_of
from changer.top.shown import Shown

NOW = 1_000_000.0
ID = "CHANGER_TEST_1"
MAGAZINE_OUT = ExceptionStatus(0x3B, 0x12, "medium magazine removed")


def numbering(slots: int = 10) -> Numbering:
    return Numbering(
        ElementAddressAssignment(
            medium_transport=ElementRange(1, 1),
            storage=ElementRange(1000, slots),
            import_export=ElementRange(10, 2),
            data_transfer=ElementRange(500, 2),
        )
    )


def slot(number: int, label: str | None = None, **changes: Any) -> SlotStatus:
    plain = SlotStatus(
        number=number,
        address=999 + number,
        full=label is not None,
        present=True,
        volume_tag=label,
        medium_type=None,
        cleaner=False,
        source_slot=None,
        exception=None,
        reserved=False,
    )
    return replace(plain, **changes)


def mail(number: int, label: str | None = None) -> MailStatus:
    values = {name: getattr(slot(number, label), name) for name in SlotStatus.__slots__}
    return MailStatus(**{**values, "address": 9 + number}, import_export=None)


def drive(number: int, label: str | None = None, **changes: Any) -> DriveStatus:
    plain = DriveStatus(
        number=number,
        address=500 + number,
        full=label is not None,
        present=True,
        volume_tag=label,
        medium_type=None,
        cleaner=False,
        source_slot=None,
        source_mail=None,
        accessible=True,
        exception=None,
        serial=f"D{number}",
        device=f"/dev/nst{number}",
        cleaning_request=None,
    )
    return replace(plain, **changes)


def picker(label: str | None = None, **changes: Any) -> PickerStatus:
    plain = PickerStatus(
        address=1, full=label is not None, volume_tag=label, cleaner=False, exception=None
    )
    return replace(plain, **changes)


def status(*slots: SlotStatus, **changes: Any) -> LibraryStatus:
    shown = slots or tuple(slot(n, f"A{n:05}L8" if n <= 5 else None) for n in range(1, 11))
    plain = LibraryStatus(
        cleaner=None,
        cleaners=(),
        drives=(drive(0), drive(1)),
        slots=shown,
        mail=(mail(1), mail(2)),
        picker=picker(),
        removal_prevented=False,
    )
    return replace(plain, **changes)


def reading(shown: LibraryStatus | None = None, **changes: Any) -> Reading:
    shown = shown or status()
    plain = Reading(
        at=NOW - 3,
        took_seconds=0.5,
        status=shown,
        stock=CleanerStock((), (), ()),
        verdict=judge(shown, (), ()),
        numbering=numbering(len(shown.slots)),
    )
    return replace(plain, **changes)


def records(**changes: Any) -> Records:
    return replace(Records(numbering=numbering(), at=NOW), **changes)


def overview(shown: LibraryStatus | None = None, **changes: Any) -> Overview:
    plain = Overview(
        library_id=ID,
        identity=Identity("CHANGER", "TEST", "1", "1"),
        alias=None,
        device="/dev/sg3",
        interval_seconds=30.0,
        reading=reading(shown),
        records=records(),
    )
    return replace(plain, **changes)


def shown(of: Overview | None = None, **changes: Any) -> Shown:
    plain = Shown(of or overview(), now=NOW, alive_at=NOW, local_time=lambda at: f"t{at:.0f}")
    return plain._replace(**changes)


def trouble(message: str = "no such device", *, seconds: float = 60.0) -> Trouble:
    return Trouble("device-not-available", message, None, NOW - seconds)


def waiting(words: str, *, number: int = 1, seconds: float = 120.0) -> OperationShown:
    record = an_operation(
        id=f"0000000{number}-0000",
        library_id=ID,
        started_at=NOW - seconds,
        slot_address=1000,
        message=words,
        process_id=1,
        sequence=number,
    )
    return OperationShown(record, "waiting")


def moving(label: str | None = "A00001L8", *, is_running: bool = True) -> MoveShown:
    record = a_move(library_id=ID, volume_tag=label, started_at=NOW - 12, process_id=1)
    return MoveShown(record, is_running)


def cleaner(**changes: Any) -> StockedCleaner:
    plain = StockedCleaner(
        label="CLN001CU",
        family="LTO",  # type: ignore[arg-type]
        state="usable",
        reason=None,
        home=1000,
        address=1000,
        cleans_left=45,
        uses=5,
        last_used_at=NOW - 7200,
        left_at=None,
        drive=None,
        refusal=None,
    )
    return plain._replace(**changes)


def event(message: str, *, over_at: float | None = NOW) -> EventRecord:
    return EventRecord(1, ID, "mail-slot-filled", "", "", NOW - 60, message, "{}", None, over_at)


def texts(lines: Any) -> list[str]:
    found: list[Line] = [*lines]
    return [text_of(each) for each in found]
