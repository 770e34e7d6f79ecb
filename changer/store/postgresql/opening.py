"""Opening of a PostgreSQL store. psycopg, which is optional, is imported where it is needed."""

from __future__ import annotations

import _sqlite3 as sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from changer.errors import ToolMissing
from changer.host.clock import Clock, SystemClock

if TYPE_CHECKING:
    from changer.store.postgresql.database import PostgresDatabase
    from changer.store.postgresql.store import PostgresStore
    from changer.store.protocol import Store

_HINT_SECONDS = 2


def open_store(
    url: str,
    *,
    clock: Clock,
    allow_async: bool = False,
    connect_seconds: int = 10,
    warn: Callable[[str], None] = lambda _: None,
) -> PostgresStore:
    """Open the store in the database that ``url`` names; the caller closes it.

    ``warn``: called with what may be missing in it.

    Raises UsageError (not a URL, or with a password), StoreUnreachable (no server, no database, no
    store in it), AccessDenied, StoreNewer, StoreFailed, ToolMissing (without psycopg).
    """
    database = open_database(
        url, clock=clock, allow_async=allow_async, connect_seconds=connect_seconds, warn=warn
    )
    from changer.store.postgresql.store import PostgresStore

    return PostgresStore(database, clock=clock)


def open_for(
    purpose: str, url: str, *, clock: Clock, allow_async: bool, warn: Callable[[str], None]
) -> Store:
    """Open it for one of the purposes that a Coordination has; the caller closes it.

    To look, and to read, a server that takes no writes will do: what is kept of the library then
    stays in memory. Raises as ``open_store``.
    """
    _require_driver()

    def open_it() -> Store:
        return open_store(url, clock=clock, allow_async=allow_async)

    def copy() -> Store:
        with open_it() as store:
            return store.scratch()

    if purpose == "act":
        return open_store(url, clock=clock, allow_async=allow_async, warn=warn)
    if purpose == "rehearse":
        return copy()
    if purpose == "hint":
        return open_store(url, clock=clock, connect_seconds=_HINT_SECONDS)
    from changer.store.looking import LookingStore, empty_store

    ways: list[tuple[str, Callable[[], Store]]] = [
        ("", open_it),
        ("nothing is recorded for now", copy),
    ]
    if purpose == "examine":
        ways = [("", copy)]
    if purpose in ("look", "examine"):
        unknown = partial(empty_store, Path(url), clock=clock)
        ways.append(("its contents are not known", unknown))
    return cast("Store", LookingStore(ways, warn=warn))


def open_database(
    url: str,
    *,
    clock: Clock,
    allow_async: bool = False,
    connect_seconds: int = 10,
    warn: Callable[[str], None] = lambda _: None,
) -> PostgresDatabase:
    """Open it as ``open_store`` does, for work on all tables alike."""
    _require_driver()
    from changer.store.postgresql.connection import Server
    from changer.store.postgresql.database import PostgresDatabase
    from changer.store.postgresql.server_clock import ServerClock
    from changer.store.postgresql.standing import CURRENT, Standing, require_schema

    server = Server(url, allow_async=allow_async, connect_seconds=connect_seconds)
    database = PostgresDatabase(server, server.connect(), clock=clock)
    try:
        standing = Standing.of(database.execute(CURRENT), url)
        require_schema(standing.schema_version, url)
        if isinstance(clock, ServerClock):
            clock.told(standing.now)
        if standing.doubt is not None:
            warn(standing.doubt)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def copied_from(url: str) -> Iterator[sqlite3.Connection]:
    """All that is committed, in memory, free to be changed. Raises as ``open_store``."""
    with closing(open_database(url, clock=SystemClock())) as database:
        copy = database.copied()
    with closing(copy):
        yield copy


def make_store(url: str, *, dry_run: bool) -> bool:
    """Make the tables in an empty database, or bring them up to date.

    Return whether the store is new. Raises as ``open_store``; UsageError for a database of another
    program.
    """
    _require_driver()
    from changer.store.postgresql.connection import Server
    from changer.store.postgresql.failures import server_failures
    from changer.store.postgresql.schema import migrate

    with server_failures(url), Server(url).connect() as connection:
        return migrate(connection, url, dry_run=dry_run)


def _require_driver() -> None:
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise ToolMissing(
            f"a state store in PostgreSQL needs psycopg 3 and libpq ({error})",
            hint="pip install 'changer[postgresql]'; on Debian: apt install python3-psycopg",
        ) from error
