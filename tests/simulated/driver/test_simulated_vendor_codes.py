"""A row about a code of one vendor holds for that vendor alone, and each has its evidence."""

from __future__ import annotations

from collections import Counter

import pytest

from changer.errors import LibraryOffline, NotReady
from changer.library.element_state import Presence, find_condition
from changer.smc import vendor_codes
from changer.smc.elements import ElementException, ElementType
from changer.smc.sense import Action, SenseAction, SenseKey
from changer.smc.vendor_codes import VENDOR_CODES, VendorCode

from .conftest import MakeLibrary
from .virtual_library import error_of


def test_every_code_has_one_row_for_a_model_with_words_and_evidence() -> None:
    rows = Counter((each.asc, each.ascq, each.vendor, each.product) for each in VENDOR_CODES)
    assert set(rows.values()) == {1}
    assert all(each.words and each.evidence for each in VENDOR_CODES)
    of_anybody = [each for each in VENDOR_CODES if each.vendor is None]
    assert all(each.asc >= 0x80 or each.ascq >= 0x80 for each in of_anybody), "else it is T10's"


@pytest.mark.parametrize(
    ("vendor", "error", "presence", "words"),
    [
        ("CHANGER", LibraryOffline, Presence.PRESENT, "another meaning (vendor)"),
        ("OTHER", NotReady, Presence.ABSENT, "magazine not installed (vendor)"),
    ],
)
def test_a_row_of_a_vendor_holds_for_its_libraries_alone(
    make_library: MakeLibrary,
    monkeypatch: pytest.MonkeyPatch,
    vendor: str,
    error: type[Exception],
    presence: Presence,
    words: str,
) -> None:
    row = VendorCode(
        0x83,
        0x02,
        "another meaning",
        "this test",
        element=ElementException.CLEANER,
        actions={SenseKey.NOT_READY: SenseAction(Action.FAIL, LibraryOffline)},
        vendor=vendor,
    )
    monkeypatch.setattr(vendor_codes, "VENDOR_CODES", (row, *VENDOR_CODES))
    library = make_library("exabyte")
    library.pull_magazine(1, noticed=False)
    with library.open() as opened:
        assert opened.identity.vendor == "CHANGER"
        slot = opened.read([ElementType.STORAGE]).at(1)
        assert slot is not None
        condition = find_condition(slot, address=1)
        assert (condition.presence, words in condition.reason) == (presence, True)
        library.fault("sense 02/83/02")
        refused = error_of(lambda: opened.read())
    assert type(refused) is error
    assert words in refused.message
