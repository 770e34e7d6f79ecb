"""What a server says: which error that is, and whether it can be relied on."""

from __future__ import annotations

import pytest
from psycopg import DataError, InterfaceError, OperationalError, errors

from changer.errors import (
    AccessDenied,
    ChangerError,
    StoreFailed,
    StoreFull,
    StoreNewer,
    StoreUnreachable,
)
from changer.store.database import SCHEMA_VERSION
from changer.store.postgresql.failures import is_of_connection, server_failures, unreachable
from changer.store.postgresql.standing import Standing
from changer.store.postgresql.statements import translated

URL = "postgresql://db/changer"
STORE = f"the state store {URL}"
DAY = 86_400.0

pytestmark = pytest.mark.rows(one_in=1)


# A statement that failed


@pytest.mark.parametrize(
    ("error", "kind", "message", "hint", "is_damage"),
    [
        (
            errors.UndefinedTable("x"),
            StoreUnreachable,
            f"there is no state store in {URL}",
            "make one: changer state init",
            False,
        ),
        (
            errors.InvalidSchemaName("x"),
            StoreUnreachable,
            f"there is no state store in {URL}",
            "make one: changer state init",
            False,
        ),
        (
            errors.IndexCorrupted("x"),
            StoreFailed,
            f"{STORE} is damaged: x",
            "restore a dump: pg_restore",
            True,
        ),
        (
            errors.NumericValueOutOfRange("x"),
            StoreFailed,
            "the state store can't hold that: x",
            None,
            False,
        ),
        (DataError("x"), StoreFailed, "the state store can't hold that: x", None, False),
        # One that the server refuses by another code is no text that it can't hold.
        (errors.DivisionByZero("x"), StoreFailed, f"{STORE} failed: x", None, False),
        (
            errors.InsufficientPrivilege("x"),
            AccessDenied,
            f"{STORE} refuses: x",
            "let the role own the database",
            False,
        ),
        (
            errors.DiskFull("x"),
            StoreFull,
            f"{STORE} has no space left: x",
            "free some space on the server",
            False,
        ),
        (
            errors.LockNotAvailable("x"),
            StoreFailed,
            f"{STORE} stayed locked by another program: x",
            "try again",
            False,
        ),
        (
            errors.AdminShutdown("x"),
            StoreUnreachable,
            f"the connection to {STORE} was lost: x",
            "try again",
            False,
        ),
        (
            OperationalError("\n  the connection is lost  \nmore of it"),
            StoreUnreachable,
            f"the connection to {STORE} was lost: the connection is lost",
            "try again",
            False,
        ),
        (errors.SyntaxError("x"), StoreFailed, f"{STORE} failed: x", None, False),
        (errors.SyntaxError(""), StoreFailed, f"{STORE} failed: SyntaxError", None, False),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_what_a_statement_failed_of_is_an_error_with_a_way_on(
    error: Exception, kind: type[ChangerError], message: str, hint: str | None, is_damage: bool
) -> None:
    with pytest.raises(ChangerError) as raised, server_failures(URL):
        raise error
    found = raised.value
    assert (type(found), found.message, found.hint) == (kind, message, hint)
    assert isinstance(found, StoreFailed) is (kind is StoreFailed)
    assert getattr(found, "is_damage", False) is is_damage
    assert found.__cause__ is error


@pytest.mark.parametrize("error", [OverflowError("x"), UnicodeEncodeError("a", "b", 0, 1, "x")])
def test_what_python_can_t_send_is_not_held(error: Exception) -> None:
    with pytest.raises(StoreFailed, match=r"can't hold that: .*x"), server_failures(URL):
        raise error


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (OperationalError("x"), True),
        (errors.ConnectionFailure("x"), True),  # 08
        (errors.AdminShutdown("x"), True),  # 57
        (errors.CannotConnectNow("x"), True),
        (errors.QueryCanceled("x"), False),  # 57, too
        (InterfaceError("x"), False),
        (errors.LockNotAvailable("x"), False),
        (errors.DiskFull("x"), False),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_only_an_error_of_the_connection_is_a_reason_to_make_another(
    error: OperationalError, is_it: bool
) -> None:
    assert is_of_connection(error) is is_it


# A connection that is not made


@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        ('database "x" does not exist', StoreUnreachable, "docs/several-hosts.md shows how"),
        ("password authentication failed for user", AccessDenied, "put the password into"),
        ("Peer authentication failed for user", AccessDenied, "see the server's pg_hba.conf and"),
        ("no pg_hba.conf entry for host", AccessDenied, "have pg_hba.conf let this host"),
        ("permission denied for database", AccessDenied, "GRANT CONNECT ON DATABASE"),
        ('role "x" is not permitted to log in', AccessDenied, "ALTER ROLE ... LOGIN"),
        ("the database system is starting up", StoreUnreachable, "try again"),
        ("the database system is shutting down", StoreUnreachable, "try again when it is back"),
        ("sorry, too many clients already", StoreUnreachable, "raise max_connections"),
        ("remaining connection slots are reserved", StoreUnreachable, "raise max_connections"),
        ("session is read-only", StoreUnreachable, "name the primary server"),
        ("No route to host", StoreUnreachable, "see that the server runs and that this host"),
    ],
)
@pytest.mark.parametrize("before", ["connection failed: ", "connection is bad: ", ""])
def test_why_no_connection_is_made_is_said(
    said: str, kind: type[ChangerError], hint: str, before: str
) -> None:
    found = unreachable(OperationalError(f"{before}{said}\nmore of it"), URL)
    assert type(found) is kind
    assert found.message == f"no connection to the state store {URL}: {said}"
    assert str(found.hint).startswith(hint)


def test_of_several_servers_none_takes_writes() -> None:
    refused = OperationalError("session is read-only")
    assert str(unreachable(refused, "postgresql://a,b/changer").hint).startswith("none of these")
    for said, hint in (
        ("sorry, too many clients already", "raise max_connections"),
        ('database "x" does not exist', "docs/several-hosts.md shows how"),
    ):
        found = unreachable(OperationalError(said), "postgresql://a,b/changer")
        assert str(found.hint).startswith(hint)


# What a server says of itself

SOUND = Standing(
    url=URL,
    schema_version=SCHEMA_VERSION,
    known_identifier=7,
    known_timeline=1,
    changed_at=None,
    change=None,
    now=1_000_000.0,
    fsync="on",
    synchronous_standby_names="",
    standbys=0,
    system_identifier=7,
    timeline=1,
)


@pytest.mark.parametrize(
    ("standing", "is_other", "change"),
    [
        (SOUND, False, None),
        (SOUND._replace(timeline=2), True, "timeline 1, now 2"),
        (SOUND._replace(system_identifier=8), True, "system identifier 7, now 8"),
        (SOUND._replace(system_identifier=6, timeline=2), True, "system identifier 7, now 6"),
        (SOUND._replace(known_timeline=3), True, "timeline 3, now 1"),
        # On record, for a day by whichever clock.
        (SOUND._replace(change="it", changed_at=1_000_000.0), False, "it"),
        (SOUND._replace(change="it", changed_at=1_000_000.0 - DAY), False, "it"),
        (SOUND._replace(change="it", changed_at=1_000_000.0 + DAY), False, "it"),
        (SOUND._replace(change="it", changed_at=999_999.0 - DAY), False, None),
        (SOUND._replace(change="it", changed_at=1_000_001.0 + DAY), False, None),
        (SOUND._replace(change="it"), False, None),
        (SOUND._replace(changed_at=1_000_000.0), False, None),
        # What has changed now goes before what had.
        (SOUND._replace(change="it", changed_at=1.0, timeline=2), True, "timeline 1, now 2"),
    ],
)
def test_a_server_that_took_over_is_said_for_a_day(
    standing: Standing, is_other: bool, change: str | None
) -> None:
    assert standing.is_other_server is is_other
    assert standing.doubt == (
        None
        if change is None
        else f"the server of the state store {URL} was replaced or restored ({change}); what"
        " was recorded just before may be lost: compare changer history and changer cleaner"
        " status with the library"
    )


REFUSED = {
    "fsync": (SOUND._replace(fsync="off"), "fsync is off", True),
    "standbys": (SOUND._replace(standbys=1), "synchronous_standby_names is empty", True),
    "schema": (SOUND._replace(schema_version=SCHEMA_VERSION - 1), "this program needs", False),
}


@pytest.mark.parametrize(("standing", "words", "may_be_allowed"), REFUSED.values(), ids=REFUSED)
def test_a_server_that_may_lose_a_commit_is_refused_unless_that_is_allowed(
    standing: Standing, words: str, may_be_allowed: bool
) -> None:
    SOUND.require_writable(allow_async=False)
    SOUND._replace(standbys=2, synchronous_standby_names="*").require_writable(allow_async=False)
    with pytest.raises(ChangerError, match=words) as raised:
        standing.require_writable(allow_async=False)
    assert raised.value.hint
    if may_be_allowed:
        standing.require_writable(allow_async=True)
    else:
        with pytest.raises(StoreFailed, match=words):
            standing.require_writable(allow_async=True)


def test_a_newer_schema_is_refused_whatever_is_allowed() -> None:
    for allow_async in (False, True):
        with pytest.raises(StoreNewer, match="this program knows"):
            SOUND._replace(schema_version=SCHEMA_VERSION + 1).require_writable(
                allow_async=allow_async
            )


def test_a_server_is_put_on_record_with_what_it_says() -> None:
    assert Standing.of([SOUND[1:], ()], URL) == SOUND  # type: ignore[list-item]
    promoted = SOUND._replace(timeline=2, system_identifier=8)
    assert promoted.as_recorded.decode().partition(" SET ")[2] == (
        "system_identifier = 8, timeline = 2, changed_at = 1000000.0,"
        " change = 'system identifier 7, now 8'"
    )
    with pytest.raises(StoreUnreachable) as raised:
        Standing.of([], URL)
    assert raised.value.message == f"there is no state store in {URL}"
    assert raised.value.hint == "make one: changer state init"


# Statements


@pytest.mark.parametrize(
    ("statement", "sent"),
    [
        ("SELECT ?, ?", "SELECT %s, %s"),
        ("a IS ? AND b IS NULL", "a IS NOT DISTINCT FROM %s AND b IS NULL"),
        ("a THIS ?", "a THIS %s"),
        (":a < :b_2 AND c::text", "%(a)s < %(b_2)s AND c::text"),
        ("a LIKE '50%?:b''s' AND \"is ?\" = '%'", "a LIKE '50%%?:b''s' AND \"is ?\" = '%%'"),
        ("5 % 2", "5 %% 2"),
        ("SELECT user, users, \"user\", 'user'", 'SELECT "user", users, "user", \'user\''),
    ],
)
def test_a_statement_is_the_same_for_postgresql(statement: str, sent: str) -> None:
    assert translated(statement).decode() == sent
