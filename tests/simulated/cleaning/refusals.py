"""What refuses insert, eject and clean, in the order of their checks (MS-RSMP v20170601)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Literal

from users import no_right_to

from changer.cleaning.clean_drive import clean
from changer.cleaning.eject import eject
from changer.cleaning.insert import InsertionRequest, insert
from changer.library.addressing import parse_place
from changer.library.opening import open_library
from changer.library.settings import LibrarySettings
from changer.lock.flock import LibraryLock

from .cleaner_library import CLEANER, SLOT, CleanerLibrary

Function = Literal["insert", "eject", "clean"]
EVERY: tuple[Function, ...] = ("insert", "eject", "clean")


@dataclass
class Case:
    """A call that would succeed, and the world around it."""

    library: CleanerLibrary
    function: Function
    name: str = "sim:library"
    drive: str = "drive:0"
    cleans_left: int | None = None
    closed: bool = False
    surroundings: list[Callable[[], AbstractContextManager[object]]] = field(default_factory=list)

    def call(self) -> object:
        """Open the library and call the function. Raises what it raises."""
        request = self.library.request(name=self.name)
        with ExitStack() as stack:
            for surrounding in self.surroundings:
                stack.enter_context(surrounding())
            opened = stack.enter_context(open_library(request))
            if self.closed:
                opened.close()
            if self.function == "insert":
                return insert(
                    opened, InsertionRequest(cleans_left=self.cleans_left, timeout_seconds=20)
                )
            if self.function == "eject":
                return eject(opened, timeout_seconds=20)
            return clean(opened, parse_place(self.drive))


def fresh_case(library: CleanerLibrary, function: Function) -> Case:
    """Slot 4 is reserved; the cleaner is in it, or is being put into a mail slot for insert."""
    library.empty_mail()
    if function == "insert":
        library.reserve(SLOT)
        library.later(3, f"put {CLEANER} mail:1")
    else:
        library.with_cleaner()
    if function == "eject":
        library.later(3, "take mail:1")
    return Case(library, function)


@dataclass(frozen=True)
class Condition:
    """Something that refuses the call: how it comes about, and what the call then answers."""

    code: str
    arrange: Callable[[Case], None]
    functions: tuple[Function, ...] = EVERY

    @property
    def id(self) -> str:
        return self.arrange.__name__.strip("_")


def _closed_library(case: Case) -> None:
    case.closed = True


def _wrong_number_of_cleans(case: Case) -> None:
    case.cleans_left = -1


def _place_of_no_drive(case: Case) -> None:
    case.drive = "1"


def _store_is_a_folder(case: Case) -> None:
    case.library.state = case.library.folder / "a-folder"
    case.library.state.mkdir()


def _unknown_library(case: Case) -> None:
    case.name = "sim:no-such-library"


def _store_of_another_user(case: Case) -> None:
    case.surroundings.append(lambda: no_right_to(case.library.state))


def _unknown_drive(case: Case) -> None:
    case.drive = "drive:7"


def _disabled(case: Case) -> None:
    case.library.settings = LibrarySettings(enabled=False)


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


def _nothing_reserved(case: Case) -> None:
    case.library.execute("DELETE FROM reservations")


def _magazine_out(case: Case) -> None:
    case.library.fault("magazine-out 1")


def _element_disabled(case: Case) -> None:
    case.library.fault(f"element {SLOT} ed=1")


def _occupancy_unknown(case: Case) -> None:
    case.library.fault(f"occupancy-unknown {SLOT}")


def _full(case: Case) -> None:
    case.library.operate(f"insert A00099L8 {SLOT}", noticed=False)


def _own_cleaner_out(case: Case) -> None:
    if case.library.tag_at(SLOT) is None:
        case.library.operate(f"insert {CLEANER} {SLOT}", noticed=False)
    case.library.move_behind_our_back(SLOT, "drive:1")


def _slot_empty(case: Case) -> None:
    case.library.operate(f"remove {SLOT}", noticed=False)


def _no_cleaner_in_it(case: Case) -> None:
    case.library.operate(f"remove {SLOT}", noticed=False)
    case.library.operate(f"insert A00099L8 {SLOT}", noticed=False)


def _mail_slots_full(case: Case) -> None:
    case.library.operate("put A00098L8 mail:1", noticed=False)
    case.library.operate("put A00097L8 mail:2", noticed=False)


def _spent(case: Case) -> None:
    case.library.execute("UPDATE cleaners SET cleans_left = 0")


def _drive_without_device(case: Case) -> None:
    case.library.fault("unplugged drive:0")


def _drive_loaded(case: Case) -> None:
    case.library.move_behind_our_back("1", "drive:0")


CONDITIONS = (
    Condition("library-closed", _closed_library),
    Condition("usage", _wrong_number_of_cleans, ("insert",)),
    Condition("usage", _place_of_no_drive, ("clean",)),
    Condition("store-unreachable", _store_is_a_folder),
    Condition("no-library", _unknown_library),
    Condition("access-denied", _store_of_another_user),
    Condition("no-such-drive", _unknown_drive, ("clean",)),
    Condition("library-disabled", _disabled),
    Condition("library-busy", _held_by_another),
    Condition("device-not-available", _unplugged),
    Condition("library-offline", _offline),
    Condition("library-offline", _door_open),
    Condition("no-slot-set", _nothing_reserved),
    Condition("slot-not-present", _magazine_out),
    Condition("slot-not-present", _element_disabled),
    Condition("slot-unknown", _occupancy_unknown),
    Condition("slot-full", _full, ("insert",)),
    Condition("cartridge-out", _own_cleaner_out),
    Condition("slot-empty", _slot_empty, ("eject", "clean")),
    Condition("invalid-cleaner", _no_cleaner_in_it, ("eject", "clean")),
    Condition("mail-slots-full", _mail_slots_full, ("eject",)),
    Condition("cleaner-spent", _spent, ("clean",)),
    Condition("device-not-available", _drive_without_device, ("clean",)),
    Condition("drive-loaded", _drive_loaded, ("clean",)),
)

_BEFORE_OPENING = ("store_is_a_folder", "unknown_library", "store_of_another_user")
_ABOUT_THE_SLOT = (
    "magazine_out",
    "element_disabled",
    "occupancy_unknown",
    "full",
    "own_cleaner_out",
    "slot_empty",
    "no_cleaner_in_it",
)


def _can_be_together(earlier: Condition, later: Condition) -> bool:
    ids = {earlier.id, later.id}
    if ids & set(_BEFORE_OPENING) and ids & {
        # In Python these are told by a call on a library that is open.
        "closed_library",
        "wrong_number_of_cleans",
        "place_of_no_drive",
    }:
        return False
    if ids <= {"place_of_no_drive", "unknown_drive"}:
        return False
    if ids == {"unplugged", "unknown_drive"}:
        return False  # who can't be asked can't say which drives there are
    # One slot, one state.
    return not ids <= set(_ABOUT_THE_SLOT)


def pairs() -> list[tuple[Function, Condition, Condition]]:
    """Every two conditions that can be true at once, the earlier one first."""
    return [
        (function, earlier, later)
        for function in EVERY
        for index, earlier in enumerate(CONDITIONS)
        for later in CONDITIONS[index + 1 :]
        if function in earlier.functions
        and function in later.functions
        and _can_be_together(earlier, later)
    ]
