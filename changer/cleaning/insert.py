"""Insertion of a cleaning cartridge into the reserved slot (InjectNtmsCleaner).

It comes from a place in the library, or an operator puts it into a mail slot, or through the door
into the slot. Checks are those of MS-RSMP v20170601, in its order. An early end moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from changer.cleaning.arrival import announce, find_import
from changer.cleaning.away import drop_long_gone
from changer.cleaning.cartridge import CleanerState, read_cleaner_state, read_cleaner_states
from changer.cleaning.empty_slot import verify_slot_empty
from changer.cleaning.named_slot import named_slot, require_slot_or_label
from changer.cleaning.recognition import family_of, find_on_record
from changer.cleaning.told import tell_used_cleaner
from changer.drives.media_family import cleans_of
from changer.errors import InvalidCleaner, SeveralCartridges, SlotFull, UsageError
from changer.host import interrupts
from changer.journal.operations import NO_CALLBACKS, Callbacks, Running, operation
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.claims import Claims
from changer.library.element_state import cartridge_name, find_condition
from changer.library.library import Library
from changer.moves.execute import move_locked
from changer.moves.operator import (
    await_operator,
    door_unlocked,
    mail_slot_open,
    removal_prevention_restored,
)
from changer.moves.plan import Plan, find_address, plan_move
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element, ElementType
from changer.store.records import Cleaner
from changer.values import dataclass

MOST_CLEANS = 10_000


@dataclass(frozen=True, slots=True)
class InsertedCleaner:
    """A cleaning cartridge that the library shows in the reserved slot.

    ``cleans_left``: cleanings left. ``operation_id``: a UUID.
    """

    slot: int
    address: int
    volume_tag: str | None
    cleans_left: int
    operation_id: str


@dataclass(frozen=True, slots=True)
class InsertionRequest:
    """Parameters of an insertion.

    slot             the reserved slot. None: the only one, or the first that is free.
    source           place of the cartridge. None: wait for an operator.
    cleans_left      cleanings left. None: as on record, else as many as its kind has when new.
    ask_cleans       called with the volume tag if its kind is not known either; None: not known.
    assume_cleaner   take it for a cleaner even if the library can't tell.
    timeout_seconds  for the operator. None: the library's setting.
    """

    slot: Place | None = None
    source: Place | None = None
    cleans_left: int | None = None
    ask_cleans: Callable[[str | None], int | None] = lambda _: None
    assume_cleaner: bool = False
    timeout_seconds: float | None = None


def insert(
    library: Library,
    request: InsertionRequest | None = None,
    *,
    callbacks: Callbacks = NO_CALLBACKS,
) -> InsertedCleaner:
    """Bring a cleaning cartridge into the reserved slot, and record its cleanings left.

    Raises, in this order: LibraryClosed, UsageError, LibraryDisabled, LibraryBusy,
    DeviceNotAvailable, LibraryOffline, RecoveryNeeded, CartridgeMissing, NoSlotSet, BeingCleaned,
    SlotNotPresent, SlotFull, CartridgeOut, SlotUnknown; then OperatorTimeout, OperationStopped,
    SeveralCartridges, InvalidCleaner, and what a move raises.
    """
    wanted = request or InsertionRequest()
    library.require_open()
    require_cleans(wanted.cleans_left)
    require_slot_or_label(wanted.slot)
    library.require_usable()
    with (
        operation(library, "insert", callbacks=callbacks) as running,
        removal_prevention_restored(library),
    ):
        with library.locked():
            library.context.progress("reading the library")
            settle_or_refuse(library)
            library.session.send(test_unit_ready())
            states = read_cleaner_states(library)
            source = None if wanted.source is None else _find_source(library, wanted.source)
            state = _meant(library, states, wanted.slot, source)
            if source == state.address:
                return _take_over(running, state, wanted)
            _verify_empty(library, state, coming_from=source)
            library.store.describe_operation(running.id, slot_address=state.address)
        running.accepted()
        if source is None:
            return _by_operator(running, state, wanted)
        return _bring(running, source, state.address, wanted)


def _find_source(library: Library, place: Place) -> int:
    """The element address of the cartridge. Raises BeingCleaned where a cleaning needs that."""
    numbering, address = find_address(library, place)
    Claims.for_(library).check(address, numbering=numbering)
    return address


def require_cleans(cleans_left: int | None) -> None:
    """Raise UsageError for a number of cleanings out of range, without asking a library."""
    if cleans_left is not None and not 0 <= cleans_left <= MOST_CLEANS:
        raise UsageError(
            f"{cleans_left} is not a number of cleanings",
            hint=f"0 to {MOST_CLEANS}: --cleans-left N",
        )


def _meant(
    library: Library, states: Sequence[CleanerState], slot: Place | None, source: int | None
) -> CleanerState:
    """The state of the reserved slot that the cartridge is to go to.

    Named, or else where it lies already, or the first that looks free, at best one without
    a cleaner on record; if none does, the first.
    """
    if slot is not None:
        named = named_slot(library, slot)
        return next(each for each in states if each.address == named)
    there = [each for each in states if each.address == source]
    free = [each for each in states if find_condition(each.element, address=each.address).is_free]
    unused = [each for each in free if each.cleaner is None]
    return [*there, *unused, *free, *states][0]


def _verify_empty(library: Library, state: CleanerState, *, coming_from: int | None) -> None:
    library.session.send(test_unit_ready())
    try:
        verify_slot_empty(library, lambda _: state.address, coming_from=coming_from)
    except SlotFull as full:
        hint = f"if it is to be the cleaner: changer cleaner insert --from {state.slot}"
        if state.element and state.slots.may_be_on_record(state.element):
            hint = f"it is the cleaner already; changer cleaner eject {state.slot} takes it out"
            if len(state.slots) > 1:
                hint += ", or keep another slot: changer cleaner reserve SLOT"
        full.add_context(hint=hint)
        raise


def _take_over(running: Running, state: CleanerState, wanted: InsertionRequest) -> InsertedCleaner:
    """Record the cartridge that is in the reserved slot already."""
    element = state.require_present()
    if not element.full:
        state.require_full()
    state.require_cleaner(element, assume=wanted.assume_cleaner)
    known = find_on_record(state, element)
    cleans_left = _cleans_left(state, element, wanted, known)
    running.library.store.describe_operation(
        running.id, volume_tag=element.tag, cleans_told=_is_told(wanted)
    )
    return _record(running, state, element, cleans_left, known)


def _is_told(wanted: InsertionRequest) -> int:
    """1 where a person says how often the cartridge cleans yet: what was on record is over."""
    return int(wanted.cleans_left is not None)


def _by_operator(
    running: Running, state: CleanerState, wanted: InsertionRequest
) -> InsertedCleaner:
    library = running.library
    timeout_seconds = wanted.timeout_seconds
    if timeout_seconds is None:
        timeout_seconds = library.settings.operator_timeout_seconds
    if not state.inventory.assignment.import_export.count:
        return _at_the_door(running, state, wanted, timeout_seconds=timeout_seconds)

    def read_mail() -> tuple[Element, ...]:
        return library.read([ElementType.IMPORT_EXPORT]).elements

    # Read before the mail slots are open: some libraries are not ready while they are.
    before = read_mail()
    imported = partial(
        find_import,
        before=before,
        numbering=state.inventory.numbering,
        slots=state.slots,
        assume_cleaner=wanted.assume_cleaner,
    )

    def is_answered(elements: tuple[Element, ...]) -> bool:
        try:
            return imported(elements) is not None
        except (InvalidCleaner, SeveralCartridges):
            return True  # to be judged once it stays so: labels are read late

    def look() -> tuple[Element, ...] | None:
        elements = read_mail()
        return elements if is_answered(elements) else None

    if not is_answered(before):
        announce(state, before)
    with mail_slot_open(library, state.inventory.assignment):
        elements = await_operator(
            running,
            look,
            what=f"put a cleaning cartridge into a mail slot of {library.id}",
            timeout_seconds=timeout_seconds,
            hint="nothing was moved; try again, or wait longer with --timeout",
        )
        found = imported(elements)
    assert found is not None, "look saw one"
    return _bring(running, found.address, state.address, wanted)


def _at_the_door(
    running: Running, state: CleanerState, wanted: InsertionRequest, *, timeout_seconds: float
) -> InsertedCleaner:
    """Wait for an operator to put the cartridge into the reserved slot itself."""
    library = running.library

    def look() -> Element | None:
        library.session.send(test_unit_ready())
        element = library.reader.read_element(library.reader.assignment(), state.address)
        return element if element is not None and element.full else None

    announce(state, ())
    with door_unlocked(library):
        await_operator(
            running,
            look,
            what=f"open the door of {library.id}, put a cleaning cartridge into {state.name}, and "
            "close it",
            timeout_seconds=timeout_seconds,
            hint="try again, or wait longer with --timeout",
        )
    with library.locked(patiently=True):
        return _take_over(running, read_cleaner_state(library, state.address), wanted)


def _bring(
    running: Running, source_address: int, slot_address: int, wanted: InsertionRequest
) -> InsertedCleaner:
    """Move the cartridge into the reserved slot, after the checks were made again."""
    library = running.library
    with library.locked(patiently=True):
        settle_or_refuse(library)
        state = read_cleaner_state(library, slot_address)
        _verify_empty(library, state, coming_from=source_address)
        numbering = state.inventory.numbering

        def plan() -> Plan:
            planned = plan_move(
                library,
                numbering.place_of(source_address),
                numbering.place_of(state.address),
                assume_cleaner=True,
            )
            state.require_cleaner(planned.source, assume=wanted.assume_cleaner)
            return planned

        element = plan().source
        known = find_on_record(state, element)
        cleans_left = _cleans_left(state, element, wanted, known)
        library.store.describe_operation(
            running.id,
            slot_address=state.address,
            volume_tag=element.tag,
            cleans_left=cleans_left,
            cleans_told=_is_told(wanted),
        )
        move_locked(library, plan, operation_id=running.id)
        return _record(running, state, element, cleans_left, known)


def _cleans_left(
    state: CleanerState, element: Element, wanted: InsertionRequest, cleaner: Cleaner | None
) -> int:
    """Cleanings left: as wanted, else as on record for it, else by its kind, else asked."""
    known = wanted.cleans_left
    if known is None and cleaner is not None:
        known = cleaner.cleans_left
    if known is None:
        settings = state.library.settings
        known = cleans_of(family_of(state.library, element), element.tag, settings)
    if known is None:
        with interrupts.allowed():
            known = wanted.ask_cleans(element.tag)
    if known is None:
        raise UsageError(
            f"it is not known how many cleanings {cartridge_name(element)} has left",
            hint="state it with --cleans-left N; nothing was moved",
        )
    require_cleans(known)
    return known


def _record(
    running: Running, state: CleanerState, element: Element, cleans_left: int, known: Cleaner | None
) -> InsertedCleaner:
    library = running.library
    with library.store_error_context(
        f"{cartridge_name(element)} is in {state.name}, but that could not be recorded"
    ):
        library.store.insert_cleaner(
            running.id,
            slot_address=state.address,
            volume_tag=element.tag,
            family=family_of(library, element),
            cleans_left=cleans_left,
            known=known,
        )
    drop_long_gone(library)
    tell_used_cleaner(library, state.address)
    return InsertedCleaner(state.slot, state.address, element.tag, cleans_left, running.id)
