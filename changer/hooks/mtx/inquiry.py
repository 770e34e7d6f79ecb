"""What a device says that it is, as mtx prints it: each field in full width."""

from __future__ import annotations

from changer.smc.cdb import raw
from changer.smc.command import Command

__all__ = ["inquiry_command", "inquiry_lines"]

_SIZE = 36
_TIMEOUT_SECONDS = 30.0
_ATTACHED_CHANGER = 0x08  # byte 6, MCHNGR
_TYPES = (
    "Disk Drive",
    "Tape Drive",
    "Printer",
    "Processor",
    "Write-once",
    "CD-ROM",
    "Scanner",
    "Optical",
    "Medium Changer",
    "Communications",
    "ASC IT8",
    "ASC IT8",
    "RAID Array",
    "Enclosure Services",
    "RBC Simplified Disk",
    "OCR/W",
    "Bridging Expander",
    *("Reserved",) * 14,
    "Unknown",
)


def inquiry_command() -> Command[bytes]:
    """The standard data that every device has (SPC-4, INQUIRY, 12h), as bytes."""
    cdb = bytes((0x12, 0, 0, 0, _SIZE, 0))
    return raw(cdb, allocation_length=_SIZE, timeout_seconds=_TIMEOUT_SECONDS)


def inquiry_lines(data: bytes) -> list[str]:
    """Type, vendor, product and revision; what was not sent is blank."""
    standard = data.ljust(_SIZE, b" ") if data else bytes(_SIZE)
    return [
        f"Product Type: {_TYPES[standard[0] & 0x1F]}",
        f"Vendor ID: '{_text(standard[8:16])}'",
        f"Product ID: '{_text(standard[16:32])}'",
        f"Revision: '{_text(standard[32:36])}'",
        f"Attached Changer API: {'Yes' if standard[6] & _ATTACHED_CHANGER else 'No'}",
    ]


def _text(field: bytes) -> str:
    return field.decode("latin-1")
