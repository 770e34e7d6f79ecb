"""Diagnosis of one check: its level, what was seen, and the fix (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from changer.values import NamedTuple

# ok        nothing is to be done.
# warning   it works, but not as it should, or not for long.
# problem   commands fail or may do harm until it is fixed.
# unknown  what it takes to know could not be read.
Level = Literal["ok", "warning", "problem", "unknown"]

LEVELS: tuple[Level, ...] = ("ok", "unknown", "warning", "problem")
"""From the best to the worst."""


class NotTold(NamedTuple):
    """Stands for a fact that could not be learned. ``why``: a clause; ``how``: what would tell."""

    why: str
    how: str = ""


class Diagnosis(NamedTuple):
    """What one check found.

    check    its name, which stays: ``device-rights``.
    seen     what was seen, as a sentence without its full stop.
    fixes    command lines to copy, in this order; of one that was not told, what would tell.
    advice   what to do where no command does it, or what to know about the commands; or None.
    library  the id of the library that it is about; empty for the host.
    """

    check: str
    level: Level
    seen: str
    fixes: tuple[str, ...] = ()
    advice: str | None = None
    library: str = ""


def worst(levels: Iterable[Level]) -> Level:
    """The worst of them; ``ok`` of none."""
    return max(levels, key=LEVELS.index, default="ok")


def not_told(check: str, fact: NotTold, *, advice: str | None = None) -> Diagnosis:
    """The diagnosis where a check's fact could not be learned."""
    return Diagnosis(check, "unknown", fact.why, (fact.how,) if fact.how else (), advice)
