"""The disk under the store fails in the middle: the next process finds what was not written."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable

from changer.errors import ChangerError
from changer.library.addressing import parse_place
from changer.moves.execute import load, move

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary

ABORT = "BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END"


def code_in_a_child(library: CleanerLibrary, function: Callable[[], object]) -> str:
    """Run in a process that ends afterwards; the code of the error that it ends with."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        text = "done"
        try:
            function()
        except ChangerError as error:
            text = " ".join((error.code, error.message, *library.warnings))
        except BaseException:
            text = traceback.format_exc()
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        told = stream.read()
    os.waitpid(child, 0)
    return told


def test_use_is_counted_later_when_it_could_not_be_written(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0, cleaning_seconds=30).with_cleaner()

    def wear_out() -> None:
        for name in ("cleaners", "operations"):
            library.execute(f"CREATE TRIGGER no_{name} BEFORE UPDATE ON {name} {ABORT}")

    def clean() -> object:
        library.clock.plan(5, wear_out)
        return library.clean()

    told = code_in_a_child(library, clean)
    assert told.startswith("store-failed")
    assert "CLN001CU is in drive 0" in told
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 50)
    for name in ("cleaners", "operations"):
        library.execute(f"DROP TRIGGER no_{name}")
    library.clock.sleep(600)
    with library.open() as opened:
        move(opened, parse_place("drive:0"), parse_place(SLOT))
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 49)
    assert all(each["finished_at"] for each in library.rows("operations"))


def test_use_by_a_load_is_counted_later_when_it_could_not_be_written(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0).with_cleaner()
    library.execute(f"CREATE TRIGGER broken BEFORE UPDATE ON cleaners {ABORT}")

    def load_it() -> None:
        with library.open() as opened:
            load(opened, parse_place(SLOT), parse_place("drive:0"), as_is=True)

    told = code_in_a_child(library, load_it)
    assert told.startswith("store-failed")
    assert "CLN001CU is in drive 0, which cleans with it, but its use could not be counted" in told
    library.execute("DROP TRIGGER broken")
    with library.open() as opened:
        move(opened, parse_place("1"), parse_place("9"))
    assert (library.tag_at("drive:0"), library.cleans_left) == (CLEANER, 49)
    assert all(each["finished_at"] for each in library.rows("operations"))


def test_cleaner_is_recorded_later_when_it_could_not_be_written(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    library.operate("insert CLN001CU 9", noticed=False)
    library.execute(f"CREATE TRIGGER broken BEFORE INSERT ON cleaners {ABORT}")
    library.execute(
        "CREATE TRIGGER broken2 BEFORE UPDATE ON operations WHEN new.finished_at IS NOT NULL "
        + ABORT
    )
    told = code_in_a_child(library, lambda: library.insert("9", cleans_left=7))
    assert told.startswith("store-failed")
    assert (library.tag_at(SLOT), library.cleaner) == (CLEANER, None)
    library.execute("DROP TRIGGER broken")
    library.execute("DROP TRIGGER broken2")
    with library.open() as opened:
        move(opened, parse_place("1"), parse_place("9"))
    assert library.cleans_left == 7
    assert all(each["finished_at"] for each in library.rows("operations"))


def test_nothing_moves_when_the_journal_can_t_be_written(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0).with_cleaner()
    library.execute(f"CREATE TRIGGER broken BEFORE INSERT ON moves {ABORT}")
    assert code_in_a_child(library, library.clean).startswith("store-failed")
    assert code_in_a_child(library, library.eject).startswith("store-failed")
    assert (library.tag_at(SLOT), library.cleans_left) == (CLEANER, 50)
    assert library.commands[0xA5] == 0
