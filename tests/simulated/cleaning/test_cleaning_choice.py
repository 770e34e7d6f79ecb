"""Which of two cleaners that fit is used for a drive, by the settings of the library."""

from __future__ import annotations

from typing import Any

import pytest

from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import reserve
from changer.library.addressing import parse_place
from changer.library.settings import CleanerChoice, LibrarySettings

from .cleaner_library import CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary

FIRST, SECOND = "CLN001CU", "CLN002CU"
SLOTS = {FIRST: "17", SECOND: "18"}


@pytest.fixture
def library(make: MakeCleanerLibrary) -> CleanerLibrary:
    """Two cleaners in reserved slots, the first one in the first slot."""
    library = make(slots=20, data_cartridges=4, cleaners=2, cleaner_in_mail=False)
    with library.open() as opened:
        for label, slot in SLOTS.items():
            reserve(opened, parse_place(slot))
            request = InsertionRequest(slot=parse_place(slot), source=parse_place(label))
            insert(opened, request)
    return library


def keep(library: CleanerLibrary, label: str, left: int | None, used_at: float | None) -> None:
    """Have that on record of a cleaner."""
    numbers = (("cleans_left", left), ("last_used_at", used_at))
    values = ", ".join(f"{name} = {'NULL' if it is None else it}" for name, it in numbers)
    library.execute(f"UPDATE cleaners SET {values} WHERE volume_tag = '{label}'")


def used(library: CleanerLibrary, **settings: Any) -> str:
    library.settings = LibrarySettings(**settings)
    library.clean()
    label: str = library.rows("operations")[-1]["volume_tag"]
    return label


@pytest.mark.parametrize(
    ("choice", "first", "second", "chosen"),
    [
        (None, (3, 1.0), (4, None), FIRST),
        (None, (4, None), (3, 1.0), SECOND),
        (None, (3, 2.0), (3, 1.0), FIRST),
        (None, (None, None), (50, 1.0), SECOND),
        (None, (0, None), (4, None), SECOND),
        ("fewest-left", (4, None), (3, 1.0), SECOND),
        ("least-recent", (3, 2.0), (4, 1.0), SECOND),
        ("least-recent", (4, 1.0), (3, 2.0), FIRST),
        ("least-recent", (3, 1.0), (4, None), SECOND),
        ("least-recent", (4, 1.0), (3, 1.0), FIRST),
        ("slot", (4, 2.0), (3, None), FIRST),
    ],
)
def test_cleaner_is_chosen_by_its_count_its_last_use_or_its_slot(
    library: CleanerLibrary,
    choice: CleanerChoice | None,
    first: tuple[int | None, float | None],
    second: tuple[int | None, float | None],
    chosen: str,
) -> None:
    keep(library, FIRST, *first)
    keep(library, SECOND, *second)
    assert used(library, **({} if choice is None else {"cleaner_choice": choice})) == chosen


@pytest.mark.parametrize("choice", ["fewest-left", "least-recent", "slot"])
@pytest.mark.parametrize("left", [1, None])
def test_one_that_should_be_used_up_is_used_last_and_only_where_that_is_allowed(
    library: CleanerLibrary, choice: CleanerChoice, left: int | None
) -> None:
    keep(library, FIRST, 0, None)
    keep(library, SECOND, left, 5.0)
    assert used(library, cleaner_choice=choice, use_overdue=True) == SECOND
    keep(library, SECOND, 0, 5.0)
    library.settings = LibrarySettings(cleaner_choice=choice)
    assert refusal(library.clean).code == "cleaner-spent"
    assert used(library, cleaner_choice=choice, use_overdue=True) == FIRST
