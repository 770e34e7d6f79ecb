"""What counts as a name in a trace: of a device, in a field of a reply, in a line's own words."""

from __future__ import annotations

import pytest

from changer.doctor.disguise import Secret, disguise
from changer.doctor.traces.secrets import (
    TraceSecrets,
    is_familiar,
    names_something,
    secrets_of_device,
)
from changer.doctor.traces.share import Sharing
from changer.errors import SourceEmpty
from changer.library.reservation import FenceKey
from changer.transport.trace_record import TraceHeader, TraceRecord
from changer.values import replace

INQUIRY, SERIAL_PAGE = bytes.fromhex("120000006000"), bytes.fromhex("12018000fc00")
IDENTIFICATION, ADDRESSES = bytes.fromhex("12018300fc00"), bytes.fromhex("12018500fc00")
STATUS, KEYS = bytes.fromhex("b8100000ffff0100ffff0000"), bytes.fromhex("5e0000000000001f4800")
DENSITIES = bytes.fromhex("44000000000000010000")
AT = "2026-03-01T12:00:00.000Z"
NAA = bytes.fromhex("5000e111c5a1b2c3")
FOREIGN_KEY, OWN_KEY = bytes.fromhex("1122334455667788"), FenceKey(0x1234, 5).to_bytes()


def line(cdb: bytes, data: bytes) -> TraceRecord:
    return TraceRecord("INQUIRY", cdb, AT, 1.0, status=0, data=data, sense=b"")


def page(code: int, content: bytes) -> bytes:
    return bytes((8, code)) + len(content).to_bytes(2) + content


def slots(*labels: bytes) -> bytes:
    descriptors = b"".join(bytes(12) + label.ljust(32) + bytes(4) for label in labels)
    told = bytes((2, 0x80, 0, 48, 0)) + len(descriptors).to_bytes(3) + descriptors
    return bytes((0, 1, 0, len(labels), 0)) + len(told).to_bytes(3) + told


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("device", "found"),
    [
        *((each, []) for each in ("/dev/sg3", "/dev/nst12a", "/dev/sch0", "sim:demo")),
        ("sim:demo/drive:1", []),
        ("/dev/sg12345", ["sg12345"]),
        ("/dev/nst0x", ["nst0x"]),
        ("sim:hugo/drive:12", ["hugo"]),
        ("sim:t7.lab9", ["t7.lab9", "t7", "lab9"]),
        ("/dev/tape/by-id/scsi-SN1", ["scsi-SN1"]),
        ("replay:/home/hugo/a trace/-/X.jsonl", ["hugo", "a", "trace", "X.jsonl"]),
    ],
)
def test_names_in_that_of_a_device(device: str, found: list[str]) -> None:
    assert [each.value for each in secrets_of_device(device)] == found


def test_names_of_devices_are_secrets_of_the_trace_that_is_of_them() -> None:
    secrets = TraceSecrets()
    secrets.add(TraceHeader("/dev/tape/by-id/scsi-SN1", "changer"))
    secrets.add(replace(line(INQUIRY, b""), device="sim:hugo"))
    assert [*secrets.found()] == [Secret("scsi-SN1", "name"), Secret("hugo", "name")]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("text", "familiar"),
    [
        ("", False),
        ("HP", True),
        ("hpe", True),
        ("HPX", False),
        (" HPE     MSL3040 \0\0", True),
        ("ULT35800", True),
        ("ULT12345678", False),  # too many digits for a model
        ("ULT3580-TD8 HU1234", True),
        ("ULT3580-TD8 HU12345", False),
        ("ACME", False),
        ("3592E07", True),
        ("03592E07", True),
    ],
)
def test_field_is_of_a_maker_or_a_model_if_no_word_may_be_a_serial_number(
    text: str, *, familiar: bool
) -> None:
    assert is_familiar(text) is familiar


def test_what_has_four_different_bytes_names_something() -> None:
    assert [names_something(each) for each in (b"", bytes(8), b"\0\1\2" * 9, b"\0\1\2\3")] == [
        *(False, False, False, True)
    ]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("cdb", "data", "found"),
    [
        (SERIAL_PAGE, page(0x80, b" SN12 AB1 "), [Secret("SN12")]),
        (
            IDENTIFICATION,
            page(0x83, b"\3\x08\0\x14naa." + NAA.hex().upper().encode()),
            [Secret(f"naa.{NAA.hex().upper()}", "hex", (11, 0)), Secret(NAA.hex(), "hex", (7, 0))],
        ),
        (IDENTIFICATION, page(0x83, b"\1\3\0\x08" + NAA), [Secret(NAA.hex(), "hex", (7, 0))]),
        (IDENTIFICATION, page(0x83, b"\1\3\0\x08" + b"\0\1\2\0\1\2\0\1"), []),
        (
            ADDRESSES,
            page(0x85, b"\1\0\0\x15https://lib7.lab/www1"),
            [Secret("lib7"), Secret("www1")],
        ),
        (
            STATUS,
            slots(b"A00001L8", b"XY"),
            [Secret("A00001L8", "label", (0, 2)), Secret("XY", "label")],
        ),
        (STATUS, slots(b"\xff\xfe", b"--", b"", b"\x01ABCDE"), [Secret("ABCDE")]),
        (
            KEYS,
            bytes((0, 0, 0, 1, 0, 0, 0, 24)) + FOREIGN_KEY + OWN_KEY + bytes(8),
            [Secret(FOREIGN_KEY.hex(), "hex"), Secret(OWN_KEY.hex(), "hex", (4, 8))],
        ),
    ],
)
def test_names_in_a_reply(cdb: bytes, data: bytes, found: list[Secret]) -> None:
    secrets = TraceSecrets()
    secrets.add(line(cdb, data))
    assert [*secrets.found()] == found


def test_what_names_a_model_somewhere_is_hidden_nowhere_but_as_a_label() -> None:
    secrets = TraceSecrets(("tape7", "MSL3040"))
    secrets.add(line(SERIAL_PAGE, page(0x80, b"MSL3040")))
    secrets.add(line(STATUS, slots(b"MSL3040")))
    secrets.add(line(DENSITIES, b"\0\x32U-818 tape7"))
    secrets.add(line(INQUIRY, b"\x08\x80\5\2\x1f\0\0\0HPE     MSL3040         3350"))
    assert {"hpe", "msl3040", "3350"} == secrets.models
    assert [each.value for each in secrets.found()] == ["tape7"]
    labelled = TraceSecrets()
    labelled.add(line(STATUS, slots(b"MSL3040")))
    labelled.add(line(INQUIRY, b"\x08\x80\5\2\x1f\0\0\0HPE     MSL3040         3350"))
    assert [each.value for each in labelled.found()] == ["MSL3040"]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("program", "shown"),
    [
        *((each, each) for each in ("changer", "changer 1", "changer 0.1.0", "changer 1.2.3.4")),
        *((each, each) for each in ("changer 1.2.dev3", "changer 1.0rc1", "changer 1.0.post2")),
        *((each, "changer") for each in ("", "changer of hugo", "changer 1.2.3.4.5", "mtx 1.3")),
    ],
)
def test_program_has_its_name_and_version_and_no_other_words(program: str, shown: str) -> None:
    sharing = Sharing(disguise((), lambda _: 0), frozenset(), ("Linux",))
    header = sharing.header(TraceHeader("/dev/sg3", program), is_first=False)
    assert header == TraceHeader("/dev/sg3", shown)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (None, None),
        (SourceEmpty.code, SourceEmpty.code),
        ("KeyboardInterrupt", "KeyboardInterrupt"),
        ("HugosError", "Exception"),
    ],
)
def test_error_has_its_code_if_programs_have_one(code: str | None, shown: str | None) -> None:
    sharing = Sharing(disguise((), lambda _: 0), frozenset())
    made = sharing.record(
        TraceRecord("INQUIRY", INQUIRY, AT, 1.0, status=None, data=b"", sense=b"", error=code)
    )
    assert made is not None and made.error == shown


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (AT, AT),
        *((each, "1970-01-01T00:00:00.000Z") for each in ("noon", AT + "!", AT.replace(".", "7"))),
    ],
)
def test_time_of_a_line_is_a_time(at: str, shown: str) -> None:
    sharing = Sharing(disguise((), lambda _: 0), frozenset())
    made = sharing.record(TraceRecord("INQUIRY", INQUIRY, at, 1.0, status=0, data=b"", sense=b""))
    assert made is not None and made.at == shown


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("cdb", "shown"),
    [
        (b"\xc1\0\0\1\2\0", True),
        (b"\xc1\0\1\2\3\0", False),  # four different bytes may name something
        (b"\xc1ABBB\0", False),
        (b"\xc1" + bytes(15), True),
        (b"\xc1" + bytes(16), False),
        (b"\x12\0\1\2\3\4", True),
    ],
)
def test_command_that_is_not_known_is_shown_as_long_as_it_can_name_nothing(
    cdb: bytes, *, shown: bool
) -> None:
    sharing = Sharing(disguise((), lambda _: 0), frozenset())
    assert (sharing.record(line(cdb, b"")) is not None) is shown
    left_out = [("commands that are not known", 1, len(cdb))]
    assert [*map(tuple, sharing.left_out)] == ([] if shown else left_out)
