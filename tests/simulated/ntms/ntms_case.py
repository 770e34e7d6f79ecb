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

from cleaning.cleaner_library import ADDRESS, SLOT, CleanerLibrary
from cleaning.refusals import ARRANGE, having
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
        store.set_waiting(begun.id, waiting_for="open the door")
        return begun.id


@dataclass(frozen=True)
class Condition:
    """Something that refuses a call: how it comes about, and what the call then answers."""

    id: str
    name: str
    code: int
    arrange: Callable[[Any], None]
    functions: tuple[Function, ...] = FUNCTIONS


def of_the_driver(
    name: str, code: int, condition: str, functions: tuple[Function, ...] = FUNCTIONS
) -> Condition:
    return Condition(condition, name, code, ARRANGE[condition], functions)


def no_mail_slots(case: Case) -> None:
    with changing(NAME, folder=case.library.simulated) as state:
        state.change(profile=replace(state.profile, mail=0), cartridges={})


def drive_where_the_library_has_none(case: Case) -> None:
    case.drive = ntms.drive_guid(case.library.id, ADDRESS)


def slot_outside_the_range(case: Case) -> None:
    case.slot = ntms.slot_guid(case.library.id, 9999)


def operation_of_another_kind(case: Case) -> None:
    case.operation = ntms.NtmsOperation(case.of_another_kind)


def operation_that_has_ended(case: Case) -> None:
    case.operation = ntms.NtmsOperation(case.ended)


_ONLINE: tuple[Function, ...] = ("reserve", "release", "inject", "eject")
_NOT_ONLINE = ("offline", "door_open", "becoming_ready")
_INVALID = ("ERROR_INVALID_PARAMETER", 87)
_UNKNOWN_LIBRARY = ntms.library_guid("NO_SUCH_LIBRARY")
_SLOT_OF_ANOTHER = ntms.slot_guid("NO_SUCH_LIBRARY", ADDRESS)

CONDITIONS = (
    of_the_driver("ERROR_INVALID_HANDLE", 6, "closed_library"),
    Condition("no_library", *_INVALID, having(library_guid=None), WITH_LIBRARY),
    Condition("no_guid", *_INVALID, having(library_guid="the library"), WITH_LIBRARY),
    Condition("no_slot_given", *_INVALID, having(slot=None), ("reserve",)),
    Condition("no_drive", *_INVALID, having(drive=None), ("clean",)),
    Condition("no_operation", *_INVALID, having(operation=None), WITH_OPERATION),
    Condition("neither_start_nor_stop", *_INVALID, having(action=2), WITH_OPERATION),
    Condition("wrong_cleans", *_INVALID, having(cleans_left=-1), ("inject",)),
    Condition("no_id", *_INVALID, having(operation=ntms.NtmsOperation()), STOPS),
    of_the_driver("ERROR_NOT_CONNECTED", 2250, "store_is_a_folder"),
    Condition(
        "unknown_library",
        "ERROR_INVALID_LIBRARY",
        4301,
        having(library_guid=_UNKNOWN_LIBRARY),
        WITH_LIBRARY,
    ),
    Condition("unknown_drive", "ERROR_INVALID_DRIVE", 15, having(drive=NOWHERE), ("clean",)),
    Condition(
        "not_a_drive", "ERROR_INVALID_DRIVE", 15, drive_where_the_library_has_none, ("clean",)
    ),
    of_the_driver("ERROR_ACCESS_DENIED", 5, "store_of_another_user"),
    # The order of these is the driver's, but for STOP.
    of_the_driver("ERROR_RESOURCE_DISABLED", 4309, "disabled"),
    of_the_driver("ERROR_BUSY", 170, "held_by_another", WORKING),
    of_the_driver("ERROR_DEVICE_NOT_AVAILABLE", 4319, "unplugged"),
    *(of_the_driver("ERROR_LIBRARY_OFFLINE", 4305, each, _ONLINE) for each in _NOT_ONLINE),
    *(of_the_driver("ERROR_RESOURCE_NOT_PRESENT", 4316, each, ("clean",)) for each in _NOT_ONLINE),
    of_the_driver("ERROR_ALREADY_RESERVED", 4331, "another_reserved", ("reserve",)),
    of_the_driver("ERROR_NO_SLOT_RESERVED", 4332, "not_reserved", ("release",)),
    of_the_driver("ERROR_NO_SLOT_SET", 4332, "no_slot", ("inject", *WITH_CLEANER)),
    Condition(
        "slot_of_another", "ERROR_INVALID_SLOT", 487, having(slot=_SLOT_OF_ANOTHER), ("reserve",)
    ),
    Condition("slot_outside", "ERROR_INVALID_SLOT", 487, slot_outside_the_range, ("reserve",)),
    of_the_driver("ERROR_SLOT_NOT_PRESENT", 4316, "magazine_out", WORKING),
    of_the_driver("ERROR_UNABLE_TO_INVENTORY_SLOT", 4326, "occupancy_unknown", WORKING),
    of_the_driver("ERROR_SLOT_FULL", 5006, "full", WITH_EMPTY_SLOT),
    of_the_driver("ERROR_BUSY", 170, "cartridge_out", WORKING),
    of_the_driver(
        "ERROR_UNABLE_TO_INVENTORY_SLOT", 4326, "cleaner_out_of_sight", ("release", "inject")
    ),
    of_the_driver("ERROR_SLOT_EMPTY", 4306, "empty", WITH_CLEANER),
    of_the_driver("ERROR_INVALID_CLEANER", 4310, "data_cartridge", WITH_CLEANER),
    of_the_driver("ERROR_CLEANER_CARTRIDGE_SPENT", 4333, "no_cleans_left", ("clean",)),
    of_the_driver("ERROR_BUSY", 170, "loaded", ("clean",)),
    of_the_driver("ERROR_IEPORT_FULL", 4341, "mail_slots_full", ("eject",)),
    Condition("no_mail_slots", "ERROR_NOT_SUPPORTED", 50, no_mail_slots, STOPS),
    Condition(
        "unknown_operation",
        "ERROR_OBJECT_NOT_FOUND",
        4312,
        having(operation=ntms.NtmsOperation(NOWHERE)),
        STOPS,
    ),
    Condition("another_kind", "ERROR_INVALID_OPERATION", 4317, operation_of_another_kind, STOPS),
    Condition("has_ended", "ERROR_INVALID_OPERATION", 4317, operation_that_has_ended, STOPS),
    of_the_driver("ERROR_DATABASE_FAILURE", 4313, "store_fails"),
    of_the_driver("ERROR_DATABASE_FULL", 4314, "store_full"),
)
_FIRST_OF_THE_DRIVER = [each.id for each in CONDITIONS].index("disabled")

# Of each set, one alone can be true: one argument has one value.
_ALTERNATIVES = (
    {"no_library", "no_guid", "unknown_library"},
    {"no_slot_given", "slot_of_another", "slot_outside"},
    {"no_drive", "unknown_drive", "not_a_drive"},
    {"no_operation", "no_id", "unknown_operation", "another_kind", "has_ended"},
    # Which of its elements are drives, the library alone can say.
    {"not_a_drive", "store_of_another_user", "unplugged"},
)


def pairs() -> list[tuple[Function, Condition, Condition]]:
    """Two that can be true at once and whose order no test of the driver holds."""
    found: list[tuple[Function, Condition, Condition]] = []
    for function in FUNCTIONS:
        for index, earlier in enumerate(CONDITIONS):
            if function not in earlier.functions:
                continue
            if function not in STOPS and index >= _FIRST_OF_THE_DRIVER:
                continue
            fitting = [
                later
                for later in CONDITIONS[index + 1 :]
                if function in later.functions
                and not any({earlier.id, later.id} <= each for each in _ALTERNATIVES)
            ]
            found += [(function, earlier, later) for later in fitting]
    return found
