"""Reserve and release, and every condition that refuses them, in the order of their checks.

The order is that of the Removable Storage Manager (MS-RSMP v20170601), with the conditions that
only live hardware has where the driver checks them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from typing import Literal

from users import no_right_to

from changer.cleaning.slot import CleanerSlot, release, reserve
from changer.library.addressing import parse_place
from changer.library.opening import open_library
from changer.library.settings import LibrarySettings
from changer.lock.flock import LibraryLock

from .virtual_library import VirtualLibrary

Function = Literal["reserve", "release"]


@dataclass
class Case:
    """A call of reserve or release, and the world around it."""

    library: VirtualLibrary
    function: Function
    slot: str
    place: str
    name: str = "sim:library"
    settings: LibrarySettings = field(default_factory=LibrarySettings)
    closed: bool = False
    surroundings: list[Callable[[], AbstractContextManager[object]]] = field(default_factory=list)

    def call(self) -> CleanerSlot:
        """Open the library and call the function. Raises what it raises."""
        request = self.library.request(name=self.name, settings=self.settings)
        with ExitStack() as stack:
            for surrounding in self.surroundings:
                stack.enter_context(surrounding())
            opened = stack.enter_context(open_library(request))
            if self.closed:
                opened.close()
            if self.function == "reserve":
                return reserve(opened, parse_place(self.place))
            return release(opened)


def fresh_case(library: VirtualLibrary, function: Function) -> Case:
    """A call that would succeed: slot 4 of the demo library is free, and reserved for release."""
    if function == "release":
        library.reserve("4")
    else:
        with library.open():
            pass  # the store and the lock's folder are there
    return Case(library, function, slot="4", place="4")


@dataclass(frozen=True)
class Condition:
    """Something that refuses the call: how it comes about, and what the call then answers."""

    name: str
    code: int
    arrange: Callable[[Case], None]
    functions: tuple[Function, ...] = ("reserve", "release")

    @property
    def id(self) -> str:
        return self.arrange.__name__.strip("_")


def _closed_library(case: Case) -> None:
    case.closed = True


def _drive_as_slot(case: Case) -> None:
    case.place = "drive:0"


def _store_is_a_folder(case: Case) -> None:
    case.library.state = case.library.folder / "a-folder"
    case.library.state.mkdir()


def _unknown_library(case: Case) -> None:
    case.name = "sim:no-such-library"


def _store_of_another_user(case: Case) -> None:
    case.surroundings.append(lambda: no_right_to(case.library.state))


def _disabled(case: Case) -> None:
    case.settings = replace(case.settings, enabled=False)


def _held_by_another(case: Case) -> None:
    library = case.library
    case.surroundings.append(
        lambda: LibraryLock(
            library.id, folder=library.locks, command="another", clock=library.clock
        )
    )


def _unplugged(case: Case) -> None:
    case.library.fault("unplugged")


def _offline(case: Case) -> None:
    case.library.fault("offline")


def _door_open(case: Case) -> None:
    case.library.fault("door open")


def _reserved_already(case: Case) -> None:
    case.library.execute(
        "INSERT INTO reservations (library_id, slot_address, reserved_at)"
        " SELECT id, 1009, 0 FROM libraries",
    )


def _nothing_reserved(case: Case) -> None:
    case.library.execute("DELETE FROM reservations")


def _outside_the_address_range(case: Case) -> None:
    case.place = "13"


def _magazine_out(case: Case) -> None:
    case.library.fault("magazine-out 1")


def _full(case: Case) -> None:
    # Through the truth, not the report: a magazine that goes out takes the cartridge along.
    case.library.operate(f"insert A00099L8 {case.slot}")


def _element_disabled(case: Case) -> None:
    case.library.fault(f"element {case.slot} ed=1")


def _cartridge_out_in_a_drive(case: Case) -> None:
    case.library.operate(f"insert CLN009CU {case.slot}", noticed=False)
    case.library.move_behind_our_back(case.slot, "drive:1")


def _flagged_as_a_cleaners_home(case: Case) -> None:
    case.library.fault(f"element {case.slot} 30/03")


def _occupancy_unknown(case: Case) -> None:
    # The slot of a full one is shown as empty, and the other way round.
    case.library.fault(f"occupancy-unknown {case.slot}")


def _store_fails_at_commit(case: Case) -> None:
    case.library.execute(
        "CREATE TRIGGER broken BEFORE UPDATE ON operations WHEN new.state = 'completed' "
        "BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END",
    )


CONDITIONS = (
    Condition("ERROR_INVALID_HANDLE", 6, _closed_library),
    Condition("ERROR_INVALID_PARAMETER", 87, _drive_as_slot, ("reserve",)),
    Condition("ERROR_NOT_CONNECTED", 2250, _store_is_a_folder),
    Condition("ERROR_INVALID_LIBRARY", 4301, _unknown_library),
    Condition("ERROR_ACCESS_DENIED", 5, _store_of_another_user),
    Condition("ERROR_RESOURCE_DISABLED", 4309, _disabled),
    Condition("ERROR_BUSY", 170, _held_by_another),
    Condition("ERROR_DEVICE_NOT_AVAILABLE", 4319, _unplugged),
    Condition("ERROR_LIBRARY_OFFLINE", 4305, _offline),
    Condition("ERROR_LIBRARY_OFFLINE", 4305, _door_open),
    Condition("ERROR_ALREADY_RESERVED", 4331, _reserved_already, ("reserve",)),
    Condition("ERROR_NO_SLOT_RESERVED", 4332, _nothing_reserved, ("release",)),
    Condition("ERROR_INVALID_SLOT", 487, _outside_the_address_range, ("reserve",)),
    Condition("ERROR_SLOT_NOT_PRESENT", 4316, _magazine_out),
    Condition("ERROR_SLOT_NOT_PRESENT", 4316, _element_disabled),
    Condition("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326, _occupancy_unknown),
    Condition("ERROR_SLOT_FULL", 5006, _full),
    Condition("ERROR_BUSY", 170, _cartridge_out_in_a_drive),
    Condition("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326, _flagged_as_a_cleaners_home),
    Condition("ERROR_DATABASE_FAILURE", 4313, _store_fails_at_commit),
)

# Pairs that can't both be true, or of which the report of an element has room for one only.
_EXCLUSIVE = {
    # To be closed, a library must have been opened, which these refuse.
    ("closed_library", "store_is_a_folder"),
    ("closed_library", "unknown_library"),
    ("closed_library", "store_of_another_user"),
    # In Python a place is judged by a call on a library that is open; tests of the command line
    # hold the order of these.
    ("drive_as_slot", "store_is_a_folder"),
    ("drive_as_slot", "unknown_library"),
    ("drive_as_slot", "store_of_another_user"),
    # One place can't be wrong in two ways.
    ("drive_as_slot", "outside_the_address_range"),
    # One element, one exception.
    ("magazine_out", "occupancy_unknown"),
    ("magazine_out", "flagged_as_a_cleaners_home"),
    ("element_disabled", "flagged_as_a_cleaners_home"),
    ("occupancy_unknown", "flagged_as_a_cleaners_home"),
}


def pairs() -> list[tuple[Function, Condition, Condition]]:
    """Every two conditions that can be true at once, the earlier one first."""
    functions: tuple[Function, ...] = ("reserve", "release")
    return [
        (function, earlier, later)
        for function in functions
        for index, earlier in enumerate(CONDITIONS)
        for later in CONDITIONS[index + 1 :]
        if function in earlier.functions
        and function in later.functions
        and (earlier.id, later.id) not in _EXCLUSIVE
    ]
