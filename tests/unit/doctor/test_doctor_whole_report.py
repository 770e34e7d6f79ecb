"""A whole report, by replacements that are always the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from changer.doctor.checks import diagnose
from changer.doctor.facts import Machine
from changer.doctor.gathering.everything import Gathered
from changer.doctor.gathering.libraries import Seen
from changer.doctor.gathering.reading import Exchange
from changer.doctor.report import Origin, report_text
from changer.library.inventory import Inventory
from changer.smc.command import Reply, Status
from changer.smc.elements import (
    AdditionalSense,
    DeviceIdentifier,
    Element,
    ElementAddressAssignment,
    ElementRange,
    ElementType,
)

from .healthy import CHANGER, DRIVE, FACTS, LIBRARY, STORE

TEXT = Path(__file__).parents[2] / "data" / "doctor_report.txt"
SERIAL, LABELS = "HU12345678", ("A00001L8", "CLN001L9", "XY")
ASSIGNMENT = ElementAddressAssignment(
    medium_transport=ElementRange(1, 1),
    storage=ElementRange(1000, 5),
    import_export=ElementRange(10, 1),
    data_transfer=ElementRange(500, 2),
)


def numbers(seed: int = 1) -> Callable[[int], int]:
    """Always the same ones, below those that are given."""
    state = seed

    def draw(below: int) -> int:
        nonlocal state
        state = (state * 1_103_515_245 + 12_345) % (1 << 31)
        return (state >> 12) % below

    return draw


def slot(number: int, label: str | None = None, **fields: Any) -> Element:
    tag = None if label is None else label.encode().ljust(36)
    return Element(
        ElementType.STORAGE, 999 + number, label is not None, volume_tag_field=tag, **fields
    )


ELEMENTS = (
    slot(1, LABELS[0], source_address=0, accessible=True, medium_type=1),
    slot(2, LABELS[1], accessible=False, medium_type=2),
    slot(3, LABELS[2]),
    slot(4, exception=True, additional_sense=AdditionalSense(0x83, 0x02), disabled=True),
    Element(ElementType.IMPORT_EXPORT, 10, False),
    Element(
        ElementType.DATA_TRANSFER,
        500,
        True,
        source_address=1000,
        identifier=DeviceIdentifier(2, 1, b"QUANTUM PYRAMID-HH      " + SERIAL.encode()),
    ),
    Element(ElementType.MEDIUM_TRANSPORT, 1, False),
)
PAGE = b"\x08\x80\0\x0a" + SERIAL.encode()
NAMES = bytes((8, 0x83, 0, 12, 1, 3, 0, 8)) + bytes.fromhex("5000e111c5a1b2c3")
STATUS = b"\0\0\0\2" + b"A00001L8".ljust(36) + b"CLN001L9".ljust(36) + b"\0\1\2\3"
SENSE = bytes.fromhex("70000200000000") + b"\x0a" + SERIAL.encode()


def exchange(name: str, cdb: str, data: bytes, *, status: int = 0, sense: bytes = b"") -> Exchange:
    return Exchange("/dev/sg3", name, bytes.fromhex(cdb), Reply(Status(status), data, sense))


SEEN = Seen(
    LIBRARY,
    exchanges=(
        exchange("INQUIRY", "12018000fc00", PAGE),
        exchange("INQUIRY", "12018300fc00", NAMES),
        exchange(
            "INQUIRY", "120000006000", b"\x08\x80\5\2\x1f\0\0\0HPE     MSL G3 Series   8.70" + PAGE
        ),
        exchange("READ ELEMENT STATUS", "b8100000ffff0100ffff0000", STATUS),
        exchange("TEST UNIT READY", "000000000000", b"", status=2, sense=SENSE),
        Exchange("/dev/sg3", "MODE SENSE", bytes(6), None, f"{SERIAL} is gone"),
    ),
    inventory=Inventory(ASSIGNMENT, ELEMENTS),
    labels=("B00009L8", LABELS[0]),
    settings=(("alias", "hugos-robot"), ("move_timeout_seconds", "77.0")),
    models=("QUANTUM PYRAMID-HH",),
)


def report() -> str:
    assert isinstance(FACTS.machine, Machine)
    machine = FACTS.machine._replace(container="docker")
    store = STORE._replace(known_ids=frozenset(("STK_L700_SN7654321",)))
    facts = FACTS._replace(machine=machine, store=store, nodes=(CHANGER, DRIVE))
    origin = Origin(("tapehost7.example.com", "alice", "root"), ("/home/wilhelmina/state.db",))
    nothing = Seen(
        LIBRARY._replace(id="NONE", device="", identity=None, habits=(), known_drives=())
    )
    gathered = Gathered(facts, (SEEN, nothing))
    return report_text(gathered, diagnose(facts), origin, numbers())


def test_report_is_this_text() -> None:
    assert report() == TEXT.read_text()
