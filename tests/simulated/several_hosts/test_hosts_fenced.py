"""Two hosts with a fence: the one that was overtaken moves nothing, however late it goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from postgres import Server

from changer.errors import LibraryBusy, OwnershipLost, ReservationConflict, UsageError

from .hosts import Hosts

PATIENT = ("--wait", "60")


def reservation(hosts: Hosts, name: str = "beta") -> list[int]:
    """Epochs of those who have reserved the library."""
    shown = json.loads(hosts.run(name, "reservation", "--json").out)
    assert len(shown["registered"]) == len(shown["reserved_by"])
    return [each["epoch"] for each in shown["reserved_by"]]


def test_hosts_reserve_the_library_one_after_the_other_and_give_it_back(
    fenced_hosts: Hosts,
) -> None:
    hosts = fenced_hosts
    for name, words in (("alpha", ("load", "1", "0")), ("beta", ("unload", "0"))):
        ran = hosts.run(name, *words)
        assert (ran.status, ran.err) == (0, "")
        assert reservation(hosts) == []
    assert hosts.epoch() == 2


def test_a_host_that_was_stopped_after_its_check_moves_nothing_while_another_works(
    fenced_hosts: Hosts,
) -> None:
    """The window that a lease alone leaves open: between the last check and the command."""
    hosts = fenced_hosts
    stopped = hosts.begin("alpha", "load", "1", "0", strike="check:SIGSTOP")
    stopped.struck()
    assert hosts.run("beta", *PATIENT, "load", "2", "1").status == 0
    motions = hosts.motions()
    stopped.go_on()
    ran = stopped.end()
    assert ran.status == OwnershipLost.exit_status, ran.err
    assert "this host does not own the library any more: it is reserved by host" in ran.err
    assert hosts.places("A00001L8", "A00002L8") == ["1", "drive:1"]
    assert hosts.motions() == motions + 1, "it was sent, and refused"
    assert [each.outcome for each in hosts.moves()] == ["not-executed", "completed"]


@pytest.mark.long
def test_the_library_stays_reserved_until_the_host_that_was_overtaken_comes_back(
    fenced_hosts: Hosts,
) -> None:
    hosts = fenced_hosts
    stopped = hosts.begin("alpha", "load", "1", "0", strike="check:SIGSTOP")
    stopped.struck()
    hosts.run("beta", *PATIENT, "load", "2", "1")
    assert reservation(hosts) == [2]
    assert hosts.run("beta", "unload", "1").status == 0
    assert reservation(hosts) == [3]
    assert hosts.run("beta", "status").status == 0
    stopped.go_on()
    assert stopped.end().status == OwnershipLost.exit_status
    looked = hosts.run("alpha", "status")
    assert looked.status == ReservationConflict.exit_status
    assert "epoch 3" in looked.err and "changer recover" in looked.err
    assert hosts.run("alpha", "load", "3", "0").status == 0
    assert reservation(hosts) == [], "its process has ended, as it has the host's lock"
    assert hosts.run("beta", "status").status == 0


def test_a_host_that_died_with_the_library_reserved_is_succeeded(fenced_hosts: Hosts) -> None:
    hosts = fenced_hosts
    hosts.begin("alpha", "load", "1", "0", strike="check:SIGKILL").end()
    assert reservation(hosts) == [1]
    ran = hosts.run("beta", *PATIENT, "load", "2", "1")
    assert ran.status == 0, ran.err
    assert hosts.places("A00001L8", "A00002L8") == ["1", "drive:1"]


@pytest.mark.long
def test_the_library_remembers_an_epoch_that_the_database_has_lost(fenced_hosts: Hosts) -> None:
    hosts = fenced_hosts
    assert hosts.run("alpha", "load", "1", "0").status == 0
    hosts.set_epoch(40)
    hosts.begin("alpha", "unload", "0", strike="check:SIGKILL").end()
    hosts.set_epoch(5)
    ran = hosts.run("beta", *PATIENT, "load", "2", "1")
    assert ran.status == 0, ran.err
    assert (hosts.epoch(), reservation(hosts)) == (42, [42])


def test_a_host_whose_turn_the_database_has_lost_moves_nothing_however_late(
    fenced_hosts: Hosts,
) -> None:
    """No lease says any more that it was overtaken; the epoch that the library shows does."""
    hosts = fenced_hosts
    assert hosts.run("alpha", "load", "1", "0").status == 0
    stopped = hosts.begin("alpha", "unload", "0", strike="check:SIGSTOP")
    stopped.struck()
    hosts.forget_turn()
    ran = hosts.run("beta", "load", "2", "1")
    assert ran.status == 0, ran.err
    assert "an epoch that the state store has lost" in ran.err
    assert reservation(hosts) == [3], "until alpha has come back"
    looked = hosts.run("alpha", "status")  # it gets the unit attention in the other one's place
    assert looked.status == ReservationConflict.exit_status, looked.err
    motions = hosts.motions()
    stopped.go_on()
    assert stopped.end().status == OwnershipLost.exit_status
    assert hosts.motions() == motions + 1, "it was sent, and refused"
    assert hosts.places("A00001L8", "A00002L8") == ["drive:0", "drive:1"]
    assert hosts.run("alpha", "unload", "0").status == 0
    assert reservation(hosts) == []


@pytest.mark.long
def test_a_dry_run_is_told_of_an_epoch_that_the_database_has_lost(fenced_hosts: Hosts) -> None:
    hosts = fenced_hosts
    assert hosts.run("alpha", "load", "1", "0").status == 0
    stopped = hosts.begin("alpha", "unload", "0", strike="check:SIGSTOP")
    stopped.struck()
    hosts.forget_turn()
    for _ in range(3):
        ran = hosts.run("beta", "load", "2", "1", "--dry-run")
        assert ran.status == ReservationConflict.exit_status, "it may not read, either"
    assert hosts.run("beta", "load", "2", "1").status == 0
    stopped.go_on()
    assert stopped.end().status == OwnershipLost.exit_status
    assert hosts.places("A00001L8") == ["drive:0"]


@pytest.mark.long
def test_hosts_at_different_ports_are_warned_that_the_fence_may_not_stop_them(
    fenced_hosts: Hosts,
) -> None:
    hosts = fenced_hosts
    assert hosts.run("alpha", "load", "1", "0").err == ""
    hosts.ports["beta"] = 2
    name = os.uname().nodename
    ran = hosts.run("beta", "unload", "0")
    assert ran.status == 0
    assert f"the fence may not stop every host: {name} reaches the library through" in ran.err
    shown = json.loads(hosts.run("beta", "reservation", "--json").out)
    assert shown["reach"] == "only this path"
    assert [name in each for each in shown["why"]] == [True]
    hosts.ports["beta"] = 1
    assert hosts.run("beta", "load", "1", "0").err == ""
    assert json.loads(hosts.run("alpha", "reservation", "--json").out)["reach"] == "effective"


@pytest.mark.long
@pytest.mark.parametrize("persists", [True, False])
def test_a_library_that_lost_its_power_is_asked_before_the_motion_is_sent_again(
    folder: Path, postgres: Server, *, persists: bool
) -> None:
    with postgres.database() as url:
        hosts = Hosts(folder, url, fence=True, reservations_persist=persists)
        stopped = hosts.begin("alpha", "load", "1", "0", strike="check:SIGSTOP")
        stopped.struck()
        hosts.fault("power-cycle")
        stopped.go_on()
        ran = stopped.end()
        place = hosts.places("A00001L8")
    if persists:
        assert (ran.status, place) == (0, ["drive:0"]), ran.err
    else:
        assert (ran.status, place) == (OwnershipLost.exit_status, ["1"])
        assert "it is not reserved" in ran.err


@pytest.mark.long
def test_a_host_that_was_scrapped_is_declared_gone_by_a_person(fenced_hosts: Hosts) -> None:
    hosts, name = fenced_hosts, os.uname().nodename
    assert hosts.run("beta", "load", "2", "1").status == 0
    stopped = hosts.begin("alpha", "load", "1", "0", strike="check:SIGSTOP")
    stopped.struck()
    stays, scrapped = hosts.host_ids()
    hosts.announce_longer(900.0)
    alive = hosts.run("beta", "state", "forget-host", scrapped, "--yes")
    assert alive.status == LibraryBusy.exit_status, alive.err
    hosts.announce_longer(-900.0)
    assert hosts.run("beta", *PATIENT, "unload", "1").status == 0
    stopped.kill()
    waits = json.loads(hosts.run("beta", "reservation", "--json").out)
    assert (waits["awaited"], reservation(hosts)) == ([name], [3])
    for words, why in (
        ((stays, "--yes"), "is this host, which is not gone"),
        (("nobody", "--yes"), "no host nobody is on record"),
        ((name, "--yes"), f"more than one host is called {name}"),
        ((scrapped,), "has to be confirmed"),
    ):
        refused = hosts.run("beta", "state", "forget-host", *words)
        assert (refused.status, why in refused.err) == (UsageError.exit_status, True), refused.err
    rehearsed = hosts.run("beta", "state", "forget-host", scrapped, "--dry-run")
    assert rehearsed.status == 0 and rehearsed.out.endswith("nothing was kept\n"), rehearsed
    told = hosts.run("beta", "state", "forget-host", scrapped, "--yes")
    assert told.out == f"{scrapped} is forgotten; on record for {hosts.id}\n"
    assert hosts.run("beta", "load", "2", "1").status == 0
    assert reservation(hosts) == []
