"""The words of a fault or an action, read one by one, with errors that say what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from changer.errors import SimulatorRefused

__all__ = ["Words", "meant"]

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST = 7 * 86400.0


class Words:
    """What is left to read of a request such as ``move-fails at-source 04/15/01 2``."""

    def __init__(self, words: Sequence[str], usage: str) -> None:
        self._left = list(words)
        self._usage = usage

    def __bool__(self) -> bool:
        return bool(self._left)

    def peek(self) -> str | None:
        """The next word, which stays."""
        return self._left[0] if self._left else None

    def next(self, what: str) -> str:
        """The next word; ``what`` it should be, for the error when there is none."""
        if not self._left:
            raise self.refusal(f"{what} is missing")
        return self._left.pop(0)

    def number(self, what: str, *, least: int = 0, most: int = 65535) -> int:
        """The next word as a whole number."""
        word = self.next(what)
        if not re.fullmatch(r"\d{1,9}", word) or not least <= int(word) <= most:
            raise self.refusal(f"{what} must be a number from {least} to {most}, not {word!r}")
        return int(word)

    def seconds(self, what: str) -> float:
        """The next word as a time: ``30``, ``30s``, ``1.5m``, ``2h``."""
        word = self.next(what)
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smh]?)", word)
        if not found:
            raise self.refusal(f"{what} must be a time such as 30s, not {word!r}")
        seconds = float(found[1]) * _UNITS[found[2]]
        if seconds > _LONGEST:
            raise self.refusal(f"{what} must be at most 7 days, not {word!r}")
        return seconds

    def choice(self, what: str, choices: Iterable[str]) -> str:
        """The next word as one of a few."""
        word = self.next(what)
        known = list(choices)
        if word not in known:
            raise self.refusal(
                f"{what} is one of {', '.join(known)}, not {word!r}{meant(word, known)}"
            )
        return word

    def end(self) -> None:
        """There is nothing left."""
        if self._left:
            raise self.refusal(f"{self._left[0]!r} is one word too many")

    def refusal(self, reason: str) -> SimulatorRefused:
        """The error for words like these."""
        return SimulatorRefused(reason, hint=f"changer sim {self._usage}")


def meant(word: str, known: Iterable[str]) -> str:
    """The end of a message that says what ``word`` was meant to be; empty when nothing is close."""
    close = get_close_matches(word, list(known), 1)
    return f"; {close[0]!r} was meant?" if close else ""
