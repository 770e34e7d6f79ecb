"""Findings about open moves: what settles each, by one reading of the library.

A motion whose end was not seen is over when its cartridge is at the destination, or the robot is at
rest: the library answers only then, a whole move time has passed, or a person said so.
"""

from __future__ import annotations

from functools import cached_property

from changer.host.clock import time_of_day
from changer.journal.open_moves import (
    PERSONS,
    STAY_OPEN,
    OpenTransfer,
    RecoveryAction,
    RecoveryOptions,
    transfers_of,
)
from changer.journal.recovery_words import job_of
from changer.library.element_state import (
    UNLABELLED,
    Contents,
    Presence,
    exception_meaning,
    find_condition,
)
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
from changer.values import dataclass, replace


def examine(
    library: Library, open_moves: tuple[Move, ...], options: RecoveryOptions
) -> tuple[OpenTransfer, ...]:
    """What the library says of every open move, oldest first; two for an exchange."""
    library.context.progress("looking for the cartridges of earlier moves")
    # What is read now tells nothing of later.
    clock = library.context.clock
    asked_at, uptime_seconds = clock.now(), clock.monotonic()
    library.session.send(test_unit_ready())
    inventory = library.read()
    library.ensure_identity()
    judge = _Judge(library, inventory, open_moves, options, now=asked_at, uptime=uptime_seconds)
    return tuple(judge.judge(each) for each in judge.opened)


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
            target=None if to is None else numbering.name_of(to),
            end=end,
            cartridge=opened.transfer.volume_tag or UNLABELLED,
            where="nowhere" if at is None else numbering.name_of(at),
            job=job_of(opened.transfer, opened.transfer.volume_tag or UNLABELLED, numbering),
            hidden=self._hidden(opened) if at is None else None,
            overtaken_by=None if later is None else later.move.id,
            rests_at=time_of_day(self._rests_at(opened.move), now=self._now),
            place_away=self._routes.place_away(address)
            if action in PERSONS and address is not None
            else None,
            has_left=opened.left_by is not None,
        )

    @cached_property
    def _routes(self) -> Routes:
        numbering = self._inventory.numbering
        return Routes(numbering, self._reader.device_capabilities(numbering.assignment))

    def _hidden(self, opened: _Opened) -> str | None:
        """Why a picker, or an end of the transfer, that may hold the cartridge does not tell."""
        transports = self._inventory.assignment.medium_transport
        pickers = range(transports.first, transports.first + transports.count)
        ends = (opened.transfer.source_address, opened.transfer.destination_address)
        for address in (*pickers, *ends):
            found = find_condition(self._inventory.at(address), address=address)
            if found.presence is not Presence.ABSENT and found.contents is Contents.UNKNOWN:
                name = self._inventory.numbering.name_of(address)
                return f"it may be in {name}, where {found.reason}"
        return None

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
        elif destination in self._reserved and opened.transfer.source_address in drives:
            direction = None  # nor is it used by going back to one, while its slot is free
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
        if action in STAY_OPEN:
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
            return transfer._replace(came_from=each.source_address)
    return transfer
