"""Rows of the atlas about tape drives: what they call themselves, and what they say of cleaning."""

from __future__ import annotations

import re
from enum import Enum

from changer.smc.atlas.evidence import Sources
from changer.smc.atlas.media import MediaFamily
from changer.values import NamedTuple


class DriveKind(NamedTuple):
    """Drives of one maker or format, by the product identification in their INQUIRY data.

    ``name``: for people. ``product``: a regular expression that is found in it; case does not
    count. Its group is the LTO generation, A for 10; ``generation``: where the name has none.
    """

    name: str
    product: str
    family: MediaFamily
    evidence: Sources
    generation: int | None = None

    def made(self, product: str) -> bool:
        """Whether a drive with that product identification is one of them."""
        return self._found(product) is not None

    def generation_of(self, product: str) -> int | None:
        """The LTO generation that a product identification tells; None: none."""
        found = self._found(product)
        if found is None or not found.re.groups:
            return self.generation
        return 10 if found[1].upper() == "A" else int(found[1])

    def _found(self, product: str) -> re.Match[str] | None:
        return re.search(self.product, product, re.IGNORECASE)


DriveKinds = tuple[DriveKind, ...]


class CleaningSign(Enum):
    """What a drive means by sense data."""

    REQUESTED = "asks for cleaning"
    CLEANED = "was cleaned"


class CleaningCode(NamedTuple):
    """A sense code of drives about cleaning. ``key``: None: with any. ``drives``: none: any."""

    key: int | None
    asc: int
    ascq: int
    sign: CleaningSign
    drives: DriveKinds
    evidence: Sources

    def __str__(self) -> str:
        key = "" if self.key is None else f"{self.key:02X}/"
        return f"{key}{self.asc:02X}/{self.ascq:02X}"


class CleaningBit(NamedTuple):
    """A bit of sense data in fixed format with which drives ask for cleaning, whatever the code."""

    byte: int
    mask: int
    drives: DriveKinds
    evidence: Sources

    def __str__(self) -> str:
        return f"sense byte {self.byte}, bit {self.mask.bit_length() - 1}"


class CleaningPage(NamedTuple):
    """A log page of the maker's own with which drives ask for cleaning.

    ``parameter``: its code; ``required``, ``requested``: bits in the first byte of its value.
    """

    page: int
    parameter: int
    required: int
    requested: int
    drives: DriveKinds
    evidence: Sources

    def __str__(self) -> str:
        return f"log page {self.page:02X}h, parameter {self.parameter:04X}h"


class DriveHabit(Enum):
    """A habit of drives, and what the program does about it."""

    CALIBRATES = "a new cartridge is calibrated for up to 2 hours, which a wait for it points out"
    REPORTS_ADDRESS = "it reports its element address, by which it is found without serial numbers"
    ASKS_WITHOUT_ALERT = "it asks for cleaning without a TapeAlert flag: its log pages come first"
    ALERTS_LATE = "TapeAlert asks for cleaning after hard errors alone: its log page comes first"
    EJECTS_CLEANER = "it ejects the cleaner when it is done, unless its library switched that off"
    REJECTS_SPENT = "a cleaning cartridge that is used up is put out unused, with an alert or error"

    @property
    def slug(self) -> str:
        """Its name for people: ``asks-without-alert``."""
        return self.name.lower().replace("_", "-")


class DriveHabitRow(NamedTuple):
    """A row: a habit of these drives; ``generations`` of LTO alone, where there are any."""

    habit: DriveHabit
    drives: DriveKinds
    evidence: Sources
    generations: tuple[int, ...] = ()
