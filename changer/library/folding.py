"""Elements that are alike, folded into ranges of their numbers: each is in one range (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from changer.library.columns import content_words, exception_words
from changer.library.number_ranges import Range, ranges_of
from changer.library.status import DriveStatus, SlotStatus
from changer.values import NamedTuple


class Fold(NamedTuple):
    """Elements of one type of which the same is to be said: what they hold, and their numbers.

    ``reason``: the exception that the library gives for each of them, empty for none.
    """

    words: str
    reason: str
    ranges: tuple[Range, ...]


def fold_rows(rows: Iterable[SlotStatus | DriveStatus]) -> tuple[Fold, ...]:
    """The elements by what is said of them, in the order of their first numbers."""
    alike: dict[tuple[str, str], list[int]] = {}
    for row in sorted(rows, key=lambda each: each.number):
        alike.setdefault((_words(row), exception_words(row) or ""), []).append(row.number)
    return tuple(
        Fold(words, reason, ranges_of(numbers)) for (words, reason), numbers in alike.items()
    )


def _words(row: SlotStatus | DriveStatus) -> str:
    words = content_words(row)
    if row.full and row.cleaner:
        words = "cleaning cartridge"
    elif row.full and row.volume_tag:
        words = "full"
    return f"reserved, {words}" if isinstance(row, SlotStatus) and row.reserved else words
