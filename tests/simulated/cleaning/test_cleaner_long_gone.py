"""A cleaner that left is forgotten after the time of the settings, and that is said."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from changer.library.settings import LibrarySettings

from .cleaner_library import CLEANER, CleanerLibrary
from .conftest import MakeCleanerLibrary

DAY = 86_400
GONE = "more than 30 days ago: its count is no longer kept"


@pytest.fixture
def library(make: MakeCleanerLibrary) -> CleanerLibrary:
    """It remembers a cleaner that left for 30 days."""
    library = make()
    library.empty_mail()
    library.settings = LibrarySettings(cleaner_kept_days=30)
    return library


def labels(library: CleanerLibrary) -> list[str]:
    return [row["volume_tag"] for row in library.rows("cleaners")]


def exchange(library: CleanerLibrary, taken: str, put: str, *, days: float) -> None:
    """A person takes one cleaner out, and brings another one that many days later."""
    library.later(100, f"take {taken}")
    library.eject()
    library.clock.sleep(days * DAY)
    library.later(100, f"put {put}")
    library.insert(cleans_left=9)


def test_it_is_forgotten_with_a_word_when_another_one_comes(library: CleanerLibrary) -> None:
    library.with_cleaner()
    exchange(library, CLEANER, "CLN002CU", days=29)
    assert labels(library) == [CLEANER, "CLN002CU"]
    assert not library.warnings
    exchange(library, "CLN002CU", "CLN003CU", days=2)
    assert labels(library) == ["CLN002CU", "CLN003CU"]
    (warning,) = library.warnings
    assert f"cleaner {CLEANER} left {library.id} {GONE}" in warning
    assert warning in library.announced


def test_it_is_forgotten_when_another_one_goes(library: CleanerLibrary) -> None:
    library.with_cleaner()
    exchange(library, CLEANER, "CLN002CU", days=0)
    library.clock.sleep(31 * DAY)
    library.later(100, "take CLN002CU")
    library.eject()
    assert labels(library) == ["CLN002CU"]


def test_one_that_comes_back_late_takes_its_count_up_before_it_would_be_forgotten(
    library: CleanerLibrary,
) -> None:
    library.with_cleaner(cleans=7)
    library.later(100, f"take {CLEANER}")
    library.eject()
    library.clock.sleep(80 * DAY)
    library.later(100, f"put {CLEANER}")
    assert library.insert().cleans_left == 7
    assert labels(library) == [CLEANER]
    assert not library.warnings


def test_what_can_t_be_forgotten_fails_nothing_that_was_done(library: CleanerLibrary) -> None:
    library.with_cleaner()
    exchange(library, CLEANER, "CLN002CU", days=0)
    library.clock.sleep(31 * DAY)
    with closing(sqlite3.connect(library.state)) as connection:
        connection.execute(
            "CREATE TRIGGER t BEFORE DELETE ON cleaners BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    library.later(100, "take CLN002CU")
    library.eject()
    assert library.last.state == "completed"
    assert labels(library) == [CLEANER, "CLN002CU"]
    (warning,) = library.warnings
    assert "can't tell which cleaners left long ago: " in warning
