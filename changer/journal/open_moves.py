"""Open moves of the journal, and what settles each, by one reading of the library.

A move without an outcome is completed, not executed, misplaced, or in the transport; only the last
needs a motion: on to the destination, or back to the source. A cartridge that the library does not
show anywhere stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from changer.errors import CartridgeMissing, ChangerError, RecoveryNeeded
from changer.library.addressing import Place
from changer.library.element_state import UNLABELLED, Presence, find_element_presence
from changer.library.inventory import (
    Inventory,
    Location,
    MediumLocation,
    Transfer,
    locate,
    resolve_exchange,
)
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element, ElementType
from changer.store.records import Move, MoveOutcome


class RecoveryAction(Enum):
    """What settles a move."""

    RECORD = "recorded"
    CARRY_ON = "carried on to where it was to go"
    PUT_BACK = "put back to where it came from"
    GIVE_UP = "given up as missing"
    BY_HAND = "a person has to move it: neither place can take it"
    SEARCH = "a person has to look for it"


@dataclass(frozen=True, slots=True)
class OpenTransfer:
    """One cartridge of an open move or exchange, and what the library says of it.

    outcome       what is recorded.
    address       where the cartridge is, None for nowhere.
    to            where ``action`` moves it, if it does.
    end           the address where it is afterwards.
    cartridge, where  in words.
    overtaken_by  a later open move of the same cartridge, which says what is to become of it; this
                  one stays open as long as that.
    """

    move: Move
    transfer: Transfer
    action: RecoveryAction
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
        return self.action in (RecoveryAction.CARRY_ON, RecoveryAction.PUT_BACK)

    @property
    def needs_person(self) -> bool:
        """Only a person's command can move it on."""
        return self.action is RecoveryAction.BY_HAND

    @property
    def stays_open(self) -> bool:
        """It can't be settled here."""
        return self.action in (RecoveryAction.BY_HAND, RecoveryAction.SEARCH)


def examine(
    library: Library, open_moves: tuple[Move, ...], *, accept_missing: bool = False
) -> tuple[OpenTransfer, ...]:
    """What the library says of every open move, oldest first.

    An exchange has two, one for each cartridge. ``accept_missing``: what is nowhere is given up.
    """
    library.context.progress("looking where the cartridges of earlier moves are")
    library.session.send(test_unit_ready())
    inventory = library.read()
    library.ensure_identity()
    judge = _Judge(library, inventory, open_moves, accept_missing=accept_missing)
    return tuple(judge.judge(each) for each in judge.opened)


def closable(transfers: tuple[OpenTransfer, ...], *, may_move: bool) -> list[int]:
    """The moves that can be settled, because every transfer of theirs can; newest first.

    So what a motion depends on is in the journal until it was made.
    """
    closed: list[int] = []
    for move_id, group in groupby(reversed(transfers), key=lambda each: each.move.id):
        if not any(
            each.stays_open
            or (each.needs_motion and not may_move)
            or (each.overtaken_by is not None and each.overtaken_by not in closed)
            for each in group
        ):
            closed.append(move_id)
    return closed


def refusal(opened: OpenTransfer) -> ChangerError | None:
    """The error that says what is still to be done about a transfer, or None."""
    source, destination = opened.transfer.source_address, opened.transfer.destination_address
    if opened.action is RecoveryAction.SEARCH:
        return CartridgeMissing(
            f"{opened.cartridge}, which was to go from @{source} to @{destination}, "
            "can't be found in the library",
            hint="look into the library; to give it up: changer recover --accept-missing",
        )
    left = f"an interrupted move left {opened.cartridge} in {opened.where}"
    if opened.action is RecoveryAction.BY_HAND:
        return RecoveryNeeded(
            f"{left}, and neither @{destination} nor @{source} can take it",
            hint=f"move it to a free place: changer move @{opened.address} SLOT",
        )
    if opened.needs_motion:
        return RecoveryNeeded(left, hint="changer recover brings it home; --dry-run shows how")
    return None


@dataclass(frozen=True, slots=True)
class _Opened:
    """One transfer of an open move, its number among all, and where its cartridge is."""

    number: int
    move: Move
    transfer: Transfer
    found: MediumLocation


class _Judge:
    """Judges the transfers of all open moves by one reading."""

    def __init__(
        self,
        library: Library,
        inventory: Inventory,
        open_moves: tuple[Move, ...],
        *,
        accept_missing: bool,
    ) -> None:
        self._reserved = ReservedSlots.for_(library)
        self._inventory = inventory
        self._accept_missing = accept_missing
        ways = [(move, *way) for move in open_moves for way in _locate(inventory, move)]
        self.opened = [_Opened(number, *each) for number, each in enumerate(ways)]

    def judge(self, opened: _Opened) -> OpenTransfer:
        """What is to become of one transfer."""
        overtaken_by = self._overtaken_by(opened)
        action, to = self._remedy(opened, is_overtaken=overtaken_by is not None)
        numbering, address = self._inventory.numbering, opened.found.address
        return OpenTransfer(
            move=opened.move,
            transfer=opened.transfer,
            action=action,
            outcome=_outcome(opened.found.location, action),
            address=address,
            to=None if to is None else numbering.place_of(to),
            end=address if to is None else to,
            cartridge=opened.transfer.volume_tag or UNLABELLED,
            where="nowhere" if address is None else numbering.name_of(address),
            overtaken_by=overtaken_by,
        )

    def _remedy(self, opened: _Opened, *, is_overtaken: bool) -> tuple[RecoveryAction, int | None]:
        """What settles it, and the address that it is moved to."""
        if is_overtaken:
            return RecoveryAction.RECORD, None
        address = opened.found.address
        if address is None:
            return (RecoveryAction.GIVE_UP if self._accept_missing else RecoveryAction.SEARCH), None
        if self._inventory.assignment.type_of(address) is not ElementType.MEDIUM_TRANSPORT:
            return RecoveryAction.RECORD, None
        destination = opened.transfer.destination_address
        cartridge = self._inventory.at(address)
        if self._is_free(destination, opened, cartridge):
            return RecoveryAction.CARRY_ON, destination
        for origin in self._origins(opened):
            if self._is_free(origin, opened, cartridge):
                return RecoveryAction.PUT_BACK, origin
        return RecoveryAction.BY_HAND, None

    def _overtaken_by(self, opened: _Opened) -> int | None:
        later = self.opened[opened.number + 1 :]
        return max((each.move.id for each in later if _is_same(opened, each)), default=None)

    def _origins(self, opened: _Opened) -> list[int]:
        """Where the cartridge came from, by this move and by those before it; newest first."""
        earlier = reversed(self.opened[: opened.number])
        known = (opened, *(each for each in earlier if _is_same(each, opened)))
        return [each.transfer.source_address for each in known]

    def _is_free(self, address: int, opened: _Opened, cartridge: Element | None) -> bool:
        """Whether an element can take the cartridge that is in the transport."""
        element = self._inventory.at(address)
        if element is None or element.full:
            return False
        # It may have been reserved since: then it is for a cleaner alone.
        if opened.move.operation_id is None and not self._reserved.admits(cartridge, address):
            return False
        return find_element_presence(element, address=address).presence is Presence.PRESENT


def _is_same(one: _Opened, other: _Opened) -> bool:
    """Two transfers are of one cartridge: by the label, or by where it is now."""
    if one.move.id == other.move.id:
        return False
    if (tag := one.transfer.volume_tag) is not None or other.transfer.volume_tag is not None:
        return tag == other.transfer.volume_tag
    return one.found.address is not None and one.found.address == other.found.address


def transfers_of(move: Move) -> tuple[Transfer, ...]:
    """The transfers of a move, or the two of an exchange."""
    middle, end = move.destination_address, move.second_destination_address
    first = Transfer(move.source_address, middle, move.volume_tag)
    return (first,) if end is None else (first, Transfer(middle, end, move.second_volume_tag))


def _locate(inventory: Inventory, move: Move) -> tuple[tuple[Transfer, MediumLocation], ...]:
    """The transfers of a move or exchange, and where their cartridges are."""
    transfers = transfers_of(move)
    found = tuple(locate(inventory, each) for each in transfers)
    if len(found) == 2:
        found = resolve_exchange(inventory, *found, source_address=move.source_address)
    return tuple(zip(transfers, found, strict=True))


def _outcome(location: Location, action: RecoveryAction) -> MoveOutcome:
    if action is RecoveryAction.CARRY_ON or location is Location.DESTINATION:
        return "completed"
    if action is RecoveryAction.PUT_BACK or (
        action is RecoveryAction.RECORD and location is Location.SOURCE
    ):
        return "not-executed"
    return "unknown" if action in (RecoveryAction.BY_HAND, RecoveryAction.SEARCH) else "misplaced"
