"""Stores as files: those of every schema version, their content row by row, and their octets."""

from __future__ import annotations

import _sqlite3
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from figures import FIGURES
from on_record import primary_reservation

from changer.store.database import SCHEMA_VERSION
from changer.store.table_columns import ASKED_ANEW

from .store_support import opened

STORES = Path(__file__).parents[2] / "data/stores"
VERSIONS = range(1, SCHEMA_VERSION + 1)
TL, L700, BARE = (
    "IBM_3573-TL_00L4U78K1234_LL0",
    "STK_L700_1234567890",
    "HP_MSL_G3_SERIES_DEC1234567",
)
OLD_HOST = "1f7a0c5d2be94e83a6d05b9c48e3f217"  # where the stores were made, as of schema 4
RENAMED = {"wish": "cleaning_request"}  # columns, by schema 5
RESERVED = {TL: 0x1004, L700: 0, BARE: None}
Rows = dict[str, list[dict[str, Any]]]


def kept_store(version: int, folder: Path) -> Path:
    """A copy of the store that the program of that schema version made."""
    path = folder / "state.db"
    path.write_bytes((STORES / f"schema-{version}.db").read_bytes())
    path.chmod(0o660)
    return path


def rows_of(path: Path) -> Rows:
    """Every row of every table, as plain SQLite reads it; a value is what it is, with its type."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        return {
            name: sorted(
                (dict(row) for row in connection.execute(f"SELECT * FROM {name}")), key=repr
            )
            for (name,) in names
        }


def assert_kept(before: Rows, after: Rows) -> None:
    """Everything of before is there; what columns and tables came, nobody knew before."""
    for table, old in before.items():
        if table == ASKED_ANEW:
            old = [row for row in old if "library_id" in row]  # before schema 6 it was the model's
        rows = sorted(
            ({RENAMED.get(name, name): row[name] for name in row} for row in old), key=repr
        )
        names = {name for row in rows for name in row}
        found = [{name: row[name] for name in row if name in names} for row in after[table]]
        assert sorted(found, key=repr) == rows, table
    for library_id, reserved in _reserved(before).items():
        FIGURES.reservation(expected=reserved, found=_reserved(after).get(library_id))


def asked_anew(rows: Rows) -> Rows:
    """The rows as a backup or a document leaves them: what a library can is asked anew."""
    return {**rows, ASKED_ANEW: []}


def _reserved(rows: Rows) -> dict[str, int | None]:
    found: dict[str, int | None] = {each["id"]: None for each in rows["libraries"]}
    found |= {each["library_id"]: each["slot_address"] for each in rows["reservations"]}
    return found


def assert_reserved(path: Path, expected: dict[str, int | None] = RESERVED) -> None:
    """What the driver reads: these libraries have these slots reserved."""
    with opened(path) as store:
        for library, address in expected.items():
            found = primary_reservation(store, library)
            FIGURES.reservation(expected=address, found=found.slot_address if found else None)


def anew(path: Path, content: bytes, log: bytes = b"") -> None:
    """Nothing else than that in the folder of a store."""
    for each in path.parent.iterdir():
        each.unlink()
    path.write_bytes(content)
    path.chmod(0o660)
    if log:
        path.with_name(f"{path.name}-wal").write_bytes(log)


def octets(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, but for SQLite's shared memory, which is no content."""
    return {
        file.name: file.read_bytes()
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.endswith("-shm")
    }


def dies_at_step(number: int, function: Callable[[], object]) -> bool:
    """Run in a child that is killed at that step of SQLite's; did it come so far?

    A step is a statement that begins, or some pages that a backup has copied.
    """
    child = os.fork()
    if child == 0:
        left = [number]

        def count(*_: object) -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        class Watched(sqlite3.Connection):
            def backup(self, target: sqlite3.Connection, **options: Any) -> None:
                progress = options.pop("progress", count)

                def then_count(*step: int) -> None:
                    progress(*step)
                    count()

                super().backup(target, progress=then_count, **options)

        connect = sqlite3.connect

        def watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = connect(*arguments, factory=Watched, **options)
            connection.set_trace_callback(count)
            return connection

        _sqlite3.connect = watched  # type: ignore[assignment]
        try:
            function()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return os.WIFSIGNALED(status)
