"""What processes of other hosts do, and whether it is still under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock
from postgres import Server
from waiting import wait_until

from changer.errors import LibraryBusy, NtmsResult, StoreUnreachable
from changer.host import processes
from changer.store.coordination import coordinate
from changer.store.postgresql import hosts
from changer.store.postgresql.store import PostgresStore
from changer.store.records import Operation
from changer.store.sharing import Coordination

from .lease_support import LIBRARY, World

Host = Callable[[str], Coordination]
_RESULT = NtmsResult("ERROR_CANCELLED", 1223)


@pytest.fixture
def host(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """This process as one of another host; it keeps what it began as the former one."""

    def become(name: str) -> Coordination:
        file = tmp_path / name
        file.write_text(f"{name[0] * 32}\n")
        monkeypatch.setattr(processes, "_MACHINE_ID_FILES", (file,))
        processes.host_id.cache_clear()
        return coordinate(url, locks=tmp_path / f"lock-{name}", clock=HandClock())

    yield become
    processes.host_id.cache_clear()


def begun(store: PostgresStore, mark: int | None) -> Operation:
    return store.begin_operation(LIBRARY, "clean", mark=mark)


def test_an_operation_of_another_host_is_under_way_until_it_ends(
    store: PostgresStore, host: Host
) -> None:
    with host("alpha").under_way(LIBRARY) as mark:
        operation = begun(store, mark)
        assert host("beta").is_running(operation)
    assert not host("beta").is_running(operation)


def test_an_operation_with_an_end_is_not_under_way(store: PostgresStore, host: Host) -> None:
    with host("alpha").under_way(LIBRARY) as mark:
        operation = begun(store, mark)
        ended = store.finish_operation(operation.id, state="failed", result=_RESULT, message=None)
        assert not host("beta").is_running(ended)


def test_a_host_that_is_silent_counts_until_its_time_is_over(
    store: PostgresStore, host: Host, world: World
) -> None:
    with host("alpha").under_way(LIBRARY) as mark:
        operation = begun(store, mark)
        world.pass_time(59.0)
        assert host("beta").is_running(operation)
        world.pass_time(2.0)
        assert not host("beta").is_running(operation)


def test_what_goes_on_for_longer_than_its_time_is_under_way_all_the_while(
    store: PostgresStore, host: Host, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "RENEWAL_SECONDS", 0.005)
    with host("alpha").under_way(LIBRARY) as mark:
        operation = begun(store, mark)
        beta = host("beta")
        for _ in range(2):
            world.pass_time()
            wait_until(lambda: beta.is_running(operation), seconds=60.0)


def test_this_host_looks_at_its_own_processes_and_not_at_the_time(
    store: PostgresStore, host: Host, world: World
) -> None:
    with host("alpha").under_way(LIBRARY) as mark:
        operation = begun(store, mark)
        world.pass_time()
        assert host("alpha").is_running(operation)


def test_a_container_of_this_host_counts_until_its_time_is_over(
    store: PostgresStore, host: Host, world: World, url: str, tmp_path: Path
) -> None:
    """It has this host's name, and processes and locks that are not seen from here."""
    with host("alpha").under_way(LIBRARY) as mark:
        inside = begun(store, mark)
        outside = coordinate(url, locks=tmp_path / "outside", clock=HandClock())
        assert outside.is_running(inside)
        world.pass_time()
        assert not outside.is_running(inside)


def test_what_a_store_of_one_host_had_is_not_under_way(store: PostgresStore, host: Host) -> None:
    host("alpha")
    operation = begun(store, None)
    assert not host("beta").is_running(operation)


def test_another_boot_with_this_hosts_name_may_be_another_machine(
    store: PostgresStore, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = host("alpha")
    monkeypatch.setattr(processes, "_boot", lambda: "another-boot")
    with copy.under_way(LIBRARY) as mark:
        operation = begun(store, mark)
        monkeypatch.undo()
        assert host("alpha").is_running(operation)


def test_a_move_of_another_host_is_under_way_while_that_has_the_lock(
    store: PostgresStore, host: Host
) -> None:
    with host("alpha").lock(LIBRARY, command="load 1 0", store=store, motion_seconds=9.0):
        move = store.begin_move(LIBRARY, source_address=1, destination_address=2)
        beta = host("beta")
        assert beta.is_running(move) and beta.is_held(LIBRARY)
        host("alpha")
    # Its end was not seen, so that the lock was not given back.
    assert host("beta").is_running(move)


def test_no_library_is_taken_on_a_server_that_may_lose_what_it_commits(
    host: Host, postgres: Server, world: World
) -> None:
    alpha = host("alpha")
    postgres.run_as_owner("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    try:
        wait_until(lambda: world.execute("SHOW fsync")[0][0] == "off")
        with pytest.raises(StoreUnreachable, match="fsync is off"), alpha.lock(LIBRARY, command=""):
            pass
    finally:
        postgres.run_as_owner("ALTER SYSTEM RESET fsync", "SELECT pg_reload_conf()")
        wait_until(lambda: world.execute("SHOW fsync")[0][0] == "on")
    assert world.execute("SELECT * FROM leases") == []


def test_one_host_at_a_time_delivers_events(host: Host) -> None:
    alpha, beta = host("alpha"), None
    with alpha.delivery_lock():
        beta = host("beta")
        assert beta.is_delivering()
        with pytest.raises(LibraryBusy), beta.delivery_lock(wait_seconds=0.0):
            pass
    assert not beta.is_delivering()


def test_a_change_that_one_host_notes_is_seen_by_the_next_holder(host: Host) -> None:
    grants: list[Any] = []
    for name in ("alpha", "beta", "alpha"):
        with host(name).lock(LIBRARY, command="load") as lock:
            grants.append(lock.grant)
            host(name).note_change(LIBRARY)
    assert [each.generation for each in grants] == [0, 1, 2]
