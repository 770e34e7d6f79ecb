"""Each profile by its bytes: what its library and drives say of themselves and of what is wrong.

The table has them all; who changes a profile changes its part of the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from changer.simulator.creation import new_state
from changer.simulator.drive_model import DriveModel
from changer.simulator.fault_effects import apply_fault
from changer.simulator.fault_words import parse_fault
from changer.simulator.geometry import Kind
from changer.simulator.operator_actions import apply_action, parse_action
from changer.simulator.profile import Profile
from changer.simulator.profiles.table import PROFILES
from changer.simulator.request import Nexus
from changer.simulator.state import State
from changer.simulator.target import answer
from changer.smc.command import Status
from changer.values import replace

from .simulator_bench import INITIALIZE, INQUIRY, READY, exchange_cdb, move_cdb, sense_text

TABLE = Path(__file__).parents[2] / "data" / "profile_answers.txt"
OPTIONAL = (0x07, 0x1B, 0x1E, 0x2B, 0x37, 0x4D, 0x5A, 0x5E, 0x5F, 0xA6, 0xB5, 0xE7)
COMMANDS = (0x00, 0x12, 0x16, 0x17, 0x1A, 0x56, 0x57, *OPTIONAL[:-2], 0xA5, 0xB8, 0xE7)
HOUR = 3600.0
NO_PROFILE = "default"  # what a profile has where it says nothing
CONFLICT = "conflict"
STATUS_HEADERS = 16
OF_LIBRARY = {
    "inquiry": INQUIRY,
    "pages": "12 01 00 00FF 00",
    "serial": "12 01 80 00FF 00",
    "designators": "12 01 83 00FF 00",
    "mode pages": "1A 08 3F 00 FF 00",
    "log pages": "4D 00 00 00 00 0000 FFFF 00",
    "reservations": "5E 02 0000000000 00FF 00",
    "of all types": "B8 10 0000 FFFF 00 000018 0000",
    "of no element": "B8 12 FFF0 FFFF 00 00FFFF 0000",
    "current data": "B8 02 0000 0001 02 000010 0000",
    "reserved bit": "B8 02 0000 0001 04 000010 0000",
    "allocation": "B8 02 0000 0001 00 010010 0000",
    "drive named": "B8 04 0000 0001 01 00FFFF 0000",
    "and labelled": "B8 14 0000 0001 01 000010 0000",
    "slot named": "B8 02 0000 0001 01 000010 0000",
}
OF_DRIVE = {
    "inquiry": INQUIRY,
    "pages": "12 01 00 00FF 00",
    "serial": "12 01 80 00FF 00",
    "address": "12 01 B4 00FF 00",
    "mode": "1A 00 00 00 0C 00",
    "log pages": "4D 00 00 00 00 0000 FFFF 00",
    "densities": "44 00 0000000000 00FF 00",
}


class Answering:
    """A new library of a profile, in memory."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.now = HOUR
        self.slot, self.drive, self.mail = (
            state.geometry.ranges[kind].start for kind in (Kind.STORAGE, Kind.DRIVE, Kind.MAIL)
        )

    def copy(self, *faults: str) -> Answering:
        """Another one, with these faults, whose unit attentions were told."""
        other = Answering(self.state.copy())
        for words in faults:
            apply_fault(other.state, parse_fault(words.split()), now=other.now)
        other.tell()
        return other

    def tell(self) -> None:
        apply_fault(self.state, parse_fault(["clear", "unit-attention"]), now=self.now)

    def data(
        self, cdb: str, *, unit: int | None = None, initiator: str = "host", port: int = 1
    ) -> bytes | str:
        """Data, or KEY/ASC/ASCQ."""
        nexus = Nexus(initiator, port)
        given = answer(self.state, bytes.fromhex(cdb), unit=unit, now=self.now, nexus=nexus)
        self.now += given.seconds
        if given.reply.status == Status.RESERVATION_CONFLICT:
            return CONFLICT
        return sense_text(given.reply.sense) if given.reply.sense else given.reply.data

    def says(self, cdb: str, *, unit: int | None = None, initiator: str = "host") -> str:
        data = self.data(cdb, unit=unit, initiator=initiator)
        return data if isinstance(data, str) else shown(data)

    def element(self, kind: Kind, address: int) -> str:
        """The fields of its descriptor without its address; empty for one that is left out."""
        data = self.data(f"B8 0{kind:X} {address:04X} 0001 00 00FFFF 0000")
        assert isinstance(data, bytes)
        descriptor = data[STATUS_HEADERS : STATUS_HEADERS + 12]
        return descriptor[2:].hex() if descriptor[:2] == address.to_bytes(2, "big") else "left out"


def shown(data: bytes) -> str:
    """In hexadecimal, but for what is text, and many zeros, which are counted."""
    parts = re.split(rb"([ -~]{6,}|\0{12,})", data)
    return " ".join(map(_part, filter(None, parts))) or "ok"


def _part(data: bytes) -> str:
    if not any(data) and len(data) >= 12:
        return f"0*{len(data)}"
    return f"'{data.decode()}'" if re.fullmatch(rb"[ -~]{6,}", data) else data.hex()


def lines_of(name: str) -> Iterator[str]:
    library = Answering(new_state(name, PROFILES.get(name, Profile())))
    yield f"[{name}]"
    for label, value in (*said(library), *wrong(library)):
        yield f"{label:14} {value}"


def said(library: Answering) -> Iterator[tuple[str, str]]:
    """What is told of the library, its elements and its drives."""
    for label, cdb in OF_LIBRARY.items():
        yield label, library.says(cdb)
    unknown = [f"{code:02X}" for code in OPTIONAL if not exists(library.copy(), code)]
    yield "no command", " ".join(unknown) or "none"
    for kind in Kind:
        data = library.data(f"B8 {0x10 | kind:02X} 0000 FFFF 00 00FFFF 0000")
        if isinstance(data, bytes):
            length = int.from_bytes(data[10:12], "big")
            data = shown(data[: STATUS_HEADERS + length])
        yield f"{kind.name.lower()}", data
    held = [*library.state.cartridges.items()]
    ends = ", ".join(f"{at} {cartridge.tag}" for at, cartridge in (held[0], held[-1]))
    yield "cartridges", f"{len(held)}: {ends}"
    cleaners = [(at, each) for at, each in held if each.is_cleaner]
    yield "cleaners", ", ".join(f"{at} {each.cleans_allowed}" for at, each in cleaners) or "none"
    models: dict[DriveModel, int] = {}
    for n in range(len(library.state.drives)):
        models.setdefault(library.state.model_of_drive(n), n)
    for model, number in models.items():
        for label, cdb in OF_DRIVE.items():
            yield f"drive's {label}", library.says(cdb, unit=number)
        yield "drive's family", model.family or "any"


def exists(library: Answering, opcode: int) -> bool:
    return library.data(f"{opcode:02X}" + "00" * 15) != "05/20/00"


def wrong(library: Answering) -> Iterator[tuple[str, str]]:
    """How what is wrong is told."""
    slot, drive = library.slot, library.drive
    yield "door open", library.copy("door open").says(READY)
    yield "named offline", library.copy("offline").says(OF_LIBRARY["drive named"])[:8]
    for fault in ("unreadable 1", "occupancy-unknown 1", "element 1 ed=1", "element 1 access=0"):
        other = library.copy(fault)
        seen = [other.element(Kind.STORAGE, slot)]
        other.data(INITIALIZE)
        seen.append(other.element(Kind.STORAGE, slot))
        yield fault, " ".join(dict.fromkeys(seen))
    yield from of_magazines(library)
    yield "spent cleaner", " ".join(of_spent_cleaner(library.copy()))
    yield "cleaner", " ".join(of_cleaner(library.copy()))
    yield "load", " ".join(of_load(library.copy(), slot, drive))
    yield "mail slot", " ".join(of_mail_slot(library.copy()))
    ranges = [f"{code} 01 {slot:04X} 0000 0001 0000" for code in ("37", "E7")]
    yield "range", " ".join(library.copy().says(cdb) for cdb in ranges)
    other = library.copy()
    for cdb, initiator in (("01", "one"), ("01", "other"), ("00", "other")):
        other.says(f"1E 000000 {cdb} 00", initiator=initiator)
    yield "allowed by one", "still prevented" if other.state.prevented else "allowed"
    yield "moving", of_motion(library)
    yield from of_reservations(library)


def of_reservations(library: Answering) -> Iterator[tuple[str, str]]:
    """Commands that another host's reservation lets pass, and whether it binds another port."""
    for kind in library.state.profile.reservation_types:
        reserved = library.copy(f"reserved AB {kind}")
        passing = [
            f"{code:02X}"
            for code in (*COMMANDS, 0x03, 0xA0)
            if reserved.copy().data(f"{code:02X}" + "00" * 15) != CONFLICT
        ]
        elsewhere = reserved.copy().data(move_cdb(library.slot, library.drive), port=2)
        bound = "so at another port" if elsewhere == CONFLICT else "not at another port"
        yield f"reserved, {kind}", f"{' '.join(passing)}, {bound}"


def of_magazines(library: Answering) -> Iterator[tuple[str, str]]:
    number = library.state.geometry.magazines
    if number:
        out = library.copy("magazine-out 1")
        first = out.state.geometry.magazine(1)
        yield "magazine out", " ".join((
            f"{len(first)} slots, {number} magazines,",
            out.element(Kind.STORAGE, library.slot),
            out.says(move_cdb(library.slot, library.drive)),
            library.copy(*(f"magazine-out {n + 1}" for n in range(number))).says(READY),
        ))  # fmt: skip


def of_spent_cleaner(library: Answering) -> Iterator[str]:
    slot = library.state.geometry.ranges[Kind.STORAGE][-1]
    if slot in library.state.cartridges:
        library.state.take(slot)
    words = f"insert CLN099CU @{slot} cleans=0"
    apply_action(library.state, parse_action(words.split()), now=library.now)
    library.tell()
    yield library.element(Kind.STORAGE, slot)
    yield library.says(move_cdb(slot, library.drive))


def of_cleaner(library: Answering) -> Iterator[str]:
    """At home; its home while it cleans; the drive then; what is left when it has cleaned."""
    cleaners = [at for at, each in library.state.cartridges.items() if each.is_cleaner]
    if not cleaners:
        return
    home, drive = cleaners[0], library.drive
    kind = library.state.geometry.kind_of(home)
    assert kind is not None
    yield library.element(kind, home)
    yield library.says(move_cdb(home, drive))
    yield library.element(kind, home)
    yield library.element(Kind.DRIVE, drive)
    yield library.says(READY, unit=0)
    library.now += 2
    yield library.says(READY, unit=0)
    library.now += HOUR
    yield library.says(READY, unit=0)
    yield library.says(move_cdb(drive, home))


def of_load(library: Answering, slot: int, drive: int) -> Iterator[str]:
    """The drive, how it says that it is ready, how it gives its cartridge back, and the slot."""
    yield library.says(move_cdb(slot, drive))
    yield library.says(READY, unit=0)
    library.now += HOUR
    yield library.says(READY, unit=0)
    yield library.element(Kind.DRIVE, drive)
    yield library.copy().says(exchange_cdb(slot + 1, drive, slot))
    yield library.says(move_cdb(drive, slot))
    library.says("1B 000000 00 00", unit=0)
    yield library.element(Kind.DRIVE, drive)
    library.says(move_cdb(drive, slot))
    yield library.element(Kind.STORAGE, slot)


def of_mail_slot(library: Answering) -> Iterator[str]:
    if not library.state.profile.mail:
        return
    mail, drive = library.state.geometry.ranges[Kind.MAIL][-1], library.drive
    apply_action(library.state, parse_action(["put", "A99999L8", f"@{mail}"]), now=library.now)
    library.tell()
    yield library.element(Kind.MAIL, mail)
    for cdb in (move_cdb(mail, drive), move_cdb(drive, mail), move_cdb(mail, library.mail)):
        yield library.copy().says(cdb)
    taken = library.copy()
    apply_action(taken.state, parse_action(["take", f"@{mail}"]), now=library.now)
    taken.tell()
    yield taken.element(Kind.MAIL, mail)
    library.state.change(mail_open=True)
    yield library.element(Kind.MAIL, mail)
    yield library.says(move_cdb(mail, drive))


def of_motion(library: Answering) -> str:
    """Whether elements are told while the robot moves."""
    profile = replace(library.state.profile, move_seconds=60.0)
    other = Answering(replace(library.copy().state, profile=profile))
    cdb = bytes.fromhex(move_cdb(other.slot, other.drive))
    answer(other.state, cdb, unit=None, now=other.now)
    other.now += 10
    before = other.now
    other.says("B8 02 0000 0001 00 00FFFF 0000")
    return "answered at rest" if other.now > before else "answered at once"


def test_each_profile_answers_as_the_table_has_it() -> None:
    names = [NO_PROFILE, *(name for name in PROFILES if name != "huge")]
    lines = [line for name in names for line in lines_of(name)]
    known = [line for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    assert [line.rstrip() for line in lines] == known
