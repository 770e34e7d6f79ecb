"""Words of faults and operator actions: forms, numbers, times, places, sense codes, commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Generic, TypeVar

from changer.errors import SimulatorRefused
from changer.simulator.geometry import Kind
from changer.simulator.sense import Additional, Sense
from changer.simulator.state import State
from changer.values import dataclass

RecordT = TypeVar("RecordT")

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST = 7 * 86400.0


class Words:
    """The words of a request such as ``move-fails at-source 04/15/01 2`` that are left to read.

    Words are what blanks separate, however they came here: none is empty, none has a blank in it.
    """

    def __init__(self, words: Sequence[str], usage: str) -> None:
        self._left = " ".join(words).split()
        self._usage = usage

    def __bool__(self) -> bool:
        return bool(self._left)

    def peek(self) -> str:
        """The next word, which stays; empty at the end."""
        return self._left[0] if self._left else ""

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
        """The next word as a time in whole nanoseconds: ``30``, ``30s``, ``1.5m``, ``2h``."""
        word = self.next(what)
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)([smh]?)", word)
        if not found:
            raise self.refusal(f"{what} must be a time such as 30s, not {word!r}")
        seconds = float(found[1]) * _UNITS[found[2]]
        if seconds > _LONGEST:
            raise self.refusal(f"{what} must be at most 7 days, not {word!r}")
        return round(seconds, 9)

    def choice(self, what: str, choices: Iterable[str]) -> str:
        """The next word as one of a few."""
        word = self.next(what)
        known = [str(each) for each in choices]
        if word not in known:
            raise self.refusal(
                f"{what} is one of {', '.join(known)}, not {word!r}{meant(word, known)}"
            )
        return word

    def end(self) -> None:
        """Raise SimulatorRefused if a word is left."""
        if self._left:
            raise self.refusal(f"unexpected argument {self._left[0]!r}")

    def refusal(self, reason: str) -> SimulatorRefused:
        """The error for words like these."""
        return SimulatorRefused(reason, hint=f"changer sim {self._usage}")


def meant(word: str, known: Iterable[str]) -> str:
    """End of a message that suggests the known word closest to ``word``; empty if none is close."""
    close = get_close_matches(word, list(known), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True, slots=True)
class Form(Generic[RecordT]):
    """How one fault or action is written: ``arguments`` as the usage shows them, ``help`` a line.

    ``read``: steps that take the words and fill the record, in order.
    """

    name: str
    arguments: str
    help: str
    read: Sequence[Callable[[RecordT, Words], RecordT]]


def parse_form(
    words: Sequence[str],
    forms: Mapping[str, Form[RecordT]],
    start: Callable[[str], RecordT],
    *,
    what: str,
    command: str,
) -> RecordT:
    """The record that the words ask for; ``start`` takes its name. Raises SimulatorRefused."""
    hint = f"{what}s: {', '.join(forms)}"
    if not words:
        raise SimulatorRefused(f"no {what} given", hint=hint)
    form = forms.get(words[0])
    if form is None:
        raise SimulatorRefused(
            f"there is no {what} {words[0]!r}{meant(words[0], forms)}", hint=hint
        )
    left = Words(words[1:], f"{command} NAME {form.name} {form.arguments}".rstrip())
    record = start(form.name)
    for step in form.read:
        record = step(record, left)
    left.end()
    return record


# places

_NUMBERED = re.compile(r"(?:(slot|mail|drive|picker):)?(\d{1,5})")
_ADDRESS = re.compile(r"@(0[xX][0-9a-fA-F]{1,4}|\d{1,5})")
_KINDS = {"slot": Kind.STORAGE, "mail": Kind.MAIL, "drive": Kind.DRIVE, "picker": Kind.TRANSPORT}


def address_of(state: State, place: str) -> int:
    """The element that ``place`` means: ``5``, ``mail:1``, ``drive:0``, ``picker``, ``@1005``, or
    the tag of a cartridge. Raises SimulatorRefused.
    """
    if place == "picker":
        return state.geometry.ranges[Kind.TRANSPORT].start
    if numbered := _NUMBERED.fullmatch(place):
        return _numbered(state, place, numbered[1] or "slot", int(numbered[2]))
    if written := _ADDRESS.fullmatch(place):
        address = int(written[1], 0)
        if state.geometry.kind_of(address) is None:
            raise SimulatorRefused(f"{state.name} has no element at address {address}")
        return address
    return _holding(state, place.removeprefix("tag:"))


def _numbered(state: State, place: str, word: str, number: int) -> int:
    addresses = state.geometry.ranges[_KINDS[word]]
    first = 0 if word == "drive" else 1
    if 0 <= number - first < len(addresses):
        return addresses[number - first]
    there = f"{first} to {first + len(addresses) - 1}" if addresses else "there are none"
    raise SimulatorRefused(f"{state.name} has no {word} {number}: {place!r}; {there}")


def _holding(state: State, tag: str) -> int:
    found = [address for address, item in state.cartridges.items() if item.tag == tag]
    if len(found) != 1:
        raise SimulatorRefused(
            f"{state.name} has {len(found)} cartridges {tag!r}"
            if found
            else f"{state.name} has no cartridge {tag!r}",
            hint="a place is 5, mail:1, drive:0, picker, @1005, or the tag of a cartridge",
        )
    return found[0]


# sense codes and commands


def parse_sense(text: str, *, key: int) -> Sense:
    """``3B/12`` with the given sense key, or ``05/3B/12`` with its own; hexadecimal."""
    found = re.fullmatch(r"(?:0?([0-9a-f])/)?([0-9a-f]{1,2})/([0-9a-f]{1,2})", text, re.IGNORECASE)
    if not found:
        raise SimulatorRefused(
            f"{text!r} is not a sense code",
            hint="write ASC/ASCQ or KEY/ASC/ASCQ in hexadecimal, such as 3B/12 or 05/3B/12",
        )
    return Sense(int(found[1], 16) if found[1] else key, int(found[2], 16), int(found[3], 16))


def parse_additional(text: str) -> Additional:
    """``3B/12``, without a sense key."""
    sense = parse_sense(text, key=0)
    return Additional(sense.asc, sense.ascq)


_OPCODES = {
    "test-unit-ready": 0x00,
    "rewind": 0x01,
    "request-sense": 0x03,
    "read-block-limits": 0x05,
    "initialize": 0x07,
    "read": 0x08,
    "write": 0x0A,
    "space": 0x11,
    "inquiry": 0x12,
    "mode-select": 0x15,
    "mode-sense": 0x1A,
    "mode-sense-10": 0x5A,
    "open-close": 0x1B,
    "load-unload": 0x1B,
    "prevent-allow": 0x1E,
    "position": 0x2B,
    "read-position": 0x34,
    "initialize-range": 0x37,
    "initialize-range-vendor": 0xE7,
    "log-sense": 0x4D,
    "move": 0xA5,
    "exchange": 0xA6,
    "read-element-status": 0xB8,
}


def opcode_of(word: str) -> int:
    """The opcode that a name, or hexadecimal such as ``A5``, ``A5h`` or ``0xa5``, means."""
    if word in _OPCODES:
        return _OPCODES[word]
    if found := re.fullmatch(r"(?:0x)?([0-9a-f]{2})h?", word, re.IGNORECASE):
        return int(found[1], 16)
    raise SimulatorRefused(
        f"there is no command {word!r}{meant(word, _OPCODES)}",
        hint=f"an opcode such as A5, or one of {', '.join(_OPCODES)}",
    )
