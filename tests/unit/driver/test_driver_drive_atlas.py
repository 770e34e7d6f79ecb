"""Each row of the atlas about drives, as the program comes to feel it; none is idle.

A case is a drive's product identification, and what is made of it, or of sense data that it sent.
Each is tried with all rows, and fails without the row that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from changer.smc import drive_models
from changer.smc.atlas import media
from changer.smc.atlas.drive_row import CleaningSign, DriveHabit
from changer.smc.atlas.drive_signs import DRIVE_HABITS
from changer.smc.atlas.evidence import Kind
from changer.smc.drive_models import (
    asks_for_cleaning,
    cleaning_page,
    cleaning_sign,
    family_of_drive,
    generation_of,
    habits_of,
    may_calibrate,
    was_done,
)
from changer.smc.sense import parse_sense

TABLE = Path(__file__).parents[2] / "data" / "drive_cases.txt"
TABLES = ("DRIVES", "CLEANING_CODES", "CLEANING_BITS", "CLEANING_PAGES", "DRIVE_HABITS")


class Case(NamedTuple):
    """A product identification, sense data or none, and what is made of them."""

    product: str
    sense: str
    expected: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.product} {self.sense[:41]}".strip()


def read_cases() -> Iterator[Case]:
    for line in TABLE.read_text().splitlines():
        if not line.startswith("#"):
            product, *told = (each.strip() for each in line.split("|"))
            is_of_sense = len(told) == 2
            yield Case(product, told[0] if is_of_sense else "", tuple(told[is_of_sense:]))


CASES = tuple(read_cases())


def observed(case: Case) -> tuple[str, ...]:
    """What the program makes of a drive, or of its sense data."""
    if case.sense:
        return (_of_sense(case.product, bytes.fromhex(case.sense)),)
    page, generation = cleaning_page(case.product), generation_of(case.product)
    return (
        family_of_drive(case.product) or "",
        "" if generation is None else str(generation),
        "yes" if may_calibrate(case.product) else "no",
        f"{page.page:02X}h {page.parameter:04X}h" if page else "",
        ", ".join(row.habit.slug for row in habits_of(case.product)),
    )


def _of_sense(product: str, sense: bytes) -> str:
    if cleaning_sign(product, parse_sense(sense)) is CleaningSign.CLEANED:
        return CleaningSign.CLEANED.value
    return CleaningSign.REQUESTED.value if asks_for_cleaning(product, sense) else ""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_made_of_a_drive_is_what_its_maker_means(case: Case) -> None:
    assert observed(case) == case.expected


def test_command_was_done_if_sense_of_cleaning_alone_has_the_key_of_success() -> None:
    for told, cleaned in (("00 17", {0, 1}), ("82 82", {0}), ("83 83", {1}), ("00 16", set())):
        done = set()
        for key in range(16):
            sense = parse_sense(bytes.fromhex(f"72 {key:02x} {told} 00000000"))
            done |= {key} if was_done("ULT3580-TD8", sense) else set()
        assert done == cleaned, told
    assert not was_done("ULT3580-TD8", parse_sense(bytes.fromhex("72 00")))


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_idle(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: tuple[Any, ...] = getattr(drive_models, table)
    idle = []
    for row in rows:
        with monkeypatch.context() as patched:
            patched.setattr(drive_models, table, tuple(each for each in rows if each is not row))
            if all(observed(each) == each.expected for each in CASES):
                idle.append(row)
    assert idle == []


def test_every_habit_is_that_of_a_drive() -> None:
    assert {row.habit for row in DRIVE_HABITS} == {*DriveHabit}


def test_every_row_has_its_evidence_and_none_rests_on_a_virtual_drive_alone() -> None:
    rows = [row for table in TABLES for row in getattr(drive_models, table)] + [*media.MEDIA]
    for row in rows:
        assert any(each.document.kind is not Kind.VIRTUAL for each in row.evidence), row


def test_every_family_has_its_number_of_cleanings() -> None:
    assert [row.family for row in media.MEDIA] == [*media.MediaFamily]
