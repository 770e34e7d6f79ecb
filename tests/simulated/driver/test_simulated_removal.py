"""Medium removal stays prevented until it is allowed: through resets, and past a person let in."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from children import ended

from changer.cleaning.eject import eject
from changer.errors import LibraryBusy, OperatorTimeout, StoreFull
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.lock.flock import LibraryLock
from changer.moves.execute import move
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import prevent_allow_medium_removal
from changer.smc.command import Command, Reply
from changer.store.records import OperationKind
from changer.transport import Transport

from .virtual_library import NAME, VirtualLibrary, Wire, error_of

PREVENT_ALLOW = 0x1E
RESETS = ("29/00", "29/01", "29/07", "3F/01")


def lock(demo: VirtualLibrary) -> None:
    with demo.open() as library:
        library.prevent_removal(prevent=True)
    assert demo.truth.prevented


def read(library: Library) -> object:
    return library.read()


def move_one(library: Library) -> object:
    return move(library, parse_place("1"), parse_place("4"))


@pytest.mark.parametrize("function", [read, move_one])
@pytest.mark.parametrize("attention", RESETS)
def test_after_a_reset_it_is_prevented_again_and_said(
    demo: VirtualLibrary, attention: str, function: Callable[[Library], object]
) -> None:
    lock(demo)
    demo.fault(f"unit-attention {attention}")
    with demo.open() as library:
        function(library)
    assert demo.truth.prevented
    assert demo.warnings == ["the library was reset; medium removal is prevented again"]


@pytest.mark.parametrize("position", range(1, 7))
def test_a_reset_at_every_position_of_a_move(demo: VirtualLibrary, position: int) -> None:
    lock(demo)
    demo.fault(f"unit-attention 29/00 after {position}")
    with demo.open() as library:
        move_one(library)
        library.read()
    assert demo.truth.prevented
    assert len(demo.warnings) == 1
    assert demo.tag_at("4") == "A00001L8"


def test_resets_in_a_row_are_said_once(demo: VirtualLibrary) -> None:
    lock(demo)
    for _ in range(10):
        demo.fault("unit-attention 29/00")
    with demo.open() as library:
        library.read()
    assert demo.truth.prevented
    assert len(demo.warnings) == 1


@pytest.mark.parametrize("was_locked", [False, True])
def test_what_is_not_wanted_is_not_prevented_by_a_reset(
    demo: VirtualLibrary, was_locked: bool
) -> None:
    if was_locked:
        lock(demo)
        with demo.open() as library:
            library.prevent_removal(prevent=False)
    demo.fault("unit-attention 29/00")
    with demo.open() as library:
        library.read()
    assert not demo.truth.prevented
    assert demo.commands[PREVENT_ALLOW] == (2 if was_locked else 0)
    assert demo.warnings == []


def test_other_attentions_send_nothing(demo: VirtualLibrary) -> None:
    lock(demo)
    for attention in ("28/00", "28/01", "2A/01", "3B/13"):
        demo.fault(f"unit-attention {attention}")
    with demo.open() as library:
        library.read()
    assert demo.commands[PREVENT_ALLOW] == 1


def test_who_allows_it_in_the_same_moment_is_obeyed(demo: VirtualLibrary) -> None:
    lock(demo)

    def unlock_meanwhile(_: int, cdb: bytes) -> None:
        if cdb[0] == PREVENT_ALLOW:
            with demo.store() as store:
                store.prevent_removal(demo.id, prevented=False)

    demo.fault("unit-attention 29/00")
    with demo.open(wire=lambda inner: Wire(inner, before=unlock_meanwhile)) as library:
        library.read()
    assert not demo.truth.prevented
    assert demo.warnings == []


def test_a_library_that_refuses_after_its_reset_is_told_of(demo: VirtualLibrary) -> None:
    lock(demo)
    demo.fault("sense 05/24/00 9 on 1E")
    demo.fault("unit-attention 29/00")
    with demo.open() as library:
        library.read()
    assert len(demo.warnings) == 1
    assert "people can take media out" in demo.warnings[0]


class FullStore:
    """Keeps nothing new."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def prevent_removal(self, library_id: str, *, prevented: bool) -> None:
        raise StoreFull("no space left")


@pytest.mark.parametrize("prevent", [True, False], ids=["lock", "unlock"])
def test_what_the_store_can_not_keep_is_not_done(demo: VirtualLibrary, prevent: bool) -> None:
    if not prevent:
        lock(demo)
    with demo.open() as library:
        library.store = FullStore(library.store)
        error = error_of(lambda: library.prevent_removal(prevent=prevent))
    assert isinstance(error, StoreFull)
    assert demo.truth.prevented is not prevent


class Refusing:
    """A library that takes no PREVENT ALLOW MEDIUM REMOVAL."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def execute(self, command: Command[Any]) -> Reply:
        if command.cdb[0] == PREVENT_ALLOW:
            return Reply(2, b"", bytes.fromhex("70 00 05 00000000 0a 00000000 2000 00 000000"))
        return self._inner.execute(command)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.parametrize("prevent", [True, False], ids=["lock", "unlock"])
def test_what_the_library_refuses_is_not_kept(demo: VirtualLibrary, prevent: bool) -> None:
    if not prevent:
        lock(demo)
    with demo.open(wire=Refusing) as library:
        error = error_of(lambda: library.prevent_removal(prevent=prevent))
        assert library.prevention.is_wanted(library.store) is not prevent
    assert error is not None
    assert error.code == "unsupported-by-library"


def test_a_person_is_let_in_and_then_it_is_prevented_again(demo: VirtualLibrary) -> None:
    demo.reserve("9")
    demo.move_behind_our_back("mail:1", "9")
    lock(demo)
    prevented_at_open: list[bool] = []
    refused: list[object] = []

    def look(_: int, cdb: bytes) -> None:
        if cdb[0] == 0x1B:
            prevented_at_open.append(demo.truth.prevented)
        if cdb[0] == PREVENT_ALLOW:
            other = LibraryLock(demo.id, folder=demo.locks, command="other", clock=demo.clock)
            refused.append(type(error_of(other.__enter__)))

    with demo.open(wire=lambda inner: Wire(inner, before=look)) as library:
        error = error_of(lambda: eject(library, timeout_seconds=5))
    assert isinstance(error, OperatorTimeout)
    assert prevented_at_open == [False, False]
    assert set(refused) == {LibraryBusy}, "it is allowed and prevented under the lock"
    assert demo.truth.prevented


def test_a_reset_while_a_person_is_let_in_does_not_shut_them_out(demo: VirtualLibrary) -> None:
    demo.reserve("9")
    demo.move_behind_our_back("mail:1", "9")
    lock(demo)
    shut: list[bool] = []

    def reset_when_open(_: int, cdb: bytes) -> None:
        if cdb[0] == 0x1B and not shut:
            demo.fault("unit-attention 29/00 after 2")
            shut.append(demo.truth.prevented)

    def look(_: int, cdb: bytes) -> None:
        if shut and cdb[0] != PREVENT_ALLOW:
            shut.append(demo.truth.prevented)

    with demo.open(wire=lambda inner: Wire(inner, before=reset_when_open, after=look)) as library:
        error = error_of(lambda: eject(library, timeout_seconds=5))
    assert isinstance(error, OperatorTimeout)
    assert len(shut) > 3
    assert not any(shut)
    assert demo.truth.prevented


def undo(demo: VirtualLibrary) -> None:
    """What a reset does."""
    with closing(
        SimulatedTransport(SharedLibrary(NAME, folder=demo.simulated), clock=demo.clock)
    ) as transport:
        transport.execute(prevent_allow_medium_removal(prevent=False))


def read_elsewhere(demo: VirtualLibrary) -> None:
    """A status of another process, which receives a reset."""
    demo.fault("unit-attention 29/00")

    def status() -> None:
        with demo.open() as library:
            library.read()

    assert ended(status) == 0


def test_a_status_elsewhere_does_not_lock_the_door_on_an_operator(demo: VirtualLibrary) -> None:
    demo.reserve("9")
    demo.move_behind_our_back("mail:1", "9")
    lock(demo)
    shut: list[bool] = []

    def reset_while_open(_: int, cdb: bytes) -> None:
        if (cdb[0] == 0x1B and cdb[4] == 0) or (shut and len(shut) < 4 and cdb[0] != PREVENT_ALLOW):
            read_elsewhere(demo)
            shut.append(demo.truth.prevented)

    with demo.open(wire=lambda inner: Wire(inner, before=reset_while_open)) as library:
        error = error_of(lambda: eject(library, timeout_seconds=5))
    assert isinstance(error, OperatorTimeout)
    assert shut == [False] * 4
    assert demo.truth.prevented


def test_a_reset_that_another_process_heard_of_is_made_up_for_at_the_end(
    demo: VirtualLibrary,
) -> None:
    lock(demo)

    def reset(number: int, _: bytes) -> None:
        if number == 1:
            undo(demo)
            read_elsewhere(demo)
            assert not demo.truth.prevented

    with demo.open(wire=lambda inner: Wire(inner, before=reset)) as library:
        error = error_of(lambda: eject(library, timeout_seconds=5))
    assert error is not None and error.code == "no-slot-set"
    assert demo.truth.prevented


def test_an_operator_who_is_let_in_in_the_same_moment_is_not_locked_out(
    demo: VirtualLibrary,
) -> None:
    lock(demo)

    def let_in_meanwhile(_: int, cdb: bytes) -> None:
        if cdb[0] == PREVENT_ALLOW:
            with demo.store() as store:
                store.begin_operation(demo.id, "insert")

    demo.fault("unit-attention 29/00")
    with demo.open(wire=lambda inner: Wire(inner, before=let_in_meanwhile)) as library:
        library.read()
    assert not demo.truth.prevented
    assert demo.warnings == []


@pytest.mark.parametrize(
    ("kind", "lives", "prevented"),
    [
        *(("insert", True, False), ("eject", True, False), ("insert", False, True)),
        *(("reserve", True, True), ("clean", True, True)),
    ],
)
def test_only_an_operation_that_runs_and_lets_people_in_leaves_the_door_open(
    demo: VirtualLibrary, kind: OperationKind, lives: bool, prevented: bool
) -> None:
    lock(demo)
    undo(demo)

    def begin() -> None:
        with demo.store() as store:
            store.begin_operation(demo.id, kind)

    if lives:
        begin()
    else:
        assert ended(begin) == 0
    demo.fault("unit-attention 29/00")
    with demo.open() as library:
        library.read()
    assert demo.truth.prevented is prevented


def test_a_door_that_can_not_be_locked_again_is_told_of(demo: VirtualLibrary) -> None:
    demo.reserve("9")
    demo.move_behind_our_back("mail:1", "9")
    lock(demo)

    def fail_at_the_end(_: int, cdb: bytes) -> None:
        if cdb[0] == 0x1B and cdb[4] == 1:
            demo.fault("sense 05/20/00 9 on 1E")

    with demo.open(wire=lambda inner: Wire(inner, before=fail_at_the_end)) as library:
        error_of(lambda: eject(library, timeout_seconds=5))
    assert len(demo.warnings) == 1
    assert "changer lock" in demo.warnings[0]


def test_who_was_killed_after_letting_a_person_in_is_made_up_for(demo: VirtualLibrary) -> None:
    demo.reserve("9")
    demo.move_behind_our_back("mail:1", "9")
    lock(demo)

    def die_when_open(_: int, cdb: bytes) -> None:
        if cdb[0] == 0x1B:
            os.kill(os.getpid(), signal.SIGKILL)

    def eject_one() -> None:
        with demo.open(wire=lambda inner: Wire(inner, after=die_when_open)) as library:
            eject(library, timeout_seconds=5)

    assert ended(eject_one) == -signal.SIGKILL
    assert not demo.truth.prevented
    with demo.open() as library:
        move_one(library)
    assert demo.truth.prevented
    assert demo.warnings[-1] == "it had let people remove media; medium removal is prevented again"
