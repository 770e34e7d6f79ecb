"""The schema that a new store gets at once is the one that the migrations make."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from changer.store.database import SCHEMA_VERSION
from changer.store.schema import migrate, migration_scripts, new_schema


def objects(connection: sqlite3.Connection) -> list[str]:
    """The SQL of each table and index, in the order in which they were made."""
    statement = "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid"
    return [row[0] for row in connection.execute(statement)]


def test_new_store_has_letter_for_letter_what_the_migrations_make() -> None:
    with closing(new_schema(SCHEMA_VERSION - 1)) as migrated, closing(new_schema()) as at_once:
        migrate(migrated, Path(":memory:"))
        wanted = objects(migrated)
        text = "".join(f"{each};\n" for each in wanted)
        assert objects(at_once) == wanted, f"migrations/0000_whole.sql should be:\n{text}"
        for name in ("user_version", "application_id"):
            pragma = f"PRAGMA {name}"
            assert at_once.execute(pragma).fetchone()[0] == migrated.execute(pragma).fetchone()[0]


def test_new_store_is_made_in_one_step() -> None:
    """Forty statements, not the hundred of the migrations: each test makes one, or many."""
    whole, *migrations = migration_scripts()
    assert len(whole) < 40 < sum(map(len, migrations))
    statements: list[str] = []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.set_trace_callback(statements.append)
        connection.row_factory = sqlite3.Row
        migrate(connection, Path(":memory:"))
    assert not any("ALTER TABLE" in each for each in statements)
