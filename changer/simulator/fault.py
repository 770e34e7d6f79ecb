"""A fault of a virtual library as a value, and the words that set it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from changer.simulator.sense import Additional, Sense
from changer.values import dataclass

# As they are written, and the fields of ElementOverride.
ELEMENT_FLAGS = {
    "except": "exception",
    "full": "full",
    "access": "access",
    "ed": "disabled",
    "listed": "listed",
    "import": "import_enabled",
    "export": "export_enabled",
}

# Faults that strike a number of times, and without that number always.
ENDLESS = (
    "unit-attention",
    "busy",
    "task-set-full",
    "reservation-conflict",
    "sense",
    "hang",
    "no-reply",
    "move-fails",
    "move-hangs",
    "move-late",
    "reply-lost",
    "unheard",
)

# What the values of a fault are called, counted from 0.
VALUE_WORDS = {"door": ("closed", "open"), "wants-cleaning": ("no", "requested", "required")}
_DRIVE_COMES_FIRST = ("wants-cleaning", "cleaning-fails", "element-address")
_PLAIN_ADDRESS = ("element-address",)
_HEXADECIMAL = ("reserved",)


class Left(StrEnum):
    """Where the cartridge of a motion is; a failed one leaves it there."""

    AT_SOURCE = "at-source"
    IN_TRANSPORT = "in-transport"
    AT_DESTINATION = "at-destination"


class CleaningFailure(StrEnum):
    """How a cleaning fails."""

    ERROR = "error"
    INVALID = "invalid"
    ENDLESS = "endless"
    IN_VAIN = "in-vain"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementOverride:
    """Fields of one element's descriptor in place of the truth; None leaves a field as it is.

    ``listed``: whether it has a descriptor at all.
    """

    additional: Additional | None = None
    exception: bool | None = None
    full: bool | None = None
    access: bool | None = None
    disabled: bool | None = None
    listed: bool | None = None
    import_enabled: bool | None = None
    export_enabled: bool | None = None

    def __str__(self) -> str:
        """As in the words of the fault."""
        flags = {field: getattr(self, name) for field, name in ELEMENT_FLAGS.items()}
        words = [f"{field}={value:d}" for field, value in flags.items() if value is not None]
        return " ".join([str(self.additional), *words] if self.additional else words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault, by its name in the table of faults, and what narrows it down.

    ``drive``: the drive that it is about; None is the changer. ``place``: as the caller wrote it,
    until ``address`` is known. ``times``: how often it still strikes, None without end. ``after``:
    matching commands that it still lets pass; ``every``: how many it lets pass between two
    strikes. ``seconds``: how long; ``until``: its end, seconds since the epoch. ``value``: a
    number that only this kind of fault knows.
    """

    name: str
    drive: int | None = None
    place: str | None = None
    address: int | None = None
    magazine: int | None = None
    sense: Sense | None = None
    times: int | None = None
    after: int = 0
    every: int = 0
    opcode: int | None = None
    seconds: float | None = None
    until: float | None = None
    left: Left | None = None
    override: ElementOverride | None = None
    stays: bool = False
    value: int | None = None
    cleaning_failure: CleaningFailure | None = None

    def __str__(self) -> str:
        """The words that set it, as it is now."""
        return " ".join(word for word in self._words() if word)

    def _words(self) -> Iterator[str]:
        drive = f"drive:{self.drive}" if self.drive is not None else ""
        yield self.name
        yield drive if self.name in _DRIVE_COMES_FIRST else ""
        yield self.place or self._address_word()
        yield _plain(self.magazine)
        yield self.left or ""
        yield str(self.sense or "")
        yield from self._value_words()
        yield "stays" if self.stays else ""
        yield _seconds(self.seconds)
        yield from self._when_words()
        yield drive if self.name not in _DRIVE_COMES_FIRST else ""

    def _address_word(self) -> str:
        if self.address is None or self.name in _PLAIN_ADDRESS:
            return _plain(self.address)
        return f"@{self.address}"

    def _value_words(self) -> Iterator[str]:
        names = dict(enumerate(VALUE_WORDS.get(self.name, ())))
        is_key = self.value is not None and self.name in _HEXADECIMAL
        yield names.get(self.value or 0, f"{self.value:X}" if is_key else _plain(self.value))
        yield self.cleaning_failure or ""
        yield str(self.override or "")

    def _when_words(self) -> Iterator[str]:
        if self.every:
            yield "alternating"
        elif self.times is None and self.name in ENDLESS:
            yield "always"
        else:
            yield _plain(self.times)
        yield f"on {self.opcode:02X}" if self.opcode is not None else ""
        yield f"after {self.after}" if self.after else ""


def _seconds(seconds: float | None) -> str:
    """All nanoseconds of it, so that the words make the same fault again."""
    return "" if seconds is None else f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"


def _plain(number: int | None) -> str:
    return "" if number is None else str(number)
