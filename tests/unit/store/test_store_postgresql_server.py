"""Servers that are not to be written to, or that change: settings, standbys, restarts."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from clocks import HandClock
from postgres import Server, as_ordinary_user, programs, running_server
from pressed import pressed_within

from changer.errors import StoreFailed, StoreUnreachable
from changer.host.clock import SystemClock
from changer.store.maintenance.inspection import inspect_server
from changer.store.postgresql.database import PostgresDatabase
from changer.store.postgresql.opening import open_for, open_store
from changer.store.postgresql.store import PostgresStore

from .store_support import LIBRARY, in_processes, outcome_of, query, remember


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.database() as url:
        yield url


def name_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def in_transaction(store: PostgresStore, statement: str, *, brief: bool = False) -> Any:
    database = store._database
    with database.brief_transaction() if brief else database.transaction():
        return database.execute(statement)[0][0]


# Settings


def test_a_commit_waits_for_the_disk_whatever_the_settings_of_the_database(
    postgres: Server, url: str
) -> None:
    postgres.run_as_owner(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = off")
    with open_store(url, clock=HandClock()) as store:
        assert in_transaction(store, "SHOW synchronous_commit") == "on"
        assert in_transaction(store, "SHOW synchronous_commit", brief=True) == "off"
        assert store._database.execute("SELECT current_setting('lock_timeout')")[0][0] == "0"
    postgres.run_as_owner(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = remote_apply")
    with open_store(url, clock=HandClock()) as store:
        assert in_transaction(store, "SHOW synchronous_commit") == "remote_apply"


def test_a_database_that_is_read_only_is_read_and_not_written(postgres: Server, url: str) -> None:
    with open_store(url, clock=HandClock()) as store:
        remember(store)
    postgres.run_as_owner(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")
    with open_store(url, clock=HandClock()) as store:
        assert len(store.libraries()) == 1
        with pytest.raises(StoreUnreachable, match="is read-only") as raised:
            store.begin_operation(LIBRARY, "clean")
        assert "target_session_attrs=read-write" in str(raised.value.hint)
    inspection = inspect_server(url, allow_async=False)
    (problem,) = inspection.problems
    assert problem.message == f"the server of the state store {url} is read-only"
    assert problem.hint == raised.value.hint
    assert inspection.size > 0 and inspection.contents is not None


def test_where_none_of_several_servers_takes_writes_that_is_said(
    postgres: Server, url: str
) -> None:
    """As while a primary starts again, or before its standby is promoted."""
    postgres.run_as_owner(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")
    both = url.replace(f"host={postgres.folder}", f"host={postgres.folder},{postgres.folder}")
    with pytest.raises(StoreUnreachable, match="session is read-only") as raised:
        open_store(both, clock=HandClock())
    assert "none of these servers takes writes now" in str(raised.value.hint)


def test_to_look_at_a_library_a_read_only_store_will_do(postgres: Server, url: str) -> None:
    with open_store(url, clock=HandClock()) as store:
        remember(store)
    postgres.run_as_owner(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")
    told: list[str] = []
    for purpose in ("read", "look"):
        with open_for(purpose, url, clock=HandClock(), allow_async=False, warn=told.append) as one:
            remember(one, "another")
            assert [each.id for each in one.libraries()] == [LIBRARY, "another"]
    assert len(told) == 2
    assert "is read-only" in told[0]
    assert told[0].endswith("nothing is recorded for now")
    assert query(cast("Path", url), "SELECT count(*) FROM libraries") == 1


def test_to_look_at_a_library_no_server_has_to_be_there(tmp_path: Path) -> None:
    told: list[str] = []
    nowhere = f"postgresql:///changer?host={tmp_path}"
    with open_for("look", nowhere, clock=HandClock(), allow_async=False, warn=told.append) as store:
        assert store.libraries() == ()
    assert told[0].endswith("its contents are not known")
    for purpose in ("read", "act", "rehearse", "hint"):
        with pytest.raises(StoreUnreachable):
            open_for(purpose, nowhere, clock=HandClock(), allow_async=False, warn=told.append)


def test_a_server_that_does_not_sync_is_not_written_to_unless_that_is_allowed() -> None:
    with running_server(fsync="off") as server, server.database() as url:
        with open_store(url, clock=HandClock()) as store:
            with pytest.raises(StoreUnreachable, match="fsync is off"):
                remember(store)
            assert store.libraries() == ()
        (problem,) = inspect_server(url, allow_async=False).problems
        assert "fsync is off" in problem.message
        assert inspect_server(url, allow_async=True).problems == ()
        with open_store(url, clock=HandClock(), allow_async=True) as store:
            remember(store)


# Standbys


@contextmanager
def standby_of(primary: Server) -> Iterator[Server]:
    standby = Server(primary.folder, port=primary.port + 1)
    subprocess.run(
        [
            *(*as_ordinary_user(), str(programs() / "pg_basebackup")),
            *("-h", str(primary.folder), "-p", str(primary.port), "-U", "postgres"),
            *("-D", str(standby.data), "--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd=primary.folder,
    )
    standby.settings["hot_standby"] = "on"
    try:
        standby.start()
        yield standby
    finally:
        standby.stop(signal.SIGQUIT)


def test_a_primary_whose_standby_may_lack_a_commit_is_not_written_to() -> None:
    with (
        running_server() as primary,
        primary.database() as url,
        open_store(url, clock=SystemClock()) as store,
        standby_of(primary) as standby,
    ):
        wait_for_standby(primary)
        with pytest.raises(StoreUnreachable, match="synchronous_standby_names is empty"):
            remember(store)
        with open_store(url, clock=SystemClock(), allow_async=True) as careless:
            remember(careless)
        set_synchronous(primary, "*")
        store.begin_operation(LIBRARY, "clean")
        set_synchronous(primary, "")
        with open_store(standby_url(url, standby), clock=SystemClock()) as there:
            assert len(there.operations()) == 1
            with pytest.raises(StoreUnreachable, match="is read-only"):
                there.begin_operation(LIBRARY, "clean")
            with there.scratch() as copy:
                assert len(copy.operations()) == 1
        (problem,) = inspect_server(standby_url(url, standby), allow_async=False).problems
        assert problem.message.endswith(f"{standby_url(url, standby)} is a standby")


def test_a_commit_that_standbys_were_not_waited_for_is_not_taken_for_one() -> None:
    with (
        running_server() as primary,
        primary.database() as url,
        open_store(url, clock=SystemClock()) as store,
    ):
        remember(store)
        set_synchronous(primary, "away")
        waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'changer'"

        def cancel() -> None:
            while primary.run_as_owner(f"SELECT count(*) {waiting}") == [(0,)]:
                SystemClock().sleep(0.05)
            primary.run_as_owner(f"SELECT pg_cancel_backend(pid) {waiting}")

        canceller = threading.Thread(target=cancel)
        canceller.start()
        with pytest.raises(StoreUnreachable, match="may not have reached its standbys"):
            store.begin_operation(LIBRARY, "clean")
        canceller.join()

        is_over = threading.Event()
        ended: list[int] = []

        def end_and_cancel() -> None:
            """Of what was being written then, the store finds out whether it was."""
            for function in ("pg_terminate_backend", "pg_cancel_backend"):
                found: list[Any] = []
                while not found and not is_over.is_set():
                    SystemClock().sleep(0.05)
                    others = " ".join(f"AND pid <> {each}" for each in ended)
                    found = primary.run_as_owner(f"SELECT pid {waiting} {others}")
                for (pid,) in found:
                    ended.append(pid)
                    primary.run_as_owner(f"SELECT {function}({pid})")

        canceller = threading.Thread(target=end_and_cancel)
        canceller.start()
        try:
            with pytest.raises(StoreUnreachable, match="not known whether it was written"):
                store.begin_operation(LIBRARY, "clean")
        finally:
            is_over.set()
            canceller.join()
            set_synchronous(primary, "")
        assert len(ended) == 2
        store.begin_operation(LIBRARY, "clean")


def test_a_standby_that_was_promoted_is_another_history() -> None:
    with running_server() as primary, primary.database() as url:
        with open_store(url, clock=SystemClock()) as store:
            remember(store)
        with standby_of(primary) as standby:
            wait_for_standby(primary)
            set_synchronous(primary, "*")
            with open_store(url, clock=SystemClock()) as store:
                store.begin_operation(LIBRARY, "clean")
            set_synchronous(primary, "")
            known = primary.run_as_owner("SELECT timeline FROM store", database=name_of(url))
            assert warnings(url) == []
            standby.run_as_owner("SELECT pg_promote()")
            assert "timeline 1, now 2" in warnings(standby_url(url, standby))[0], "at once"
            with open_store(standby_url(url, standby), clock=SystemClock()) as there:
                there.begin_operation(LIBRARY, "clean")
                assert len(there.operations()) == 2
            found = standby.run_as_owner("SELECT timeline FROM store", database=name_of(url))
            assert (known, found) == ([(1,)], [(2,)])
            assert any("timeline 1, now 2" in each for each in warnings(standby_url(url, standby)))
            notes = inspect_server(standby_url(url, standby), allow_async=False).notes
            assert "timeline 1, now 2" in notes[0].message
            standby.run_as_owner(
                "UPDATE store SET changed_at = changed_at - 90000", database=name_of(url)
            )
            assert warnings(standby_url(url, standby)) == [], "for a day"


def warnings(url: str) -> list[str]:
    told: list[str] = []
    open_for("act", url, clock=SystemClock(), allow_async=False, warn=told.append).close()
    return told


def wait_for_standby(server: Server) -> None:
    streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
    while server.run_as_owner(streaming) == [(0,)]:
        SystemClock().sleep(0.05)


def set_synchronous(server: Server, names: str) -> None:
    server.run_as_owner(
        f"ALTER SYSTEM SET synchronous_standby_names = '{names}'", "SELECT pg_reload_conf()"
    )
    shown = None
    while shown != names:
        shown = server.run_as_owner("SHOW synchronous_standby_names")[0][0]


def standby_url(url: str, standby: Server) -> str:
    return url.replace("port=5432", f"port={standby.port}")


# Restarts


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_is_started_anew_is_waited_for(how: signal.Signals) -> None:
    with (
        running_server() as server,
        server.database() as url,
        open_store(url, clock=SystemClock()) as store,
    ):
        remember(store)
        server.stop(how)
        found: list[object] = []

        def move() -> None:
            found.append(store.begin_move(LIBRARY, source_address=1, destination_address=2))

        mover = threading.Thread(target=move)
        mover.start()
        mover.join(1.0)
        assert found == []
        server.start()
        mover.join()
        assert store.unsettled_moves(LIBRARY) == (*found,)


def test_a_transaction_that_the_server_ends_writes_nothing(postgres: Server, url: str) -> None:
    with open_store(url, clock=HandClock()) as store:
        remember(store)
        database = store._database
        with pytest.raises(StoreUnreachable), database.transaction():
            database.execute("UPDATE libraries SET device = 'x'")
            pid = database.execute("SELECT pg_backend_pid()")[0][0]
            postgres.run_as_owner(f"SELECT pg_terminate_backend({pid}, 5000)")
            database.execute("UPDATE libraries SET device = 'y'")
        library = store.library(LIBRARY)
        assert library is not None
        assert library.device == "/dev/sg3"


# Others that write


def test_writers_are_in_one_order(url: str) -> None:
    with open_store(url, clock=HandClock()) as store:
        remember(store)

    def count(_: int) -> str:
        with open_store(url, clock=SystemClock()) as own:
            database = own._database
            for _ in range(20):
                with database.transaction():
                    known = database.execute("SELECT vendor FROM libraries")[0][0]
                    number = int(known) if known.isdigit() else 0
                    database.execute("UPDATE libraries SET vendor = ?", (str(number + 1),))
        return "done"

    assert in_processes(4, count) == ["done"] * 4
    assert query(cast("Path", url), "SELECT vendor FROM libraries") == "80"


def test_a_look_hardly_waits_for_other_writers(url: str) -> None:
    with open_store(url, clock=HandClock()) as store, psycopg.connect(url) as other:
        remember(store)
        other.execute("SELECT FROM store FOR UPDATE")
        with pytest.raises(StoreFailed, match="stayed locked"):
            note_label(store)
        other.rollback()
        note_label(store)
        assert store.labels(LIBRARY) == ("A",)


def test_a_closed_store_says_so(url: str) -> None:
    store = open_store(url, clock=HandClock())
    store.close()
    store.close()
    for use in (store.libraries, lambda: remember(store), lambda: note_label(store)):
        with pytest.raises(StoreFailed, match=f"^the state store {re.escape(url)} is closed$"):
            use()


def note_label(store: PostgresStore) -> None:
    store.record_labels(
        LIBRARY, shown=[("A", 1, 1)], missed=[], read_at=1.0, is_whole=False, element_addresses=""
    )


# Signals


def test_a_signal_ends_the_wait_for_other_writers(url: str) -> None:
    with open_store(url, clock=SystemClock()) as store, psycopg.connect(url) as other:
        other.execute("SELECT FROM store FOR UPDATE")
        with pytest.raises(KeyboardInterrupt), pressed_within(PostgresDatabase._begin):
            remember(store)
        other.rollback()
        remember(store)


def test_a_signal_in_a_statement_waits_until_its_transaction_is_over(url: str) -> None:
    with open_store(url, clock=SystemClock()) as store:
        remember(store)
        database = store._database
        with (
            pytest.raises(KeyboardInterrupt),
            pressed_within(PostgresDatabase.execute),
            database.transaction(),
        ):
            database.execute("SELECT pg_sleep(0.6)")
            database.execute("UPDATE libraries SET device = 'x'")
        library = store.library(LIBRARY)
        assert library is not None
        assert library.device == "x"


def test_threads_that_share_it_take_turns(url: str) -> None:
    with open_store(url, clock=HandClock()) as store:
        remember(store)
        found: list[str] = []

        def work() -> None:
            found.append(outcome_of(lambda: store.begin_operation(LIBRARY, "clean")))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert (found, len(store.operations())) == (["done"] * 8, 8)


def test_closing_waits_for_the_transaction_of_another_thread(url: str) -> None:
    with open_store(url, clock=HandClock()) as store:
        remember(store)
        database = store._database
        closing = threading.Thread(target=database.close)
        with database.transaction():
            closing.start()
            closing.join(0.1)
            database.execute("UPDATE libraries SET device = 'x'")
        closing.join()
    with open_store(url, clock=HandClock()) as store:
        assert [each.device for each in store.libraries()] == ["x"]
