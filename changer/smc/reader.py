"""Bounded reader of bytes from a device: fields by name, and text that is safe to print."""

from __future__ import annotations

from changer.errors import MalformedData

_PADDING = b" \0"
_BLANKED = bytes(byte if 0x20 <= byte <= 0x7E else ord(" ") for byte in range(256))
_PRINTABLE = bytes(byte if 0x20 <= byte <= 0x7E else ord("?") for byte in range(256))


class Reader:
    """Reads fields one after another from bytes that a device sent.

    ``what`` names the data in errors. Offsets in errors count from the first byte of the data,
    in sub-readers too. A field that does not fit raises MalformedData, and is not consumed.
    """

    __slots__ = ("_data", "_end", "_offset", "_what")

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._offset = 0
        self._end = len(data)

    @property
    def remaining(self) -> int:
        """Bytes not yet consumed."""
        return self._end - self._offset

    def uint(self, size: int, field: str) -> int:
        """An unsigned big-endian integer of ``size`` bytes."""
        return int.from_bytes(self.take(size, field), "big")

    def take(self, size: int, field: str) -> bytes:
        """The next ``size`` bytes as they are."""
        start = self._advance(size, field)
        return self._data[start : self._offset]

    def skip(self, size: int, field: str) -> None:
        """Pass over ``size`` bytes."""
        self._advance(size, field)

    def sub(self, size: int, field: str) -> Reader:
        """A reader of the next ``size`` bytes alone; this one goes on after them."""
        start = self._advance(size, field)
        inner = Reader(self._data, self._what)
        inner._offset = start
        inner._end = self._offset
        return inner

    def peek(self, size: int) -> bytes:
        """Up to ``size`` of the next bytes, fewer where fewer are left; consumes nothing."""
        return self._data[self._offset : min(self._offset + size, self._end)]

    def _advance(self, size: int, field: str) -> int:
        """Consume ``size`` bytes; where they began."""
        if size < 0:
            raise ValueError(f"{field}: negative size {size}")
        start = self._offset
        if size > self._end - start:
            raise MalformedData(
                f"{self._what}: {field} cut short: need {size} {'byte' if size == 1 else 'bytes'} "
                f"at offset {start}, have {self._end - start}"
            )
        self._offset = start + size
        return start


def device_text(data: bytes) -> str:
    """Text of a fixed-length ASCII field, without its padding.

    Blanks and NULs go from both ends (tgt pads serial numbers on the left); any other byte that is
    not printable ASCII becomes ``?``, so that a device can't send control codes to a terminal.
    """
    return data.strip(_PADDING).translate(_PRINTABLE).decode("ascii")


def identification_text(data: bytes) -> str:
    """Vendor, product or revision, read as Linux does (scsi_sanitize_inquiry_string).

    A NUL ends the text, and a byte that is not printable ASCII becomes a blank. So sysfs and
    INQUIRY agree.
    """
    return device_text(data.partition(b"\0")[0].translate(_BLANKED))
