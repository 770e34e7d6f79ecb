"""A shared trace: no name of the original is in it, the same name is the same other everywhere."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.doctor.disguise import Secret, disguise
from changer.doctor.gathering.trace_lines import LONGEST_LINE
from changer.doctor.gathering.trace_sharing import SharedTrace
from changer.doctor.traces import secrets
from changer.doctor.traces.share import LeftOut, Sharing
from changer.errors import OutputFailed
from changer.transport.trace_record import TraceHeader, TraceRecord
from changer.values import replace

pytestmark = pytest.mark.hypothesis

INQUIRY = bytes.fromhex("120000006000")
SERIAL_PAGE, IDENTIFICATION = bytes.fromhex("12018000fc00"), bytes.fromhex("12018300fc00")
ADDRESSES = bytes.fromhex("12018500fc00")
VENDOR_PAGE, VENDOR_COMMAND = bytes.fromhex("1201c000fc00"), bytes.fromhex("c10000000000")
STATUS = bytes.fromhex("b8100000ffff0100ffff0000")
SUPPORTED_PAGES = bytes.fromhex("4d00000000000000ff00")
MODE_VENDOR, LOG_VOLUME = bytes.fromhex("1a002000ff00"), bytes.fromhex("4d00570000000000ff00")
KEYS, REGISTER = bytes.fromhex("5e0000000000001f4800"), bytes.fromhex("5f000000000000001800")
READ_TAPE = bytes.fromhex("080000010000")
SENSE = bytes.fromhex("700005000000001a000000003b0e00000000")
MODEL = b"HPE     MSL3040         3350"
DRIVE_MODEL = b"HPE     Ultrium 9-SCSI  "

SERIALS = st.from_regex(r"[A-Z]{2}[A-Z0-9]{4,10}[0-9]{2}", fullmatch=True).filter(
    lambda text: len({*text}) > 4
)
LABELS = st.from_regex(r"(CLN|[A-Z]{3})[0-9]{3}L[5-9]|[A-Z0-9]{4,6}", fullmatch=True)
NAMES = st.from_regex(r"[a-z]{4,8}-[a-z0-9]{4,8}", fullmatch=True)
WWNS = st.binary(min_size=7, max_size=7).filter(lambda rest: len({*rest}) > 4)


def record(cdb: bytes, data: bytes = b"", **fields: Any) -> TraceRecord:
    at = "2026-03-01T12:00:00.000Z"
    known = {"status": 0, "data": data, "sense": b"", **fields}
    return TraceRecord("INQUIRY", cdb, at, 1.0, **known)


def page(code: int, content: bytes) -> bytes:
    return bytes((8, code)) + len(content).to_bytes(2) + content


def designator(code_set: int, kind: int, content: bytes) -> bytes:
    return bytes((code_set, kind, 0, len(content))) + content


def descriptors(labels: list[str], serial: str) -> bytes:
    """A page of full slots, and one of a drive, whose descriptors have its serial number."""
    slots = b"".join(
        bytes((4, number, 9)) + bytes(6) + b"\x81\x04\x01" + label.encode().ljust(32) + bytes(12)
        for number, label in enumerate(labels)
    )
    named = designator(2, 1, DRIVE_MODEL + serial.encode().ljust(14))
    drive = bytes((0, 1, 8)) + bytes(9) + bytes(36) + named
    pages = bytes((2, 0x80, 0, 56, 0)) + len(slots).to_bytes(3) + slots
    pages += bytes((4, 0x80, 0, len(drive), 0)) + len(drive).to_bytes(3) + drive
    return bytes((0, 1, 0, len(labels) + 1, 0)) + len(pages).to_bytes(3) + pages


def written(path: Path, *lines: TraceHeader | TraceRecord | str) -> Path:
    texts = (each if isinstance(each, str) else each.to_line() for each in lines)
    path.write_text("".join(f"{each}\n" for each in texts))
    return path


def shared(path: Path, *, names: tuple[str, ...] = (), seed: int = 1) -> tuple[bytes, SharedTrace]:
    made = SharedTrace(path, names=names, host=("Linux 6.1",), draw=Random(seed).randrange)
    return b"".join(made.pieces()), made


def exchanges(text: bytes) -> list[dict[str, Any]]:
    return [line for each in text.splitlines() if "cdb" in (line := json.loads(each))]


def blobs(text: bytes) -> list[bytes]:
    return [
        bytes.fromhex(each.get(name, ""))
        for each in exchanges(text)
        for name in ("data", "sense", "data_out", "cdb")
    ]


@examples(40)
@given(
    labels=st.lists(LABELS, min_size=1, max_size=8, unique=True),
    serial=SERIALS,
    drive=SERIALS,
    host=NAMES,
    wwn=WWNS,
    key=WWNS,
    seed=st.integers(0, 10_000),
)
def test_no_name_of_the_original_is_in_it(
    folder: Path,
    labels: list[str],
    serial: str,
    drive: str,
    host: str,
    wwn: bytes,
    key: bytes,
    seed: int,
) -> None:
    name, wwn, key = serial.encode(), b"\x50" + wwn, b"\xa1" + key
    url = f"http://{host}.example.org:8080/".encode()
    status = descriptors(labels, drive)
    lines = (
        TraceHeader(f"/dev/tape/by-id/scsi-{serial}", f"changer of {host}"),
        record(INQUIRY, b"\x08\x80\x05\x02\x45\0\0\0" + MODEL + name.ljust(20) + bytes(20)),
        record(SERIAL_PAGE, page(0x80, name), device=f"sim:{host}"),
        record(
            IDENTIFICATION,
            page(0x83, designator(2, 1, MODEL[:24] + name) + designator(1, 3, wwn))
            + designator(3, 8, b"naa." + wwn.hex().upper().encode()),
        ),
        record(ADDRESSES, page(0x85, b"\x01\0" + len(url).to_bytes(2) + url)),
        record(VENDOR_PAGE, page(0xC0, b"\1" + name + wwn)),
        record(VENDOR_COMMAND, b"\3" + labels[0].encode()),
        record(STATUS, status),
        record(STATUS, status[:-9]),
        record(STATUS, status[:8] + status[9:]),
        record(STATUS, status[:11] + bytes((53,)) + status[12:]),
        record(STATUS, status[:11] + bytes((13,)) + status[12:]),
        record(MODE_VENDOR, b"\x20\0\0\0\x20\x1e" + name.ljust(30)),
        record(LOG_VOLUME, b"\x17\0\0\x24\0\x40\3\x20" + labels[-1].encode().ljust(32)),
        record(READ_TAPE, b"backup of " + host.encode()),
        record(KEYS, bytes((0, 0, 0, 1, 0, 0, 0, 8)) + key),
        record(REGISTER, data_out=key + key + bytes(8)),
        record(STATUS, status=2, sense=SENSE + name),
        record(STATUS, status=None, error=host, message=f"{host} lost {labels[0]}"),
        record(b"\xc2" + name[:5] + bytes(4)),
    )
    path = written(folder / "trace", *lines)
    text, made = shared(path, names=(host,), seed=seed)
    secrets = [*labels, serial, drive, host]
    found = blobs(text)
    values = "\n".join(
        str(value) for line in text.splitlines() for value in json.loads(line).values()
    )
    for secret in secrets:
        assert not any(secret.encode().lower() in blob.lower() for blob in found), secret
        assert secret not in values
    assert not any(each in blob for each in (wwn, key) for blob in found)
    assert wwn.hex() not in text.decode().lower()
    sent = [each for each in lines if isinstance(each, TraceRecord)][:-1]
    kept = exchanges(text)
    assert [len(each["data"]) for each in kept] == [2 * len(each.data) for each in sent]
    assert [each.get("status") for each in kept] == [each.status for each in sent]
    again = written(folder / "again", text.decode().rstrip("\n"))
    assert shared(again, names=(host,), seed=seed + 1)[0] == text, "sharing it again changes it"
    assert {"INQUIRY, page C0h", "command C1h", "messages of errors"} <= {
        each.what for each in made.left_out
    }


@examples(30)
@given(
    labels=st.lists(LABELS, min_size=2, max_size=20, unique=True),
    drive=SERIALS,
    seed=st.integers(0, 10_000),
)
def test_a_name_is_the_same_other_wherever_it_is(
    folder: Path, labels: list[str], drive: str, seed: int
) -> None:
    lines = (
        TraceHeader("/dev/sg3", "changer 0.1.0"),
        record(INQUIRY, b"\x08\x80\x05\x02\x1f\0\0\0" + MODEL),
        record(STATUS, descriptors(labels, drive)),
        record(STATUS, descriptors(labels[::-1], drive)),
        record(SERIAL_PAGE, page(0x80, drive.encode()), device="/dev/sg4"),
    )
    text, made = shared(written(folder / "trace", *lines), seed=seed)
    assert made.left_out == ()
    model, first, second, serial = (bytes.fromhex(each["data"]) for each in exchanges(text))
    assert model.endswith(MODEL)

    def told(data: bytes) -> list[bytes]:
        return [data[16 + 56 * at + 12 : 16 + 56 * at + 44] for at in range(len(labels))]

    assert told(first) == told(second)[::-1]
    assert len({*told(first)}) == len(labels)
    for label, other in zip(labels, told(first), strict=True):
        assert len(other.strip()) == len(label)
        assert other.startswith(b"CLN") is label.startswith("CLN")
        assert len(label) < 8 or other.strip()[-2:] == label.encode()[-2:]
    assert first[-14:].strip() == second[-14:].strip() == serial[4:]
    numbers = [
        bytes(
            byte
            for at, byte in enumerate(data)
            if not any(16 + 56 * n + 12 <= at < 16 + 56 * n + 44 for n in range(len(labels)))
        )[:-14]
        for data in (first, descriptors(labels, drive))
    ]
    assert numbers[0] == numbers[1]


@examples(60)
@given(
    cdb=st.binary(max_size=16),
    data=st.binary(max_size=300),
    sense=st.binary(max_size=60),
    sent=st.binary(max_size=60),
    seed=st.integers(0, 10_000),
)
def test_whatever_bytes_there_are_their_number_stays(
    folder: Path, cdb: bytes, data: bytes, sense: bytes, sent: bytes, seed: int
) -> None:
    line = record(cdb, data, sense=sense, data_out=sent)
    text, _ = shared(written(folder / "trace", TraceHeader("d", "p"), line), seed=seed)
    for each in exchanges(text):
        assert len(each["data"]) == 2 * len(data)
        assert len(each["sense"]) == 2 * len(sense)
        assert len(each.get("data_out", "")) == 2 * len(sent)


def test_short_numbers_of_makers_log_pages_stay(folder: Path) -> None:
    """Some say there that a drive wants to be cleaned; what is longer may be a name."""
    flag, text = b"\0\1\3\1\1", b"\0\2\3\x0aHU12345678"
    log = b"\x33\0" + len(flag + text).to_bytes(2) + flag + text
    lines = (TraceHeader("/dev/sg3", "changer 0.1.0"), record(LOG_VOLUME, log))
    text_shared, made = shared(written(folder / "trace", *lines))
    (data,) = (bytes.fromhex(each["data"]) for each in exchanges(text_shared))
    assert data == log.replace(b"HU12345678", bytes(10))
    assert made.left_out == (LeftOut("LOG SENSE, page 17h", 1, 10),)


def log_page(code: int, content: bytes) -> bytes:
    return bytes((code, 0)) + len(content).to_bytes(2) + content


TEXT = b"HU12345678"
FULL_STATUS = b"\0" * 8 + b"\1\2\3\4\1\x15\0\0\0\0\0\7"
MODE_PAGES = b"\x0f\x0e" + b"\x80\1" * 7 + b"\x1d\x12" + b"ABCDEFGHIJKLMNOPQR"
DESCRIBED = b"\x72\2\4\1\0\0\0\x1c\0\x0a\x80" + b"\0\1" * 4 + b"\3"
# The command, what it returns that stays, and what comes after that and is blanked.
KNOWN = {
    "sense data": (b"\3\0\0\0\xff\0", SENSE, TEXT),
    "sense data that is not known": (b"\3\0\0\0\xff\0", b"\x7f", TEXT),
    "block limits": (b"\5\0\0\0\0\0", b"\0\x80\0\0\0\1", b""),
    "mode pages of 10 bytes": (
        bytes.fromhex("5a003f000000000000ff00"),
        b"\0\x2c\0\x10\0\0\0\x08" + b"\x5e\0\0\0\0\0\0\1" + MODE_PAGES + b"\x30\x0a",
        TEXT,
    ),
    "densities": (bytes.fromhex("440000000000000100ff00"), b"\0\x32U-818 LTO-CVE", b""),
    "operation codes": (bytes.fromhex("a30c00000000000000ff0000"), b"\0\0\0\x08\xa5", b""),
    "device identifier": (bytes.fromhex("a30500000000000000ff0000"), b"", TEXT),
    "pages": (bytes.fromhex("12010000ff00"), b"\x08\0\0\4ABCD", b""),
    "capabilities": (bytes.fromhex("1201b000ff00"), b"\1\xb0\0\2\0\1", b""),
    "log pages": (SUPPORTED_PAGES, log_page(0, b"\0\x0012345"), b""),
    "reservation": (
        bytes.fromhex("5e0100000000000018ff"),
        b"\0\0\0\7\0\0\0\x20" + 2 * (b"\0" * 8 + b"\0\0\0\0\0\x15\0\0"),
        b"",
    ),
    "full status": (
        bytes.fromhex("5e0300000000000018ff"),
        b"\0\0\0\7\0\0\0\x22" + FULL_STATUS + b"\0\0\0\x0a",
        TEXT,
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_numbers_of_what_the_standards_define_stay(folder: Path, name: str) -> None:
    cdb, kept, blanked = KNOWN[name]
    lines = (TraceHeader("/dev/sg3", "changer 0.1.0"), record(cdb, kept + blanked))
    text, made = shared(written(folder / "trace", *lines))
    (line,) = exchanges(text)
    assert bytes.fromhex(line["data"]) == kept + bytes(len(blanked))
    assert [each.size for each in made.left_out] == ([len(blanked)] if blanked else [])


def test_what_follows_a_descriptor_that_is_not_known_stays(folder: Path) -> None:
    registered = FULL_STATUS + b"\0\0\0\x0a"
    status = b"\0\0\0\7\0\0\0\x44" + registered + TEXT + registered
    sense = DESCRIBED + b"\x80\x0a" + TEXT + b"\2\6\0\0\xc0\0\1\0"
    line = record(bytes.fromhex("5e0300000000000018ff"), status, status=2, sense=sense)
    text, _ = shared(written(folder / "trace", TraceHeader("/dev/sg3", "changer 0.1.0"), line))
    (made,) = exchanges(text)
    assert bytes.fromhex(made["data"]) == status.replace(TEXT, bytes(10))
    assert bytes.fromhex(made["sense"]) == sense.replace(TEXT, bytes(10))


@pytest.mark.parametrize(
    ("cdb", "data", "other"),
    [
        (SERIAL_PAGE, page(0x80, b"A-1"), page(0x80, b"X-0")),
        (IDENTIFICATION, page(0x83, designator(1, 2, b"AAAAAAAA")), None),
        (IDENTIFICATION, page(0x83, designator(1, 2, b"\0\0\0\0\1\1\1\1")), None),
    ],
)
def test_name_that_is_too_short_or_too_plain_to_be_replaced_is_made_alike(
    folder: Path, cdb: bytes, data: bytes, other: bytes | None
) -> None:
    lines = (TraceHeader("/dev/sg3", "changer 0.1.0"), record(cdb, data))
    text, _ = shared(written(folder / "trace", *lines))
    (line,) = exchanges(text)
    assert bytes.fromhex(line["data"]) == (other or data.replace(b"AAAAAAAA", bytes(8)))


@pytest.mark.parametrize(
    ("name", "cdb", "shown"),
    [
        ("INITIALIZE ELEMENT STATUS WITH RANGE", b"\xe7" + bytes(9), None),
        ("LOAD/UNLOAD(6)", INQUIRY, None),
        ("CDB FEh", b"\xfe" + bytes(5), None),
        ("HUGO", INQUIRY, "CDB 12h"),
        ("Hugo's command", INQUIRY, "CDB 12h"),
        ("HUGO", b"", "CDB"),
    ],
)
def test_command_has_no_name_but_those_that_programs_give(
    name: str, cdb: bytes, shown: str | None
) -> None:
    sharing = Sharing(disguise((), lambda _: 0), frozenset())
    made = sharing.record(replace(record(cdb), name=name))
    assert made is not None and made.name == (shown or name)


def test_a_trace_that_is_cut_off_is_shared_up_to_there(folder: Path) -> None:
    whole = record(SERIAL_PAGE, page(0x80, b"HU12345678"))
    path = written(folder / "trace", TraceHeader("/dev/sg3", "changer 0.1.0"), whole)
    path.write_text(path.read_text() + whole.to_line()[:60])
    text, made = shared(path)
    assert len(exchanges(text)) == 1
    assert made.left_out == (LeftOut("a last line that is cut off", 1, 60),)


def test_lines_that_are_not_of_a_trace_are_left_out(folder: Path) -> None:
    lines = ("HU12345678 of tape7", "", "[]", " ", TraceHeader("/dev/sg3", "changer 0.1.0"))
    text, made = shared(written(folder / "trace", *lines, record(INQUIRY)))
    assert b"HU12345678" not in text
    assert [each.times for each in made.left_out] == [2]


def test_a_line_of_any_length_is_left_out(folder: Path) -> None:
    long = "x" * (LONGEST_LINE + 5)
    text, made = shared(written(folder / "trace", TraceHeader("/dev/sg3", "c"), long))
    assert len(text) < 1000
    assert made.left_out == (LeftOut("lines that are not of a trace", 1, len(long) + 1),)


def test_a_trace_has_its_headers_where_they_were_and_one_at_its_end(folder: Path) -> None:
    headers = TraceHeader("/dev/sg3", "changer 0.1.0"), TraceHeader("/dev/sg4", "changer 0.2.0")
    lines = (headers[0], record(INQUIRY), record(STATUS), headers[1], record(INQUIRY))
    text, _ = shared(written(folder / "trace", *lines))
    found = [json.loads(each) for each in text.splitlines()]
    assert ["cdb" in each for each in found] == [False, True, True, False, True, False]
    first, second, end = (each for each in found if "cdb" not in each)
    assert [(each["device"], each["program"], each.get("host")) for each in (first, second)] == [
        ("/dev/sg3", "changer 0.1.0", ["Linux 6.1"]),
        ("/dev/sg4", "changer 0.2.0", None),
    ]
    assert "shared" in end and "shared" not in first | second


def test_a_trace_without_its_beginning_gets_a_header(folder: Path) -> None:
    whole = record(INQUIRY, device="/dev/sg5"), record(STATUS)
    text, _ = shared(written(folder / "trace", *whole))
    header, *others = map(json.loads, text.splitlines())
    assert (header["device"], header["host"]) == ("/dev/sg5", ["Linux 6.1"])
    assert ["cdb" in each for each in others] == [True, True, False]


def test_a_trace_of_the_first_schema_is_shared_too(folder: Path) -> None:
    """Its records name no library, and a drive if they are one's."""
    header = json.dumps({"schema": "changer.trace/1", "device": "/dev/sg3", "program": "changer"})
    lines = (record(SERIAL_PAGE, page(0x80, b"HU12345678")), record(INQUIRY, device="/dev/sg4"))
    text, _ = shared(written(folder / "trace", header, *lines))
    assert b"HU12345678".hex().encode() not in text
    assert [each.get("device") for each in exchanges(text)] == [None, "/dev/sg4"]
    assert json.loads(text.splitlines()[0])["schema"] == "changer.trace/2"


def test_what_is_added_to_a_shared_trace_is_replaced_too(folder: Path) -> None:
    lines = (TraceHeader("/dev/sg3", "changer 0.1.0"), record(SERIAL_PAGE, page(0x80, b"HU123456")))
    text, _ = shared(written(folder / "trace", *lines))
    added = record(SERIAL_PAGE, page(0x80, b"HU987654")).to_line()
    again, made = shared(written(folder / "again", text.decode() + added))
    assert not made.is_shared
    assert b"HU987654".hex().encode() not in again


def test_a_file_of_something_else_is_refused(folder: Path) -> None:
    with pytest.raises(OutputFailed, match="not a trace"):
        shared(written(folder / "trace", "{}", "hello"))


def test_a_trace_that_grows_meanwhile_is_refused(folder: Path) -> None:
    path = written(folder / "trace", TraceHeader("/dev/sg3", "changer 0.1.0"))
    made = SharedTrace(path, names=(), host=(), draw=Random(1).randrange)
    written(path, TraceHeader("/dev/sg3", "changer 0.1.0"), record(SERIAL_PAGE, b"HU123456"))
    with pytest.raises(OutputFailed, match="changed while"):
        [*made.pieces()]


def test_a_trace_whose_last_line_changes_meanwhile_is_refused(folder: Path) -> None:
    header, path = TraceHeader("/dev/sg3", "changer 0.1.0"), folder / "trace"
    written(path, header, record(SERIAL_PAGE, b"HU123456"))
    made = SharedTrace(path, names=(), host=(), draw=Random(1).randrange)
    written(path, header, record(SERIAL_PAGE, b"HU123457"))
    with pytest.raises(OutputFailed, match="changed while it was read") as refused:
        [*made.pieces()]
    assert "wait until the command that writes it has ended" in (refused.value.hint or "")


def test_a_trace_that_can_not_be_read_is_refused_with_the_reason(folder: Path) -> None:
    for path, reason in (
        (folder / "none", "No such file or directory"),
        (folder, "Is a directory"),
        (folder / "a\0b", "embedded null byte"),
    ):
        with pytest.raises(OutputFailed) as refused:
            shared(path)
        assert refused.value.message == f"the trace {path} can't be read: {reason}".replace(
            "\0", "?"
        )


def test_a_trace_of_too_many_names_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "MOST_SECRETS", 3)
    header, path = TraceHeader("/dev/sg3", "changer 0.1.0"), folder / "trace"
    labels = [f"ABC00{number}L8" for number in range(4)]
    shared(written(path, header, record(STATUS, descriptors(labels[:2], "HU12345678"))))
    with pytest.raises(OutputFailed, match="more than 3 names") as refused:
        shared(written(path, header, record(STATUS, descriptors(labels, "HU12345678"))))
    assert "share a part of it" in (refused.value.hint or "")


def test_bytes_whose_replacement_would_show_another_name_are_left_out_and_counted() -> None:
    name, before = bytes.fromhex("a1b2c3d4"), bytes.fromhex("f1f2f3f4")
    replaced = bytes(4)  # what is drawn
    values = (Secret(each.hex(), "hex") for each in (name, before + replaced))
    sharing = Sharing(disguise(values, lambda _: 0), frozenset())
    data = bytes((0, 0, 0, 8)) + before + name
    made = sharing.record(record(SUPPORTED_PAGES, data))
    assert made is not None and made.data == bytes(len(data))
    assert [(each.times, each.size) for each in sharing.left_out] == [(1, len(data))]


def test_name_that_stands_among_numbers_is_replaced_there() -> None:
    name = bytes.fromhex("a1b2c3d4")
    sharing = Sharing(disguise([Secret(name.hex(), "hex")], lambda _: 1), frozenset())
    made = sharing.record(record(SUPPORTED_PAGES, bytes((0, 0, 0, 4)) + name))
    assert made is not None and made.data == bytes((0, 0, 0, 4)) + b"\x11" * 4
    assert sharing.left_out == ()
