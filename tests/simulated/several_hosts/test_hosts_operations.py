"""Operations of one host as another sees them: under way, to be stopped, or left by the dead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from changer.errors import BeingCleaned, ExportIncomplete, LibraryOffline
from changer.host.clock import SystemClock
from changer.store.postgresql.opening import open_store
from changer.store.records import Operation

from .hosts import Command, Hosts


@pytest.fixture
def hosts(hosts: Hosts) -> Hosts:
    """Its cleaner is in its slot."""
    assert hosts.run("alpha", "cleaner", "reserve", "12").status == 0
    assert hosts.run("beta", "cleaner", "insert").status == 0
    return hosts


def newest(hosts: Hosts) -> Operation:
    with open_store(hosts.url, clock=SystemClock()) as store:
        return store.operations()[0]


def begun(hosts: Hosts, *words: str, **wanted: Any) -> Command:
    """A command of alpha's, as far as its operation is as it is wanted."""
    command = hosts.begin("alpha", *words)

    def is_there() -> bool:
        known = newest(hosts)
        return all(getattr(known, name) == value for name, value in wanted.items())

    wait_until(is_there)
    return command


def test_what_one_host_cleans_the_other_leaves_alone(hosts: Hosts) -> None:
    hosts.let_cleanings_last(3600.0)
    cleaning = hosts.begin("alpha", "clean", "0")
    wait_until(lambda: hosts.places("CLN001CU") == ["drive:0"])
    wait_until(lambda: hosts.run("beta", "load", "1", "0").status == BeingCleaned.exit_status)
    assert hosts.places("CLN001CU", "A00001L8") == ["drive:0", "1"]
    cleaning.kill()


@pytest.mark.long
def test_one_host_stops_what_waits_for_a_person_on_the_other(hosts: Hosts) -> None:
    waiting = begun(hosts, "export", "A00001L8", kind="export", state="waiting")
    known = newest(hosts)
    assert hosts.run("beta", "operations", "stop", known.id).status == 0
    ended = waiting.end()
    assert ended.status == ExportIncomplete.exit_status and "was stopped" in ended.err


def test_a_cleaning_that_a_dead_host_left_is_settled_by_the_other(hosts: Hosts) -> None:
    died = hosts.begin("alpha", "clean", "0", strike="sent:SIGKILL").end()
    assert died.status < 0
    ran = hosts.run("beta", "--wait", "60", "load", "1", "1")
    assert ran.status == 0, ran.err
    wait_until(lambda: settled(hosts))
    known = newest(hosts)
    assert (known.kind, known.state, known.use_counted) == ("clean", "failed", 1)
    with open_store(hosts.url, clock=SystemClock()) as store:
        (cleaner,) = store.cleaners(hosts.id)
    assert (cleaner.uses, cleaner.cleans_left) == (1, 49)


def settled(hosts: Hosts) -> bool:
    """Whether it has an end, by the next command that acts if need be."""
    return newest(hosts).finished_at is not None or (
        hosts.run("beta", "--wait", "60", "position", "1").status == 0
        and hosts.run("beta", "--wait", "60", "recover").status == 0
        and newest(hosts).finished_at is not None
    )


def test_an_event_is_given_to_programs_once_and_by_a_process_that_finds_the_driver(
    hosts: Hosts, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    hosts.hooks("alpha").mkdir()
    program = hosts.hooks("alpha") / "tell"
    program.write_text(f"#!/bin/sh\ncat >>{told}\n")
    program.chmod(0o755)
    hosts.fault("offline")
    assert hosts.run("alpha", "load", "1", "0").status == LibraryOffline.exit_status
    wait_until(told.exists)
    with open_store(hosts.url, clock=SystemClock()) as store:
        wait_until(lambda: not store.events().undelivered(limit=1))
    assert told.read_text().count('"event": "library-offline"') == 1
