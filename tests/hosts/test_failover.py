"""The database fails over to a standby that lacks the last commits; the library remembers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from waiting import wait_until

from .conftest import Lab
from .database import Database
from .turns import intruders, overtaken, registered


@pytest.fixture(autouse=True)
def settings_gone(lab: Lab) -> Iterator[None]:
    yield
    lab.switch.mend()
    lab.library.fault("clear")
    # The library stays reserved until the host that was overtaken has acted again.
    for guest in (lab.a, lab.b):
        guest.run("changer", "recover", "--wait", "60")
    for drive in ("0", "1"):
        lab.b.run("changer", "unload", drive, "--wait", "60")
    for guest in (lab.a, lab.b):
        guest.configure("")


def test_host_that_has_its_turn_while_the_database_forgets_it_is_overtaken_by_a_higher_epoch(
    lab: Lab, primary: Database, standby: Database, library_id: str
) -> None:
    contents = lab.library.contents
    addresses = f"{primary.guest.address},{standby.guest.address}"
    top = f'store = "postgresql://changer@{addresses}/changer"\nallow_async = true\n'
    for guest in (lab.a, lab.b):
        guest.configure(f'{top}[library."{library_id}"]\nfence = true\n')
    lab.a.do("changer", "state", "init")
    lab.a.do("changer", "load", "1", "0")
    lab.a.do("changer", "unload", "0")
    last = "SELECT max(epoch) FROM leases"
    wait_until(lambda: standby.query(last) == primary.query(last))

    lab.switch.cut("primary", "standby")
    before = len(lab.observer.commands)
    lab.library.fault("robot-delay 15")
    running = lab.a.begin("changer", "load", "1", "0")
    wait_until(lambda: [each for each in lab.observer.commands[before:] if each.is_move])
    assert standby.query(last) != primary.query(last), "the standby has this turn, too"
    primary.guest.kill()
    standby.promote()
    moved = lab.b.run("changer", "load", "2", "1", "--wait", "120")
    ended = running.wait()
    assert moved.status == 0, moved
    assert ended.status == 47, ended
    turns = registered(lab.observer.commands[before:])
    assert {each.host for each in turns} == {"a", "b"}
    assert max(each.epoch for each in turns if each.host == "a") < min(
        each.epoch for each in turns if each.host == "b"
    )
    assert overtaken(lab.observer.commands[before:]) == []
    assert intruders(lab.observer.commands[before:]) == []
    assert sorted(lab.library.contents.values()) == sorted(contents.values())
