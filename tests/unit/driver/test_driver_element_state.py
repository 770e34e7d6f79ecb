"""What elements say of themselves, and what may be moved where, and refused."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from driver_support import DT, IE, MT, ST, assignment, said, tag_field, unhurried
from hypothesis import given
from hypothesis import strategies as some

from changer.errors import (
    ChangerError,
    DestinationFull,
    ElementNotPresent,
    ElementUnknown,
    MoveNotAllowed,
    SlotReserved,
    SourceEmpty,
)
from changer.library.addressing import Numbering
from changer.library.element_state import (
    CLEANER_PREFIXES,
    Presence,
    cartridge_name,
    check_destination,
    check_source,
    find_condition,
    find_presence,
    is_cleaner,
)
from changer.library.occupancy import Occupancy, cartridge_out, find_occupancy
from changer.library.reserved_slots import ReservedSlots
from changer.library.routes import Routes
from changer.library.status import ExceptionStatus, exception_of
from changer.smc.element_status import parse_element_status
from changer.smc.elements import (
    AdditionalSense,
    Element,
    ElementAddressAssignment,
    ElementType,
    Model,
)
from changer.smc.mode_sense import DeviceCapabilities

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
    "a code of drives: 3B/1A": ("3B/1A", UNKNOWN),
    "Exabyte, label questionable: 83/00": ("83/00 by=EXABYTE", SCANNABLE),
    "Exabyte, label unreadable, full: 83/01": ("83/01 full by=EXABYTE", PRESENT),
    "Exabyte, label unreadable, but empty: 83/01": ("83/01 by=EXABYTE", UNKNOWN),
    "Exabyte, label and FULL questionable: 83/03": ("83/03 by=EXABYTE", SCANNABLE),
    "Exabyte, label and FULL questionable, full: 83/03": ("83/03 full by=EXABYTE", SCANNABLE),
    "Exabyte, drive absent: 83/04": ("83/04 by=EXABYTE", UNKNOWN),
    "Exabyte, no label, full: 83/09": ("83/09 full by=EXABYTE", PRESENT),
    "Exabyte, no label, but empty: 83/09": ("83/09 by=EXABYTE", UNKNOWN),
    "SLR, magazine not installed: 83/02": ("83/02 by=TANDBERG", ABSENT),
    "SLR, magazine not installed, but full: 83/02": ("83/02 full by=TANDBERG", PRESENT),
    "D-28, magazine not installed: 83/02": ("83/02 by=MTNGATE:D-28", ABSENT),
    "TS3310, label questionable, full: 83/02": ("83/02 full by=IBM:3576-MTL", PRESENT),
    "Scalar, label questionable, full: 83/02": ("83/02 full by=ADIC:Scalar", PRESENT),
    "Scalar, label questionable, but empty: 83/02": ("83/02 by=QUANTUM:Scalar", SCANNABLE),
    "83/02 of an unknown maker": ("83/02", UNKNOWN),
    "83/02 of an unknown maker, full": ("83/02 full", UNKNOWN),
    "83/03 of an unknown maker": ("83/03 by=ACME", UNKNOWN),
    "TL2000, label questionable, full: 83/00": ("83/00 full by=IBM:3573-TL", SCANNABLE),
    "Exabyte, label questionable, full: 83/00": ("83/00 full by=EXABYTE", PRESENT),
    "failure predicted: 5D/00": ("5D/00", PRESENT),
    "failure predicted, as a test: 5D/FF": ("5D/FF full", PRESENT),
    "SLR, 83/10": ("83/10 full by=TANDBERG", UNKNOWN),
    "SLR, source not installed: 80/03": ("80/03 by=TANDBERG", UNKNOWN),
    "SLR, destination not installed: 80/04": ("80/04 by=TANDBERG", UNKNOWN),
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
    "83/08, full": ("83/08 full by=EXABYTE", PRESENT),
    "83/08, empty": ("83/08 by=EXABYTE", UNKNOWN),
    "83/0A, full": ("83/0A full by=EXABYTE", PRESENT),
    "83/0A, empty": ("83/0A by=EXABYTE", UNKNOWN),
    "cleaner 30/03, full (TS4500)": ("30/03 full CLN001L1", PRESENT),
    "cleaner without label 30/83 (TL2000)": ("30/83 full type=2 by=IBM:3573-TL", PRESENT),
    "cleaner used up 5A/01 (P3000)": ("5A/01 full", PRESENT),
    "home slot of a cleaner in use (P3000)": ("30/03 access=0", PRESENT),
    "EXCEPT with 00/00 says nothing (Windows driver kit, ADIC)": ("00/00", PRESENT),
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


def test_presence() -> None:
    found = {
        case: concluded(None if words is None else said(words))
        for case, (words, _) in PRESENCE_ROWS.items()
    }
    assert found == {case: expected for case, (_, expected) in PRESENCE_ROWS.items()}


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
    assert find_condition(said("picker"), address=1).presence is Presence.PRESENT


# What drives, mail slots and pickers say: present, full (None: not told), and whether nothing can
# be in there; for messages, what would tell more.
CONDITION_ROWS: dict[str, tuple[str, tuple[bool | None, bool | None, bool]]] = {
    "drive, empty": ("drive", (True, False, True)),
    "drive, full": ("drive full", (True, True, False)),
    "drive, loaded, and has not ejected": ("drive full access=0", (True, True, False)),
    "bay without a drive (TL2000): ACCESS=0": ("drive access=0", (False, None, False)),
    "bay without a drive, or one that is off: ED": ("drive ed", (False, None, False)),
    "bay without a drive (SL4000): ED, 3B/1A": ("drive ed 3B/1A access=0", (False, None, True)),
    "bay without a drive: 3B/1A": ("drive 3B/1A", (False, None, True)),
    "drive removed, and FULL left behind: believed": ("drive full 3B/1A", (True, True, False)),
    "drive, disabled and full": ("drive full ed", (False, True, False)),
    "bay without a drive (Magnum): 83/04": ("drive 83/04 by=EXABYTE", (False, None, True)),
    "bay without a drive (SLR): 83/04": ("drive 83/04 by=TANDBERG", (False, None, True)),
    "bay without a drive (TS3310): 83/04": ("drive 83/04 by=IBM:3576-MTL", (False, None, True)),
    "drive varied off (TS3310): 83/05": ("drive 83/05 by=IBM:3576-MTL", (False, None, False)),
    "bay without a drive (TS3500): 82/00": ("drive 82/00 by=IBM:03584L32", (False, None, True)),
    "bay without a drive (TS4500): 3B/82": ("drive 3B/82 by=IBM:03584L32", (False, None, True)),
    "82/00 of an unknown maker": ("drive 82/00", (None, None, False)),
    "drive, disabled (3B/18): it may hold one": ("drive 3B/18", (False, None, False)),
    "wants cleaning (HP ESL9000): 80/01": ("drive 80/01 by=HP:ESL9000", (True, False, True)),
    "wants cleaning (P3000), full: 80/01": ("drive full 80/01 by=ATL:P3000", (True, True, False)),
    "80/01 of an unknown maker": ("drive 80/01", (None, None, False)),
    "failure predicted: 5D/02": ("drive 5D/02", (True, False, True)),
    "wants cleaning (Dell TL): 00/17": ("drive 00/17", (True, False, True)),
    "wants cleaning, full: 00/17": ("drive full 00/17", (True, True, False)),
    "wants cleaning, not accessible": ("drive 00/17 access=0", (False, None, False)),
    "EXCEPT with 00/00": ("drive 00/00", (True, False, True)),
    "a code that nobody knows": ("drive FE/ED", (None, None, False)),
    "a code that nobody knows, full": ("drive full FE/ED", (True, True, False)),
    "Magnum after power-on: 83/03": ("drive 83/03 access=0 by=EXABYTE", (None, None, False)),
    "status unknown, full: 53/08": ("drive full 53/08", (True, True, False)),
    "a drive that the library cleans": ("drive 30/03 access=0", (True, None, False)),
    "a cleaner in a drive": ("drive full 30/03", (True, True, False)),
    "mail slot, open": ("mail access=0", (False, None, False)),
    "mail slot, not known": ("mail 53/08", (None, None, False)),
    "picker, empty": ("picker", (True, False, True)),
    "picker, full": ("picker full", (True, True, False)),
    "picker, not known": ("picker 53/08", (None, None, False)),
    "slot, empty home of a cleaner in use (P3000)": ("30/03 access=0", (True, None, False)),
    "slot, magazine out": ("3B/12", (False, None, False)),
    "slot, occupancy questionable, full": ("83/03 full by=EXABYTE", (None, None, False)),
    "slot, a drive's wish for cleaning": ("00/17", (None, None, False)),
    "picker, a drive's wish for cleaning": ("picker 00/17", (None, None, False)),
    "slot, a code that nobody knows, full": ("full FE/ED", (True, True, False)),
}


def test_what_an_element_says_of_itself() -> None:
    told = {}
    for case, (words, _) in CONDITION_ROWS.items():
        element = said(words)
        found = find_condition(element, address=element.address)
        told[case] = (found.present, found.full, found.tells_empty)
        assert found.reason
        assert found.is_free <= found.tells_empty
    assert told == {case: expected for case, (_, expected) in CONDITION_ROWS.items()}


def test_a_code_that_the_settings_call_informational_is_no_exception() -> None:
    code = AdditionalSense(0xFE, 0xED)
    sense = replace(code, model=Model("ACME", "BOX", frozenset({code})))
    for words, full in (("drive", False), ("drive full", True), ("", False)):
        element = said(words)._replace(exception=True, additional_sense=sense)
        found = find_condition(element, address=element.address)
        assert (found.present, found.full) == (True, full)
    inaccessible = said("access=0")._replace(exception=True, additional_sense=sense)
    assert find_condition(inaccessible, address=SLOT).full is None
    other = replace(sense, ascq=0xEE)
    told = said("drive")._replace(exception=True, additional_sense=other)
    assert find_condition(told, address=told.address).full is None


def test_what_a_drive_may_hold_is_told_by_its_eject_and_never_by_an_inventory() -> None:
    for words in ("drive 83/03", "drive 53/08", "drive FE/ED"):
        element = said(words)
        hint = find_condition(element, address=element.address).remedy.value
        assert "mt -f /dev/nstN offline" in hint
        assert "informational_codes" in hint
        assert "changer inventory" not in hint


def test_the_empty_home_of_a_cleaner_takes_that_cleaner_and_nothing_else() -> None:
    home = said("30/03 access=0")
    assert check_destination(home, address=SLOT, numbering=NUMBERING, is_home=True) is home
    with pytest.raises(ElementUnknown):
        check_destination(home, address=SLOT, numbering=NUMBERING)
    with pytest.raises(ElementNotPresent):
        check_destination(said("access=0"), address=SLOT, numbering=NUMBERING, is_home=True)
    with pytest.raises(ElementUnknown):
        check_destination(said("53/08"), address=SLOT, numbering=NUMBERING, is_home=True)


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
    "not accessible": ("access=0", "", None, DUBIOUS),
    "an exception that says nothing of it": ("00/00", "", None, EMPTY),
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
    "a spare with its label came from another slot": (
        "",
        "drive full CLN001L1 from=1003",
        CLEANER,
        EMPTY,
    ),
    "the known cleaner is in the transport": ("", "picker full CLN001L1", CLEANER, OUT),
    "the known cleaner's label stayed on an empty drive": ("", "drive CLN001L1", CLEANER, EMPTY),
    "the known cleaner is stored elsewhere": ("", "@1003 full CLN001L1", CLEANER, EMPTY),
    "a drive without label, a known cleaner": ("", "drive full", CLEANER, EMPTY),
    "the slot's own SVALID says nothing": ("from=1000", "from=1000", None, EMPTY),
    "the slot's medium type says nothing": ("type=2", "", None, EMPTY),
}


def test_occupancy() -> None:
    found = {
        case: find_occupancy(
            said(slot), [said(each) for each in others.split("; ") if each], cleaner_tag=tag
        )
        for case, (slot, others, tag, _) in OCCUPANCY_ROWS.items()
    }
    assert found == {case: expected for case, (*_, expected) in OCCUPANCY_ROWS.items()}


def test_the_cartridge_that_is_out_is_named() -> None:
    drive = said("drive @501 full from=1000 A00001L8")
    assert cartridge_out(SLOT, [said("drive"), drive]) is drive
    assert cartridge_out(SLOT + 1, [said("drive"), drive]) is None


def test_the_source_that_the_library_names_finds_the_cartridge_before_a_label_does() -> None:
    alike, own = said("drive full CLN001L1"), said("drive @501 full from=1000 CLN001L1")
    assert cartridge_out(SLOT, [alike, own], cleaner_tag=CLEANER) is own


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
tags = some.none() | some.sampled_from(["A00001L8", "CLN001L1"]).map(tag_field)


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
        volume_tag_field=tags,
        alternate_volume_tag_field=tags,
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
        assert not (slot.disabled or slot.full or slot.accessible is False)
        says_nothing = AdditionalSense(0x00, 0x00)
        assert not slot.exception or slot.additional_sense == says_nothing
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
    "30/83, no label": ("full 30/83 by=IBM:3573-TL", "CLN", True),
    "5A/01, used up": ("full 5A/01", "CLN", True),
    "bar code CLN": ("full CLN001L1", "CLN", True),
    "bar code CLNU": ("full CLNU01CU", "CLN", True),
    "a data medium type overrules the bar code": ("full CLN001L1 type=1", "CLN", False),
    "a WORM medium type overrules the bar code": ("full CLN001L1 type=4", "CLN", False),
    "a data bar code": ("full A00001L8", "CLN", False),
    "CLN in the middle": ("full ACLN01L8", "CLN", False),
    "another exception": ("full 83/01 by=EXABYTE", "CLN", False),
    "bar code CLR": ("full CLR001L9", " ".join(CLEANER_PREFIXES), True),
    "bar code CLN by default": ("full CLN001LA", " ".join(CLEANER_PREFIXES), True),
    "bar code CLEAN by default": ("full CLEAN1", " ".join(CLEANER_PREFIXES), True),
    "media identifier CU by default": ("full A00001CU", " ".join(CLEANER_PREFIXES), True),
    "media identifier C1 by default": ("full A00001C1", " ".join(CLEANER_PREFIXES), True),
    "media identifier C0 is no cleaner's": ("full A00001C0", " ".join(CLEANER_PREFIXES), False),
    "CU after five characters": ("full A0001CU", " ".join(CLEANER_PREFIXES), False),
    "CU after seven characters": ("full A000001CU", " ".join(CLEANER_PREFIXES), False),
    "a data medium type overrules CU": ("full A00001CU type=1", " ".join(CLEANER_PREFIXES), False),
    "media identifier CU where the site has a prefix": ("full A00001CU", "CLN", False),
    "media identifier CU where it has another": ("full A00001CU", "WASH", False),
    "a data bar code by default": ("full A00001L8", " ".join(CLEANER_PREFIXES), False),
    "media identifier B1 by default": ("full A00001B1", " ".join(CLEANER_PREFIXES), False),
    "a site's own prefix": ("full WASH01", "CLN WASH", True),
    "CLN where the site has another prefix": ("full CLN001L1", "WASH", False),
    "no prefix at all": ("full CLN001L1", "", False),
    "nothing said": ("full", "CLN", False),
}


def test_what_a_cleaning_cartridge_is() -> None:
    found = {
        case: is_cleaner(said(cartridge), prefixes=tuple(prefixes.split()))
        for case, (cartridge, prefixes, _) in CLEANER_ROWS.items()
    }
    assert found == {case: expected for case, (*_, expected) in CLEANER_ROWS.items()}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("words", "tells"),
    [
        ("full A00001L8", True),
        ("full", True),
        ("full A00001L8 30/03", True),
        ("full A00001L8 5D/00", True),
        ("full A00001L8 5A/01", True),
        ("drive @500 full A00001L8", True),
        ("full A00001L8 except", False),
        ("full A00001L8 FE/ED", False),
        ("full A00001L8 53/08", False),
        ("full A00001L8 83/01 by=EXABYTE", False),
        ("drive @500 full A00001L8 FE/ED", False),
    ],
)
def test_label_is_in_doubt_under_an_exception_that_may_be_about_it(
    words: str, *, tells: bool
) -> None:
    element = said(words)
    assert find_condition(element, address=element.address).tells_label is tells


def test_additional_sense_without_except_says_nothing() -> None:
    stale = Element(
        ST, SLOT, full=False, accessible=True, additional_sense=AdditionalSense(0x30, 0x03)
    )
    assert find_presence(stale, address=SLOT, assignment=PAGE).presence is Presence.PRESENT
    assert find_occupancy(stale, []) is EMPTY
    assert not is_cleaner(stale)


DRIVE, MAIL, PICKER = 500, 10, 1
NUMBERING = Numbering(assignment())
Refusal = type[ChangerError] | None

# What the library says of an element; as a source; as a destination.
ELEMENTS: dict[str, tuple[Refusal, Refusal]] = {
    "": (SourceEmpty, None),
    "full A00001L8": (None, DestinationFull),
    "full": (None, DestinationFull),
    "ed full": (ElementNotPresent, ElementNotPresent),
    "ed": (ElementNotPresent, ElementNotPresent),
    "access=0 full": (ElementNotPresent, ElementNotPresent),
    "access=0": (ElementNotPresent, ElementNotPresent),
    "3B/12 full": (ElementNotPresent, ElementNotPresent),  # magazine out
    "3B/12": (ElementNotPresent, ElementNotPresent),
    "30/03 full": (None, DestinationFull),  # a cleaner
    "30/03 access=0": (ElementUnknown, ElementUnknown),  # home slot of a cleaner that is out
    "83/01 full by=EXABYTE": (None, DestinationFull),  # label unreadable
    "83/01 by=EXABYTE": (ElementUnknown, ElementUnknown),
    "83/03 full by=EXABYTE": (None, ElementUnknown),  # label questionable
    "83/03 by=EXABYTE": (ElementUnknown, ElementUnknown),
    "53/08": (ElementUnknown, ElementUnknown),  # element status unknown
    "FE/ED": (ElementUnknown, ElementUnknown),  # an exception that nobody knows
    "drive full": (None, DestinationFull),
    "drive full access=0": (None, DestinationFull),  # loaded, and has not ejected
    "drive": (SourceEmpty, None),
    "drive access=0": (ElementNotPresent, ElementNotPresent),
    "drive full ed": (ElementNotPresent, DestinationFull),
    "mail full": (None, DestinationFull),
    "mail": (SourceEmpty, None),
    "mail full access=0": (ElementNotPresent, ElementNotPresent),  # open
    "mail access=0": (ElementNotPresent, ElementNotPresent),
    "picker full": (None, DestinationFull),
    "picker": (SourceEmpty, None),
}


def judge(check: Any, shown: Element | None, address: int, refusal: Refusal) -> None:
    """A check lets an element pass, or refuses it by its name, with a hint."""
    if refusal is None:
        assert check(shown, address=address, numbering=NUMBERING) is shown
        return
    with pytest.raises(refusal) as caught:
        check(shown, address=address, numbering=NUMBERING)
    name, condition = NUMBERING.name_of(address), find_condition(shown, address=address)
    is_drive = shown is not None and shown.element_type is DT
    reason, remedy = condition.reason, condition.remedy.value
    words, hint = {
        SourceEmpty: (f"{name} is empty", "see the inventory with: changer status"),
        DestinationFull: (f"{name} is full (", "changer status shows what is free"),
        ElementNotPresent: (
            f"{name} is not available: {reason}",
            "choose another drive, or look at the library's panel" if is_drive else remedy,
        ),
        ElementUnknown: (f"can't tell what is in {name}: {reason}", remedy),
        MoveNotAllowed: (
            f"media can enter through {name}, but not leave (EXENAB=0)",
            "name another mail slot; changer status --json shows export_enabled of each",
        ),
    }[refusal]
    assert caught.value.message.startswith(words)
    assert caught.value.hint == hint


def test_a_source_is_there_and_full_and_a_destination_there_and_empty() -> None:
    for words, (as_source, as_destination) in ELEMENTS.items():
        shown = said(words)
        judge(check_source, shown, shown.address, as_source)
        judge(check_destination, shown, shown.address, as_destination)


# EXENAB and INENAB of a mail slot, and what it refuses as a destination.
WAYS: dict[tuple[bool | None, bool | None], Refusal] = {
    (True, True): None,
    (True, False): None,
    (False, True): MoveNotAllowed,
    (False, False): None,  # tgt: it tells neither
    (None, None): None,
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize("ways", WAYS)
def test_a_mail_slot_that_media_only_come_in_by_is_no_destination(
    ways: tuple[bool | None, bool | None],
) -> None:
    shown = said("mail")._replace(export_enabled=ways[0], import_enabled=ways[1])
    judge(check_destination, shown, shown.address, WAYS[ways])
    full = shown._replace(full=True)
    assert check_source(full, address=full.address, numbering=NUMBERING) is full


@pytest.mark.parametrize("address", [SLOT, DRIVE])
@pytest.mark.parametrize("check", [check_source, check_destination])
def test_what_the_library_leaves_out_is_neither_and_its_neighbour_is_not_taken_for_it(
    check: Any, address: int
) -> None:
    judge(check, None, address, ElementNotPresent)
    neighbour = said(f"@{SLOT + 1}" + (" full" if check is check_source else ""))
    judge(check, neighbour, SLOT, ElementNotPresent)


def test_a_full_destination_is_told_with_what_is_in_it() -> None:
    with pytest.raises(DestinationFull, match=r"slot 1 is full \(A00001L8\)"):
        check_destination(said("full A00001L8"), address=SLOT, numbering=NUMBERING)


def test_an_exception_is_told_by_its_codes_and_in_words() -> None:
    assert exception_of(None) is None
    assert exception_of(said("full")) is None
    bare = said("")._replace(exception=True, additional_sense=None)
    assert exception_of(bare) == ExceptionStatus(0, 0, "no reason given")
    assert exception_of(said("3B/12")) == ExceptionStatus(0x3B, 0x12, "medium magazine removed")
    own = ExceptionStatus(0xFE, 0xED, "vendor-specific condition")
    assert exception_of(said("FE/ED")) == own
    assert exception_of(said("7E/7E")) == ExceptionStatus(0x7E, 0x7E, "7E/7E")


def test_a_cartridge_is_named_by_its_label() -> None:
    assert cartridge_name(said("A00001L8")) == "A00001L8"
    assert cartridge_name(said("")) == "the cartridge without a label"


# The reserved slot


@pytest.mark.parametrize(
    ("cartridge", "refused"),
    [
        ("full A00001L8", True),
        ("full", True),
        ("full CLN001L1", False),
        ("full type=2", False),
        ("full 30/03", False),
        ("full CLN001L1 type=1", True),
    ],
)
@pytest.mark.parametrize("address", [SLOT, 0])
def test_a_reserved_slot_takes_cleaning_cartridges_alone(
    cartridge: str, refused: bool, address: int
) -> None:
    reserved, shown = ReservedSlots((address,), ("CLN",)), said(cartridge)
    assert reserved.admits(shown, address) is not refused
    for slots, destination in ((reserved, address + 1), (ReservedSlots((), ("CLN",)), address)):
        slots.check_destination(shown, destination, numbering=NUMBERING)
    if refused:
        with pytest.raises(SlotReserved) as caught:
            reserved.check_destination(shown, address, numbering=NUMBERING)
        assert caught.value.hint
    else:
        reserved.check_destination(shown, address, numbering=NUMBERING)


def test_there_may_be_several_reserved_slots_or_none() -> None:
    several, none = ReservedSlots((SLOT + 3, SLOT), ("CLN",)), ReservedSlots((), ("CLN",))
    assert (several.primary, len(several), SLOT in several) == (SLOT + 3, 2, True)
    assert (none.primary, bool(none), SLOT in none) == (None, False, False)
    data = said("full A00001L8")
    assert [several.admits(data, SLOT + each) for each in range(4)] == [False, True, True, False]
    assert not several.admits(None, SLOT)
    assert several.hides(said("")) and not none.hides(said(""))
    assert none.hides(said("full CLN001L1")) and not none.hides(data)


# Mode page 1Fh

ADDRESS = {MT: PICKER, ST: SLOT, IE: MAIL, DT: DRIVE}
OTHER = {MT: None, ST: SLOT + 1, IE: MAIL + 1, DT: DRIVE + 1}


def capabilities(*moves: tuple[ElementType, ElementType]) -> DeviceCapabilities:
    return DeviceCapabilities(stores=frozenset(), moves=frozenset(moves), exchanges=frozenset())


def route(source: int, destination: int, known: DeviceCapabilities | None) -> None:
    Routes(NUMBERING, known).check(source, destination)


@pytest.mark.parametrize(("source", "destination"), [*product(ElementType, repeat=2)])
def test_a_move_is_made_only_where_mode_page_1fh_has_it(
    source: ElementType, destination: ElementType
) -> None:
    there = OTHER[destination] if source is destination else ADDRESS[destination]
    if there is None:
        return
    here = ADDRESS[source]
    route(here, there, capabilities((source, destination)))
    route(here, there, None)
    route(here, there, capabilities())
    pairs = [(one, other) for one in ElementType for other in ElementType]
    others = [each for each in pairs if each != (source, destination)]
    with pytest.raises(MoveNotAllowed, match="mode page 1Fh"):
        route(here, there, capabilities(*others))


@pytest.mark.parametrize("known", [None, capabilities(), capabilities((ST, ST))])
def test_a_move_to_where_it_is_is_refused(known: DeviceCapabilities | None) -> None:
    with pytest.raises(MoveNotAllowed, match="both slot 1"):
        route(SLOT, SLOT, known)


def test_an_address_of_no_type_is_no_route() -> None:
    with pytest.raises(MoveNotAllowed):
        route(SLOT, 4711, capabilities((ST, DT)))
