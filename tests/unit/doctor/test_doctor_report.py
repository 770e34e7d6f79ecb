"""The report for an issue: what it says of a library that answers oddly, or of a host that can't
be looked at."""

from __future__ import annotations

from random import Random

import pytest

from changer.doctor import report as report_module
from changer.doctor.diagnosis import NotTold
from changer.doctor.facts import Facts
from changer.doctor.gathering.everything import Gathered
from changer.doctor.gathering.libraries import Seen
from changer.doctor.gathering.reading import Exchange
from changer.doctor.report import Origin, report_text
from changer.errors import OutputFailed
from changer.library.inventory import Inventory
from changer.smc.command import Reply, Status
from changer.smc.elements import (
    DeviceIdentifier,
    Element,
    ElementAddressAssignment,
    ElementRange,
    ElementType,
)
from changer.values import replace

from .healthy import FACTS, LIBRARY

SERIAL = "HU12345678"
TOLD = DeviceIdentifier(2, 1, b"QUANTUM PYRAMID-HH      " + SERIAL.encode())
ASSIGNMENT = ElementAddressAssignment(
    medium_transport=ElementRange(1, 1),
    storage=ElementRange(1000, 2005),
    import_export=ElementRange(10, 0),
    data_transfer=ElementRange(500, 1),
)
SLOTS = tuple(Element(ElementType.STORAGE, 1000 + number, False) for number in range(2005))
DRIVE = Element(ElementType.DATA_TRANSFER, 500, False, identifier=TOLD)
SENSE = bytes.fromhex("70000200000000") + b"\x0a" + SERIAL.encode()
SEEN = Seen(
    LIBRARY._replace(habits=(), vendor_codes=(), known_drives=()),
    exchanges=(
        Exchange("/dev/sg3", "INQUIRY", bytes(6), None, f"the path of {SERIAL} is lost"),
        Exchange(
            "/dev/sg3", "TEST UNIT READY", bytes(6), Reply(Status.CHECK_CONDITION, b"", SENSE)
        ),
        Exchange("/dev/sg3", "READ", b"\xb8" + bytes(11), Reply(Status.GOOD, b"PYRAMID-HH      ")),
    ),
    inventory=Inventory(ASSIGNMENT, (DRIVE, *SLOTS)),
)


def report(facts: Facts, *seen: Seen) -> list[str]:
    return report_text(Gathered(facts, seen), (), Origin(()), Random(1).randrange).splitlines()


def test_drives_serial_number_is_hidden_wherever_it_is_and_its_model_stays() -> None:
    text = "\n".join(report(FACTS, SEEN))
    assert SERIAL not in text and SERIAL.encode().hex(" ") not in text
    assert "|PYRAMID-HH      |" in text


def test_product_of_a_library_stays_though_it_looks_like_a_serial_number() -> None:
    identity = LIBRARY.identity
    assert identity is not None
    for product, is_shown in (("PYR4A5B6C7", True), ("OTHER12345", False)):
        named = LIBRARY._replace(identity=replace(identity, product=product))
        seen = SEEN._replace(facts=named, settings=(("device", "by PYR4A5B6C7"),))
        assert any("by PYR4A5B6C7" in each for each in report(FACTS, seen)) is is_shown


@pytest.mark.parametrize(
    ("line", "following"),
    [
        ("-- Rows of the atlas of models", "none"),
        ("-- Settings that differ from the defaults", "none"),
        ("  sense data", "  0000  70 00 02 00"),
        ("INQUIRY (00 00 00 00 00 00) to /dev/sg3", "  no reply: the path of "),
        ("@2998 storage empty", "and 6 more"),
    ],
)
def test_what_is_missing_is_said(line: str, following: str) -> None:
    lines = report(FACTS, SEEN)
    assert lines[lines.index(line) + 1].startswith(following)


def test_after_a_command_without_a_reply_comes_the_next() -> None:
    lines = report(FACTS, SEEN)
    number = lines.index("INQUIRY (00 00 00 00 00 00) to /dev/sg3")
    assert lines[number + 2].startswith("TEST UNIT READY (00")


def test_host_that_could_not_be_looked_at_is_said_to_be_so() -> None:
    facts = FACTS._replace(machine=NotTold("no answer"), sg_raw=NotTold("it is missing"))
    lines = report(facts)
    number = lines.index("== Versions")
    assert lines[number + 1 : number + 3] == ["no answer", "sg_raw: it is missing"]


def test_of_long_replies_the_beginning_is_shown_and_of_many_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_module, "_MOST_BYTES", 32)
    monkeypatch.setattr(report_module, "_MOST_BYTES_OF_ALL", 50)
    replies = (
        Exchange("/dev/sg3", "LOG SENSE", b"\x4d" + bytes(9), Reply(Status.GOOD, bytes(size)))
        for size in (32, 33, 5)
    )
    seen = SEEN._replace(exchanges=(*replies,), inventory=None)
    lines = report(FACTS, seen)
    shown = lines[lines.index("-- Commands, in their order") + 1 :]
    assert [each[:7] if each[2:6].isdecimal() else each for each in shown] == [
        *("LOG SENSE (4d 00 00 00 00 00 00 00 00 00) to /dev/sg3", "  status 00h, 32 bytes"),
        *("  0000 ", "  0010 "),
        *("LOG SENSE (4d 00 00 00 00 00 00 00 00 00) to /dev/sg3", "  status 00h, 33 bytes"),
        *("  0000 ", "  0010 ", "  and 15 more bytes"),
        *("LOG SENSE (4d 00 00 00 00 00 00 00 00 00) to /dev/sg3", "  status 00h, 5 bytes"),
        "  and 5 more bytes",
    ]


def test_secrets_that_no_other_value_can_hide_keep_the_report_from_being_written() -> None:
    """The last digit or letter is drawn each time."""
    seen = SEEN._replace(labels=("99999999",))
    with pytest.raises(OutputFailed, match="would still show 1 of the values to be hidden"):
        report_text(Gathered(FACTS, (seen,)), (), Origin(("99999999",)), lambda size: size - 1)
