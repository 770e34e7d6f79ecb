"""What refuses the cleaner functions, in the order of their checks (MS-RSMP v20170601).

Conditions that only live hardware has stand where the driver checks them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from unittest import mock

from users import no_right_to

from changer import errors
from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import release, reserve
from changer.errors import ChangerError
from changer.library.addressing import parse_place
from changer.library.opening import open_library
from changer.library.settings import LibrarySettings

from .cleaner_library import CLEANER, SLOT, CleanerLibrary

Function = Literal["reserve", "release", "insert", "eject", "clean"]
EVERY: tuple[Function, ...] = ("reserve", "release", "insert", "eject", "clean")
WITH_CLEANER: tuple[Function, ...] = ("eject", "clean")
WITH_EMPTY_SLOT: tuple[Function, ...] = ("reserve", "release", "insert")


@dataclass
class Case:
    """A call that would succeed, and the world around it."""

    library: CleanerLibrary
    function: Function
    name: str = "sim:library"
    place: str = SLOT
    drive: str = "drive:0"
    cleans_left: int | None = None
    closed: bool = False
    surroundings: list[Callable[[], AbstractContextManager[object]]] = field(default_factory=list)

    def call(self) -> Any:
        """Open the library and call the function. Raises what it raises."""
        request = self.library.request(name=self.name)
        with ExitStack() as stack:
            for surrounding in self.surroundings:
                stack.enter_context(surrounding())
            opened = stack.enter_context(open_library(request))
            if self.closed:
                opened.close()
            match self.function:
                case "reserve":
                    return reserve(opened, parse_place(self.place))
                case "release":
                    return release(opened)
                case "insert":
                    wanted = InsertionRequest(cleans_left=self.cleans_left, timeout_seconds=20)
                    return insert(opened, wanted)
                case "eject":
                    return eject(opened, timeout_seconds=20)
                case "clean":
                    return clean(opened, parse_place(self.drive))


def fresh_case(library: CleanerLibrary, function: Function) -> Case:
    """Slot 4 of the demo library is free, or reserved, or has the cleaner; a person helps."""
    library.empty_mail()
    with library.open():
        pass  # the store knows the library, and the lock's folder is there
    if function in WITH_CLEANER:
        library.with_cleaner()
    elif function != "reserve":
        library.reserve(SLOT)
    if function == "insert":
        library.later(3, f"put {CLEANER} mail:1")
    if function == "eject":
        library.later(3, "take mail:1")
    return Case(library, function)


@dataclass(frozen=True)
class Condition:
    """Something that refuses the call: how it comes about, and the error that answers."""

    error: type[ChangerError]
    arrange: Callable[[Any], None]
    functions: tuple[Function, ...] = EVERY

    @property
    def id(self) -> str:
        return self.arrange.__name__


def closed_library(case: Case) -> None:
    case.closed = True


def drive_as_slot(case: Case) -> None:
    case.place = "drive:0"


def wrong_number_of_cleans(case: Case) -> None:
    case.cleans_left = -1


def place_of_no_drive(case: Case) -> None:
    case.drive = "1"


def store_is_a_folder(case: Case) -> None:
    case.library.state = case.library.folder / "a-folder"
    case.library.state.mkdir()


def unknown_library(case: Case) -> None:
    case.name = "sim:no-such-library"


def store_of_another_user(case: Case) -> None:
    # The library is everybody's; a virtual one that can't be read is not known at all.
    case.library.simulated.chmod(0o777)
    for file in case.library.simulated.iterdir():
        file.chmod(0o666)
    case.surroundings.append(lambda: no_right_to(case.library.state))


def unknown_drive(case: Case) -> None:
    case.drive = "drive:7"


def disabled(case: Case) -> None:
    case.library.settings = LibrarySettings(enabled=False)


def held_by_another(case: Case) -> None:
    case.surroundings.append(case.library.lock_of_another)


def unplugged(case: Case) -> None:
    case.library.fault("unplugged")


def offline(case: Case) -> None:
    case.library.fault("offline")


def door_open(case: Case) -> None:
    case.library.fault("door open")


def becoming_ready(case: Case) -> None:
    case.library.fault("becoming-ready 90000s")
    case.library.clock.forget()  # it is waited for, and nobody comes meanwhile


def reserved_already(case: Case) -> None:
    case.library.execute(
        "INSERT INTO reservations (library_id, slot_address, reserved_at)"
        " SELECT id, 1009, 0 FROM libraries"
    )


def nothing_reserved(case: Case) -> None:
    case.library.execute("DELETE FROM cleaners")
    case.library.execute("DELETE FROM reservations")


def outside_the_address_range(case: Case) -> None:
    case.place = "13"


def magazine_out(case: Case) -> None:
    case.library.fault("magazine-out 1")


def element_disabled(case: Case) -> None:
    case.library.fault(f"element {SLOT} ed=1")


def occupancy_unknown(case: Case) -> None:
    # A full slot is shown as empty, and the other way round.
    case.library.fault(f"occupancy-unknown {SLOT}")


def full(case: Case) -> None:
    # Through the truth, not the report: a magazine that goes out takes the cartridge along.
    case.library.operate(f"insert A00099L8 {SLOT}")


def cartridge_out_in_a_drive(case: Case) -> None:
    if case.library.tag_at(SLOT) is None:
        case.library.operate(f"insert CLN009CU {SLOT}", noticed=False)
    case.library.move_behind_our_back(SLOT, "drive:1")


def flagged_as_a_cleaners_home(case: Case) -> None:
    case.library.fault(f"element {SLOT} 30/03")


def empty(case: Case) -> None:
    case.library.operate(f"remove {SLOT}")


def no_cleaning_cartridge(case: Case) -> None:
    case.library.operate(f"remove {SLOT}")
    case.library.operate(f"insert A00099L8 {SLOT}")


def another_cleaner(case: Case) -> None:
    case.library.execute("UPDATE cleaners SET volume_tag = 'CLN077CU'")


def spent(case: Case) -> None:
    case.library.execute("UPDATE cleaners SET cleans_left = 0")


def drive_without_device(case: Case) -> None:
    case.library.fault("unplugged drive:0")


def drive_loaded(case: Case) -> None:
    case.library.operate("insert A00098L8 drive:0")


def mail_slots_full(case: Case) -> None:
    for number in (1, 2):
        if case.library.tag_at(f"mail:{number}") is None:
            case.library.operate(f"put A0009{number}L8 mail:{number}")


AT_THE_END = "BEFORE UPDATE ON operations WHEN new.state != 'failed' AND old.finished_at IS NULL"


def store_fails_at_the_end(case: Case) -> None:
    case.library.execute(
        f"CREATE TRIGGER broken {AT_THE_END} BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END"
    )


def store_full_at_the_end(case: Case) -> None:
    case.library.execute("CREATE TABLE ballast (data BLOB)")
    case.library.execute(
        f"CREATE TRIGGER filling {AT_THE_END}"
        " BEGIN INSERT INTO ballast VALUES (randomblob(1000000)); END"
    )
    case.surroundings.append(_small_disk)


@contextmanager
def _small_disk() -> Iterator[None]:
    """SQLite has room for a few pages more, and says SQLITE_FULL then, as on a full disk."""
    connect = sqlite3.connect

    def small(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {int(pages) + 20}")
        return connection

    with mock.patch("sqlite3.connect", small):
        yield


CONDITIONS = (
    Condition(errors.LibraryClosed, closed_library),
    Condition(errors.UsageError, drive_as_slot, ("reserve",)),
    Condition(errors.UsageError, wrong_number_of_cleans, ("insert",)),
    Condition(errors.UsageError, place_of_no_drive, ("clean",)),
    Condition(errors.StoreUnreachable, store_is_a_folder),
    Condition(errors.NoLibrary, unknown_library),
    Condition(errors.AccessDenied, store_of_another_user),
    Condition(errors.NoSuchDrive, unknown_drive, ("clean",)),
    Condition(errors.LibraryDisabled, disabled),
    Condition(errors.LibraryBusy, held_by_another),
    Condition(errors.DeviceNotAvailable, unplugged),
    Condition(errors.LibraryOffline, offline),
    Condition(errors.LibraryOffline, door_open),
    Condition(errors.NotReady, becoming_ready),
    Condition(errors.AlreadyReserved, reserved_already, ("reserve",)),
    Condition(errors.NoSlotReserved, nothing_reserved, ("release",)),
    Condition(errors.NoSlotSet, nothing_reserved, ("insert", *WITH_CLEANER)),
    Condition(errors.InvalidSlot, outside_the_address_range, ("reserve",)),
    Condition(errors.SlotNotPresent, magazine_out),
    Condition(errors.SlotNotPresent, element_disabled),
    Condition(errors.SlotUnknown, occupancy_unknown),
    Condition(errors.SlotFull, full, WITH_EMPTY_SLOT),
    Condition(errors.CartridgeOut, cartridge_out_in_a_drive),
    Condition(errors.SlotUnknown, flagged_as_a_cleaners_home, ("reserve", "release")),
    Condition(errors.SlotEmpty, empty, WITH_CLEANER),
    Condition(errors.InvalidCleaner, no_cleaning_cartridge, WITH_CLEANER),
    Condition(errors.InvalidCleaner, another_cleaner, ("clean",)),
    Condition(errors.CleanerSpent, spent, ("clean",)),
    Condition(errors.DeviceNotAvailable, drive_without_device, ("clean",)),
    Condition(errors.DriveLoaded, drive_loaded, ("clean",)),
    Condition(errors.MailSlotsFull, mail_slots_full, ("eject",)),
    Condition(errors.StoreFailed, store_fails_at_the_end),
    Condition(errors.StoreFull, store_full_at_the_end),
)

# Of each two sets, one of each can't be true at once, or a call can't meet both.
_EXCLUSIVE = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        # These are told by a call on a library that is open.
        (
            "closed_library drive_as_slot wrong_number_of_cleans place_of_no_drive",
            "store_is_a_folder unknown_library store_of_another_user",
        ),
        # One place can't be wrong in two ways.
        ("drive_as_slot", "outside_the_address_range"),
        ("place_of_no_drive", "unknown_drive"),
        # A library that can't be asked can't say which drives there are.
        ("unknown_drive", "unplugged"),
        # Which of these a library says is its own choice.
        ("offline door_open", "becoming_ready"),
        # One element has one exception, one cartridge one place.
        ("magazine_out", "occupancy_unknown"),
        ("flagged_as_a_cleaners_home", "magazine_out element_disabled occupancy_unknown"),
        ("cartridge_out_in_a_drive", "empty"),
    )
)


def together(one: str, other: str) -> bool:
    """Whether two conditions can be true at once."""
    return not any(
        (one in first and other in second) or (other in first and one in second)
        for first, second in _EXCLUSIVE
    )


def pairs() -> list[tuple[Function, Condition, Condition]]:
    """Every two conditions that can be true at once, the earlier one first."""
    return [
        (function, earlier, later)
        for function in EVERY
        for index, earlier in enumerate(CONDITIONS)
        for later in CONDITIONS[index + 1 :]
        if function in earlier.functions
        and function in later.functions
        and together(earlier.id, later.id)
    ]
