"""Brings home what dead processes left on its way: ``changer recover``.

A cartridge in the transport goes on to where it was to go, or back; a cleaner in a drive goes back
to its slot, once the drive has done with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from changer.cleaner_state import CleanerState, read_cleaner_state
from changer.cleaning_signs import Sign
from changer.cleaning_watch import watch_cleaning
from changer.drive_link import keep_flags, linked_drive
from changer.elements import Element, ElementType
from changer.errors import UnableToClean
from changer.library import Library
from changer.moving import move_locked
from changer.numbering import Place, PlaceKind
from changer.open_moves import Finding
from changer.planning import plan_move
from changer.preconditions import cartridge_name
from changer.presence import cartridge_out, is_cleaner
from changer.recovery import settle

__all__ = ["Homecoming", "recover"]


@dataclass(frozen=True, slots=True)
class Homecoming:
    """What was found and done. ``cleaner``: the cleaner that is out, in words; None when it is not.

    ``cleaner_from``, ``cleaner_to``: its way back.
    """

    findings: tuple[Finding, ...]
    cleaner: str | None
    cleaner_from: Place | None
    cleaner_to: Place | None


def recover(library: Library, *, accept_missing: bool = False) -> Homecoming:
    """Settle every open move and operation, with motion where that is needed.

    ``accept_missing``: close the moves whose cartridge is nowhere.

    Raises LibraryBusy, what a move raises, and UnableToClean for a cleaner in a drive that still
    cleans; what was settled before that stays settled.
    """
    library.require_usable()
    with library.locked():
        library.context.progress("reading the library")
        findings = settle(library, bring=_bring, accept_missing=accept_missing)
        state = read_cleaner_state(library) if library.store.reservation(library.id) else None
        out = _cleaner_out(state)
        if state is None or out is None:
            return Homecoming(findings, None, None, None)
        _bring_cleaner(library, state, out)
        numbering = state.inventory.numbering
        return Homecoming(
            findings,
            cartridge_name(out),
            numbering.place_of(out.address),
            numbering.place_of(state.address),
        )


def _bring(library: Library, address: int, to: Place) -> None:
    source = Place(PlaceKind.ADDRESS, address)
    move_locked(library, lambda: plan_move(library, source, to, assume_cleaner=True))


def _cleaner_out(state: CleanerState | None) -> Element | None:
    """The drive or transport that holds the cleaner of an empty reserved slot."""
    if state is None or (state.element is not None and state.element.full):
        return None
    tag = state.cleaner.volume_tag if state.cleaner else None
    out = cartridge_out(state.address, state.inventory.elements, cleaner_tag=tag)
    if out is None or (state.cleaner is not None and (out.tag or None) in (None, tag)):
        return out
    return out if is_cleaner(out, prefixes=state.library.settings.cleaner_prefixes) else None


def _bring_cleaner(library: Library, state: CleanerState, out: Element) -> None:
    numbering = state.inventory.numbering
    if out.element_type is ElementType.DATA_TRANSFER:
        name = numbering.name_of(out.address)
        with linked_drive(library, state.inventory, out.address) as link:
            seen = watch_cleaning(library, link, name=name, wish_before=None)
            if seen.end is None:
                raise UnableToClean(f"{name} still cleans", hint="try again when it has finished")
            keep_flags(library, link, seen.flags)
            if seen.end is not Sign.ABSENT:
                link.unload()
    library.context.progress("bringing the cleaning cartridge home")
    source, home = numbering.place_of(out.address), numbering.place_of(state.address)
    move_locked(library, lambda: plan_move(library, source, home, assume_cleaner=True))
