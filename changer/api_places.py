"""Places as Python callers write them."""

from __future__ import annotations

from changer.errors import UsageError
from changer.library.addressing import Place, PlaceKind, parse_drive, parse_place

__all__ = ["PlaceLike", "drive_of", "place_of", "range_of"]

PlaceLike = int | str | Place


def place_of(value: PlaceLike) -> Place:
    """A place; a number is a slot's. Raises UsageError."""
    return _read(value, PlaceKind.SLOT)


def drive_of(value: PlaceLike) -> Place:
    """A drive; a number is a drive's. Raises UsageError."""
    if isinstance(value, str):
        return parse_drive(value)
    return _read(value, PlaceKind.DRIVE)


def range_of(first: PlaceLike | None, last: PlaceLike | None) -> tuple[Place, Place] | None:
    """From the first to the last; the first alone; None for everything. Raises UsageError."""
    if first is None:
        if last is not None:
            raise UsageError("a range without its first place", hint="name the first place, too")
        return None
    start = place_of(first)
    end = start if last is None else place_of(last)
    if start.kind is PlaceKind.TAG or start.kind is not end.kind or end.number < start.number:
        raise UsageError(
            f"{start} to {end} is no range of places", hint="such as 1 and 12, or mail:1 and mail:2"
        )
    return start, end


def _read(value: PlaceLike, kind: PlaceKind) -> Place:
    if isinstance(value, Place):
        return value
    if isinstance(value, str):
        return parse_place(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Place(kind, value)
    raise UsageError(f"{value!r} is no place", hint="a place is a number, a text, or a Place")
