"""A cleaner's life with an operator, a slow drive, and a slot that is added."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from changer.api import TapeLibrary
from changer.cleaning.background import StartedOperation

from .conftest import Live
from .host import vtlcmd

pytestmark = pytest.mark.configurations("l700")

CLEAN_NOW, CLEAN_PERIODIC = 20, 21
# Numbered from the lowest bit of 64: what vtlcmd takes.
FLAGS = {CLEAN_NOW: "80000", CLEAN_PERIODIC: "100000"}
CLEANER, RESERVED = 12, 20


@pytest.fixture
def cleaner_outside(mhvtl: Live, library: TapeLibrary) -> Iterator[str]:
    """Cleaner 2 is in a person's hand, and comes back through the mail slot."""
    name = mhvtl.configuration.slots[CLEANER - 1]
    library.move(CLEANER, "mail:1")
    take_out(mhvtl)
    yield name
    bring_in(mhvtl, name)
    library.move("mail:1", CLEANER)


def take_out(mhvtl: Live) -> None:
    for step in ("open-mail", "empty-mail", "close-mail"):
        mhvtl.operator.do(step)


def bring_in(mhvtl: Live, name: str) -> None:
    mhvtl.operator.do("open-mail")
    mhvtl.operator.do("load-mail", name)
    mhvtl.operator.do("close-mail")


def test_cleaners_are_known_by_their_medium_type(library: TapeLibrary) -> None:
    slots = library.status().slots
    assert [slot.number for slot in slots if slot.cleaner] == [11, 12]
    assert [slot.number for slot in slots if slot.medium_type == 2] == [11, 12]


@pytest.mark.parametrize(("flag", "wish"), [(CLEAN_NOW, "required"), (CLEAN_PERIODIC, "requested")])
def test_a_drive_that_raises_a_flag_wants_to_be_cleaned(
    mhvtl: Live, library: TapeLibrary, flag: int, wish: str
) -> None:
    assert [drive.request for drive in library.cleaning_requests()] == [None] * 4
    number = mhvtl.configuration.drives[0].number
    vtlcmd(number, "TapeAlert", FLAGS[flag])
    mhvtl.await_drive(0)
    try:
        first, *others = library.cleaning_requests()
        assert first.request == wish
        assert [drive.request for drive in others] == [None] * 3
    finally:
        vtlcmd(number, "TapeAlert", "0")
        mhvtl.await_drive(0)


def test_a_cleaner_is_brought_in_cleans_and_is_taken_out(
    mhvtl: Live, library: TapeLibrary, cleaner_outside: str
) -> None:
    library.cleaner.reserve(RESERVED)
    insertion = library.cleaner.start_insert(timeout_seconds=300)
    await_its_wait(library, insertion)
    bring_in(mhvtl, cleaner_outside)
    inserted = insertion.wait()
    assert (inserted.slot, inserted.volume_tag) == (RESERVED, cleaner_outside)
    assert inserted.cleans_left == 50

    cleaned = library.clean(0)
    assert (cleaned.drive, cleaned.volume_tag, cleaned.cleans_left) == (0, cleaner_outside, 49)
    assert library.status().cleaner == library.cleaner.status()

    ejection = library.cleaner.start_eject(timeout_seconds=300)
    await_its_wait(library, ejection)
    take_out(mhvtl)
    assert ejection.wait().volume_tag == cleaner_outside
    library.cleaner.release()
    assert library.cleaner.status() is None


def await_its_wait(library: TapeLibrary, started: StartedOperation[Any]) -> None:
    """Until it waits for a person; a cartridge that comes earlier is not the answer."""
    wait_until(lambda: started.is_done or library.operations(limit=1)[0].state == "waiting")


def test_a_slow_drive_is_waited_for(mhvtl: Live, library: TapeLibrary) -> None:
    number = mhvtl.configuration.drives[0].number
    vtlcmd(number, "delay", "load", "3")
    vtlcmd(number, "delay", "unload", "2")
    try:
        library.load(1, 0, ready_timeout_seconds=120)
        assert mhvtl.is_ready(0)
        library.unload(0)
    finally:
        vtlcmd(number, "delay", "load", "0")
        vtlcmd(number, "delay", "unload", "0")


def test_a_slot_that_is_added_while_we_look_is_seen(mhvtl: Live, library: TapeLibrary) -> None:
    before = library.status().slots
    vtlcmd(mhvtl.configuration.library.number, "add", "slot")
    try:
        after = library.status().slots
        assert after[: len(before)] == before
        (added,) = after[len(before) :]
        assert (added.number, added.full, added.present) == (len(before) + 1, False, True)
        library.move(1, added.number)
        library.move(added.number, 1)
    finally:
        # It reads its configuration again, which has no such slot.
        os.kill(daemon("vtllibrary"), signal.SIGHUP)
    assert len(library.status().slots) == len(before)


def daemon(name: str) -> int:
    """The process id of the one daemon of that name."""
    found = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if (folder / "comm").exists() and (folder / "comm").read_text().strip() == name
    ]
    (only,) = found
    return only
