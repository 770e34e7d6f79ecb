"""A virtual library made from a recording answers as the recorded one did."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from clocks import HandClock
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from mhvtl.fields import differences
from mhvtl.recording import recorded_configurations, recording_of

from changer.errors import SimulatorRefused
from changer.simulator.agreement import Agreement
from changer.simulator.catalogue import reading
from changer.simulator.creation import create
from changer.simulator.description import describe
from changer.simulator.exchange import Exchange
from changer.simulator.from_trace import Derived, profile_of
from changer.simulator.operator_api import set_fault
from changer.simulator.profile import Profile
from changer.simulator.profile_choices import Identifiers, Unmatched, VolumeTags
from changer.simulator.profiles.table import PROFILES
from changer.simulator.trace_creation import create_from_trace
from changer.transport.trace_record import TraceRecord, parse_line

from .recorded_session import ADDRESSES, CAPABILITIES, IDENTITY, asked, session, status_of

CAPTURES = Path(__file__).parents[2] / "data" / "captures"
# mhVTL announces identifiers of their drives that are shorter than what it sends.
GARBLED = ("autoloader", "scalar")
EACH = [each for each in PROFILES if each != "huge"]
MAIL_SLOT_WAS_OPENED = (0x06, 0x28, 0x00)


def made(folder: Path, exchanges: Sequence[Exchange]) -> tuple[Derived, Agreement]:
    return create_from_trace("copy", exchanges, folder=folder)


@pytest.mark.parametrize("name", EACH)
def test_a_copy_of_each_profile_answers_as_the_original(name: str, folder: Path) -> None:
    create("original", folder=folder, profile=name)
    with reading("original", folder=folder) as (_, state):
        recorded = session(state.copy())
    derived, agreement = made(folder, recorded)
    assert (agreement.same, agreement.others) == (agreement.replies, {})
    assert derived.unlike == ()
    with (
        reading("original", folder=folder) as (_, original),
        reading("copy", folder=folder) as (_, copy),
    ):
        assert copy.faults == []
        for cdb in status_of(original.profile):
            (one,), (other,) = asked(original.copy(), cdb), asked(copy.copy(), cdb)
            assert [*differences(line_of(one), line_of(other))] == []
        for number in range(original.profile.drives):
            assert copy.serial_of_drive(number) == original.serial_of_drive(number)


def line_of(exchange: Exchange) -> str:
    record = TraceRecord("", exchange.cdb, "", 0.0, exchange.status, exchange.data, exchange.sense)
    return record.to_line()


@pytest.mark.parametrize("name", ["demo", "l700", "ts3500"])
def test_what_is_in_a_copy_is_what_was_seen_first(name: str, folder: Path) -> None:
    create("original", folder=folder, profile=name)
    with reading("original", folder=folder) as (_, state):
        recorded = session(state.copy())
    made(folder, recorded)
    contents = [
        [(each.address, each.cartridge and each.cartridge.tag) for each in truth.elements]
        for truth in (describe(name, folder=folder, now=0.0) for name in ("original", "copy"))
    ]
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    "name", [each for each in sorted(recorded_configurations()) if each not in GARBLED]
)
def test_a_copy_of_what_mhvtl_was_answers_as_mhvtl_did(name: str, folder: Path) -> None:
    """Of the first scenario all; later, people do what no command shows."""
    steps = recording_of(name).scenarios.values()
    scenarios = [[line for step in each for line in step.exchanges] for each in steps]
    whole = exchanges_of([line for lines in scenarios for line in lines])
    first = exchanges_of(scenarios[0])
    derived, agreement = made(folder, first)
    missing = {opcode: number for opcode, number in agreement.others.items() if opcode != 0x12}
    assert missing == {}
    assert derived.elements
    (folder / "copy.json").unlink()
    _, agreement = made(folder, whole)
    assert agreement.same > 0.88 * agreement.replies


def exchanges_of(lines: Sequence[str]) -> list[Exchange]:
    records = [each for each in map(parse_line, lines) if isinstance(each, TraceRecord)]
    return [Exchange(None, each.cdb, each.status, each.data, each.sense) for each in records]


@pytest.mark.parametrize("partition", ["ll02", "ll03"])
def test_a_copy_of_a_real_library_answers_as_it_did(partition: str, folder: Path) -> None:
    kept = tomllib.loads(
        (CAPTURES / f"hpe-msl3040-partition-{partition}-remanence.toml").read_text()
    )
    exchanges = []
    for each in kept["exchange"]:
        cdb, data, sense = (bytes.fromhex(each.get(name, "")) for name in ("cdb", "data", "sense"))
        status = 2 if sense else 0
        one = Exchange(None, cdb, status, data, sense)
        if cdb and one.code != MAIL_SLOT_WAS_OPENED:
            exchanges.append(one)
    derived, agreement = made(folder, exchanges)
    assert (agreement.same, agreement.others) == (agreement.replies, {})
    assert agreement.replies == 8
    assert derived.profile.refuses_reserved_bits
    assert derived.profile.product == "MSL3040"
    assert derived.profile.identifiers is Identifiers.REPORTED
    assert "magazine_size" in derived.not_told


@pytest.mark.parametrize("name", ["autoloader", "scalar", "exabyte"])
def test_a_magazine_that_was_out_is_out_in_the_copy(name: str, folder: Path) -> None:
    create("original", folder=folder, profile=name)
    set_fault("original", "magazine-out 1", folder=folder, clock=HandClock())
    with reading("original", folder=folder) as (_, state):
        state.faults = [each for each in state.faults if each.name == "magazine-out"]
        recorded = asked(state, ADDRESSES, *status_of(state.profile))
        expected = state.profile.magazine_out
    derived, agreement = made(folder, recorded)
    assert (agreement.same, derived.profile.magazine_out) == (agreement.replies, expected)
    with reading("copy", folder=folder) as (_, copy):
        assert {each.name for each in copy.faults} == {"element"}


def test_sense_codes_that_were_seen_are_named(folder: Path) -> None:
    create("original", folder=folder, profile="scalar")
    with reading("original", folder=folder) as (_, state):
        recorded = asked(state, ADDRESSES, *status_of(state.profile))
    sense = bytes.fromhex("7000020000000000000000000483") + bytes(4)
    refused = Exchange(None, bytes.fromhex("000000000000"), 2, b"", sense)
    _, agreement = made(folder, [*recorded, refused])
    assert agreement.codes == ((0x00, 0x02, 0x04, 0x83),)
    assert agreement.others == {0x00: 1}


def test_an_exchange_that_is_offered_and_refused_is_a_habit(folder: Path) -> None:
    """Qualstar's: mode page 1Fh offers it, and A6h does not exist."""
    create("original", folder=folder, profile="ts3500", exchange_works=False)
    with reading("original", folder=folder) as (_, state):
        status = status_of(state.profile)
        recorded = asked(state, CAPABILITIES, "a60000000401010104020000", *status)
    derived, _ = made(folder, recorded)
    assert not derived.profile.exchange_works
    assert "opcode A6h" not in derived.not_told


@pytest.mark.parametrize("works", [True, False])
def test_a_range_that_was_scanned_or_refused_is_so_in_the_copy(
    *, works: bool, folder: Path
) -> None:
    create("original", folder=folder, profile="ts3500", scans_ranges=works)
    with reading("original", folder=folder) as (_, state):
        status = status_of(state.profile)
        recorded = asked(state, ADDRESSES, "e7010401000000010000", *status)
    derived, agreement = made(folder, recorded)
    assert (derived.profile.scans_ranges, agreement.others) == (works, {})


LONG_MODE, KEYS, UNKNOWN = "5a001d0000000000ff00", "5e020000000000000800", "ff0000000000"
OF_DRIVE = {"drive_element_address": "1201b400ff00", "drive_density": "1a0000000c00"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("volume_tags", VolumeTags.BLANK),
        ("volume_tags", VolumeTags.IGNORED),
        ("volume_tags", VolumeTags.REFUSED),
        ("identifiers", Identifiers.REFUSED),
        ("identifiers", Identifiers.DRIVES_ONLY),
        ("identifiers", Identifiers.NOT_WITH_VOLTAG),
        ("unmatched", Unmatched.EMPTY),
        ("unmatched", Unmatched.BAD_ADDRESS),
        ("most_descriptors", 100),
        ("descriptors_per_page", 3),
        ("block_descriptor", True),
        ("mode_sense_10", True),
        ("mode_sense_10", False),
        ("reservation_types", ()),
        ("descriptor_sense", True),
        ("drive_element_address", True),
        ("drive_element_address", False),
        ("drive_density", 0x5C),
    ],
)
def test_habit_that_was_shown_is_a_field(folder: Path, field: str, value: object) -> None:
    create("original", folder=folder, **{"mail": 0, "slots": 120, field: value})  # type: ignore[arg-type]
    with reading("original", folder=folder) as (_, state):
        status = [*status_of(state.profile), "b8000000ffff0100ffff0000"]
        recorded = asked(state, ADDRESSES, LONG_MODE, KEYS, UNKNOWN, *status)
        for cdb in OF_DRIVE.values():
            recorded += asked(state, cdb, drive=0)
    derived = profile_of(recorded)
    assert getattr(derived.profile, field) == value
    assert field not in derived.not_told


def test_drive_without_a_serial_number_is_known_by_the_address_that_it_reports(
    folder: Path,
) -> None:
    fields = {"drives": 2, "identifiers": "refused", "drive_element_address": True}
    create("original", folder=folder, **fields)  # type: ignore[arg-type]
    with reading("original", folder=folder) as (_, state):
        recorded = asked(state, ADDRESSES, *status_of(state.profile))
        for number, device in enumerate(("/dev/sg8", "/dev/sg7")):
            for each in asked(state, *IDENTITY[:2], "1201b400ff00", drive=number):
                recorded.append(each._replace(drive=device))
    made(folder, recorded)
    with (
        reading("original", folder=folder) as (_, original),
        reading("copy", folder=folder) as (_, copy),
    ):
        for number in range(2):
            assert copy.serial_of_drive(number) == original.serial_of_drive(number)


def status_data(*pages: tuple[int, list[bytes]]) -> bytes:
    """READ ELEMENT STATUS data: pages of one type, with what follows 12 bytes of each element."""
    made = b""
    for kind, elements in pages:
        size = 12 + len(elements[0])
        made += bytes((kind, 0, 0, size, 0)) + (size * len(elements)).to_bytes(3, "big")
        for number, rest in enumerate(elements):
            made += bytes((1, 16 * kind + number, 8)) + bytes(9) + rest
    return bytes(5) + len(made).to_bytes(3, "big") + made


def identifier(code_set: int, kind: int, content: bytes) -> bytes:
    return bytes((code_set, kind, 0, len(content))) + content


LONG_SERIAL, NAA = identifier(2, 0, b"HU1234567890"), identifier(1, 3, bytes(range(8)))


@pytest.mark.parametrize(
    ("pages", "unlike"),
    [
        ([(4, [LONG_SERIAL] * 2)], ["serial numbers of drives have 12 characters, here 10"]),
        ([(4, [NAA] * 2)], ["identifiers of drives are not text"]),
        ([(2, [b"\1\2\3\4"] * 2)], ["descriptors have bytes of the vendor, here zeros"]),
        ([(7, [b"\1\2\3\4"]), (2, [bytes(4)])], []),
    ],
)
def test_what_a_copy_can_not_have_is_said_once(
    pages: list[tuple[int, list[bytes]]], unlike: list[str]
) -> None:
    cdb = bytes.fromhex("b8000000ffff0100ffff0000")
    found = profile_of([Exchange(None, cdb, 0, status_data(*pages))])
    assert [*found.unlike] == unlike
    assert len(found.elements) == len(pages[-1][1]), "of types that there are"


def test_what_follows_an_empty_mode_page_is_not_read(folder: Path) -> None:
    page = bytes.fromhex("1d1200010001000a0005000000000064000200000000")[:20]
    for gap, is_read in ((b"", True), (b"\x3f\x00", False)):
        data = bytes((3 + len(gap + page), 0, 0, 0)) + gap + page
        found = profile_of([Exchange(None, bytes.fromhex("1a083f00ff00"), 0, data)])
        assert (found.profile.storage_base == 10) is is_read


def test_what_was_not_asked_is_not_told(folder: Path) -> None:
    create("original", folder=folder, profile="scalar")
    with reading("original", folder=folder) as (_, state):
        derived, _ = made(folder, asked(state, ADDRESSES, *status_of(state.profile)))
    untold = {*derived.not_told}
    assert {"vendor", "product", "serial", "magazine_size", "opcode 37h"} <= untold
    known = {"slots", "storage_base", "volume_tags", "identifier_type", "drive_serial"}
    assert not (known | {"identifier_length"}) & untold
    assert derived.profile.vendor == Profile().vendor


def test_a_trace_without_elements_makes_no_library(folder: Path) -> None:
    with pytest.raises(SimulatorRefused, match="what elements"):
        made(folder, [Exchange(None, bytes.fromhex(IDENTITY[0]), 0, bytes(36))])
    assert not (folder / "copy.json").exists()


def test_fields_can_be_chosen_besides(folder: Path) -> None:
    create("original", folder=folder, profile="autoloader")
    with reading("original", folder=folder) as (_, state):
        recorded = session(state.copy())
    create_from_trace("copy", recorded, folder=folder, move_seconds=2.0, serial="MINE")
    with reading("copy", folder=folder) as (_, copy):
        assert (copy.profile.move_seconds, copy.profile.serial) == (2.0, "MINE")


EXCHANGES = st.builds(
    Exchange,
    drive=st.sampled_from([None, "/dev/sg4", "/drive:1"]),
    cdb=st.one_of(
        st.binary(max_size=16),
        st.sampled_from([bytes.fromhex(each) for each in (*IDENTITY, ADDRESSES, CAPABILITIES)]),
        st.just(bytes.fromhex("b8100000ffff0100ffff0000")),
        st.just(bytes.fromhex("5e020000000000000800")),
        st.just(bytes.fromhex("4d000000000000010000")),
    ),
    status=st.sampled_from([None, 0, 0, 0, 2]),
    data=st.one_of(
        st.binary(max_size=120),
        st.binary(max_size=100).map(
            lambda rest: bytes((0, 1, 0, 2, 0, 0, 0, 108, 2, 0x80, 0, 52, 0, 0, 0, 104)) + rest
        ),
    ),
    sense=st.one_of(st.just(b""), st.binary(max_size=20)),
)


@examples(150)
@given(exchanges=st.lists(EXCHANGES, max_size=8))
def test_any_trace_makes_a_library_or_is_refused(folder: Path, exchanges: list[Exchange]) -> None:
    (folder / "copy.json").unlink(missing_ok=True)
    assert profile_of(exchanges).not_told
    try:
        _, agreement = made(folder, exchanges)
    except SimulatorRefused:
        return
    assert agreement.same <= agreement.replies <= len(exchanges)
    with reading("copy", folder=folder) as (_, state):
        state.profile.check()
