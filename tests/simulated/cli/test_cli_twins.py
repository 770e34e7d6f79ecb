"""Libraries of one model that report no serial number: each has what is its own."""

from __future__ import annotations

import pytest
from on_record import primary_reservation

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.store.sqlite import open_store

from .terminal import Terminal

MODEL = "CHANGER_VIRTUAL"


@pytest.fixture
def twins(terminal: Terminal) -> Terminal:
    for name in "ab":
        terminal.create(name, "demo", serial_page=False)
    return terminal


def reserved(terminal: Terminal, name: str) -> object:
    return terminal.done("-l", f"sim:{name}", "cleaner", "status", "--json").json["cleaner"]


def test_a_reservation_and_a_history_are_of_one_of_them(twins: Terminal) -> None:
    ids = [
        twins.done("-l", f"sim:{each}", "status", "--json").json["library"]["id"] for each in "ab"
    ]
    assert ids == [f"{MODEL}_at_sim_a", f"{MODEL}_at_sim_b"]
    twins.done("-l", "sim:a", "cleaner", "reserve", "4")
    twins.done("-l", "sim:b", "load", "1")
    assert reserved(twins, "a") is not None
    assert reserved(twins, "b") is None
    kinds = {
        each: [
            event["kind"]
            for event in twins.done("-l", f"sim:{each}", "history", "--json").json["events"]
        ]
        for each in "ab"
    }
    assert kinds == {"a": ["reserve"], "b": ["move"]}


def test_the_lock_is_of_one_of_them(twins: Terminal) -> None:
    twins.done("-l", "sim:a", "load", "1")
    with LibraryLock(
        f"{MODEL}_at_sim_a", folder=twins.locks, command="a move", clock=SystemClock()
    ):
        assert twins.run("-l", "sim:a", "unload").status == 30
        twins.done("-l", "sim:b", "load", "1")


def old_records(terminal: Terminal, *, device: str) -> None:
    """What an older version kept by the model alone: a reservation, a drive, and an open move."""
    with open_store(terminal.state, clock=SystemClock()) as store:
        store.remember_library(
            MODEL, vendor="CHANGER", product="VIRTUAL", revision="0100", serial=None, device=device
        )
        store.reserve(store.begin_operation(MODEL, "reserve").id, slot_address=1004)
        store.note_drive(f"{MODEL}@500", library_id=MODEL, cleaning_request="required")
        store.begin_move(MODEL, source_address=1001, destination_address=500)


@pytest.mark.parametrize(("device", "name"), [("sim:a", "a"), ("sim:b", "b")])
def test_records_of_an_older_version_go_to_the_one_that_was_there(
    twins: Terminal, device: str, name: str
) -> None:
    old_records(twins, device=device)
    for each in (name, *("ab".replace(name, ""))):
        twins.run("-l", f"sim:{each}", "status")
    with open_store(twins.state, clock=SystemClock()) as store:
        new = f"{MODEL}_at_sim_{name}"
        assert {each.id for each in store.libraries()} == {f"{MODEL}_at_sim_a", f"{MODEL}_at_sim_b"}
        reservation = primary_reservation(store, new)
        assert reservation is not None and reservation.slot_address == 1004
        assert [each.library_id for each in store.operations()] == [new]
        assert [each.library_id for each in store.moves()] == [new]
        (drive,) = [each for each in store.drive_conditions(new) if "@500" in each.drive]
        assert drive.drive == f"{new}@500"


def test_records_that_may_be_of_another_go_to_nobody_and_that_is_said(twins: Terminal) -> None:
    old_records(twins, device="sim:c")
    run = twins.run("-l", "sim:a", "status")
    assert run.status == 0
    assert f"may belong to {MODEL}_at_sim_a or to {MODEL}_at_sim_b" in run.err
    assert reserved_by(twins, f"{MODEL}_at_sim_a") is None
    assert reserved_by(twins, MODEL) == 1004
    twins.done("sim", "delete", "b")
    with open_store(twins.state, clock=SystemClock()) as store:
        store.forget_library(f"{MODEL}_at_sim_a")
    twins.done("-l", "sim:a", "status")
    assert reserved_by(twins, f"{MODEL}_at_sim_a") == 1004


def reserved_by(terminal: Terminal, library_id: str) -> int | None:
    with open_store(terminal.state, clock=SystemClock()) as store:
        reservation = primary_reservation(store, library_id)
        return reservation.slot_address if reservation else None
