"""What came into the mail slots since they were first looked at."""

from __future__ import annotations

from typing import Any

import pytest
from driver_support import IE, assignment, element

from changer.cleaning.arrival import find_import
from changer.errors import InvalidCleaner, SeveralCartridges
from changer.library.addressing import Numbering
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import Element, MediumType

NUMBERING = Numbering(assignment())
FIRST, SECOND = 10, 11
EMPTY = (element(IE, FIRST), element(IE, SECOND))


def mail(first: str | None = None, second: str | None = None, **said: Any) -> list[Element]:
    """Two mail slots: a tag, ``-`` for a cartridge without label, None for none."""
    return [
        element(
            IE,
            address,
            full=tag is not None,
            tag=None if tag == "-" else tag,
            **(said if tag is not None else {}),
        )
        for address, tag in ((FIRST, first), (SECOND, second))
    ]


def arrival(
    now: list[Element], before: list[Element] | None = None, *, assume: bool = False
) -> Element | None:
    return find_import(
        now,
        before=before or EMPTY,
        numbering=NUMBERING,
        slots=ReservedSlots((), ("CLN",)),
        assume_cleaner=assume,
    )


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("now", "before", "address"),
    [
        (mail("CLN001CU"), None, FIRST),
        (mail(None, "CLN001CU"), None, SECOND),
        (mail("-", medium_type=MediumType.CLEANING), None, FIRST),
        (mail("-", exception=(0x30, 0x03)), None, FIRST),
        (mail("A00001L8", "CLN001CU"), mail("A00001L8"), SECOND),
        (mail("CLN002CU"), mail("A00001L8"), FIRST),  # in its place
        (mail("CLN001CU"), mail("CLN001CU"), FIRST),  # lay there
        (mail("CLN001CU", "A00001L8"), mail("CLN001CU", "A00001L8"), FIRST),
        (mail("CLN001CU", "CLN002CU"), mail("CLN001CU"), SECOND),  # the one that came
        (mail(None, "CLN001CU"), mail("CLN001CU"), SECOND),  # laid elsewhere
        (mail("A00001L8"), mail("A00001L8"), None),
        (mail("-"), mail("-"), None),
        (mail(), mail("CLN001CU"), None),
        (mail(), None, None),
    ],
)
def test_arrival_is_the_cleaner_that_came(
    now: list[Element], before: list[Element] | None, address: int | None
) -> None:
    found = arrival(now, before)
    assert (found.address if found else None) == address


@pytest.mark.parametrize(
    "now", [mail("A00001L8"), mail("-"), mail("CLN001CU", medium_type=MediumType.DATA)]
)
def test_cartridge_that_is_no_cleaner_is_refused_unless_a_person_says_that_it_is(
    now: list[Element],
) -> None:
    with pytest.raises(InvalidCleaner, match="in mail slot 1 is not a cleaning cartridge"):
        arrival(now)
    found = arrival(now, assume=True)
    assert found is not None and found.address == FIRST


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (mail("CLN001CU", "CLN002CU"), None),
        (mail("CLN001CU", "A00001L8"), None),
        (mail("CLN001CU", "CLN002CU"), mail("CLN001CU", "CLN002CU")),
    ],
)
def test_more_than_one_is_refused(now: list[Element], before: list[Element] | None) -> None:
    with pytest.raises(SeveralCartridges, match=r"in mail slot 1, .* in mail slot 2"):
        arrival(now, before)


def test_word_of_a_person_is_about_the_only_cartridge_that_lies_there() -> None:
    found = arrival(mail("NU01L9"), mail("NU01L9"), assume=True)
    assert found is not None and found.address == FIRST


@pytest.mark.parametrize(
    "there",
    [mail("A00001L8", medium_type=MediumType.DATA), mail("A00001L8", "NU01L9"), mail("-", "-")],
)
def test_word_of_a_person_is_not_about_data_or_one_of_several_that_lay_there(
    there: list[Element],
) -> None:
    assert arrival(there, there, assume=True) is None
