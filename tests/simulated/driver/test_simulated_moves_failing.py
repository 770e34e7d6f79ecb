"""Moves that go wrong on the way: sent once, looked for, and recorded as they ended."""

from __future__ import annotations

import pytest

from changer.errors import (
    CartridgeMisplaced,
    ChangerError,
    DeviceFailed,
    DeviceNotAvailable,
    ElementNotPresent,
    IdentityChanged,
    LibraryOffline,
    MoveFailed,
    NotReady,
    OutcomeUnknown,
    ReservationConflict,
    SourceEmpty,
)
from changer.library.addressing import parse_place
from changer.moves.execute import exchange, move, position, unload

from .conftest import MakeLibrary
from .failing_move import last_move, load, load_failing
from .virtual_library import EXCHANGE_MEDIUM, MOVE_MEDIUM, VirtualLibrary, Wire, error_of

PROFILES = ["demo", "autoloader", "l700", "bare"]
HOWS = ["move-fails", "move-hangs"]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("how", HOWS)
def test_failed_move_that_left_the_cartridge_at_its_source_is_told_so(
    make_library: MakeLibrary, profile: str, how: str
) -> None:
    library = make_library(profile)
    library.fault(f"{how} at-source")
    error = load_failing(library)
    assert type(error) is MoveFailed
    assert library.tag_at("1") == "A00001L8"
    assert last_move(library) == ("not-executed", library.address_of("1"))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("how", HOWS)
def test_failed_move_that_left_the_cartridge_in_the_picker_says_where_it_is(
    make_library: MakeLibrary, profile: str, how: str
) -> None:
    library = make_library(profile)
    library.fault(f"{how} in-transport")
    error = load_failing(library)
    assert type(error) is CartridgeMisplaced
    assert "the cartridge is in the picker" in error.message
    assert "changer move picker drive:0" in str(error.hint)
    assert last_move(library) == ("misplaced", library.address_of("picker"))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("how", HOWS)
def test_failed_move_that_brought_the_cartridge_there_succeeds_with_a_doubt(
    make_library: MakeLibrary, profile: str, how: str
) -> None:
    library = make_library(profile)
    library.fault(f"{how} at-destination")
    with library.counting() as counted, library.open() as opened:
        moved = move(opened, parse_place("1"), parse_place("drive:0"))
    assert counted[MOVE_MEDIUM] == 1
    assert moved.warning
    assert last_move(library) == ("completed", library.address_of("drive:0"))
    assert library.rows("moves")[-1]["message"] == moved.warning


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize(
    ("left", "error_class"),
    [("at-source", MoveFailed), ("in-transport", CartridgeMisplaced), ("at-destination", None)],
)
def test_failed_unload_and_exchange_are_sent_once(
    demo: VirtualLibrary, how: str, left: str, error_class: type[ChangerError] | None
) -> None:
    demo.move_behind_our_back("1", "drive:0")
    demo.fault(f"{how} {left}")
    with demo.counting() as counted, demo.open() as library:
        error = error_of(lambda: unload(library, parse_place("drive:0")))
    assert (None if error is None else type(error)) is error_class
    assert counted[MOVE_MEDIUM] == 1


def test_exchange_that_ended_half_way_says_where_the_cartridge_is(demo: VirtualLibrary) -> None:
    demo.fault("move-fails in-transport")
    with demo.counting() as counted, demo.open() as library:
        error = error_of(lambda: exchange(library, parse_place("1"), parse_place("2")))
    assert counted[EXCHANGE_MEDIUM] == 1
    assert type(error) is CartridgeMisplaced
    assert "A00001L8" in error.message
    assert last_move(demo) == ("misplaced", demo.address_of("picker"))


def test_exchange_that_did_not_happen_is_told_so(demo: VirtualLibrary) -> None:
    demo.fault("move-hangs at-source")
    with demo.open() as library:
        error = error_of(lambda: exchange(library, parse_place("1"), parse_place("2")))
    assert type(error) is MoveFailed
    assert last_move(demo) == ("not-executed", demo.address_of("1"))


def test_library_that_says_good_and_left_the_cartridge_elsewhere_is_not_believed(
    demo: VirtualLibrary,
) -> None:
    def misplace(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            demo.clock.time += 60
            demo.move_behind_our_back("drive:0", "12")

    with demo.open(wire=lambda inner: Wire(inner, after=misplace)) as library:
        error = error_of(lambda: load(library))
    assert type(error) is CartridgeMisplaced
    assert "slot 12" in error.message
    assert last_move(demo) == ("misplaced", demo.address_of("12"))


def test_cartridge_that_vanished_during_the_move_leaves_the_outcome_unknown(
    demo: VirtualLibrary,
) -> None:
    def steal(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            demo.operate("remove drive:0")

    with demo.open(wire=lambda inner: Wire(inner, after=steal)) as library:
        error = error_of(lambda: load(library))
    assert type(error) is OutcomeUnknown
    assert last_move(demo) == ("unknown", None)


def test_element_status_that_lags_behind_the_move_is_waited_for(demo: VirtualLibrary) -> None:
    """GOOD came before the library knew it: the old status is read for a while."""
    with demo.open() as library:
        slept: list[float] = []

        def catch_up(seconds: float) -> None:
            slept.append(seconds)
            demo.fault("clear element")

        demo.clock.sleep = catch_up  # type: ignore[method-assign]

        def lag(_: int, cdb: bytes) -> None:
            if cdb[0] == MOVE_MEDIUM:
                demo.fault("element 1 full=1")
                demo.fault("element drive:0 full=0")

        library.session.transport = Wire(library.session.transport, after=lag)
        load(library)
    assert slept == [0.5]
    assert last_move(demo) == ("completed", demo.address_of("drive:0"))


@pytest.mark.parametrize("lost_readings", [1, 4])
def test_connection_that_comes_back_shows_where_the_cartridge_is(
    demo: VirtualLibrary, lost_readings: int
) -> None:
    demo.fault("no-reply on move")
    demo.fault(f"no-reply {lost_readings} on test-unit-ready")
    error = load_failing(demo)
    assert isinstance(error, MoveFailed), error
    assert last_move(demo) == ("not-executed", 1001)


def test_connection_that_stays_lost_leaves_the_outcome_unknown(demo: VirtualLibrary) -> None:
    demo.fault("no-reply always after 4")
    error = load_failing(demo)
    assert isinstance(error, OutcomeUnknown), error
    assert last_move(demo) == ("unknown", None)


def test_failure_is_told_from_a_reading_that_follows_the_last_wait(demo: VirtualLibrary) -> None:
    """A cartridge that arrives late, but before the driver gives up, has arrived."""
    demo.fault("move-fails at-source")

    def arrive(seconds: float) -> None:
        demo.clock.time += seconds
        if seconds >= 4:
            demo.move_behind_our_back("1", "drive:0")

    demo.clock.sleep = arrive  # type: ignore[method-assign]
    with demo.open() as library:
        load(library)
    assert last_move(demo) == ("completed", demo.address_of("drive:0"))


# Not executed: read again, checked again, sent again


@pytest.mark.parametrize("sense", ["28/00", "29/00", "2A/01", "3B/12", "5A/01"])
@pytest.mark.parametrize("profile", ["demo", "autoloader"])
def test_move_that_met_a_unit_attention_is_sent_again(
    make_library: MakeLibrary, sense: str, profile: str
) -> None:
    library = make_library(profile)
    library.fault(f"unit-attention {sense} on move")
    with library.counting() as counted, library.open() as opened:
        load(opened)
    assert counted[MOVE_MEDIUM] == 2
    assert [row["outcome"] for row in library.rows("moves")] == ["not-executed", "completed"]


@pytest.mark.parametrize("status", ["busy", "task-set-full"])
def test_move_that_met_a_busy_library_is_sent_again(demo: VirtualLibrary, status: str) -> None:
    demo.fault(f"{status} on move")
    with demo.counting() as counted, demo.open() as library:
        load(library)
    assert counted[MOVE_MEDIUM] == 2
    assert demo.tag_at("drive:0") == "A00001L8"


def test_move_that_met_a_library_becoming_ready_waits_and_is_sent_again(
    demo: VirtualLibrary,
) -> None:
    def scan(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM and not scans:
            scans.append(1)
            demo.fault("becoming-ready 45s")

    scans: list[int] = []
    with demo.open(wire=lambda inner: Wire(inner, before=scan)) as library:
        load(library)
    assert demo.tag_at("drive:0") == "A00001L8"
    assert sum(demo.clock.slept) >= 45


@pytest.mark.parametrize("fault", ["unit-attention 28/00", "busy", "sense 02/04/07"])
def test_move_that_is_put_off_three_times_is_given_up(demo: VirtualLibrary, fault: str) -> None:
    demo.fault(f"{fault} always on move")
    with demo.counting() as counted, demo.open() as library:
        error = error_of(lambda: load(library))
    assert type(error) is NotReady
    assert counted[MOVE_MEDIUM] == 3
    assert demo.tag_at("1") == "A00001L8"
    assert [row["outcome"] for row in demo.rows("moves")] == ["not-executed"] * 3


@pytest.mark.parametrize(
    ("meanwhile", "error_class"),
    [
        ("remove 1", SourceEmpty),
        ("insert A00099L8 drive:0", None),
        ("magazine-out 1", ElementNotPresent),
    ],
)
def test_what_changed_before_the_move_is_seen_before_it_is_sent_again(
    demo: VirtualLibrary, meanwhile: str, error_class: type[ChangerError] | None
) -> None:
    done: list[str] = []

    def change(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM and not done:
            done.append(meanwhile)
            act = demo.fault if meanwhile.startswith("magazine") else demo.operate
            act(meanwhile)

    with (
        demo.counting() as counted,
        demo.open(wire=lambda inner: Wire(inner, before=change)) as library,
    ):
        error = error_of(lambda: load(library))
    assert error is not None
    if error_class is not None:
        assert type(error) is error_class
    assert counted[MOVE_MEDIUM] == 1


def test_another_library_behind_the_same_device_is_not_moved_in(demo: VirtualLibrary) -> None:
    for before_the_move in range(3):
        with demo.counting() as counted, demo.open() as library:
            demo.become_another_library(after=before_the_move)
            error = error_of(lambda: load(library))
        assert type(error) is IdentityChanged
        assert counted[MOVE_MEDIUM] <= 1
        assert demo.tag_at("1") == "A00001L8"
        demo.become_itself_again()


def test_identity_that_was_doubted_and_is_the_same_does_not_stop_a_move(
    demo: VirtualLibrary,
) -> None:
    demo.fault("unit-attention 3F/03")
    with demo.open() as library:
        load(library)
    assert demo.tag_at("drive:0") == "A00001L8"


# Refused by the library


@pytest.mark.parametrize(
    ("fault", "error_class"),
    [
        ("reservation-conflict on move", ReservationConflict),
        ("sense 02/04/12 on move", LibraryOffline),
        ("sense 02/04/03 on move", LibraryOffline),
        ("sense 05/3B/0E on move", SourceEmpty),
        ("sense 05/3B/11 on move", ElementNotPresent),
        ("sense 02/3B/12 on move", ElementNotPresent),
        ("unplugged", DeviceNotAvailable),
    ],
)
def test_refused_move_is_sent_once_and_recorded_as_not_executed(
    demo: VirtualLibrary, fault: str, error_class: type[ChangerError]
) -> None:
    def at_the_move(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            demo.fault(fault)

    with (
        demo.counting() as counted,
        demo.open(wire=lambda inner: Wire(inner, before=at_the_move)) as library,
    ):
        error = error_of(lambda: load(library))
    assert type(error) is error_class
    assert counted[MOVE_MEDIUM] == 1
    assert last_move(demo)[0] == "not-executed"
    assert demo.tag_at("1") == "A00001L8"


def test_position_that_fails_is_an_error_and_not_repeated(demo: VirtualLibrary) -> None:
    demo.fault("sense 04/15/01 on position")
    with demo.counting() as counted, demo.open() as library:
        assert error_of(lambda: position(library, parse_place("1"))) is not None
    assert counted[0x2B] == 1


def test_refusal_without_a_cause_names_the_cartridge_that_is_in_the_way(
    demo: VirtualLibrary,
) -> None:
    demo.fault("move-fails in-transport")
    demo.move_behind_our_back("2", "drive:1", fails=True)
    with demo.open() as library:
        error = error_of(lambda: move(library, parse_place("1"), parse_place("4")))
    assert isinstance(error, DeviceFailed)
    assert error.hint == "A00002L8 is in the picker; put it away first: changer move picker SLOT"
    assert demo.tag_at("1") == "A00001L8"
