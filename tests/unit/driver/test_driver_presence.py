"""Is a slot present, is it empty: every code that decides it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from driver_support import DT, IE, MT, ST, assignment, element, unhurried
from hypothesis import given
from hypothesis import strategies as some

from changer.library.element_state import (
    Occupancy,
    Presence,
    cartridge_out,
    find_element_presence,
    find_occupancy,
    find_presence,
    is_cleaner,
)
from changer.smc.element_status import parse_element_status
from changer.smc.elements import AdditionalSense, Element, ElementType, VolumeTag

CAPTURES = Path(__file__).parents[2] / "data" / "captures"
SLOT = 1000
PAGE = assignment(slots=(SLOT, 12))


@dataclass(frozen=True)
class Row:
    """What a descriptor says, and what may be concluded from it."""

    says: Element | None
    presence: Presence
    inventory_may_tell: bool = False
    transient: bool = False


PRESENT, ABSENT, UNKNOWN = Presence.PRESENT, Presence.ABSENT, Presence.UNKNOWN

VENDOR_ROWS = {
    "TL2000, magazine out: ED": Row(element(disabled=True), ABSENT),
    "TL2000, magazine out: ED and 3B/12": Row(
        element(disabled=True, exception=(0x3B, 0x12)), ABSENT
    ),
    "TL2000, magazine out: ED, and FULL left behind": Row(
        element(disabled=True, full=True), ABSENT
    ),
    "SuperLoader 3, magazine out: ACCESS=0": Row(element(accessible=False), ABSENT, transient=True),
    "SuperLoader 3, ACCESS is not valid with EXCEPT": Row(
        element(accessible=True, exception=(0x3B, 0x12)), ABSENT
    ),
    "Scalar, magazine out: EXCEPT 3B/12": Row(element(exception=(0x3B, 0x12)), ABSENT),
    "Scalar, door cycled: EXCEPT 28/00": Row(element(exception=(0x28, 0x00)), UNKNOWN),
    "Scalar, import/export: EXCEPT 28/01": Row(element(exception=(0x28, 0x01)), UNKNOWN),
    "Scalar, drive removed: EXCEPT 3B/1A": Row(element(exception=(0x3B, 0x1A)), UNKNOWN),
    "Exabyte, label questionable: 83/00": Row(
        element(exception=(0x83, 0x00)), UNKNOWN, inventory_may_tell=True
    ),
    "Exabyte, label unreadable, full: 83/01": Row(
        element(exception=(0x83, 0x01), full=True), PRESENT
    ),
    "Exabyte, label unreadable, but empty: 83/01": Row(element(exception=(0x83, 0x01)), UNKNOWN),
    "Exabyte, label and FULL questionable: 83/03": Row(
        element(exception=(0x83, 0x03)), UNKNOWN, inventory_may_tell=True
    ),
    "Exabyte, label and FULL questionable, full: 83/03": Row(
        element(exception=(0x83, 0x03), full=True), UNKNOWN, inventory_may_tell=True
    ),
    "Exabyte, drive absent: 83/04": Row(element(exception=(0x83, 0x04)), UNKNOWN),
    "Exabyte, no label, full: 83/09": Row(element(exception=(0x83, 0x09), full=True), PRESENT),
    "Exabyte, no label, but empty: 83/09": Row(element(exception=(0x83, 0x09)), UNKNOWN),
    "SLR, magazine not installed: 83/02": Row(element(exception=(0x83, 0x02)), ABSENT),
    "SLR, 83/10": Row(element(exception=(0x83, 0x10), full=True), UNKNOWN),
    "SLR, source not installed: 80/03": Row(element(exception=(0x80, 0x03)), UNKNOWN),
    "SLR, destination not installed: 80/04": Row(element(exception=(0x80, 0x04)), UNKNOWN),
    "left out: nothing came back": Row(None, ABSENT),
    "left out: the next element came back": Row(element(address=SLOT + 1), ABSENT),
    "T10, not accessible: 3B/11": Row(element(exception=(0x3B, 0x11)), ABSENT),
    "T10, removed: 3B/12": Row(element(exception=(0x3B, 0x12)), ABSENT),
    "T10, inserted: 3B/13": Row(element(exception=(0x3B, 0x13)), UNKNOWN),
    "T10, locked: 3B/14": Row(element(exception=(0x3B, 0x14)), UNKNOWN),
    "T10, unlocked: 3B/15": Row(element(exception=(0x3B, 0x15)), UNKNOWN),
    "T10, element disabled: 3B/18": Row(element(exception=(0x3B, 0x18)), ABSENT),
    "T10, drive inserted: 3B/1B": Row(element(exception=(0x3B, 0x1B)), UNKNOWN),
    "T10, element status unknown: 53/08": Row(
        element(exception=(0x53, 0x08)), UNKNOWN, inventory_may_tell=True
    ),
}

DECISION_ROWS = {
    "listed, empty": Row(element(), PRESENT),
    "listed, full": Row(element(full=True, tag="A00001L8"), PRESENT),
    "80/22": Row(element(exception=(0x80, 0x22)), UNKNOWN, inventory_may_tell=True),
    "83/08, full": Row(element(exception=(0x83, 0x08), full=True), PRESENT),
    "83/08, empty": Row(element(exception=(0x83, 0x08)), UNKNOWN),
    "83/0A, full": Row(element(exception=(0x83, 0x0A), full=True), PRESENT),
    "83/0A, empty": Row(element(exception=(0x83, 0x0A)), UNKNOWN),
    "cleaner 30/03, full (TS4500)": Row(
        element(exception=(0x30, 0x03), full=True, tag="CLN001L1"), PRESENT
    ),
    "cleaner without label 30/83 (TL2000)": Row(
        element(exception=(0x30, 0x83), full=True, medium_type=2), PRESENT
    ),
    "cleaner used up 5A/01 (P3000)": Row(element(exception=(0x5A, 0x01), full=True), PRESENT),
    "home slot of a cleaner in use (P3000)": Row(
        element(exception=(0x30, 0x03), accessible=False), PRESENT
    ),
    "EXCEPT without a code": Row(element(exception=(0, 0)), UNKNOWN),
    "EXCEPT with no code at all": Row(
        Element(ST, SLOT, full=False, exception=True, accessible=True), UNKNOWN
    ),
    "a code that nobody knows": Row(element(exception=(0xFE, 0xED)), UNKNOWN),
    "ED outranks a cleaner's flag": Row(element(disabled=True, exception=(0x30, 0x03)), ABSENT),
    "not there outranks full": Row(element(exception=(0x3B, 0x12), full=True), ABSENT),
    "an absence that EXCEPT explains does not pass": Row(
        element(exception=(0x3B, 0x11), accessible=False), ABSENT
    ),
}


@pytest.mark.parametrize(
    "row", (VENDOR_ROWS | DECISION_ROWS).values(), ids=VENDOR_ROWS | DECISION_ROWS
)
def test_presence(row: Row) -> None:
    finding = find_presence(row.says, address=SLOT, assignment=PAGE)
    assert (finding.presence, finding.inventory_may_tell, finding.transient) == (
        row.presence,
        row.inventory_may_tell,
        row.transient,
    )
    assert finding.reason


@pytest.mark.parametrize("address", [SLOT - 1, SLOT + 12, 0, 0xFFFF, 500, 1])
def test_an_address_outside_the_storage_elements_is_not_present(address: int) -> None:
    said = element(address=address, full=True)
    assert find_presence(said, address=address, assignment=PAGE).presence is ABSENT


def test_address_0_is_a_valid_address() -> None:
    page = assignment(slots=(0, 4), transports=(10, 1), mail=(20, 0), drives=(30, 1))
    finding = find_presence(element(address=0), address=0, assignment=page)
    assert finding.presence is PRESENT


def test_no_slot_is_present_in_a_library_without_slots() -> None:
    page = assignment(slots=(SLOT, 0))
    assert find_presence(element(), address=SLOT, assignment=page).presence is ABSENT


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (element(exception=(0x3B, 0x12)), "3B/12"),
        (element(disabled=True, exception=(0x3B, 0x18)), "3B/18"),
        (element(exception=(0xFE, 0xED)), "FE/ED"),
        (element(accessible=False), "ACCESS=0"),
    ],
)
def test_the_reason_says_what_the_library_said(said: Element, words: str) -> None:
    assert words in find_presence(said, address=SLOT, assignment=PAGE).reason


def test_a_transport_without_an_access_bit_is_present() -> None:
    assert find_element_presence(element(MT, 1), address=1).presence is PRESENT


# Empty

OCCUPANCY_ROWS: dict[str, tuple[Element, list[Element], str | None, Occupancy]] = {
    "empty": (element(), [], None, Occupancy.EMPTY),
    "full": (element(full=True), [], None, Occupancy.FULL),
    "full with a label": (element(full=True, tag="A00001L8"), [], None, Occupancy.FULL),
    "full, and a drive claims to have it": (
        element(full=True),
        [element(DT, 500, full=True, source_address=SLOT)],
        None,
        Occupancy.FULL,
    ),
    "full cleaner": (element(full=True, exception=(0x30, 0x03)), [], None, Occupancy.FULL),
    "empty, but with a label": (element(tag="A00001L8"), [], None, Occupancy.UNKNOWN),
    "empty, but with an alternate label": (
        element(alternate_volume_tag=VolumeTag("B")),
        [],
        None,
        Occupancy.UNKNOWN,
    ),
    "P3000, home slot of a cleaner that no drive names": (
        element(exception=(0x30, 0x03), accessible=False),
        [element(DT, 500), element(MT, 1)],
        None,
        Occupancy.UNKNOWN,
    ),
    "P3000, home slot of a cleaner that a drive names": (
        element(exception=(0x30, 0x03), accessible=False),
        [element(DT, 500, full=True, source_address=SLOT)],
        None,
        Occupancy.OUT,
    ),
    "cleaner used up, out": (element(exception=(0x5A, 0x01)), [], None, Occupancy.UNKNOWN),
    "a drive has its cartridge": (
        element(),
        [element(DT, 500, full=True, source_address=SLOT)],
        None,
        Occupancy.OUT,
    ),
    "the transport has its cartridge": (
        element(),
        [element(MT, 1, full=True, source_address=SLOT)],
        None,
        Occupancy.OUT,
    ),
    "an emptied drive keeps SVALID": (
        element(),
        [element(DT, 500, source_address=SLOT)],
        None,
        Occupancy.EMPTY,
    ),
    "an exceptional drive may have it": (
        element(),
        [element(DT, 500, source_address=SLOT, exception=(0x53, 0x08))],
        None,
        Occupancy.UNKNOWN,
    ),
    "an exceptional slot that names it says nothing": (
        element(),
        [element(ST, SLOT + 1, source_address=SLOT, exception=(0x53, 0x08))],
        None,
        Occupancy.EMPTY,
    ),
    "an exceptional drive names another slot": (
        element(),
        [element(DT, 500, source_address=SLOT + 1, exception=(0x53, 0x08))],
        None,
        Occupancy.EMPTY,
    ),
    "a stored cartridge keeps SVALID (MSL3040)": (
        element(),
        [element(ST, SLOT + 1, full=True, source_address=SLOT)],
        None,
        Occupancy.EMPTY,
    ),
    "a cartridge in a mail slot keeps SVALID": (
        element(),
        [element(IE, 10, full=True, source_address=SLOT)],
        None,
        Occupancy.EMPTY,
    ),
    "a drive has a cartridge from elsewhere": (
        element(),
        [element(DT, 500, full=True, source_address=SLOT + 1)],
        None,
        Occupancy.EMPTY,
    ),
    "a drive does not say where its cartridge came from": (
        element(),
        [element(DT, 500, full=True, tag="A00001L8")],
        None,
        Occupancy.EMPTY,
    ),
    "the known cleaner is in a drive that does not say so": (
        element(),
        [element(DT, 500, full=True, tag="CLN001L1")],
        "CLN001L1",
        Occupancy.OUT,
    ),
    "the known cleaner is in the transport": (
        element(),
        [element(MT, 1, full=True, tag="CLN001L1")],
        "CLN001L1",
        Occupancy.OUT,
    ),
    "the known cleaner's label stayed on an empty drive": (
        element(),
        [element(DT, 500, tag="CLN001L1")],
        "CLN001L1",
        Occupancy.EMPTY,
    ),
    "the known cleaner is stored elsewhere": (
        element(),
        [element(ST, SLOT + 3, full=True, tag="CLN001L1")],
        "CLN001L1",
        Occupancy.EMPTY,
    ),
    "a drive without label, a known cleaner": (
        element(),
        [element(DT, 500, full=True)],
        "CLN001L1",
        Occupancy.EMPTY,
    ),
    "the slot's own SVALID says nothing": (
        element(source_address=SLOT),
        [element(source_address=SLOT)],
        None,
        Occupancy.EMPTY,
    ),
    "the slot's medium type says nothing": (element(medium_type=2), [], None, Occupancy.EMPTY),
}


@pytest.mark.parametrize(
    ("slot", "others", "cleaner_tag", "expected"), OCCUPANCY_ROWS.values(), ids=OCCUPANCY_ROWS
)
def test_occupancy(
    slot: Element, others: list[Element], cleaner_tag: str | None, expected: Occupancy
) -> None:
    assert find_occupancy(slot, others, cleaner_tag=cleaner_tag) is expected


def test_the_cartridge_that_is_out_is_named() -> None:
    drive = element(DT, 501, full=True, source_address=SLOT, tag="A00001L8")
    assert cartridge_out(SLOT, [element(DT, 500), drive]) is drive
    assert cartridge_out(SLOT + 1, [element(DT, 500), drive]) is None


def test_a_real_msl3040_has_empty_slots_that_stored_cartridges_name_as_their_source() -> None:
    file = CAPTURES / "hpe-msl3040-partition-ll03-remanence.toml"
    exchanges = tomllib.loads(file.read_text())["exchange"]
    data = next(
        bytes.fromhex(each["data"])
        for each in exchanges
        if each.get("cdb", "").startswith("b8 10 00 00") and "data" in each
    )
    elements = parse_element_status(data).elements
    by_address = {each.address: each for each in elements}
    # 1015 holds a cartridge that came from 1033; 1033 is empty; so is its claim.
    assert by_address[1015].source_address == 1033
    assert find_occupancy(by_address[1033], elements) is Occupancy.OUT
    drive = by_address[1]
    assert drive.source_address == 1033
    in_store = [each for each in elements if each.element_type is ST]
    assert find_occupancy(by_address[1033], in_store) is Occupancy.EMPTY


def test_the_captured_occupancy_of_every_empty_slot_depends_on_drives_alone() -> None:
    file = CAPTURES / "hpe-msl3040-partition-ll03-remanence.toml"
    exchange = next(
        each
        for each in tomllib.loads(file.read_text())["exchange"]
        if each.get("cdb", "").startswith("b8 10 00 00") and "data" in each
    )
    elements = parse_element_status(bytes.fromhex(exchange["data"])).elements
    slots = [each for each in elements if each.element_type is ST]
    claimed = {each.source_address for each in slots if each.full}
    empty = [each for each in slots if not each.full]
    assert claimed & {each.address for each in empty}, "the capture shows such claims"
    out = [each.address for each in empty if find_occupancy(each, elements) is not Occupancy.EMPTY]
    assert out == [1033]


# What may never be concluded

senses = some.builds(
    AdditionalSense,
    some.sampled_from([0x00, 0x30, 0x3B, 0x53, 0x5A, 0x80, 0x83, 0xFF]),
    some.integers(0, 0x22) | some.just(0x83),
)
tags = some.none() | some.builds(VolumeTag, some.sampled_from(["A00001L8", "CLN001L1"]))


def elements(addresses: some.SearchStrategy[int]) -> some.SearchStrategy[Element]:
    return some.builds(
        Element,
        element_type=some.sampled_from(ElementType),
        address=addresses,
        full=some.booleans(),
        exception=some.booleans(),
        additional_sense=some.none() | senses,
        accessible=some.none() | some.booleans(),
        disabled=some.booleans(),
        inverted=some.booleans(),
        medium_type=some.integers(0, 7),
        source_address=some.none() | some.integers(SLOT - 1, SLOT + 2),
        volume_tag=tags,
        alternate_volume_tag=tags,
    )


others = some.lists(elements(some.integers(SLOT - 2, SLOT + 4)), max_size=4)


@unhurried
@given(
    said=elements(some.just(SLOT)),
    others=others,
    cleaner_tag=some.none() | some.just("CLN001L1"),
)
def test_present_and_empty_is_only_concluded_from_a_slot_that_says_nothing_else(
    said: Element, others: list[Element], cleaner_tag: str | None
) -> None:
    presence = find_presence(said, address=SLOT, assignment=PAGE).presence
    occupancy = find_occupancy(said, others, cleaner_tag=cleaner_tag)
    if presence is PRESENT and occupancy is Occupancy.EMPTY:
        assert not said.exception
        assert said.accessible is not False
        assert not said.disabled
        assert not said.full
        assert said.volume_tag is None
        assert said.alternate_volume_tag is None
        assert not any(
            each.full and each.source_address == SLOT and each.element_type in (MT, DT)
            for each in others
            if each.address != SLOT
        )


@unhurried
@given(said=some.none() | elements(some.integers(SLOT - 1, SLOT + 1)), address=some.integers(0))
def test_every_finding_has_a_reason_and_a_doubt_never_means_present(
    said: Element | None, address: int
) -> None:
    finding = find_presence(said, address=address, assignment=PAGE)
    assert finding.reason
    if finding.inventory_may_tell:
        assert finding.presence is UNKNOWN
    if finding.transient:
        assert finding.presence is ABSENT


# Cleaning cartridges

CLEANER_ROWS: dict[str, tuple[Element, tuple[str, ...], bool]] = {
    "medium type": (element(full=True, medium_type=2), ("CLN",), True),
    "medium type outranks the bar code": (
        element(full=True, medium_type=2, tag="A00001L8"),
        ("CLN",),
        True,
    ),
    "30/03": (element(full=True, exception=(0x30, 0x03)), ("CLN",), True),
    "30/03 outranks a medium type": (
        element(full=True, exception=(0x30, 0x03), medium_type=1),
        ("CLN",),
        True,
    ),
    "30/83, no label": (element(full=True, exception=(0x30, 0x83)), ("CLN",), True),
    "5A/01, used up": (element(full=True, exception=(0x5A, 0x01)), ("CLN",), True),
    "bar code CLN": (element(full=True, tag="CLN001L1"), ("CLN",), True),
    "bar code CLNU": (element(full=True, tag="CLNU01CU"), ("CLN",), True),
    "a data medium type overrules the bar code": (
        element(full=True, tag="CLN001L1", medium_type=1),
        ("CLN",),
        False,
    ),
    "a WORM medium type overrules the bar code": (
        element(full=True, tag="CLN001L1", medium_type=4),
        ("CLN",),
        False,
    ),
    "a data bar code": (element(full=True, tag="A00001L8"), ("CLN",), False),
    "CLN in the middle": (element(full=True, tag="ACLN01L8"), ("CLN",), False),
    "another exception": (element(full=True, exception=(0x83, 0x01)), ("CLN",), False),
    "a site's own prefix": (element(full=True, tag="WASH01"), ("CLN", "WASH"), True),
    "CLN where the site has another prefix": (
        element(full=True, tag="CLN001L1"),
        ("WASH",),
        False,
    ),
    "no prefix at all": (element(full=True, tag="CLN001L1"), (), False),
    "nothing said": (element(full=True), ("CLN",), False),
}


@pytest.mark.parametrize(
    ("cartridge", "prefixes", "expected"), CLEANER_ROWS.values(), ids=CLEANER_ROWS
)
def test_what_a_cleaning_cartridge_is(
    cartridge: Element, prefixes: tuple[str, ...], expected: bool
) -> None:
    assert is_cleaner(cartridge, prefixes=prefixes) is expected


def test_additional_sense_without_except_says_nothing() -> None:
    stale = Element(
        ST, SLOT, full=False, accessible=True, additional_sense=AdditionalSense(0x30, 0x03)
    )
    assert find_presence(stale, address=SLOT, assignment=PAGE).presence is PRESENT
    assert find_occupancy(stale, []) is Occupancy.EMPTY
    assert not is_cleaner(stale)
