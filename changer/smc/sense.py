"""Sense data, and what it can ask the sender of a command to do."""

from __future__ import annotations

from enum import Enum, IntEnum

from changer.errors import ChangerError, DeviceFailed, MalformedData
from changer.smc.elements import AdditionalSense
from changer.smc.reader import Reader
from changer.values import NamedTuple

_INFORMATION_DESCRIPTOR = 0x00
_UNKNOWN_OPCODE = AdditionalSense(0x20, 0x00)
_SENSE_KEY_SPECIFIC_DESCRIPTOR = 0x02
_STREAM_DESCRIPTOR = 0x04


class SenseKey(IntEnum):
    """Sense keys (SPC-4, sense data)."""

    NO_SENSE = 0x0
    RECOVERED_ERROR = 0x1
    NOT_READY = 0x2
    MEDIUM_ERROR = 0x3
    HARDWARE_ERROR = 0x4
    ILLEGAL_REQUEST = 0x5
    UNIT_ATTENTION = 0x6
    DATA_PROTECT = 0x7
    BLANK_CHECK = 0x8
    VENDOR_SPECIFIC = 0x9
    COPY_ABORTED = 0xA
    ABORTED_COMMAND = 0xB
    VOLUME_OVERFLOW = 0xD
    MISCOMPARE = 0xE
    COMPLETED = 0xF


class SenseData(NamedTuple):
    """Sense data of either format, as reported.

    ``key``: 0 to 15, a SenseKey where SPC names it. ``additional``: None where the data ends
    before it. ``deferred``: about an earlier command. ``information``: None unless marked valid.
    ``field_pointer``: byte of the CDB that an illegal request is about, None where it is not told.
    """

    key: int
    additional: AdditionalSense | None
    deferred: bool
    descriptor_format: bool
    information: int | None = None
    filemark: bool = False
    end_of_medium: bool = False
    incorrect_length: bool = False
    field_pointer: int | None = None


class Action(Enum):
    """Next step of the sender."""

    ACCEPT = "the command was executed"
    RETRY = "not executed; send it again shortly, a few times"
    WAIT = "not executed; the library is busy with a task of its own, possibly for minutes"
    INITIALIZE = "not executed; INITIALIZE ELEMENT STATUS once, then send it again"
    ATTENTION = "not executed; something changed, and what was read before is stale"
    FAIL = "not executed, and sending it again will not help"
    UNKNOWN = "the device may have acted; look before doing anything else"


class UnitAttention(Enum):
    """Kind of unit attention, by what it makes stale."""

    CONTENTS = "doors, magazines, elements or media"
    RESET = "a reset: prevention of removal and reservations may be lost"
    PARAMETERS = "mode parameters: where elements begin"
    RESERVATIONS = "reservations"
    IDENTITY = "firmware, inquiry data or identity"
    REMOVAL_REQUEST = "nothing: an operator requests medium removal at the panel"
    OTHER = "something else"


class SenseAction(NamedTuple):
    """An action, with the class of its error, and the kind of a unit attention.

    ``harmless``: the action instead where the command moves no medium, and so does no harm when it
    is sent again; None for the same.
    """

    action: Action
    error: type[ChangerError] = DeviceFailed
    attention: UnitAttention | None = None
    harmless: Action | None = None

    def without_medium(self) -> SenseAction:
        """The action on a command that moves no medium."""
        return self if self.harmless is None else self._replace(action=self.harmless)


def parse_sense(data: bytes) -> SenseData:
    """Parse fixed (70h, 71h) or descriptor (72h, 73h) format, at least up to the sense key."""
    reader = Reader(data, "sense data")
    first_byte = reader.uint(1, "response code")
    response_code = first_byte & 0x7F
    if response_code in (0x70, 0x71):
        return _fixed(reader, valid=bool(first_byte & 0x80), deferred=response_code == 0x71)
    if response_code in (0x72, 0x73):
        return _descriptor_format(reader, deferred=response_code == 0x73)
    raise MalformedData(
        f"sense data: response code {response_code:02X}h is not a known sense data format"
    )


def opcode_unknown(sense: bytes | None) -> bool:
    """Whether sense data, if there is any, says that the device does not know the command."""
    return sense is not None and parse_sense(sense).additional == _UNKNOWN_OPCODE


def field_pointer(sense: bytes | None) -> int | None:
    """The byte of the CDB that sense data is about, if it names one."""
    return None if sense is None else parse_sense(sense).field_pointer


def _fixed(reader: Reader, *, valid: bool, deferred: bool) -> SenseData:
    """SPC-4, sense data. Bytes past the additional sense length are padding of the transport."""
    reader.skip(1, "segment number")
    flags = reader.uint(1, "sense key")
    information = None
    additional = None
    pointer = None
    if reader.remaining >= 4:
        value = reader.uint(4, "information")
        information = value if valid else None
    if reader.remaining:
        length = reader.uint(1, "additional sense length")
        rest = reader.sub(min(length, reader.remaining), "additional sense bytes")
        additional = _fixed_additional(rest)
        if additional is not None and rest.remaining:
            rest.skip(1, "field replaceable unit code")
            pointer = _field_pointer(flags & 0x0F, rest.peek(3))
    return SenseData(
        key=flags & 0x0F,
        additional=additional,
        deferred=deferred,
        descriptor_format=False,
        information=information,
        filemark=bool(flags & 0x80),
        end_of_medium=bool(flags & 0x40),
        incorrect_length=bool(flags & 0x20),
        field_pointer=pointer,
    )


def _field_pointer(key: int, sense_key_specific: bytes) -> int | None:
    """The byte of the CDB in sense key specific data (SPC-4, field pointer: SKSV=1 and C/D=1)."""
    if key != SenseKey.ILLEGAL_REQUEST or len(sense_key_specific) < 3:
        return None
    is_of_cdb = sense_key_specific[0] & 0xC0 == 0xC0
    return int.from_bytes(sense_key_specific[1:], "big") if is_of_cdb else None


def _fixed_additional(rest: Reader) -> AdditionalSense | None:
    if rest.remaining < 6:
        return None
    rest.skip(4, "command-specific information")
    return _additional(rest)


def _additional(reader: Reader) -> AdditionalSense | None:
    """ASC and ASCQ, None where they are cut short: half a code would name another condition."""
    if reader.remaining < 2:
        return None
    asc = reader.uint(1, "additional sense code")
    return AdditionalSense(asc, reader.uint(1, "additional sense code qualifier"))


def _descriptor_format(reader: Reader, *, deferred: bool) -> SenseData:
    """SPC-4, sense data: key, ASC and ASCQ first, then descriptors in any order."""
    key = reader.uint(1, "sense key") & 0x0F
    additional = _additional(reader)
    information = None
    pointer = None
    stream_flags = 0
    for descriptor_type, descriptor in _descriptors(reader):
        if descriptor_type == _INFORMATION_DESCRIPTOR and len(descriptor) >= 10:
            if descriptor[0] & 0x80:
                information = int.from_bytes(descriptor[2:10], "big")
        elif descriptor_type == _STREAM_DESCRIPTOR and len(descriptor) >= 2:
            stream_flags = descriptor[1]
        elif descriptor_type == _SENSE_KEY_SPECIFIC_DESCRIPTOR:
            pointer = _field_pointer(key, descriptor[2:5])
    return SenseData(
        key=key,
        additional=additional,
        deferred=deferred,
        descriptor_format=True,
        information=information,
        filemark=bool(stream_flags & 0x80),
        end_of_medium=bool(stream_flags & 0x40),
        incorrect_length=bool(stream_flags & 0x20),
        field_pointer=pointer,
    )


def _descriptors(reader: Reader) -> list[tuple[int, bytes]]:
    """Type and body of each whole sense descriptor."""
    if reader.remaining < 4:
        return []
    reader.skip(3, "flags and reserved bytes")
    length = reader.uint(1, "additional sense length")
    body = reader.sub(min(length, reader.remaining), "sense descriptors")
    descriptors: list[tuple[int, bytes]] = []
    while body.remaining >= 2:
        descriptor_type = body.uint(1, "descriptor type")
        size = body.uint(1, "descriptor length")
        if size > body.remaining:
            break
        descriptors.append((descriptor_type, body.take(size, "descriptor")))
    return descriptors
