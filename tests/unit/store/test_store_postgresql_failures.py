"""What PostgreSQL refuses is an error, once; the connection goes on, and nothing was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
from clocks import HandClock
from postgres import Server

from changer.errors import StoreFailed, StoreUnreachable
from changer.store.postgresql.database import PostgresDatabase
from changer.store.postgresql.opening import open_store
from changer.store.postgresql.store import PostgresStore

from .store_support import LIBRARY, query, remember


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with open_store(url, clock=HandClock()) as store:
        remember(store)
        yield store


def _write_once(database: PostgresDatabase) -> None:
    """Where the rows are found all the same, as by another writer's doing."""
    statement = "INSERT INTO libraries (nothing) VALUES (1)"
    database.execute_once(statement, (), find="SELECT 1", sought=())


def _commit_what_refers_to_nothing(database: PostgresDatabase) -> None:
    with database.transaction():
        database.defer_references()
        database.execute("INSERT INTO drives (library_id, address) VALUES ('nowhere', 256)")


def _commit_after_a_statement_that_failed(database: PostgresDatabase) -> None:
    with database.transaction(), suppress(StoreFailed):
        database.execute("SELECT nothing")


def _write_what_is_not_text(database: PostgresDatabase) -> None:
    database.execute("UPDATE libraries SET device = ?", ("\udcff",))


def _copy_without_a_column(database: PostgresDatabase) -> None:
    url = cast("Path", database._server.url)
    query(url, "ALTER TABLE libraries RENAME COLUMN device TO other")
    try:
        database.copied().close()
    finally:
        query(url, "ALTER TABLE libraries RENAME COLUMN other TO device")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (_write_once, 'column "nothing" of relation'),
        (_commit_what_refers_to_nothing, "violates foreign key constraint"),
        (_commit_after_a_statement_that_failed, "undid a write"),
        (_write_what_is_not_text, "can't hold that"),
        (_copy_without_a_column, 'column "device" does not exist'),
    ],
)
def test_what_the_server_refuses_is_an_error_and_the_connection_goes_on(
    store: PostgresStore, act: Callable[[PostgresDatabase], None], words: str
) -> None:
    with pytest.raises(StoreFailed, match=words):
        act(cast("PostgresDatabase", store._database))
    (library,) = store.libraries()
    assert (library.id, library.device) == (LIBRARY, "/dev/sg3")
    store.begin_operation(LIBRARY, "clean")


@pytest.mark.parametrize(
    ("severity", "state", "is_lost"),
    [
        ("WARNING", "01000", True),
        ("WARNING", "00001", False),
        ("WARNING", "01004", False),
        ("NOTICE", "01000", False),
    ],
)
def test_a_commit_with_the_warning_of_standbys_alone_is_none(
    store: PostgresStore, url: str, severity: str, state: str, is_lost: bool
) -> None:
    """As PostgreSQL says that standbys were not waited for; triggers of others may say more."""
    path = cast("Path", url)
    query(
        path,
        "CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE {severity} 'what came of it' USING ERRCODE = '{state}'; RETURN NULL; END $$",
    )
    query(
        path,
        "CREATE CONSTRAINT TRIGGER says AFTER INSERT ON operations"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION say()",
    )
    if not is_lost:
        store.begin_operation(LIBRARY, "clean")
    else:
        with pytest.raises(StoreUnreachable, match="standbys: what came of it"):
            store.begin_operation(LIBRARY, "clean")
    query(path, "DROP TRIGGER says ON operations")
    store.begin_operation(LIBRARY, "clean")


def test_a_store_whose_own_row_is_gone_is_none(store: PostgresStore, url: str) -> None:
    query(cast("Path", url), "DELETE FROM store")
    with pytest.raises(StoreUnreachable, match="there is no state store") as raised:
        store.begin_operation(LIBRARY, "clean")
    assert raised.value.hint == "make one: changer state init"
