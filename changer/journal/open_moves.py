"""Open moves of the journal, and what settles each, by one reading of the library.

A move without an outcome is completed, not executed, misplaced, or in the transport; only the last
needs a motion: on to the destination, or back to the source. A cartridge that the library does not
show anywhere stays open, and so does a move whose end was not seen, unless its cartridge is at the
destination, or the robot is at rest: the library answers only then, a whole move time has passed,
or a person said so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import groupby
from typing import Literal

from changer.errors import CartridgeMissing, ChangerError, RecoveryNeeded
from changer.host.clock import time_of_day
from changer.library.addressing import Place
from changer.library.element_state import UNLABELLED, exception_meaning, find_condition
from changer.library.inventory import (
    Inventory,
    Location,
    MediumLocation,
    Transfer,
    has_left,
    judge_end,
    locate,
    resolve_exchange,
)
from changer.library.library import Library
from changer.library.reserved_slots import ReservedSlots
from changer.library.routes import Routes
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element, ElementException, ElementType
from changer.store.records import Move, MoveOutcome


class RecoveryAction(Enum):
    """What settles a move."""

    RECORD = "recorded"
    CARRY_ON = "carried on to where it was to go"
    PUT_BACK = "put back to where it came from"
    PUT_ASIDE = "put where it was asked to go"
    GIVE_UP = "given up as missing"
    BY_HAND = "a person has to move it: neither place can take it"
    TAKE_OUT = "a person has to take it out: the library can't move it from there"
    SEARCH = "a person has to look for it"
    WAIT = "the robot may still move it"


_MOTIONS = (RecoveryAction.CARRY_ON, RecoveryAction.PUT_BACK, RecoveryAction.PUT_ASIDE)
_PERSONS = (RecoveryAction.BY_HAND, RecoveryAction.TAKE_OUT)
_STAY_OPEN = (*_PERSONS, RecoveryAction.SEARCH, RecoveryAction.WAIT)


@dataclass(frozen=True, slots=True)
class RecoveryOptions:
    """What a person decided about open moves.

    accept_missing  what is nowhere is given up.
    at_rest         the robot was seen to stand still: a motion whose end was not seen is over.
    direction       what is in a transport goes on, or back; None: on where it can, else back.
    to              or to this place.
    """

    accept_missing: bool = False
    at_rest: bool = False
    direction: Literal["on", "back"] | None = None
    to: Place | None = None


NO_OPTIONS = RecoveryOptions()


@dataclass(frozen=True, slots=True)
class OpenTransfer:
    """One cartridge of an open move or exchange, and what the library says of it.

    outcome       what is recorded.
    address       where the cartridge is, None for nowhere; ``place`` as people name it.
    to            where ``action`` moves it, if it does.
    end           the address where it is afterwards.
    cartridge, where, way  in words; ``way`` as ``from slot 4 to drive 0``.
    overtaken_by  a later open move of the same cartridge, which says what is to become of it; this
                  one stays open as long as that.
    rests_at      from when on the robot is taken to be at rest, in words.
    place_away    how a place is written that the library can move it to; None if there is none.
    has_left      it left the library by a mail slot, which ``where`` names.
    """

    move: Move
    transfer: Transfer
    action: RecoveryAction
    outcome: MoveOutcome
    address: int | None
    place: Place | None
    to: Place | None
    end: int | None
    cartridge: str
    where: str
    way: str
    overtaken_by: int | None
    rests_at: str
    place_away: str | None
    has_left: bool

    @property
    def whereabouts(self) -> str:
        """Where the cartridge is, as the end of a sentence about it."""
        return f"it left by {self.where}" if self.has_left else f"it is in {self.where}"

    @property
    def needs_motion(self) -> bool:
        """The robot has to move."""
        return self.action in _MOTIONS

    @property
    def is_late(self) -> bool:
        """The robot may still move it."""
        return self.action is RecoveryAction.WAIT

    def may_reach(self, address: int) -> bool:
        """Whether the robot may still come to this element with the cartridge, or for it."""
        ends = (self.transfer.source_address, self.transfer.destination_address)
        return self.is_late and address in ends

    @property
    def needs_person(self) -> bool:
        """Only a person can move it on, by a command or by hand."""
        return self.action in _PERSONS

    @property
    def stays_open(self) -> bool:
        """It can't be settled here."""
        return self.action in _STAY_OPEN


def examine(
    library: Library, open_moves: tuple[Move, ...], options: RecoveryOptions = NO_OPTIONS
) -> tuple[OpenTransfer, ...]:
    """What the library says of every open move, oldest first; two for an exchange."""
    library.context.progress("looking where the cartridges of earlier moves are")
    # What is read now tells nothing of later.
    clock = library.context.clock
    asked_at, uptime_seconds = clock.now(), clock.monotonic()
    library.session.send(test_unit_ready())
    inventory = library.read()
    library.ensure_identity()
    judge = _Judge(library, inventory, open_moves, options, now=asked_at, uptime=uptime_seconds)
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
    if opened.action is RecoveryAction.WAIT:
        where = "is not shown" if opened.address is None else f"is in {opened.where}"
        return RecoveryNeeded(
            f"a move of {opened.cartridge} {opened.way} may still be under way: its end was not "
            f"seen, and {opened.cartridge} {where}",
            hint=f"from {opened.rests_at} on it is settled; sooner, if you see that "
            "the robot stands still: changer recover --at-rest",
        )
    if opened.action is RecoveryAction.SEARCH:
        return CartridgeMissing(
            f"{opened.cartridge}, which was to go {opened.way}, can't be found in the library",
            hint="look into the library; to give it up: changer recover --accept-missing",
        )
    left = f"{opened.where} holds {opened.cartridge}, which an interrupted move left there"
    if opened.action is RecoveryAction.TAKE_OUT:
        return RecoveryNeeded(
            f"{left}, and the library can't move it out of there",
            hint="take it out by hand, put it into a free place, then: changer recover",
        )
    if opened.action is RecoveryAction.BY_HAND:
        return RecoveryNeeded(
            f"{left} on its way {opened.way}, and neither place can take it",
            hint=f"move it to a free place: changer move @{opened.address} {opened.place_away}",
        )
    if opened.needs_motion:
        brings = "puts it back" if opened.action is RecoveryAction.PUT_BACK else "brings it on"
        return RecoveryNeeded(
            left,
            hint=f"changer recover {brings} to {opened.to}; with --to PLACE to another place; "
            "--dry-run shows how",
        )
    return None


@dataclass(frozen=True, slots=True)
class _Opened:
    """One transfer of an open move, its number among all, and where its cartridge is.

    ``left_by``: the mail slot by which it left the library, by this transfer or an earlier one.
    """

    number: int
    move: Move
    transfer: Transfer
    found: MediumLocation
    left_by: int | None = None


class _Judge:
    """Judges the transfers of all open moves by one reading."""

    def __init__(
        self,
        library: Library,
        inventory: Inventory,
        open_moves: tuple[Move, ...],
        options: RecoveryOptions,
        *,
        now: float,
        uptime: float,
    ) -> None:
        self._reader = library.reader
        self._reserved = ReservedSlots.for_(library)
        self._inventory = inventory
        self._options = options
        self._answers_at_rest = library.answers_at_rest
        self._move_seconds = library.settings.move_timeout_seconds
        self._now = now
        self._uptime = uptime
        ways: list[tuple[Move, Transfer, MediumLocation]] = []
        for move in open_moves:
            earlier = [transfer for _, transfer, _ in ways]
            ways += [(move, *way) for way in _locate(inventory, move, earlier)]
        self.opened: list[_Opened] = []
        for number, way in enumerate(ways):
            opened = _Opened(number, *way)
            self.opened.append(replace(opened, left_by=self._left_by(opened)))

    def _left_by(self, opened: _Opened) -> int | None:
        if opened.found.location is Location.LEFT:
            return opened.transfer.destination_address
        if opened.found.location is not Location.UNKNOWN:
            return None
        earlier = (each for each in self.opened if self._is_same(each, opened))
        return next((each.left_by for each in earlier if each.left_by is not None), None)

    def judge(self, opened: _Opened) -> OpenTransfer:
        """What is to become of one transfer."""
        later = self._later(opened)
        action, to = self._remedy(opened, is_overtaken=later is not None)
        numbering, address = self._inventory.numbering, opened.found.address
        end = address if to is None else to
        at = address if opened.left_by is None else opened.left_by
        if later is not None:
            end = self.judge(later).end
        return OpenTransfer(
            move=opened.move,
            transfer=opened.transfer,
            action=action,
            outcome=self._outcome(opened, action, end),
            address=address,
            place=None if address is None else numbering.place_of(address),
            to=None if to is None else numbering.place_of(to),
            end=end,
            cartridge=opened.transfer.volume_tag or UNLABELLED,
            where="nowhere" if at is None else numbering.name_of(at),
            way=f"from {numbering.name_of(opened.transfer.source_address)} "
            f"to {numbering.name_of(opened.transfer.destination_address)}",
            overtaken_by=None if later is None else later.move.id,
            rests_at=time_of_day(self._rests_at(opened.move), now=self._now),
            place_away=self._routes.place_away(address)
            if action in _PERSONS and address is not None
            else None,
            has_left=opened.left_by is not None,
        )

    @cached_property
    def _routes(self) -> Routes:
        numbering = self._inventory.numbering
        return Routes(numbering, self._reader.device_capabilities(numbering.assignment))

    def _rests_at(self, move: Move) -> float:
        """A whole move time after its reply was lost.

        A dead process lost it before this one got the lock, which the motion's command held as
        well; and at the latest a whole move time after it began, when that command timed out.
        """
        if move.finished_at is None:
            left_at = min(self._now, move.started_at + self._move_seconds)
        else:
            left_at = min(self._now, move.finished_at)  # later only by a clock that was set back
        return left_at + self._move_seconds

    def _is_over(self, move: Move) -> bool:
        # When its outcome was recorded; after GOOD alone, the elements may not have shown it yet.
        was_at_rest = move.final_address not in (None, move.destination_address)
        at_rest = self._options.at_rest or self._answers_at_rest or was_at_rest
        # A clock that was set forward after a start of the host tells less than its uptime.
        had_time = self._now >= self._rests_at(move) and self._uptime >= self._move_seconds
        if at_rest or had_time:
            return True
        found = [each.found for each in self.opened if each.move.id == move.id]
        return judge_end(found, at_rest=False, in_transport=False) == "completed"

    def _remedy(self, opened: _Opened, *, is_overtaken: bool) -> tuple[RecoveryAction, int | None]:
        """What settles it, and the address that it is moved to."""
        if not self._is_over(opened.move):
            return RecoveryAction.WAIT, None
        if is_overtaken:
            return RecoveryAction.RECORD, None
        address = opened.found.address
        if opened.left_by is not None:
            return RecoveryAction.RECORD, None
        if address is None:
            missing = self._options.accept_missing
            return (RecoveryAction.GIVE_UP if missing else RecoveryAction.SEARCH), None
        if self._inventory.assignment.type_of(address) is not ElementType.MEDIUM_TRANSPORT:
            return RecoveryAction.RECORD, None
        return self._way_out(opened, address)

    def _way_out(self, opened: _Opened, address: int) -> tuple[RecoveryAction, int | None]:
        """Where the cartridge that is in the transport ``address`` goes."""
        numbering, drives = self._inventory.numbering, self._inventory.assignment.data_transfer
        cartridge = self._inventory.at(address)
        destination = opened.transfer.destination_address
        direction = self._options.direction
        to = None if self._options.to is None else numbering.address_of(self._options.to)
        if opened.move.operation_id and destination in drives and (to is None or to in drives):
            to, direction = None, "back"  # a cleaner, which is used by going to a drive
        if to is not None:
            return RecoveryAction.PUT_ASIDE, to
        if direction != "back" and self._is_free(destination, opened, cartridge):
            return RecoveryAction.CARRY_ON, destination
        for origin in self._origins(opened) if direction != "on" else ():
            if self._is_free(origin, opened, cartridge):
                return RecoveryAction.PUT_BACK, origin
        if self._routes.place_away(address) is None:
            return RecoveryAction.TAKE_OUT, None
        return RecoveryAction.BY_HAND, None

    def _outcome(self, opened: _Opened, action: RecoveryAction, end: int | None) -> MoveOutcome:
        if action in _STAY_OPEN:
            return "unknown"
        if opened.left_by is not None and action is RecoveryAction.RECORD:
            is_done = opened.left_by == opened.transfer.destination_address
            return "completed" if is_done else "misplaced"
        if action is RecoveryAction.PUT_BACK:  # also to where an earlier move took it from
            return "not-executed"
        return opened.transfer.outcome_at(end)

    def _later(self, opened: _Opened) -> _Opened | None:
        """The last transfer of the same cartridge after this one."""
        later = reversed(self.opened[opened.number + 1 :])
        return next((each for each in later if self._is_same(opened, each)), None)

    def _origins(self, opened: _Opened) -> list[int]:
        """Where the cartridge came from, by this move and by those before it; newest first."""
        earlier = reversed(self.opened[: opened.number])
        known = (opened, *(each for each in earlier if self._is_same(each, opened)))
        return [each.transfer.source_address for each in known]

    def _is_same(self, earlier: _Opened, later: _Opened) -> bool:
        """Two transfers are of one cartridge: by the label, or by where it is now.

        One of that label that came from where the first can't have left it is another.
        """
        if earlier.move.id == later.move.id:
            return False
        tag, came_from = earlier.transfer.volume_tag, later.transfer.source_address
        if tag is None and later.transfer.volume_tag is None:
            found = earlier.found.address
            return found is not None and found == later.found.address
        ends = (earlier.transfer.source_address, earlier.transfer.destination_address)
        transports = self._inventory.assignment.medium_transport
        may_be_there = came_from in (*ends, earlier.move.final_address) or came_from in transports
        return tag == later.transfer.volume_tag and may_be_there

    def _is_free(self, address: int, opened: _Opened, cartridge: Element | None) -> bool:
        """Whether an element can take the cartridge, and the library can move it there."""
        element, here = self._inventory.at(address), opened.found.address
        if element is None or element.full:
            return False
        if here is not None and not self._routes.allow(here, address):
            return False
        # It may have been reserved since: then it is for a cleaner alone.
        if opened.move.operation_id is None and not self._reserved.admits(cartridge, address):
            return False
        is_home = address == opened.transfer.source_address
        is_cleaners = is_home and exception_meaning(element) is ElementException.CLEANER
        return is_cleaners or find_condition(element, address=address).is_free


def transfers_of(move: Move) -> tuple[Transfer, ...]:
    """The transfers of a move, or the two of an exchange."""
    middle, end = move.destination_address, move.second_destination_address
    first = Transfer(move.source_address, middle, move.volume_tag)
    return (first,) if end is None else (first, Transfer(middle, end, move.second_volume_tag))


def _locate(
    inventory: Inventory, move: Move, earlier: list[Transfer]
) -> tuple[tuple[Transfer, MediumLocation], ...]:
    """The transfers of a move or exchange, and where their cartridges are."""
    transfers = tuple(_chained(each, earlier) for each in transfers_of(move))
    end_seen = move.final_address is not None
    found = tuple(_find(inventory, each, end_seen=end_seen) for each in transfers)
    if len(found) == 2:
        found = resolve_exchange(inventory, *found, source_address=move.source_address)
    return tuple(zip(transfers, found, strict=True))


def _find(inventory: Inventory, transfer: Transfer, *, end_seen: bool) -> MediumLocation:
    found = locate(inventory, transfer)
    if found.location is Location.UNKNOWN and has_left(inventory, transfer, end_seen=end_seen):
        return MediumLocation(Location.LEFT)
    return found


def _chained(transfer: Transfer, earlier: list[Transfer]) -> Transfer:
    """The transfer with its start in the one that was to bring the cartridge to its source."""
    for each in reversed(earlier):
        is_same = each.volume_tag == transfer.volume_tag
        if is_same and each.destination_address == transfer.source_address:
            return replace(transfer, came_from=each.source_address)
    return transfer
