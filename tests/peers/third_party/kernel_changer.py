"""The kernel's own driver of changers, through its ioctls (linux/chio.h)."""

import ctypes
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum, IntFlag

_READ, _WRITE = 2, 1


def _request(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("c") << 8 | number


_MOVE = struct.Struct("5i")
_PARAMETERS = struct.Struct("5i")
_VENDOR_PARAMETERS = struct.Struct("i16s i16s i16s i16s 8i")
_STATUS = struct.Struct("iP")
_ELEMENT = struct.Struct("8i 36s 36s i")

CHIOMOVE = _request(_WRITE, 1, _MOVE.size)
CHIOGPARAMS = _request(_READ, 6, _PARAMETERS.size)
CHIOGSTATUS = _request(_WRITE, 8, _STATUS.size)
CHIOGELEM = _request(_WRITE, 16, _ELEMENT.size)
CHIOGVPARAMS = _request(_READ, 19, _VENDOR_PARAMETERS.size)


class ElementType(IntEnum):
    """The kernel counts from 0, SMC from 1."""

    TRANSPORT = 0
    STORAGE = 1
    MAIL = 2
    DRIVE = 3


class ElementStatus(IntFlag):
    """Byte 2 of a descriptor, as the kernel passes it on."""

    FULL = 0x01
    IMPEXP = 0x02
    EXCEPT = 0x04
    ACCESS = 0x08
    EXENAB = 0x10
    INENAB = 0x20


class _ElementFlag(IntFlag):
    INVERT = 0x02
    SOURCE = 0x04
    ID_LUN = 0x08
    VOLUME_TAG = 0x10
    ALTERNATE_TAG = 0x20


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many elements there are of each type."""

    current_picker: int
    pickers: int
    slots: int
    mail: int
    drives: int


@dataclass(frozen=True, slots=True)
class KernelElement:
    """One element. ``source``: type and number within it; None where the device reports none."""

    status: ElementStatus
    error: int | None
    source: tuple[ElementType, int] | None
    volume_tag: str | None
    alternate_tag: bytes | None


class KernelChanger:
    """What an open /dev/schN answers. Raises OSError with the kernel's error."""

    def __init__(self, file: int) -> None:
        self._file = file

    def parameters(self) -> Parameters:
        """CHIOGPARAMS."""
        return Parameters(*_PARAMETERS.unpack(self._ask(CHIOGPARAMS, bytes(_PARAMETERS.size))))

    def vendor_types(self) -> tuple[int, ...]:
        """CHIOGVPARAMS: how many elements of types that are the vendor's own."""
        asked = bytes(_VENDOR_PARAMETERS.size)
        return _VENDOR_PARAMETERS.unpack(self._ask(CHIOGVPARAMS, asked))[:8:2]

    def statuses(self, kind: ElementType, count: int) -> list[ElementStatus]:
        """CHIOGSTATUS: of all elements of a type."""
        buffer = ctypes.create_string_buffer(count or 1)
        self._ask(CHIOGSTATUS, _STATUS.pack(kind, ctypes.addressof(buffer)))
        return [ElementStatus(each) for each in buffer.raw[:count]]

    def element(self, kind: ElementType, number: int) -> KernelElement:
        """CHIOGELEM."""
        asked = _ELEMENT.pack(kind, number, *[0] * 6, b"", b"", 0)
        fields = _ELEMENT.unpack(self._ask(CHIOGELEM, asked))
        _, _, status, error, source_type, source_unit, _, _, tag, alternate, flags = fields
        return KernelElement(
            status=ElementStatus(status),
            error=error or None,  # the kernel sets it without the flag that it has for it
            source=(ElementType(source_type), source_unit) if flags & _ElementFlag.SOURCE else None,
            volume_tag=tag.rstrip(b" \0").decode("ascii")
            if flags & _ElementFlag.VOLUME_TAG
            else None,
            alternate_tag=alternate if flags & _ElementFlag.ALTERNATE_TAG else None,
        )

    def move(self, source: tuple[ElementType, int], destination: tuple[ElementType, int]) -> None:
        """CHIOMOVE."""
        self._ask(CHIOMOVE, _MOVE.pack(*source, *destination, 0))

    def _ask(self, request: int, content: bytes) -> bytes:
        buffer = bytearray(content)
        fcntl.ioctl(self._file, request, buffer)
        return bytes(buffer)


@contextmanager
def kernel_changer(node: str) -> Iterator[KernelChanger]:
    """Open /dev/schN."""
    file = os.open(node, os.O_RDWR | os.O_CLOEXEC)
    try:
        yield KernelChanger(file)
    finally:
        os.close(file)
