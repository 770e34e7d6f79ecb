"""Operations: how each way to end is recorded, and who can be stopped."""

from __future__ import annotations

import signal
from types import FrameType

import pytest
from children import ended

from changer.errors import ChangerError, UnableToClean
from changer.host import interrupts
from changer.journal.operations import Callbacks, operation, request_stop
from changer.library.addressing import parse_place
from changer.moves.execute import move
from changer.store.records import MoveOutcome, OperationKind

from .cleaner_library import CLEANER, SLOT, CleanerLibrary, LastOperation, refusal


@pytest.fixture(autouse=True)
def _known(demo: CleanerLibrary) -> None:
    """The store knows the library."""
    with demo.open():
        pass


def test_error_is_the_end_of_an_operation(demo: CleanerLibrary) -> None:
    with demo.open() as library, pytest.raises(ChangerError), operation(library, "clean"):
        raise UnableToClean("it did not")
    assert demo.last == LastOperation("clean", "failed", "ERROR_UNABLE_TO_CLEAN")
    assert demo.rows("operations")[-1]["message"] == "it did not"


def test_what_an_operation_waits_for_is_on_record_while_it_waits(demo: CleanerLibrary) -> None:
    with demo.open() as library, operation(library, "clean") as running:
        with pytest.raises(UnableToClean), running.waiting("open the door"):
            (waiting,) = library.store.unfinished_operations(library.id)
            raise UnableToClean("it did not")
        (going_on,) = library.store.unfinished_operations(library.id)
        assert (waiting.state, waiting.message) == ("waiting", "open the door")
        assert (going_on.state, going_on.message) == ("in-progress", None)


def test_ctrl_c_is_the_end_of_an_operation(demo: CleanerLibrary) -> None:
    with demo.open() as library, pytest.raises(KeyboardInterrupt), operation(library, "clean"):
        raise KeyboardInterrupt
    assert demo.last == LastOperation("clean", "cancelled", "ERROR_CANCELLED")


def test_a_second_signal_leaves_the_end_of_an_operation_on_record(demo: CleanerLibrary) -> None:
    """One comes as the operation is recorded, the other as its end is."""
    ends = []

    def signalled(_: str) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.raise_signal(number)

    def end(number: int, _: FrameType | None) -> None:
        ends.append(number)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        with (
            demo.open() as library,
            pytest.raises(KeyboardInterrupt),
            operation(library, "clean", callbacks=Callbacks(started=signalled)),
        ):
            interrupts.checkpoint()  # as every wait
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert sorted(ends) == [signal.SIGINT, signal.SIGTERM]
    assert demo.last == LastOperation("clean", "cancelled", "ERROR_CANCELLED")


def test_defect_of_this_program_is_the_end_of_an_operation(demo: CleanerLibrary) -> None:
    with demo.open() as library, pytest.raises(ZeroDivisionError), operation(library, "clean"):
        raise ZeroDivisionError
    assert demo.last.state == "failed"


def test_operation_whose_store_fails_tells_its_own_error(demo: CleanerLibrary) -> None:
    with demo.open() as library, pytest.raises(UnableToClean), operation(library, "clean"):
        demo.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON operations"
            " BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END"
        )
        raise UnableToClean("it did not")


@pytest.mark.parametrize("kind", ["insert", "eject"])
def test_operation_that_waits_can_be_stopped(demo: CleanerLibrary, kind: str) -> None:
    with demo.store() as store:
        begun = store.begin_operation(demo.id, kind)  # type: ignore[arg-type]
        assert demo.coordination.is_running(begun)
        assert request_stop(demo.coordination, store, begun.id).id == begun.id
        known = store.operation(begun.id)
    assert known is not None and known.stop_requested_at is not None


@pytest.mark.parametrize("kind", ["reserve", "release", "clean"])
def test_operation_that_waits_for_nobody_can_t_be_stopped(demo: CleanerLibrary, kind: str) -> None:
    with demo.store() as store:
        begun = store.begin_operation(demo.id, kind)  # type: ignore[arg-type]
        error = refusal(lambda: request_stop(demo.coordination, store, begun.id))
    assert (error.code, error.ntms and error.ntms.code) == ("operation-not-stoppable", 4317)


def test_operation_that_has_ended_can_t_be_stopped(demo: CleanerLibrary) -> None:
    demo.with_cleaner()
    with demo.store() as store:
        newest = store.operations(demo.id)[0]
        assert not demo.coordination.is_running(newest)
        error = refusal(lambda: request_stop(demo.coordination, store, newest.id))
    assert error.code == "operation-not-stoppable"
    assert error.message == f"operation {newest.id} has ended: completed"


def test_unknown_operation_can_t_be_stopped(demo: CleanerLibrary) -> None:
    with demo.store() as store:
        error = refusal(lambda: request_stop(demo.coordination, store, "no such id"))
    assert (error.code, error.ntms and error.ntms.code) == ("operation-not-found", 4312)


@pytest.mark.parametrize("kind", ["reserve", "release", "insert", "eject", "clean"])
@pytest.mark.parametrize("why", ["dead", "of an older version", "of another host"])
def test_operation_of_a_dead_process_gets_its_end(
    demo: CleanerLibrary, kind: str, why: str
) -> None:
    """What another host left came with its store: whatever runs here is not its process."""
    demo.with_cleaner()

    def begin() -> None:
        with demo.store() as store:
            store.begin_operation(demo.id, kind)  # type: ignore[arg-type]

    if why == "of another host":
        begin()
        demo.execute("UPDATE operations SET host_id = 'another' WHERE finished_at IS NULL")
    else:
        assert ended(begin) == 0
    if why == "of an older version":
        demo.execute("UPDATE operations SET process_identity = NULL, host_id = NULL")
    with demo.store() as store:
        (dead,) = store.unfinished_operations(demo.id)
        assert not demo.coordination.is_running(dead)
        assert (
            refusal(lambda: request_stop(demo.coordination, store, dead.id)).code
            == "operation-not-stoppable"
        )
    before = demo.everything_that_matters()
    assert refusal(lambda: demo.eject(timeout_seconds=0)).code == "operator-timeout"
    settled = next(row for row in demo.rows("operations") if row["id"] == dead.id)
    assert (settled["state"], settled["result_name"]) == ("failed", "ERROR_CANCELLED")
    assert any(f"an earlier {kind} was interrupted" in each for each in demo.warnings)
    kept, _, _ = before  # type: ignore[misc]
    assert [demo.rows("reservations"), demo.rows("cleaners")] == kept[:2]  # type: ignore[has-type]


@pytest.mark.parametrize(
    ("kind", "outcome", "place", "state"),
    [
        ("insert", "completed", "4", "completed"),
        ("insert", "not-executed", "4", "failed"),  # a person put it there
        ("insert", "completed", "6", "failed"),
        ("eject", "completed", None, "completed"),
        ("eject", "completed", "mail:2", "failed"),
    ],
)
def test_cleaner_that_a_dead_process_moved_is_known_by_where_it_is(
    demo: CleanerLibrary, kind: OperationKind, outcome: MoveOutcome, place: str | None, state: str
) -> None:
    demo.reserve(SLOT)
    if kind == "eject":
        demo.know_cleaner(CLEANER, 7)
    if place is not None:
        demo.operate(f"{'put' if 'mail' in place else 'insert'} {CLEANER} {place}", noticed=False)

    def begin() -> None:
        with demo.store() as store:
            begun = store.begin_operation(demo.id, kind, volume_tag=CLEANER, cleans_left=7)
            moved = store.begin_move(
                demo.id, source_address=101, destination_address=102, operation_id=begun.id
            )
            store.finish_move(moved.id, outcome=outcome)

    assert ended(begin) == 0
    with demo.open() as library:
        move(library, parse_place("1"), parse_place("9"))
    assert demo.last.state == state
    assert (demo.cleaner is not None) is ((kind == "insert") is (state == "completed"))


def test_operation_of_a_living_process_is_left_alone(demo: CleanerLibrary) -> None:
    demo.with_cleaner()
    with demo.store() as store:
        begun = store.begin_operation(demo.id, "insert")
        store.set_waiting(begun.id, waiting_for="open the door")
        refusal(lambda: demo.eject(timeout_seconds=0))
        known = store.operation(begun.id)
    assert known is not None and known.state == "waiting"
