"""Open moves of the journal: what may become of each, what is recorded, and what is said of it.

A move without an outcome is completed, not executed, misplaced, or in the transport; only the last
needs a motion: on to the destination, or back to the source. A cartridge that the library does not
show anywhere stays open, and so does a move whose end was not seen, unless its cartridge is at the
destination, or the robot is at rest. ``journal/open_move_findings`` says which it is.
"""

from __future__ import annotations

from enum import Enum, auto
from itertools import groupby
from typing import Literal

from changer.errors import CartridgeMissing, ChangerError, RecoveryNeeded
from changer.library.addressing import Place
from changer.library.inventory import Transfer
from changer.store.records import Move, MoveOutcome
from changer.values import dataclass


class RecoveryAction(Enum):
    """What settles a move.

    RECORD     its end is recorded. GIVE_UP: the cartridge counts as missing.
    CARRY_ON   the cartridge is moved to where it was to go; PUT_BACK: to where it came from;
               PUT_ASIDE: to where a person wants it.
    BY_HAND    a person has to move it: neither place can take it. TAKE_OUT: or take it out, since
               the library can't move it from there. SEARCH: or look for it.
    WAIT       the robot may still move it.
    """

    RECORD = auto()
    CARRY_ON = auto()
    PUT_BACK = auto()
    PUT_ASIDE = auto()
    GIVE_UP = auto()
    BY_HAND = auto()
    TAKE_OUT = auto()
    SEARCH = auto()
    WAIT = auto()


_MOTIONS = (RecoveryAction.CARRY_ON, RecoveryAction.PUT_BACK, RecoveryAction.PUT_ASIDE)
PERSONS = (RecoveryAction.BY_HAND, RecoveryAction.TAKE_OUT)
STAY_OPEN = (*PERSONS, RecoveryAction.SEARCH, RecoveryAction.WAIT)


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
    to            where ``action`` moves it, if it does; ``target`` in words.
    end           the address where it is afterwards.
    cartridge, where, job  in words; ``job`` as ``the load of A00004L8 into drive 0``.
    hidden        why an element that may hold it, if it is not shown, does not tell; in words.
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
    target: str | None
    end: int | None
    cartridge: str
    where: str
    job: str
    hidden: str | None
    overtaken_by: int | None
    rests_at: str
    place_away: str | None
    has_left: bool

    @property
    def whereabouts(self) -> str:
        """Where the cartridge is, as the end of a sentence about it."""
        if self.has_left:
            return f"it left through {self.where}"
        return "it is not shown" if self.address is None else f"it is in {self.where}"

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
        return self.action in PERSONS

    @property
    def stays_open(self) -> bool:
        """It can't be settled here."""
        return self.action in STAY_OPEN


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
            f"{opened.job} may still be under way: its end was not seen, and {opened.cartridge} "
            f"{where}",
            hint=f"try again from {opened.rests_at} on; sooner, if you see that the robot stands "
            "still: changer recover --at-rest",
        )
    if opened.action is RecoveryAction.SEARCH:
        return _missing(opened)
    left = f"{opened.job} was interrupted, and {opened.cartridge} is in {opened.where}"
    if opened.action is RecoveryAction.TAKE_OUT:
        return RecoveryNeeded(
            f"{left}, from where the library can't move it",
            hint="take it out by hand, put it into a free place, then: changer recover",
        )
    if opened.action is RecoveryAction.BY_HAND:
        return RecoveryNeeded(
            f"{left}; neither place can take it",
            hint=f"move it to a free place: changer move @{opened.address} {opened.place_away}",
        )
    if opened.needs_motion:
        return RecoveryNeeded(left, hint=_ways_out(opened))
    return None


def _missing(opened: OpenTransfer) -> CartridgeMissing:
    interrupted = f"{opened.job} was interrupted, and {opened.cartridge}"
    if opened.hidden is not None:
        return CartridgeMissing(
            f"{interrupted} is not shown: {opened.hidden}",
            hint="look at the library's panel, or have it take inventory (this moves the robot): "
            "changer inventory",
        )
    return CartridgeMissing(
        f"{interrupted} can't be found in the library",
        hint="look for it in the library; to write it off: changer recover --accept-missing",
    )


def _ways_out(opened: OpenTransfer) -> str:
    """The commands that bring the cartridge out of the transport."""
    elsewhere = "to move it elsewhere: changer recover --to PLACE; --dry-run shows the plan"
    if opened.action is RecoveryAction.PUT_BACK:
        return f"to put it back into {opened.target}: changer recover; {elsewhere}"
    return f"to finish {opened.job}: changer recover; to undo it: add --back; {elsewhere}"


def transfers_of(move: Move) -> tuple[Transfer, ...]:
    """The transfers of a move, or the two of an exchange."""
    middle, end = move.destination_address, move.second_destination_address
    first = Transfer(move.source_address, middle, move.volume_tag)
    return (first,) if end is None else (first, Transfer(middle, end, move.second_volume_tag))
