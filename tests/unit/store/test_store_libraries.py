"""Libraries, their drives, and what models can do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from clocks import HandClock
from on_record import primary_cleaner, primary_reservation

from changer.errors import NoLibrary, NtmsResult, StoreFailed
from changer.store.protocol import Store
from changer.store.records import DriveIdentity, LibraryRecord

from .store_support import LIBRARY, opened, query, remember, reserve

MODEL = {"vendor": "IBM", "product": "3573-TL", "revision": "C.10"}


@pytest.fixture
def store(path: Path, clock: HandClock) -> Iterator[Store]:
    with opened(path, clock) as store:
        yield store


def test_a_library_is_remembered_as_it_was_seen(store: Store) -> None:
    remember(store)
    assert store.library(LIBRARY) == LibraryRecord(
        id=LIBRARY,
        vendor="IBM",
        product="3573-TL",
        revision="C.10",
        serial="00L4U78K1234_LL0",
        device="/dev/sg3",
        first_seen_at=1_700_000_000.0,
        last_seen_at=1_700_000_000.0,
    )
    assert store.libraries() == (store.library(LIBRARY),)


def test_a_library_that_moved_to_another_device_is_updated(store: Store, clock: HandClock) -> None:
    remember(store)
    clock.sleep(5)
    store.remember_library(LIBRARY, **MODEL, serial=None, device="/dev/sg9")
    library = store.library(LIBRARY)
    assert library is not None
    assert (library.device, library.serial) == ("/dev/sg9", None)
    assert library.last_seen_at - library.first_seen_at == 5


def test_a_column_that_is_missing_is_damage(path: Path, store: Store) -> None:
    remember(store)
    query(path, "ALTER TABLE libraries RENAME COLUMN product TO another")
    with pytest.raises(StoreFailed, match="column product is missing") as raised:
        store.libraries()
    assert raised.value.is_damage


@pytest.mark.parametrize(("seconds", "commits"), [(0, 0), (3599, 0), (3600, 1), (-3600, 1)])
def test_seeing_a_library_again_commits_at_most_once_an_hour(
    store: Store, file: Path, clock: HandClock, seconds: float, commits: int
) -> None:
    remember(store)
    with closing(sqlite3.connect(file)) as observer:
        # changes with every commit of another connection
        before = observer.execute("PRAGMA data_version").fetchone()[0]
        clock.time += seconds
        remember(store)
        after = observer.execute("PRAGMA data_version").fetchone()[0]
    assert (after != before) == bool(commits)


def test_an_unknown_library_is_none(store: Store) -> None:
    assert store.library("nothing") is None
    assert primary_reservation(store, "nothing") is None
    assert primary_cleaner(store, "nothing") is None
    assert store.drives("nothing") is None
    assert store.operations("nothing") == ()
    assert store.moves("nothing") == ()


def test_writes_about_an_unknown_library_are_refused(store: Store) -> None:
    with pytest.raises(NoLibrary):
        store.begin_operation("nothing", "reserve")
    with pytest.raises(NoLibrary):
        store.begin_move("nothing", source_address=1, destination_address=2)
    with pytest.raises(NoLibrary):
        store.replace_drives("nothing", [DriveIdentity(256, "1")])
    with pytest.raises(NoLibrary):
        store.learn_capability("nothing", "curdata", "no")
    with pytest.raises(NoLibrary):
        store.prevent_removal("nothing", prevented=True)
    with pytest.raises(NoLibrary):
        store.events().record("nothing", lambda _: ((), ()), to_deliver=False)
    assert store.operations() == ()
    assert store.moves() == ()


def test_forgetting_a_library_takes_everything_about_it_along(store: Store) -> None:
    remember(store)
    remember(store, "other")
    for library_id in (LIBRARY, "other"):
        store.reserve(store.begin_operation(library_id, "reserve").id, slot_address=0x1000)
        store.replace_drives(library_id, [DriveIdentity(256, "1")])
        store.begin_move(library_id, source_address=1, destination_address=2)
    assert store.forget_library(LIBRARY)
    assert store.library(LIBRARY) is None
    assert primary_reservation(store, LIBRARY) is None
    assert store.drives(LIBRARY) is None
    assert {move.library_id for move in store.moves()} == {"other"}
    assert {operation.library_id for operation in store.operations()} == {"other"}
    assert primary_reservation(store, "other") is not None
    assert not store.forget_library(LIBRARY)


def test_what_a_library_can_do_is_forgotten_with_it_alone(store: Store) -> None:
    remember(store)
    remember(store, "another of its model")
    store.learn_capability(LIBRARY, "dvcid-with-voltag", "no")
    store.learn_capability("another of its model", "dvcid", "yes")
    store.forget_library(LIBRARY)
    assert store.capabilities(LIBRARY) == {}
    assert store.capabilities("another of its model") == {"dvcid": "yes"}


@pytest.mark.parametrize(("revision", "kept"), [("C.10", {"curdata": "no"}), ("D.00", {})])
def test_what_a_library_can_do_is_dropped_when_its_firmware_is_another(
    store: Store, revision: str, kept: dict[str, str]
) -> None:
    remember(store)
    remember(store, "other")
    store.learn_capability(LIBRARY, "curdata", "no")
    store.learn_capability("other", "curdata", "no")
    seen = {**MODEL, "revision": revision}
    store.remember_library(LIBRARY, **seen, serial=None, device="/dev/sg9")
    assert store.capabilities(LIBRARY) == kept
    assert store.capabilities("other") == {"curdata": "no"}


def test_drives_not_read_differ_from_no_drives(store: Store) -> None:
    remember(store)
    assert store.drives(LIBRARY) is None
    store.replace_drives(LIBRARY, [])
    assert store.drives(LIBRARY) == ()
    store.forget_drives(LIBRARY)
    assert store.drives(LIBRARY) is None


def test_drives_are_replaced_as_a_whole(store: Store) -> None:
    remember(store)
    first = DriveIdentity(0, "1068000001", "IBM", "ULT3580-TD6")
    second = DriveIdentity(257, None)
    store.replace_drives(LIBRARY, [second, first])
    assert store.drives(LIBRARY) == (first, second)
    store.replace_drives(LIBRARY, [second])
    assert store.drives(LIBRARY) == (second,)


def test_capabilities_belong_to_one_library_of_a_model(store: Store) -> None:
    remember(store)
    remember(store, "another of its model")
    store.learn_capability(LIBRARY, "curdata", "no")
    store.learn_capability(LIBRARY, "curdata", "yes")
    store.learn_capability(LIBRARY, "mode-page-1f", "1f12")
    assert store.capabilities(LIBRARY) == {"curdata": "yes", "mode-page-1f": "1f12"}
    assert store.capabilities("another of its model") == {}
    store.forget_capabilities("another of its model")
    assert store.capabilities(LIBRARY) != {}
    store.forget_capabilities(LIBRARY)
    assert store.capabilities(LIBRARY) == {}


@pytest.mark.parametrize("passed_seconds", [86401.0, -86401.0])
def test_capabilities_are_known_for_a_day_whichever_way_the_clock_goes(
    store: Store, clock: HandClock, passed_seconds: float
) -> None:
    # The unit attention of a library that was refitted may have gone to another program.
    remember(store)
    store.learn_capability(LIBRARY, "curdata", "no")
    clock.time += 86399
    assert store.capabilities(LIBRARY) == {"curdata": "no"}
    clock.time += passed_seconds - 86399
    assert store.capabilities(LIBRARY) == {}
    store.learn_capability(LIBRARY, "curdata", "no")
    assert store.capabilities(LIBRARY) == {"curdata": "no"}
    clock.time += passed_seconds
    store.forget_capabilities(LIBRARY)
    clock.time -= passed_seconds
    assert store.capabilities(LIBRARY) == {}, "what is forgotten does not come back"


def test_capabilities_go_with_a_library_to_its_new_name(store: Store) -> None:
    remember(store)
    store.learn_capability(LIBRARY, "curdata", "no")
    store.rename_library(LIBRARY, "renamed")
    assert store.capabilities("renamed") == {"curdata": "no"}
    assert store.capabilities(LIBRARY) == {}


def test_what_is_known_already_is_not_written_again(store: Store, file: Path) -> None:
    remember(store)
    drives = [DriveIdentity(256, "1"), DriveIdentity(257, "2")]

    def tell() -> None:
        store.replace_drives(LIBRARY, drives)
        store.learn_capability(LIBRARY, "curdata", "no")

    tell()
    with closing(sqlite3.connect(file)) as observer:
        before = observer.execute("PRAGMA data_version").fetchone()
        tell()
        assert observer.execute("PRAGMA data_version").fetchone() == before


def test_text_of_any_kind_comes_back_as_it_was(store: Store, backend: str) -> None:
    nul = "\0" if backend == "sqlite" else ""  # which PostgreSQL's texts can't have
    library_id = f"Ä/../{nul}'; DROP TABLE libraries; --"
    store.remember_library(library_id, **MODEL, serial="\x1b[31m", device="/dev/\n")
    library = store.library(library_id)
    assert library is not None
    assert (library.serial, library.device) == ("\x1b[31m", "/dev/\n")
    operation = store.begin_operation(library_id, "reserve", volume_tag="")
    finished = store.finish_operation(
        operation.id, state="failed", result=NtmsResult("ERROR_BUSY", 170), message="%s ?"
    )
    assert (finished.volume_tag, finished.message) == ("", "%s ?")


def test_a_copy_to_throw_away_forgets_with_a_library_all_that_was_kept_of_it(store: Store) -> None:
    remember(store)
    reserve(store, 4)
    with store.scratch() as copy:
        assert copy.forget_library(LIBRARY)
        assert (copy.operations(LIBRARY), copy.reservations(LIBRARY)) == ((), ())
    assert len(store.operations(LIBRARY)) == len(store.reservations(LIBRARY)) == 1
