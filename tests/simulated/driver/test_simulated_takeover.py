"""What a host makes sure of when it gets the lock of a library that other hosts use as well."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from changer.errors import NotReady
from changer.library.addressing import parse_place
from changer.library.element_reader import ANY_TRANSPORT
from changer.library.library import Library
from changer.moves.execute import load
from changer.store.sharing import Grant

from .shared_library import shared
from .virtual_library import MOVE_MEDIUM, READ_ELEMENT_STATUS, VirtualLibrary

TAKEN = Grant(7, "pid 100 (changer load 1 0) on alpha since 12:00:00", 0)


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


def moving_until(demo: VirtualLibrary, readings: int) -> Callable[[bytes], None]:
    """What still moves a cartridge to and fro between so many readings."""
    left = iter(range(readings))

    def move(cdb: bytes) -> None:
        if cdb[0] == READ_ELEMENT_STATUS and (number := next(left, None)) is not None:
            there = ("2", "4") if number % 2 == 0 else ("4", "2")
            demo.move_behind_our_back(*there)

    return move


def test_it_is_read_until_two_readings_agree(demo: VirtualLibrary) -> None:
    with shared(demo, TAKEN, after=moving_until(demo, 3)) as (library, _, sent):
        load_first(library)
    assert readings(sent, MOVE_MEDIUM) > 3


def test_nothing_moves_in_a_library_that_never_comes_to_rest(demo: VirtualLibrary) -> None:
    moving = moving_until(demo, 1000)
    with (
        shared(demo, TAKEN, after=moving) as (library, _, sent),
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
