"""Commands of a tape drive without a data path: its medium is blank and write-protected (SSC-3)."""

from __future__ import annotations

from collections.abc import Callable

from changer.simulator.drive_life import Phase, load_drive, phase_of, unload_drive
from changer.simulator.drive_model import DENSITIES
from changer.simulator.inquiry import answer_inquiry
from changer.simulator.log_sense import answer_log_sense
from changer.simulator.mode_sense import answer_mode_sense_6, answer_mode_sense_10
from changer.simulator.pending_sense import not_ready
from changer.simulator.request import Request, answer_nothing, answer_prevent_allow
from changer.simulator.sense import (
    CLEANER_IN_DRIVE,
    INVALID_FIELD,
    MEDIUM_NOT_PRESENT,
    REMOVAL_PREVENTED,
    CheckCondition,
    Sense,
)

_BLANK_MEDIUM = Sense(0x08, 0x00, 0x05)
_WRITE_PROTECTED = Sense(0x07, 0x27, 0x00)
_LARGEST_BLOCK, _SMALLEST_BLOCK = 0x800000, 1
_DEFAULT_DENSITY = 0x20  # DEFLT; not WRTOK, for nothing can be written
_END_OF_DATA = 3
_POSITION_FORMS = (0x00, 0x01)  # short form, by block number and as the vendor likes it: the same
_BEGINNING_OF_PARTITION = 0x80


def answer_load_unload(request: Request) -> bytes:
    """LOAD UNLOAD 1Bh: byte 4 bit 0 loads; without it, the cartridge comes out."""
    state, number = request.state, request.unit or 0
    phase = phase_of(state, number, request.now)
    if phase is Phase.EMPTY:
        raise CheckCondition(MEDIUM_NOT_PRESENT)
    if phase is Phase.CLEANING:
        raise CheckCondition(CLEANER_IN_DRIVE)
    if request.bit(4, 0):
        if phase is Phase.UNLOADED:
            load_drive(state, number, request.now)
    elif state.drives[number].prevented:
        raise CheckCondition(REMOVAL_PREVENTED)
    else:
        unload_drive(state, number)
    return b""


def answer_read_block_limits(request: Request) -> bytes:
    """READ BLOCK LIMITS 05h: 1 byte to 8 MiB, in steps of one."""
    if request.bit(1, 0):  # MLOI
        raise CheckCondition(INVALID_FIELD)
    return b"\0" + _LARGEST_BLOCK.to_bytes(3, "big") + _SMALLEST_BLOCK.to_bytes(2, "big")


def answer_report_density_support(request: Request) -> bytes:
    """REPORT DENSITY SUPPORT 44h, of the drive; with MEDIA=1, of what is in it: the same one."""
    if request.bit(1, 1):  # MEDIUM TYPE
        raise CheckCondition(INVALID_FIELD)
    if request.bit(1, 0) and (sense := not_ready(request)):
        raise CheckCondition(sense)
    descriptor = _density_descriptor(request.state.model_of_drive(request.unit or 0).density)
    # SSC-3: the length counts what follows it.
    head = (2 + len(descriptor)).to_bytes(2, "big") + bytes(2)
    return (head + descriptor)[: request.uint(7, 2)]


def _density_descriptor(code: int) -> bytes:
    """The density support data block."""
    density = DENSITIES[code]
    return (
        bytes([code, code, _DEFAULT_DENSITY, 0, 0])
        + density.bits_per_mm.to_bytes(3, "big")
        + density.width.to_bytes(2, "big")
        + density.tracks.to_bytes(2, "big")
        + density.capacity.to_bytes(4, "big")
        + density.organization.encode("ascii").ljust(8)
        + density.name.encode("ascii").ljust(8)
        + density.description.encode("ascii").ljust(20)
    )


def answer_mode_select(request: Request) -> bytes:
    """MODE SELECT 15h and 55h: taken, and forgotten: there is nothing that it could change."""
    if request.bit(1, 0):  # SP
        raise CheckCondition(INVALID_FIELD)
    return b""


# of the medium


def answer_read(request: Request) -> bytes:
    """READ 08h: there is no data."""
    return _at_beginning(request.uint(2, 3))


def answer_space(request: Request) -> bytes:
    """SPACE 11h: to the end of data, which is the beginning; nothing can be passed over."""
    return b"" if request.cdb[1] & 0x0F == _END_OF_DATA else answer_read(request)


def answer_locate_10(request: Request) -> bytes:
    """LOCATE (10) 2Bh: the beginning is all that there is."""
    return _at_beginning(request.uint(3, 4))


def answer_locate_16(request: Request) -> bytes:
    """LOCATE (16) 92h."""
    return _at_beginning(request.uint(4, 8))


def _at_beginning(distance: int) -> bytes:
    if distance:
        raise CheckCondition(_BLANK_MEDIUM)
    return b""


def answer_write_filemarks(request: Request) -> bytes:
    """WRITE FILEMARKS 10h: none of them only asks to write out what is buffered."""
    return answer_write(request) if request.uint(2, 3) else b""


def answer_write(request: Request) -> bytes:  # noqa: ARG001 - a handler like any other
    """WRITE 0Ah and ERASE 19h."""
    raise CheckCondition(_WRITE_PROTECTED)


def answer_read_position(request: Request) -> bytes:
    """READ POSITION 34h, short form: object 0 of partition 0, and nothing is buffered."""
    if request.cdb[1] & 0x1F not in _POSITION_FORMS:
        raise CheckCondition(INVALID_FIELD)
    return bytes([_BEGINNING_OF_PARTITION]) + bytes(19)


# None of these is executed before the medium is ready.
MEDIUM_COMMANDS: dict[int, Callable[[Request], bytes]] = {
    0x00: answer_nothing,
    0x01: answer_nothing,  # REWIND
    0x08: answer_read,
    0x0A: answer_write,
    0x10: answer_write_filemarks,
    0x11: answer_space,
    0x19: answer_write,
    0x2B: answer_locate_10,
    0x34: answer_read_position,
    0x92: answer_locate_16,
}
DRIVE_COMMANDS: dict[int, Callable[[Request], bytes]] = {
    **MEDIUM_COMMANDS,
    0x05: answer_read_block_limits,
    0x12: answer_inquiry,
    0x15: answer_mode_select,
    0x16: answer_nothing,
    0x17: answer_nothing,
    0x1A: answer_mode_sense_6,
    0x1B: answer_load_unload,
    0x1E: answer_prevent_allow,
    0x44: answer_report_density_support,
    0x4D: answer_log_sense,
    0x55: answer_mode_select,
    0x56: answer_nothing,
    0x57: answer_nothing,
    0x5A: answer_mode_sense_10,
}
