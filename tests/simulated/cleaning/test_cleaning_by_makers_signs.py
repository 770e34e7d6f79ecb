"""Drives that speak of cleaning in their maker's own way, as the rows of the atlas have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from scsi_bytes import check

from changer.cleaning.clean_drive import clean
from changer.drives.cleaning_requests import cleaning_requests
from changer.errors import ChangerError
from changer.library.addressing import parse_place
from changer.smc.command import Command, Reply, Status
from changer.store.records import CleaningRequest
from changer.transport import Transport

from .cleaner_library import CleanerLibrary
from .conftest import MakeCleanerLibrary
from .shown_drive import LOG_SENSE, TEST_UNIT_READY

REFUSED = check(0x05, 0x24, 0x00)
CLEANED = check(0x01, 0x83, 0x83)
NO_MEDIUM = check(0x02, 0x3A, 0x00)


class MakersDrive:
    """Carries commands to a drive, but answers those that ``answer`` has a reply to itself."""

    def __init__(self, inner: Transport, answer: Callable[[bytes], Reply | None]) -> None:
        self._inner = inner
        self._answer = answer
        self.cdbs: list[bytes] = []

    def execute(self, command: Command[Any]) -> Reply:
        self.cdbs.append(command.cdb)
        return self._answer(command.cdb) or self._inner.execute(command)

    def close(self) -> None:
        self._inner.close()


def log_page(page: int, *parameters: tuple[int, int]) -> Reply:
    """A log page of parameters of four bytes, each with the first one given."""
    values = (
        code.to_bytes(2, "big") + bytes((0x40, 4, value, 0, 0, 0)) for code, value in parameters
    )
    body = b"".join(values)
    return Reply(Status.GOOD, data=bytes((page, 0)) + len(body).to_bytes(2, "big") + body)


def requested(
    library: CleanerLibrary, page: int, *parameters: tuple[int, int]
) -> tuple[CleaningRequest | None, list[int]]:
    """What drive 0 asks for, which has that page alone, and the log pages that were read of it."""
    drives: list[MakersDrive] = []

    def answer(cdb: bytes) -> Reply | None:
        if cdb[0] != LOG_SENSE:
            return None
        return log_page(page, *parameters) if cdb[2] & 0x3F == page else REFUSED

    def wire(inner: Transport) -> Transport:
        drives.append(MakersDrive(inner, answer))
        return drives[-1]

    with library.open(drive_wire=wire) as opened:
        first, *_ = cleaning_requests(opened)
    cdbs = drives[0].cdbs
    return first.request, [cdb[2] & 0x3F for cdb in cdbs if cdb[0] == LOG_SENSE]


PAGES: dict[tuple[str, int, int], dict[int, CleaningRequest | None]] = {
    ("SDLT600", 0x3E, 0x0001): {0: None, 1: None, 2: "requested", 4: "required", 6: "required"},
    ("DLT7000", 0x3E, 0x0001): {0xF8: None, 7: "required"},
    ("SDX-700C", 0x33, 0x0005): {0: None, 0x7F: None, 0x80: "required"},
    ("SDZ-130", 0x33, 0x000B): {0: None, 0x80: "required"},
}


@pytest.mark.parametrize(
    ("product", "page", "parameter", "value", "request_told"),
    [(*told, value, PAGES[told][value]) for told in PAGES for value in PAGES[told]],
)
def test_request_is_read_from_the_makers_own_page(
    make: MakeCleanerLibrary,
    product: str,
    page: int,
    parameter: int,
    value: int,
    request_told: CleaningRequest | None,
) -> None:
    library = make(drive_vendor="MAKER", drive_product=product)
    found = requested(library, page, (0x0100, 0xFF), (parameter, value), (0x20, 0xFF))
    assert found == (request_told, [page])


@pytest.mark.parametrize("parameters", [(), ((0x0100, 0xFF),)], ids=str)
def test_drive_whose_page_says_nothing_is_asked_as_the_standards_have_it(
    make: MakeCleanerLibrary, parameters: tuple[tuple[int, int], ...]
) -> None:
    library = make(drive_vendor="QUANTUM", drive_product="SDLT600")
    assert requested(library, 0x3E, *parameters) == (None, [0x3E, 0x11, 0x0C, 0x2E])


def test_page_of_one_maker_is_not_read_of_another_makers_drive(make: MakeCleanerLibrary) -> None:
    request, pages = requested(make(), 0x3E, (0x0001, 0x04))
    assert (request, pages) == (None, [0x11, 0x0C, 0x2E])


# The end of a cleaning


def clean_said(library: CleanerLibrary, *script: Reply) -> None:
    """Clean drive 0, which has no log pages, and answers TEST UNIT READY by the script.

    The last reply stays. Before there is a cartridge in it, it has none.
    """
    replies = [*script]

    def answer(cdb: bytes) -> Reply | None:
        if cdb[0] == LOG_SENSE:
            return REFUSED
        if cdb[0] != TEST_UNIT_READY:
            return None
        if library.tag_at("drive:0") is None:
            return NO_MEDIUM
        return replies.pop(0) if replies[1:] else replies[0]

    with library.open(drive_wire=lambda inner: MakersDrive(inner, answer)) as opened:
        clean(opened, parse_place("drive:0"))


def cleaning(make: MakeCleanerLibrary, product: str) -> CleanerLibrary:
    at_once = dict.fromkeys(("cleaning_seconds", "drive_load_seconds"), 0.0)
    return make(drive_vendor="IBM", drive_product=product, cleaners=0, **at_once).with_cleaner()


def test_drive_that_says_that_it_was_cleaned_was(make: MakeCleanerLibrary) -> None:
    library = cleaning(make, "ULT3580-TD6")
    clean_said(library, CLEANED, NO_MEDIUM)
    assert library.condition(0)["cleanings"] == 1  # type: ignore[index]


def test_same_code_of_another_makers_drive_is_no_sign_of_a_cleaning(
    make: MakeCleanerLibrary,
) -> None:
    library = cleaning(make, "Ultrium 6-SCSI")
    with pytest.raises(ChangerError) as caught:
        clean_said(library, CLEANED, NO_MEDIUM)
    assert "without a sign of cleaning" in caught.value.message
