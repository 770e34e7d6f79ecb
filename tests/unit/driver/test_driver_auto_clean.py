"""What elements show of a library that cleans its drives itself."""

from __future__ import annotations

import pytest
from driver_support import DT, IE, MT, ST, ScriptedDevice, converse, said
from scsi_bytes import check

from changer.library import auto_clean_page
from changer.library.auto_clean import is_home_of_cleaner_at_work, is_managed_cleaner
from changer.library.auto_clean_page import sign_by_page
from changer.smc.atlas.auto_clean_pages import AUTO_CLEAN_PAGES, AutoCleanPage
from changer.smc.command import Reply, Status
from changer.smc.elements import AdditionalSense, Element, ElementType, Model

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


@pytest.mark.rows(one_in=1)
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


# Mode pages of makers' own

ATL, MAGNUM, SMALL = ("ATL", "P3000"), ("EXABYTE", "MAGNUM 224"), ("EXABYTE", "LTO 1x7 2U")
REFUSED = check(0x05, 0x24, 0x00)
ON = {0x20: (ATL, ("ATL", "P7000")), 0x25: (MAGNUM, SMALL)}


def page(code: int, *values: int) -> Reply:
    """Mode data of MODE SENSE(6), with a page that could be saved."""
    body = bytes((0x80 | code, len(values), *values))
    return Reply(Status.GOOD, data=bytes((3 + len(body), 0, 0, 0)) + body)


def sign(model: tuple[str, str], *replies: Reply) -> tuple[str | None, list[bytes]]:
    """What is said of a library that gives these replies, and what it was sent."""
    device = ScriptedDevice(*replies)
    said = sign_by_page(converse(device, model=Model(*model)).session)
    return said, [each.cdb for each in device.sent]


@pytest.mark.parametrize(("code", "model"), [(code, each) for code in ON for each in ON[code]])
def test_page_that_has_it_switched_on_is_a_sign(code: int, model: tuple[str, str]) -> None:
    words = f"automatic cleaning is switched on (mode page {code:02X}h)"
    assert sign(model, page(code, 0x03, 0)) == (words, [bytes((0x1A, 0x08, code, 0, 0xFF, 0))])


@pytest.mark.parametrize(
    ("model", "reply"),
    [
        (ATL, page(0x20, 0x01, 0xFF)),
        (ATL, page(0x20)),
        (ATL, page(0x25, 0x03)),
        (ATL, REFUSED),
        (MAGNUM, page(0x25, 0x02, 0)),
        (MAGNUM, page(0x25, 0x01, 0)),
        (MAGNUM, REFUSED),
    ],
)
def test_page_that_has_it_switched_off_or_is_not_there_is_none(
    model: tuple[str, str], reply: Reply
) -> None:
    assert sign(model, reply)[0] is None


@pytest.mark.parametrize("model", [("ATL", "L500"), ("EXABYTE", "Exabyte X80"), ("ACME", "P3000")])
def test_other_models_are_not_asked_for_it(model: tuple[str, str]) -> None:
    assert sign(model) == (None, [])


@pytest.mark.parametrize("row", AUTO_CLEAN_PAGES)
def test_no_row_is_idle(row: AutoCleanPage, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tuple(each for each in AUTO_CLEAN_PAGES if each is not row)
    monkeypatch.setattr(auto_clean_page, "AUTO_CLEAN_PAGES", left)
    assert all(sign(model) == (None, []) for model in ON[row.page])
