"""Failures in the words of mtx, where it has words for them: messages, and sense data in lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from changer.errors import (
    CartridgeMisplaced,
    ChangerError,
    CommandTimedOut,
    DestinationFull,
    MalformedData,
    MoveNotAllowed,
    NotReady,
    OutcomeUnknown,
    ReservationConflict,
    SourceEmpty,
    TransportFailed,
)
from changer.smc.sense import parse_sense

# Errors without sense data that are a device's all the same: mtx prints zeros then.
_WITHOUT_SENSE = (CommandTimedOut, NotReady, ReservationConflict, TransportFailed)
# Errors that say where a cartridge is, or that this is not known, are printed in full: with the
# sense data of the move some callers would send it again.
_WHEREABOUTS = (CartridgeMisplaced, OutcomeUnknown)
# ASC and ASCQ of a failed move for which mtx has a message instead of the sense data.
_CLEANED = (0x30, 0x03)
_NOT_EJECTED = (0x3A, 0x00)
_DESTINATION_FULL = (0x3B, 0x0D)
_SOURCE_EMPTY = (0x3B, 0x0E)

_SENSE_SIZE = 18
_FORMATS = {0x70: "Current", 0x71: "Deferred"}
_DESCRIPTOR_FORMATS = {0x72: 0x70, 0x73: 0x71}
_SENSE_KEYS = (
    *("No Sense", "Recovered Error", "Not Ready", "Medium Error", "Hardware Error"),
    *("Illegal Request", "Unit Attention", "Data Protect", "Blank Check", "0x09", "0x0a"),
    *("Aborted Command", "0x0c", "Volume Overflow", "Miscompare", "0x0f"),
)


class MtxFailure(Exception):
    """Lines that mtx writes to standard error before it ends with 1."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


class MtxUsage(Exception):
    """An unknown command, or a request for the version: the usage follows ``heading``."""

    def __init__(self, heading: str = "") -> None:
        super().__init__(heading)
        self.heading = heading


def reports_device(error: ChangerError) -> bool:
    """Whether an error is a device's answer or its silence, and not a decision of the driver."""
    if isinstance(error, _WHEREABOUTS):
        return False
    return error.sense is not None or isinstance(error, _WITHOUT_SENSE)


@contextmanager
def reading() -> Iterator[None]:
    """Turn a device's errors into MtxFailure while the library is read."""
    try:
        yield
    except ChangerError as error:
        if not reports_device(error) or isinstance(error, SourceEmpty | DestinationFull):
            raise
        sense = request_sense_lines(error.sense)
        lines = [*sense, "READ ELEMENT STATUS Command Failed"]
        if "MODE SENSE" in error.message:
            lines = [*sense, "Mode sense (0x1A) for Page 0x1D failed", *lines]
        raise MtxFailure(*lines) from error


def motion_failure(
    error: ChangerError, *, command: str, source: int, destination: int
) -> MtxFailure | None:
    """A failed MOVE or EXCHANGE MEDIUM as mtx reports it, by element addresses.

    A refusal by the driver becomes what the device would have answered; None where mtx can't have
    such an error.
    """
    codes = tuple((error.sense or b"").ljust(_SENSE_SIZE, b"\0")[12:14])
    if codes == _CLEANED:
        return MtxFailure("Cleaning Cartridge Installed and Ejected")
    if codes == _NOT_EJECTED:
        return MtxFailure("Drive needs offline before move")
    in_place = isinstance(error, MoveNotAllowed) and source == destination  # which is full, then
    if codes == _DESTINATION_FULL or in_place or _refused_as(error, DestinationFull):
        return MtxFailure(f"Destination Element Address {destination} is Already Full")
    if codes == _SOURCE_EMPTY or _refused_as(error, SourceEmpty):
        return MtxFailure(f"Source Element Address {source} is Empty")
    if not reports_device(error):
        return None
    return MtxFailure(
        *request_sense_lines(error.sense),
        f"{command} from Element Address {source} to {destination} Failed",
    )


def _refused_as(error: ChangerError, kind: type[ChangerError]) -> bool:
    return not error.sense and isinstance(error, kind)


def request_sense_lines(sense: bytes | None) -> list[str]:
    """Sense data as mtx prints it, a field to a line; without any, zeros, which are No Sense."""
    data = _fixed_format(sense or b"").ljust(_SENSE_SIZE, b"\0")
    response_code, flags, specific = data[0] & 0x7F, data[2], data[15]
    valid, key_specific_valid, bit_pointer_valid = data[0] & 0x80, specific & 0x80, specific & 0x08
    lines = [
        "Long Report=yes",
        f"Valid Residual={_yes(valid)}",
        f"Error Code={response_code:x} ({_FORMATS.get(response_code, 'Unknown?!')})",
        f"Sense Key={_SENSE_KEYS[flags & 0x0F]}",
        f"FileMark={_yes(flags & 0x80)}",
        f"EOM={_yes(flags & 0x40)}",
        f"ILI={_yes(flags & 0x20)}",
    ]
    if valid:
        lines.append(f"Residual = {_hexadecimal(data[3:7])}")
    lines += [
        f"Additional Sense Code = {data[12]:02X}",
        f"Additional Sense Qualifier = {data[13]:02X}",
    ]
    if key_specific_valid:
        lines.append(f"Field in Error = {specific & 0x07:02X}")
    lines += [
        f"BPV={_yes(bit_pointer_valid)}",
        f"Error in CDB={_yes(specific & 0x40)}",
        f"SKSV={_yes(key_specific_valid)}",
    ]
    if bit_pointer_valid or key_specific_valid:
        lines.append(f"Field Pointer = {_hexadecimal(data[16:18])}")
    return [f"mtx: Request Sense: {line}" for line in lines]


def _fixed_format(sense: bytes) -> bytes:
    """Descriptor format (SPC-4) as fixed format: mtx would take its ASC for the sense key."""
    fixed_code = _DESCRIPTOR_FORMATS.get(sense[0] & 0x7F) if sense else None
    if fixed_code is None:
        return sense
    try:
        parsed = parse_sense(sense)
    except MalformedData:
        return sense[:1]
    flags = parsed.filemark << 7 | parsed.end_of_medium << 6 | parsed.incorrect_length << 5
    codes = (parsed.additional.asc, parsed.additional.ascq) if parsed.additional else (0, 0)
    return bytes((fixed_code, 0, flags | parsed.key, *bytes(4), 10, *bytes(4), *codes, *bytes(4)))


def _yes(bit: int) -> str:
    return "yes" if bit else "no"


def _hexadecimal(data: bytes) -> str:
    return data.hex(" ").upper()
