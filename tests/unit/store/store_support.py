"""What the tests of the store share: a library in it, other processes, other users."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
from children import ended
from clocks import HandClock
from users import NOBODY

from changer.errors import ChangerError
from changer.store.postgresql import opening as postgresql
from changer.store.protocol import Store
from changer.store.records import Cleaner
from changer.store.sqlite import open_store

LIBRARY, TAG = "IBM_3573-TL_00L4U78K1234_LL0", "CLN001CU"


def opened(path: Path, clock: HandClock | None = None) -> Store:
    """The store in a file, or in the database that a URL names."""
    if isinstance(path, str):
        return postgresql.open_store(path, clock=clock or HandClock())
    return open_store(path, clock=clock or HandClock())


def remember(store: Store, library_id: str = LIBRARY) -> None:
    store.remember_library(
        library_id,
        vendor="IBM",
        product="3573-TL",
        revision="C.10",
        serial="00L4U78K1234_LL0",
        device="/dev/sg3",
    )


def reserve(store: Store, slot_address: int, library_id: str = LIBRARY) -> str:
    """The id of the operation that reserved the slot."""
    operation = store.begin_operation(library_id, "reserve", slot_address=slot_address)
    store.reserve(operation.id, slot_address=slot_address)
    return operation.id


def release(store: Store, slot_address: int, library_id: str = LIBRARY) -> None:
    operation = store.begin_operation(library_id, "release")
    store.release(operation.id, slot_address=slot_address)


def insert(
    store: Store,
    slot_address: int,
    volume_tag: str | None = TAG,
    cleans_left: int | None = 5,
    *,
    known: Cleaner | None = None,
    is_told: bool = False,
    library_id: str = LIBRARY,
) -> Cleaner:
    return store.insert_cleaner(
        store.begin_operation(library_id, "insert", cleans_told=int(is_told)).id,
        slot_address=slot_address,
        volume_tag=volume_tag,
        family=None if known else "lto",
        cleans_left=cleans_left,
        known=known,
    )


def eject(store: Store, slot_address: int, library_id: str = LIBRARY) -> None:
    operation = store.begin_operation(library_id, "eject")
    store.eject_cleaner(operation.id, slot_address=slot_address)


def begin_clean(store: Store, slot_address: int | None, library_id: str = LIBRARY) -> str:
    return store.begin_operation(library_id, "clean", slot_address=slot_address).id


def query(path: Path, statement: str) -> object:
    """What plain SQLite says of the file, or psycopg of the database."""
    if isinstance(path, str):
        with psycopg.connect(path) as database:
            cursor = database.execute(statement.encode())
            found = cursor.fetchone() if cursor.description else None
            return found[0] if found else None
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute(statement).fetchone()
        connection.commit()
        return row[0] if row else None


def outcome_of(function: Callable[[], object]) -> str:
    """The error code that a call ends with, or "done"."""
    try:
        function()
    except ChangerError as error:
        return error.code
    return "done"


def in_processes(count: int, function: Callable[[int], str]) -> list[str]:
    """Run in that many processes, started at once; what each returned."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(count)
    results = context.SimpleQueue()

    def run(number: int) -> None:
        barrier.wait(120)
        try:
            results.put(function(number))
        except BaseException as error:
            results.put(repr(error))
            raise

    children = [context.Process(target=run, args=(number,)) for number in range(count)]
    for child in children:
        child.start()
    found = [results.get() for _ in children]
    for child in children:
        child.join(120)
    return found


def killed_while(function: Callable[[], object]) -> None:
    """Run in a child that is killed (SIGKILL) when the function has returned."""

    def run() -> None:
        function()
        os.kill(os.getpid(), signal.SIGKILL)

    assert ended(run) == -signal.SIGKILL, "the child did not get as far as it should"


def give_to_nobody(folder: Path) -> None:
    """Let an ordinary user write to the folder, by which nobody else can."""
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, -1)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
