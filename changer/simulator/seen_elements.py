"""Elements as a recorded reply has them: READ ELEMENT STATUS, read without the driver's parsers."""

from __future__ import annotations

from collections.abc import Iterator

from changer.simulator.geometry import Kind
from changer.values import NamedTuple

_HEADER = 8
_STANDARD = 12
_TAG = 36
READ_ELEMENT_STATUS = 0xB8


class SeenIdentifier(NamedTuple):
    """A drive's identifier, with the fields of its header."""

    code_set: int
    kind: int
    content: bytes


class SeenElement(NamedTuple):
    """The bytes of one descriptor: the twelve of the standard, tags, and what comes after them."""

    kind: Kind
    fixed: bytes
    tag: bytes
    rest: bytes

    @property
    def address(self) -> int:
        """The element."""
        return int.from_bytes(self.fixed[:2], "big")

    @property
    def flags(self) -> int:
        """Byte 2: FULL, IMPEXP, EXCEPT, ACCESS, EXENAB, INENAB."""
        return self.fixed[2]

    @property
    def full(self) -> bool:
        """FULL."""
        return bool(self.flags & 0x01)

    @property
    def additional(self) -> tuple[int, int] | None:
        """Additional sense code and qualifier; None without EXCEPT."""
        return (self.fixed[4], self.fixed[5]) if self.flags & 0x04 else None

    @property
    def medium_type(self) -> int:
        """Of the medium; 0 is not told."""
        return self.fixed[9] & 0x07

    @property
    def source_address(self) -> int | None:
        """Where the medium came from; None without SVALID."""
        return int.from_bytes(self.fixed[10:12], "big") if self.fixed[9] & 0x80 else None

    @property
    def label(self) -> str:
        """The volume identifier, as it is printed."""
        return _text(self.tag[:32])

    @property
    def identifier(self) -> SeenIdentifier | None:
        """What follows the tags, where that is an identifier."""
        if len(self.rest) <= 4:
            return None
        code_set, kind, reserved, size = self.rest[:4]
        if not 1 <= code_set <= 3 or kind > 0x0F or reserved or not 0 < size <= len(self.rest) - 4:
            return None
        return SeenIdentifier(code_set, kind, self.rest[4 : 4 + size])


class SeenPage(NamedTuple):
    """An element status page; ``tags``, ``alternate``: the bits PVOLTAG and AVOLTAG."""

    kind: Kind
    tags: bool
    alternate: bool
    length: int
    elements: tuple[SeenElement, ...]


class SeenReply(NamedTuple):
    """A reply: how many elements its header counts, and its pages."""

    number: int
    pages: tuple[SeenPage, ...]


class Query(NamedTuple):
    """The fields of the command; ``kind`` 0 is all types, ``most`` the number of elements."""

    kind: int
    volume_tags: bool
    start: int
    most: int
    current_data: bool
    identifiers: bool


def read_query(cdb: bytes) -> Query | None:
    """What was asked; None for another command."""
    if len(cdb) < 12 or cdb[0] != READ_ELEMENT_STATUS:
        return None
    return Query(
        kind=cdb[1] & 0x0F,
        volume_tags=bool(cdb[1] & 0x10),
        start=int.from_bytes(cdb[2:4], "big"),
        most=int.from_bytes(cdb[4:6], "big"),
        current_data=bool(cdb[6] & 0x02),
        identifiers=bool(cdb[6] & 0x01),
    )


def read_reply(data: bytes) -> SeenReply:
    """Every descriptor, with zeros for what is missing at its end; none of less than 12 bytes."""
    return SeenReply(int.from_bytes(data[2:4], "big"), tuple(_pages(data)))


def _pages(data: bytes) -> Iterator[SeenPage]:
    at = _HEADER
    while at + _HEADER <= len(data):
        kind, flags = data[at], data[at + 1]
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        count = int.from_bytes(data[at + 5 : at + 8], "big")
        start = at + _HEADER
        at = start + count
        if kind not in {*Kind} or length < _STANDARD:
            continue
        descriptors = (data[first : min(first + length, at)] for first in range(start, at, length))
        elements = tuple(
            _element(Kind(kind), each.ljust(length, b"\0"), has_tag=bool(flags & 0x80))
            for each in descriptors
            if len(each) >= _STANDARD
        )
        yield SeenPage(Kind(kind), bool(flags & 0x80), bool(flags & 0x40), length, elements)


def _element(kind: Kind, descriptor: bytes, *, has_tag: bool) -> SeenElement:
    fixed, rest = descriptor[:_STANDARD], descriptor[_STANDARD:]
    tag = rest[:_TAG] if has_tag and len(rest) >= _TAG else b""
    return SeenElement(kind, fixed, tag, rest[len(tag) :])


def _text(field: bytes) -> str:
    shown = bytes(byte if 0x20 <= byte < 0x7F else 0x20 for byte in field.partition(b"\0")[0])
    return shown.decode("ascii").strip()
