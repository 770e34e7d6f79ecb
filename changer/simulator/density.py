"""The densities that the drives of virtual libraries have, and how they report them (SSC-3)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DENSITIES", "Density", "density_descriptor"]


@dataclass(frozen=True, slots=True)
class Density:
    """A recording format. ``width`` in tenths of a millimetre, ``capacity`` in units of 10^6 bytes.

    ``medium_type``: as a mode parameter header has it; 00h where the drive does not tell.
    """

    medium_type: int
    organization: str
    name: str
    description: str
    bits_per_mm: int
    width: int
    tracks: int
    capacity: int


# By density code.
DENSITIES = {
    0x49: Density(0x00, "QUANTUM", "SDLT320", "SDLT 320", 7480, 127, 448, 160_000),
    0x5C: Density(0x78, "LTO-CVE", "U-7", "Ultrium 7/16T", 19_094, 127, 3584, 6_000_000),
    0x5E: Density(0x88, "LTO-CVE", "U-8", "Ultrium 8/16T", 20_668, 127, 6656, 12_000_000),
}
_DEFAULT = 0x20  # DEFLT; not WRTOK, for nothing can be written


def density_descriptor(code: int) -> bytes:
    """The density support data block of a density that is in the table."""
    density = DENSITIES[code]
    return (
        bytes([code, code, _DEFAULT, 0, 0])
        + density.bits_per_mm.to_bytes(3, "big")
        + density.width.to_bytes(2, "big")
        + density.tracks.to_bytes(2, "big")
        + density.capacity.to_bytes(4, "big")
        + density.organization.encode("ascii").ljust(8)
        + density.name.encode("ascii").ljust(8)
        + density.description.encode("ascii").ljust(20)
    )
