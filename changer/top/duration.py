"""How long something takes or is ago, in words. Pure."""

from __future__ import annotations

# Seconds from which a unit is used, and that it has.
_UNITS = ((172800, 86400, "days"), (3600, 3600, "h"), (120, 60, "min"))


def duration_words(seconds: float) -> str:
    """``3 s``, ``5 min``, ``2 h 5 min``, ``3 days``; ``0 s`` for what is in the future, too."""
    whole = max(int(seconds), 0)
    if whole < 120:
        return f"{whole} s"
    size, unit = next((size, unit) for least, size, unit in _UNITS if whole >= least)
    number, rest = divmod(whole, size)
    minutes = f" {rest // 60} min" if unit == "h" and rest >= 60 else ""
    return f"{number} {unit}{minutes}"
