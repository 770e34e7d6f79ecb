"""A PostgreSQL store that can't be opened: the error says why, and what to do next."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from clocks import HandClock
from postgres import ROLE
from postgres import Server as RunningServer
from pytest_mock import MockerFixture
from waiting import wait_until

from changer.errors import (
    AccessDenied,
    ChangerError,
    StoreFailed,
    StoreNewer,
    StoreUnreachable,
    ToolMissing,
    UsageError,
)
from changer.host.processes import host_id
from changer.store.database import SCHEMA_VERSION
from changer.store.postgresql import schema
from changer.store.postgresql.connection import Server
from changer.store.postgresql.opening import make_store, open_database, open_for, open_store

from .store_support import query, remember


@pytest.fixture
def url(postgres: RunningServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


def error_of(url: str) -> ChangerError:
    with pytest.raises(ChangerError) as raised:
        open_store(url, clock=HandClock())
    assert raised.value.hint
    return raised.value


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    error = error_of(f"postgresql:///changer?host={tmp_path}")
    assert isinstance(error, StoreUnreachable)
    assert "pg_isready" in str(error.hint)


def test_a_database_that_is_not_there(postgres: RunningServer) -> None:
    error = error_of(postgres.url("nothing"))
    assert isinstance(error, StoreUnreachable)
    assert 'database "nothing" does not exist' in error.message


def test_a_role_that_is_not_there(postgres: RunningServer) -> None:
    error = error_of(postgres.url("postgres", role="nobody"))
    assert isinstance(error, StoreUnreachable)
    assert 'role "nobody" does not exist' in error.message


def test_a_database_without_a_store(postgres: RunningServer) -> None:
    with postgres.database(template="template0") as url:
        error = error_of(url)
        assert isinstance(error, StoreUnreachable)
        assert error.hint == "make one: changer state init"


def test_a_role_without_rights(postgres: RunningServer, url: str) -> None:
    postgres.run_as_owner("DROP ROLE IF EXISTS stranger", "CREATE ROLE stranger LOGIN")
    error = error_of(url.replace(f"{ROLE}@", "stranger@"))
    assert isinstance(error, AccessDenied)
    assert "permission denied for table store" in error.message


def test_a_role_that_may_not_connect(postgres: RunningServer, url: str) -> None:
    name = url.partition("@/")[2].partition("?")[0]
    postgres.run_as_owner(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC, {ROLE}")
    assert isinstance(error_of(url), AccessDenied)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://changer:secret@db/changer",
        "postgresql://changer:s@ret:@db/changer?sslmode=require",
        "postgresql://db/changer?password=secret",
        "postgresql://db/changer?user=a&password=sec%20ret",
        "postgresql://db/changer?user=a&sslPassword=secret",
    ],
)
def test_a_password_in_the_url_is_refused_and_not_repeated(url: str) -> None:
    error = error_of(url)
    assert isinstance(error, UsageError)
    assert "***" in error.message
    assert "ret" not in error.message


@pytest.mark.parametrize(
    "url", ["postgresql://db/%zz", "postgresql://db/?nothing=1", "postgresql://[db/x"]
)
def test_a_url_that_libpq_can_t_read_is_refused(url: str) -> None:
    assert isinstance(error_of(url), UsageError)


@pytest.mark.parametrize(
    ("version", "kind"), [(SCHEMA_VERSION + 1, StoreNewer), (SCHEMA_VERSION - 1, StoreFailed)]
)
def test_another_schema_is_refused_and_left_as_it_is(
    url: str, version: int, kind: type[ChangerError]
) -> None:
    with open_store(url, clock=HandClock()) as store:
        query(cast("Path", url), f"UPDATE store SET schema_version = {version}")
        with pytest.raises(kind):
            remember(store)
    assert isinstance(error_of(url), kind)
    assert query(cast("Path", url), "SELECT count(*) FROM libraries") == 0


def test_without_psycopg_it_says_how_to_get_it(mocker: MockerFixture) -> None:
    mocker.patch.dict(sys.modules, {"psycopg": None})
    with pytest.raises(ToolMissing) as raised:
        open_store("postgresql:///changer", clock=HandClock())
    assert "changer[postgresql]" in str(raised.value.hint)


def test_a_connection_says_whose_it_is_and_how_long_a_server_may_be_silent(url: str) -> None:
    host, clock = f"changer {host_id()[:12]} {os.getpid()}", HandClock()
    for open_it, seconds in (
        (partial(open_store, url, clock=clock), "10"),
        (partial(open_database, url, clock=clock), "10"),
        (partial(open_for, "act", url, clock=clock, allow_async=False, warn=print), "10"),
        (partial(open_for, "hint", url, clock=clock, allow_async=False, warn=print), "2"),
        (partial(open_store, f"{url}&connect_timeout=7", clock=clock), "7"),
    ):
        with closing(open_it()) as opened:
            database: Any = getattr(opened, "_database", opened)
            parameters = database._connection.info.get_parameters()
        assert parameters["connect_timeout"] == seconds
        assert parameters["application_name"] == host
        assert (parameters["client_encoding"], parameters["tcp_user_timeout"]) == ("UTF8", "25000")
    with Server(url).connect() as connection:
        assert connection.info.get_parameters()["connect_timeout"] == "10"


# Making


def test_a_store_is_made_once(postgres: RunningServer) -> None:
    with postgres.database(template="template0") as url:
        assert make_store(url, dry_run=True)
        assert isinstance(error_of(url), StoreUnreachable)
        assert make_store(url, dry_run=False)
        assert not make_store(url, dry_run=False)
        with open_store(url, clock=HandClock()) as store:
            remember(store)
            assert len(store.libraries()) == 1


def test_who_makes_a_store_waits_for_another_that_does(postgres: RunningServer) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with postgres.database(template="template0") as url, ThreadPoolExecutor() as pool:
        with psycopg.connect(url) as other:
            other.execute("SELECT pg_advisory_xact_lock(1128812371)")
            made = pool.submit(make_store, url, dry_run=False)
            wait_until(lambda: query(cast("Path", url), waiting) == 1)
        assert made.result()


def test_a_store_of_a_newer_program_is_left_as_it_is(url: str) -> None:
    query(cast("Path", url), f"UPDATE store SET schema_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreNewer):
        make_store(url, dry_run=False)
    assert query(cast("Path", url), "SELECT schema_version FROM store") == SCHEMA_VERSION + 1


# What the owner of a database does to it, and why no store can be made there then.
UNFIT = {
    "no schema": ("DROP SCHEMA public", "has no schema to make tables in"),
    "an old server": (
        "CREATE FUNCTION current_setting(name TEXT) RETURNS TEXT LANGUAGE SQL AS $$ SELECT"
        " CASE name WHEN 'server_version_num' THEN '120022' ELSE pg_catalog.current_setting(name)"
        " END $$; ALTER DATABASE {name} SET search_path = public, pg_catalog",
        "older than 13",
    ),
}


@pytest.mark.parametrize(("done", "words"), UNFIT.values(), ids=UNFIT)
def test_a_database_that_can_t_take_a_store_is_left_without(
    postgres: RunningServer, done: str, words: str
) -> None:
    with postgres.database(template="template0") as url:
        name = url.partition("@/")[2].partition("?")[0]
        postgres.run_as_owner(*done.format(name=name).split("; "), database=name)
        with pytest.raises(UsageError, match=words):
            make_store(url, dry_run=False)
        assert (
            query(cast("Path", url), "SELECT count(*) FROM pg_tables WHERE tablename='store'") == 0
        )


def test_a_program_whose_own_files_are_missing_makes_no_store(
    postgres: RunningServer, tmp_path: Path, mocker: MockerFixture
) -> None:
    mocker.patch.object(schema, "_MIGRATIONS", tmp_path)
    schema.migration_scripts.cache_clear()
    with postgres.database(template="template0") as url:
        with pytest.raises(StoreFailed, match="the program's own files in") as raised:
            make_store(url, dry_run=False)
        assert "reinstall changer" in str(raised.value.hint)
        assert isinstance(error_of(url), StoreUnreachable), "none was made"


def test_a_database_of_another_program_is_left_alone(postgres: RunningServer) -> None:
    with postgres.database(template="template0") as url:
        query(cast("Path", url), "CREATE TABLE jobs (id INTEGER)")
        with pytest.raises(UsageError, match="another program"):
            make_store(url, dry_run=False)


def test_an_encoding_that_can_t_hold_every_label_is_refused(postgres: RunningServer) -> None:
    name = "in_latin"
    postgres.run_as_owner(
        f"CREATE DATABASE {name} OWNER {ROLE} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
    )
    with pytest.raises(UsageError, match="encoding LATIN1"):
        make_store(postgres.url(name), dry_run=False)
    postgres.run_as_owner(f"DROP DATABASE {name}")
