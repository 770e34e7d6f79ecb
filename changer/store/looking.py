"""Stores to look with: never made, and where one can't be written or read, memory goes on instead.

What is read of a file that can't be written is a copy in memory; what is kept in it is lost when it
is closed.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from changer.errors import ChangerError, StoreError, StoreUnreachable
from changer.host.clock import Clock
from changer.host.shared_files import prepare_file
from changer.host.trust import absolute_path
from changer.store.failures import side_size, store_failures
from changer.store.schema import migrate, new_schema
from changer.store.sqlite import SqliteStore, is_missing, missing, open_store
from changer.store.sqlite_database import SqliteDatabase, memory_database

if TYPE_CHECKING:
    from changer.store.protocol import Store


def empty_store(path: Path, *, clock: Clock) -> Store:
    """A store in memory in which nothing is kept."""
    return _in_memory(new_schema(), path, clock=clock)


def open_to_look(
    path: Path, *, clock: Clock, is_given: bool, warn: Callable[[str], None], at_all: bool
) -> Store:
    """Open the store at ``path`` to look, without making it.

    is_given  the path was named, and has to be there.
    at_all    go on without what the store keeps, too, where it can't be read.
    warn      called for each store that fails, with what can't be recorded, or read.

    Raises as ``open_store``, for a store that can't be read unless ``at_all``, but for rights.
    """

    def from_copy() -> Store:
        return _copy_of(path, clock=clock)

    def from_nothing() -> Store:
        return empty_store(path, clock=clock)

    ways: list[tuple[str, Callable[[], Store]]] = [
        ("", lambda: open_store(path, clock=clock)),
        ("nothing is recorded for now", from_copy),
    ]
    if at_all:
        ways.append(("its contents are not known", from_nothing))
    if is_missing(path):
        ways = [("", _missing(path) if is_given else from_nothing), *ways[2:]]
    elif _is_empty(path):
        prepare_file(absolute_path(path, StoreUnreachable))  # refuses what may be a trap
        ways = [("", from_nothing)]
    return cast("Store", LookingStore(ways, warn=warn))


def open_copy(path: Path, *, clock: Clock, warn: Callable[[str], None]) -> Store:
    """A copy in memory of the store at ``path``, which is neither made, migrated nor written.

    ``warn``: called where it can't be read; nothing is known of it then.
    """
    if is_missing(path) or _is_empty(path):
        return empty_store(path, clock=clock)
    try:
        return _copy_of(path, clock=clock)
    except ChangerError as error:
        warn(f"{error.message}: its contents are not known")
        return empty_store(path, clock=clock)


def _copy_of(path: Path, *, clock: Clock) -> Store:
    from changer.store.copies import copied

    own = memory_database()
    try:
        with copied(path) as copy, store_failures(path):
            copy.backup(own)
        return _in_memory(own, path, clock=clock)
    except BaseException:
        own.close()
        raise


def _missing(path: Path) -> Callable[[], Store]:
    def fail() -> Store:
        raise missing(path)

    return fail


def _is_empty(path: Path) -> bool:
    """Whether nothing was ever kept in a file."""
    try:
        status = path.stat()
        is_empty = stat.S_ISREG(status.st_mode) and not status.st_size
        return is_empty and not side_size(path, "-wal")
    except OSError:
        return False


def _in_memory(connection: sqlite3.Connection, path: Path, *, clock: Clock) -> Store:
    with store_failures(path):
        migrate(connection, path)
        connection.execute("PRAGMA foreign_keys = ON")
    return SqliteStore(SqliteDatabase.of_memory(connection, path), clock=clock)


# Of what they fail at nothing depends, so that the store is not given up, nor the user warned.
_MAY_FAIL = ("label_mark", "shown_labels", "record_labels")


class LookingStore:
    """A store that is opened in the first way that goes, and in the next when it fails.

    With ``__getattr__`` it has all methods of a store.
    """

    def __init__(
        self, ways: list[tuple[str, Callable[[], Store]]], *, warn: Callable[[str], None]
    ) -> None:
        self._ways = ways
        self._warn = warn
        self._remembered: Callable[[Store], None] | None = None
        self._store = self._open_next(None)

    def _open_next(self, error: StoreError | None) -> Store:
        """Open in the next way that goes, and warn of the first error. Raises that."""
        first = error
        while self._ways:
            lost, open_it = self._ways.pop(0)
            try:
                store = open_it()
            except StoreError as failed:
                first = first or failed
                continue
            except ChangerError:
                if first is None:
                    raise
                continue
            if first is not None:
                self._warn(f"{first.message}: {lost}")
            return store
        assert first is not None, "there is always a way that goes, or an error"
        raise first

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            if name == "remember_library":
                self._remembered = lambda store: store.remember_library(*arguments, **named)
            while True:
                try:
                    return getattr(self._store, name)(*arguments, **named)
                except StoreError as error:
                    if name in _MAY_FAIL:
                        raise
                    broken = self._store
                    self._store = self._open_next(error)
                    broken.close()
                    if self._remembered is not None:  # rows refer to the library
                        with suppress(ChangerError):
                            self._remembered(self._store)

        return call

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._store.close()
