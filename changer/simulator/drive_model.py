"""Models of tape drives: what they call themselves, how they record, which cleaners they take."""

from __future__ import annotations

from changer.errors import SimulatorRefused
from changer.values import NamedTuple, dataclass


class Density(NamedTuple):
    """A recording format. ``width`` in tenths of a millimetre, ``capacity`` in units of 10^6 bytes.

    ``medium_type``: as a mode parameter header has it; 00h where the drive does not report it.
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
LTO, DLT = "lto", "dlt"
# What follows the six characters of a cleaner's label, the usual one first.
_IDENTIFIERS = {LTO: ("CU", "C1", "C2", "C3", "L1"), DLT: ("S", "S1", "D", "V")}


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveModel:
    """A kind of drive. ``family``: of the cleaners that it takes; empty, it takes every one.

    ``cleans_allowed``: of a new cleaner of its family.
    """

    vendor: str
    product: str
    revision: str
    density: int
    family: str = ""
    cleans_allowed: int = 50

    def check(self) -> None:
        """Raise SimulatorRefused for a drive that can't be."""
        check_texts(self, {"vendor": 8, "product": 16, "revision": 4}, prefix="drive_")
        if self.density not in DENSITIES:
            known = ", ".join(map(str, DENSITIES))
            raise SimulatorRefused(f"drive_density must be one of {known}")
        if self.family not in ("", *_IDENTIFIERS):
            raise SimulatorRefused(f"no drive belongs to the family {self.family!r}")
        if self.cleans_allowed < 0:
            raise SimulatorRefused("cleans_allowed can't be below 0")


DRIVE_MODELS = {
    LTO: DriveModel(vendor="IBM", product="ULT3580-TD8", revision="HB82", density=0x5E, family=LTO),
    DLT: DriveModel(
        vendor="QUANTUM",
        product="SDLT320",
        revision="5555",
        density=0x49,
        family=DLT,
        cleans_allowed=20,
    ),
}


def check_texts(record: object, limits: dict[str, int], *, prefix: str = "") -> None:
    """Raise SimulatorRefused unless these fields are ASCII, and not longer than that."""
    for field, most in limits.items():
        text: str = getattr(record, field)
        if len(text) > most or not (text.isascii() and text.isprintable()):
            raise SimulatorRefused(
                f"{prefix}{field} must be at most {most} ASCII characters: {text!r}"
            )


def family_of_cleaner(tag: str) -> str:
    """The family of drives that a cleaning cartridge fits, by its label; empty: all of them."""
    return next((family for family, ends in _IDENTIFIERS.items() if tag[6:] in ends), "")


def cleaner_tag(number: int, families: tuple[str, ...]) -> str:
    """The label of a new cleaning cartridge, one family after the other; LTO where none is said."""
    chosen = families[(number - 1) % len(families)] if families else LTO
    return f"CLN{number:03d}{_IDENTIFIERS[chosen][0]}"
