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

from .cleaner_library import ADDRESS, CLEANER, SLOT, CleanerLibrary

DRIVE_0, DRIVE_1 = 500, 501
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
                    return reserve(opened, parse_place(self.place), is_only=True)
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


Arrange = Callable[[Any], None]


@dataclass(frozen=True)
class Condition:
    """Something that refuses the call: how it comes about, and the error that answers."""

    id: str
    error: type[ChangerError]
    arrange: Arrange
    functions: tuple[Function, ...] = EVERY


def having(**fields: object) -> Arrange:
    """Other words in the call."""

    def arrange(case: Any) -> None:
        for name, value in fields.items():
            setattr(case, name, value)

    return arrange


def fault(words: str) -> Arrange:
    return lambda case: case.library.fault(words)


def operate(*actions: str) -> Arrange:
    """Through the truth, not the report: a magazine that goes out takes the cartridge along."""

    def arrange(case: Any) -> None:
        for each in actions:
            case.library.operate(each)

    return arrange


def execute(*statements: str) -> Arrange:
    def arrange(case: Any) -> None:
        for each in statements:
            case.library.execute(each)

    return arrange


def store_is_a_folder(case: Case) -> None:
    case.library.state = case.library.folder / "a-folder"
    case.library.state.mkdir()


def store_of_another_user(case: Case) -> None:
    # The library is everybody's; a virtual one that can't be read is not known at all.
    case.library.simulated.chmod(0o777)
    for file in case.library.simulated.iterdir():
        file.chmod(0o666)
    case.surroundings.append(lambda: no_right_to(case.library.state))


def disabled(case: Case) -> None:
    case.library.settings = LibrarySettings(enabled=False)


def held_by_another(case: Case) -> None:
    case.surroundings.append(case.library.lock_of_another)


def becoming_ready(case: Case) -> None:
    case.library.fault("becoming-ready 90000s")
    case.library.clock.forget()  # it is waited for, and nobody comes meanwhile


def cartridge_out(case: Case) -> None:
    if case.library.tag_at(SLOT) is None:
        case.library.operate(f"insert CLN009CU {SLOT}", noticed=False)
    case.library.move_behind_our_back(SLOT, "drive:1")


def claimed(*addresses: int) -> Arrange:
    """A process that lives cleans with these elements, and holds no lock."""

    def arrange(case: Case) -> None:
        with case.library.store() as store:
            store.claim(store.begin_operation(case.library.id, "clean").id, *addresses)

    return arrange


def cleaner_out_of_sight(case: Case) -> None:
    case.library.execute(
        "INSERT OR REPLACE INTO cleaners (library_id, slot_address, volume_tag, cleans_left)"
        " SELECT library_id, slot_address, 'CLN055CU', 40 FROM reservations"
    )
    case.library.fault("element drive:0 ed=1")


def mail_slots_full(case: Case) -> None:
    for number in (1, 2):
        if case.library.tag_at(f"mail:{number}") is None:
            case.library.operate(f"put A0009{number}L8 mail:{number}")


AT_THE_END = "BEFORE UPDATE ON operations WHEN new.state != 'failed' AND old.finished_at IS NULL"


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

    with mock.patch("_sqlite3.connect", small):
        yield


cleaner_cleans = claimed(ADDRESS, DRIVE_1)
nothing_reserved = execute("DELETE FROM cleaners", "DELETE FROM reservations")
another_reserved = execute(
    "INSERT INTO reservations (library_id, slot_address, reserved_at)"
    " SELECT id, 1009, 0 FROM libraries"
)
another_cleaner = execute("UPDATE cleaners SET volume_tag = 'CLN077CU'")
no_cleans_left = execute("UPDATE cleaners SET cleans_left = 0")
data_cartridge = operate(f"remove {SLOT}", f"insert A00099L8 {SLOT}")
home_flag = fault(f"element {SLOT} 30/03")
worn_out = execute(
    f"CREATE TRIGGER broken {AT_THE_END} BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END"
)

CONDITIONS = (
    Condition("closed_library", errors.LibraryClosed, having(closed=True)),
    Condition("drive_as_slot", errors.UsageError, having(place="drive:0"), ("reserve",)),
    Condition("wrong_cleans", errors.UsageError, having(cleans_left=-1), ("insert",)),
    Condition("place_of_no_drive", errors.UsageError, having(drive="1"), ("clean",)),
    Condition("store_is_a_folder", errors.StoreUnreachable, store_is_a_folder),
    Condition("unknown_library", errors.NoLibrary, having(name="sim:no-such-library")),
    Condition("store_of_another_user", errors.AccessDenied, store_of_another_user),
    Condition("unknown_drive", errors.NoSuchDrive, having(drive="drive:7"), ("clean",)),
    Condition("disabled", errors.LibraryDisabled, disabled),
    Condition("held_by_another", errors.LibraryBusy, held_by_another),
    Condition("unplugged", errors.DeviceNotAvailable, fault("unplugged")),
    Condition("offline", errors.LibraryOffline, fault("offline")),
    Condition("door_open", errors.LibraryOffline, fault("door open")),
    Condition("becoming_ready", errors.NotReady, becoming_ready),
    Condition("another_reserved", errors.AlreadyReserved, another_reserved, ("reserve",)),
    Condition("not_reserved", errors.NoSlotReserved, nothing_reserved, ("release",)),
    Condition("no_slot", errors.NoSlotSet, nothing_reserved, ("insert", *WITH_CLEANER)),
    Condition("drive_being_cleaned", errors.BeingCleaned, claimed(DRIVE_0, 1009), ("clean",)),
    Condition("cleaner_cleans", errors.BeingCleaned, cleaner_cleans, WITH_CLEANER),
    Condition("outside_the_range", errors.InvalidSlot, having(place="13"), ("reserve",)),
    Condition("magazine_out", errors.SlotNotPresent, fault("magazine-out 1")),
    Condition("element_disabled", errors.SlotNotPresent, fault(f"element {SLOT} ed=1")),
    # A full slot is shown as empty, and the other way round.
    Condition("occupancy_unknown", errors.SlotUnknown, fault(f"occupancy-unknown {SLOT}")),
    Condition("slot_being_used", errors.BeingCleaned, cleaner_cleans, ("release", "insert")),
    Condition("full", errors.SlotFull, operate(f"insert A00099L8 {SLOT}"), WITH_EMPTY_SLOT),
    Condition("cartridge_out", errors.CartridgeOut, cartridge_out),
    Condition(
        "cleaner_out_of_sight", errors.SlotUnknown, cleaner_out_of_sight, ("release", "insert")
    ),
    Condition("flagged_as_home", errors.SlotUnknown, home_flag, ("reserve", "release")),
    Condition("empty", errors.SlotEmpty, operate(f"remove {SLOT}"), WITH_CLEANER),
    Condition("data_cartridge", errors.InvalidCleaner, data_cartridge, WITH_CLEANER),
    Condition("another_cleaner", errors.InvalidCleaner, another_cleaner, ("clean",)),
    Condition("no_cleans_left", errors.CleanerSpent, no_cleans_left, ("clean",)),
    Condition("no_device", errors.DeviceNotAvailable, fault("unplugged drive:0"), ("clean",)),
    Condition("loaded", errors.DriveLoaded, operate("insert A00098L8 drive:0"), ("clean",)),
    Condition("mail_slots_full", errors.MailSlotsFull, mail_slots_full, ("eject",)),
    Condition("store_fails", errors.StoreFailed, worn_out),
    Condition("store_full", errors.StoreFull, store_full_at_the_end),
)
ARRANGE = {each.id: each.arrange for each in CONDITIONS}

# Of each two sets, one of each can't be true at once, or a call can't meet both.
_EXCLUSIVE = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        # These are told by a call on a library that is open.
        (
            "closed_library drive_as_slot wrong_cleans place_of_no_drive",
            "store_is_a_folder unknown_library store_of_another_user",
        ),
        # One place can't be wrong in two ways.
        ("drive_as_slot", "outside_the_range"),
        ("place_of_no_drive", "unknown_drive"),
        # A library that can't be asked can't say which drives there are.
        ("unknown_drive", "unplugged"),
        # Which of these a library says is its own choice.
        ("offline door_open", "becoming_ready"),
        # One element has one exception, one cartridge one place.
        ("magazine_out", "occupancy_unknown"),
        ("flagged_as_home", "magazine_out element_disabled occupancy_unknown"),
        ("cartridge_out", "empty"),
    )
)


def together(one: str, other: str) -> bool:
    """Whether two conditions can be true at once."""
    return not any(
        (one in first and other in second) or (other in first and one in second)
        for first, second in _EXCLUSIVE
    )


def pairs() -> list[tuple[Function, Condition, Condition]]:
    """Two conditions that can be true at once, the earlier one first."""
    found: list[tuple[Function, Condition, Condition]] = []
    for function in EVERY:
        checked = [each for each in CONDITIONS if function in each.functions]
        for index, earlier in enumerate(checked):
            fitting = [each for each in checked[index + 1 :] if together(earlier.id, each.id)]
            found += [(function, earlier, later) for later in fitting]
    return found
