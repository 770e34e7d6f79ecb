"""What is so while an export or import is under way: its record, the lock, the mail slots."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from driver.virtual_library import MOVE_MEDIUM, Wire

from changer.errors import LibraryBusy
from changer.library.library import Library
from changer.library.settings import LibrarySettings
from changer.moves.export import export
from changer.moves.import_ import import_cartridges

from .many_library import ManyLibrary, left, refusal

THREE = ("A00001L8", "A00002L8", "A00003L8")


def transfers(library: ManyLibrary) -> list[tuple[str, str | None]]:
    """The cartridges on record, and what became of each."""
    return [(row["volume_tag"], row["outcome"]) for row in library.rows("transfers")]


def come_in(library: ManyLibrary) -> None:
    """A person puts one cartridge in, and another once that was taken."""
    library.operate("put B00001L8", noticed=False)
    library.later(20, "put B00002L8")


def exporting(library: Library) -> object:
    return export(library, THREE)


def importing(library: Library) -> object:
    return import_cartridges(library, count=2)


@pytest.mark.parametrize("function", [exporting, importing])
def test_every_motion_is_made_under_the_lock(
    demo: ManyLibrary, function: Callable[[Library], object]
) -> None:
    """In the rounds after the first one, too."""
    come_in(demo) if function is importing else demo.visit()
    moves = []

    def look(_: int, cdb: bytes) -> None:
        if cdb[0] == MOVE_MEDIUM:
            moves.append(cdb)
            with pytest.raises(LibraryBusy), demo.lock_of_another():
                pass

    with demo.open(wire=partial(Wire, before=look)) as opened:
        function(opened)
    assert len(moves) == (2 if function is importing else 3)


@pytest.mark.parametrize("function", [exporting, importing])
def test_mail_slots_stand_open_while_a_person_is_waited_for(
    demo: ManyLibrary, function: Callable[[Library], object]
) -> None:
    come_in(demo) if function is importing else demo.visit()
    with demo.open() as opened:
        opened.prevent_removal(prevent=True)
    seen = []
    demo.clock.plan(10, lambda: seen.append((demo.mail_is_open, demo.truth.prevented)))
    with demo.open() as opened:
        function(opened)
    assert seen == [(True, False)]
    assert (demo.mail_is_open, demo.truth.prevented) == (False, True)


def test_cartridge_that_stays_is_on_record_before_the_person_is_waited_for(
    demo: ManyLibrary,
) -> None:
    demo.fault("move-fails at-source")
    seen = []
    demo.clock.plan(10, lambda: seen.append(transfers(demo)))
    demo.clock.plan(20, demo.take_all)
    demo.export("A0000[12]L8")
    assert seen == [[("A00001L8", "not-done"), ("A00002L8", None)]]
    assert transfers(demo) == [("A00001L8", "not-done"), ("A00002L8", "done")]


def test_cartridge_that_came_in_or_did_not_is_on_record_before_the_next_is_waited_for(
    demo: ManyLibrary,
) -> None:
    demo.fault("move-fails at-source")
    for number in (1, 2):
        demo.operate(f"put B0000{number}L8", noticed=False)
    seen = []
    demo.clock.plan(10, lambda: seen.append(transfers(demo)))
    demo.import_(timeout_seconds=20)
    assert seen == [[("B00001L8", "not-done"), ("B00002L8", "done")]]


@pytest.mark.parametrize("function", [exporting, importing])
def test_store_that_fails_once_ends_it_with_that_error(
    demo: ManyLibrary, function: Callable[[Library], object]
) -> None:
    """What is not on record now was done all the same, and would be missing in a result."""
    demo.execute(
        "CREATE TRIGGER worn BEFORE UPDATE ON transfers WHEN new.outcome = 'done' AND new.position"
        " = 1 BEGIN SELECT RAISE(ABORT, 'worn out'); END"
    )
    come_in(demo) if function is importing else demo.visit()
    with demo.open() as opened:
        error = refusal(lambda: function(opened))
    assert error.code == "store-failed"
    done = (
        "0 cartridges imported: B00001L8 is in slot 4"
        if function is importing
        else "1 of 3 cartridges left; still to be taken: A00002L8 (mail slot 2); left: A00001L8: "
        "A00001L8 left"
    )
    assert error.message.startswith(f"{done}, but that could not be recorded: the state store")
    assert demo.last.state == "failed"
    assert transfers(demo)[0][1] is None


@pytest.mark.parametrize("function", [exporting, importing])
def test_disabled_library_is_left_alone(
    demo: ManyLibrary, function: Callable[[Library], object]
) -> None:
    with demo.counting() as counted, demo.open(settings=LibrarySettings(enabled=False)) as opened:
        assert refusal(lambda: function(opened)).code == "library-disabled"
    assert (counted.total(), demo.rows("operations")) == (0, [])


def test_what_was_taken_at_the_moment_of_the_stop_has_left(demo: ManyLibrary) -> None:
    demo.clock.plan(20, demo.take_all)
    demo.stop_later(20)
    exported = demo.export("A0000[1-3]L8")
    assert left(exported) == {"A00001L8": "mail:1", "A00002L8": "mail:2"}
    assert demo.outcomes == ["done", "done", "not-done"]
    assert demo.last.state == "cancelled"


def test_another_one_in_the_place_of_one_that_did_not_come_in_is_brought_in(
    demo: ManyLibrary,
) -> None:
    demo.fault("move-fails at-source")
    demo.operate("put B00001L8", noticed=False)
    demo.later(10, "take mail:1", "put B00002L8")
    imported = demo.import_(count=1, timeout_seconds=60)
    assert [(each.volume_tag, str(each.slot)) for each in imported.cartridges] == [
        ("B00002L8", "4")
    ]
    assert demo.outcomes == ["not-done", "done"]


@pytest.mark.parametrize("function", [exporting, importing])
def test_what_refuses_the_first_reading_is_an_error_and_no_result(
    demo: ManyLibrary, function: Callable[[Library], object]
) -> None:
    with demo.lock_of_another(), demo.open() as opened:
        assert refusal(lambda: function(opened)).code == "library-busy"
    demo.fault("offline")
    with demo.open() as opened:
        assert refusal(lambda: function(opened)).code == "library-offline"
    assert [row["state"] for row in demo.rows("operations")] == ["failed"] * 2
