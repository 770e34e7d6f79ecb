"""Elements that cleanings under way need: which, whose, and what is said of them."""

from __future__ import annotations

import pytest
from driver_support import assignment

from changer.errors import BeingCleaned
from changer.library.addressing import Numbering
from changer.library.claims import Claims
from changer.store.records import Claim

NUMBERING = Numbering(assignment())
HINT = "try again when that is done; changer operations shows its progress"


def claims(**addresses: tuple[int, ...]) -> Claims:
    """By the ids of their operations."""
    return Claims(
        tuple(
            Claim("LIB", each, operation) for operation, told in addresses.items() for each in told
        )
    )


BOTH = claims(first=(1003, 500), second=(501, 1008), third=(1011,))


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("address", "message"),
    [
        (500, "drive 0 is being cleaned"),
        (501, "drive 1 is being cleaned"),
        (1003, "slot 4 is kept for its cleaner, which is cleaning drive 0"),
        (1008, "slot 9 is kept for its cleaner, which is cleaning drive 1"),
        (1011, "slot 12 is kept for its cleaner, which is cleaning a drive"),
    ],
)
def test_element_that_a_cleaning_needs_is_refused_with_what_for(address: int, message: str) -> None:
    assert address in BOTH
    with pytest.raises(BeingCleaned) as raised:
        BOTH.check(address, numbering=NUMBERING)
    assert (raised.value.message, raised.value.hint) == (message, HINT)


def test_any_other_element_is_free() -> None:
    for free in (BOTH, claims()):
        assert 1000 not in free
        free.check(1000, numbering=NUMBERING)
    assert 500 not in claims()


def test_drive_that_a_cleaner_cleans_is_known_by_its_slot() -> None:
    drives = {each: BOTH.drive_of(each, NUMBERING) for each in (1003, 1008, 1011, 1000)}
    assert drives == {1003: 500, 1008: 501, 1011: None, 1000: None}


def test_claim_of_a_drive_that_the_library_has_no_more_names_none() -> None:
    gone = claims(first=(1003, 4711))
    assert gone.drive_of(1003, NUMBERING) is None
    with pytest.raises(BeingCleaned, match="which is cleaning a drive"):
        gone.check(1003, numbering=NUMBERING)
