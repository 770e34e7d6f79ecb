"""Two hosts work one library: one after the other, and when one of them is struck."""

from __future__ import annotations

import pytest
from pooler import pooled
from postgres import Server

from changer.errors import LibraryBusy, OwnershipLost

from .hosts import Hosts

PATIENT = ("--wait", "60")


def outcomes(hosts: Hosts) -> list[str | None]:
    return [each.outcome for each in hosts.moves()]


def test_hosts_work_a_library_one_after_the_other(hosts: Hosts) -> None:
    steps = (("load", "1", "0"), ("unload", "0"), ("load", "2", "1"), ("unload", "1"))
    for name, words in zip(("alpha", "beta", "alpha", "beta"), steps, strict=True):
        ran = hosts.run(name, *words)
        assert (ran.status, ran.err) == (0, "")
    assert hosts.epoch() == 4


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("point", ["intent", "check"])
def test_a_host_that_died_before_it_sent_is_replaced_when_its_time_is_over(
    hosts: Hosts, point: str
) -> None:
    died = hosts.begin("alpha", "load", "1", "0", strike=f"{point}:SIGKILL").end()
    assert died.status < 0
    busy = hosts.run("beta", "load", "2", "1")
    assert busy.status == LibraryBusy.exit_status and "(changer load 1 0)" in busy.err
    assert hosts.motions() == 0
    ran = hosts.run("beta", *PATIENT, "load", "2", "1")
    assert ran.status == 0, ran.err
    assert "over from a host that stopped" in ran.err and "load 1 0" in ran.err
    assert outcomes(hosts) == ["not-executed", "completed"]
    assert hosts.places("A00001L8", "A00002L8") == ["1", "drive:1"]


def test_a_host_that_died_after_its_motion_is_replaced_and_its_motion_is_recorded(
    hosts: Hosts,
) -> None:
    hosts.begin("alpha", "load", "1", "0", strike="sent:SIGKILL").end()
    assert hosts.run("beta", *PATIENT, "load", "2", "1").status == 0
    assert outcomes(hosts) == ["completed", "completed"]
    assert hosts.places("A00001L8", "A00002L8") == ["drive:0", "drive:1"]


def test_another_process_of_a_host_need_not_wait_for_one_that_died(hosts: Hosts) -> None:
    hosts.begin("alpha", "load", "1", "0", strike="intent:SIGKILL").end()
    ran = hosts.run("alpha", "load", "2", "1")
    assert ran.status == 0, ran.err
    assert outcomes(hosts) == ["not-executed", "completed"]


def test_a_host_that_was_stopped_before_its_check_sends_nothing(hosts: Hosts) -> None:
    stopped = hosts.begin("alpha", "load", "1", "0", strike="intent:SIGSTOP")
    stopped.struck()
    assert hosts.run("beta", *PATIENT, "load", "1", "1").status == 0
    sent = hosts.motions()
    stopped.go_on()
    ran = stopped.end()
    assert ran.status == OwnershipLost.exit_status, ran.err
    assert "another host has taken" in ran.err
    assert hosts.motions() == sent
    assert hosts.places("A00001L8") == ["drive:1"]
    assert outcomes(hosts) == ["not-executed", "completed"]


def test_a_host_that_was_stopped_after_its_check_sends_late_and_says_so(hosts: Hosts) -> None:
    """The window that is left without a fence: what the document says, and no more."""
    stopped = hosts.begin("alpha", "load", "1", "0", strike="check:SIGSTOP")
    stopped.struck()
    assert hosts.run("beta", *PATIENT, "load", "2", "1").status == 0
    stopped.go_on()
    ran = stopped.end()
    assert ran.status == OwnershipLost.exit_status, ran.err
    assert hosts.motions() == 2
    assert outcomes(hosts) == ["not-executed", "completed"]
    assert "A00001L8" in hosts.run("beta", "status").out


@pytest.mark.long
def test_a_host_that_was_stopped_after_its_motion_leaves_the_record_to_the_other(
    hosts: Hosts,
) -> None:
    stopped = hosts.begin("alpha", "load", "1", "0", strike="sent:SIGSTOP")
    stopped.struck()
    assert hosts.run("beta", *PATIENT, "unload", "0").status == 0
    stopped.go_on()
    assert stopped.end().status == OwnershipLost.exit_status
    assert outcomes(hosts) == ["completed", "completed"]
    assert hosts.places("A00001L8") == ["1"]


def test_a_host_that_was_stopped_goes_on_where_nobody_replaced_it(hosts: Hosts) -> None:
    stopped = hosts.begin("alpha", "load", "1", "0", strike="intent:SIGSTOP")
    stopped.struck()
    assert hosts.run("beta", "load", "1", "1").status == LibraryBusy.exit_status
    stopped.go_on()
    assert stopped.end().status == 0
    assert outcomes(hosts) == ["completed"]


def test_a_motion_is_recorded_when_the_server_was_started_anew_meanwhile(
    hosts: Hosts, postgres: Server
) -> None:
    stopped = hosts.begin("alpha", "load", "1", "0", strike="sent:SIGSTOP")
    stopped.struck()
    postgres.stop()
    postgres.start()
    stopped.go_on()
    ran = stopped.end()
    assert ran.status == 0, ran.err
    assert outcomes(hosts) == ["completed"]


def test_hosts_share_through_a_pooler(hosts: Hosts, postgres: Server) -> None:
    """A lease is of no session, which a pooler gives to others between two transactions."""
    with pooled(postgres, hosts.url) as hosts.url:
        stopped = hosts.begin("alpha", "load", "1", "0", strike="check:SIGSTOP")
        stopped.struck()
        waiting = hosts.begin("beta", *PATIENT, "load", "2", "1")
        stopped.go_on()
        assert [each.end().status for each in (stopped, waiting)] == [0, 0]
        hosts.begin("alpha", "unload", "0", strike="sent:SIGKILL").end()
        assert hosts.run("beta", *PATIENT, "unload", "1").status == 0
        assert outcomes(hosts) == ["completed"] * 4
    assert hosts.places("A00001L8", "A00002L8") == ["1", "2"]
