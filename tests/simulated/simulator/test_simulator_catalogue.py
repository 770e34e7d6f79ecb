"""Virtual libraries created, listed, deleted; profiles and what may be changed in them."""

from __future__ import annotations

import errno
import itertools
import sys
from pathlib import Path

import pytest
from clocks import HandClock
from pytest_mock import MockerFixture

from changer.errors import (
    AccessDenied,
    DeviceNotAvailable,
    NoLibrary,
    OutputFailed,
    SimulatorRefused,
)
from changer.simulator.catalogue import changing, delete, names, profile_of
from changer.simulator.creation import create, parse_override
from changer.simulator.description import describe
from changer.simulator.operator_api import reset
from changer.simulator.profiles.table import PROFILES
from changer.simulator.sense import Additional
from changer.simulator.transport import SharedLibrary, SimulatedTransport

from .simulator_bench import READY, Bench, Descriptor, descriptors, number

TYPES = (1, 2, 3, 4)


def test_the_demo_library_makes_itself(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    SimulatedTransport(SharedLibrary("demo", folder=folder), clock=HandClock()).close()
    assert names(folder) == ["demo"]
    truth = describe("demo", folder=folder, now=0)
    assert truth.place_of("CLN001CU") == "mail:1"
    assert truth.cartridge_at("12") is None
    assert len([each for each in truth.elements if each.cartridge]) == 7


def test_an_unknown_library_is_told_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(NoLibrary, match="there is none yet"):
        SimulatedTransport(SharedLibrary("lab", folder=tmp_path), clock=HandClock())
    create("lab", folder=tmp_path)
    create("attic", folder=tmp_path)
    with pytest.raises(NoLibrary, match="there are: attic, lab") as caught:
        SimulatedTransport(SharedLibrary("labb", folder=tmp_path), clock=HandClock())
    assert caught.value.hint == "changer sim create labb"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "attic.json", "attic.lock", "lab.json", "lab.lock"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "-x", ".x", "a b", "a\0", "ä", "x\n", "a" * 65]
)
def test_names_that_no_file_may_have(tmp_path: Path, name: str) -> None:
    for action in (create, delete):
        with pytest.raises(SimulatorRefused, match="can't be the name"):
            action(name, folder=tmp_path)
    with pytest.raises(SimulatorRefused):
        SimulatedTransport(SharedLibrary(name, folder=tmp_path), clock=HandClock())
    assert list(tmp_path.iterdir()) == []


def test_create_and_delete(tmp_path: Path) -> None:
    for name in ("a", "A.b-c_d", "x.json"):
        create(name, folder=tmp_path)
    assert names(tmp_path) == ["A.b-c_d", "a", "x.json"]
    with pytest.raises(SimulatorRefused, match="already"):
        create("a", folder=tmp_path)
    for name in names(tmp_path):
        delete(name, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NoLibrary):
        delete("a", folder=tmp_path)
    assert names(tmp_path / "nowhere") == []


def test_reset_makes_it_new(bench: Bench, tmp_path: Path) -> None:
    new = bench.truth
    bench.move(1001, 500)
    bench.fault("magazine-out 2")
    bench.fault("tape-alert 3")
    bench.sense("1E 000000 01 00")
    reset("bench", folder=tmp_path)
    truth = bench.truth
    assert (truth.elements, truth.drives, truth.faults) == (new.elements, new.drives, ())
    assert not truth.prevented
    assert bench.sense(READY) is None


def test_overrides(tmp_path: Path) -> None:
    create(
        "x", folder=tmp_path, profile="l700", slots=5, drives=2, mail=1, serial="XYZ", vendor="V"
    )
    profile = profile_of("x", folder=tmp_path)
    assert (profile.slots, profile.drives, profile.mail) == (5, 2, 1)
    assert (profile.serial, profile.vendor, profile.product) == ("XYZ", "V", "L700")
    assert len(describe("x", folder=tmp_path, now=0).elements) == 9


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"profile": "autoloder"}, "did you mean 'autoloader'"),
        ({"slot": 5}, "has no slot"),
        ({"slots": "many"}, "slots is not of type int"),
        ({"slots": True}, "slots is not of type int"),
        ({"slots": 0}, "at least one"),
        ({"slots": -1}, "not within"),
        ({"slots": 70000}, "not within"),
        ({"drives": 1000}, "999 drives"),
        ({"transports": 101}, "100 pickers"),
        ({"mail": 1000}, "overlap"),
        ({"vendor": "much too long"}, "at most 8"),
        ({"product": "naïve"}, "ASCII"),
        ({"serial": "a\nb"}, "ASCII"),
        ({"magazine_out": "vanished"}, "one of omitted, ed"),
        ({"magazine_size": -1}, "fewer than 0"),
        ({"move_seconds": -1}, "0 to 86400"),
        ({"move_seconds": float("nan")}, "not of type float"),
        ({"data_cartridges": -1}, "below 0"),
        ({"forbidden_moves": ((1, 2, 3),)}, "3 values"),
        ({"storage_excess": -12}, "descriptor"),
        ({"reservation_types": (2,)}, "are of 1, 3, 5, 6, 7 and 8"),
        ({"identifier_type": 16}, "must be 0 to 15"),
        ({"cleans_allowed": -1}, "below 0"),
        ({"opcodes": 7}, "not a list"),
    ],
)
def test_libraries_that_cannot_be(
    tmp_path: Path, overrides: dict[str, object], message: str
) -> None:
    with pytest.raises(SimulatorRefused) as caught:
        create("x", folder=tmp_path, **overrides)  # type: ignore[arg-type]
    assert message in caught.value.message
    assert names(tmp_path) == []


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "huge"])
def test_every_profile_answers(tmp_path: Path, profile: str) -> None:
    bench = Bench(tmp_path, profile)
    truth, kind = bench.truth, bench.truth.profile
    assert len(kind.serial_of_drive(kind.drives - 1)) <= 10
    page = bench.data("1A 08 1D 00 FF 00")
    page = page[4 + page[3] :]
    voltag = 0 if profile == "bare" else 0x10
    reported: dict[int, Descriptor] = {}
    for code, offset in zip(TYPES, (2, 6, 10, 14), strict=True):
        first, count = number(page[offset : offset + 2]), number(page[offset + 2 : offset + 4])
        if count:
            data = bench.send(
                f"B8 {code | voltag:02X} {first:04X} FFFF 00 FFFFFF 0000", length=1 << 24
            )
            reported |= descriptors(data.data)
        assert count <= 1000 or profile == "large"
    for element in truth.elements:
        if element.address in reported:
            said = reported[element.address]
            assert said.full == (element.cartridge is not None)
            if voltag:
                assert said.tag == (element.cartridge.tag if element.cartridge else "")
    if profile != "large":
        assert len(reported) == len(truth.elements)


def test_a_huge_library_is_quick_enough(tmp_path: Path) -> None:
    """As Python counts it: in calls of its functions and of those in C."""
    bench = Bench(tmp_path, "huge")
    calls = itertools.count()
    sys.setprofile(lambda frame, event, _: next(calls) if event.endswith("call") else None)
    try:
        reply = bench.send("B8 12 0000 FFFF 00 FFFFFF 0000", length=1 << 24)
    finally:
        sys.setprofile(None)
    assert len(reply.data) == 8 + 8 + 64_500 * 52
    assert next(calls) < 64_500 * 60
    assert len(bench.truth.elements) == 65_000
    assert number(reply.data[2:4]) == 64_500


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slots=24", 24),
        ("move_seconds=1.5", 1.5),
        ("serial_page=no", False),
        ("vendor=A=B", "A=B"),
        ("cleaner_sense=30/83", Additional(0x30, 0x83)),
        ("unreadable_sense=none", None),
        ("opcodes=0x07,0xa6", (0x07, 0xA6)),
        ("forbidden_moves=3:4,4:3", ((3, 4), (4, 3))),
        ("magazine_out=access-0", "access-0"),
    ],
)
def test_fields_as_words(tmp_path: Path, text: str, expected: object) -> None:
    name, value = parse_override(text)
    assert value == expected
    create("x", folder=tmp_path, **{name: value})
    assert getattr(profile_of("x", folder=tmp_path), name) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slot=3", "did you mean 'slots'"),
        ("slots", "slots has no value"),
        ("slots=x", "slots can't be 'x'"),
        ("serial_page=maybe", "can't be"),
        ("cleaner_sense=3003", "is not a sense code"),
        ("forbidden_moves=3", "can't be"),
    ],
)
def test_words_that_set_no_field(text: str, message: str) -> None:
    with pytest.raises(SimulatorRefused) as caught:
        parse_override(text)
    assert message in caught.value.message


def test_a_folder_without_rights(bench: Bench, tmp_path: Path, mocker: MockerFixture) -> None:
    # Mocked, because root may write anywhere.
    mocker.patch("os.open", side_effect=PermissionError(errno.EACCES, "Permission denied"))
    for action in (lambda: create("another", folder=tmp_path), lambda: bench.send(READY)):
        with pytest.raises(AccessDenied, match="no permission to"):
            action()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for name in ("demo", "lab"):
        with pytest.raises((OutputFailed, NoLibrary)):
            SimulatedTransport(SharedLibrary(name, folder=file), clock=HandClock())
    with pytest.raises(OutputFailed):
        create("lab", folder=file)


def test_a_library_deleted_while_it_is_open(bench: Bench, tmp_path: Path) -> None:
    assert bench.sense(READY) is None
    delete("bench", folder=tmp_path)
    with pytest.raises(DeviceNotAvailable, match="deleted"):
        bench.send(READY)
    assert [path.name for path in tmp_path.iterdir()] == []
    create("bench", folder=tmp_path, profile="demo")
    assert bench.sense(READY) is None


def test_an_error_while_changing_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    before = (tmp_path / "bench.json").read_bytes()
    with pytest.raises(ZeroDivisionError), changing("bench", folder=tmp_path) as state:
        state.take(1001)
        raise ZeroDivisionError
    assert (tmp_path / "bench.json").read_bytes() == before
    assert bench.tag_at("1") == "A00001L8"
