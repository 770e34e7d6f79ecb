"""Tape drives as the atlas knows them: format, generation, and how they speak of cleaning.

Pure. A drive that no row is about is taken as the standards say. Imported where one is looked up.
"""

from __future__ import annotations

from typing import TypeVar

from changer.smc.atlas.drive_row import (
    CleaningBit,
    CleaningCode,
    CleaningPage,
    CleaningSign,
    DriveHabit,
    DriveHabitRow,
    DriveKind,
)
from changer.smc.atlas.drive_signs import (
    CLEANING_BITS,
    CLEANING_CODES,
    CLEANING_PAGES,
    DRIVE_HABITS,
)
from changer.smc.atlas.drives import DRIVES
from changer.smc.atlas.media import MediaFamily
from changer.smc.sense import SenseData, SenseKey, parse_sense

_DONE = (SenseKey.NO_SENSE, SenseKey.RECOVERED_ERROR)
_FIXED_FORMATS = (0x70, 0x71)
_ADDITIONAL_LENGTH = 7
RowT = TypeVar("RowT", CleaningBit, CleaningCode, CleaningPage)


def kinds_of(product: str | None) -> tuple[DriveKind, ...]:
    """The rows that are about drives of a product identification."""
    return tuple(each for each in DRIVES if each.made(product or ""))


def family_of_drive(product: str | None) -> MediaFamily | None:
    """The media family of a drive; None for an unknown one, and where rows differ."""
    families = {each.family for each in kinds_of(product)}
    return families.pop() if len(families) == 1 else None


def generation_of(product: str | None) -> int | None:
    """The LTO generation of a drive; None where its product identification does not tell it."""
    told = {each.generation_of(product or "") for each in kinds_of(product)} - {None}
    return told.pop() if len(told) == 1 else None


def may_calibrate(product: str | None) -> bool:
    """Whether a drive may calibrate a new cartridge; so for an unknown one."""
    kinds, generation = kinds_of(product), generation_of(product)
    rows = [row for row in DRIVE_HABITS if row.habit is DriveHabit.CALIBRATES]
    if not kinds:
        return True
    return any(
        set(kinds) & set(row.drives) and (generation is None or generation in row.generations)
        for row in rows
    )


def habits_of(product: str | None) -> tuple[DriveHabitRow, ...]:
    """The habits that drives of a product identification are known to have."""
    kinds, generation = set(kinds_of(product)), generation_of(product)
    return tuple(
        row
        for row in DRIVE_HABITS
        if kinds & set(row.drives) and (not row.generations or generation in row.generations)
    )


def cleaning_page(product: str | None) -> CleaningPage | None:
    """The log page of the maker's own with which such a drive asks for cleaning; None: none."""
    return next(iter(rows_about(product, CLEANING_PAGES)), None)


def cleaning_sign(product: str | None, sense: SenseData) -> CleaningSign | None:
    """What such a drive says of cleaning by a sense code; None: nothing."""
    if sense.additional is None:
        return None
    code = (sense.additional.asc, sense.additional.ascq)
    rows = rows_about(product, CLEANING_CODES)
    return next(
        (row.sign for row in rows if code == (row.asc, row.ascq) and row.key in (None, sense.key)),
        None,
    )


def asks_for_cleaning(product: str | None, sense: bytes) -> bool:
    """Whether such a drive asks for cleaning by sense data, by its code or by a bit of it.

    Raises MalformedData.
    """
    told = cleaning_sign(product, parse_sense(sense))
    return told is CleaningSign.REQUESTED or _has_bit(product, sense)


def was_done(product: str | None, sense: SenseData) -> bool:
    """Whether a command was done, and its sense data is of cleaning alone (SPC-4, keys 0, 1)."""
    return sense.key in _DONE and cleaning_sign(product, sense) is not None


def _has_bit(product: str | None, sense: bytes) -> bool:
    if sense[0] & 0x7F not in _FIXED_FORMATS or len(sense) <= _ADDITIONAL_LENGTH:
        return False
    told = sense[: _ADDITIONAL_LENGTH + 1 + sense[_ADDITIONAL_LENGTH]]
    return any(
        row.byte < len(told) and told[row.byte] & row.mask
        for row in rows_about(product, CLEANING_BITS)
    )


def rows_about(product: str | None, rows: tuple[RowT, ...]) -> tuple[RowT, ...]:
    """Those of the rows that are about drives of a product identification, or about any drive."""
    kinds = set(kinds_of(product))
    return tuple(row for row in rows if not row.drives or kinds & set(row.drives))
