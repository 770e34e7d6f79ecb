"""A call of an RSM function, and what refuses it by which number, in the order of the checks.

What the driver refuses is arranged as in the tests of the driver, which hold the order of its
checks; here each answer is seen once, and the order of what is checked before the driver is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from cleaning import refusals
from cleaning.cleaner_library import ADDRESS, SLOT, CleanerLibrary
from driver.virtual_library import NAME

from changer import ntms
from changer.simulator.catalogue import changing
from changer.store.records import OperationKind

Function = Literal["reserve", "release", "inject", "eject", "clean", "stop-inject", "stop-eject"]
WORKING: tuple[Function, ...] = ("reserve", "release", "inject", "eject", "clean")
STOPS: tuple[Function, ...] = ("stop-inject", "stop-eject")
FUNCTIONS: tuple[Function, ...] = (*WORKING, *STOPS)
WITH_LIBRARY: tuple[Function, ...] = tuple(each for each in FUNCTIONS if each != "clean")
WITH_OPERATION: tuple[Function, ...] = ("inject", "eject", *STOPS)
WITH_CLEANER: tuple[Function, ...] = ("eject", "clean")
WITH_EMPTY_SLOT: tuple[Function, ...] = ("reserve", "release", "inject")

CLEANER = "CLN002CU"
NOWHERE = UUID("11111111-2222-3333-4444-555555555555")


@dataclass
class Case:
    """One call that would succeed, until a condition is arranged."""

    library: CleanerLibrary
    function: Function
    library_guid: UUID | str | None
    slot: UUID | str | None
    drive: UUID | str | None
    operation: ntms.NtmsOperation | None
    of_another_kind: str | None = None
    ended: str | None = None
    cleans_left: int = 20
    action: int | None = None
    closed: bool = False
    surroundings: list[Callable[[], AbstractContextManager[object]]] = field(default_factory=list)

    def call(self) -> int:
        """What the function answers."""
        session = ntms.NtmsSession(self.library.request)
        if self.closed:
            assert ntms.CloseNtmsSession(session) == ntms.ERROR_SUCCESS
        with ExitStack() as stack:
            for surrounding in self.surroundings:
                stack.enter_context(surrounding())
            return self._call(session)

    def _call(self, session: ntms.NtmsSession) -> int:
        action = int(self.function in STOPS) if self.action is None else self.action
        if self.function == "reserve":
            return ntms.ReserveNtmsCleanerSlot(session, self.library_guid, self.slot)
        if self.function == "release":
            return ntms.ReleaseNtmsCleanerSlot(session, self.library_guid)
        if self.function == "clean":
            return ntms.CleanNtmsDrive(session, self.drive)
        if self.function in ("inject", "stop-inject"):
            return ntms.InjectNtmsCleaner(
                session, self.library_guid, self.operation, self.cleans_left, action
            )
        return ntms.EjectNtmsCleaner(session, self.library_guid, self.operation, action)


def fresh_case(virtual: CleanerLibrary, function: Function) -> Case:
    """Slot 4 is free, or reserved, or holds the cleaner; or an operation waits to be stopped."""
    with virtual.open():
        pass  # the store and the lock's folder are there
    case = Case(
        virtual,
        function,
        library_guid=ntms.library_guid(virtual.id),
        slot=ntms.slot_guid(virtual.id, ADDRESS),
        drive=ntms.drive_guid(virtual.id, virtual.address_of("drive:0")),
        operation=ntms.NtmsOperation(),
    )
    if function in WITH_CLEANER:
        virtual.with_cleaner(CLEANER, cleans=20)
    elif function not in ("reserve", *STOPS):
        virtual.reserve(SLOT)
    if function in STOPS:
        kind: OperationKind = "insert" if function == "stop-inject" else "eject"
        case.operation = ntms.NtmsOperation(UUID(begin(virtual, kind)))
        case.of_another_kind, case.ended = begin(virtual, "clean"), begin(virtual, kind)
        virtual.execute(
            "UPDATE operations SET state = 'completed', finished_at = 1, result_code = 0,"
            f" result_name = 'ERROR_SUCCESS' WHERE id = '{case.ended}'"
        )
    return case


def begin(virtual: CleanerLibrary, kind: OperationKind) -> str:
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
    arrange: Callable[[Any], None]
    functions: tuple[Function, ...] = FUNCTIONS

    @property
    def id(self) -> str:
        return self.arrange.__name__


def no_library(case: Case) -> None:
    case.library_guid = None


def library_that_is_no_guid(case: Case) -> None:
    case.library_guid = "the library"


def no_slot(case: Case) -> None:
    case.slot = None


def no_drive(case: Case) -> None:
    case.drive = None


def no_operation(case: Case) -> None:
    case.operation = None


def neither_start_nor_stop(case: Case) -> None:
    case.action = 2


def no_number_of_cleans(case: Case) -> None:
    case.cleans_left = -1


def operation_without_identifier(case: Case) -> None:
    case.operation = ntms.NtmsOperation()


def unknown_library(case: Case) -> None:
    case.library_guid = ntms.library_guid("NO_SUCH_LIBRARY")


def unknown_drive(case: Case) -> None:
    case.drive = NOWHERE


def drive_where_the_library_has_none(case: Case) -> None:
    case.drive = ntms.drive_guid(case.library.id, ADDRESS)


def slot_of_another_library(case: Case) -> None:
    case.slot = ntms.slot_guid("NO_SUCH_LIBRARY", ADDRESS)


def slot_outside_the_address_range(case: Case) -> None:
    case.slot = ntms.slot_guid(case.library.id, 9999)


def no_mail_slots(case: Case) -> None:
    with changing(NAME, folder=case.library.simulated) as state:
        state.change(profile=replace(state.profile, mail=0), cartridges={})


def unknown_operation(case: Case) -> None:
    case.operation = ntms.NtmsOperation(NOWHERE)


def operation_of_another_kind(case: Case) -> None:
    case.operation = ntms.NtmsOperation(case.of_another_kind)


def operation_that_has_ended(case: Case) -> None:
    case.operation = ntms.NtmsOperation(case.ended)


_ONLINE: tuple[Function, ...] = ("reserve", "release", "inject", "eject")
_NOT_ONLINE = (refusals.offline, refusals.door_open, refusals.becoming_ready)

CONDITIONS = (
    Condition("ERROR_INVALID_HANDLE", 6, refusals.closed_library),
    Condition("ERROR_INVALID_PARAMETER", 87, no_library, WITH_LIBRARY),
    Condition("ERROR_INVALID_PARAMETER", 87, library_that_is_no_guid, WITH_LIBRARY),
    Condition("ERROR_INVALID_PARAMETER", 87, no_slot, ("reserve",)),
    Condition("ERROR_INVALID_PARAMETER", 87, no_drive, ("clean",)),
    Condition("ERROR_INVALID_PARAMETER", 87, no_operation, WITH_OPERATION),
    Condition("ERROR_INVALID_PARAMETER", 87, neither_start_nor_stop, WITH_OPERATION),
    Condition("ERROR_INVALID_PARAMETER", 87, no_number_of_cleans, ("inject",)),
    Condition("ERROR_INVALID_PARAMETER", 87, operation_without_identifier, STOPS),
    Condition("ERROR_NOT_CONNECTED", 2250, refusals.store_is_a_folder),
    Condition("ERROR_INVALID_LIBRARY", 4301, unknown_library, WITH_LIBRARY),
    Condition("ERROR_INVALID_DRIVE", 15, unknown_drive, ("clean",)),
    Condition("ERROR_INVALID_DRIVE", 15, drive_where_the_library_has_none, ("clean",)),
    Condition("ERROR_ACCESS_DENIED", 5, refusals.store_of_another_user),
    # The order of these is the driver's, but for STOP.
    Condition("ERROR_RESOURCE_DISABLED", 4309, refusals.disabled),
    Condition("ERROR_BUSY", 170, refusals.held_by_another, WORKING),
    Condition("ERROR_DEVICE_NOT_AVAILABLE", 4319, refusals.unplugged),
    *(Condition("ERROR_LIBRARY_OFFLINE", 4305, each, _ONLINE) for each in _NOT_ONLINE),
    *(Condition("ERROR_RESOURCE_NOT_PRESENT", 4316, each, ("clean",)) for each in _NOT_ONLINE),
    Condition("ERROR_ALREADY_RESERVED", 4331, refusals.reserved_already, ("reserve",)),
    Condition("ERROR_NO_SLOT_RESERVED", 4332, refusals.nothing_reserved, ("release",)),
    Condition("ERROR_NO_SLOT_SET", 4332, refusals.nothing_reserved, ("inject", *WITH_CLEANER)),
    Condition("ERROR_INVALID_SLOT", 487, slot_of_another_library, ("reserve",)),
    Condition("ERROR_INVALID_SLOT", 487, slot_outside_the_address_range, ("reserve",)),
    Condition("ERROR_SLOT_NOT_PRESENT", 4316, refusals.magazine_out, WORKING),
    Condition("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326, refusals.occupancy_unknown, WORKING),
    Condition("ERROR_SLOT_FULL", 5006, refusals.full, WITH_EMPTY_SLOT),
    Condition("ERROR_BUSY", 170, refusals.cartridge_out_in_a_drive, WORKING),
    Condition("ERROR_SLOT_EMPTY", 4306, refusals.empty, WITH_CLEANER),
    Condition("ERROR_INVALID_CLEANER", 4310, refusals.no_cleaning_cartridge, WITH_CLEANER),
    Condition("ERROR_CLEANER_CARTRIDGE_SPENT", 4333, refusals.spent, ("clean",)),
    Condition("ERROR_BUSY", 170, refusals.drive_loaded, ("clean",)),
    Condition("ERROR_IEPORT_FULL", 4341, refusals.mail_slots_full, ("eject",)),
    Condition("ERROR_NOT_SUPPORTED", 50, no_mail_slots, STOPS),
    Condition("ERROR_OBJECT_NOT_FOUND", 4312, unknown_operation, STOPS),
    Condition("ERROR_INVALID_OPERATION", 4317, operation_of_another_kind, STOPS),
    Condition("ERROR_INVALID_OPERATION", 4317, operation_that_has_ended, STOPS),
    Condition("ERROR_DATABASE_FAILURE", 4313, refusals.store_fails_at_the_end),
    Condition("ERROR_DATABASE_FULL", 4314, refusals.store_full_at_the_end),
)
_FIRST_OF_THE_DRIVER = [each.arrange for each in CONDITIONS].index(refusals.disabled)

# Of each set, one alone can be true: one argument has one value.
_ALTERNATIVES = (
    {"no_library", "library_that_is_no_guid", "unknown_library"},
    {"no_slot", "slot_of_another_library", "slot_outside_the_address_range"},
    {"no_drive", "unknown_drive", "drive_where_the_library_has_none"},
    {
        "no_operation",
        "operation_without_identifier",
        "unknown_operation",
        "operation_of_another_kind",
        "operation_that_has_ended",
    },
    # Which of its elements are drives, the library alone can say.
    {"drive_where_the_library_has_none", "store_of_another_user", "unplugged"},
)


def pairs() -> list[tuple[Function, Condition, Condition]]:
    """Every two that can be true at once and whose order no test of the driver holds."""
    return [
        (function, earlier, later)
        for function in FUNCTIONS
        for index, earlier in enumerate(CONDITIONS)
        for later in CONDITIONS[index + 1 :]
        if function in earlier.functions
        and function in later.functions
        and (function in STOPS or index < _FIRST_OF_THE_DRIVER)
        and not any({earlier.id, later.id} <= each for each in _ALTERNATIVES)
    ]
