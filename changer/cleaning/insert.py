"""Brings a cleaning cartridge into the reserved slot (InjectNtmsCleaner).

Through a mail slot, from a place in the library, or by a person's hand at the door. The checks are
those of MS-RSMP, in its order. Whatever ends it early leaves every cartridge where it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from changer.cleaning.cartridge import CleanerState, read_cleaner_state
from changer.cleaning.empty_slot import verify_slot_empty
from changer.cleaning.import_detection import contents, find_arrival
from changer.cleaning.operator import (
    await_person,
    mail_slot_open,
    removal_prevention_restored,
    unlock,
)
from changer.drives.media_family import MediaFamily, cleans_of, family_of_cleaner, family_of_drive
from changer.errors import InvalidCleaner, SeveralCartridges, SlotFull, UsageError
from changer.journal.operations import NO_CALLBACKS, Callbacks, Running, operation
from changer.journal.settle import settle_or_refuse
from changer.library.addressing import Place
from changer.library.drive_map import drive_identities
from changer.library.element_state import cartridge_name
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.moves.execute import move_locked
from changer.moves.plan import Plan, find_address, plan_move
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element, ElementType

__all__ = ["MOST_CLEANS", "InsertedCleaner", "InsertionRequest", "insert", "require_cleans"]

MOST_CLEANS = 10_000


@dataclass(frozen=True, slots=True)
class InsertedCleaner:
    """A cleaning cartridge that the library shows in the reserved slot.

    ``cleans_left``: how often it still cleans. ``operation_id``: the UUID of the operation.
    """

    slot: int
    address: int
    volume_tag: str | None
    cleans_left: int
    operation_id: str


def _unknown(_: str | None) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class InsertionRequest:
    """How a cleaner is to come in.

    ``source``: where it is now; None waits for a person. ``cleans_left``: how often it still
    cleans; None is as often as its kind does when new. ``ask_cleans``: asked with the volume tag
    when its kind is not known either. ``assume_cleaner``: even if the library can't tell.
    ``timeout_seconds``: how long to wait for the person; None is the library's setting.
    """

    source: Place | None = None
    cleans_left: int | None = None
    ask_cleans: Callable[[str | None], int | None] = _unknown
    assume_cleaner: bool = False
    timeout_seconds: float | None = None


def insert(
    library: Library,
    request: InsertionRequest | None = None,
    *,
    callbacks: Callbacks = NO_CALLBACKS,
) -> InsertedCleaner:
    """Bring one cleaning cartridge in, and record how often it still cleans.

    Raises, in this order: LibraryClosed, UsageError, LibraryDisabled, LibraryBusy,
    DeviceNotAvailable, LibraryOffline, RecoveryNeeded, CartridgeMissing, NoSlotSet, SlotNotPresent,
    SlotFull, CartridgeOut, SlotUnknown; then OperatorTimeout, OperationStopped, SeveralCartridges,
    InvalidCleaner, and what a move raises.
    """
    wanted = request or InsertionRequest()
    library.require_open()
    require_cleans(wanted.cleans_left)
    library.require_usable()
    with (
        operation(library, "insert", callbacks=callbacks) as running,
        removal_prevention_restored(library),
    ):
        with library.locked():
            library.context.progress("reading the library")
            settle_or_refuse(library)
            library.session.send(test_unit_ready())
            state = read_cleaner_state(library)
            source = _source_address(library, wanted.source)
            if source == state.address:
                return _take_over(running, state, wanted)
            _prove_empty(library, state)
            library.store.describe_operation(running.id, slot_address=state.address)
        running.accepted()
        if source is None:
            return _by_a_person(running, state, wanted)
        return _bring(running, source, wanted)


def require_cleans(cleans_left: int | None) -> None:
    """Raise UsageError for what is no number of cleans; it needs no library to be told."""
    if cleans_left is not None and not 0 <= cleans_left <= MOST_CLEANS:
        raise UsageError(
            f"{cleans_left} is no number of cleans", hint=f"0 to {MOST_CLEANS}: --cleans-left N"
        )


def _source_address(library: Library, source: Place | None) -> int | None:
    return None if source is None else find_address(library, source)[1]


def _prove_empty(library: Library, state: CleanerState) -> None:
    tag = state.cleaner.volume_tag if state.cleaner else None
    try:
        verify_slot_empty(library, state.address, cleaner_tag=tag, awaits_cleaner=True)
    except SlotFull as full:
        hint = f"if it is to be the cleaner: changer cleaner insert --from {state.slot}"
        if state.cleaner and state.element and state.element.tag == state.cleaner.volume_tag:
            hint = "it is the cleaner already; changer cleaner eject takes it out"
        full.add_context(hint=hint)
        raise


def _take_over(running: Running, state: CleanerState, wanted: InsertionRequest) -> InsertedCleaner:
    """The cartridge lies in the reserved slot already: it is only recorded."""
    element = state.require_present()
    if not element.full:
        state.require_full()
    state.require_cleaner(element, assume=wanted.assume_cleaner)
    cleans_left = _cleans_left(state, element, wanted)
    return _record(running, state, element, cleans_left)


def _by_a_person(
    running: Running, state: CleanerState, wanted: InsertionRequest
) -> InsertedCleaner:
    library = running.library
    limit = wanted.timeout_seconds
    limit = library.settings.operator_timeout_seconds if limit is None else limit
    if not state.inventory.assignment.import_export.count:
        return _at_the_door(running, state, wanted, timeout_seconds=limit)
    # Read before it is open: some libraries are not ready while it is.
    before = contents(library.read([ElementType.IMPORT_EXPORT]).elements)
    with mail_slot_open(library, state.inventory.assignment):

        def arrival_in(elements: tuple[Element, ...]) -> Element | None:
            return find_arrival(
                elements,
                before=before,
                numbering=state.inventory.numbering,
                cleaner_prefixes=library.settings.cleaner_prefixes,
                assume_cleaner=wanted.assume_cleaner,
            )

        def look() -> tuple[Element, ...] | None:
            elements = library.read([ElementType.IMPORT_EXPORT]).elements
            try:
                return elements if arrival_in(elements) else None
            except (InvalidCleaner, SeveralCartridges):
                return elements  # to be judged once it stays so: labels are read late

        elements = await_person(
            running,
            look,
            what=f"put a cleaning cartridge into a mail slot of {library.id}",
            timeout_seconds=limit,
            hint="nothing was moved; try again, or wait longer with --timeout",
        )
        arrival = arrival_in(elements)
    assert arrival is not None, "look saw one"
    return _bring(running, arrival.address, wanted)


def _at_the_door(
    running: Running, state: CleanerState, wanted: InsertionRequest, *, timeout_seconds: float
) -> InsertedCleaner:
    """Without mail slots a person puts it into the reserved slot itself."""
    library = running.library
    with library.locked(patiently=True):
        unlock(library)

    def look() -> Element | None:
        library.session.send(test_unit_ready())
        element = library.reader.read_element(library.reader.assignment(), state.address)
        return element if element is not None and element.full else None

    await_person(
        running,
        look,
        what=f"open the door of {library.id}, put a cleaning cartridge into {state.name}, and "
        "close it",
        timeout_seconds=timeout_seconds,
        hint="try again, or wait longer with --timeout",
    )
    with library.locked(patiently=True):
        return _take_over(running, read_cleaner_state(library), wanted)


def _bring(running: Running, source_address: int, wanted: InsertionRequest) -> InsertedCleaner:
    """Move it into the reserved slot, after all that was checked before was checked again."""
    library = running.library
    with library.locked(patiently=True):
        settle_or_refuse(library)
        state = read_cleaner_state(library)
        _prove_empty(library, state)
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
        cleans_left = _cleans_left(state, element, wanted)
        library.store.describe_operation(
            running.id, slot_address=state.address, volume_tag=element.tag, cleans_left=cleans_left
        )
        move_locked(library, plan, operation_id=running.id)
        return _record(running, state, element, cleans_left)


def _cleans_left(state: CleanerState, element: Element, wanted: InsertionRequest) -> int:
    """As the caller says; else as the store knows of this very cartridge; else as often as its kind
    does when new; else as the caller is asked.
    """
    known = wanted.cleans_left
    if known is None and state.cleaner and state.cleaner.volume_tag == element.tag is not None:
        known = state.cleaner.cleans_left
    if known is None:
        known = cleans_of(family_of_cleaner(element.tag) or _family_of_drives(state.library))
    if known is None:
        known = wanted.ask_cleans(element.tag)
    if known is None:
        raise UsageError(
            f"how often {cartridge_name(element)} still cleans is not known",
            hint="say it with --cleans-left N; nothing was moved",
        )
    require_cleans(known)
    return known


def _family_of_drives(library: Library) -> MediaFamily | None:
    """Of all drives, where they are of one."""
    inventory = Inventory(library.reader.assignment(), ())
    families = {
        family_of_drive(each.product) for each in drive_identities(library, inventory).values()
    }
    return families.pop() if len(families) == 1 else None


def _record(
    running: Running, state: CleanerState, element: Element, cleans_left: int
) -> InsertedCleaner:
    library = running.library
    with library.store_error_context(
        f"{cartridge_name(element)} is in {state.name}, but that could not be recorded"
    ):
        library.store.insert_cleaner(running.id, volume_tag=element.tag, cleans_left=cleans_left)
    return InsertedCleaner(state.slot, state.address, element.tag, cleans_left, running.id)
