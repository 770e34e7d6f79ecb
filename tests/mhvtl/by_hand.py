"""READ ELEMENT STATUS sent and read by hand: nothing of the package, and nothing of mtx."""

from dataclasses import dataclass

from .host import exchange

TRANSPORT, STORAGE, MAIL, DRIVE = 1, 2, 3, 4
_ELEMENTS_AT_ONCE = 1000
_MOST_BYTES = 65535
_HEADER, _FLAGS, _TAG, _TAG_LENGTH = 8, 2, 12, 32


@dataclass(frozen=True, slots=True)
class Seen:
    """One element: its address, and what is said to be in it."""

    address: int
    full: bool
    volume_tag: str | None


def read_by_hand(device: str, kind: int, first: int, count: int) -> list[Seen]:
    """The elements of one type, with their bar codes."""
    seen: list[Seen] = []
    while len(seen) < count:
        number = min(_ELEMENTS_AT_ONCE, count - len(seen))
        start = first + len(seen)
        cdb = bytes([0xB8, 0x10 | kind, *start.to_bytes(2), *number.to_bytes(2), 0])
        cdb += _MOST_BYTES.to_bytes(3) + bytes(2)
        page = elements_of(exchange(device, cdb, _MOST_BYTES), kind)
        assert [each.address for each in page] == list(range(start, start + number))
        seen += page
    return seen


def elements_of(data: bytes, kind: int) -> list[Seen]:
    """SMC-3: eight bytes of header, and for a type eight more, and then descriptors."""
    page = data[_HEADER:]
    assert page[0] == kind
    length = int.from_bytes(page[2:4])
    end = _HEADER + int.from_bytes(page[5:8])
    return [_element(page[at : at + length]) for at in range(_HEADER, end, length)]


def _element(descriptor: bytes) -> Seen:
    full = bool(descriptor[_FLAGS] & 1)
    tag = descriptor[_TAG : _TAG + _TAG_LENGTH].rstrip(b" \0").decode("ascii")
    return Seen(int.from_bytes(descriptor[:2]), full, tag or None)
