"""Elements of a library as it reports them: frozen values, in the terms of SMC-3."""

from __future__ import annotations

from enum import Enum, IntEnum

from changer.smc.reader import device_text
from changer.values import NamedTuple, dataclass, field

BINARY = 1
HIGHEST_ADDRESS = 0xFFFF
_TAG_IDENTIFIER_SIZE = 32  # of 36 bytes; reserved bytes and the sequence number follow


class ElementType(IntEnum):
    """Element type codes (SMC-3, READ ELEMENT STATUS)."""

    MEDIUM_TRANSPORT = 1
    STORAGE = 2
    IMPORT_EXPORT = 3
    DATA_TRANSFER = 4


class MediumType(IntEnum):
    """Medium type of an element descriptor, byte 9 bits 2-0 (SMC-3)."""

    UNSPECIFIED = 0
    DATA = 1
    CLEANING = 2
    DIAGNOSTIC = 3
    WORM = 4
    MICROCODE = 5


class Model(NamedTuple):
    """Vendor and product identification of a device (INQUIRY); empty where they are not known.

    ``informational``: codes that say nothing of what an element holds, by the library's settings.
    """

    vendor: str = ""
    product: str = ""
    informational: frozenset[AdditionalSense] = frozenset()


UNKNOWN_MODEL = Model()


class ElementException(Enum):
    """Meaning of the code in an element descriptor with EXCEPT=1."""

    ABSENT = "it is not there"
    ABSENT_IF_EMPTY = "it is not there, unless it is full: then its bar code is questionable"
    NO_DRIVE = "no drive is installed there"
    CLEANER = "it is a cleaning cartridge's"
    CLEANING_REQUESTED = "the drive asks to be cleaned"
    INFORMATIONAL = "it says nothing of what the element holds"
    CONTENTS_UNKNOWN = "the library has to look what it holds"
    LABEL_QUESTIONABLE = "the bar code label has to be read again"
    LABEL_UNREADABLE = "the bar code label can't be read"


@dataclass(frozen=True, slots=True)
class AdditionalSense:
    """ASC and ASCQ, of sense data or of an element descriptor with EXCEPT=1.

    ``model``: of the device that reported it, for vendor-specific codes.
    """

    asc: int
    ascq: int
    model: Model = field(default=UNKNOWN_MODEL, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.asc:02X}/{self.ascq:02X}"


@dataclass(frozen=True, slots=True)
class VolumeTag:
    """A bar code label: identifier without its padding, and volume sequence number.

    An undefined tag (zeros or blanks) is None where a VolumeTag could be, never an empty one.
    """

    identifier: str
    sequence: int = 0

    def __str__(self) -> str:
        return self.identifier


@dataclass(frozen=True, slots=True)
class DeviceIdentifier:
    """Identifier of the drive in a data transfer element, from its descriptor (DVCID=1)."""

    code_set: int
    identifier_type: int
    identifier: bytes

    @property
    def vendor(self) -> str | None:
        """The drive's vendor, where the identifier holds it."""
        return self._field(0, 8) if self._is_composed else None

    @property
    def product(self) -> str | None:
        """The drive's product, where the identifier holds it."""
        return self._field(8, 24) if self._is_composed else None

    @property
    def serial(self) -> str | None:
        """The drive's serial number, or None where the identifier holds none.

        Type 1 with more than 24 bytes is vendor (8), product (16) and serial; another text is the
        serial alone. A binary identifier (code set 1, such as an NAA) is not a serial.
        """
        if self.code_set == BINARY:
            return None
        return self._field(24 if self._is_composed else 0, len(self.identifier))

    @property
    def _is_composed(self) -> bool:
        return self.code_set != BINARY and self.identifier_type == 1 and len(self.identifier) > 24

    def _field(self, start: int, end: int) -> str | None:
        return device_text(self.identifier[start:end]) or None


class Element(NamedTuple):
    """One element descriptor as reported, nothing inferred.

    ``accessible``: the ACCESS bit; None for a medium transport element, which has none.
    ``source_address``: only with SVALID; 0 is a valid address.
    ``additional_sense``: ASC/ASCQ, only with EXCEPT.
    ``disabled``: the ED bit. ``operator_placed``: IMPEXP; it, ``import_enabled``,
    ``export_enabled``, ``connected_changer`` (CMC: it leads to another changer, not to an
    operator) and ``operator_intervention`` (OIR: needed to make it accessible) are None for any
    but an import/export element. ``volume_tag_field``, ``alternate_volume_tag_field``: all 36 bytes
    of volume tag information, with padding, where the descriptor has them.

    The tags in these bytes are decoded when they are looked at: there may be 65,000 elements. Two
    elements are equal whatever their tags are padded with.
    """

    element_type: ElementType
    address: int
    full: bool
    exception: bool = False
    accessible: bool | None = None
    disabled: bool = False
    inverted: bool = False
    medium_type: int = MediumType.UNSPECIFIED
    operator_placed: bool | None = None
    import_enabled: bool | None = None
    export_enabled: bool | None = None
    connected_changer: bool | None = None
    operator_intervention: bool | None = None
    additional_sense: AdditionalSense | None = None
    source_address: int | None = None
    identifier: DeviceIdentifier | None = None
    volume_tag_field: bytes | None = None
    alternate_volume_tag_field: bytes | None = None

    @property
    def volume_tag(self) -> VolumeTag | None:
        """The primary volume tag, or None where none is shown."""
        return _volume_tag(self.volume_tag_field)

    @property
    def alternate_volume_tag(self) -> VolumeTag | None:
        """The alternate volume tag, or None where none is shown."""
        return _volume_tag(self.alternate_volume_tag_field)

    @property
    def tag(self) -> str | None:
        """The primary volume tag as text, or None where none is shown."""
        field = self.volume_tag_field
        return device_text(field[:_TAG_IDENTIFIER_SIZE]) or None if field else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Element):
            return NotImplemented
        return self._told() == other._told()

    def __ne__(self, other: object) -> bool:  # else that of a tuple, which goes by the padding
        return not self == other

    def __hash__(self) -> int:
        return hash(self._told())

    def _told(self) -> tuple[object, ...]:
        return *self[:-2], self.volume_tag, self.alternate_volume_tag


def _volume_tag(information: bytes | None) -> VolumeTag | None:
    """Tag in volume tag information; None where it is blank or absent."""
    identifier = device_text(information[:_TAG_IDENTIFIER_SIZE]) if information else ""
    if not information or not identifier:
        return None
    trailer = information[_TAG_IDENTIFIER_SIZE:]
    # mhVTL fills all 36 bytes with blanks; 2020h is not a sequence number.
    sequence = 0 if trailer == b"    " else int.from_bytes(trailer[2:], "big")
    return VolumeTag(identifier, sequence)


@dataclass(frozen=True, slots=True)
class ElementStatus:
    """One READ ELEMENT STATUS reply: its header, and the whole descriptors received."""

    first_address: int
    number_of_elements: int
    byte_count: int
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class ElementRange:
    """Addresses ``first`` to ``first + count - 1`` of one element type.

    An address has 16 bits: a device that counts elements past 65535 has none there.
    """

    first: int
    count: int

    def __contains__(self, address: object) -> bool:
        return isinstance(address, int) and self.first <= address <= self.last

    @property
    def last(self) -> int:
        """The highest address; ``first - 1`` when the range is empty."""
        return min(self.first + self.count - 1, HIGHEST_ADDRESS)

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class ElementAddressAssignment:
    """Mode page 1Dh (SMC-3): where the elements of each type begin, and how many there are."""

    medium_transport: ElementRange
    storage: ElementRange
    import_export: ElementRange
    data_transfer: ElementRange

    def range_of(self, element_type: ElementType) -> ElementRange:
        """The addresses of one element type."""
        return {
            ElementType.MEDIUM_TRANSPORT: self.medium_transport,
            ElementType.STORAGE: self.storage,
            ElementType.IMPORT_EXPORT: self.import_export,
            ElementType.DATA_TRANSFER: self.data_transfer,
        }[element_type]

    def type_of(self, address: int) -> ElementType | None:
        """The element type whose range holds this address, or None."""
        for element_type in ElementType:
            if address in self.range_of(element_type):
                return element_type
        return None
