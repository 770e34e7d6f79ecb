"""Whereabouts of a cartridge that the store knows, by what every element says of itself."""

from __future__ import annotations

import pytest
from driver_support import assignment, said

from changer.library.element_state import find_condition
from changer.library.inventory import Inventory
from changer.library.whereabouts import find_whereabouts
from changer.smc.elements import ElementType

HOME = 1000
TAG = "CLN001L8"
PAGE = assignment(slots=(HOME, 3), drives=(500, 2), mail=(100, 1), transports=(1, 1))
EMPTY = ("drive @500", "drive @501", "mail @100", "picker @1", "@1000", "@1001", "@1002")
SEEN, UNTOLD, ELSEWHERE = "seen", "untold", "elsewhere"

# What one element says; what follows for a cartridge with the label, and for one without.
ROWS: dict[str, tuple[str, str, str]] = {
    "everything is empty": ("drive @500", ELSEWHERE, ELSEWHERE),
    "drive, its label": (f"drive @500 full {TAG}", SEEN, ELSEWHERE),
    "drive, its label from home": (f"drive @500 full {TAG} from=1000", SEEN, SEEN),
    "drive, its label from another slot": (f"drive @500 full {TAG} from=1001", UNTOLD, ELSEWHERE),
    "drive, another label": ("drive @500 full A00001L8", ELSEWHERE, ELSEWHERE),
    "drive, another label from home": ("drive @500 full A00001L8 from=1000", SEEN, SEEN),
    "drive, no label": ("drive @500 full", UNTOLD, UNTOLD),
    "drive, no label, from home": ("drive @500 full from=1000", SEEN, SEEN),
    "drive, no label, from another slot": ("drive @500 full from=1001", UNTOLD, UNTOLD),
    "drive, no label, from another slot, a cleaner": (
        "drive @500 full type=2 from=1001",
        UNTOLD,
        UNTOLD,
    ),
    "drive, label not readable, from another slot": (
        "drive @500 full 83/01 from=1001",
        UNTOLD,
        UNTOLD,
    ),
    "drive, no label, data": ("drive @500 full type=1", ELSEWHERE, ELSEWHERE),
    "drive, no label, a cleaner": ("drive @500 full type=2", UNTOLD, UNTOLD),
    "drive, another label that is in doubt": ("drive @500 full 83/01 A00001L8", UNTOLD, UNTOLD),
    "drive, full, code not known, another label": ("drive @500 full FE/ED B1", UNTOLD, UNTOLD),
    "drive, off": ("drive @500 ed", UNTOLD, UNTOLD),
    "drive, not accessible": ("drive @500 access=0", UNTOLD, UNTOLD),
    "drive, code not known": ("drive @500 FE/ED", UNTOLD, UNTOLD),
    "drive, none installed": ("drive @500 3B/1A", ELSEWHERE, ELSEWHERE),
    "drive, left out": ("", UNTOLD, UNTOLD),
    "picker, its label": (f"picker @1 full {TAG}", SEEN, ELSEWHERE),
    "picker, not known": ("picker @1 53/08", UNTOLD, UNTOLD),
    "mail slot, its label": (f"mail @100 full {TAG}", SEEN, ELSEWHERE),
    "mail slot, another label, once from home": (
        "mail @100 full A00001L8 from=1000",
        ELSEWHERE,
        ELSEWHERE,
    ),
    "mail slot, no label, from home": ("mail @100 full from=1000", SEEN, SEEN),
    "mail slot, no label": ("mail @100 full", UNTOLD, UNTOLD),
    "mail slot, open": ("mail @100 access=0", UNTOLD, UNTOLD),
    "slot, its label": (f"@1001 full {TAG}", SEEN, ELSEWHERE),
    "slot, its label, once from elsewhere": (f"@1001 full {TAG} from=1002", SEEN, ELSEWHERE),
    "slot, another label": ("@1001 full A00001L8", ELSEWHERE, ELSEWHERE),
    "slot, no label": ("@1001 full", UNTOLD, ELSEWHERE),
    "slot, magazine out": ("@1001 3B/12", UNTOLD, ELSEWHERE),
    "slot, magazine out, FULL left behind": (f"@1001 full ed {TAG}", UNTOLD, ELSEWHERE),
}


def reading(instead: str) -> Inventory:
    """Everything empty, but for one element; drive 0 left out without a word of any."""
    elements = {said(words).address: said(words) for words in EMPTY}
    if instead:
        elements[said(instead).address] = said(instead)
    else:
        del elements[500]
    return Inventory(PAGE, tuple(elements.values()), frozenset(ElementType))


def test_the_cartridge_that_is_to_come_to_its_place_is_another_one() -> None:
    for words, address in (("mail @100 full", 100), ("@1001 full", 1001)):
        inventory = reading(words)
        assert conclude(inventory, TAG) == UNTOLD
        found = find_whereabouts(inventory, home=HOME, tag=TAG, ignored=[address])
        assert found.is_gone


def conclude(inventory: Inventory, tag: str | None) -> str:
    found = find_whereabouts(inventory, home=HOME, tag=tag)
    assert found.is_gone is not bool(found.seen or found.untold)
    return SEEN if found.seen else UNTOLD if found.untold else ELSEWHERE


def test_what_one_element_says_of_a_cartridge_that_belongs_elsewhere() -> None:
    found = {}
    for case, (words, _, _) in ROWS.items():
        inventory = reading(words)
        found[case] = (words, conclude(inventory, TAG), conclude(inventory, None))
    assert found == ROWS


PUT_AWAY = "check which cartridge that is, and take it out, or move it to its slot"
PANEL = "look at the library's panel, then try again"
SETTING = "look at the library's panel"
EJECT = "have the drive eject what it may hold: mt -f /dev/nstN offline"
NO_LABEL = "its cartridge shows no label"
NEITHER = "its cartridge shows neither label nor source"


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("words", "reason", "remedy"),
    [
        ("drive @500 full from=1001", NO_LABEL, PUT_AWAY),
        ("drive @500 full", NEITHER, PUT_AWAY),
        ("@1001 full from=1002", NEITHER, PUT_AWAY),
        (
            f"drive @500 full {TAG} from=1001",
            f"{TAG} is there, but the library reports that it came from another slot",
            PUT_AWAY,
        ),
        ("drive @500 full 83/01 A00001L8", "", PUT_AWAY),
        ("mail @100 full FE/ED A00001L8", "", SETTING),
        ("drive @500 FE/ED", "", EJECT),
        ("drive @500 ed", "", PANEL),
        ("@1001 3B/12", "", "put its magazine back, or close what is open, then try again"),
    ],
)
def test_element_that_may_hold_it_says_why_and_what_helps(
    words: str, reason: str, remedy: str
) -> None:
    """Where the reason is its condition's, as the library shows it."""
    element = said(words)
    (untold,) = find_whereabouts(reading(words), home=HOME, tag=TAG).untold
    shown = find_condition(element, address=element.address).reason
    assert (untold.address, untold.reason) == (element.address, reason or shown)
    assert untold.remedy.partition(";")[0] == remedy


def test_what_shows_it_comes_before_what_may_hold_it_in_the_order_of_types() -> None:
    elements = {said(words).address: said(words) for words in EMPTY}
    shown = ("drive @501", "picker @1", "mail @100", "@1002", "@1001")
    for words in shown:
        each = said(f"{words} full {TAG}")
        elements[each.address] = each
    del elements[500]
    everything = Inventory(PAGE, tuple(elements.values()), frozenset(ElementType))
    found = find_whereabouts(everything, home=HOME, tag=TAG)
    assert [each.address for each in found.seen] == [501, 1, 100, 1001, 1002]
    assert [each.address for each in found.untold] == [500]
    found = find_whereabouts(everything, home=HOME, tag=TAG, ignored=[501, 100, 1002, 500])
    assert [each.address for each in found.seen] == [1, 1001]
    assert found.untold == ()
    found = find_whereabouts(reading("@1001 ed"), home=HOME, tag=TAG)
    assert [each.address for each in found.untold] == [1001]
