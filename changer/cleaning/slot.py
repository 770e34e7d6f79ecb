"""Reservation of storage slots for cleaning cartridges, and their release.

Checks and answers are those of the Removable Storage Manager (MS-RSMP v20170601), in its order: of
two that fail, the earlier one answers. A refusal changes nothing. Each call is an operation in the
store, refused or done.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from changer.cleaning.empty_slot import verify_slot_empty
from changer.cleaning.named_slot import named_slot, require_slot_or_label
from changer.errors import AlreadyReserved, InvalidSlot, NoSlotReserved, SlotUnknown, UsageError
from changer.journal.operations import operation
from changer.journal.settle import settle_or_warn
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import ElementAddressAssignment
from changer.values import dataclass

if TYPE_CHECKING:
    from changer.journal.open_moves import OpenTransfer


@dataclass(frozen=True, slots=True)
class CleanerSlot:
    """Slot of a finished operation, by number and element address; ``operation_id``: a UUID."""

    slot: int
    address: int
    operation_id: str


def reserve(
    library: Library, place: Place, *, may_inventory: bool = False, is_only: bool = False
) -> CleanerSlot:
    """Reserve one present and empty slot for a cleaning cartridge (ReserveNtmsCleanerSlot).

    ``is_only``: as RSM has it, where a library has one such slot: a second is refused.

    Raises, in this order: LibraryClosed, UsageError, LibraryDisabled, LibraryBusy,
    DeviceNotAvailable, LibraryOffline, AlreadyReserved, InvalidSlot, SlotNotPresent, SlotFull,
    CartridgeOut, SlotUnknown, StoreFailed, StoreFull.
    """
    library.require_open()
    require_slot(place)
    library.require_usable()
    with operation(library, "reserve") as running, library.locked():
        library.context.progress("reading the library")
        left = settle_or_warn(library)
        library.session.send(test_unit_ready())
        proven = verify_slot_empty(
            library,
            lambda assignment: _storage_address(library, assignment, place, is_only=is_only),
            may_inventory=may_inventory,
        )
        address, numbering = proven.address, proven.numbering
        _refuse_motion(left, address, numbering.name_of(address))
        with library.store_error_context(
            f"{numbering.name_of(address)} of {library.id} is not reserved"
        ):
            library.store.reserve(running.id, slot_address=address)
        return CleanerSlot(numbering.number_of(address), address, running.id)


def require_slot(place: Place) -> None:
    """Raise UsageError for a place that is not a slot, without asking a library."""
    if place.kind not in (PlaceKind.SLOT, PlaceKind.ADDRESS):
        raise UsageError(
            f"{place} is not a slot", hint="name a slot by its number: changer cleaner reserve 12"
        )


def release(
    library: Library,
    place: Place | None = None,
    *,
    may_inventory: bool = False,
    cleaner_is_gone: bool = False,
) -> CleanerSlot:
    """Release a reserved slot if it is present and empty (ReleaseNtmsCleanerSlot).

    ``place``: the slot, or the label of its cleaner; None: the only one. Recorded under the lock
    under which it was checked, so that nothing moves into the slot between. A cleaner on record has
    to be accounted for, as ``verify_slot_empty`` has it; ``cleaner_is_gone``: a person says that it
    is out of the library. Its row is kept, for the day when its label comes back.

    Raises, in this order: UsageError, LibraryDisabled, LibraryBusy, DeviceNotAvailable,
    LibraryOffline, NoSlotReserved, SlotNotPresent, BeingCleaned, SlotFull, CartridgeOut,
    SlotUnknown, StoreFailed, StoreFull.
    """
    require_slot_or_label(place)
    library.require_usable()
    with operation(library, "release") as running, library.locked():
        library.context.progress("reading the library")
        left = settle_or_warn(library)
        library.session.send(test_unit_ready())
        if not ReservedSlots.for_(library):
            raise NoSlotReserved(
                f"no slot of {library.id} is reserved",
                hint="reserve one with: changer cleaner reserve SLOT",
            )
        address = named_slot(library, place)
        proven = verify_slot_empty(
            library, lambda _: address, may_inventory=may_inventory, cleaner_is_gone=cleaner_is_gone
        )
        numbering = proven.numbering
        _refuse_motion(left, address, numbering.name_of(address))
        with library.store_error_context(
            f"{numbering.name_of(address)} of {library.id} is still reserved"
        ):
            library.store.release(running.id, slot_address=address)
        if proven.cleaner_is is not None:
            library.context.warn(f"{proven.cleaner_is} still, which is not a reserved slot")
        return CleanerSlot(numbering.number_of(address), address, running.id)


def _refuse_motion(left: Iterable[OpenTransfer], address: int, name: str) -> None:
    """Raise SlotUnknown while a move of the slot, whose end was not seen, may be under way."""
    for each in left:
        if each.may_reach(address):
            raise SlotUnknown(
                f"{name} is empty now, but a move of {each.cartridge} from or to it may still be "
                "under way",
                hint=f"try again from {each.rests_at} on, or when you see that the robot stands "
                "still: changer recover --at-rest",
            )


def _storage_address(
    library: Library, assignment: ElementAddressAssignment, place: Place, *, is_only: bool
) -> int:
    """The address of the slot that is to be reserved. Raises AlreadyReserved, InvalidSlot."""
    numbering, reserved = Numbering(assignment), ReservedSlots.for_(library)
    if is_only and reserved.primary is not None:
        raise AlreadyReserved(
            f"{numbering.name_of(reserved.primary)} of {library.id} is already reserved",
            hint="release it with: changer cleaner release",
        )
    address = numbering.address_of(place)
    if address not in assignment.storage:
        raise InvalidSlot(
            f"{place} is {numbering.name_of(address)}, not a slot",
            hint="name a slot by its number: changer cleaner reserve 12",
        )
    if address in reserved:
        raise AlreadyReserved(
            f"{numbering.name_of(address)} of {library.id} is already reserved",
            hint=f"release it with: changer cleaner release {numbering.place_of(address)}",
        )
    return address
