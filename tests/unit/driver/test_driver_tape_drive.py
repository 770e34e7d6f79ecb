"""A tape drive that is asked what it is, whether it is ready, and whether it wants cleaning."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import pytest
from driver_support import ScriptedDevice
from scsi_bytes import check, descriptor_sense

from changer.drives.drive import TapeDrive
from changer.errors import MalformedData, TransportFailed
from changer.smc.command import Command, Reply, Status
from changer.store.records import DriveIdentity

TEST_UNIT_READY, INQUIRY, LOAD_UNLOAD, LOG_SENSE = 0x00, 0x12, 0x1B, 0x4D
PAGE_0CH, PAGE_11H, PAGE_2EH, PAGE_3EH = 0x0C, 0x11, 0x2E, 0x3E
REFUSED, ATTENTION, BUSY = check(5, 0x24, 0x00), check(6, 0x29, 0x00), Reply(Status.BUSY)
DLT = DriveIdentity(500, "S", "QUANTUM", "DLT8000")
Cleaning = tuple[str | None, Set[int]] | None


def log_page(page: int, *parameters: tuple[int, bytes]) -> bytes:
    body = b"".join(
        code.to_bytes(2, "big") + bytes((3, len(value))) + value for code, value in parameters
    )
    return bytes((page, 0)) + len(body).to_bytes(2, "big") + body


def status_page(wants: int, medium: int = 0, activity: int = 0) -> bytes:
    """Page 11h. ``wants``: 1 initialized, 2 cleaning required, 4 cleaning requested."""
    return log_page(PAGE_11H, (0, bytes((wants, medium, activity))))


def alerts(*flags: int) -> bytes:
    """Page 2Eh with each flag there is, of which these are set."""
    return log_page(PAGE_2EH, *((each, bytes((int(each in flags),))) for each in range(1, 65)))


class Paged:
    """A drive that answers LOG SENSE with these pages, and refuses the others."""

    def __init__(self, pages: Mapping[int, bytes]) -> None:
        self._pages = pages
        self.asked: list[int] = []

    def execute(self, command: Command[Any]) -> Reply:
        assert command.cdb[0] == LOG_SENSE
        page = command.cdb[2] & 0x3F
        self.asked.append(page)
        return Reply(Status.GOOD, self._pages[page]) if page in self._pages else REFUSED

    def close(self) -> None:
        """Nothing is open."""


REQUIRED, REQUESTED, NEITHER = (
    log_page(PAGE_3EH, (1, bytes((each,)))) for each in (0x06, 0x02, 0xF8)
)
ALL_BEFORE_FLAGS = [PAGE_11H, PAGE_0CH, PAGE_2EH]

# Product, pages; what is made of them, and the pages that were asked for.
ANSWERS: dict[str, tuple[DriveIdentity | None, dict[int, bytes], Cleaning, list[int]]] = {
    "11h, required": (None, {PAGE_11H: status_page(3)}, ("required", set()), [PAGE_11H]),
    "11h, both": (None, {PAGE_11H: status_page(7)}, ("required", set()), [PAGE_11H]),
    "11h, requested": (None, {PAGE_11H: status_page(5)}, ("requested", set()), [PAGE_11H]),
    "11h, neither": (None, {PAGE_11H: status_page(1)}, (None, set()), [PAGE_11H]),
    "11h, not initialized": (
        None,
        {PAGE_11H: status_page(6), PAGE_0CH: log_page(PAGE_0CH, (0x100, b"\1"))},
        ("required", set()),
        [PAGE_11H, PAGE_0CH],
    ),
    "11h, too short": (
        None,
        {PAGE_11H: log_page(PAGE_11H, (0, b"\7")), PAGE_2EH: alerts()},
        (None, set()),
        ALL_BEFORE_FLAGS,
    ),
    "0Ch, required": (
        None,
        {PAGE_0CH: log_page(PAGE_0CH, (0x100, b"\0\0\1"))},
        ("required", set()),
        [PAGE_11H, PAGE_0CH],
    ),
    "0Ch, not": (
        None,
        {PAGE_0CH: log_page(PAGE_0CH, (0x100, b"\0\0")), PAGE_2EH: alerts(20)},
        (None, set()),
        [PAGE_11H, PAGE_0CH],
    ),
    "0Ch, without the parameter": (
        None,
        {PAGE_0CH: log_page(PAGE_0CH, (0, b"\1")), PAGE_2EH: alerts(20)},
        ("required", {20}),
        ALL_BEFORE_FLAGS,
    ),
    "flag 20": (None, {PAGE_2EH: alerts(20)}, ("required", {20}), ALL_BEFORE_FLAGS),
    "flag 21": (None, {PAGE_2EH: alerts(3, 21)}, ("requested", {3, 21}), ALL_BEFORE_FLAGS),
    "flags of other things": (None, {PAGE_2EH: alerts(3)}, (None, {3}), ALL_BEFORE_FLAGS),
    "no flags": (None, {PAGE_2EH: alerts()}, (None, set()), ALL_BEFORE_FLAGS),
    "nothing at all": (None, {}, None, ALL_BEFORE_FLAGS),
    "its maker's page, required": (DLT, {PAGE_3EH: REQUIRED}, ("required", set()), [PAGE_3EH]),
    "its maker's page, requested": (DLT, {PAGE_3EH: REQUESTED}, ("requested", set()), [PAGE_3EH]),
    "its maker's page, neither": (DLT, {PAGE_3EH: NEITHER}, (None, set()), [PAGE_3EH]),
    "its maker's page, without it": (
        DLT,
        {PAGE_3EH: log_page(PAGE_3EH, (2, b"\6")), PAGE_11H: status_page(5)},
        ("requested", set()),
        [PAGE_3EH, PAGE_11H],
    ),
    "its maker's page is refused": (
        DLT,
        {PAGE_11H: status_page(1)},
        (None, set()),
        [PAGE_3EH, PAGE_11H],
    ),
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("identity", "pages", "told", "asked"), ANSWERS.values(), ids=list(ANSWERS)
)
def test_drive_requests_cleaning_by_the_first_page_that_tells(
    identity: DriveIdentity | None, pages: dict[int, bytes], told: Cleaning, asked: list[int]
) -> None:
    device = Paged(pages)
    assert TapeDrive("it", identity, device).cleaning_request() == told
    assert device.asked == asked


def test_flags_that_were_just_read_count_where_flags_tell() -> None:
    before = frozenset({20})
    cases: tuple[tuple[dict[int, bytes], Cleaning], ...] = (
        ({PAGE_2EH: alerts(3)}, ("required", {3, 20})),
        ({PAGE_11H: status_page(1), PAGE_2EH: alerts(3)}, (None, set())),
        ({}, None),
    )
    for pages, told in cases:
        drive = TapeDrive("it", None, Paged(pages))
        assert drive.cleaning_request(flags_before=before) == told


def test_flags_and_status_are_none_where_the_drive_has_no_page_for_them() -> None:
    with_both = TapeDrive("it", None, Paged({PAGE_2EH: alerts(1, 64), PAGE_11H: status_page(1)}))
    assert with_both.tape_alerts() == {1, 64}
    status = with_both.status()
    assert status is not None and status.initialized
    without = TapeDrive("it", None, Paged({}))
    assert (without.tape_alerts(), without.status()) == (frozenset(), None)
    assert TapeDrive("it", None, Paged({PAGE_11H: status_page(0)})).status() is None


def unit(
    *script: Reply | Exception, product: str | None = None
) -> tuple[TapeDrive, ScriptedDevice]:
    device = ScriptedDevice(*script)
    identity = DriveIdentity(500, "S", None, product) if product is not None else None
    return TapeDrive("it", identity, device), device


def test_command_is_sent_again_after_each_unit_attention_up_to_16_times() -> None:
    in_descriptors = Reply(Status.CHECK_CONDITION, sense=descriptor_sense(6, 0x28))
    drive, device = unit(*[ATTENTION] * 14, in_descriptors, Reply(Status.GOOD))
    assert drive.readiness() is None
    assert device.opcodes == [TEST_UNIT_READY] * 16
    drive, device = unit(*[ATTENTION] * 16)
    sense = drive.readiness()
    assert sense is not None and sense.key == 6
    assert len(device.sent) == 16


def test_sense_data_that_can_not_be_read_is_asked_for_again() -> None:
    unreadable = Reply(Status.CHECK_CONDITION, sense=b"\x01")
    drive, device = unit(unreadable, check(2, 0x3A))
    sense = drive.readiness()
    assert sense is not None and sense.additional is not None and sense.additional.asc == 0x3A
    assert len(device.sent) == 2


def test_drive_that_is_busy_is_not_asked_again_and_is_not_ready() -> None:
    for reply in (BUSY, Reply(Status.CHECK_CONDITION)):
        drive, device = unit(reply)
        with pytest.raises(MalformedData):
            drive.readiness()
        assert len(device.sent) == 1


def test_drive_asks_for_cleaning_by_the_sense_data_of_its_last_reply_alone() -> None:
    asks, ready = check(0, 0x82, 0x82), Reply(Status.GOOD)
    drive, _ = unit(asks, ready, asks, check(2, 0x3A), asks, BUSY, product="ULT3580-TD8")
    asked = []
    for _ in range(5):
        drive.readiness()
        asked.append(drive.asks_by_sense)
    with pytest.raises(MalformedData):
        drive.readiness()
    assert [*asked, drive.asks_by_sense] == [True, False, True, False, True, False]
    other, _ = unit(asks, product="VIRTUAL")
    other.readiness()
    assert not other.asks_by_sense


def inquiry(product: bytes) -> Reply:
    return Reply(
        Status.GOOD, b"\1\x80\6\2\x1f\0\0\0" + b"IBM".ljust(8) + product.ljust(16) + b"1234"
    )


def test_product_is_the_librarys_and_asked_of_the_drive_once_where_that_has_none() -> None:
    drive, device = unit(product="DLT8000")
    assert (drive.product(), device.sent) == ("DLT8000", [])
    for known in (None, ""):
        drive, device = unit(inquiry(b"ULT3580-TD8"), product=known)
        assert [drive.product(), drive.product()] == ["ULT3580-TD8"] * 2
        assert device.opcodes == [INQUIRY]
    drive, device = unit(inquiry(b""), BUSY)
    assert [drive.product(), drive.product()] == [None, None]
    assert device.unused == 0


@pytest.mark.parametrize(
    ("reply", "serial"),
    [
        (Reply(Status.GOOD, b"\1\x80\0\3HU1"), "HU1"),
        (Reply(Status.GOOD, b"\1\x80\0\3   "), None),
        (Reply(Status.GOOD, b"\1\x80"), None),
        (REFUSED, None),
        (BUSY, None),
    ],
)
def test_serial_number_is_the_drives_own(reply: Reply, serial: str | None) -> None:
    drive, device = unit(reply)
    assert drive.serial_number() == serial
    assert device.sent[0].cdb[:3] == b"\x12\1\x80"


@pytest.mark.parametrize("end", [Reply(Status.GOOD), REFUSED, BUSY, TransportFailed("lost")])
def test_cartridge_is_ejected_once_whatever_becomes_of_that(end: Reply | Exception) -> None:
    drive, device = unit(end)
    drive.unload()
    assert [each.cdb for each in device.sent] == [b"\x1b\0\0\0\0\0"]


def test_what_the_transport_raises_is_raised() -> None:
    lost = TransportFailed("lost")
    for ask in (TapeDrive.readiness, TapeDrive.status, TapeDrive.tape_alerts, TapeDrive.product):
        drive, _ = unit(lost)
        with pytest.raises(TransportFailed):
            ask(drive)
