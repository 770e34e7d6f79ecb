"""Ejection of the cleaning cartridge (EjectNtmsCleaner).

It goes through an empty mail slot, or an operator takes it out at the door. Its record is deleted
once the library shows that it is out.
"""

from __future__ import annotations

from dataclasses import dataclass

from changer.cleaning.cartridge import CleanerState, read_cleaner_state
from changer.cleaning.operator import (
    DOOR_OPEN_ERRORS,
    await_operator,
    door_unlocked,
    mail_slot_open,
    removal_prevention_restored,
    unlock,
)
from changer.errors import MailSlotsFull
from changer.journal.operations import NO_CALLBACKS, Callbacks, Running, operation
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.element_state import find_condition, takes_media
from changer.library.library import Library
from changer.moves.execute import move_locked
from changer.moves.plan import plan_move
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element, ElementType


@dataclass(frozen=True, slots=True)
class EjectedCleaner:
    """A cleaning cartridge that left the library.

    ``slot``: the slot that stays reserved. ``taken_from``: where the operator took it.
    """

    slot: int
    address: int
    volume_tag: str | None
    taken_from: Place
    operation_id: str


def eject(
    library: Library, *, timeout_seconds: float | None = None, callbacks: Callbacks = NO_CALLBACKS
) -> EjectedCleaner:
    """Move the cleaner to a mail slot, wait until an operator has taken it, delete its record.

    ``timeout_seconds``: for the operator; None: the library's setting. After a time-out the cleaner
    lies in the mail slot, and the next call goes on waiting.

    Raises, in this order: LibraryClosed, LibraryDisabled, LibraryBusy, DeviceNotAvailable,
    LibraryOffline, RecoveryNeeded, CartridgeMissing, NoSlotSet, SlotNotPresent, SlotUnknown,
    CartridgeOut, SlotEmpty, InvalidCleaner, MailSlotsFull; then what a move raises,
    OperatorTimeout, OperationStopped.
    """
    library.require_usable()
    if timeout_seconds is None:
        timeout_seconds = library.settings.operator_timeout_seconds
    with (
        operation(library, "eject", callbacks=callbacks) as running,
        removal_prevention_restored(library),
    ):
        with library.locked():
            library.context.progress("reading the library")
            settle_or_refuse(library)
            library.session.send(test_unit_ready())
            state = read_cleaner_state(library, ElementType.IMPORT_EXPORT)
            cartridge, address = _bring_out(running, state)
        numbering, what = state.inventory.numbering, cartridge.tag or "the cleaning cartridge"
        with library.store_error_context(f"{what} was brought to {numbering.name_of(address)}"):
            _await_taken(running, state, address, cartridge.tag, timeout_seconds=timeout_seconds)
        with library.store_error_context(
            f"{what} is out of the library, but that could not be recorded"
        ):
            library.store.eject_cleaner(running.id)
        taken_from = numbering.place_of(address)
        return EjectedCleaner(state.slot, state.address, cartridge.tag, taken_from, running.id)


def _bring_out(running: Running, state: CleanerState) -> tuple[Element, int]:
    """The cartridge, and the element address where the operator can take it."""
    library = running.library
    state.require_present()
    lying = _in_mail_slot(state)
    if lying is not None:
        library.store.describe_operation(running.id, volume_tag=lying.tag)
        running.accepted()
        return lying, lying.address
    element = state.require_full()
    has_mail_slots = state.inventory.assignment.import_export.count > 0
    target = _free_mail_slot(state) if has_mail_slots else None
    library.store.describe_operation(running.id, slot_address=state.address, volume_tag=element.tag)
    running.accepted()
    if target is None:
        return element, state.address
    numbering = state.inventory.numbering
    source, destination = numbering.place_of(state.address), numbering.place_of(target.address)
    unlock(library)  # a library whose mail slots are locked brings nothing there (53/02)
    move_locked(library, lambda: plan_move(library, source, destination), operation_id=running.id)
    return element, target.address


def _in_mail_slot(state: CleanerState) -> Element | None:
    """The mail slot where an earlier eject left the cartridge, by its label, else by its source."""
    if state.element is None or state.element.full:
        return None
    for each in state.inventory.of_type(ElementType.IMPORT_EXPORT):
        is_told = each.tag is not None or each.source_address == state.address
        if each.full and is_told and state.is_on_record(each):
            return each
    return None


def _free_mail_slot(state: CleanerState) -> Element:
    """An empty mail slot that media can leave by. Raises MailSlotsFull."""
    for each in state.inventory.of_type(ElementType.IMPORT_EXPORT):
        if find_condition(each, address=each.address).is_free and takes_media(each):
            return each
    raise MailSlotsFull(
        "no mail slot is free for the cleaning cartridge",
        hint="take something out of the mail slots, then try again",
    )


def _await_taken(
    running: Running, state: CleanerState, address: int, tag: str | None, *, timeout_seconds: float
) -> None:
    """Return when the library, closed and ready, shows the cartridge nowhere."""
    library, assignment = running.library, state.inventory.assignment
    clock = library.context.clock
    deadline = clock.monotonic() + timeout_seconds
    name, what = state.inventory.numbering.name_of(address), tag or "the cleaning cartridge"
    in_mail_slot = address != state.address
    task = f"take {what} out of {name} of {library.id}"
    still = f"{what} is in {name} still; changer cleaner eject goes on waiting"

    def looks_empty() -> bool | None:
        element = library.reader.read_element(assignment, address)
        return None if element is not None and element.full else True

    while True:
        left = max(0.0, deadline - clock.monotonic())
        access = mail_slot_open(library, assignment) if in_mail_slot else door_unlocked(library)
        with access:
            try:
                await_operator(
                    running,
                    looks_empty,
                    what=task if in_mail_slot else f"open the door, {task}, and close it",
                    timeout_seconds=left,
                    hint=still,
                )
            except KeyboardInterrupt:
                library.context.warn(still)
                raise
        # While a door is open, an element may look emptier than it is.
        if _is_out(library, address, tag):
            return


def _is_out(library: Library, address: int, tag: str | None) -> bool:
    try:
        library.session.send(test_unit_ready())
        inventory = library.read()
    except DOOR_OPEN_ERRORS:
        return False
    element = inventory.at(address)
    if element is None or element.full or (tag and inventory.holding(tag)):
        return False
    return find_condition(element, address=address).is_free
