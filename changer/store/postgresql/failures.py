"""Failures of PostgreSQL, and of the way to it, as ChangerErrors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from changer.errors import AccessDenied, ChangerError, StoreFailed, StoreFull, StoreUnreachable

_INIT = "make one: changer state init"
READ_ONLY = "name the primary server, or all of them with target_session_attrs=read-write"
_NONE_IS_PRIMARY = "none of these servers takes writes now: try again, or promote one of them"
# By what the server says to a connection that it does not take: libpq passes on no code.
_REFUSALS = (
    (
        "does not exist",
        StoreUnreachable,
        "docs/several-hosts.md shows how to make role and database",
    ),
    ("password", AccessDenied, "put the password into ~/.pgpass (mode 600), or PGPASSFILE"),
    ("authentication failed", AccessDenied, "see the server's pg_hba.conf and pg_ident.conf"),
    ("pg_hba.conf", AccessDenied, "have pg_hba.conf let this host and role in"),
    ("permission denied", AccessDenied, "GRANT CONNECT ON DATABASE ... TO the role"),
    ("not permitted to log in", AccessDenied, "ALTER ROLE ... LOGIN"),
    ("starting up", StoreUnreachable, "try again"),
    ("shutting down", StoreUnreachable, "try again when it is back"),
    ("too many", StoreUnreachable, "raise max_connections, or use PgBouncer"),
    ("connection slots", StoreUnreachable, "raise max_connections, or use PgBouncer"),
    ("read-only", StoreUnreachable, READ_ONLY),
)
_NOT_THERE = "see that the server runs and that this host can reach it: pg_isready"
_BY_CLASS: tuple[tuple[type[psycopg.Error], type[ChangerError], str, str], ...] = (
    (errors.InsufficientPrivilege, AccessDenied, "refuses", "let the role own the database"),
    (errors.ReadOnlySqlTransaction, StoreUnreachable, "is read-only", READ_ONLY),
    (errors.DiskFull, StoreFull, "has no space left", "free some space on the server"),
    (errors.LockNotAvailable, StoreFailed, "stayed locked by another program", "try again"),
    (errors.DeadlockDetected, StoreFailed, "was used by others meanwhile", "try again"),
    (errors.SerializationFailure, StoreFailed, "was used by others meanwhile", "try again"),
    (errors.TooManyConnections, StoreUnreachable, "takes no more connections", "try again"),
)
_DAMAGE = (errors.DataCorrupted, errors.IndexCorrupted, errors.SequenceGeneratorLimitExceeded)
_CANT_HOLD = (
    errors.NumericValueOutOfRange,
    errors.CharacterNotInRepertoire,
    errors.UntranslatableCharacter,
)


@contextmanager
def server_failures(url: str) -> Iterator[None]:
    """Raise every failure of the store at ``url`` as a ChangerError."""
    try:
        yield
    except psycopg.Error as error:
        raise failure(error, url) from error
    except (OverflowError, UnicodeError) as error:
        raise StoreFailed(f"the state store can't hold that: {error}") from error


def failure(error: psycopg.Error, url: str) -> ChangerError:
    """The error for a statement that failed."""
    store, text = f"the state store {url}", _first_line(error)
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName):
        return missing(url)
    if isinstance(error, _DAMAGE):
        return StoreFailed.damage(f"{store} is damaged: {text}", hint="restore a dump: pg_restore")
    if isinstance(error, _CANT_HOLD) or (
        error.sqlstate is None and isinstance(error, psycopg.DataError)
    ):
        return StoreFailed(f"the state store can't hold that: {text}")
    for kind, made, what, hint in _BY_CLASS:
        if isinstance(error, kind):
            return made(f"{store} {what}: {text}", hint=hint)
    if is_of_connection(error):
        return StoreUnreachable(f"the connection to {store} was lost: {text}", hint="try again")
    return StoreFailed(f"{store} failed: {text}")


def is_of_connection(error: psycopg.Error) -> bool:
    """Whether it says that the connection, and not one statement, came to its end."""
    state = error.sqlstate
    if state is None:
        return isinstance(error, psycopg.OperationalError)
    return state[:2] in ("08", "57") and not isinstance(error, errors.QueryCanceled)


def unreachable(error: psycopg.Error, url: str) -> ChangerError:
    """The error for a server that does not take a connection."""
    text = _first_line(error)
    for words, made, hint in _REFUSALS:
        if words in text:
            if hint is READ_ONLY and "," in url:
                hint = _NONE_IS_PRIMARY
            return made(f"no connection to the state store {url}: {text}", hint=hint)
    return StoreUnreachable(f"no connection to the state store {url}: {text}", hint=_NOT_THERE)


def missing(url: str) -> StoreUnreachable:
    """The error for a database in which no store was made."""
    return StoreUnreachable(f"there is no state store in {url}", hint=_INIT)


def _first_line(error: psycopg.Error) -> str:
    """What the server said, else libpq, on one line."""
    text = error.diag.message_primary or str(error)
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    said = lines[0] if lines else type(error).__name__
    return said.removeprefix("connection failed: ").removeprefix("connection is bad: ")
