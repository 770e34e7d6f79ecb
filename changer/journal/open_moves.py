"""What became of the moves that are open in the journal, judged by one reading of the library.

A move without an outcome is completed, not executed, misplaced, or in the transport; only the last
needs a motion: on to the destination, or back to the source. A cartridge that the library does not
show anywhere stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from changer.library.addressing import Place
from changer.library.element_state import Presence, find_element_presence
from changer.library.inventory import (
    Inventory,
    Location,
    MediumLocation,
    find_cartridge,
    resolve_exchange,
)
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element, ElementType
from changer.store.records import Move, MoveOutcome

__all__ = ["Finding", "Transfer", "RecoveryAction", "examine"]


class RecoveryAction(Enum):
    """What settles a move."""

    RECORD = "recorded"
    CARRY_ON = "carried on to where it was to go"
    PUT_BACK = "put back to where it came from"
    GIVE_UP = "given up as missing"
    BY_HAND = "a person has to move it: neither place can take it"
    SEARCH = "a person has to look for it"


@dataclass(frozen=True, slots=True)
class Transfer:
    """The way of one cartridge in an open move or exchange."""

    move: Move
    tag: str | None
    source: int
    destination: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One leg, and what the library says of its cartridge.

    ``outcome``: what is recorded. ``address``: where the cartridge is, None for nowhere. ``to``:
    where ``remedy`` moves it, if it does. ``end``: the address where it is afterwards.
    ``cartridge``, ``where``: in words. ``overtaken_by``: a later open move of the same cartridge,
    which says what is to become of it; this one stays open as long as that.
    """

    leg: Transfer
    remedy: RecoveryAction
    outcome: MoveOutcome
    address: int | None
    to: Place | None
    end: int | None
    cartridge: str
    where: str
    overtaken_by: int | None

    @property
    def needs_motion(self) -> bool:
        """The robot has to move."""
        return self.remedy in (RecoveryAction.CARRY_ON, RecoveryAction.PUT_BACK)

    @property
    def stays_open(self) -> bool:
        """It can't be settled here."""
        return self.remedy in (RecoveryAction.BY_HAND, RecoveryAction.SEARCH)


def examine(library: Library, *, accept_missing: bool = False) -> tuple[Finding, ...]:
    """What the library says of every open move, oldest first; reads only if there is one.

    An exchange has two findings, one for each cartridge. ``accept_missing``: what is nowhere is
    given up.
    """
    open_moves = library.store.unsettled_moves(library.id)
    if not open_moves:
        return ()
    library.context.progress("looking where the cartridges of earlier moves are")
    library.session.send(test_unit_ready())
    inventory = library.read()
    library.ensure_identity()
    legs = tuple(leg for move in open_moves for leg in _legs(move))
    judge = _Judge(library, inventory, legs, accept_missing=accept_missing)
    return tuple(judge.finding(number) for number in range(len(legs)))


def _legs(move: Move) -> tuple[Transfer, ...]:
    first = Transfer(move, move.volume_tag, move.source_address, move.destination_address)
    if move.second_destination_address is None:
        return (first,)
    second = Transfer(
        move, move.second_volume_tag, move.destination_address, move.second_destination_address
    )
    return first, second


class _Judge:
    """Judges the legs of all open moves by one reading."""

    def __init__(
        self,
        library: Library,
        inventory: Inventory,
        legs: tuple[Transfer, ...],
        *,
        accept_missing: bool,
    ) -> None:
        self._reserved = ReservedSlots.for_(library)
        self._inventory = inventory
        self._legs = legs
        self._found = _find(inventory, legs)
        self._accept_missing = accept_missing

    def finding(self, number: int) -> Finding:
        """What is to become of one leg."""
        leg, found = self._legs[number], self._found[number]
        remedy, to = self._remedy(number)
        numbering = self._inventory.numbering
        return Finding(
            leg=leg,
            remedy=remedy,
            outcome=_outcome(found.location, remedy),
            address=found.address,
            to=None if to is None else numbering.place_of(to),
            end=found.address if to is None else to,
            cartridge=leg.tag or "the cartridge without a label",
            where="nowhere" if found.address is None else numbering.name_of(found.address),
            overtaken_by=self._overtaken_by(number),
        )

    def _remedy(self, number: int) -> tuple[RecoveryAction, int | None]:
        """What settles it, and the address that it is moved to."""
        leg, found = self._legs[number], self._found[number]
        if self._overtaken_by(number) is not None:
            return RecoveryAction.RECORD, None
        if found.address is None:
            return (RecoveryAction.GIVE_UP if self._accept_missing else RecoveryAction.SEARCH), None
        if self._inventory.assignment.type_of(found.address) is not ElementType.MEDIUM_TRANSPORT:
            return RecoveryAction.RECORD, None
        cartridge = self._inventory.at(found.address)
        if self._is_free(leg.destination, leg, cartridge):
            return RecoveryAction.CARRY_ON, leg.destination
        for address in self._origins(number):
            if self._is_free(address, leg, cartridge):
                return RecoveryAction.PUT_BACK, address
        return RecoveryAction.BY_HAND, None

    def _overtaken_by(self, number: int) -> int | None:
        later = range(number + 1, len(self._legs))
        same = [self._legs[each].move.id for each in later if self._is_same(number, each)]
        return max(same, default=None)

    def _origins(self, number: int) -> list[int]:
        """Where the cartridge came from, by this move and by those before it; newest first."""
        earlier = [each for each in range(number + 1) if self._is_same(each, number)]
        return [self._legs[each].source for each in reversed(earlier)]

    def _is_same(self, one: int, other: int) -> bool:
        """Two legs are of one cartridge: by the label, or by where it is now."""
        if one == other:
            return True
        if self._legs[one].move.id == self._legs[other].move.id:
            return False
        if (tag := self._legs[one].tag) is not None or self._legs[other].tag is not None:
            return tag == self._legs[other].tag
        address = self._found[one].address
        return address is not None and address == self._found[other].address

    def _is_free(self, address: int, leg: Transfer, cartridge: Element | None) -> bool:
        element = self._inventory.at(address)
        if element is None or element.full:
            return False
        # It may have been reserved since: then it is for a cleaner alone.
        if leg.move.operation_id is None and not self._reserved.admits(cartridge, address):
            return False
        return find_element_presence(element, address=address).presence is Presence.PRESENT


def _find(inventory: Inventory, legs: tuple[Transfer, ...]) -> tuple[MediumLocation, ...]:
    found: list[MediumLocation] = []
    for each in legs:
        whereabouts = find_cartridge(
            inventory,
            source_address=each.source,
            destination_address=each.destination,
            tag=each.tag,
        )
        if found and each.source != each.move.source_address:  # the second of an exchange
            found[-1], whereabouts = resolve_exchange(
                inventory, found[-1], whereabouts, source_address=each.move.source_address
            )
        found.append(whereabouts)
    return tuple(found)


def _outcome(location: Location, remedy: RecoveryAction) -> MoveOutcome:
    if remedy is RecoveryAction.CARRY_ON or location is Location.DESTINATION:
        return "completed"
    if remedy is RecoveryAction.PUT_BACK or (
        remedy is RecoveryAction.RECORD and location is Location.SOURCE
    ):
        return "not-executed"
    return "unknown" if remedy in (RecoveryAction.BY_HAND, RecoveryAction.SEARCH) else "misplaced"
