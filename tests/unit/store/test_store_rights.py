"""Who may open the store, and what the others are told."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from folders import quick_folder
from pytest_mock import MockerFixture
from users import as_nobody, no_right_to, shared_group

from changer.errors import AccessDenied
from changer.host.shared_files import prepare_folder
from changer.store.copies import copied

from .store_support import give_to_nobody, opened, remember


def test_a_user_without_rights_to_the_folder_is_denied_and_told_which() -> None:
    with quick_folder() as folder:
        opened(folder / "changer/state.db").close()
        (folder / "changer").chmod(0o500)
        code, text = as_nobody(lambda: opened(folder / "changer/state.db"))
        (folder / "changer").chmod(0o700)
    assert code == "access-denied"
    assert f"{folder}/changer" in text
    assert "udev/README.md" in text


def test_a_user_outside_the_group_is_told_to_join_it() -> None:
    with quick_folder() as folder:
        prepare_folder(folder / "changer", group=shared_group().gr_name)
        opened(folder / "changer/state.db").close()
        (folder / "changer/state.db").chmod(0o060)
        (folder / "changer").chmod(0o2570)
        code, text = as_nobody(lambda: opened(folder / "changer/state.db"))
        (folder / "changer").chmod(0o2770)
    assert code == "access-denied"
    assert f"group {shared_group().gr_name} " in text


@pytest.mark.parametrize("name", ["state.db", "state.db-wal", "state.db-shm"])
def test_a_user_without_rights_to_a_file_is_denied_and_told_which(name: str) -> None:
    with quick_folder() as folder:
        give_to_nobody(folder)
        with opened(folder / "state.db") as store:
            remember(store)
            for file in folder.iterdir():
                file.chmod(0o440 if file.name == name else 0o666)
            code, text = as_nobody(lambda: opened(folder / "state.db"))
    assert code == "access-denied"
    assert f"write {folder / name};" in text


def test_a_right_that_is_taken_away_when_it_was_just_looked_at_is_missed(
    folder: Path, mocker: MockerFixture
) -> None:
    """SQLite says no more than that it can't open the file."""
    path = folder / "state.db"
    opened(path).close()
    connect: Any = sqlite3.connect
    with ExitStack() as taken:

        def connect_too_late(*arguments: Any, **options: Any) -> Any:
            taken.enter_context(no_right_to(path))
            return connect(*arguments, **options)

        mocker.patch("_sqlite3.connect", connect_too_late)
        with pytest.raises(AccessDenied, match="no permission to read and write"):
            opened(path)


def test_a_right_to_write_that_is_taken_away_when_it_was_just_looked_at_is_missed() -> None:
    """SQLite then opens the file to read it; the first write would be in the midst of a move."""
    connect: Any = sqlite3.connect

    def open_too_late(folder: Path) -> None:
        path = folder / "state.db"

        def connect_too_late(*arguments: Any, **options: Any) -> Any:
            path.chmod(0o444)
            return connect(*arguments, **options)

        with pytest.MonkeyPatch.context() as host:
            host.setattr("_sqlite3.connect", connect_too_late)
            opened(path)

    with quick_folder() as folder:
        give_to_nobody(folder)
        code, _ = as_nobody(lambda: opened(folder / "state.db").close())
        assert code == "done"
        code, text = as_nobody(lambda: open_too_late(folder))
    assert code == "access-denied"
    assert f"{folder}/state.db" in text


def test_a_closed_store_is_denied_at_once_and_which_right_it_takes_to_read_it(folder: Path) -> None:
    """The rights of its side files alone may be about to come."""
    path, clock = folder / "state.db", HandClock()
    opened(path).close()
    give_to_nobody(folder)
    with no_right_to(path):
        with pytest.raises(AccessDenied, match=f"no permission to read and write {path}$"):
            opened(path, clock)
        with pytest.raises(AccessDenied, match=f"no permission to read {path}$"), copied(path):
            pass
    assert clock.slept == []


def test_a_folder_that_cannot_be_made_is_denied() -> None:
    with quick_folder() as folder:
        folder.chmod(0o555)
        code, text = as_nobody(lambda: opened(folder / "changer/state.db"))
        folder.chmod(0o755)
    assert code == "access-denied"
    assert "run 'changer state init' as root" in text


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_folder_of_everyone_is_denied_and_nothing_made_in_it(mode: int) -> None:
    with quick_folder() as folder:
        folder.chmod(mode)
        with pytest.raises(AccessDenied, match=f"{folder} is world-writable,") as denied:
            opened(folder / "state.db")
        assert list(folder.iterdir()) == []
        is_safe = mode == 0o1777  # a folder in it can't be replaced by others
        with nullcontext() if is_safe else pytest.raises(AccessDenied, match="is world-writable"):
            opened(folder / "own/state.db").close()
    assert ("in a folder of its own" in (denied.value.hint or "")) is is_safe
