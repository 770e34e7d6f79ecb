"""Which mail slots do not look empty, and how they are called."""

from __future__ import annotations

import pytest
from driver_support import assignment, said

from changer.library.addressing import Numbering
from changer.library.mail_slots import MailSlots
from changer.moves.mail_access import not_empty

MAIL = MailSlots(
    Numbering(assignment(slots=(1000, 4), mail=(10, 4))), range(10, 14), are_slots=False
)
SLOTS = MailSlots(
    Numbering(assignment(slots=(1000, 4), mail=(0, 0))), range(1000, 1004), are_slots=True
)

# What an element says; whether it does not look empty as a mail slot, and as a slot that acts so.
ROWS: dict[str, tuple[str, bool, bool]] = {
    "empty": ("", False, False),
    "full": ("full A00001L8", True, True),
    "full, without a label": ("full", True, True),
    "open": ("access=0", False, True),
    "full, and open": ("full A00001L8 access=0", True, True),
    "its magazine is out": ("3B/12 access=0", False, True),
    "disabled": ("ed", False, True),
}


@pytest.mark.parametrize("name", ROWS)
def test_open_mail_slot_tells_no_more_than_that_nothing_is_in_it(name: str) -> None:
    """A slot is empty only where that is said plainly: somebody may have its magazine in hand."""
    shown, as_mail, as_slot = ROWS[name]
    assert not_empty(MAIL, [said(f"mail @12 {shown}")], [12]) == ((12,) if as_mail else ())
    assert not_empty(SLOTS, [said(f"@1002 {shown}")], [1002]) == ((1002,) if as_slot else ())


def test_mail_slot_that_is_left_out_has_nothing_to_take_and_a_slot_may_have() -> None:
    assert not_empty(MAIL, [said("mail @12 full")], [10, 12, 13]) == (12,)
    assert not_empty(SLOTS, [said("@1001")], [1000, 1001]) == (1000,)


def test_mail_slots_are_called_by_their_numbers_in_order() -> None:
    assert MAIL.names([12]) == "mail slot 3"
    assert MAIL.names([13, 10]) == "mail slots 1 and 4"
    assert MAIL.names([13, 10, 11, 10]) == "mail slots 1, 2 and 4"
    assert SLOTS.names([1003, 1000]) == "slots 1 and 4"
