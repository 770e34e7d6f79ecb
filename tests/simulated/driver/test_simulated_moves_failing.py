"""Moves that go wrong on the way: sent once, looked for, and recorded as they ended.

The journal is written before the robot moves, and true whatever ends the command.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any

import pytest
from scsi_bytes import check

from changer.errors import (
    CartridgeMisplaced,
    ChangerError,
    DestinationFull,
    DeviceNotAvailable,
    ElementNotPresent,
    IdentityChanged,
    LibraryOffline,
    MoveFailed,
    NotReady,
    OutcomeUnknown,
    RecoveryNeeded,
    ReservationConflict,
    SourceEmpty,
    StoreFailed,
    UnsupportedByLibrary,
)
from changer.host import interrupts
from changer.library.settings import LibrarySettings
from changer.smc.command import Command, Reply
from changer.transport import Transport

from .acts import LOAD, act, attempt, last_move, outcomes
from .conftest import MakeLibrary
from .virtual_library import MOVE_MEDIUM, POSITION, VirtualLibrary, Wire, error_of

TAG = "A00001L8"
PROFILES = ["demo", "autoloader", "l700", "bare"]

# The robot of these stands still when they answer; what is true of others is tested with motions
# that take time.
AT_REST = LibrarySettings(answers_at_rest=True)
every_failure = pytest.mark.parametrize("how", ["move-fails", "move-hangs"])
every_profile = pytest.mark.parametrize("profile", PROFILES)


@every_profile
@every_failure
def test_failed_move_that_left_the_cartridge_at_its_source_is_told_so(
    make_library: MakeLibrary, profile: str, how: str
) -> None:
    library = make_library(profile)
    library.fault(f"{how} at-source")
    came = attempt(library, settings=AT_REST)
    assert (came.error, came.motions) == (MoveFailed, 1)
    assert library.tag_at("1") == TAG
    assert last_move(library) == ("not-executed", library.address_of("1"))


@every_profile
@every_failure
def test_failed_move_that_left_the_cartridge_in_the_picker_says_where_it_is(
    make_library: MakeLibrary, profile: str, how: str
) -> None:
    library = make_library(profile)
    library.fault(f"{how} in-transport")
    came = attempt(library, settings=AT_REST)
    assert (came.error, came.motions) == (CartridgeMisplaced, 1)
    assert "but is in the picker" in came.told
    assert "changer recover" in came.told
    assert last_move(library) == ("unknown", library.address_of("picker"))


@every_profile
@every_failure
def test_failed_move_that_brought_the_cartridge_there_succeeds_with_a_warning(
    make_library: MakeLibrary, profile: str, how: str
) -> None:
    library = make_library(profile)
    library.fault(f"{how} at-destination")
    with library.counting() as counted, library.open() as opened:
        moved = act(opened, LOAD)
    assert counted[MOVE_MEDIUM] == 1
    assert moved.warning
    assert last_move(library) == ("completed", library.address_of("drive:0"))
    assert library.rows("moves")[-1]["message"] == moved.warning


@every_failure
@pytest.mark.parametrize(
    ("left", "error"),
    [("at-source", MoveFailed), ("in-transport", CartridgeMisplaced), ("at-destination", None)],
)
def test_failed_unload_is_sent_once(
    demo: VirtualLibrary, how: str, left: str, error: type[ChangerError] | None
) -> None:
    demo.move_behind_our_back("1", "drive:0")
    demo.fault(f"{how} {left}")
    came = attempt(demo, "unload drive:0")
    assert (came.error, came.motions) == (error, 1)


def test_exchange_that_ended_half_way_says_where_the_cartridge_is(demo: VirtualLibrary) -> None:
    demo.fault("move-fails in-transport")
    came = attempt(demo, "exchange 1 2")
    assert (came.error, came.motions) == (CartridgeMisplaced, 1)
    assert TAG in came.told
    assert last_move(demo) == ("unknown", demo.address_of("picker"))


def test_exchange_of_which_one_cartridge_went_elsewhere_is_not_completed(
    demo: VirtualLibrary,
) -> None:
    demo.move_behind_our_back("2", "drive:0")
    came = attempt(demo, "exchange 1 drive:0", after=lambda: demo.move_behind_our_back("1", "6"))
    assert came.error is CartridgeMisplaced
    assert "A00002L8 was to be moved from drive 0 to slot 1, but is in slot 6" in came.told
    assert last_move(demo) == ("misplaced", demo.address_of("6"))


def test_exchange_that_did_not_happen_is_told_so(demo: VirtualLibrary) -> None:
    demo.fault("move-hangs at-source")
    assert attempt(demo, "exchange 1 2").error is MoveFailed
    assert last_move(demo) == ("not-executed", demo.address_of("1"))


@pytest.mark.parametrize("profile", ["demo", "autoloader"])
def test_library_that_says_good_and_left_the_cartridge_elsewhere_is_not_believed(
    make_library: MakeLibrary, profile: str
) -> None:
    """The whole library is read when the elements of the move don't show it."""
    library = make_library(profile)

    def misplace() -> None:
        library.clock.time += 60
        library.move_behind_our_back("drive:0", "6")

    came = attempt(library, after=misplace)
    assert came.error is CartridgeMisplaced
    assert "slot 6" in came.told
    assert last_move(library) == ("misplaced", library.address_of("6"))


@pytest.mark.parametrize("profile", ["demo", "autoloader"])
def test_cartridge_without_a_label_at_the_destination_is_not_the_one_in_the_picker(
    make_library: MakeLibrary, profile: str
) -> None:
    """The robot found the slot occupied, which the library did not know before."""
    library = make_library(profile, volume_tags="blank")
    library.fault("move-fails in-transport 05/3B/0D")
    came = attempt(library, "move 1 6", after=lambda: library.operate("insert - 6"))
    assert (came.error, came.motions) == (CartridgeMisplaced, 1)
    assert last_move(library) == ("unknown", library.address_of("picker"))


def test_reading_that_is_lost_after_a_move_is_made_again(demo: VirtualLibrary) -> None:
    came = attempt(demo, after=lambda: demo.fault("no-reply on read-element-status"))
    assert came.error is None
    assert last_move(demo) == ("completed", demo.address_of("drive:0"))


def test_cartridge_that_vanished_during_the_move_leaves_the_outcome_unknown(
    demo: VirtualLibrary,
) -> None:
    came = attempt(demo, after=lambda: demo.operate("remove drive:0"))
    assert came.error is OutcomeUnknown
    assert last_move(demo) == ("unknown", None)


def test_element_status_that_lags_behind_the_move_is_waited_for(demo: VirtualLibrary) -> None:
    """GOOD came before the library knew it: the old status is read for a while."""
    slept: list[float] = []

    def lag() -> None:
        demo.fault("element 1 full=1")
        demo.fault("element drive:0 full=0")

    def catch_up(seconds: float) -> None:
        slept.append(seconds)
        demo.fault("clear element")

    demo.clock.sleep = catch_up  # type: ignore[method-assign]
    assert attempt(demo, after=lag).error is None
    assert slept == [0.5]
    assert last_move(demo) == ("completed", demo.address_of("drive:0"))


def test_cartridge_that_is_shown_nowhere_after_a_refusal_is_looked_for_again(
    demo: VirtualLibrary,
) -> None:
    demo.fault("move-fails at-destination 05/24/00")

    def catch_up() -> None:
        if sum(demo.clock.slept) >= 3:
            demo.fault("clear element")

    demo.clock.on_sleep = catch_up
    assert attempt(demo, after=lambda: demo.fault("element drive:0 full=0")).error is None
    assert last_move(demo) == ("completed", demo.address_of("drive:0"))


@pytest.mark.parametrize("lost_readings", [1, 4])
def test_connection_that_comes_back_shows_where_the_cartridge_is(
    demo: VirtualLibrary, lost_readings: int
) -> None:
    demo.fault("no-reply on move")
    demo.fault(f"no-reply {lost_readings} on test-unit-ready")
    came = attempt(demo)
    assert (came.error, came.motions) == (MoveFailed, 1)
    assert last_move(demo) == ("not-executed", 1001)


def test_connection_that_stays_lost_leaves_the_outcome_unknown(demo: VirtualLibrary) -> None:
    demo.fault("no-reply always after 4")
    came = attempt(demo)
    assert came.error is OutcomeUnknown
    assert came.motions <= 1
    assert last_move(demo) == ("unknown", None)


def test_failure_is_told_from_a_reading_that_follows_the_last_wait(demo: VirtualLibrary) -> None:
    """A cartridge that arrives late, but before the driver gives up, has arrived."""
    demo.fault("move-fails at-source")

    def arrive(seconds: float) -> None:
        demo.clock.time += seconds
        if seconds >= 4:
            demo.move_behind_our_back("1", "drive:0")

    demo.clock.sleep = arrive  # type: ignore[method-assign]
    assert attempt(demo).error is None
    assert last_move(demo) == ("completed", demo.address_of("drive:0"))


# Not executed: read again, checked again, sent again


@pytest.mark.parametrize("sense", ["28/00", "29/00", "2A/01", "3B/12", "5A/01"])
@pytest.mark.parametrize("profile", ["demo", "autoloader"])
def test_move_that_met_a_unit_attention_is_sent_again(
    make_library: MakeLibrary, sense: str, profile: str
) -> None:
    library = make_library(profile)
    library.fault(f"unit-attention {sense} on move")
    came = attempt(library)
    assert (came.error, came.motions) == (None, 2)
    assert outcomes(library) == ["not-executed", "completed"]


@pytest.mark.parametrize("status", ["busy", "task-set-full"])
def test_move_that_met_a_busy_library_is_sent_again(demo: VirtualLibrary, status: str) -> None:
    demo.fault(f"{status} on move")
    came = attempt(demo)
    assert (came.error, came.motions) == (None, 2)
    assert demo.tag_at("drive:0") == TAG


def test_move_that_met_a_library_becoming_ready_waits_and_is_sent_again(
    demo: VirtualLibrary,
) -> None:
    scans = ["becoming-ready 45s"]
    assert attempt(demo, before=lambda: demo.fault(scans.pop()) if scans else None).error is None
    assert demo.tag_at("drive:0") == TAG
    assert sum(demo.clock.slept) >= 45


@pytest.mark.parametrize("fault", ["unit-attention 28/00", "busy", "sense 02/04/07"])
def test_move_that_is_put_off_three_times_is_given_up(demo: VirtualLibrary, fault: str) -> None:
    demo.fault(f"{fault} always on move")
    came = attempt(demo)
    assert (came.error, came.motions) == (NotReady, 3)
    assert demo.tag_at("1") == TAG
    assert outcomes(demo) == ["not-executed"] * 3


@pytest.mark.parametrize(
    ("meanwhile", "error"),
    [
        ("remove 1", OutcomeUnknown),
        ("insert A00099L8 drive:0", DestinationFull),
        ("magazine-out 1", OutcomeUnknown),
    ],
)
def test_what_changed_before_the_move_is_seen_before_it_is_sent_again(
    demo: VirtualLibrary, meanwhile: str, error: type[ChangerError]
) -> None:
    """A cartridge that was at the source a moment ago, and is shown nowhere, may have moved."""
    happens = demo.fault if meanwhile.startswith("magazine") else demo.operate
    changes = [meanwhile]
    came = attempt(demo, before=lambda: happens(changes.pop()) if changes else None)
    assert (came.error, came.motions) == (error, 1)


def test_another_library_behind_the_same_device_is_not_moved_in(demo: VirtualLibrary) -> None:
    for before_the_move in range(3):
        with demo.counting() as counted, demo.open() as library:
            demo.become_another_library(after=before_the_move)
            error = error_of(lambda: act(library, LOAD))
        assert error is not None and "is no longer" in error.message
        assert type(error) is (OutcomeUnknown if counted[MOVE_MEDIUM] else IdentityChanged)
        assert counted[MOVE_MEDIUM] <= 1
        assert demo.tag_at("1") == TAG
        demo.become_itself_again()


def test_another_library_behind_the_same_device_is_not_positioned_in(demo: VirtualLibrary) -> None:
    with demo.counting() as counted, demo.open() as library:
        demo.become_another_library()
        assert type(error_of(lambda: act(library, "position 1"))) is IdentityChanged
    assert counted[POSITION] == 0


def test_another_library_that_answers_after_a_move_does_not_confirm_it(
    demo: VirtualLibrary,
) -> None:
    came = attempt(demo, after=demo.become_another_library)
    assert (came.error, came.motions) == (OutcomeUnknown, 1)
    assert last_move(demo) == ("unknown", None)


def test_identity_that_was_doubted_and_is_the_same_does_not_stop_a_move(
    demo: VirtualLibrary,
) -> None:
    demo.fault("unit-attention 3F/03")
    assert attempt(demo).error is None
    assert demo.tag_at("drive:0") == TAG


def test_move_before_an_inventory_that_the_library_refuses_is_sent_once(
    demo: VirtualLibrary,
) -> None:
    demo.fault("sense 02/04/02 on move")
    demo.fault("sense 05/20/00 always on 07h")
    came = attempt(demo)
    assert (came.error, came.motions) == (UnsupportedByLibrary, 1)
    assert last_move(demo)[0] == "not-executed"


@dataclass
class Deferring:
    """A transport that answers each motion with a deferred error, whether or not it is made."""

    inner: Transport
    is_made: bool
    key: int

    def execute(self, command: Command[Any]) -> Reply:
        if not command.moves_medium:
            return self.inner.execute(command)
        if self.is_made:
            self.inner.execute(command)
        return check(self.key, 0x29 if self.key == 6 else 0x04, 0x01, deferred=True)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("key", [2, 6])
@pytest.mark.parametrize("is_made", [True, False])
def test_move_on_which_an_earlier_error_was_reported_is_looked_for_and_sent_once(
    demo: VirtualLibrary, is_made: bool, key: int
) -> None:
    with demo.open(wire=lambda inner: Deferring(inner, is_made, key)) as opened:
        error = error_of(lambda: act(opened, LOAD))
    assert type(error) is (type(None) if is_made else MoveFailed)
    assert outcomes(demo) == ["completed" if is_made else "not-executed"]


# Refused by the library


@pytest.mark.parametrize(
    ("fault", "error"),
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
    demo: VirtualLibrary, fault: str, error: type[ChangerError]
) -> None:
    came = attempt(demo, before=lambda: demo.fault(fault))
    assert (came.error, came.motions) == (error, 1)
    assert last_move(demo)[0] == "not-executed"
    assert demo.tag_at("1") == TAG


def test_position_that_fails_is_an_error_and_not_repeated(demo: VirtualLibrary) -> None:
    demo.fault("sense 04/15/01 on position")
    came = attempt(demo, "position 1")
    assert came.error is not None
    assert came.counted[POSITION] == 1


def test_cartridge_in_the_picker_is_named_before_anything_is_sent(demo: VirtualLibrary) -> None:
    demo.fault("move-fails in-transport")
    demo.move_behind_our_back("2", "drive:1", fails=True)
    for words in ("move 1 4", "load 1 drive:0", "exchange 1 3"):
        came = attempt(demo, words)
        assert (came.error, came.motions) == (RecoveryNeeded, 0)
        assert "the picker holds A00002L8" in came.told
        assert "changer recover, or changer move picker SLOT" in came.told
    assert attempt(demo, "move picker 2").error is None
    assert attempt(demo, "move 1 4").error is None


def test_library_with_another_picker_moves_on(make_library: MakeLibrary) -> None:
    library = make_library("demo", transports=2, transport_base=10)
    library.fault("move-fails in-transport")
    library.move_behind_our_back("2", "drive:1", fails=True)
    assert library.tag_at("picker") == "A00002L8"
    assert attempt(library, "move 1 4").motions == 1


# The journal


def open_moves(library: VirtualLibrary) -> list[tuple[str | None, str | None]]:
    """Volume tag and outcome of every move that is open."""
    with library.store() as store:
        return [(each.volume_tag, each.outcome) for each in store.unsettled_moves(library.id)]


@pytest.mark.parametrize("how", ["move-hangs at-destination", "move-fails in-transport"])
def test_outcome_that_cant_be_read_keeps_the_journal_open(demo: VirtualLibrary, how: str) -> None:
    demo.fault(how)
    demo.fault("no-reply always after 4")
    came = attempt(demo)
    assert (came.error, came.motions) == (OutcomeUnknown, 1)
    assert "do not repeat" in came.told
    assert last_move(demo) == ("unknown", None)
    assert open_moves(demo) == [(TAG, "unknown")]


def test_next_command_settles_a_move_that_was_not_confirmed_and_says_so(
    demo: VirtualLibrary,
) -> None:
    demo.fault("move-hangs at-destination")
    demo.fault("no-reply always after 4")
    assert attempt(demo).motions <= 1
    demo.fault("clear")
    assert attempt(demo, "move 2 drive:1").error is None
    assert demo.warnings == [
        "the load of A00001L8 into drive 0 was interrupted, and was completed nonetheless: it is "
        "in drive 0"
    ]
    assert outcomes(demo) == ["completed", "completed"]


@pytest.mark.parametrize("wait_seconds", [20, 300])
def test_library_that_comes_back_after_the_move_is_read_when_it_does(
    demo: VirtualLibrary, wait_seconds: int
) -> None:
    """A robot that scans after an error is waited for, and then says where the cartridge is."""
    demo.fault("move-fails in-transport")
    came = attempt(demo, after=lambda: demo.fault(f"becoming-ready {wait_seconds}s"))
    assert came.error is CartridgeMisplaced


def interrupt(times: int = 1) -> None:
    for _ in range(times):
        os.kill(os.getpid(), signal.SIGINT)


LEFT = {
    "at-destination": ("drive:0", "completed", "A00001L8 is in drive 0"),
    "in-transport": ("picker", "unknown", "but is in the picker"),
    "at-source": ("1", "not-executed", "everything is where it was"),
}


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_interrupt_during_a_move_is_obeyed_after_its_outcome_is_recorded(
    demo: VirtualLibrary, left: str, times: int
) -> None:
    """Ctrl-C while the robot works, as often as you like: the journal says how it ended."""
    place, outcome, where = LEFT[left]
    if left != "at-destination":
        demo.fault(f"move-fails {left}")
    with pytest.raises(KeyboardInterrupt) as interrupted:
        attempt(demo, after=lambda: interrupt(times))
    assert demo.commands[MOVE_MEDIUM] == 1
    assert demo.tag_at(place) == TAG
    assert last_move(demo) == (outcome, demo.address_of(place))
    (note,) = interrupted.value.__notes__
    assert where in note


def test_interrupt_while_a_move_that_was_put_off_waits_is_obeyed_when_it_is_recorded(
    demo: VirtualLibrary,
) -> None:
    def be_interrupted() -> None:
        interrupt()
        interrupts.checkpoint()  # as the host's clock does

    demo.clock.on_sleep = be_interrupted
    with pytest.raises(KeyboardInterrupt) as interrupted:
        attempt(demo, before=lambda: demo.fault("becoming-ready 300s"))
    assert interrupted.value.__notes__ == ["A00001L8 is in slot 1"]
    assert last_move(demo)[0] == "not-executed"
    assert demo.commands[MOVE_MEDIUM] == 1


def test_what_ends_the_wait_by_force_leaves_the_move_open(demo: VirtualLibrary) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        attempt(demo, after=die)
    assert open_moves(demo) == [(TAG, None)]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_interrupt_before_a_move_leaves_no_trace(demo: VirtualLibrary, number: int) -> None:
    def interrupt_at(at: int, _: bytes) -> None:
        if at == number:
            interrupt()

    with (
        demo.open(wire=lambda inner: Wire(inner, before=interrupt_at)) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        act(library, LOAD)
    assert demo.rows("moves") == []
    assert demo.tag_at("1") == TAG


def test_intent_is_on_disk_before_the_motion_is_sent(demo: VirtualLibrary) -> None:
    seen: list[dict[str, object]] = []
    for words in (LOAD, "exchange 2 3"):
        came = attempt(demo, words, before=lambda: seen.extend(demo.rows("moves")[-1:]))
        assert came.error is None
    told = [
        (row["kind"], row["source_address"], row["destination_address"], row["volume_tag"])
        for row in seen
    ]
    assert told == [("move", 1001, 500, TAG), ("exchange", 1002, 1003, "A00002L8")]
    assert [row["outcome"] for row in seen] == [None, None]
    assert seen[1]["second_destination_address"] == 1002
    assert seen[1]["second_volume_tag"] == "A00003L8"


BREAK = "CREATE TRIGGER broken BEFORE {} ON moves BEGIN SELECT RAISE(ABORT, 'worn out'); END"


def test_move_is_not_sent_when_the_journal_cant_be_written(demo: VirtualLibrary) -> None:
    demo.execute(BREAK.format("INSERT"))
    came = attempt(demo)
    assert (came.error, came.motions) == (StoreFailed, 0)
    assert demo.tag_at("1") == TAG


def test_whoever_reads_that_a_move_could_not_be_recorded_reads_where_the_cartridge_is(
    demo: VirtualLibrary,
) -> None:
    demo.execute(BREAK.format("UPDATE"))
    came = attempt(demo)
    assert (came.error, came.motions) == (StoreFailed, 1)
    assert "A00001L8 was moved from slot 1 to drive 0, but that could not be recorded" in came.told
    assert demo.tag_at("drive:0") == TAG
