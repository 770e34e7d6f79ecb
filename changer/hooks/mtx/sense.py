"""Sense data as mtx prints it, line by line: what scripts look for when a command has failed."""

from __future__ import annotations

from changer.errors import MalformedData
from changer.smc.sense import parse_sense

__all__ = ["request_sense_lines"]

_PREFIX = "mtx: Request Sense: "
_SIZE = 18
_FORMATS = {0x70: "Current", 0x71: "Deferred"}
_DESCRIPTOR_FORMATS = {0x72: 0x70, 0x73: 0x71}
_KEYS = (
    "No Sense",
    "Recovered Error",
    "Not Ready",
    "Medium Error",
    "Hardware Error",
    "Illegal Request",
    "Unit Attention",
    "Data Protect",
    "Blank Check",
    "0x09",
    "0x0a",
    "Aborted Command",
    "0x0c",
    "Volume Overflow",
    "Miscompare",
    "0x0f",
)


def request_sense_lines(sense: bytes | None) -> list[str]:
    """The lines of a device's sense data; without any, those of zeros, which are No Sense."""
    data = _fixed_format(sense or b"").ljust(_SIZE, b"\0")
    response_code, flags, specific = data[0] & 0x7F, data[2], data[15]
    valid, key_specific_valid, bit_pointer_valid = data[0] & 0x80, specific & 0x80, specific & 0x08
    lines = [
        "Long Report=yes",
        f"Valid Residual={_yes(valid)}",
        f"Error Code={response_code:x} ({_FORMATS.get(response_code, 'Unknown?!')})",
        f"Sense Key={_KEYS[flags & 0x0F]}",
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
    return [_PREFIX + line for line in lines]


def _fixed_format(sense: bytes) -> bytes:
    """Descriptor format as fixed format would have said it: mtx takes ASC for the sense key."""
    fixed_code = _DESCRIPTOR_FORMATS.get(sense[0] & 0x7F) if sense else None
    if fixed_code is None:
        return sense
    try:
        told = parse_sense(sense)
    except MalformedData:
        return sense[:1]
    flags = told.filemark << 7 | told.end_of_medium << 6 | told.incorrect_length << 5
    codes = (told.additional.asc, told.additional.ascq) if told.additional else (0, 0)
    return bytes((fixed_code, 0, flags | told.key, *bytes(4), 10, *bytes(4), *codes, *bytes(4)))


def _yes(bit: int) -> str:
    return "yes" if bit else "no"


def _hexadecimal(data: bytes) -> str:
    return " ".join(f"{byte:02X}" for byte in data)
