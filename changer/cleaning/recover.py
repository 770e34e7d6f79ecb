"""Recovery of what dead processes left on its way: ``changer recover``.

A cartridge in the transport is moved on to its destination, or back; a cleaner in a drive is moved
back to its slot, once the drive has finished with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from changer.cleaning.cartridge import CleanerState, read_cleaner_state
from changer.cleaning.recovery_report import PutAway as PutAway
from changer.cleaning.recovery_report import RecoveryReport as RecoveryReport
from changer.drives.cleaning_monitor import Sign, may_eject, watch_cleaning
from changer.drives.drive import keep_flags, linked_drive
from changer.errors import RecoveryNeeded, UnableToClean, UsageError
from changer.journal.arrival import seconds_in_place
from changer.journal.open_moves import NO_OPTIONS, OpenTransfer, RecoveryOptions
from changer.journal.recovery_words import plan_words
from changer.journal.settle import settle
from changer.journal.told import open_move
from changer.library.addressing import Numbering, Place, PlaceKind
from changer.library.claims import Claims
from changer.library.element_state import cartridge_name, find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.library.routes import Routes
from changer.library.whereabouts import find_whereabouts
from changer.moves.execute import move_locked
from changer.moves.plan import plan_move
from changer.smc.elements import Element, ElementType


def _unannounced(_: str) -> None:
    """The default callback: ignores what it gets."""


def recover(
    library: Library,
    options: RecoveryOptions = NO_OPTIONS,
    *,
    announce: Callable[[str], None] = _unannounced,
) -> RecoveryReport:
    """Settle every open move and operation, and move cartridges where that is needed.

    A picker is looked into even if nothing is open: what other software left in it goes where
    ``options`` say. ``announce``: called with each motion in words, before it is made:
    ``finish the load of A00004L8 into drive 0``.

    Raises LibraryBusy, UsageError for a place that is none of the library's, what a move raises,
    and UnableToClean for a cleaner in a drive that still cleans; what was settled before that stays
    settled.
    """
    if options.to is not None and options.to.kind is PlaceKind.TAG:
        raise UsageError(f"{options.to} is not a place", hint="name an element, such as a slot: 12")
    library.require_usable()
    with library.locked():
        library.context.progress("reading the library")
        bring = partial(_bring_transfer, library, announce)
        findings = settle(library, bring=bring, options=options)
        if any(each.is_late for each in findings):
            return RecoveryReport(findings)  # the robot may be on its way
        cleaners = _bring_cleaners_home(library, announce)
        picked, left = None, None
        if not any(each.stays_open for each in findings):
            try:
                picked = _empty_picker(library, options, announce)
            except RecoveryNeeded as error:
                left = error
        return RecoveryReport(findings, cleaners, picked, left)


def settle_without_motion(library: Library, options: RecoveryOptions) -> RecoveryReport:
    """Settle every open move and operation that needs no motion; what is left is an event, too.

    Raises LibraryBusy, and what reading raises.
    """
    library.require_usable()
    with library.locked():
        library.context.progress("reading the library")
        report = RecoveryReport(settle(library, bring=None, options=options), moved=False)
        library.tell(
            *(
                open_move(each.move, error.message, library_id=library.id)
                for each, error in report.errors()
            )
        )
    return report


def _bring_transfer(
    library: Library, announce: Callable[[str], None], opened: OpenTransfer
) -> None:
    """Move the cartridge of an open transfer where its settlement wants it."""
    if opened.address is None or opened.to is None:
        return
    words = plan_words(opened)
    if words is not None:
        _announce(library, announce, words)
    _bring(library, opened.address, opened.to)


def _announce(library: Library, announce: Callable[[str], None], words: str) -> None:
    if library.context.dry_run is not None:
        library.context.dry_run.plan(words)
    else:
        announce(words)


def _bring_cleaners_home(library: Library, announce: Callable[[str], None]) -> tuple[PutAway, ...]:
    """Bring each cleaner that is out to its slot, but those that cleanings under way use.

    Raises UnableToClean for one in a drive that still cleans, when the others are in their slots.
    """
    claims = Claims.for_(library)
    brought: list[PutAway] = []
    at_work: UnableToClean | None = None
    for address in ReservedSlots.for_(library):
        if address in claims:
            continue
        state = read_cleaner_state(library, address)
        out = _cleaner_out(state)
        if out is None or out.address in claims:
            _warn_of_hidden_cleaner(library, state)
            continue
        home = _put_away(state.inventory.numbering, out, state.address)
        try:
            _announce(library, announce, f"bring the cleaning cartridge back: {home.way}")
            _bring_cleaner(library, state, out)
        except UnableToClean as error:
            at_work = at_work or error
            continue
        brought.append(home)
    if at_work is not None:
        for each in brought:
            library.context.warn(f"brought the cleaning cartridge back: {each.way}")
        raise at_work
    return tuple(brought)


def _empty_picker(
    library: Library, options: RecoveryOptions, announce: Callable[[str], None]
) -> PutAway | None:
    """Put away what a picker holds although the journal knows of no move that is open."""
    inventory = library.read([ElementType.MEDIUM_TRANSPORT])
    held = next((each for each in inventory.elements if each.full), None)
    if held is None:
        return None
    numbering = inventory.numbering
    name = cartridge_name(held)
    to = options.to or _remembered(library, inventory, held, options.direction)
    if to is None or (options.to is None and options.direction is None):
        capabilities = library.reader.device_capabilities(numbering.assignment)
        routes = Routes(numbering, capabilities)
        raise RecoveryNeeded(
            f"{name} is in {numbering.name_of(held.address)}, and no move of it is open",
            hint=_way_out(routes, held, to),
        )
    put_away = _put_away(numbering, held, numbering.address_of(to))
    _announce(library, announce, f"move {put_away.way}")
    _bring(library, held.address, to)
    return put_away


def _put_away(numbering: Numbering, cartridge: Element, to_address: int) -> PutAway:
    name, here = cartridge_name(cartridge), cartridge.address
    way = f"{name} from {numbering.name_of(here)} to {numbering.name_of(to_address)}"
    return PutAway(name, numbering.place_of(here), numbering.place_of(to_address), way)


def _way_out(routes: Routes, held: Element, home: Place | None) -> str:
    """The commands that empty a picker, or that none does."""
    if routes.place_away(held.address) is None:
        return routes.out_of(held.address)
    to, numbering = "changer recover --to PLACE", routes.numbering
    at = None if home is None else numbering.address_of(home)
    if at is None or not routes.allow(held.address, at):
        return to
    back = numbering.name_of(at)
    return f"to put it back into {back}: changer recover --back; to move it elsewhere: {to}"


def _remembered(
    library: Library, inventory: Inventory, held: Element, direction: str | None
) -> Place | None:
    """Where the cartridge was to go, by the journal; or where it came from, by the library too.

    A cleaner on record never goes to a drive, but to its slot.
    """
    moves = (each for each in library.store.moves(library.id) if held.tag is not None)
    last = next((each for each in moves if each.volume_tag == held.tag), None)
    numbering = inventory.numbering
    address = held.source_address if direction != "on" else None
    if address is None and last is not None:
        address = last.destination_address if direction == "on" else last.source_address
    if address is not None and inventory.assignment.type_of(address) is ElementType.DATA_TRANSFER:
        # A cleaner would be used by going to a drive; it goes home.
        cleaner = ReservedSlots.for_(library).on_record(held)
        address = cleaner.slot_address if cleaner else address
    return None if address is None else numbering.place_of(address)


def _bring(library: Library, address: int, to: Place) -> None:
    source = Place(PlaceKind.ADDRESS, address)
    move_locked(library, lambda: plan_move(library, source, to, assume_cleaner=True))


def _cleaner_out(state: CleanerState) -> Element | None:
    """The drive or picker that holds the cleaner of an empty reserved slot."""
    if state.element is not None and state.element.full:
        return None
    out = state.find_out()
    if out is None or (state.cleaner is not None and (out.tag or None) in (None, state.tag)):
        return out
    return out if state.slots.is_cleaner(out) else None


def _warn_of_hidden_cleaner(library: Library, state: CleanerState) -> None:
    """Name the element that may hold the cleaner on record, if nothing shows it."""
    slot_is_empty = find_condition(state.element, address=state.address).is_free
    if state.cleaner is None or not slot_is_empty:
        return
    found = find_whereabouts(library.read(), home=state.address, tag=state.tag)
    if found.untold and not found.seen:
        first = found.untold[0]
        library.context.warn(
            f"the cleaning cartridge {state.tag or 'without a label'} of {state.name} may be in "
            f"{state.inventory.numbering.name_of(first.address)}: {first.reason}"
        )


def _bring_cleaner(library: Library, state: CleanerState, out: Element) -> None:
    numbering = state.inventory.numbering
    if out.element_type is ElementType.DATA_TRANSFER:
        name = numbering.name_of(out.address)
        with linked_drive(library, state.inventory, out.address) as link:
            seen = watch_cleaning(
                library,
                link,
                name=name,
                requested_before=None,
                flags_are_new=False,
                seconds_in_drive=seconds_in_place(library, out) or 0.0,
            )
            if seen.end is None:
                raise UnableToClean(
                    f"{name} is still cleaning", hint="try again when it has finished"
                )
            keep_flags(library, link, seen.flags)
            if may_eject(Sign.NOTHING, seen):
                link.unload()
    _bring(library, out.address, numbering.place_of(state.address))
