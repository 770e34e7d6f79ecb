"""changer state forget: asks, takes the library's lock, and names what is still open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.store.protocol import Store
from changer.store.sqlite import open_store

from .terminal import USAGE, Terminal

BUSY, NO_LIBRARY = 30, 3


@pytest.fixture
def library_id(terminal: Terminal) -> str:
    """The only library of a store that knows it."""
    library: str = terminal.done("status", "--json").json["library"]["id"]
    return library


@pytest.fixture
def store(terminal: Terminal, library_id: str) -> Iterator[Store]:
    with open_store(terminal.state, clock=SystemClock()) as store:
        assert store.library(library_id) is not None
        yield store


def test_a_library_in_use_is_not_forgotten(
    terminal: Terminal, store: Store, library_id: str
) -> None:
    lock = LibraryLock(library_id, folder=terminal.locks, command="a move", clock=SystemClock())
    with lock:
        for more in ((), ("--force",)):
            run = terminal.run("state", "forget", library_id, "--yes", *more)
            assert run.status == BUSY
            assert f"library {library_id} is busy: " in run.err
        assert store.library(library_id) is not None
    terminal.done("state", "forget", library_id, "--yes")
    assert store.library(library_id) is None


@pytest.mark.parametrize("outcome", [None, "unknown"])
def test_an_open_move_is_named_and_given_up_by_force_alone(
    terminal: Terminal, store: Store, library_id: str, outcome: str | None
) -> None:
    move = store.begin_move(
        library_id, source_address=1001, destination_address=500, volume_tag="A00001L8"
    )
    if outcome == "unknown":
        store.finish_move(move.id, outcome="unknown")
    for words in (("--yes",), ("--dry-run",)):
        refused = terminal.run("state", "forget", library_id, *words)
        assert refused.status == USAGE
        assert "has open records: a move of A00001L8 from @1001 to @500" in refused.err
        assert "changer recover settles them; --force deletes them with all else" in refused.err
    assert store.unsettled_moves(library_id)
    terminal.done("state", "forget", library_id, "--yes", "--force")
    assert store.unsettled_moves(library_id) == ()
    assert store.library(library_id) is None


def test_an_open_operation_is_named_too(terminal: Terminal, store: Store, library_id: str) -> None:
    begun = store.begin_operation(library_id, "eject")
    refused = terminal.run("state", "forget", library_id, "--yes")
    assert (refused.status, f"eject {begun.id}" in refused.err) == (USAGE, True)
    asked = terminal.run("state", "forget", library_id, "--force")
    assert (asked.status, "--yes" in asked.err) == (USAGE, True)
    assert store.library(library_id) is not None


def test_a_name_that_two_libraries_have_is_refused_with_both(
    terminal: Terminal, library_id: str
) -> None:
    terminal.create("it", "bare", serial="CHANGER2")
    other = terminal.done("-l", "sim:it", "status", "--json").json["library"]["id"]
    run = terminal.run("state", "forget", "changer", "--yes")
    assert run.status == USAGE and "more than one library is 'changer'" in run.err
    assert library_id in run.err and other in run.err
    assert len(terminal.done("state", "list", "--json").json["libraries"]) == 2


def test_what_is_not_known_is_not_forgotten(terminal: Terminal, store: Store) -> None:
    assert terminal.run("state", "forget", "another", "--yes").status == NO_LIBRARY


def test_reservations_and_cleaners_are_named_before_they_are_lost(
    terminal: Terminal, store: Store, library_id: str
) -> None:
    reserved = [1004, 1009]
    for address in reserved:
        operation = store.begin_operation(library_id, "reserve")
        store.reserve(operation.id, slot_address=address)
    for tag, address in (("CLN001CU", 1009), ("CLN002CU", 1009), (None, 1004)):
        store.insert_cleaner(
            store.begin_operation(library_id, "insert").id,
            slot_address=address,
            volume_tag=tag,
            family=None,
            cleans_left=5,
        )
    _, asked = terminal.answered("no", "state", "forget", library_id)
    for words in (
        "the reservation of slot @1004, the reservation of slot @1009",
        "what is on record of the cleaner CLN001CU",
        "what is on record of the cleaner CLN002CU",
        "what is on record of the cleaner without a label",
    ):
        assert words in asked
    assert store.library(library_id) is not None
    terminal.done("state", "forget", library_id, "--yes")
    assert store.cleaners(library_id) == ()


def test_a_host_that_has_a_store_of_its_own_forgets_no_other(terminal: Terminal) -> None:
    refused = terminal.run("state", "forget-host", "backup2", "--yes")
    assert refused.status == USAGE
    assert "no host backup2 is on record" in refused.err
