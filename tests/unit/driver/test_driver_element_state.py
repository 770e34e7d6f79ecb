"""Is a slot present, is it empty: what vendors' libraries say of it, and what that means."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from driver_support import DT, MT, ST, assignment, said, unhurried
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
from changer.smc.elements import (
    AdditionalSense,
    Element,
    ElementAddressAssignment,
    ElementType,
    VolumeTag,
)

CAPTURES = Path(__file__).parents[2] / "data" / "captures"
MSL3040 = CAPTURES / "hpe-msl3040-partition-ll03-remanence.toml"
SLOT = 1000
PAGE = assignment(slots=(SLOT, 12))
Page = ElementAddressAssignment
CLEANER = "CLN001L1"
EMPTY, FULL = Occupancy.EMPTY, Occupancy.FULL
OUT, DUBIOUS = Occupancy.OUT, Occupancy.UNKNOWN


# What may be concluded: presence; whether an inventory may tell; whether it may pass by itself.
Concluded = tuple[Presence, bool, bool]
PRESENT, ABSENT = (Presence.PRESENT, False, False), (Presence.ABSENT, False, False)
UNKNOWN, PASSING = (Presence.UNKNOWN, False, False), (Presence.ABSENT, False, True)
SCANNABLE = (Presence.UNKNOWN, True, False)

PRESENCE_ROWS: dict[str, tuple[str | None, Concluded]] = {
    "TL2000, magazine out: ED": ("ed", ABSENT),
    "TL2000, magazine out: ED and 3B/12": ("ed 3B/12", ABSENT),
    "TL2000, magazine out: ED, and FULL left behind": ("ed full", ABSENT),
    "SuperLoader 3, magazine out: ACCESS=0": ("access=0", PASSING),
    "SuperLoader 3, ACCESS is not valid with EXCEPT": ("access=1 3B/12", ABSENT),
    "Scalar, magazine out: EXCEPT 3B/12": ("3B/12", ABSENT),
    "Scalar, door cycled: EXCEPT 28/00": ("28/00", UNKNOWN),
    "Scalar, import/export: EXCEPT 28/01": ("28/01", UNKNOWN),
    "Scalar, drive removed: EXCEPT 3B/1A": ("3B/1A", UNKNOWN),
    "Exabyte, label questionable: 83/00": ("83/00", SCANNABLE),
    "Exabyte, label unreadable, full: 83/01": ("83/01 full", PRESENT),
    "Exabyte, label unreadable, but empty: 83/01": ("83/01", UNKNOWN),
    "Exabyte, label and FULL questionable: 83/03": ("83/03", SCANNABLE),
    "Exabyte, label and FULL questionable, full: 83/03": ("83/03 full", SCANNABLE),
    "Exabyte, drive absent: 83/04": ("83/04", UNKNOWN),
    "Exabyte, no label, full: 83/09": ("83/09 full", PRESENT),
    "Exabyte, no label, but empty: 83/09": ("83/09", UNKNOWN),
    "SLR, magazine not installed: 83/02": ("83/02", ABSENT),
    "SLR, 83/10": ("83/10 full", UNKNOWN),
    "SLR, source not installed: 80/03": ("80/03", UNKNOWN),
    "SLR, destination not installed: 80/04": ("80/04", UNKNOWN),
    "left out: nothing came back": (None, ABSENT),
    "left out: the next element came back": ("@1001", ABSENT),
    "T10, not accessible: 3B/11": ("3B/11", ABSENT),
    "T10, removed: 3B/12": ("3B/12", ABSENT),
    "T10, inserted: 3B/13": ("3B/13", UNKNOWN),
    "T10, locked: 3B/14": ("3B/14", UNKNOWN),
    "T10, unlocked: 3B/15": ("3B/15", UNKNOWN),
    "T10, element disabled: 3B/18": ("3B/18", ABSENT),
    "T10, drive inserted: 3B/1B": ("3B/1B", UNKNOWN),
    "T10, element status unknown: 53/08": ("53/08", SCANNABLE),
    # the decisions that no one vendor's row shows
    "listed, empty": ("", PRESENT),
    "listed, full": ("full A00001L8", PRESENT),
    "80/22": ("80/22", SCANNABLE),
    "83/08, full": ("83/08 full", PRESENT),
    "83/08, empty": ("83/08", UNKNOWN),
    "83/0A, full": ("83/0A full", PRESENT),
    "83/0A, empty": ("83/0A", UNKNOWN),
    "cleaner 30/03, full (TS4500)": ("30/03 full CLN001L1", PRESENT),
    "cleaner without label 30/83 (TL2000)": ("30/83 full type=2", PRESENT),
    "cleaner used up 5A/01 (P3000)": ("5A/01 full", PRESENT),
    "home slot of a cleaner in use (P3000)": ("30/03 access=0", PRESENT),
    "EXCEPT without a code": ("00/00", UNKNOWN),
    "EXCEPT with no code at all": ("except", UNKNOWN),
    "a code that nobody knows": ("FE/ED", UNKNOWN),
    "ED outranks a cleaner's flag": ("ed 30/03", ABSENT),
    "not there outranks full": ("3B/12 full", ABSENT),
    "an absence that EXCEPT explains does not pass": ("3B/11 access=0", ABSENT),
}


def concluded(of: Element | None, address: int = SLOT, page: Page = PAGE) -> Concluded:
    condition = find_presence(of, address=address, assignment=page)
    assert condition.reason
    return condition.presence, condition.inventory_may_tell, condition.transient


@pytest.mark.parametrize(("words", "expected"), PRESENCE_ROWS.values(), ids=PRESENCE_ROWS)
def test_presence(words: str | None, expected: Concluded) -> None:
    assert concluded(None if words is None else said(words)) == expected


@pytest.mark.parametrize("address", [SLOT - 1, SLOT + 12, 0, 0xFFFF, 500, 1])
def test_an_address_outside_the_storage_elements_is_not_present(address: int) -> None:
    assert concluded(said(f"full @{address}"), address) == ABSENT


def test_address_0_is_a_valid_address_where_there_are_slots() -> None:
    page = assignment(slots=(0, 4), transports=(10, 1), mail=(20, 0), drives=(30, 1))
    assert concluded(said("@0"), 0, page) == PRESENT
    assert concluded(said(""), SLOT, assignment(slots=(SLOT, 0))) == ABSENT


@pytest.mark.parametrize("words", ["3B/12", "ed 3B/18", "FE/ED", "access=0"])
def test_the_reason_says_what_the_library_said(words: str) -> None:
    reason = find_presence(said(words), address=SLOT, assignment=PAGE).reason
    assert words.split()[-1].upper() in reason


def test_a_transport_without_an_access_bit_is_present() -> None:
    assert find_element_presence(said("picker"), address=1).presence is Presence.PRESENT


# Empty

# What the slot shows; the others; the tag of the cleaner that belongs there, if one is known.
OCCUPANCY_ROWS: dict[str, tuple[str, str, str | None, Occupancy]] = {
    "empty": ("", "", None, EMPTY),
    "full": ("full", "", None, FULL),
    "full with a label": ("full A00001L8", "", None, FULL),
    "full, and a drive claims to have it": ("full", "drive full from=1000", None, FULL),
    "full cleaner": ("full 30/03", "", None, FULL),
    "empty, but with a label": ("A00001L8", "", None, DUBIOUS),
    "empty, but with an alternate label": ("alt=B", "", None, DUBIOUS),
    "P3000, home of a cleaner that no drive names": (
        "30/03 access=0",
        "drive; picker",
        None,
        DUBIOUS,
    ),
    "P3000, home of a cleaner that a drive names": (
        "30/03 access=0",
        "drive full from=1000",
        None,
        OUT,
    ),
    "cleaner used up, out": ("5A/01", "", None, DUBIOUS),
    "a drive has its cartridge": ("", "drive full from=1000", None, OUT),
    "the transport has its cartridge": ("", "picker full from=1000", None, OUT),
    "an emptied drive keeps SVALID": ("", "drive from=1000", None, EMPTY),
    "an exceptional drive may have it": ("", "drive from=1000 53/08", None, DUBIOUS),
    "an exceptional slot that names it says nothing": ("", "@1001 from=1000 53/08", None, EMPTY),
    "an exceptional drive names another slot": ("", "drive from=1001 53/08", None, EMPTY),
    "a stored cartridge keeps SVALID (MSL3040)": ("", "@1001 full from=1000", None, EMPTY),
    "a cartridge in a mail slot keeps SVALID": ("", "mail full from=1000", None, EMPTY),
    "a drive has a cartridge from elsewhere": ("", "drive full from=1001", None, EMPTY),
    "a drive does not say where its cartridge came from": ("", "drive full A00001L8", None, EMPTY),
    "the known cleaner is in a drive without SVALID": ("", "drive full CLN001L1", CLEANER, OUT),
    "the known cleaner is in the transport": ("", "picker full CLN001L1", CLEANER, OUT),
    "the known cleaner's label stayed on an empty drive": ("", "drive CLN001L1", CLEANER, EMPTY),
    "the known cleaner is stored elsewhere": ("", "@1003 full CLN001L1", CLEANER, EMPTY),
    "a drive without label, a known cleaner": ("", "drive full", CLEANER, EMPTY),
    "the slot's own SVALID says nothing": ("from=1000", "from=1000", None, EMPTY),
    "the slot's medium type says nothing": ("type=2", "", None, EMPTY),
}


@pytest.mark.parametrize(
    ("slot", "others", "cleaner_tag", "expected"), OCCUPANCY_ROWS.values(), ids=OCCUPANCY_ROWS
)
def test_occupancy(slot: str, others: str, cleaner_tag: str | None, expected: Occupancy) -> None:
    elements = [said(each) for each in others.split("; ") if each]
    assert find_occupancy(said(slot), elements, cleaner_tag=cleaner_tag) is expected


def test_the_cartridge_that_is_out_is_named() -> None:
    drive = said("drive @501 full from=1000 A00001L8")
    assert cartridge_out(SLOT, [said("drive"), drive]) is drive
    assert cartridge_out(SLOT + 1, [said("drive"), drive]) is None


def captured_elements() -> tuple[Element, ...]:
    """Of a real MSL3040 in use: 1015 holds a cartridge from 1033, and so does the drive at 1."""
    exchanges = tomllib.loads(MSL3040.read_text())["exchange"]
    readings = [each for each in exchanges if each.get("cdb", "").startswith("b8 10 00 00")]
    data = next(each["data"] for each in readings if "data" in each)
    return parse_element_status(bytes.fromhex(data)).elements


def test_a_real_msl3040_has_empty_slots_that_stored_cartridges_name_as_their_source() -> None:
    elements = captured_elements()
    by_address = {each.address: each for each in elements}
    assert by_address[1015].source_address == by_address[1].source_address == 1033
    assert find_occupancy(by_address[1033], elements) is OUT
    in_store = [each for each in elements if each.element_type is ST]
    assert find_occupancy(by_address[1033], in_store) is EMPTY


def test_the_captured_occupancy_of_every_empty_slot_depends_on_drives_alone() -> None:
    elements = captured_elements()
    slots = [each for each in elements if each.element_type is ST]
    empty = [each for each in slots if not each.full]
    claimed = {each.source_address for each in slots if each.full}
    assert claimed & {each.address for each in empty}, "the capture shows such claims"
    out = [each.address for each in empty if find_occupancy(each, elements) is not EMPTY]
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
@given(slot=elements(some.just(SLOT)), others=others, cleaner_tag=some.none() | some.just(CLEANER))
def test_present_and_empty_is_only_concluded_from_a_slot_that_says_nothing_else(
    slot: Element, others: list[Element], cleaner_tag: str | None
) -> None:
    if (
        concluded(slot) == PRESENT
        and find_occupancy(slot, others, cleaner_tag=cleaner_tag) is EMPTY
    ):
        assert not (slot.exception or slot.disabled or slot.full or slot.accessible is False)
        assert slot.volume_tag is slot.alternate_volume_tag is None
        assert not any(
            each.full and each.source_address == SLOT and each.element_type in (MT, DT)
            for each in others
            if each.address != SLOT
        )


@unhurried
@given(any_=some.none() | elements(some.integers(SLOT - 1, SLOT + 1)), address=some.integers(0))
def test_every_condition_has_a_reason_and_a_doubt_never_means_present(
    any_: Element | None, address: int
) -> None:
    assert concluded(any_, address) in (PRESENT, ABSENT, UNKNOWN, PASSING, SCANNABLE)


# Cleaning cartridges

CLEANER_ROWS: dict[str, tuple[str, str, bool]] = {
    "medium type": ("full type=2", "CLN", True),
    "medium type outranks the bar code": ("full type=2 A00001L8", "CLN", True),
    "30/03": ("full 30/03", "CLN", True),
    "30/03 outranks a medium type": ("full 30/03 type=1", "CLN", True),
    "30/83, no label": ("full 30/83", "CLN", True),
    "5A/01, used up": ("full 5A/01", "CLN", True),
    "bar code CLN": ("full CLN001L1", "CLN", True),
    "bar code CLNU": ("full CLNU01CU", "CLN", True),
    "a data medium type overrules the bar code": ("full CLN001L1 type=1", "CLN", False),
    "a WORM medium type overrules the bar code": ("full CLN001L1 type=4", "CLN", False),
    "a data bar code": ("full A00001L8", "CLN", False),
    "CLN in the middle": ("full ACLN01L8", "CLN", False),
    "another exception": ("full 83/01", "CLN", False),
    "a site's own prefix": ("full WASH01", "CLN WASH", True),
    "CLN where the site has another prefix": ("full CLN001L1", "WASH", False),
    "no prefix at all": ("full CLN001L1", "", False),
    "nothing said": ("full", "CLN", False),
}


@pytest.mark.parametrize(
    ("cartridge", "prefixes", "expected"), CLEANER_ROWS.values(), ids=CLEANER_ROWS
)
def test_what_a_cleaning_cartridge_is(cartridge: str, prefixes: str, expected: bool) -> None:
    assert is_cleaner(said(cartridge), prefixes=tuple(prefixes.split())) is expected


def test_additional_sense_without_except_says_nothing() -> None:
    stale = Element(
        ST, SLOT, full=False, accessible=True, additional_sense=AdditionalSense(0x30, 0x03)
    )
    assert find_presence(stale, address=SLOT, assignment=PAGE).presence is Presence.PRESENT
    assert find_occupancy(stale, []) is EMPTY
    assert not is_cleaner(stale)
