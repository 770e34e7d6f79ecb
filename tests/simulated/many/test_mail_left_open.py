"""Mail slots that a killed process left open: they tell nothing until they are closed."""

from __future__ import annotations

from typing import Any

import pytest
from driver.virtual_library import MOVE_MEDIUM, NAME, READ_ELEMENT_STATUS, TEST_UNIT_READY

from changer.moves.export import export
from changer.moves.import_ import import_cartridges
from changer.moves.imported import Imported
from changer.simulator.catalogue import changing
from changer.store.records import OperationKind

from .many_library import ManyLibrary

OPEN_CLOSE, CLOSED = 0x1B, 1


def leave_open(library: ManyLibrary) -> None:
    with changing(NAME, folder=library.simulated) as state:
        state.change(mail_open=True)


@pytest.fixture
def library(demo: ManyLibrary) -> ManyLibrary:
    """B00001L8 lies in a mail slot that stands open."""
    demo.operate("put B00001L8 mail:1", noticed=False)
    leave_open(demo)
    return demo


def imported(library: ManyLibrary) -> tuple[Imported, list[bytes]]:
    """What came in, and the commands that opened or closed mail slots, or moved something."""
    with library.watched() as (opened, sent):
        done = import_cartridges(opened, only_now=True, tell=library.tasks.append)
    return done, [each for each in sent if each[0] in (OPEN_CLOSE, MOVE_MEDIUM)]


def test_import_closes_them_and_brings_in_what_they_hold(library: ManyLibrary) -> None:
    done, sent = imported(library)
    assert [str(each.slot) for each in done.in_slots] == ["4"] and library.mail == {}
    assert [(each[0], each[4]) for each in sent[:1]] == [(OPEN_CLOSE, CLOSED)]
    assert [each[0] for each in sent] == [OPEN_CLOSE, MOVE_MEDIUM]
    assert not library.mail_is_open


def test_export_closes_them_before_anything_is_moved_there(demo: ManyLibrary) -> None:
    leave_open(demo)
    demo.visit()
    with demo.watched() as (opened, sent):
        export(opened, ["A00001L8"], tell=demo.tasks.append)
    first = next(each for each in sent if each[0] in (OPEN_CLOSE, MOVE_MEDIUM))
    assert (first[0], first[4]) == (OPEN_CLOSE, CLOSED)
    assert demo.hand == ["A00001L8"]


@pytest.mark.parametrize("sense", ["05/53/02", "05/20/00"])
def test_library_that_does_not_close_them_is_read_as_it_is(
    library: ManyLibrary, sense: str
) -> None:
    library.fault(f"sense {sense} on 1B")
    done, sent = imported(library)
    assert [(each.volume_tag, each.slot) for each in done.cartridges] == [("B00001L8", None)]
    assert ([each[0] for each in sent], done.error) == ([OPEN_CLOSE], None)


@pytest.mark.parametrize(
    ("kind", "is_closed"),
    [("insert", False), ("eject", False), ("export", False), ("clean", True), ("reserve", True)],
)
def test_those_that_another_operation_lets_a_person_reach_stay_open(
    library: ManyLibrary, kind: OperationKind, is_closed: bool
) -> None:
    with library.open() as opened:
        opened.store.begin_operation(library.id, kind)
    _, sent = imported(library)
    assert [each[0] for each in sent] == ([OPEN_CLOSE, MOVE_MEDIUM] if is_closed else [])
    assert library.mail_is_open is not is_closed


@pytest.mark.parametrize("words", [None, ["A00001L8"]], ids=["import", "export"])
def test_library_is_read_when_it_has_said_that_it_is_ready(
    demo: ManyLibrary, words: list[str] | None
) -> None:
    demo.visit()
    arguments: dict[str, Any] = {"tell": demo.tasks.append}
    with demo.watched() as (opened, sent):
        sent.clear()
        if words is None:
            import_cartridges(opened, only_now=True, **arguments)
        else:
            export(opened, words, **arguments)
    asked = [each[0] for each in sent if each[0] in (TEST_UNIT_READY, READ_ELEMENT_STATUS)]
    assert asked[0] == TEST_UNIT_READY
