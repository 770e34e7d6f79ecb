"""READ ELEMENT STATUS: the contents of each element, as the library reports them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import chain

from changer.errors import MalformedData
from changer.smc.cdb import unsigned
from changer.smc.command import Command
from changer.smc.elements import (
    AdditionalSense,
    DeviceIdentifier,
    Element,
    ElementStatus,
    ElementType,
)
from changer.smc.reader import Reader
from changer.values import dataclass, replace

_PAGE_HEADER_SIZE = 8
# SMC-3: address, flags, sense and source take 12 bytes; tags and identifier may follow.
_STANDARD_DESCRIPTOR = 12
# Address; flags; additional sense code and qualifier; source flags; source address.
_STANDARD_FIELDS = ">HBxH3xBH"
# Address and flags alone: transports, and older changers (mtx, CHANGES 1.2.6 and 1.2.8).
_SHORTEST_DESCRIPTOR = 4
_SENSE_END = 6  # of the descriptor: additional sense code and qualifier
_EXCEPT, _SVALID = 0x04, 0x80
_VOLUME_TAG_SIZE = 36
_SEQUENCE_SIZE = 4
_IDENTIFIER_HEADER_SIZE = 4
_CODE_SETS = frozenset({1, 2, 3})  # SPC-4: binary, ASCII, UTF-8
_ELEMENT_TYPES = {element_type.value: element_type for element_type in ElementType}
_WHAT = "element status"
ELEMENT_STATUS_HEADER = 8
LARGEST_ALLOCATION_LENGTH = 0xFFFF  # some libraries honour no more than its low 16 bits
ALLOCATION_LENGTH_BYTE = 7  # of the CDB


def read_element_status(
    element_type: ElementType | None,
    *,
    starting_address: int,
    number_of_elements: int,
    volume_tags: bool = True,
    device_identifiers: bool = False,
    allocation_length: int = LARGEST_ALLOCATION_LENGTH,
    timeout_seconds: float = 300.0,
) -> Command[ElementStatus]:
    """Elements at ``starting_address`` or above, at most so many (SMC-3, B8h).

    ``element_type`` None asks for all types: only of models known to answer that. The reply may
    start above the address asked for: compare. ``device_identifiers`` (DVCID) spoils occupancy on
    some models.
    """
    if number_of_elements < 1:
        raise ValueError(f"number of elements {number_of_elements}: at least 1")
    cdb = (
        bytes((0xB8, int(volume_tags) << 4 | (element_type or 0)))
        + unsigned(starting_address, 2, "starting element address")
        + unsigned(number_of_elements, 2, "number of elements")
        + bytes((int(device_identifiers),))
        + unsigned(allocation_length, 3, "allocation length")
        + bytes(2)
    )
    return Command(
        name="READ ELEMENT STATUS",
        cdb=cdb,
        allocation_length=allocation_length,
        timeout_seconds=timeout_seconds,
        parse=parse_element_status,
    )


def with_allocation_length(
    command: Command[ElementStatus], allocation_length: int
) -> Command[ElementStatus]:
    """The same command for another number of bytes."""
    cdb = command.cdb[:ALLOCATION_LENGTH_BYTE]
    cdb += unsigned(allocation_length, 3, "allocation length") + bytes(2)
    return replace(command, cdb=cdb, allocation_length=allocation_length)


def each_once(elements: Iterable[Element]) -> tuple[Element, ...]:
    """Elements without repetitions. Raises MalformedData for one described in two ways."""
    found: dict[tuple[ElementType, int], Element] = {}
    for each in elements:
        first = found.setdefault((each.element_type, each.address), each)
        if first is not each and first != each:
            raise MalformedData(
                f"{_WHAT}: element {each.address} is described twice, with different contents"
            )
    return tuple(found.values())


def require_nothing_announced(
    status: ElementStatus, element_type: ElementType, *, more: bool
) -> None:
    """Raise MalformedData where a reply without elements is no plain answer that there are none.

    ``more``: others came before; some libraries count all of them in every reply.
    """
    has_bytes = status.byte_count > _PAGE_HEADER_SIZE
    if has_bytes or (status.number_of_elements and not more):
        name = element_type.name.lower().replace("_", " ")
        raise MalformedData(
            f"{_WHAT}: the reply counts {status.number_of_elements} elements in "
            f"{status.byte_count} bytes, but describes no {name} element",
            hint="see its bytes with --trace FILE; a bad adapter or cable garbles replies",
        )


def parse_element_status(data: bytes) -> ElementStatus:
    """Parse every whole descriptor, in the order sent, and a last one that lacks only its end.

    Byte counts are bounded by what was received; pages of unknown types are skipped; a header
    that is cut short, or a page with a descriptor length below 4, or below 12 where it announces
    volume tags, is MalformedData.
    """
    reader = Reader(data, _WHAT)
    first_address = reader.uint(2, "first element address")
    number_of_elements = reader.uint(2, "number of elements")
    reader.skip(1, "reserved byte")
    # SMC-3: the byte count excludes the 8-byte header. Some count it in, and a short allocation
    # length does not lower it: what was received bounds it too.
    byte_count = reader.uint(3, "byte count of report")
    pages = reader.sub(min(byte_count, reader.remaining), "element status pages")
    return ElementStatus(
        first_address=first_address,
        number_of_elements=number_of_elements,
        byte_count=byte_count,
        elements=tuple(_elements(pages)),
    )


_Fields = tuple[int, int, int, int, int, bytes, bytes, bytes]
"""The standard fields; primary and alternate volume tag information; where an identifier may be.

Bytes that are not there are empty.
"""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Layout of the descriptors of a page, from its header (SMC-3); sizes in bytes."""

    primary_tags: bool
    alternate_tags: bool
    descriptor_size: int

    @property
    def telling_size(self) -> int:
        """Bytes up to the end of the last volume identifier, which is all that is needed."""
        tags = self.primary_tags + self.alternate_tags
        return _STANDARD_DESCRIPTOR + tags * _VOLUME_TAG_SIZE - (_SEQUENCE_SIZE if tags else 0)

    def require_room(self, element_type: ElementType) -> None:
        """Raise MalformedData for descriptors that can't hold what they have to.

        A transport's volume tags are nothing that is missed.
        """
        has_tags = self.primary_tags or self.alternate_tags
        needs_tags = has_tags and element_type is not ElementType.MEDIUM_TRANSPORT
        least = _STANDARD_DESCRIPTOR if needs_tags else _SHORTEST_DESCRIPTOR
        if self.descriptor_size < least:
            raise MalformedData(
                f"{_WHAT}: element descriptor length {self.descriptor_size}, less than {least}"
            )

    def common_format(self, descriptors: bytes) -> struct.Struct | None:
        """The format of each of these descriptors, where none can hold a device identifier.

        None where one may, since it can be in the place of a tag; and for short descriptors.
        """
        size, rest = self.descriptor_size, self.descriptor_size - _STANDARD_DESCRIPTOR
        if rest < 0:
            return None
        tags = []
        for has_tag in (self.primary_tags, self.alternate_tags):
            tags.append(_VOLUME_TAG_SIZE if has_tag and rest >= _VOLUME_TAG_SIZE else 0)
            if tags[-1] and not _CODE_SETS.isdisjoint(descriptors[size - rest :: size]):
                return None
            rest -= tags[-1]
        length_byte = size - rest + _IDENTIFIER_HEADER_SIZE - 1
        if rest > _IDENTIFIER_HEADER_SIZE and any(descriptors[length_byte::size]):
            return None
        primary, alternate = tags
        return struct.Struct(f"{_STANDARD_FIELDS}{primary}s{alternate}s0s{rest}x")


def _elements(pages: Reader) -> list[Element]:
    """The elements of all pages; a type may have several."""
    elements: list[Element] = []
    while pages.remaining >= _PAGE_HEADER_SIZE:
        element_type = _ELEMENT_TYPES.get(pages.uint(1, "element type code"))
        tags = pages.uint(1, "volume tag bits")
        layout = _Layout(
            primary_tags=bool(tags & 0x80),
            alternate_tags=bool(tags & 0x40),
            descriptor_size=pages.uint(2, "element descriptor length"),
        )
        pages.skip(1, "reserved byte")
        byte_count = pages.uint(3, "byte count of descriptor data")
        # A page that counts in its own header: what follows is the next header.
        if layout.descriptor_size and byte_count % layout.descriptor_size == _PAGE_HEADER_SIZE:
            byte_count -= _PAGE_HEADER_SIZE
        page = pages.take(min(byte_count, pages.remaining), "element descriptors")
        if element_type is not None and page:
            elements += _elements_of(page, element_type, layout=layout)
    return elements


def _elements_of(page: bytes, element_type: ElementType, *, layout: _Layout) -> list[Element]:
    """The elements in the descriptors of a page, in the order sent.

    Every whole descriptor, and a last one that lacks only its end. Raises MalformedData for a
    layout without the room that it needs.
    """
    layout.require_room(element_type)
    has_codes = layout.descriptor_size >= _SENSE_END
    states, codes = _States(element_type), _Codes()
    make = tuple.__new__  # as Element._make does, which counts the fields of each besides
    return [
        make(
            Element,
            (
                element_type,
                address,
                *states[flags << 8 | source_flags],
                # A code that is not there is not told: 00h would say that there is no exception.
                codes[code] if flags & _EXCEPT and has_codes else None,
                source_address if source_flags & _SVALID else None,
                _device_identifier(rest) if rest else None,
                primary or None,
                alternate or None,
            ),
        )
        for address, flags, code, source_flags, source_address, primary, alternate, rest in (
            _fields(page, layout)
        )
    ]


class _States(dict[int, tuple[bool | int | None, ...]]):
    """Fields ``full`` to ``operator_intervention`` of an Element, by flags and source flags.

    The many elements of a library are in few states.
    """

    def __init__(self, element_type: ElementType) -> None:
        self._element_type = element_type

    def __missing__(self, both: int) -> tuple[bool | int | None, ...]:
        flags, source_flags = divmod(both, 0x100)
        is_transport = self._element_type is ElementType.MEDIUM_TRANSPORT
        is_mail_slot = self._element_type is ElementType.IMPORT_EXPORT
        mail_slot_bits = (0x02, 0x20, 0x10, 0x40, 0x80)  # IMPEXP, INENAB, EXENAB, CMC, OIR
        self[both] = state = (
            bool(flags & 0x01),
            bool(flags & _EXCEPT),
            None if is_transport else bool(flags & 0x08),
            bool(source_flags & 0x08),
            bool(source_flags & 0x40),
            source_flags & 0x07,
            *(bool(flags & bit) if is_mail_slot else None for bit in mail_slot_bits),
        )
        return state


class _Codes(dict[int, AdditionalSense]):
    """Additional sense, by code and qualifier as one number."""

    def __missing__(self, code: int) -> AdditionalSense:
        self[code] = sense = AdditionalSense(*divmod(code, 0x100))
        return sense


def _fields(page: bytes, layout: _Layout) -> Iterable[_Fields]:
    """The fields of every whole descriptor, and of a last one whose end is missing."""
    size = layout.descriptor_size
    end = len(page) // size * size
    whole, cut = page[:end], page[end:]
    common = layout.common_format(whole)
    fields = common.iter_unpack(whole) if common else _each_fields(whole, layout)
    return chain(fields, [_cut_fields(cut, layout)] if len(cut) >= layout.telling_size else [])


def _each_fields(descriptors: bytes, layout: _Layout) -> Iterator[_Fields]:
    """The fields of whole descriptors that need not be laid out alike."""
    size = layout.descriptor_size
    for start in range(0, len(descriptors), size):
        descriptor = descriptors[start : start + size]
        head, rest = descriptor[:_STANDARD_DESCRIPTOR], descriptor[_STANDARD_DESCRIPTOR:]
        primary, rest = _volume_tag_field(rest) if layout.primary_tags else (b"", rest)
        alternate, rest = _volume_tag_field(rest) if layout.alternate_tags else (b"", rest)
        address, flags, code, source_flags, source_address = struct.unpack(
            _STANDARD_FIELDS, head.ljust(_STANDARD_DESCRIPTOR, b"\0")
        )
        yield address, flags, code, source_flags, source_address, primary, alternate, rest


def _cut_fields(received: bytes, layout: _Layout) -> _Fields:
    """The fields of a last descriptor whose end is missing (seen: tgt sends 8 bytes too few).

    An allocation length cuts between descriptors, so this is a device's mistake. What came is
    taken; the identifier is not, since a drive's name must be right or absent.
    """
    padded = received.ljust(layout.descriptor_size, b"\0")
    ((*told, primary, alternate, _),) = _each_fields(padded, layout)
    address, flags, code, source_flags, source_address = told
    return address, flags, code, source_flags, source_address, primary, alternate, b""


def _volume_tag_field(rest: bytes) -> tuple[bytes, bytes]:
    """Volume tag information (SMC-3), only where the field is there; and what follows it.

    mhVTL sets AVOLTAG without such a field: the descriptor is then too short for it, or a device
    identifier is in its place.
    """
    if len(rest) < _VOLUME_TAG_SIZE or _starts_with_identifier(rest):
        return b"", rest
    return rest[:_VOLUME_TAG_SIZE], rest[_VOLUME_TAG_SIZE:]


def _starts_with_identifier(data: bytes) -> bool:
    """Whether code set 1-3, a type, a reserved 0 and a length that fits come next: not a label."""
    code_set, identifier_type, reserved, size = data[:_IDENTIFIER_HEADER_SIZE]
    return (
        code_set in _CODE_SETS
        and identifier_type <= 0x0F
        and reserved == 0
        and 0 < size <= len(data) - _IDENTIFIER_HEADER_SIZE
    )


def _device_identifier(data: bytes) -> DeviceIdentifier | None:
    """The identifier of a drive (DVCID=1), or None.

    None where its header or length does not fit (vendor bytes, half a tag): the name of a drive
    must be right or absent.
    """
    reader = Reader(data, _WHAT)
    if reader.remaining <= _IDENTIFIER_HEADER_SIZE:
        return None
    code_set = reader.uint(1, "code set") & 0x0F
    identifier_type = reader.uint(1, "identifier type") & 0x0F
    reserved = reader.uint(1, "reserved byte")
    size = reader.uint(1, "identifier length")
    if code_set > max(_CODE_SETS) or reserved or not 0 < size <= reader.remaining:
        return None
    return DeviceIdentifier(code_set, identifier_type, reader.take(size, "identifier"))
