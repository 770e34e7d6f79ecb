"""Recovery of what dead processes left on its way: ``changer recover``.

A cartridge in the transport is moved on to its destination, or back; a cleaner in a drive is moved
back to its slot, once the drive has finished with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from changer.cleaning.cartridge import CleanerState, read_cleaner_state
from changer.drives.cleaning_monitor import Sign, watch_cleaning
from changer.drives.drive import keep_flags, linked_drive
from changer.errors import UnableToClean
from changer.journal.open_moves import OpenTransfer
from changer.journal.settle import settle
from changer.library.addressing import Place, PlaceKind
from changer.library.element_state import cartridge_name
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.moves.execute import move_locked
from changer.moves.plan import plan_move
from changer.smc.elements import Element, ElementType


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What recovery found and did.

    ``cleaner``: the cleaner that was out, in words, and the places that it was moved from and to;
    None if it was not out.
    """

    findings: tuple[OpenTransfer, ...]
    cleaner: str | None
    cleaner_from: Place | None
    cleaner_to: Place | None


def recover(library: Library, *, accept_missing: bool = False) -> RecoveryReport:
    """Settle every open move and operation, and move cartridges where that is needed.

    ``accept_missing``: close moves whose cartridge the library shows nowhere.

    Raises LibraryBusy, what a move raises, and UnableToClean for a cleaner in a drive that still
    cleans; what was settled before that stays settled.
    """
    library.require_usable()
    with library.locked():
        library.context.progress("reading the library")
        findings = settle(library, bring=_bring, accept_missing=accept_missing)
        state = read_cleaner_state(library) if ReservedSlots.for_(library) else None
        out = _cleaner_out(state)
        if state is None or out is None:
            return RecoveryReport(findings, None, None, None)
        _bring_cleaner(library, state, out)
        numbering = state.inventory.numbering
        return RecoveryReport(
            findings,
            cartridge_name(out),
            numbering.place_of(out.address),
            numbering.place_of(state.address),
        )


def _bring(library: Library, address: int, to: Place) -> None:
    source = Place(PlaceKind.ADDRESS, address)
    move_locked(library, lambda: plan_move(library, source, to, assume_cleaner=True))


def _cleaner_out(state: CleanerState | None) -> Element | None:
    """The drive or picker that holds the cleaner of an empty reserved slot."""
    if state is None or (state.element is not None and state.element.full):
        return None
    out = state.find_out()
    if out is None or (state.cleaner is not None and (out.tag or None) in (None, state.tag)):
        return out
    return out if state.slots.is_cleaner(out) else None


def _bring_cleaner(library: Library, state: CleanerState, out: Element) -> None:
    numbering = state.inventory.numbering
    if out.element_type is ElementType.DATA_TRANSFER:
        name = numbering.name_of(out.address)
        with linked_drive(library, state.inventory, out.address) as link:
            seen = watch_cleaning(library, link, name=name, requested_before=None)
            if seen.end is None:
                raise UnableToClean(f"{name} still cleans", hint="try again when it has finished")
            keep_flags(library, link, seen.flags)
            if seen.end is not Sign.ABSENT:
                link.unload()
    library.context.progress("bringing the cleaning cartridge home")
    _bring(library, out.address, numbering.place_of(state.address))
