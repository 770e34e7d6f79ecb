"""READ ELEMENT STATUS: the contents of each element, as the library reports them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from changer.errors import MalformedData
from changer.smc.cdb import unsigned
from changer.smc.command import Command
from changer.smc.elements import (
    AdditionalSense,
    DeviceIdentifier,
    Element,
    ElementStatus,
    ElementType,
    VolumeTag,
)
from changer.smc.reader import Reader, device_text

_PAGE_HEADER_SIZE = 8
# SMC-3: address, flags, sense and source take 12 bytes; tags and identifier may follow.
_STANDARD_DESCRIPTOR = 12
# Address and flags alone: transports, and older changers (mtx, CHANGES 1.2.6 and 1.2.8).
_SHORTEST_DESCRIPTOR = 4
_SENSE_END = 6  # of the descriptor: additional sense code and qualifier
_VOLUME_TAG_SIZE = 36
_SEQUENCE_SIZE = 4
_IDENTIFIER_SIZE = _VOLUME_TAG_SIZE - _SEQUENCE_SIZE
_IDENTIFIER_HEADER_SIZE = 4
_HIGHEST_CODE_SET = 3  # SPC-4: 1 binary, 2 ASCII, 3 UTF-8
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
        if found.setdefault((each.element_type, each.address), each) != each:
            raise MalformedData(f"{_WHAT}: element {each.address} is there twice, and not the same")
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
            f"{_WHAT}: the reply counts {status.number_of_elements} elements in"
            f" {status.byte_count} bytes, and describes no {name} element",
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


@dataclass(frozen=True, slots=True)
class _Layout:
    """Layout of the descriptors of a page, from its header (SMC-3); sizes in bytes."""

    primary_tags: bool
    alternate_tags: bool
    descriptor_size: int
    byte_count: int

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


def _elements(pages: Reader) -> Iterator[Element]:
    """The elements of all pages; a type may have several."""
    while pages.remaining >= _PAGE_HEADER_SIZE:
        element_type = _ELEMENT_TYPES.get(pages.uint(1, "element type code"))
        layout = _layout(pages)
        page = pages.sub(min(layout.byte_count, pages.remaining), "element descriptors")
        if element_type is None or page.remaining == 0:
            continue
        layout.require_room(element_type)
        while page.remaining >= layout.descriptor_size:
            yield _whole_element(page, element_type, layout=layout)
        if page.remaining >= layout.telling_size:
            yield _cut_element(page, element_type, layout=layout)


def _whole_element(page: Reader, element_type: ElementType, *, layout: _Layout) -> Element:
    if layout.descriptor_size >= _STANDARD_DESCRIPTOR:
        descriptor = page.sub(layout.descriptor_size, "element descriptor")
        return _element(descriptor, element_type, layout=layout)
    received = page.take(layout.descriptor_size, "element descriptor")
    padded = Reader(received.ljust(_STANDARD_DESCRIPTOR, b"\0"), _WHAT)
    element = _element(padded, element_type, layout=layout)
    # A code that is not there is not told: 00h would say that there is no exception.
    return element if len(received) >= _SENSE_END else replace(element, additional_sense=None)


def _cut_element(page: Reader, element_type: ElementType, *, layout: _Layout) -> Element:
    """A last descriptor whose end is missing (seen: tgt sends 8 bytes too few).

    An allocation length cuts between descriptors, so this is a device's mistake. What came is
    taken; the identifier is not, since a drive's name must be right or absent.
    """
    received = page.take(page.remaining, "element descriptor")
    padded = received.ljust(layout.descriptor_size, b"\0")
    return replace(_element(Reader(padded, _WHAT), element_type, layout=layout), identifier=None)


def _layout(pages: Reader) -> _Layout:
    tags = pages.uint(1, "volume tag bits")
    descriptor_size = pages.uint(2, "element descriptor length")
    pages.skip(1, "reserved byte")
    byte_count = pages.uint(3, "byte count of descriptor data")
    # A page that counts in its own header: what follows is the next header.
    if descriptor_size and byte_count % descriptor_size == _PAGE_HEADER_SIZE:
        byte_count -= _PAGE_HEADER_SIZE
    return _Layout(
        primary_tags=bool(tags & 0x80),
        alternate_tags=bool(tags & 0x40),
        descriptor_size=descriptor_size,
        byte_count=byte_count,
    )


def _element(reader: Reader, element_type: ElementType, *, layout: _Layout) -> Element:
    """One element descriptor (SMC-3, element descriptors)."""
    is_transport = element_type is ElementType.MEDIUM_TRANSPORT
    is_mail_slot = element_type is ElementType.IMPORT_EXPORT
    address = reader.uint(2, "element address")
    flags = reader.uint(1, "element flags")
    reader.skip(1, "reserved byte")
    asc = reader.uint(1, "additional sense code")
    ascq = reader.uint(1, "additional sense code qualifier")
    reader.skip(3, "SCSI-2 address of a drive, reserved byte")
    source_flags = reader.uint(1, "source flags")
    source_address = reader.uint(2, "source storage element address")
    exception = bool(flags & 0x04)
    primary_field = _volume_tag_field(reader) if layout.primary_tags else None
    alternate_field = _volume_tag_field(reader) if layout.alternate_tags else None
    return Element(
        element_type=element_type,
        address=address,
        full=bool(flags & 0x01),
        exception=exception,
        additional_sense=AdditionalSense(asc, ascq) if exception else None,
        accessible=None if is_transport else bool(flags & 0x08),
        disabled=bool(source_flags & 0x08),
        inverted=bool(source_flags & 0x40),
        medium_type=source_flags & 0x07,
        source_address=source_address if source_flags & 0x80 else None,
        volume_tag=_volume_tag(primary_field),
        alternate_volume_tag=_volume_tag(alternate_field),
        operator_placed=bool(flags & 0x02) if is_mail_slot else None,
        import_enabled=bool(flags & 0x20) if is_mail_slot else None,
        export_enabled=bool(flags & 0x10) if is_mail_slot else None,
        connected_changer=bool(flags & 0x40) if is_mail_slot else None,
        operator_intervention=bool(flags & 0x80) if is_mail_slot else None,
        identifier=_device_identifier(reader),
        volume_tag_field=primary_field,
        alternate_volume_tag_field=alternate_field,
    )


def _volume_tag_field(reader: Reader) -> bytes | None:
    """Volume tag information (SMC-3), consumed only where the field is there.

    mhVTL sets AVOLTAG without such a field: the descriptor is then too short for it, or a device
    identifier is in its place.
    """
    if reader.remaining < _VOLUME_TAG_SIZE or _starts_with_identifier(reader):
        return None
    return reader.take(_VOLUME_TAG_SIZE, "volume tag information")


def _volume_tag(information: bytes | None) -> VolumeTag | None:
    """Tag in volume tag information; None where it is blank or absent."""
    identifier = device_text(information[:_IDENTIFIER_SIZE]) if information else ""
    if not information or not identifier:
        return None
    trailer = information[_IDENTIFIER_SIZE:]
    # mhVTL fills all 36 bytes with blanks; 2020h is not a sequence number.
    sequence = 0 if trailer == b"    " else int.from_bytes(trailer[2:], "big")
    return VolumeTag(identifier, sequence)


def _starts_with_identifier(reader: Reader) -> bool:
    """Whether code set 1-3, a type, a reserved 0 and a length that fits come next: not a label."""
    code_set, identifier_type, reserved, size = reader.peek(_IDENTIFIER_HEADER_SIZE)
    return (
        1 <= code_set <= _HIGHEST_CODE_SET
        and identifier_type <= 0x0F
        and reserved == 0
        and 0 < size <= reader.remaining - _IDENTIFIER_HEADER_SIZE
    )


def _device_identifier(reader: Reader) -> DeviceIdentifier | None:
    """The identifier of a drive (DVCID=1), or None.

    None where its header or length does not fit (vendor bytes, half a tag): the name of a drive
    must be right or absent.
    """
    if reader.remaining <= _IDENTIFIER_HEADER_SIZE:
        return None
    code_set = reader.uint(1, "code set") & 0x0F
    identifier_type = reader.uint(1, "identifier type") & 0x0F
    reserved = reader.uint(1, "reserved byte")
    size = reader.uint(1, "identifier length")
    if code_set > _HIGHEST_CODE_SET or reserved or not 0 < size <= reader.remaining:
        return None
    return DeviceIdentifier(code_set, identifier_type, reader.take(size, "identifier"))
