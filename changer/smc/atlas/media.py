"""Families of tape media, and how often a new cleaning cartridge of each cleans."""

from __future__ import annotations

from enum import StrEnum

from changer.smc.atlas.evidence import LTO_STK, SAM, T10000_GUIDE, Sources
from changer.values import NamedTuple


class MediaFamily(StrEnum):
    """Tape formats whose drives take each other's cleaning cartridges; the value is its name."""

    LTO = "LTO"
    ENTERPRISE = "3592"
    DLT = "DLT"
    STK_9840 = "9840"
    STK_9940 = "9940"
    T10000 = "T10000"
    AIT = "AIT"
    EXABYTE = "8 mm"


class MediaRow(NamedTuple):
    """A row. ``cleanings``: of a new cleaning cartridge, as makers of the family grant them."""

    family: MediaFamily
    cleanings: int
    evidence: Sources


_CATALOG = SAM.at("src/catalog/catserver.c, CheckForCleaning")

MEDIA = (
    MediaRow(MediaFamily.LTO, 50, LTO_STK.at("page 26") + _CATALOG),
    MediaRow(MediaFamily.ENTERPRISE, 50, _CATALOG),
    MediaRow(MediaFamily.DLT, 20, _CATALOG),
    MediaRow(MediaFamily.STK_9840, 100, _CATALOG),
    MediaRow(MediaFamily.STK_9940, 100, _CATALOG),
    MediaRow(MediaFamily.T10000, 50, T10000_GUIDE.at("page 30") + _CATALOG),
    MediaRow(MediaFamily.AIT, 50, _CATALOG),
    # Its code grants 12: the fewer is the careful answer.
    MediaRow(MediaFamily.EXABYTE, 10, SAM.at("src/man/man8/cleandrive.8")),
)


def cleanings_of(family: MediaFamily) -> int:
    """How often a new cleaning cartridge of a family cleans."""
    return next(row.cleanings for row in MEDIA if row.family is family)
