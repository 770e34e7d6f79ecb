"""A library in this process: cartridges, drives, and how they are shown, in bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from scsi_bytes import check

from changer.smc.command import Reply, Status

from .descriptors import DRIVE, MAIL, PICKER, SLOT, Told, pages
from .drive_unit import Unit
from .shown import PLAIN, Showing, is_reached

ITS_OWN = ("TEST", "TOLD")  # vendor and product
REVISION = "0001"
DATA_MEDIUM, CLEANING_MEDIUM = 1, 2
GOOD = Reply(Status.GOOD)
_INVALID_OPCODE, _INVALID_FIELD = check(5, 0x20, 0x00), check(5, 0x24, 0x00)
_INVALID_ADDRESS = check(5, 0x21, 0x01)
_FULL, _EMPTY = check(5, 0x3B, 0x0D), check(5, 0x3B, 0x0E)
_NOT_ACCESSIBLE = check(5, 0x3B, 0x11)
_NOT_EJECTED = check(5, 0x53, 0x03)


@dataclass(frozen=True, slots=True)
class Cartridge:
    """``number``: which it is; several may bear one label. ``home``: where it came from."""

    number: int
    label: str | None
    is_cleaner: bool = False
    home: int | None = None


@dataclass(frozen=True, slots=True)
class Geometry:
    """First address and number of the elements of each kind."""

    ranges: dict[int, range]

    @classmethod
    def of(cls, *, slots: int, mail: int, drives: int, pickers: int = 1) -> Geometry:
        counts = {PICKER: pickers, DRIVE: drives, MAIL: mail, SLOT: slots}
        firsts = (1, 256, 1024, 4096)
        ranges = zip(firsts, counts.items(), strict=True)
        return cls({kind: range(first, first + count) for first, (kind, count) in ranges})

    def kind(self, address: int) -> int | None:
        return next((kind for kind, each in self.ranges.items() if address in each), None)

    def number(self, address: int) -> int:
        """As commands number it: drives from 0, all else from 1."""
        kind = self.kind(address)
        assert kind is not None
        return address - self.ranges[kind][0] + (kind != DRIVE)

    def place(self, address: int) -> str:
        """As a command line names it."""
        words = {PICKER: "picker", SLOT: "", MAIL: "mail:", DRIVE: "drive:"}
        kind = self.kind(address)
        assert kind is not None
        return words[kind] + ("" if kind == PICKER else str(self.number(address)))

    @property
    def all(self) -> list[int]:
        return [address for each in self.ranges.values() for address in each]


@dataclass(frozen=True, slots=True)
class Motion:
    """A MOVE MEDIUM, how both elements were shown when it came, and what it moved."""

    source: int
    destination: int
    told_source: Told | None
    told_destination: Told | None
    moved: Cartridge | None


@dataclass
class StandIn:
    """``at``: the cartridge at each address that is full. ``bays``: the drive at each.

    ``reads_labels``, ``knows_sources``, ``knows_drives``, ``tells_media``: whether it reports
    labels, SVALID, the drives' serial numbers and medium types at all. ``maker``: its vendor and
    product.
    """

    serial: str
    geometry: Geometry
    bays: dict[int, Unit] = field(default_factory=dict)
    at: dict[int, Cartridge] = field(default_factory=dict)
    shown: dict[int, Showing] = field(default_factory=dict)
    reads_labels: bool = True
    knows_sources: bool = True
    knows_drives: bool = True
    tells_media: bool = True
    maker: tuple[str, str] = ITS_OWN
    attentions: list[tuple[int, int]] = field(default_factory=list)
    motions: list[Motion] = field(default_factory=list)

    # what is told

    def told(self, address: int) -> Told | None:
        """What an honest reader has of an element now; None where it is left out."""
        kind = self.geometry.kind(address)
        assert kind is not None
        found = self.at.get(address)
        label = found.label if found and self.reads_labels else None
        home = found.home if found and self.knows_sources and found.home != address else None
        medium = 0
        if found and self.tells_media:
            medium = CLEANING_MEDIUM if found.is_cleaner else DATA_MEDIUM
        true = Told(kind, address, found is not None, label=label, source=home, medium_type=medium)
        return self.shown.get(address, PLAIN).of(true)

    @property
    def all_told(self) -> dict[int, Told | None]:
        return {address: self.told(address) for address in self.geometry.all}

    def where(self, number: int) -> int | None:
        """Where a cartridge truly is; None for one that is out of the library."""
        return next((at for at, each in self.at.items() if each.number == number), None)

    # what other hands do

    def carry(self, source: int, destination: int) -> None:
        """Another host, or a person, puts a cartridge elsewhere."""
        assert destination not in self.at
        self.at[destination] = self.at.pop(source)

    def swap_drives(self, first: int, second: int) -> None:
        """Two drives change bays; the cartridges stay where they were."""
        self.bays[first], self.bays[second] = self.bays[second], self.bays[first]

    def bay_of(self, unit: Unit) -> int:
        return next(address for address, each in self.bays.items() if each is unit)

    # commands

    def execute(self, cdb: bytes) -> Reply:
        if cdb[0] == 0x12:
            return self._inquiry(cdb)
        if self.attentions:
            return check(6, *self.attentions.pop(0))
        if cdb[0] in (0x00, 0x1E, 0x07):
            return GOOD
        if cdb[0] == 0x1A:
            return self._mode_sense(cdb)
        if cdb[0] == 0xB8:
            return self._element_status(cdb)
        return self._move(cdb) if cdb[0] == 0xA5 else _INVALID_OPCODE

    def _inquiry(self, cdb: bytes) -> Reply:
        if cdb[1] & 1:
            serial = self.serial.encode()
            page = bytes((8, 0x80, 0, len(serial))) + serial
            return Reply(Status.GOOD, page) if cdb[2] == 0x80 else _INVALID_FIELD
        vendor, product = self.maker
        texts = vendor.encode().ljust(8) + product.encode().ljust(16) + REVISION.encode()
        return Reply(Status.GOOD, bytes((8, 0x80, 5, 2, 31, 0, 0, 0)) + texts)

    def _mode_sense(self, cdb: bytes) -> Reply:
        if cdb[2] & 0x3F != 0x1D:
            return _INVALID_FIELD
        order = (PICKER, SLOT, MAIL, DRIVE)
        each_range = [self.geometry.ranges[kind] for kind in order]
        words = [word for each in each_range for word in (each.start, len(each))]
        page = b"\x1d\x12" + b"".join(each.to_bytes(2, "big") for each in words) + bytes(2)
        return Reply(Status.GOOD, bytes((len(page) + 3, 0, 0, 0)) + page)

    def _element_status(self, cdb: bytes) -> Reply:
        kind, tags, identified = cdb[1] & 0x0F, bool(cdb[1] & 0x10), bool(cdb[6] & 1)
        start, most = int.from_bytes(cdb[2:4], "big"), int.from_bytes(cdb[4:6], "big")
        if (tags and not self.reads_labels) or (identified and not self.knows_drives):
            return _INVALID_FIELD
        asked = sorted(
            address
            for address in self.geometry.all
            if address >= start and kind in (0, self.geometry.kind(address))
        )
        found = [each for each in map(self.told, asked) if each is not None][:most]
        if not asked:
            return _INVALID_ADDRESS
        return Reply(Status.GOOD, pages(self._named(found), tags=tags, identified=identified))

    def _named(self, found: Iterable[Told]) -> list[Told]:
        return [
            replace(each, serial=self.bays[each.address].told_serial)
            if each.kind == DRIVE and each.address in self.bays
            else each
            for each in found
        ]

    def _move(self, cdb: bytes) -> Reply:
        source, destination = (int.from_bytes(cdb[at : at + 2], "big") for at in (4, 6))
        known = self.geometry.kind(source) and self.geometry.kind(destination)
        if not known:
            return _INVALID_ADDRESS
        told_source, told_destination = self.told(source), self.told(destination)
        reply = self._refusal(source, destination)
        moved = None
        if reply is None:
            moved = self._carry_out(source, destination)
        motion = Motion(source, destination, told_source, told_destination, moved)
        self.motions.append(motion)
        return reply or GOOD

    def _refusal(self, source: int, destination: int) -> Reply | None:
        if source not in self.at:
            return _EMPTY
        if destination in self.at:
            return _FULL
        loaded = self.geometry.kind(source) == DRIVE  # it may say ACCESS=0 until it has ejected
        if not is_reached(self.told(destination)):
            return _NOT_ACCESSIBLE
        if not loaded and not is_reached(self.told(source)):
            return _NOT_ACCESSIBLE
        unit = self.bays.get(source)
        return _NOT_EJECTED if unit is not None and unit.holds else None

    def _carry_out(self, source: int, destination: int) -> Cartridge:
        cartridge = self.at.pop(source)
        if self.geometry.kind(source) in (SLOT, MAIL):
            cartridge = replace(cartridge, home=source)
        self.at[destination] = cartridge
        if (unit := self.bays.get(destination)) is not None:
            unit.take(is_cleaner=cartridge.is_cleaner)
        return cartridge
