"""The journal of moves: written before the robot moves, and true whatever ends the command."""

from __future__ import annotations

import pytest

from changer.errors import CartridgeMisplaced, OutcomeUnknown
from changer.library.addressing import parse_place
from changer.moves.execute import exchange, move

from .failing_move import last_move, load, load_failing
from .virtual_library import EXCHANGE_MEDIUM, MOVE_MEDIUM, VirtualLibrary, Wire, error_of


@pytest.mark.parametrize("how", ["move-hangs at-destination", "move-fails in-transport"])
def test_outcome_that_cant_be_read_keeps_the_journal_open(demo: VirtualLibrary, how: str) -> None:
    demo.fault(how)
    demo.fault("no-reply always after 4")
    with demo.counting() as counted, demo.open() as library:
        error = error_of(lambda: load(library))
    assert type(error) is OutcomeUnknown
    assert counted[MOVE_MEDIUM] == 1
    assert "Do not repeat" in str(error.hint)
    assert last_move(demo) == ("unknown", None)
    with demo.store() as store:
        assert [each.volume_tag for each in store.unsettled_moves(demo.id)] == ["A00001L8"]


def test_next_command_settles_a_move_that_was_not_confirmed_and_says_so(
    demo: VirtualLibrary,
) -> None:
    demo.fault("move-hangs at-destination")
    demo.fault("no-reply always after 4")
    load_failing(demo)
    demo.fault("clear")
    with demo.open() as library:
        move(library, parse_place("2"), parse_place("drive:1"))
    assert len(demo.warnings) == 1
    assert demo.warnings[0] == ("an interrupted move of A00001L8 is settled: it is in drive 0")
    assert [row["outcome"] for row in demo.rows("moves")] == ["completed", "completed"]


@pytest.mark.parametrize("wait_seconds", [20, 300])
def test_library_that_comes_back_after_the_move_is_read_when_it_does(
    demo: VirtualLibrary, wait_seconds: int
) -> None:
    """A robot that scans after an error is waited for, and then says where the cartridge is."""

    def scan(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            demo.fault(f"becoming-ready {wait_seconds}s")

    demo.fault("move-fails in-transport")
    with demo.open(wire=lambda inner: Wire(inner, after=scan)) as library:
        error = error_of(lambda: load(library))
    assert type(error) is CartridgeMisplaced


@pytest.mark.parametrize("left", ["at-destination", "in-transport", "at-source"])
def test_interrupt_during_a_move_is_obeyed_after_its_outcome_is_recorded(
    demo: VirtualLibrary, left: str
) -> None:
    """Ctrl-C while the robot works: it ends its motion, and the journal says how."""
    if left != "at-destination":
        demo.fault(f"move-fails {left}")

    def interrupt(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            raise KeyboardInterrupt

    with (
        demo.counting() as counted,
        demo.open(wire=lambda inner: Wire(inner, after=interrupt)) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        load(library)
    assert counted[MOVE_MEDIUM] == 1
    place = {"at-destination": "drive:0", "in-transport": "picker", "at-source": "1"}[left]
    outcome = {"drive:0": "completed", "picker": "misplaced", "1": "not-executed"}[place]
    assert demo.tag_at(place) == "A00001L8"
    assert last_move(demo) == (outcome, demo.address_of(place))
    assert demo.warnings


def test_interrupt_while_a_move_that_was_put_off_waits_is_obeyed_at_once(
    demo: VirtualLibrary,
) -> None:
    """The library said that it did not move anything: there is nothing to look for."""

    def scan(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            demo.fault("becoming-ready 300s")

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    demo.clock.sleep = interrupt  # type: ignore[method-assign]
    with (
        demo.open(wire=lambda inner: Wire(inner, before=scan)) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        load(library)
    assert last_move(demo)[0] == "not-executed"
    assert not demo.warnings


def test_second_interrupt_leaves_the_move_open_for_the_next_command(demo: VirtualLibrary) -> None:
    def interrupt(_: int, cdb: bytes) -> None:
        if MOVE_MEDIUM in demo.commands:
            raise KeyboardInterrupt

    with (
        demo.open(wire=lambda inner: Wire(inner, after=interrupt)) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        load(library)
    with demo.store() as store:
        assert [each.outcome for each in store.unsettled_moves(demo.id)] == [None]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_interrupt_before_a_move_leaves_no_trace(demo: VirtualLibrary, number: int) -> None:
    def interrupt(at: int, _: bytes) -> None:
        if at == number:
            raise KeyboardInterrupt

    with (
        demo.open(wire=lambda inner: Wire(inner, before=interrupt)) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        load(library)
    assert demo.rows("moves") == []
    assert demo.tag_at("1") == "A00001L8"


def test_intent_is_on_disk_before_the_motion_is_sent(demo: VirtualLibrary) -> None:
    seen: list[dict[str, object]] = []

    def look(_: int, cdb: bytes) -> None:
        if cdb[0] in (MOVE_MEDIUM, EXCHANGE_MEDIUM):
            seen.extend(demo.rows("moves")[-1:])

    with demo.open(wire=lambda inner: Wire(inner, before=look)) as library:
        load(library)
        exchange(library, parse_place("2"), parse_place("3"))
    told = [
        (row["kind"], row["source_address"], row["destination_address"], row["volume_tag"])
        for row in seen
    ]
    assert told == [("move", 1001, 500, "A00001L8"), ("exchange", 1002, 1003, "A00002L8")]
    assert [row["outcome"] for row in seen] == [None, None]
    assert seen[1]["second_destination_address"] == 1002
    assert seen[1]["second_volume_tag"] == "A00003L8"


def test_move_is_not_sent_when_the_journal_cant_be_written(demo: VirtualLibrary) -> None:
    demo.execute(
        "CREATE TRIGGER broken BEFORE INSERT ON moves BEGIN SELECT RAISE(ABORT, 'worn out'); END"
    )
    with demo.counting() as counted, demo.open() as library:
        error = error_of(lambda: load(library))
    assert error is not None
    assert error.code == "store-failed"
    assert counted[MOVE_MEDIUM] == 0
    assert demo.tag_at("1") == "A00001L8"


def test_whoever_reads_that_a_move_could_not_be_recorded_reads_where_the_cartridge_is(
    demo: VirtualLibrary,
) -> None:
    demo.execute(
        "CREATE TRIGGER broken BEFORE UPDATE ON moves BEGIN SELECT RAISE(ABORT, 'worn out'); END"
    )
    with demo.counting() as counted, demo.open() as library:
        error = error_of(lambda: load(library))
    assert error is not None
    assert error.code == "store-failed"
    assert "A00001L8 from slot 1 to drive 0: done, but it could not be recorded" in error.message
    assert counted[MOVE_MEDIUM] == 1
    assert demo.tag_at("drive:0") == "A00001L8"
