"""Overviews as values, for what is made of them."""

from __future__ import annotations

from changer.cleaning.family_stock import FamilyStock
from changer.cleaning.read_stock import CleanerStock, ReservedSlot
from changer.cleaning.stock import State, StockedCleaner
from changer.cleaning.verdict import judge
from changer.errors import CleanerLow
from changer.library.addressing import Numbering
from changer.library.findings import Finding
from changer.library.model import Identity
from changer.library.status import (
    DriveStatus,
    ExceptionStatus,
    ImportExportStatus,
    LibraryStatus,
    MailStatus,
    PickerStatus,
    SlotStatus,
)
from changer.overview.overview import Overview, Reading, Records, Trouble
from changer.smc.atlas.media import MediaFamily
from changer.smc.elements import ElementAddressAssignment, ElementRange
from changer.store.records import CleaningRequest, MoveTotal, OperationTotal
from changer.store.sharing import LockUse

ID = "ACME_L700_1"
READ_AT = 2_000_000_000.5
NUMBERING = Numbering(
    ElementAddressAssignment(
        ElementRange(0, 1), ElementRange(1000, 9), ElementRange(10, 3), ElementRange(500, 4)
    )
)
TROUBLE = Trouble("offline", "it is offline", None, READ_AT)
PICKER_FULL = Finding("picker-full", "critical", "the picker is full", None, ("picker",))
ODD = ExceptionStatus(0x3B, 0x12, "medium magazine removed")


def slot(
    number: int,
    full: bool | None,
    *,
    present: bool | None = True,
    exception: ExceptionStatus | None = None,
) -> SlotStatus:
    return SlotStatus(
        number=number,
        address=999 + number,
        full=full,
        present=present,
        volume_tag=None,
        medium_type=None,
        cleaner=False,
        source_slot=None,
        exception=exception,
        reserved=False,
    )


def mail(number: int, full: bool | None, *, placed: bool | None) -> MailStatus:
    values = {name: getattr(slot(number, full), name) for name in SlotStatus.__slots__}
    return MailStatus(**values, import_export=ImportExportStatus(placed, True, True))


def drive(
    number: int,
    full: bool | None,
    *,
    serial: str | None = None,
    request: CleaningRequest | None = None,
    present: bool | None = True,
) -> DriveStatus:
    return DriveStatus(
        number=number,
        address=500 + number,
        full=full,
        present=present,
        volume_tag=None,
        medium_type=None,
        cleaner=False,
        source_slot=None,
        source_mail=None,
        accessible=True,
        exception=None,
        serial=serial,
        device=None,
        cleaning_request=request,
    )


def cleaner(label: str | None, *, left: int | None, home: int | None) -> StockedCleaner:
    state: State = "away" if home is None else "usable"
    return StockedCleaner(
        label, MediaFamily.LTO, state, None, home, home, left, 3, None, None, None, None
    )  # fmt: skip


STATUS = LibraryStatus(
    cleaner=None,
    cleaners=(),
    drives=(
        drive(0, True, serial="D0", request="required"),
        drive(1, False, serial="D1"),
        drive(2, None),
        drive(3, None, present=False),
    ),
    slots=(
        slot(1, True),
        slot(2, True),
        slot(3, False),
        slot(4, None, present=False, exception=ODD),
        slot(5, None),
        slot(6, None, present=None),
    ),
    mail=(mail(1, True, placed=True), mail(2, True, placed=False), mail(3, False, placed=None)),
    picker=PickerStatus(0, False, None, False, None),
    removal_prevented=True,
)
STOCK = CleanerStock(
    cleaners=(
        cleaner("CLN001L1", left=2, home=1000),
        cleaner("CLN002L1", left=None, home=1001),
        cleaner("CLN003L1", left=20, home=None),
    ),
    slots=(ReservedSlot(1000, None, True), ReservedSlot(1001, None, None)),
    families=(
        FamilyStock(MediaFamily.LTO, (500, 501), 1, 2, CleanerLow("2 cleanings left")),
        FamilyStock(None, (502,), 0, None, None),
    ),
)
READING = Reading(
    at=READ_AT,
    took_seconds=1.25,
    status=STATUS,
    stock=STOCK,
    verdict=judge(STATUS, (PICKER_FULL,), STOCK.families),
    numbering=NUMBERING,
)
RECORDS = Records(
    attention=(PICKER_FULL,),
    lock=LockUse(held=True, holder=None, waiting=None),
    totals=(
        MoveTotal("move", "completed", None, 1),
        MoveTotal("move", "completed", 5, 2),
        MoveTotal("move", "completed", 31, 4),
        MoveTotal("move", "completed", 1800, 1),
        MoveTotal("move", "misplaced", 7, 3),
    ),
    operation_totals=(OperationTotal("clean", "completed", 12),),
    numbering=NUMBERING,
    at=READ_AT,
)
OVERVIEW = Overview(
    library_id=ID,
    identity=Identity("ACME", "L700", "1.0", "1"),
    alias=None,
    device="/dev/sg3",
    interval_seconds=30.0,
    reading=READING,
    records=RECORDS,
)
