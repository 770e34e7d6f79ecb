"""How long something takes or is ago, in words. Pure."""

from __future__ import annotations

_UNITS = ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min"))


def duration_words(seconds: float) -> str:
    """``3 s``, ``5 min``, ``2 h 5 min``, ``3 days``; ``0 s`` for what is in the future, too."""
    whole = max(int(seconds), 0)
    if whole < 120:
        return f"{whole} s"
    for size, one, many in _UNITS:
        if whole >= size * (2 if size > 3600 else 1):
            number, rest = divmod(whole, size)
            words = f"{number} {one if number == 1 else many}"
            minutes = rest // 60
            return f"{words} {minutes} min" if size == 3600 and minutes else words
    raise AssertionError("a minute is less than two")
