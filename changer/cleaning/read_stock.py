"""The cleaning cartridges of a library, by one reading of it and by what is on record."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from changer.cleaning.cartridge import CleanerState, cleaner_state
from changer.cleaning.choose import require_unique
from changer.cleaning.family_stock import FamilyStock, family_stocks
from changer.cleaning.stock import SlotFacts, StockedCleaner, cleaners_elsewhere, cleaners_of_slot
from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.drives.media_family import family_of_cleaner
from changer.errors import ChangerError, NoSlotSet
from changer.library.claims import Claims
from changer.library.element_state import find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.drive_models import family_of_drive
from changer.store.records import Cleaner, DriveIdentity
from changer.values import NamedTuple


class ReservedSlot(NamedTuple):
    """A reserved slot: its element address, its cleaner on record, and whether it is full.

    ``full`` is None where it is not present or not known.
    """

    address: int
    cleaner: Cleaner | None
    full: bool | None


class CleanerStock(NamedTuple):
    """What a library has for cleaning.

    cleaners  those of reserved slots in the order of reservation, then foreign ones, then those
              that are away.
    slots     the reserved slots, in the order of reservation.
    families  a judgement for each media family that there is a drive of.
    """

    cleaners: tuple[StockedCleaner, ...]
    slots: tuple[ReservedSlot, ...]
    families: tuple[FamilyStock, ...]

    @property
    def trouble(self) -> ChangerError | None:
        """What keeps a family from being cleaned; else the first warning of few cleanings left."""
        troubles = [each.trouble for each in self.families if each.trouble is not None]
        troubles.sort(key=lambda each: each.code == "cleaner-low")
        return troubles[0] if troubles else None


def read_stock(
    library: Library, inventory: Inventory, drives: Iterable[DriveCleaningRequest | DriveIdentity]
) -> CleanerStock:
    """Judge the cleaners of a library. ``inventory``: all element types, read just now."""
    slots = ReservedSlots.for_(library)
    facts = _facts(library, inventory, slots)
    warning = library.settings.cleans_left_warning
    family_of = partial(family_of_cleaner, settings=library.settings)
    in_slots: list[StockedCleaner] = []
    for each in facts:
        in_slots += cleaners_of_slot(
            each, slots, inventory, family_of=family_of, cleans_left_warning=warning
        )
    away = [each for each in library.store.cleaners(library.id) if each.slot_address is None]
    elsewhere = cleaners_elsewhere(
        inventory, slots, away=away, in_slots=in_slots, family_of=family_of
    )
    nothing_reserved = NoSlotSet(
        f"no slot of {library.id} is reserved for a cleaning cartridge",
        hint="reserve one with: changer cleaner reserve SLOT",
    )
    families = family_stocks(
        in_slots,
        {
            each.address: family_of_drive(each.product)
            for each in drives
            if not find_condition(inventory.at(each.address), address=each.address).is_bare
        },
        empty=[each.refusal for each in facts if each.cleaner is None and each.refusal],
        nothing_reserved=None if slots else nothing_reserved,
        cleans_left_warning=warning,
    )
    if library.settings.auto_clean == "library":
        families = tuple(each._replace(trouble=None) for each in families)
    reserved = tuple(
        ReservedSlot(
            each.address, each.cleaner, find_condition(each.element, address=each.address).full
        )
        for each in facts
    )
    return CleanerStock((*in_slots, *elsewhere), reserved, families)


def _facts(library: Library, inventory: Inventory, slots: ReservedSlots) -> list[SlotFacts]:
    claims = Claims.for_(library)
    states: list[CleanerState] = []
    for each in slots:
        with suppress(NoSlotSet):  # no lock is held: it may just have been released
            states.append(cleaner_state(library, inventory, each))
    return [
        SlotFacts(
            state.address,
            state.element,
            state.cleaner,
            _refusal(state, states),
            claims.drive_of(state.address, inventory.numbering),
        )
        for state in states
    ]


def _refusal(state: CleanerState, others: Iterable[CleanerState]) -> ChangerError | None:
    """Why ``clean`` would not use it; as the choice of a cleaner has it."""
    try:
        state.require_unclaimed()
        state.require_usable()
        require_unique(state, others)
    except ChangerError as error:
        return error
    return None
