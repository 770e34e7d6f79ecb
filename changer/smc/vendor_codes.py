"""Vendor-specific additional sense codes: a row for each, with what it means and the evidence.

Pure. A row overrides T10's list and the tables of standard codes; one about a code of T10's names
the vendor that uses it in its own way.
Imported where a code is looked up: most commands never meet one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from changer.errors import ElementNotPresent, LibraryOffline, NotReady
from changer.smc.elements import AdditionalSense, ElementException
from changer.smc.sense import Action, SenseAction, SenseKey


@dataclass(frozen=True, slots=True)
class VendorCode:
    """A row.

    ``words``: the condition, for messages. ``element``: its meaning in an element descriptor.
    ``actions``: by the sense key that it comes with; without one, the key alone decides.
    ``vendor``, ``product``: as INQUIRY has them, None for any.
    """

    asc: int
    ascq: int
    words: str
    evidence: str
    element: ElementException | None = None
    actions: Mapping[int, SenseAction] = field(default_factory=dict)
    vendor: str | None = None
    product: str | None = None

    def fits(self, sense: AdditionalSense) -> bool:
        """Whether the row is for this code of this model."""
        return (
            (self.asc, self.ascq) == (sense.asc, sense.ascq)
            and self.vendor in (None, sense.model.vendor)
            and self.product in (None, sense.model.product)
        )


_OFFLINE: Mapping[int, SenseAction] = {SenseKey.NOT_READY: SenseAction(Action.FAIL, LibraryOffline)}
_WAIT: Mapping[int, SenseAction] = {SenseKey.NOT_READY: SenseAction(Action.WAIT, NotReady)}
_ABSENT, _CLEANER = ElementException.ABSENT, ElementException.CLEANER
_UNKNOWN, _NO_LABEL = ElementException.CONTENTS_UNKNOWN, ElementException.LABEL_UNREADABLE
_DELL = "Dell PowerVault TL2000 and TL4000, SCSI reference"
_MAGNUM = "Exabyte and Tandberg Magnum 224, 448, T24, SCSI reference 1014826, table 19-2"
_SLR = "Tandberg SLR autoloader, SCSI reference"
_SL150 = "Oracle StorageTek SL150, SCSI reference E35103-07, chapter 2: reissue the command"
_SL4000 = "SAM-QFS, src/robots/generic/scsi_error/bld_codes.c, stksl3000 (SL3000, SL4000)"
# Its other port is busy with a command of the library, which may take as long as a motion.
_PORT_BUSY: Mapping[int, SenseAction] = {
    SenseKey.NOT_READY: SenseAction(Action.RETRY, LibraryOffline),
    SenseKey.ABORTED_COMMAND: SenseAction(Action.WAIT, NotReady),
}

# The rows of a vendor or product before those of any.
VENDOR_CODES = (
    VendorCode(
        *(0x04, 0x12, "offline, or its other port is busy", _SL150),
        actions=_PORT_BUSY,
        vendor="STK",
        product="SL150",
    ),
    VendorCode(
        *(0x08, 0x00, "its other port is busy", _SL150),
        actions=_PORT_BUSY,
        vendor="STK",
        product="SL150",
    ),
    VendorCode(
        *(0x3B, 0x1A, "no drive is installed there", _SL4000, _ABSENT),
        actions={SenseKey.VENDOR_SPECIFIC: SenseAction(Action.FAIL, ElementNotPresent)},
        vendor="STK",
    ),
    VendorCode(0x04, 0x83, "not ready, door open", f"{_DELL}; Exabyte", actions=_OFFLINE),
    VendorCode(0x04, 0x85, "not ready, firmware upgrade or pause", f"{_DELL}; IBM", actions=_WAIT),
    VendorCode(0x04, 0x8D, "not ready, offline", _DELL, actions=_OFFLINE),
    VendorCode(0x04, 0x8E, "not ready, sequential mode", _DELL, actions=_OFFLINE),
    VendorCode(0x30, 0x83, "cleaning cartridge without bar code label", _DELL, _CLEANER),
    VendorCode(0x80, 0x03, "source element not installed", _SLR),
    VendorCode(0x80, 0x04, "destination element not installed", _SLR),
    VendorCode(0x80, 0x22, "element status unknown", _SLR, _UNKNOWN),
    VendorCode(0x83, 0x00, "label questionable, element not scanned", _MAGNUM, _UNKNOWN),
    VendorCode(0x83, 0x01, "bar code label unreadable", _MAGNUM, _NO_LABEL),
    VendorCode(0x83, 0x02, "magazine not installed", _SLR, _ABSENT),
    VendorCode(0x83, 0x03, "label and occupancy questionable", _MAGNUM, _UNKNOWN),
    VendorCode(0x83, 0x04, "drive not installed", _MAGNUM),
    VendorCode(0x83, 0x08, "bar code label problem", _MAGNUM, _NO_LABEL),
    VendorCode(0x83, 0x09, "no bar code label", _MAGNUM, _NO_LABEL),
    VendorCode(0x83, 0x0A, "bar code label problem", _MAGNUM, _NO_LABEL),
    VendorCode(0x83, 0x10, "element questionable", _SLR),
)


def vendor_code(sense: AdditionalSense) -> VendorCode | None:
    """Row of a code; None for a standard or unknown one."""
    return next((row for row in VENDOR_CODES if row.fits(sense)), None)
