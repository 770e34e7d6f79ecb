"""Text that a device sent, made safe to print, compare and store."""

from __future__ import annotations

__all__ = ["device_text", "identification_text"]

_PADDING = b" \0"
_BLANKED = bytes(byte if 0x20 <= byte <= 0x7E else ord(" ") for byte in range(256))
_PRINTABLE = bytes(byte if 0x20 <= byte <= 0x7E else ord("?") for byte in range(256))


def device_text(data: bytes) -> str:
    """Text of a fixed-length ASCII field, without its padding.

    Blanks and NULs go from both ends (tgt pads serial numbers on the left); any byte left that is
    no printable ASCII becomes ``?``, so that nothing a device says can steer a terminal.
    """
    return data.strip(_PADDING).translate(_PRINTABLE).decode("ascii")


def identification_text(data: bytes) -> str:
    """Vendor, product or revision, as Linux reads them too: sysfs and INQUIRY must agree.

    A NUL ends the text, and what is no printable ASCII is a blank (scsi_sanitize_inquiry_string).
    """
    return device_text(data.partition(b"\0")[0].translate(_BLANKED))
