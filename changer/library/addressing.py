"""Addressing: places as people name them, and their element addresses.

``12`` slot 12, ``drive:0``, ``mail:1``, ``picker``, ``@1012`` or ``@0x3f4`` an element address,
``A00001L8`` a volume tag (``tag:000012`` when it looks like a number). Slots and mail slots count
from 1 in address order, drives from 0; a number is an address less the first one of its type in
mode page 1Dh, so it does not shift when a magazine is out.
"""

from __future__ import annotations

import re
from enum import Enum

from changer.errors import InvalidSlot, NoSuchDrive, UsageError
from changer.smc.elements import ElementAddressAssignment, ElementRange, ElementType
from changer.values import NamedTuple, dataclass

GRAMMAR = "a place is 12, drive:0, mail:1, picker, @1012, or a volume tag such as A00001L8"


class PlaceKind(Enum):
    """What a place names; the value is the word that a person types for it."""

    SLOT = "slot"
    DRIVE = "drive"
    MAIL = "mail"
    PICKER = "picker"
    ADDRESS = "@"
    TAG = "tag"
    FREE_SLOT = "the first free slot"
    FREE_MAIL = "the first free mail slot"


# Destinations that name no one element, as a person types them.
_FREE = {"slot": PlaceKind.FREE_SLOT, "mail": PlaceKind.FREE_MAIL}


@dataclass(frozen=True, slots=True)
class Place:
    """A place as a person named it: ``number`` for all but a tag, ``tag`` for a tag."""

    kind: PlaceKind
    number: int = 0
    tag: str = ""

    def __str__(self) -> str:
        if self.kind is PlaceKind.SLOT:
            return f"{self.number}"
        if self.is_free:
            return next(word for word, kind in _FREE.items() if kind is self.kind)
        if self.kind is PlaceKind.PICKER and self.number == 0:
            return "picker"
        if self.kind is PlaceKind.ADDRESS:
            return f"@{self.number}"
        if self.kind is PlaceKind.TAG:
            return f"tag:{self.tag}" if _looks_like_another_place(self.tag) else self.tag
        return f"{self.kind.value}:{self.number}"

    @property
    def is_free(self) -> bool:
        """It is whichever slot or mail slot is free first: a destination alone."""
        return self.kind in _FREE.values()


# A place as callers in Python write it.
PlaceLike = int | str | Place

_TYPES = {
    PlaceKind.SLOT: ElementType.STORAGE,
    PlaceKind.DRIVE: ElementType.DATA_TRANSFER,
    PlaceKind.MAIL: ElementType.IMPORT_EXPORT,
    PlaceKind.PICKER: ElementType.MEDIUM_TRANSPORT,
}
_FIRST_NUMBER = {PlaceKind.SLOT: 1, PlaceKind.DRIVE: 0, PlaceKind.MAIL: 1, PlaceKind.PICKER: 0}
# Patterns are compiled, by re, where one is looked for: not every command is given a place.
_NUMBERED = "(?ai)(slot|drive|mail|picker):([0-9]{1,5})"
_ADDRESS = "(?ai)@(0x[0-9a-f]{1,4}|[0-9]{1,5})"
_ALMOST = r"(?ai)(slot|drive|drv|mail|ie|picker|d|s|m)[\s:=._#-]*([0-9]{0,5})"
_MEANT = {"s": "slot", "d": "drive", "drv": "drive", "m": "mail", "ie": "mail"}
_TAG = r"[\x21-\x7e](?:[\x20-\x7e]{0,34}[\x21-\x7e])?"
MAXIMUM_ADDRESS = 0xFFFF


def parse_place(text: str) -> Place:
    """The place that a text names; a text of no other form is a volume tag.

    Raises UsageError, with what was meant, if that is clear.
    """
    stripped = text.strip()
    for read in (_read_number, _read_named, _read_address, _read_tag):
        place = read(stripped)
        if place is not None:
            return place
    raise UsageError(f"{text!r} is not a place", hint=GRAMMAR)


def parse_destination(text: str) -> Place:
    """As parse_place; ``slot`` and ``mail`` are the first free ones."""
    kind = _FREE.get(text.strip().lower())
    return parse_place(text) if kind is None else Place(kind)


def parse_drive(text: str) -> Place:
    """A drive, by its number alone too. Raises UsageError for any other place."""
    if text.isascii() and text.isdigit() and len(text) <= 5:
        return Place(PlaceKind.DRIVE, int(text))
    place = parse_place(text)
    if place.kind not in (PlaceKind.DRIVE, PlaceKind.ADDRESS):
        raise UsageError(
            f"{text!r} is not a drive", hint="a drive is 0, drive:0 or an address, @500"
        )
    return place


def _read_number(text: str) -> Place | None:
    if not (text.isascii() and text.isdigit()):
        return None
    if len(text) > 5:
        raise UsageError(
            f"{text} is not a slot number", hint=f"as a volume tag it is written tag:{text}"
        )
    return Place(PlaceKind.SLOT, int(text))


def _read_named(text: str) -> Place | None:
    if text.lower() == "picker":
        return Place(PlaceKind.PICKER)
    match = re.fullmatch(_NUMBERED, text)
    if match:
        return Place(PlaceKind(match[1].lower()), int(match[2]))
    almost = re.fullmatch(_ALMOST, text)
    if almost and (almost[2] or len(almost[1]) > 2):
        word = almost[1].lower()
        meant = f"{_MEANT.get(word, word)}:{almost[2] or 'NUMBER'}"
        raise UsageError(
            f"{text!r} is not a place; did you mean {meant}?",
            hint=f"a volume tag of that name is written tag:{text}",
        )
    return None


def _read_address(text: str) -> Place | None:
    if not text.startswith("@"):
        return None
    match = re.fullmatch(_ADDRESS, text)
    if not match or (address := int(match[1], 0 if "x" in match[1].lower() else 10)) > (
        MAXIMUM_ADDRESS
    ):
        raise UsageError(
            f"{text!r} is not an element address",
            hint="an address is @0 to @65535, or @0x0 to @0xffff",
        )
    return Place(PlaceKind.ADDRESS, address)


def _read_tag(text: str) -> Place | None:
    prefix, colon, rest = text.partition(":")
    tag = rest if colon and prefix.lower() == "tag" else text
    if not re.fullmatch(_TAG, tag) or (tag is text and ":" in text):
        return None
    return Place(PlaceKind.TAG, tag=tag)


def _looks_like_another_place(tag: str) -> bool:
    try:
        return parse_place(tag) != Place(PlaceKind.TAG, tag=tag)
    except UsageError:
        return True


def parse_range(text: str) -> tuple[Place, Place]:
    """``PLACE-PLACE`` of one kind, such as ``1-12`` or ``mail:1-mail:2``; one place is both ends.

    Raises UsageError.
    """
    first, dash, last = text.partition("-")
    start = parse_place(first)
    end = parse_place(last) if dash else start
    hint = "a range is 1-12, drive:0-drive:1, mail:1-mail:2, or @1000-@1011"
    return _checked_range(start, end, repr(text), hint)


def _checked_range(start: Place, end: Place, what: str, hint: str) -> tuple[Place, Place]:
    if start.kind is PlaceKind.TAG or start.kind is not end.kind or end.number < start.number:
        raise UsageError(f"{what} is not a valid range", hint=hint)
    return start, end


def as_place(value: PlaceLike, *, number_of: PlaceKind = PlaceKind.SLOT) -> Place:
    """A place; a number is one of the kind ``number_of``. Raises UsageError."""
    if isinstance(value, Place):
        return value
    if isinstance(value, str):
        return parse_place(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Place(number_of, value)
    raise UsageError(f"{value!r} is not a place", hint="a place is a number, a string, or a Place")


def as_destination(value: PlaceLike) -> Place:
    """As as_place, and as parse_destination."""
    return parse_destination(value) if isinstance(value, str) else as_place(value)


def as_drive(value: PlaceLike) -> Place:
    """A drive; a number is a drive's. Raises UsageError."""
    return (
        parse_drive(value) if isinstance(value, str) else as_place(value, number_of=PlaceKind.DRIVE)
    )


def as_range(first: PlaceLike | None, last: PlaceLike | None) -> tuple[Place, Place] | None:
    """From the first to the last; the first alone; None for everything. Raises UsageError."""
    if first is None:
        if last is not None:
            raise UsageError("a range must have a first place", hint="name the first place, too")
        return None
    start = as_place(first)
    end = start if last is None else as_place(last)
    return _checked_range(start, end, f"{start} to {end}", "such as 1 and 12, or mail:1 and mail:2")


class Numbering(NamedTuple):
    """Numbers and names of one library's elements, from its mode page 1Dh."""

    assignment: ElementAddressAssignment

    def address_of(self, place: Place) -> int:
        """The element address of any place but a volume tag.

        Raises NoSuchDrive or InvalidSlot when the library has no such element.
        """
        if place.kind is PlaceKind.ADDRESS:
            if self.assignment.type_of(place.number) is None:
                raise InvalidSlot(
                    f"there is no element at address {place.number}", hint=self._what_there_is()
                )
            return place.number
        if place.is_free:
            raise UsageError(
                f"{place} is {place.kind.value}, which only a move or unload can go to",
                hint=f"name one: {place}:1",
            )
        elements = self.assignment.range_of(_TYPES[place.kind])
        address = elements.first + place.number - _FIRST_NUMBER[place.kind]
        if address not in elements:
            raise self._no_such(place, elements)
        return address

    def address_of_drive(self, place: Place) -> int:
        """The element address of a drive, by its number or address. Raises NoSuchDrive."""
        is_address = place.kind is PlaceKind.ADDRESS
        address = place.number if is_address else self.address_of(place)
        self.require_drive(address)
        return address

    def require_drive(self, address: int) -> None:
        """Raise NoSuchDrive for the address of any element but a drive."""
        if address not in self.assignment.data_transfer:
            raise NoSuchDrive(
                f"{self.name_of(address)} is not a drive",
                hint="to move a cartridge between any two places: changer move",
            )

    def place_of(self, address: int) -> Place:
        """The place at an element address, as a person would name it."""
        for kind, element_type in _TYPES.items():
            elements = self.assignment.range_of(element_type)
            if address in elements:
                return Place(kind, address - elements.first + _FIRST_NUMBER[kind])
        return Place(PlaceKind.ADDRESS, address)

    def number_of(self, address: int) -> int:
        """The slot, drive or mail number of an element address."""
        return self.place_of(address).number

    def name_of(self, address: int) -> str:
        """The element in words: ``slot 12``, ``drive 0``, ``mail slot 1``, ``the picker``."""
        place = self.place_of(address)
        if place.kind is PlaceKind.PICKER:
            one = self.assignment.medium_transport.count == 1
            return "the picker" if one else f"picker {place.number}"
        if place.kind is PlaceKind.ADDRESS:
            return f"element {address}"
        word = "mail slot" if place.kind is PlaceKind.MAIL else place.kind.value
        return f"{word} {place.number}"

    def _no_such(self, place: Place, elements: ElementRange) -> InvalidSlot | NoSuchDrive:
        error = NoSuchDrive if place.kind is PlaceKind.DRIVE else InvalidSlot
        word = {PlaceKind.MAIL: "mail slot"}.get(place.kind, place.kind.value)
        if elements.count == 0:
            return error(f"the library has no {word}s")
        return error(f"the library has no {word} {place.number}", hint=self._what_there_is())

    def _what_there_is(self) -> str:
        parts = []
        for kind, word in (
            (PlaceKind.SLOT, "slot"),
            (PlaceKind.DRIVE, "drive"),
            (PlaceKind.MAIL, "mail slot"),
        ):
            elements = self.assignment.range_of(_TYPES[kind])
            first = _FIRST_NUMBER[kind]
            if elements.count == 1:
                parts.append(f"{word} {first} (@{elements.first})")
            elif elements.count:
                parts.append(
                    f"{word}s {first} to {first + elements.last - elements.first} "
                    f"(@{elements.first} to @{elements.last})"
                )
        return "it has " + ", ".join(parts)
