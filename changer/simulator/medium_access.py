"""What a drive answers to commands that use its medium. There is no data path: it is blank, and
write-protected (SSC-3).
"""

from __future__ import annotations

from collections.abc import Callable

from changer.simulator.commands import answer_nothing
from changer.simulator.request import Request
from changer.simulator.sense import (
    BLANK_MEDIUM,
    INVALID_FIELD,
    WRITE_PROTECTED,
    CheckCondition,
)

__all__ = ["MEDIUM_COMMANDS"]

_END_OF_DATA = 3
_POSITION_FORMS = (0x00, 0x01)  # short form, by block number and as the vendor likes it: the same
_BEGINNING_OF_PARTITION = 0x80


def answer_read(request: Request) -> bytes:
    """READ 08h: there is no data."""
    return _at_beginning(request.uint(2, 3) == 0)


def answer_space(request: Request) -> bytes:
    """SPACE 11h: to the end of data, which is the beginning; nothing can be passed over."""
    return _at_beginning(request.cdb[1] & 0x0F == _END_OF_DATA or request.uint(2, 3) == 0)


def answer_locate_10(request: Request) -> bytes:
    """LOCATE (10) 2Bh: the beginning is all that there is."""
    return _at_beginning(request.uint(3, 4) == 0)


def answer_locate_16(request: Request) -> bytes:
    """LOCATE (16) 92h."""
    return _at_beginning(request.uint(4, 8) == 0)


def _at_beginning(stays: bool) -> bytes:  # noqa: FBT001 - all that it is about
    if not stays:
        raise CheckCondition(BLANK_MEDIUM)
    return b""


def answer_write_filemarks(request: Request) -> bytes:
    """WRITE FILEMARKS 10h: none of them only asks to write out what is buffered."""
    return answer_write(request) if request.uint(2, 3) else b""


def answer_write(request: Request) -> bytes:  # noqa: ARG001 - a handler like any other
    """WRITE 0Ah and ERASE 19h."""
    raise CheckCondition(WRITE_PROTECTED)


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
