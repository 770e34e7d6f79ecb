"""One of two hosts loses its power, its network or its time; the others go on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from waiting import wait_until

from . import rehearsal
from .conftest import Lab
from .guest import HostDown, Running

SLOW_SECONDS = 8
MOVE_MEDIUM = "a5"


@pytest.fixture(autouse=True)
def mended(lab: Lab) -> Iterator[None]:
    """Afterwards every cartridge is in its slot again, and nothing is open at either host."""
    before = lab.library.contents
    yield
    lab.switch.mend()
    lab.a.resume()
    lab.library.fault("clear")
    for guest in (lab.a, lab.b):
        assert guest.do("changer", "status", "--json").document["library"]
    assert lab.library.contents == before


def begin_slow_load(lab: Lab) -> Running:
    """A loads slot 1; the robot has its order."""
    lab.library.fault(f"robot-delay {SLOW_SECONDS}")
    sent = moves_sent(lab)
    running = lab.a.begin("changer", "load", "1", "0")
    wait_until(lambda: moves_sent(lab) > sent)
    return running


def moves_sent(lab: Lab) -> int:
    return int(lab.library.truth["commands"].get(MOVE_MEDIUM, 0))


def test_host_without_power_settles_its_move_when_it_is_back(lab: Lab) -> None:
    running, boot = begin_slow_load(lab), lab.a.boot
    lab.a.kill()
    with pytest.raises(HostDown):
        running.wait()
    lab.a.start()
    lab.a.wait_for_boot()
    assert lab.a.boot != boot
    rehearsal.join(lab.a)
    lab.a.do("changer", "recover")
    assert lab.a.do("changer", "unload", "0").out == "moved A00001L8 from drive 0 to slot 1\n"


def test_host_without_a_network_does_not_take_its_move_for_ended(lab: Lab) -> None:
    running = begin_slow_load(lab)
    lab.switch.cut("a", "keeper")
    ended = running.wait()
    assert ended.status == 40, ended
    assert "A00001L8 was to be moved from slot 1 to drive 0, and can't be located now" in ended.err
    assert lab.b.do("changer", "status").status == 0
    lab.switch.mend()
    # The kernel has given the devices up by then, and does not take them back by itself.
    rehearsal.leave(lab.a)
    rehearsal.join(lab.a)
    wait_until(lambda: lab.a.run("changer", "recover").status == 0)
    assert lab.a.do("changer", "unload", "0").out == "moved A00001L8 from drive 0 to slot 1\n"


def test_host_that_stood_still_ends_its_move(lab: Lab) -> None:
    running = begin_slow_load(lab)
    lab.a.pause()
    time.sleep(2 * SLOW_SECONDS)
    lab.a.resume()
    assert running.wait().out == "moved A00001L8 from slot 1 to drive 0\n"
    assert lab.a.do("changer", "unload", "0").status == 0


def test_host_whose_network_is_slow_is_slow(lab: Lab) -> None:
    lab.switch.delay("a", "keeper", 0.1)
    assert lab.a.do("changer", "load", "1", "0").status == 0
    assert lab.a.do("changer", "unload", "0").status == 0
