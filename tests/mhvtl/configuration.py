"""Configurations in mhvtl-config: the truth that a library is compared with."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "mhvtl-config"

SECTION = re.compile(r"(Library|Drive): (\d+) ")
FIELDS = ("Vendor identification", "Product identification", "Unit serial number")
FIELD = re.compile(rf" ({'|'.join(FIELDS)}): (.+)")
ELEMENT = re.compile(r"(Drive|MAP|Slot) (\d+):[ \t]*(\S*)")

# mhVTL takes this beginning of a cartridge's name for a label that can't be read.
NO_LABEL = "NOBAR"
CLEANER = "CLN"


# First element addresses, as the vendors' manuals have them, and so mhVTL.
FIRST = {
    "autoloader": {"picker": 0x2F0, "slot": 0x400, "mail": 0x300, "drive": 1},
    "l700": {"picker": 1, "slot": 0x3E8, "mail": 0xA, "drive": 0x1F4},
    "large": {"picker": 1, "slot": 0x400, "mail": 0x300, "drive": 0x101},
    "msl": {"picker": 1, "slot": 0x20, "mail": 0x1C0, "drive": 0x1E0},
    "scalar": {"picker": 0x2F0, "slot": 0x400, "mail": 0x300, "drive": 1},
    "spectra": {"picker": 1, "slot": 0x1000, "mail": 0x10, "drive": 0x100},
    "tl2000": {"picker": 1, "slot": 0x1000, "mail": 0x10, "drive": 0x100},
}


@dataclass(frozen=True, slots=True)
class Daemon:
    """A library or a drive: ``number`` is what vtlcmd calls it."""

    number: int
    vendor: str
    product: str
    serial: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """One folder of mhvtl-config. ``slots``: cartridge names in slot order, empty for none."""

    name: str
    library: Daemon
    drives: tuple[Daemon, ...]
    slots: tuple[str, ...]
    mail: int

    def __str__(self) -> str:
        return self.name

    @property
    def tags(self) -> list[str | None]:
        return [shown_tag(name) for name in self.slots]

    def slot_of(self, prefix: str) -> int:
        """The first slot whose cartridge has a name that begins so."""
        return next(number for number, name in self.numbered if name.startswith(prefix))

    @property
    def data_slots(self) -> list[int]:
        """Slots with a labelled data cartridge."""
        return [
            number
            for number, name in self.numbered
            if name and not name.startswith((CLEANER, NO_LABEL))
        ]

    @property
    def empty_slots(self) -> list[int]:
        return [number for number, name in self.numbered if not name]

    @property
    def numbered(self) -> list[tuple[int, str]]:
        return list(enumerate(self.slots, start=1))


def shown_tag(name: str) -> str | None:
    """What a library with a bar code reader shows of a cartridge."""
    return None if not name or name.startswith(NO_LABEL) else name


@cache
def configurations() -> tuple[Configuration, ...]:
    return tuple(_read(folder.parent) for folder in sorted(FOLDER.glob("*/device.conf")))


def configuration(name: str) -> Configuration:
    return next(each for each in configurations() if each.name == name)


def _read(folder: Path) -> Configuration:
    daemons: list[tuple[str, Daemon]] = []
    for block in (folder / "device.conf").read_text().split("\n\n"):
        if section := SECTION.match(block):
            fields = {match[1]: match[2].strip() for match in FIELD.finditer(block)}
            vendor, product, serial = (fields[name] for name in FIELDS)
            daemons.append((section[1], Daemon(int(section[2]), vendor, product, serial)))
    (library,) = (daemon for kind, daemon in daemons if kind == "Library")
    contents = (folder / f"library_contents.{library.number}").read_text()
    elements = [match.groups() for match in ELEMENT.finditer(contents)]
    slots = {int(number): name for kind, number, name in elements if kind == "Slot"}
    return Configuration(
        name=folder.name,
        library=library,
        drives=tuple(daemon for kind, daemon in daemons if kind == "Drive"),
        slots=tuple(slots[number] for number in range(1, len(slots) + 1)),
        mail=sum(kind == "MAP" for kind, _, _ in elements),
    )
