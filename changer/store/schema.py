"""Migrations to the newest schema: migrations/NNNN_*.sql, in order; 0000 makes it at once."""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

from changer.errors import StoreFailed
from changer.host.trust import own_rights
from changer.store.database import APPLICATION_ID, SCHEMA_VERSION
from changer.store.failures import roll_back
from changer.store.sqlite_database import memory_database, read_schema_version

_MIGRATIONS = Path(__file__).with_name("migrations")
_WHOLE = 0


def new_schema(version: int = SCHEMA_VERSION) -> sqlite3.Connection:
    """Return an empty database in memory, with that schema."""
    with ExitStack() as stack:
        connection = stack.enter_context(closing(memory_database()))
        migrate(connection, Path(":memory:"), upto=version)
        stack.pop_all()
        return connection


def migrate(connection: sqlite3.Connection, path: Path, *, upto: int = SCHEMA_VERSION) -> None:
    """Run all missing migrations in one transaction; a second process finds none missing.

    Raises StoreNewer, StoreFailed (another program's), sqlite3.Error.
    """
    connection.execute("PRAGMA foreign_keys = OFF")  # a table may be rebuilt
    connection.execute("BEGIN EXCLUSIVE")
    try:
        version = read_schema_version(connection, path)
        for number in _steps(version, upto):
            for statement in migration_scripts()[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number or upto}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise StoreFailed.damage(
                f"the state store {path} is damaged: rows refer to missing rows"
            )
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def _steps(version: int, upto: int) -> Sequence[int]:
    """The numbers of the scripts that lead there."""
    is_new = version == 0 and upto == SCHEMA_VERSION
    return (_WHOLE,) if is_new else range(version + 1, upto + 1)


@cache
def migration_scripts() -> tuple[tuple[str, ...], ...]:
    """Return the statements of the whole schema, then of each migration. Raises StoreFailed."""
    try:
        with own_rights():
            found = {
                int(file.name[:4]): file.read_text(encoding="utf-8")
                for file in _MIGRATIONS.iterdir()
                if file.suffix == ".sql"
            }
        return tuple(_statements(found[number]) for number in range(_WHOLE, SCHEMA_VERSION + 1))
    except (OSError, KeyError) as error:
        raise StoreFailed(
            f"the program's own files in {_MIGRATIONS} are missing, or can't be read",
            hint="reinstall changer so that its users can read it",
        ) from error


def _statements(script: str) -> tuple[str, ...]:
    """The statements one by one: executescript would commit first."""
    statements, statement = [], ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            statements.append(statement)
            statement = ""
    return tuple(statements)
