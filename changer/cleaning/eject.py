"""Ejection of the cleaning cartridge (EjectNtmsCleaner).

It goes through an empty mail slot, or an operator takes it out at the door. Its record is deleted
once the library shows that it is out.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from changer.cleaning.away import drop_long_gone
from changer.cleaning.cartridge import CleanerState, read_cleaner_state
from changer.cleaning.named_slot import named_slot, require_reserved, require_slot_or_label
from changer.errors import MailSlotsFull, OperationStopped, OperatorTimeout
from changer.journal.operations import NO_CALLBACKS, Callbacks, Running, operation
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.element_state import find_condition, takes_media
from changer.library.library import Library
from changer.moves.execute import move_locked
from changer.moves.operator import (
    DOOR_OPEN_ERRORS,
    await_operator,
    door_unlocked,
    mail_slot_open,
    removal_prevention_restored,
    unlock,
)
from changer.moves.plan import plan_move
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element, ElementType
from changer.values import NamedTuple, dataclass

# How many operations are searched for the eject that brought it out.
_NEWEST_OPERATIONS = 100
_NONE_ON_RECORD = 0  # the store counts them from 1


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
    library: Library,
    place: Place | None = None,
    *,
    may_be_gone: bool = False,
    timeout_seconds: float | None = None,
    callbacks: Callbacks = NO_CALLBACKS,
) -> EjectedCleaner:
    """Move a cleaner to a mail slot, wait until an operator has taken it, record that it is away.

    ``may_be_gone``: one that a person took out before, as the library shows plainly, is recorded as
    away; without it, as RSM has it, SlotEmpty.
    ``place``: its slot, or its label; None: the only one there is. ``timeout_seconds``: for the
    operator; None: the library's setting. After a time-out the cleaner lies in the mail slot, and
    the next call goes on waiting, or is done if it was taken meanwhile.

    Raises, in this order: LibraryClosed, LibraryDisabled, LibraryBusy, DeviceNotAvailable,
    LibraryOffline, RecoveryNeeded, CartridgeMissing, NoSlotSet, SlotNotPresent, SlotUnknown,
    CartridgeOut, SlotEmpty, InvalidCleaner, MailSlotsFull; then what a move raises,
    OperatorTimeout, OperationStopped.
    """
    require_slot_or_label(place)
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
            slots = require_reserved(library)
            with_cleaner = [each for each in slots if slots.cleaner_of(each) is not None]
            address = named_slot(library, place, among=with_cleaner)
            state = read_cleaner_state(library, address, *ElementType)
            state.require_unclaimed()
            tag, address, has_left = _bring_out(running, state, may_be_gone=may_be_gone)
            if has_left:
                return _record(running, state, tag, address)
        numbering, what = state.inventory.numbering, tag or "the cleaning cartridge"
        with library.store_error_context(f"{what} was brought to {numbering.name_of(address)}"):
            taking = _Taking(running, state, tag, address)
            taking.await_end(timeout_seconds=timeout_seconds)
        return _record(running, state, tag, address)


def _record(running: Running, state: CleanerState, tag: str | None, address: int) -> EjectedCleaner:
    what, library = tag or "the cleaning cartridge", running.library
    with library.store_error_context(
        f"{what} is out of the library, but that could not be recorded"
    ):
        # While a person was waited for, another cleaner may have come to the slot.
        cleaner_id = state.cleaner.id if state.cleaner else _NONE_ON_RECORD
        library.store.eject_cleaner(running.id, slot_address=state.address, cleaner_id=cleaner_id)
    drop_long_gone(library)
    taken_from = state.inventory.numbering.place_of(address)
    return EjectedCleaner(state.slot, state.address, tag, taken_from, running.id)


def _brought_before(state: CleanerState) -> int | None:
    """The mail slot where an earlier eject brought the cleaner, if it did not come back."""
    library = state.library
    if state.cleaner is None or not find_condition(state.element, address=state.address).is_free:
        return None
    for each in library.store.operations(library.id, limit=_NEWEST_OPERATIONS):
        moves = library.store.moves_of_operation(each.id)
        if each.kind == "eject" and each.volume_tag == state.tag:
            if moves and moves[-1].outcome == "completed":
                return moves[-1].destination_address
        elif moves or each.state == "completed":
            break
    return None


class _Brought(NamedTuple):
    """The cartridge's tag, the element address where it can be taken, and whether it left there."""

    tag: str | None
    address: int
    has_left: bool = False


def _bring_out(running: Running, state: CleanerState, *, may_be_gone: bool) -> _Brought:
    library = running.library
    state.require_present()
    brought = _brought_out(state, may_be_gone=may_be_gone)
    if brought is not None:
        library.store.describe_operation(running.id, volume_tag=brought.tag)
        running.accepted()
        return brought
    element = state.require_full()
    has_mail_slots = state.inventory.assignment.import_export.count > 0
    target = _free_mail_slot(state) if has_mail_slots else None
    library.store.describe_operation(running.id, slot_address=state.address, volume_tag=element.tag)
    running.accepted()
    if target is None:
        return _Brought(element.tag, state.address)
    numbering = state.inventory.numbering
    source, destination = numbering.place_of(state.address), numbering.place_of(target.address)
    unlock(library)  # a library whose mail slots are locked brings nothing there (53/02)
    moved = move_locked(
        library, lambda: plan_move(library, source, destination), operation_id=running.id
    )
    return _Brought(element.tag, target.address, has_left=moved.has_left)


def _brought_out(state: CleanerState, *, may_be_gone: bool) -> _Brought | None:
    """What was brought out before: it lies there, may lie there, or was taken since."""
    lying = _in_mail_slot(state)
    if lying is not None:
        return _Brought(lying.tag, lying.address)
    address = _brought_before(state)
    is_known = address is not None or (may_be_gone and state.tag is not None)
    if is_known and state.is_gone():
        taken_at = state.address if address is None else address  # or by a person, from its slot
        return _Brought(state.tag, taken_at, has_left=True)
    if address is None:
        return None
    place = find_condition(state.inventory.at(address), address=address)
    return _Brought(state.tag, address) if place.full is None else None


def _in_mail_slot(state: CleanerState) -> Element | None:
    """The mail slot where an earlier eject left the cartridge, by its source or its label."""
    if state.element is None or state.element.full:
        return None
    mail = state.inventory.of_type(ElementType.IMPORT_EXPORT)
    alike = [each for each in mail if each.full and state.slots.may_be_on_record(each)]
    alike.sort(key=lambda each: each.source_address != state.address)
    return alike[0] if alike else None


def _free_mail_slot(state: CleanerState) -> Element:
    """An empty mail slot that media can leave by. Raises MailSlotsFull."""
    for each in state.inventory.of_type(ElementType.IMPORT_EXPORT):
        if find_condition(each, address=each.address).is_free and takes_media(each):
            return each
    raise MailSlotsFull(
        "no mail slot is free for the cleaning cartridge",
        hint="take something out of the mail slots, then try again",
    )


class _Taking:
    """The cartridge, from where it was brought to until the library shows it nowhere.

    Other cartridges may bear its label: it is elsewhere when more bear it than did before.
    """

    def __init__(
        self, running: Running, state: CleanerState, tag: str | None, address: int
    ) -> None:
        self._running = running
        self._library, self._numbering = running.library, state.inventory.numbering
        self._address, self._tag = address, tag
        self._what = tag or "the cleaning cartridge"
        self._is_in_mail_slot = address != state.address
        alike = state.inventory.holding(tag) if tag else ()
        self._others = sum(each.address not in (address, state.address) for each in alike)
        self._name = self._numbering.name_of(address)
        self._slot = state.slot
        self._still = self._goes_on(f"{self._what} is in {self._name} still")
        self._hint = self._still

    def await_end(self, *, timeout_seconds: float) -> None:
        """Return when the library, closed and ready, shows the cartridge nowhere."""
        library = self._library
        deadline = library.context.clock.monotonic() + timeout_seconds
        task = f"take {self._what} out of {self._name} of {library.id}"
        if not self._is_in_mail_slot:
            task = f"open the door, {task}, and close it"
        while True:
            with self._access():
                try:
                    await_operator(
                        self._running,
                        self._looks_empty,
                        what=task,
                        timeout_seconds=timeout_seconds,
                        hint=self._hint,
                        deadline=deadline,
                    )
                except (OperatorTimeout, OperationStopped) as ended:
                    ended.add_context(hint=self._hint)
                    raise
                except KeyboardInterrupt:
                    library.context.warn(self._hint)
                    raise
            # While a door is open, an element may look emptier than it is.
            if self._is_out():
                return

    def _access(self) -> AbstractContextManager[None]:
        if not self._is_in_mail_slot:
            return door_unlocked(self._library)
        return mail_slot_open(self._library, self._numbering.assignment)

    def _looks_empty(self) -> bool | None:
        element = self._library.reader.read_element(self._numbering.assignment, self._address)
        if element is None or not element.full:
            return True
        self._hint = self._still
        return None

    def _is_out(self) -> bool:
        """Whether the place is plainly empty, and the label stands nowhere that it did not."""
        try:
            self._library.session.send(test_unit_ready())
            inventory = self._library.read()
        except DOOR_OPEN_ERRORS as error:
            self._hint = self._goes_on(
                f"can't tell whether {self._what} was taken: {error.message}"
            )
            return False
        place = find_condition(inventory.at(self._address), address=self._address)
        if not place.is_free:
            doubt = f"can't tell whether {self._name} is empty: {place.reason}"
            self._hint = self._still if place.full else self._goes_on(doubt)
            return False
        alike = inventory.holding(self._tag) if self._tag else ()
        if len(alike) > self._others:
            names = " and ".join(self._numbering.name_of(each.address) for each in alike)
            only = len(alike) == 1
            source = str(self._numbering.place_of(alike[0].address)) if only else "PLACE"
            self._hint = (
                f"{self._name} is empty, but {self._what} is in {names}; "
                f"changer cleaner insert --from {source} brings it back"
            )
            return False
        return True

    def _goes_on(self, how_it_stands: str) -> str:
        return f"{how_it_stands}; to go on waiting: changer cleaner eject {self._slot}"
