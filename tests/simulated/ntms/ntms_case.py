"""A call of an RSM function, and every condition that refuses it, in the order of the checks.

The order is that of MS-RSMP v20170601, with the conditions that only live hardware has where the
driver checks them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from unittest import mock
from uuid import UUID

from driver.virtual_library import NAME, VirtualLibrary
from users import no_right_to

from changer import ntms
from changer.library.settings import LibrarySettings
from changer.lock.flock import LibraryLock
from changer.simulator.catalogue import changing
from changer.store.records import OperationKind

Function = Literal["reserve", "release", "inject", "eject", "clean", "stop-inject", "stop-eject"]
FUNCTIONS: tuple[Function, ...] = (
    "reserve",
    "release",
    "inject",
    "eject",
    "clean",
    "stop-inject",
    "stop-eject",
)
STOPS: tuple[Function, ...] = ("stop-inject", "stop-eject")
WORKING: tuple[Function, ...] = ("reserve", "release", "inject", "eject", "clean")
WITH_LIBRARY: tuple[Function, ...] = tuple(each for each in FUNCTIONS if each != "clean")
WITH_CLEANER: tuple[Function, ...] = ("eject", "clean")
WITH_EMPTY_SLOT: tuple[Function, ...] = ("reserve", "release", "inject")

SLOT, ADDRESS, CLEANER = "4", 1004, "CLN002CU"
NOWHERE = UUID("11111111-2222-3333-4444-555555555555")


@dataclass
class Case:
    """One call that would succeed, until a condition is arranged."""

    virtual: VirtualLibrary
    function: Function
    library: UUID | str | None
    slot: UUID | str | None
    drive: UUID | str | None
    operation: ntms.NtmsOperation | None
    of_another_kind: ntms.NtmsOperation | None = None
    ended: ntms.NtmsOperation | None = None
    cleans_left: int = 20
    action: int | None = None
    settings: LibrarySettings = field(default_factory=LibrarySettings)
    closed: bool = False
    surroundings: list[Callable[[], AbstractContextManager[object]]] = field(default_factory=list)

    def session(self) -> ntms.NtmsSession:
        return ntms.NtmsSession(lambda: self.virtual.request(settings=self.settings))

    def call(self) -> int:
        """What the function answers."""
        session = self.session()
        if self.closed:
            assert ntms.CloseNtmsSession(session) == ntms.ERROR_SUCCESS
        with ExitStack() as stack:
            for surrounding in self.surroundings:
                stack.enter_context(surrounding())
            return self._call(session)

    def _call(self, session: ntms.NtmsSession) -> int:
        action = (
            self.action
            if self.action is not None
            else int(self.function in STOPS)  # STOP is 1, START is 0
        )
        if self.function == "reserve":
            return ntms.ReserveNtmsCleanerSlot(session, self.library, self.slot)
        if self.function == "release":
            return ntms.ReleaseNtmsCleanerSlot(session, self.library)
        if self.function == "clean":
            return ntms.CleanNtmsDrive(session, self.drive)
        if self.function in ("inject", "stop-inject"):
            return ntms.InjectNtmsCleaner(
                session, self.library, self.operation, self.cleans_left, action
            )
        return ntms.EjectNtmsCleaner(session, self.library, self.operation, action)


def fresh_case(virtual: VirtualLibrary, function: Function) -> Case:
    """Slot 4 is free, or reserved, or holds the cleaner; or an operation waits to be stopped."""
    with virtual.open():
        pass  # the store and the lock's folder are there
    operation, of_another_kind, ended = (ntms.NtmsOperation() for _ in range(3))
    if function not in ("reserve", *STOPS):
        virtual.reserve(SLOT)
    if function in WITH_CLEANER:
        bring_in(virtual, CLEANER)
    if function in STOPS:
        kind: OperationKind = "insert" if function == "stop-inject" else "eject"
        operation.id = UUID(begin(virtual, kind))
        of_another_kind.id = begin(virtual, "clean")
        ended.id = begin(virtual, kind)
        virtual.execute(
            "UPDATE operations SET state = 'completed', finished_at = 1, result_code = 0,"
            f" result_name = 'ERROR_SUCCESS' WHERE id = '{ended.id}'"
        )
    return Case(
        virtual,
        function,
        library=ntms.library_guid(virtual.id),
        slot=ntms.slot_guid(virtual.id, ADDRESS),
        drive=ntms.drive_guid(virtual.id, virtual.address_of("drive:0")),
        operation=operation,
        of_another_kind=of_another_kind,
        ended=ended,
    )


def bring_in(virtual: VirtualLibrary, tag: str, *, cleans_left: int = 20) -> None:
    """The cleaner is in its slot, and the store knows it."""
    virtual.operate(f"insert {tag} {SLOT}", noticed=False)
    with virtual.store() as store:
        begun = store.begin_operation(virtual.id, "insert")
        store.insert_cleaner(begun.id, volume_tag=tag, cleans_left=cleans_left)


def begin(virtual: VirtualLibrary, kind: OperationKind) -> str:
    """An operation of this process that waits for a person."""
    with virtual.store() as store:
        begun = store.begin_operation(virtual.id, kind)
        store.set_waiting(begun.id, waiting=True)
        return begun.id


@dataclass(frozen=True)
class Condition:
    """Something that refuses a call: how it comes about, and what the call then answers."""

    name: str
    code: int
    arrange: Callable[[Case], None]
    functions: tuple[Function, ...] = FUNCTIONS

    @property
    def id(self) -> str:
        return self.arrange.__name__.strip("_")


def _closed_session(case: Case) -> None:
    case.closed = True


def _no_library(case: Case) -> None:
    case.library = None


def _library_that_is_no_guid(case: Case) -> None:
    case.library = "the library"


def _no_slot(case: Case) -> None:
    case.slot = None


def _no_drive(case: Case) -> None:
    case.drive = None


def _no_operation(case: Case) -> None:
    case.operation = None


def _neither_start_nor_stop(case: Case) -> None:
    case.action = 2


def _no_number_of_cleans(case: Case) -> None:
    case.cleans_left = -1


def _operation_without_identifier(case: Case) -> None:
    case.operation = ntms.NtmsOperation()


def _store_is_a_folder(case: Case) -> None:
    case.virtual.state = case.virtual.folder / "a-folder"
    case.virtual.state.mkdir()


def _unknown_library(case: Case) -> None:
    case.library = ntms.library_guid("NO_SUCH_LIBRARY")


def _unknown_drive(case: Case) -> None:
    case.drive = NOWHERE


def _drive_where_the_library_has_none(case: Case) -> None:
    case.drive = ntms.drive_guid(case.virtual.id, ADDRESS)


def _store_of_another_user(case: Case) -> None:
    # The library is everybody's; a virtual one that can't be read is not known at all.
    case.virtual.simulated.chmod(0o777)
    for file in case.virtual.simulated.iterdir():
        file.chmod(0o666)
    case.surroundings.append(lambda: no_right_to(case.virtual.state))


def _disabled(case: Case) -> None:
    case.settings = replace(case.settings, enabled=False)


def _held_by_another(case: Case) -> None:
    virtual = case.virtual
    case.surroundings.append(
        lambda: LibraryLock(
            virtual.id, folder=virtual.locks, command="another", clock=virtual.clock
        )
    )


def _unplugged(case: Case) -> None:
    case.virtual.fault("unplugged")


def _offline(case: Case) -> None:
    case.virtual.fault("offline")


def _door_open(case: Case) -> None:
    case.virtual.fault("door open")


def _becoming_ready(case: Case) -> None:
    case.virtual.fault("becoming-ready 90000s")


def _reserved_already(case: Case) -> None:
    case.virtual.execute(
        "INSERT INTO reservations (library_id, slot_address, reserved_at)"
        " SELECT id, 1009, 0 FROM libraries",
    )


def _nothing_reserved(case: Case) -> None:
    case.virtual.execute("DELETE FROM cleaners")
    case.virtual.execute("DELETE FROM reservations")


def _slot_of_another_library(case: Case) -> None:
    case.slot = ntms.slot_guid("NO_SUCH_LIBRARY", ADDRESS)


def _slot_outside_the_address_range(case: Case) -> None:
    case.slot = ntms.slot_guid(case.virtual.id, 9999)


def _magazine_out(case: Case) -> None:
    case.virtual.fault("magazine-out 1")


def _element_disabled(case: Case) -> None:
    case.virtual.fault(f"element {SLOT} ed=1")


def _occupancy_unknown(case: Case) -> None:
    case.virtual.fault(f"occupancy-unknown {SLOT}")


def _full(case: Case) -> None:
    case.virtual.operate(f"insert A00099L8 {SLOT}")


def _cartridge_out_in_a_drive(case: Case) -> None:
    if case.function not in WITH_CLEANER:
        case.virtual.operate(f"insert {CLEANER} {SLOT}", noticed=False)
    case.virtual.move_behind_our_back(SLOT, "drive:1")


def _empty(case: Case) -> None:
    case.virtual.operate(f"remove {SLOT}")


def _no_cleaning_cartridge(case: Case) -> None:
    case.virtual.operate(f"remove {SLOT}")
    case.virtual.operate(f"insert A00099L8 {SLOT}")


def _another_cleaner(case: Case) -> None:
    case.virtual.execute("UPDATE cleaners SET volume_tag = 'CLN077CU'")


def _spent(case: Case) -> None:
    case.virtual.execute("UPDATE cleaners SET cleans_left = 0")


def _drive_loaded(case: Case) -> None:
    case.virtual.operate("insert A00098L8 drive:0")


def _mail_slots_full(case: Case) -> None:
    case.virtual.operate("put A00097L8 mail:2")


def _no_mail_slots(case: Case) -> None:
    with changing(NAME, folder=case.virtual.simulated) as state:
        state.change(profile=replace(state.profile, mail=0), cartridges={})


def _unknown_operation(case: Case) -> None:
    case.operation = ntms.NtmsOperation(NOWHERE)


def _operation_of_another_kind(case: Case) -> None:
    case.operation = case.of_another_kind


def _operation_that_has_ended(case: Case) -> None:
    case.operation = case.ended


def _store_fails_at_the_end(case: Case) -> None:
    case.virtual.execute(
        "CREATE TRIGGER broken BEFORE UPDATE ON operations"
        " WHEN new.state != 'failed' AND old.finished_at IS NULL"
        " BEGIN SELECT RAISE(ABORT, 'the disk is worn out'); END",
    )


def _store_full_at_the_end(case: Case) -> None:
    case.virtual.execute("CREATE TABLE ballast (data BLOB)")
    case.virtual.execute(
        "CREATE TRIGGER filling BEFORE UPDATE ON operations"
        " WHEN new.state != 'failed' AND old.finished_at IS NULL"
        " BEGIN INSERT INTO ballast VALUES (randomblob(1000000)); END",
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


_NOT_ONLINE: tuple[tuple[str, int, tuple[Function, ...]], ...] = (
    ("ERROR_LIBRARY_OFFLINE", 4305, ("reserve", "release", "inject", "eject")),
    ("ERROR_RESOURCE_NOT_PRESENT", 4316, ("clean",)),
)

CONDITIONS = (
    Condition("ERROR_INVALID_HANDLE", 6, _closed_session),
    Condition("ERROR_INVALID_PARAMETER", 87, _no_library, WITH_LIBRARY),
    Condition("ERROR_INVALID_PARAMETER", 87, _library_that_is_no_guid, WITH_LIBRARY),
    Condition("ERROR_INVALID_PARAMETER", 87, _no_slot, ("reserve",)),
    Condition("ERROR_INVALID_PARAMETER", 87, _no_drive, ("clean",)),
    Condition("ERROR_INVALID_PARAMETER", 87, _no_operation, ("inject", "eject", *STOPS)),
    Condition("ERROR_INVALID_PARAMETER", 87, _neither_start_nor_stop, ("inject", "eject", *STOPS)),
    Condition("ERROR_INVALID_PARAMETER", 87, _no_number_of_cleans, ("inject",)),
    Condition("ERROR_INVALID_PARAMETER", 87, _operation_without_identifier, STOPS),
    Condition("ERROR_NOT_CONNECTED", 2250, _store_is_a_folder),
    Condition("ERROR_INVALID_LIBRARY", 4301, _unknown_library, WITH_LIBRARY),
    Condition("ERROR_INVALID_DRIVE", 15, _unknown_drive, ("clean",)),
    Condition("ERROR_INVALID_DRIVE", 15, _drive_where_the_library_has_none, ("clean",)),
    Condition("ERROR_ACCESS_DENIED", 5, _store_of_another_user),
    Condition("ERROR_RESOURCE_DISABLED", 4309, _disabled),
    Condition("ERROR_BUSY", 170, _held_by_another, WORKING),
    Condition("ERROR_DEVICE_NOT_AVAILABLE", 4319, _unplugged),
    *(
        Condition(name, code, arrange, functions)
        for name, code, functions in _NOT_ONLINE
        for arrange in (_offline, _door_open, _becoming_ready)
    ),
    Condition("ERROR_ALREADY_RESERVED", 4331, _reserved_already, ("reserve",)),
    Condition("ERROR_NO_SLOT_RESERVED", 4332, _nothing_reserved, ("release",)),
    Condition("ERROR_NO_SLOT_SET", 4332, _nothing_reserved, ("inject", "eject", "clean")),
    Condition("ERROR_INVALID_SLOT", 487, _slot_of_another_library, ("reserve",)),
    Condition("ERROR_INVALID_SLOT", 487, _slot_outside_the_address_range, ("reserve",)),
    Condition("ERROR_SLOT_NOT_PRESENT", 4316, _magazine_out, WORKING),
    Condition("ERROR_SLOT_NOT_PRESENT", 4316, _element_disabled, WORKING),
    Condition("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326, _occupancy_unknown, WORKING),
    Condition("ERROR_SLOT_FULL", 5006, _full, WITH_EMPTY_SLOT),
    Condition("ERROR_BUSY", 170, _cartridge_out_in_a_drive, WORKING),
    Condition("ERROR_SLOT_EMPTY", 4306, _empty, WITH_CLEANER),
    Condition("ERROR_INVALID_CLEANER", 4310, _no_cleaning_cartridge, WITH_CLEANER),
    Condition("ERROR_INVALID_CLEANER", 4310, _another_cleaner, ("clean",)),
    Condition("ERROR_CLEANER_CARTRIDGE_SPENT", 4333, _spent, ("clean",)),
    Condition("ERROR_BUSY", 170, _drive_loaded, ("clean",)),
    Condition("ERROR_IEPORT_FULL", 4341, _mail_slots_full, ("eject",)),
    Condition("ERROR_NOT_SUPPORTED", 50, _no_mail_slots, STOPS),
    Condition("ERROR_OBJECT_NOT_FOUND", 4312, _unknown_operation, STOPS),
    Condition("ERROR_INVALID_OPERATION", 4317, _operation_of_another_kind, STOPS),
    Condition("ERROR_INVALID_OPERATION", 4317, _operation_that_has_ended, STOPS),
    Condition("ERROR_DATABASE_FAILURE", 4313, _store_fails_at_the_end),
    Condition("ERROR_DATABASE_FULL", 4314, _store_full_at_the_end),
)

# Of each set, one alone can be true: one argument, element, drive or cartridge.
_ALTERNATIVES: tuple[frozenset[str], ...] = (
    frozenset({"no_library", "library_that_is_no_guid", "unknown_library"}),
    frozenset({"no_slot", "slot_of_another_library", "slot_outside_the_address_range"}),
    frozenset({"no_drive", "unknown_drive", "drive_where_the_library_has_none"}),
    frozenset(
        {
            "no_operation",
            "operation_without_identifier",
            "unknown_operation",
            "operation_of_another_kind",
            "operation_that_has_ended",
        }
    ),
)
_EXCLUSIVE = {
    # One element, one exception; one cartridge, one place.
    frozenset({"magazine_out", "occupancy_unknown"}),
    frozenset({"cartridge_out_in_a_drive", "empty"}),
    # Which of its elements are drives, the library alone can say.
    frozenset({"drive_where_the_library_has_none", "store_of_another_user"}),
    frozenset({"drive_where_the_library_has_none", "unplugged"}),
}


def pairs() -> list[tuple[Function, Condition, Condition]]:
    """Every two conditions that can be true at once, the earlier one first."""
    return [
        (function, earlier, later)
        for function in FUNCTIONS
        for index, earlier in enumerate(CONDITIONS)
        for later in CONDITIONS[index + 1 :]
        if function in earlier.functions
        and function in later.functions
        and not _exclude_each_other(earlier.id, later.id)
    ]


def _exclude_each_other(one: str, other: str) -> bool:
    return frozenset({one, other}) in _EXCLUSIVE or any(
        {one, other} <= alternatives for alternatives in _ALTERNATIVES
    )
