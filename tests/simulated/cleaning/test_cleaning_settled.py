"""Insert and eject whose process died, when a person had the slot before the next command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from driver.acts import attempt

from changer.journal.operations import CANCELLED, SUCCESS
from changer.journal.settle import settle
from changer.store.records import Move, MoveOutcome, Operation, OperationKind
from changer.values import replace

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary

ANOTHER = "CLN009CU"


def die(library: CleanerLibrary, kind: str, *outcomes: MoveOutcome, cleans_told: int = 0) -> None:
    """A process recorded these ends of its attempts to move the cleaner, and then died."""
    mail = library.address_of("mail:2")
    slot = library.address_of(SLOT)
    source, destination = (mail, slot) if kind == "insert" else (slot, mail)
    with library.store() as store:
        begun = store.begin_operation(library.id, "insert" if kind == "insert" else "eject")
        store.describe_operation(
            begun.id, slot_address=slot, volume_tag=CLEANER, cleans_left=7, cleans_told=cleans_told
        )
        for outcome in outcomes:
            move = store.begin_move(
                library.id,
                kind="move",
                source_address=source,
                destination_address=destination,
                volume_tag=CLEANER,
                operation_id=begun.id,
            )
            store.finish_move(move.id, outcome=outcome)
    library.execute("UPDATE operations SET process_identity = NULL")


def settled(library: CleanerLibrary) -> str:
    """The state of that operation after the next command."""
    assert attempt(library, "move 1 11").error is None
    (state,) = (row["state"] for row in library.rows("operations")[-1:])
    return str(state)


def inserting(make: MakeCleanerLibrary) -> CleanerLibrary:
    library = make(cleaners=0)
    library.reserve(SLOT)
    return library


def test_another_cartridge_in_the_slot_is_not_the_cleaner_that_came_in(
    make: MakeCleanerLibrary,
) -> None:
    library = inserting(make)
    die(library, "insert", "completed")
    library.operate(f"insert {ANOTHER} {SLOT}", noticed=False)
    assert settled(library) == "failed"
    assert library.cleaner is None


@pytest.mark.parametrize(
    ("attempts", "state"),
    [
        (("completed",), "completed"),
        (("not-executed", "completed"), "completed"),
        (("not-executed",), "failed"),
        (("not-executed", "not-executed"), "failed"),
    ],
)
def test_cleaner_came_in_when_the_last_attempt_brought_it(
    make: MakeCleanerLibrary, attempts: tuple[MoveOutcome, ...], state: str
) -> None:
    """What a person put into the slot, that person brings in with the number of its uses."""
    library = inserting(make)
    die(library, "insert", *attempts)
    library.operate(f"insert {CLEANER} {SLOT}", noticed=False)
    assert settled(library) == state
    assert library.cleans_left == (7 if state == "completed" else None)


@pytest.mark.parametrize(("told", "condition"), [(0, "rejected"), (1, "usable")])
def test_rejected_cleaner_that_came_back_is_usable_where_a_person_said_the_number(
    make: MakeCleanerLibrary, told: int, condition: str
) -> None:
    """The very number that was on record."""
    library = make(cleaners=0).with_cleaner(cleans=7)
    with library.store() as store:
        begun = store.begin_operation(library.id, "clean", slot_address=library.address_of(SLOT))
        store.reject_cleaner(begun.id, why="drive 0: the drive says so")
        store.finish_operation(begun.id, state="failed", result=CANCELLED, message=None)
        store.lose_cleaner(library.id, slot_address=library.address_of(SLOT))
    die(library, "insert", "completed", cleans_told=told)
    assert settled(library) == "completed"
    assert library.cleaner is not None
    assert (library.cleans_left, library.cleaner.condition) == (7, condition)


@pytest.mark.parametrize("tag", [ANOTHER, "A00099L8", "-"])
def test_cleaner_whose_slot_holds_another_cartridge_is_not_recorded_as_gone(
    make: MakeCleanerLibrary, tag: str
) -> None:
    """The slot is not as the eject left it: whose cartridge that is, a person knows."""
    library = make(cleaners=0).with_cleaner(cleans=7)
    die(library, "eject", "completed")
    library.operate(f"remove {SLOT}", noticed=False)
    library.operate(f"insert {tag} {SLOT}", noticed=False)
    assert settled(library) == "failed"
    assert library.cleans_left == 7


@pytest.mark.parametrize(("place", "state"), [("mail:2", "failed"), (None, "completed")])
def test_cleaner_is_gone_when_no_element_holds_it(
    make: MakeCleanerLibrary, place: str | None, state: str
) -> None:
    library = make(cleaners=0).with_cleaner(cleans=7)
    die(library, "eject", "completed")
    library.operate(f"remove {SLOT}", noticed=False)
    if place is not None:
        library.operate(f"put {CLEANER} {place}", noticed=False)
    assert settled(library) == state
    assert library.cleans_left == (7 if place else None)


# What ends meanwhile


@dataclass
class Meanwhile:
    """A coordination that is asked about an operation only after something has happened."""

    inner: Any
    happens: Callable[[str], object]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def is_running(self, record: Operation | Move) -> bool:
        self.happens(str(record.id))
        return bool(self.inner.is_running(record))


@pytest.mark.parametrize("kind", ["insert", "eject", "clean"])
def test_operation_that_ends_while_it_is_looked_at_is_not_taken_for_dead(
    make: MakeCleanerLibrary, kind: OperationKind
) -> None:
    """Its process has recorded the end, and no longer says that it is at work."""
    demo = make(cleaners=0).with_cleaner(cleans=7)
    with demo.store() as store:
        begun = store.begin_operation(demo.id, kind, drive_address=demo.address_of("drive:0"))
        store.describe_operation(begun.id, slot_address=demo.address_of(SLOT), volume_tag=CLEANER)
    demo.execute("UPDATE operations SET process_identity = NULL WHERE finished_at IS NULL")
    with demo.open() as library:

        def end(operation_id: str) -> None:
            library.store.finish_operation(
                operation_id, state="completed", result=SUCCESS, message="as it should"
            )

        coordination = Meanwhile(library.context.coordination, end)
        library.context = replace(library.context, coordination=coordination)
        with library.locked():
            assert settle(library, bring=None) == ()
        ended = library.store.operation(begun.id)
    assert ended is not None
    assert (ended.state, ended.message) == ("completed", "as it should")
    assert (demo.warnings, demo.cleans_left) == ([], 7)
