"""Motions, and the locks of mail slots and door, are a matter of the process that has the lock."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from driver.acts import act
from driver.virtual_library import EXCHANGE_MEDIUM, MOVE_MEDIUM, POSITION, Wire

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.recover import recover
from changer.errors import LibraryBusy
from changer.library.addressing import parse_place
from changer.library.library import Library

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary

PREVENT_ALLOW, OPEN_CLOSE = 0x1E, 0x1B
WATCHED = {MOVE_MEDIUM, EXCHANGE_MEDIUM, POSITION, PREVENT_ALLOW, OPEN_CLOSE}
DRIVE = parse_place("drive:0")


def nothing(_: CleanerLibrary) -> None:
    """All is as it is to begin with."""


def load_drive(library: CleanerLibrary) -> None:
    library.move_behind_our_back("1", "drive:0")


def take_out(library: CleanerLibrary) -> None:
    """The cleaner, which a person brings to a mail slot later."""
    library.operate(f"remove {SLOT}", noticed=False)
    library.later(10, f"put {CLEANER}")


def take_out_and_prevent_more(library: CleanerLibrary) -> None:
    take_out(library)
    with library.open() as opened:
        opened.prevent_removal(prevent=True)


def put_into_mail_slot(library: CleanerLibrary) -> None:
    library.operate(f"remove {SLOT}", noticed=False)
    library.operate(f"put {CLEANER}", noticed=False)


def take_it_later(library: CleanerLibrary) -> None:
    library.later(10, "take mail:1")


def leave_it_in_the_drive(library: CleanerLibrary) -> None:
    library.move_behind_our_back(SLOT, "drive:0")
    library.clock.sleep(600)


def leave_one_in_the_picker(library: CleanerLibrary) -> None:
    library.fault("move-fails in-transport")
    with library.open() as opened, suppress(Exception):
        act(opened, "move 1 9")
    library.fault("clear move-fails")


# How it begins, what is done, and how many of the commands that are watched are sent.
Function = Callable[[Library], object]
WORK: dict[str, tuple[Callable[[CleanerLibrary], None], Function, int]] = {
    "clean": (nothing, lambda it: clean(it, DRIVE), 2),
    "clean after an unload": (load_drive, lambda it: clean(it, DRIVE, may_unload=True), 3),
    "insert": (
        put_into_mail_slot,
        lambda it: insert(it, InsertionRequest(source=parse_place("mail:1"))),
        1,
    ),
    "insert, at a mail slot": (take_out, insert, 4),
    "insert, where removal is prevented": (take_out_and_prevent_more, insert, 5),
    "eject": (take_it_later, eject, 5),
    "recover": (leave_it_in_the_drive, recover, 1),
    "recover, from the picker": (leave_one_in_the_picker, recover, 1),
    "move": (nothing, lambda it: act(it, "move 1 9"), 1),
    "exchange": (load_drive, lambda it: act(it, "exchange 2 drive:0 9"), 1),
    "position": (nothing, lambda it: act(it, "position 1"), 1),
    "prevent removal": (nothing, lambda it: it.prevent_removal(prevent=True), 1),
}


@pytest.mark.parametrize("name", WORK)
def test_library_is_changed_under_its_lock_alone(make: MakeCleanerLibrary, name: str) -> None:
    library = make(cleaners=0, cleaning_seconds=60).with_cleaner()
    arrange, work, count = WORK[name]
    arrange(library)
    sent: list[int] = []

    def look(_: int, cdb: bytes) -> None:
        if cdb[0] in WATCHED:
            sent.append(cdb[0])
            with pytest.raises(LibraryBusy), library.lock_of_another():
                pass

    with library.open(wire=partial(Wire, before=look)) as opened:
        work(opened)
    assert len(sent) == count, sent
