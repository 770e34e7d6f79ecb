"""PERSISTENT RESERVE IN and OUT: bytes as SPC-4 lays them out, and as sg_persist sends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changer.errors import MalformedData
from changer.smc.command import Command
from changer.smc.persistent_reserve import (
    Reservation,
    ReservationType,
    parse_capabilities,
    parse_keys,
    parse_reservations,
    preempt_and_abort,
    read_keys,
    read_reservation,
    register_and_ignore_existing_key,
    release,
    report_capabilities,
    reserve,
    unregister,
)

KEY, OTHER = b"ch\0\1\0\0\0\7", bytes.fromhex("00000000abc12345")
EXCLUSIVE = ReservationType.EXCLUSIVE_ACCESS


def test_what_is_asked() -> None:
    rows: tuple[tuple[Command[Any], str, int], ...] = (
        (read_keys(), "5e 00 0000000000 1f48 00", 8008),
        (read_reservation(), "5e 01 0000000000 0408 00", 1032),
        (report_capabilities(), "5e 02 0000000000 0008 00", 8),
    )
    for command, cdb, length in rows:
        assert (command.cdb, command.allocation_length) == (bytes.fromhex(cdb), length)
        assert command.data_out == b""


def test_what_is_ordered() -> None:
    for command, cdb, keys, flags in (
        (register_and_ignore_existing_key(KEY, persist=False), "06 00", bytes(8) + KEY, 0),
        (register_and_ignore_existing_key(KEY, persist=True), "06 00", bytes(8) + KEY, 1),
        (unregister(KEY), "00 00", KEY + bytes(8), 0),
        (reserve(KEY, EXCLUSIVE), "01 03", KEY + bytes(8), 0),
        (release(KEY, EXCLUSIVE), "02 03", KEY + bytes(8), 0),
        (preempt_and_abort(KEY, OTHER, EXCLUSIVE), "05 03", KEY + OTHER, 0),
    ):
        assert command.cdb == bytes.fromhex(f"5f {cdb} 0000 00000018 00")
        assert command.data_out == keys + bytes(4) + bytes((flags, 0, 0, 0))
        assert command.allocation_length == 0
        assert not command.moves_medium and not command.occupies_robot
        assert command.parse(b"") is None


def test_what_waits_for_commands_of_others_has_longer() -> None:
    prompt = (
        *(read_keys(), read_reservation(), report_capabilities(), unregister(KEY)),
        *(register_and_ignore_existing_key(KEY, persist=True), reserve(KEY, EXCLUSIVE)),
        release(KEY, EXCLUSIVE),
    )
    assert {each.timeout_seconds for each in prompt} == {60}
    assert preempt_and_abort(KEY, OTHER, EXCLUSIVE).timeout_seconds == 300


@pytest.mark.parametrize("key", [b"", b"short", b"much too long"])
def test_a_key_has_eight_bytes(key: bytes) -> None:
    builds: tuple[Callable[[], object], ...] = (
        lambda: register_and_ignore_existing_key(key, persist=False),
        lambda: unregister(key),
        lambda: preempt_and_abort(key, OTHER, EXCLUSIVE),
        lambda: preempt_and_abort(KEY, key, EXCLUSIVE),
    )
    for build in builds:
        with pytest.raises(ValueError, match="8 bytes"):
            build()


def test_keys_come_in_the_order_of_the_device() -> None:
    read = parse_keys(bytes.fromhex("00000011 00000010") + KEY + OTHER + b"past the end")
    assert read == (0x11, (KEY, OTHER))


def test_no_key_is_registered() -> None:
    assert parse_keys(bytes.fromhex("00000002 00000000")) == (2, ())


@pytest.mark.parametrize(
    "data",
    ["", "00000001", "00000001 00000010" + KEY.hex(), "00000001 0000000c" + KEY.hex() + "00000000"],
    ids=["nothing", "no length", "a key is missing", "half a key"],
)
def test_keys_cut_short_are_no_keys(data: str) -> None:
    with pytest.raises(MalformedData, match="registered keys"):
        parse_keys(bytes.fromhex(data))


def test_a_reservation_tells_its_holder_and_type() -> None:
    told = bytes.fromhex("00000005 00000010") + KEY + bytes.fromhex("00000000 00 03 0000")
    assert parse_reservations(told) == (5, (Reservation(KEY, scope=0, type=3),))
    assert parse_reservations(told).held[0].is_of_unit


def test_an_unreserved_device_has_no_reservation() -> None:
    assert parse_reservations(bytes.fromhex("00000005 00000000")) == (5, ())


def test_reservations_of_elements_are_none_of_the_unit() -> None:
    """SPC-2: scope 2h, and the element's address before it; there can be several."""
    one = OTHER + bytes.fromhex("00001000 00 23 0000")
    two = OTHER + bytes.fromhex("00001001 00 23 0000")
    read = parse_reservations(bytes.fromhex("00000005 00000020") + one + two)
    assert [(each.is_of_unit, each.type) for each in read.held] == [(False, 3)] * 2


@pytest.mark.parametrize(
    ("kind", "is_of_all"), [(1, False), (3, False), (6, False), (7, True), (8, True), (15, False)]
)
def test_a_type_tells_whether_everyone_registered_holds_it(kind: int, *, is_of_all: bool) -> None:
    assert Reservation(bytes(8), scope=0, type=kind).is_of_all_registrants is is_of_all


@pytest.mark.parametrize("length", [1, 15, 17])
def test_a_reservation_cut_short_is_none(length: int) -> None:
    whole = KEY + bytes.fromhex("00000000 00 03 0000") + KEY
    data = bytes(4) + length.to_bytes(4, "big") + whole
    with pytest.raises(MalformedData, match="reservation"):
        parse_reservations(data)


@pytest.mark.parametrize(
    ("data", "persists", "types"),
    [
        ("0008 11 80 ea01 0000", True, {1, 3, 5, 6, 7, 8}),
        ("0008 00 80 4800 0000", False, {3, 6}),
        ("0008 01 00 ea01 0000", True, None),
        ("0008 00 80 0000 0000", False, set()),
        ("0008 00 80 15fe 0000", False, set()),
        ("0010 01 81 0800 0000 0000000000000000", True, {3}),
    ],
    ids=["lio", "scalar", "mask not valid", "no type", "unnamed types", "longer"],
)
def test_capabilities_tell_the_types(data: str, *, persists: bool, types: set[int] | None) -> None:
    assert parse_capabilities(bytes.fromhex(data)) == (persists, types)


@pytest.mark.parametrize("data", ["", "0004 11 80", "0007 11 80 ea01 0000", "0008 11 80 ea"])
def test_capabilities_cut_short_are_none(data: str) -> None:
    with pytest.raises(MalformedData, match="reservation capabilities"):
        parse_capabilities(bytes.fromhex(data))


@given(data=st.binary(max_size=80))
def test_whatever_comes_is_a_value_or_malformed(data: bytes) -> None:
    for parse in (parse_keys, parse_reservations, parse_capabilities):
        try:
            parse(data)
        except MalformedData as error:
            assert error.message
