"""What elements show of a library that cleans its drives itself."""

from __future__ import annotations

import pytest
from driver_support import DT, IE, MT, ST, said

from changer.library.auto_clean import is_home_of_cleaner_at_work, is_managed_cleaner
from changer.smc.elements import AdditionalSense, Element, ElementType

MANAGED, HOME, NOTHING = (True, False), (False, True), (False, False)
# An element; whether its cleaner is the library's; whether it is the home of one that is out.
ROWS: dict[str, tuple[str, tuple[bool, bool]]] = {
    "TS4500, automatic cleaning on": ("full 30/03 access=0", MANAGED),
    "TS4500, automatic cleaning on, labelled": ("full 30/03 access=0 CLNU01L1", MANAGED),
    "TS4500, automatic cleaning off": ("full 30/03", NOTHING),
    "ATL, home of a cleaner at work": ("30/03 access=0", HOME),
    "empty and accessible, flagged as a cleaner's": ("30/03", NOTHING),
    "ATL, used up": ("full 5A/01 access=0", NOTHING),
    "magazine out, with what it held": ("full 30/03 access=0 ed", NOTHING),
    "SuperLoader 3: ACCESS=0 alone tells nothing": ("full access=0 CLN001L1", NOTHING),
    "another exception": ("full 3B/12 access=0", NOTHING),
    "another maker's code for a cleaner": ("full 30/83 access=0 by=IBM:3573-TL", NOTHING),
    "data": ("full A00001L8", NOTHING),
    "empty": ("", NOTHING),
}


@pytest.mark.parametrize(("element", "signs"), ROWS.values(), ids=ROWS)
def test_slot_shows_whose_its_cleaner_is(element: str, signs: tuple[bool, bool]) -> None:
    slot = said(element)
    assert (is_managed_cleaner(slot), is_home_of_cleaner_at_work(slot)) == signs


@pytest.mark.parametrize("element_type", [MT, DT, IE])
@pytest.mark.parametrize("full", [True, False])
def test_no_other_element_shows_it(element_type: ElementType, full: bool) -> None:
    flagged = said("30/03 access=0")._replace(element_type=element_type, full=full)
    assert not is_managed_cleaner(flagged) and not is_home_of_cleaner_at_work(flagged)


@pytest.mark.parametrize("full", [True, False])
def test_code_without_except_shows_nothing(full: bool) -> None:
    stale = Element(
        ST, 1000, full=full, accessible=False, additional_sense=AdditionalSense(0x30, 0x03)
    )
    assert not is_managed_cleaner(stale) and not is_home_of_cleaner_at_work(stale)
