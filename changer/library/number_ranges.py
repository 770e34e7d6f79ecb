"""Ranges of numbers: those of places that follow one another, as people write them."""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]


def ranges_of(numbers: Iterable[int]) -> tuple[Range, ...]:
    """The first and last number of each run, of numbers in ascending order."""
    found: list[Range] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def range_words(found: Range) -> str:
    """``61-80``, ``7``."""
    first, last = found
    return f"{first}" if first == last else f"{first}-{last}"


def ranges_words(numbers: Iterable[int]) -> str:
    """``3, 7-9``."""
    return ", ".join(map(range_words, ranges_of(numbers)))
