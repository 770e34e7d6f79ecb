"""A store to look with, when the file fails in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest
from clocks import HandClock
from users import no_right_to

from changer.errors import AccessDenied, StoreFailed, StoreNewer
from changer.store.database import SCHEMA_VERSION
from changer.store.glance import open_at_a_glance
from changer.store.looking import empty_store, open_to_look
from changer.store.protocol import Store
from changer.store.records import DriveIdentity

from .store_support import LIBRARY, give_to_nobody, opened, query, remember, reserve


def is_open(path: Path) -> bool:
    """Whether this process has the file, or one that SQLite keeps beside it."""
    files = [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return any(str(each.readlink()).startswith(str(path)) for each in files)


def test_one_that_fails_is_closed_and_the_next_one_goes_on(path: Path, store: Store) -> None:
    store.close()
    query(
        path,
        "CREATE TRIGGER broken BEFORE INSERT ON libraries BEGIN SELECT RAISE(ABORT, 'broken'); END",
    )
    warnings: list[str] = []
    with open_to_look(
        path, clock=HandClock(), is_given=True, warn=warnings.append, at_all=True
    ) as looked:
        assert is_open(path)
        assert [each.id for each in looked.libraries()] == [LIBRARY]
        remember(looked, "another")
        assert not is_open(path)
        assert [each.id for each in looked.libraries()] == ["another"]
    assert warnings == [
        f"the state store {path} failed: broken: {lost}"
        for lost in ("nothing is recorded for now", "its contents are not known")
    ]


def test_the_next_one_knows_the_library_that_is_looked_at(path: Path, store: Store) -> None:
    store.close()
    query(
        path,
        "CREATE TRIGGER broken BEFORE INSERT ON drives BEGIN SELECT RAISE(ABORT, 'broken'); END",
    )
    drives = (DriveIdentity(256, "S1"),)
    with open_to_look(
        path, clock=HandClock(), is_given=True, warn=lambda _: None, at_all=True
    ) as looked:
        remember(looked, "another")
        looked.replace_drives("another", drives)
        assert looked.drives("another") == drives


@pytest.mark.parametrize("version", [SCHEMA_VERSION - 1, SCHEMA_VERSION + 1])
def test_one_of_another_schema_is_not_read_at_a_glance(
    path: Path, store: Store, version: int
) -> None:
    store.close()
    query(path, f"PRAGMA user_version = {version}")
    with pytest.raises((StoreFailed, StoreNewer), match=f"has schema {version}"):
        open_at_a_glance(path, clock=HandClock())
    assert not is_open(path)


def test_one_that_is_to_be_recovered_is_not_read_at_a_glance(path: Path, store: Store) -> None:
    store.close()
    path.with_name(f"{path.name}-journal").write_bytes(b"pages")
    with pytest.raises(StoreFailed, match="must be recovered"):
        open_at_a_glance(path, clock=HandClock())
    assert not is_open(path)


def test_one_without_a_right_to_it_is_not_read_at_a_glance(folder: Path) -> None:
    path = folder / "state.db"
    opened(path).close()
    give_to_nobody(folder)
    with no_right_to(path), pytest.raises(AccessDenied, match=f"no permission to .*{path}"):
        open_at_a_glance(path, clock=HandClock())


def test_one_in_memory_forgets_with_a_library_all_that_was_kept_of_it(path: Path) -> None:
    with empty_store(path, clock=HandClock()) as store:
        remember(store)
        reserve(store, 4)
        assert store.forget_library(LIBRARY)
        assert (store.operations(LIBRARY), store.reservations(LIBRARY)) == ((), ())


def test_labels_that_can_not_be_recorded_end_no_look_and_warn_nobody(
    path: Path, store: Store
) -> None:
    store.close()
    query(
        path,
        "CREATE TRIGGER broken BEFORE INSERT ON sightings BEGIN SELECT RAISE(ABORT, 'broken'); END",
    )
    warnings: list[str] = []
    with open_to_look(
        path, clock=HandClock(), is_given=True, warn=warnings.append, at_all=True
    ) as looked:
        with pytest.raises(StoreFailed, match="broken"):
            looked.record_labels(
                LIBRARY,
                shown=[("A", 1, 1)],
                missed=[],
                read_at=1.0,
                is_whole=True,
                element_addresses="",
            )
        assert is_open(path), "the store is still the one that is read"
        assert [each.labels_read_at for each in looked.libraries()] == [None]
    assert warnings == []
