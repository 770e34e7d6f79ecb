"""What a report makes of the replies of a drive: its state, what it asks for, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from scsi_bytes import check

from changer.drives.drive_state import DriveState
from changer.drives.report import DriveReport, report_drives
from changer.smc.command import Command, Reply, Status
from changer.smc.elements import Element
from changer.transport import Transport

from .conftest import MakeLibrary
from .virtual_library import TEST_UNIT_READY, VirtualLibrary

LOG_SENSE = 0x4D
PAGE_11H, PAGE_2EH, PAGE_3EH = 0x11, 0x2E, 0x3E
READY, REFUSED = Reply(Status.GOOD), check(5, 0x24)
ASKS, CLEANED = check(0, 0x82, 0x82), check(1, 0x83, 0x83)
IBM, DLT = "ULT3580-TD8", "DLT8000"


def log_page(page: int, *parameters: tuple[int, bytes]) -> bytes:
    body = b"".join(
        code.to_bytes(2, "big") + bytes((3, len(value))) + value for code, value in parameters
    )
    return bytes((page, 0)) + len(body).to_bytes(2, "big") + body


def status_page(wants: int, activity: int = 0) -> bytes:
    """Page 11h. ``wants``: 1 initialized, 2 cleaning required, 4 cleaning requested."""
    return log_page(PAGE_11H, (0, bytes((wants, 0, activity))))


def alerts(*flags: int) -> bytes:
    return log_page(PAGE_2EH, *((each, b"\1") for each in flags))


@dataclass
class Scripted:
    """A drive that answers TEST UNIT READY and LOG SENSE so, and says itself who it is."""

    inner: Transport
    readiness: Reply
    pages: Mapping[int, bytes]
    asked: list[int] = field(default_factory=list)

    def execute(self, command: Command[Any]) -> Reply:
        if command.cdb[0] == TEST_UNIT_READY:
            return self.readiness
        if command.cdb[0] != LOG_SENSE:
            return self.inner.execute(command)
        page = command.cdb[2] & 0x3F
        self.asked.append(page)
        return Reply(Status.GOOD, self.pages[page]) if page in self.pages else REFUSED

    def close(self) -> None:
        self.inner.close()


class Told(NamedTuple):
    """What is made of it. ``why_not``: it was not asked, or not all of it."""

    state: DriveState
    request: str | None = None
    alerts: frozenset[int] = frozenset()
    new_alerts: frozenset[int] = frozenset()
    why_not: str | None = None


def told_of(report: DriveReport) -> Told:
    assert report.asked is (report.why_not_asked is None)
    return Told(
        report.state, report.request, report.alerts, report.new_alerts, report.why_not_asked
    )


def drive_0(library: VirtualLibrary, readiness: Reply, pages: Mapping[int, bytes]) -> DriveReport:
    def home(_: Element) -> int | None:
        return 1001

    with library.open(drive_wire=lambda inner: Scripted(inner, readiness, pages)) as opened:
        return report_drives(opened, opened.read(), find_home=home).drives[0]


def loaded(make_library: MakeLibrary, product: str) -> VirtualLibrary:
    library = make_library("demo", drive_product=product)
    library.operate("insert A00099L8 drive:0", noticed=False)
    return library


FLAG_3, FLAGS = frozenset({3}), frozenset({3, 20})

# Product of the drive, what it answers to TEST UNIT READY, its log pages; what is made of it.
CASES: dict[str, tuple[str, Reply, dict[int, bytes], Told]] = {
    "ready": (IBM, READY, {}, Told(DriveState.READY)),
    "ready, with all pages": (
        IBM,
        READY,
        {PAGE_11H: status_page(1), PAGE_2EH: alerts()},
        Told(DriveState.READY),
    ),
    "loading": (IBM, check(2, 0x04, 0x01), {}, Told(DriveState.LOADING)),
    "writing": (IBM, READY, {PAGE_11H: status_page(1, 6)}, Told(DriveState.WRITING)),
    "asks by the status page": (
        IBM,
        READY,
        {PAGE_11H: status_page(5)},
        Told(DriveState.READY, "requested"),
    ),
    "needs it by the status page, with another flag": (
        IBM,
        READY,
        {PAGE_11H: status_page(3), PAGE_2EH: alerts(3)},
        Told(DriveState.READY, "required", FLAG_3, FLAG_3),
    ),
    "needs it by its flags": (
        IBM,
        READY,
        {PAGE_2EH: alerts(3, 20)},
        Told(DriveState.READY, "required", FLAGS, FLAGS),
    ),
    "asks by its sense data, and tells nothing else": (
        IBM,
        ASKS,
        {},
        Told(DriveState.READY, "requested"),
    ),
    "asks by its sense data, and by no page": (
        IBM,
        ASKS,
        {PAGE_11H: status_page(1), PAGE_2EH: alerts(3)},
        Told(DriveState.READY, "requested", FLAG_3, FLAG_3),
    ),
    "needs it by its page, and asks by its sense data": (
        IBM,
        ASKS,
        {PAGE_11H: status_page(3)},
        Told(DriveState.READY, "required"),
    ),
    "was cleaned, by its sense data": (IBM, CLEANED, {}, Told(DriveState.READY)),
    "the same sense data of another maker": (
        DLT,
        check(0, 0x82, 0x82),
        {},
        Told(DriveState.NOT_READY),
    ),
    "asks by its maker's page": (
        DLT,
        READY,
        {PAGE_3EH: log_page(PAGE_3EH, (1, b"\x02")), PAGE_11H: status_page(3)},
        Told(DriveState.READY, "requested"),
    ),
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("case", CASES)
def test_drive_is_told_by_what_it_replies(make_library: MakeLibrary, case: str) -> None:
    product, readiness, pages, told = CASES[case]
    report = drive_0(loaded(make_library, product), readiness, pages)
    assert told_of(report) == told
    assert (report.full, report.volume_tag, report.home) == (True, "A00099L8", 1001)
    assert (report.number, report.address, report.product) == (0, 500, product)


def test_drive_that_is_busy_is_asked_for_nothing_else(make_library: MakeLibrary) -> None:
    report = drive_0(loaded(make_library, IBM), Reply(Status.BUSY), {PAGE_2EH: alerts(3)})
    assert (report.state, report.asked, report.alerts) == (DriveState.BUSY, False, frozenset())
    assert report.why_not_asked is not None


def test_what_a_drive_reported_before_is_kept_and_is_not_new(make_library: MakeLibrary) -> None:
    library = loaded(make_library, IBM)
    first = drive_0(library, READY, {PAGE_2EH: alerts(3, 20)})
    second = drive_0(library, READY, {PAGE_2EH: alerts()})
    third = drive_0(library, READY, {PAGE_2EH: alerts(5)})
    assert [
        (each.request, sorted(each.alerts), sorted(each.new_alerts))
        for each in (first, second, third)
    ] == [("required", [3, 20], [3, 20]), ("required", [3, 20], []), ("required", [3, 5, 20], [5])]


def test_empty_drive_has_no_home_and_its_reply_is_its_own(make_library: MakeLibrary) -> None:
    library = make_library("demo", drive_product=IBM)
    report = drive_0(library, READY, {})
    assert (report.full, report.home, report.volume_tag) == (False, None, None)
    assert (report.state, report.reason) == (
        DriveState.UNKNOWN,
        "it holds a cartridge, and the library shows none",
    )
    report = drive_0(library, check(2, 0x3A), {})
    assert (report.state, report.reason) == (DriveState.EMPTY, "")


def test_drive_that_is_being_cleaned_is_not_asked(make_library: MakeLibrary) -> None:
    library = loaded(make_library, IBM)
    with library.open():
        pass  # it is on record
    with library.store() as store:
        operation = store.begin_operation(library.id, "clean", drive_address=500)
        store.claim(operation.id, 500)
        report = drive_0(library, READY, {PAGE_2EH: alerts(3)})
    assert told_of(report) == Told(DriveState.CLEANING, why_not="changer is cleaning it")


def test_drive_that_is_not_there_is_not_asked(make_library: MakeLibrary) -> None:
    library = make_library("demo")
    library.fault("element drive:0 ed=1")
    report = drive_0(library, READY, {PAGE_2EH: alerts(3)})
    assert (report.state, report.asked) == (DriveState.NOT_PRESENT, False)
