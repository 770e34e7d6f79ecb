"""MODE SENSE pages of a changer: element addresses (1Dh), capabilities (1Fh), makers' own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

from changer.errors import MalformedData
from changer.smc.cdb import unsigned
from changer.smc.command import Command
from changer.smc.elements import ElementAddressAssignment, ElementRange, ElementType
from changer.smc.reader import Reader
from changer.values import NamedTuple

ResultT = TypeVar("ResultT")

_ELEMENT_ADDRESS_ASSIGNMENT = 0x1D
_DEVICE_CAPABILITIES = 0x1F
_SUBPAGE_FORMAT = 0x40
_DISABLE_BLOCK_DESCRIPTORS = 0x08
_ALLOCATION_LENGTH = 255
_TIMEOUT_SECONDS = 300.0
# SMC-3: bit n of a capability byte, and byte n of a matrix, stand for this element type.
_CAPABILITY_ORDER = (
    ElementType.MEDIUM_TRANSPORT,
    ElementType.STORAGE,
    ElementType.IMPORT_EXPORT,
    ElementType.DATA_TRANSFER,
)

TypePairs = frozenset[tuple[ElementType, ElementType]]


class DeviceCapabilities(NamedTuple):
    """Capabilities of the element types (SMC-3, mode page 1Fh).

    ``stores``: types that can keep a medium. ``moves``: (source, destination) of MOVE MEDIUM.
    ``exchanges``: (source, first destination) of EXCHANGE MEDIUM; none where the page is short.
    """

    stores: frozenset[ElementType]
    moves: TypePairs
    exchanges: TypePairs

    def allow(self, source: ElementType | None, destination: ElementType | None) -> bool:
        """Whether the library can move from type to type; a page without any move says nothing."""
        return not self.moves or (source, destination) in self.moves

    def contradicts(self, assignment: ElementAddressAssignment) -> bool:
        """Whether a type of which mode page 1Dh counts elements takes part in no move.

        Not so of transports (many libraries move nothing from or to them), nor of a page without
        any move, which says nothing anyway.
        """
        moving = {element_type for pair in self.moves for element_type in pair}
        counted = {each for each in ElementType if assignment.range_of(each).count}
        return bool(moving) and not counted <= moving | {ElementType.MEDIUM_TRANSPORT}


def element_address_assignment(
    *, ten_byte: bool = False, block_descriptors: bool = False
) -> Command[ElementAddressAssignment]:
    """Address ranges of the element types (SMC-3, mode page 1Dh).

    ``ten_byte``: MODE SENSE(10) for devices that lack the 6-byte form. ``block_descriptors``:
    leave DBD at 0, for devices that reject it; either way they are skipped in the reply.
    """
    return _mode_sense(
        _ELEMENT_ADDRESS_ASSIGNMENT,
        parse_element_address_assignment,
        ten_byte=ten_byte,
        block_descriptors=block_descriptors,
    )


def device_capabilities(
    *, ten_byte: bool = False, block_descriptors: bool = False
) -> Command[DeviceCapabilities]:
    """Moves and exchanges that the library can make (SMC-3, mode page 1Fh, no subpage)."""
    return _mode_sense(
        _DEVICE_CAPABILITIES,
        parse_device_capabilities,
        ten_byte=ten_byte,
        block_descriptors=block_descriptors,
    )


def makers_page(page_code: int) -> Command[bytes]:
    """A mode page of the maker's own, by MODE SENSE(6): what follows its length."""

    def parse_makers_page(data: bytes, *, ten_byte: bool) -> bytes:
        page = _find_page(data, page_code, ten_byte=ten_byte)
        return page.take(page.remaining, "page")

    return _mode_sense(page_code, parse_makers_page, ten_byte=False, block_descriptors=False)


def _mode_sense(
    page_code: int,
    parse_mode_data: Callable[..., ResultT],
    *,
    ten_byte: bool,
    block_descriptors: bool,
) -> Command[ResultT]:
    """Current values (PC 0) of one page (SPC-4, MODE SENSE, 1Ah and 5Ah)."""
    flags = 0 if block_descriptors else _DISABLE_BLOCK_DESCRIPTORS
    if ten_byte:
        cdb = bytes((0x5A, flags, page_code, 0, 0, 0, 0))
        cdb += unsigned(_ALLOCATION_LENGTH, 2, "allocation length") + b"\x00"
    else:
        cdb = bytes((0x1A, flags, page_code, 0, _ALLOCATION_LENGTH, 0))

    def parse(data: bytes) -> ResultT:
        return parse_mode_data(data, ten_byte=ten_byte)

    return Command(
        name="MODE SENSE(10)" if ten_byte else "MODE SENSE(6)",
        cdb=cdb,
        allocation_length=_ALLOCATION_LENGTH,
        timeout_seconds=_TIMEOUT_SECONDS,
        parse=parse,
    )


def parse_element_address_assignment(
    data: bytes, *, ten_byte: bool = False
) -> ElementAddressAssignment:
    """Mode data with page 1Dh: first address and number of each element type.

    Ranges that overlap are MalformedData: an address in two of them could be a drive or a slot.
    """
    page = _find_page(data, _ELEMENT_ADDRESS_ASSIGNMENT, ten_byte=ten_byte)
    assignment = ElementAddressAssignment(
        medium_transport=_element_range(page, "medium transport"),
        storage=_element_range(page, "storage"),
        import_export=_element_range(page, "import/export"),
        data_transfer=_element_range(page, "data transfer"),
    )
    _refuse_overlap(assignment)
    return assignment


def _refuse_overlap(assignment: ElementAddressAssignment) -> None:
    ranges = [
        (assignment.range_of(each), each.name.lower().replace("_", " ")) for each in ElementType
    ]
    ranges = sorted((each for each in ranges if each[0].count), key=lambda each: each[0].first)
    for (lower, name), (higher, other) in pairwise(ranges):
        if higher.first <= lower.last:
            raise MalformedData(
                f"mode page 1Dh: {name} elements ({lower}) and {other} elements ({higher}) overlap"
            )


def _element_range(page: Reader, name: str) -> ElementRange:
    first = page.uint(2, f"first {name} element address")
    return ElementRange(first, page.uint(2, f"number of {name} elements"))


def parse_device_capabilities(data: bytes, *, ten_byte: bool = False) -> DeviceCapabilities:
    """Mode data with page 1Fh."""
    page = _find_page(data, _DEVICE_CAPABILITIES, ten_byte=ten_byte)
    stores = frozenset(_types_of(page.uint(1, "storage capabilities")))
    page.skip(1, "reserved byte")
    moves = _type_pairs(page, "MOVE MEDIUM")
    if page.remaining == 0:
        return DeviceCapabilities(stores, moves, exchanges=frozenset())
    page.skip(4, "reserved bytes")
    return DeviceCapabilities(stores, moves, exchanges=_type_pairs(page, "EXCHANGE MEDIUM"))


def _type_pairs(page: Reader, command: str) -> TypePairs:
    return frozenset(
        (source, destination)
        for source in _CAPABILITY_ORDER
        for destination in _types_of(page.uint(1, f"{command} capabilities"))
    )


def _types_of(bits: int) -> list[ElementType]:
    return [element_type for n, element_type in enumerate(_CAPABILITY_ORDER) if bits >> n & 1]


def _find_page(data: bytes, page_code: int, *, ten_byte: bool) -> Reader:
    """A reader of the page's bytes after its length; MalformedData where it is absent.

    Other pages and subpages are skipped: some devices send more than they were asked for.
    """
    reader = _pages(data, f"mode page {page_code:02X}h", ten_byte=ten_byte)
    while reader.remaining:
        first_byte = reader.uint(1, "page code")
        subpage = bool(first_byte & _SUBPAGE_FORMAT)
        if subpage:
            reader.skip(1, "subpage code")
        length = reader.uint(2 if subpage else 1, "page length")
        page = reader.sub(min(length, reader.remaining), "page")
        if not subpage and first_byte & 0x3F == page_code:
            return page
    raise MalformedData(f"mode page {page_code:02X}h: not in the {len(data)} bytes received")


def _pages(data: bytes, what: str, *, ten_byte: bool) -> Reader:
    """A reader past mode parameter header and block descriptors (SPC-4, mode parameters)."""
    size = 2 if ten_byte else 1
    header = Reader(data, what)
    length = header.uint(size, "mode data length")
    # A length of 0 is ignored; any other bounds the pages, as the bytes received do.
    bounded = header.sub(min(length, header.remaining) if length else header.remaining, "mode data")
    bounded.skip(4 if ten_byte else 2, "medium type, device-specific parameter")
    descriptors = bounded.uint(size, "block descriptor length")
    bounded.skip(descriptors, "block descriptors")
    return bounded
