"""What a host makes sure of when it gets the lock of a library that other hosts use as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import pytest

from changer.errors import NotReady
from changer.library.addressing import parse_place
from changer.library.element_reader import ANY_TRANSPORT
from changer.library.library import Library
from changer.moves.execute import load
from changer.store.sharing import Grant, Lock
from changer.values import replace as with_values

from .virtual_library import MOVE_MEDIUM, READ_ELEMENT_STATUS, VirtualLibrary, Wire

TAKEN = Grant(7, "pid 100 (changer load 1 0) on alpha since 12:00:00", 0)


@dataclass
class Shared:
    """The coordination of one host, with a grant at each lock as if others had part in it."""

    inner: Any
    grant: Grant
    changes: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def lock(self, library_id: str, **options: Any) -> Lock:
        return Granted(self.inner.lock(library_id, **options), self)

    def note_change(self, library_id: str) -> None:
        self.changes.append(library_id)


@dataclass
class Granted:
    inner: Any
    shared: Shared

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __enter__(self) -> Self:
        self.inner.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.inner.__exit__(*exception)

    @property
    def grant(self) -> Grant:
        return self.shared.grant


@contextmanager
def shared(
    demo: VirtualLibrary, grant: Grant, *, after_reading: Callable[[], None] = lambda: None
) -> Iterator[tuple[Library, Shared, list[bytes]]]:
    """The library, open, as hosts share it, and what is sent to it."""
    sent: list[bytes] = []

    def after(_number: int, cdb: bytes) -> None:
        sent.append(cdb)
        if cdb[0] == READ_ELEMENT_STATUS:
            after_reading()

    with demo.open(wire=partial(Wire, after=after)) as library:
        coordination = Shared(library.context.coordination, grant)
        library.context = with_values(library.context, coordination=coordination)
        yield library, coordination, sent


def readings(sent: list[bytes], until: int) -> int:
    """How many READ ELEMENT STATUS were sent before the first command of that opcode."""
    opcodes = [each[0] for each in sent]
    return opcodes[: opcodes.index(until)].count(READ_ELEMENT_STATUS)


def load_first(library: Library) -> None:
    load(library, parse_place("1"), parse_place("drive:0"))


def test_a_library_that_was_taken_over_is_read_twice_and_said_so(demo: VirtualLibrary) -> None:
    counts = []
    for grant in (TAKEN._replace(taken_from=None), TAKEN):
        with shared(demo, grant) as (library, _, sent):
            load_first(library)
            counts.append(readings(sent, MOVE_MEDIUM))
        demo.move_behind_our_back("drive:0", "1")
    usual, after_takeover = counts
    assert after_takeover == usual + 2
    (said,) = [each for each in demo.warnings if "over from a host that stopped" in each]
    assert "pid 100 (changer load 1 0) on alpha" in said


def moving_until(demo: VirtualLibrary, readings: int) -> Callable[[], None]:
    """What still moves a cartridge to and fro between so many readings."""
    left = iter(range(readings))

    def move() -> None:
        if (number := next(left, None)) is not None:
            there = ("2", "4") if number % 2 == 0 else ("4", "2")
            demo.move_behind_our_back(*there)

    return move


def test_it_is_read_until_two_readings_agree(demo: VirtualLibrary) -> None:
    with shared(demo, TAKEN, after_reading=moving_until(demo, 3)) as (library, _, sent):
        load_first(library)
    assert readings(sent, MOVE_MEDIUM) > 3


def test_nothing_moves_in_a_library_that_never_comes_to_rest(demo: VirtualLibrary) -> None:
    moving = moving_until(demo, 1000)
    with (
        shared(demo, TAKEN, after_reading=moving) as (library, _, sent),
        pytest.raises(NotReady, match="shows something else at each reading"),
    ):
        load_first(library)
    assert MOVE_MEDIUM not in {each[0] for each in sent}


def test_what_another_host_dropped_is_not_believed_any_more(demo: VirtualLibrary) -> None:
    grant = TAKEN._replace(taken_from=None)
    with shared(demo, grant) as (library, coordination, _):
        library.memory.learn_refusal(ANY_TRANSPORT)
        with library.locked():
            assert library.memory.lacks(ANY_TRANSPORT)
        with demo.store() as store:
            store.forget_capabilities(library.id)
        with library.locked():
            assert library.memory.lacks(ANY_TRANSPORT)  # nobody noted a change
        coordination.grant = grant._replace(generation=1)
        with library.locked():
            assert not library.memory.lacks(ANY_TRANSPORT)


@pytest.mark.parametrize(
    ("attention", "is_noted"),
    [
        *((each, True) for each in ("28/01", "29/00", "2A/01", "3B/12", "3F/01")),
        *((each, False) for each in ("5A/01", "2A/03")),
    ],
)
def test_a_change_that_the_library_reports_is_noted_for_other_hosts(
    demo: VirtualLibrary, attention: str, is_noted: bool
) -> None:
    with shared(demo, TAKEN._replace(taken_from=None)) as (library, coordination, _):
        demo.fault(f"unit-attention {attention}")
        library.read()
        assert (coordination.changes == [demo.id]) is is_noted
