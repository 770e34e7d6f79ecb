"""Clean, insert and eject, met by Ctrl-C at every step: in order at once, and afterwards."""

from __future__ import annotations

from collections.abc import Callable

from driver.virtual_library import error_of

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import move

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary
from .interrupting import interrupted

Function = Callable[[Library], object]


class After:
    """The next command in this process, and what is checked after it."""

    def __init__(self, library: CleanerLibrary, *, tags: list[str]) -> None:
        self._library = library
        self._tags = sorted(tags)

    def run(self, function: Function) -> str:
        """The code of its error, or "done"."""
        self._check_operations()
        with self._library.open() as opened:
            error = error_of(lambda: function(opened))
        self._check_operations()
        assert sorted(self._library.places.values()) == self._tags
        assert self._library.reserved == 1004
        assert all(each["outcome"] is not None for each in self._library.rows("moves"))
        return error.code if error else "done"

    def _check_operations(self) -> None:
        operations = self._library.rows("operations")
        assert all(each["finished_at"] is not None for each in operations), operations

    def check_uses(self) -> None:
        """The store counts what the drives took, neither more nor less."""
        truth = self._library.truth.cartridge_at(self._library.place_of(CLEANER) or "")
        assert truth is not None
        assert self._library.cleans_left == 50 - truth.cleans_used


def _clean(library: Library) -> object:
    return clean(library, parse_place("drive:0"), may_unload=True)


def _bring_back(library: Library) -> object:
    return move(library, parse_place("drive:0"), parse_place(SLOT))


def test_clean_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0, cleaning_seconds=6, drive_load_seconds=1).with_cleaner()
    after, steps = After(library, tags=list(library.places.values())), 0
    for steps in interrupted(library, _clean):  # noqa: B007 - the last one is looked at
        after.check_uses()
        code = after.run(_clean)
        if code == "cartridge-out":
            assert after.run(_bring_back) == "done"
            code = after.run(_clean)
        assert code == "done"
        after.check_uses()
    assert steps > 40


def test_insert_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    library.operate(f"put {CLEANER} mail:2", noticed=False)
    after, steps = After(library, tags=list(library.places.values())), 0
    request = InsertionRequest(cleans_left=7)
    from_slot = InsertionRequest(cleans_left=7, source=parse_place(SLOT))
    for steps in interrupted(library, lambda opened: insert(opened, request)):  # noqa: B007
        was_moved = library.tag_at(SLOT) == CLEANER
        code = after.run(lambda opened: insert(opened, request))
        if was_moved:
            assert code == "slot-full"
            code = after.run(lambda opened: insert(opened, from_slot))
        assert code == "done"
        assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 7)
    assert steps > 50


def test_eject_that_meets_ctrl_c_at_any_step_is_in_order_afterwards(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0).with_cleaner(cleans=7)
    others = [each for each in library.places.values() if each != CLEANER]
    after, steps = After(library, tags=others), 0

    def eject_it(opened: Library) -> object:
        library.later(2, f"take {CLEANER}")
        return eject(opened)

    for steps in interrupted(library, eject_it):  # noqa: B007
        was_taken = library.place_of(CLEANER) is None
        if not was_taken:
            library.later(5, f"take {CLEANER}")
        code = after.run(lambda opened: eject(opened))
        assert code == ("slot-empty" if was_taken else "done")
    assert steps > 30
