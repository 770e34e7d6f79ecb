"""A drive is cleaned between two cartridges of a job, by what a daemon or a script calls anyway."""

from __future__ import annotations

import pytest
from cleaning.cleaner_library import CLEANER, SLOT
from driver.virtual_library import NAME

from changer.hooks.mtx.program import main as mtx

from .daemon import TAPE, Daemon

WISH = "wants-cleaning drive:0 required"


@pytest.fixture
def daemon(daemon: Daemon) -> Daemon:
    """The drive asks for cleaning while it writes, and a cleaner lies in the reserved slot."""
    daemon.library.empty_mail()
    daemon.library.with_cleaner()
    daemon.configure('cleaning_on_the_way = "after-unload"')
    daemon.load(1)
    daemon.library.fault(WISH)
    return daemon


def test_daemon_gets_a_clean_drive_for_its_next_cartridge(daemon: Daemon) -> None:
    assert daemon.unload(1) == "Unloading drive 0 into Storage Element 1...done\n"
    assert daemon.library.cleans_left == 49
    assert daemon.library.places[SLOT] == CLEANER
    assert daemon.loaded() == "0"
    daemon.load(2)
    assert daemon.loaded() == "2"
    daemon.unload(2)
    assert daemon.library.cleans_left == 49, "it asked once"


def test_caller_of_mtx_gets_it_too(daemon: Daemon) -> None:
    answer = daemon.answer_of(mtx, "-f", f"sim:{NAME}", "unload", "1", "0", name="changer-mtx")
    assert answer.status == 0
    assert answer.out == "Unloading drive 0 into Storage Element 1...done\n"
    assert answer.err == ""
    assert daemon.library.cleans_left == 49
    assert daemon.library.places[SLOT] == CLEANER


def test_daemon_is_told_of_its_unload_whatever_comes_of_the_cleaning(daemon: Daemon) -> None:
    daemon.library.fault("cleaning-fails drive:0 error")
    assert daemon.unload(1) == "Unloading drive 0 into Storage Element 1...done\n"
    assert daemon.library.places[SLOT] == CLEANER


def test_daemon_that_waits_too_short_a_time_gets_the_drive_as_it_is(daemon: Daemon) -> None:
    daemon.configure('cleaning_on_the_way = "after-unload"\nchanger_wait_seconds = 120')
    daemon.unload(1)
    assert daemon.library.cleans_left == 50
    condition = daemon.library.condition(0)
    assert condition is not None and condition["wish"] == "required"


def test_cleaner_that_a_killed_cleaning_left_in_the_drive_goes_home_as_any_cartridge(
    daemon: Daemon,
) -> None:
    daemon.library.interrupt_later(3)
    assert daemon.run(f"sim:{NAME}", "unload", "1", TAPE, "0").status == 1
    assert daemon.library.places["drive:0"] == CLEANER
    assert daemon.library.cleans_left == 49
    daemon.library.clock.sleep(600)
    assert daemon.loaded() == SLOT
    daemon.unload(int(SLOT))
    assert daemon.library.places[SLOT] == CLEANER
    daemon.load(2)
    assert daemon.loaded() == "2"
