"""What MODE SENSE tells of a drive: medium, density, and its mode pages (SSC-3, SPC-4)."""

from __future__ import annotations

from changer.simulator.density import DENSITIES
from changer.simulator.drive_life import Phase, phase_of
from changer.simulator.request import Request

__all__ = ["DRIVE_PAGES", "drive_block_descriptor", "drive_header"]

_BUFFERED, _WRITE_PROTECTED = 0x10, 0x80

DRIVE_PAGES = {
    # Data compression: can compress, and does; decompresses; one algorithm (01h), which is used.
    0x0F: bytes([0xC0, 0x80, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
    # Device configuration: writes out after 20 s (00C8h); knows where a block is (LOIS); writes an
    # end of data by itself (EEG), and stops writing at early warning (SEW); compresses.
    0x10: bytes([0, 0, 0, 0, 0, 0xC8, 0x40, 0, 0x18, 0, 0, 0, 1, 0]),
    # Informational exceptions: nothing by sense data (DEXCPT), all by TapeAlert in the log.
    0x1C: bytes([8, 3, 0, 0, 0, 0, 0, 0, 0, 0]),
}


def drive_header(request: Request) -> bytes:
    """Medium type, and the device-specific parameter: WP, buffered mode 1, speed 0."""
    number = request.unit or 0
    if phase_of(request.state, number, request.now) is not Phase.READY:
        return bytes([0, _BUFFERED])
    medium_type = DENSITIES[request.state.profile.drive_density].medium_type
    return bytes([medium_type, _BUFFERED | _WRITE_PROTECTED])


def drive_block_descriptor(request: Request) -> bytes:
    """Density code; all blocks; block length 0, for it is variable."""
    return bytes([request.state.profile.drive_density]) + bytes(7)
