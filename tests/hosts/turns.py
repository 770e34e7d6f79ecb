"""Whose turn it was when a move was carried out, by what the network saw and the database noted.

With a fence the epoch of a turn is in the keys that hosts register. Without one the lab's database
writes down each turn as it is given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .exported import Move
from .observed import Observed
from .register import Loss

_PERSISTENT_RESERVE_OUT = 0x5F
_REGISTER, _RESERVE, _RELEASE, _PREEMPT_AND_ABORT, _REGISTER_ANYWAY = 0, 1, 2, 5, 6


@dataclass(frozen=True, slots=True)
class Turn:
    """``at``: monotonic; when it began: of a fence, when its key was registered."""

    host: str
    epoch: int
    at: float


@dataclass(frozen=True, slots=True)
class Epoched:
    """A move that the library carried out, and the turn of its host; None: without a fence."""

    move: Observed
    turn: Turn | None


# Between a command on the network and the library's record of it.
_LATEST_SECONDS = 60.0


def with_record(
    commands: Sequence[Observed], moves: Iterable[Move], *, ahead: float
) -> list[Observed]:
    """The commands; a move whose reply did not pass has the status that the library has on record.

    ``ahead``: of the monotonic clock, the time of day.
    """
    left = [each for each in commands if each.is_move]
    statuses = {}
    for move in moves:
        at = move.seconds - ahead
        fits = [
            each
            for each in left
            if each.status in (None, move.status)
            and each.places == (move.source, move.destination)
            and -1 < at - each.at < _LATEST_SECONDS
        ]
        if fits:
            # One whose reply passed, if there is one; of several the nearest.
            found = min(fits, key=lambda each: (each.status is None, abs(at - each.at)))
            left.remove(found)
            statuses[id(found)] = move.status
    return [
        replace(each, status=statuses[id(each)])
        if each.status is None and id(each) in statuses
        else each
        for each in commands
    ]


def registered(commands: Iterable[Observed]) -> list[Turn]:
    """The turns of those that registered a key of their own, in that order."""
    found = ((each, _epoch(each)) for each in commands)
    return [Turn(each.host, epoch, each.at) for each, epoch in found if epoch is not None]


def _action(command: Observed) -> int | None:
    """What a PERSISTENT RESERVE OUT did; None: it did nothing, or it is another command."""
    is_done = command.cdb[0] == _PERSISTENT_RESERVE_OUT and command.status == 0
    return command.cdb[1] & 0x1F if is_done else None


def _epoch(command: Observed) -> int | None:
    """Of the key that it registered: "ch", two bytes of the host, four of the epoch."""
    key = command.keys[1]
    if _action(command) in (_REGISTER, _REGISTER_ANYWAY) and key[:2] == b"ch":
        return int.from_bytes(key[4:], "big")
    return None


def epochs(commands: Iterable[Observed]) -> Iterator[Epoched]:
    """The moves that succeeded, in the order in which they were sent, each with its turn.

    A host's epoch is in the key that it last registered.
    """
    own: dict[str, Turn] = {}
    for each in commands:
        if (epoch := _epoch(each)) is not None:
            own[each.host] = Turn(each.host, epoch, each.at)
        elif each.is_move and each.status == 0:
            yield Epoched(each, own.get(each.host))


def overtaken(commands: Iterable[Observed], losses: Sequence[Loss] = ()) -> list[Epoched]:
    """Moves of an epoch lower than one that had moved before: with a fence there is none.

    An epoch that the database has lost may be given again: it counts no more after that.
    """
    found: list[Epoched] = []
    before: list[Turn] = []
    for each in epochs(commands):
        assert each.turn is not None, "a move without a fence"
        standing = (turn for turn in before if not _is_lost(turn, each.turn, losses))
        if any(turn.epoch > each.turn.epoch for turn in standing):
            found.append(each)
        if each.turn not in before[-1:]:
            before.append(each.turn)
    return found


def _is_lost(turn: Turn, later: Turn, losses: Sequence[Loss]) -> bool:
    return any(turn.at >= each.since and later.at >= each.until for each in losses)


def intruders(commands: Iterable[Observed]) -> list[Observed]:
    """Moves of a host that were carried out after another one had reserved the library."""
    found: list[Observed] = []
    has_it: dict[str, float] = {}  # until when, as far as was seen
    for each in commands:
        if each.is_move and each.status == 0 and has_it.get(each.host, 0.0) < each.at:
            found.append(each)
        elif _may_be(each, _RESERVE, _PREEMPT_AND_ABORT):
            if each.status == 0 and each.ended_at is not None:
                has_it = {host: min(until, each.ended_at) for host, until in has_it.items()}
            has_it[each.host] = math.inf
        elif _may_be(each, _RELEASE) and each.status == 0 and each.ended_at is not None:
            has_it[each.host] = each.ended_at
    return found


def _may_be(command: Observed, *actions: int) -> bool:
    """Whether it did one of these, or no reply says whether it did."""
    is_action = command.cdb[0] == _PERSISTENT_RESERVE_OUT and command.cdb[1] & 0x1F in actions
    return is_action and command.status in (0, None)


def refused_late(commands: Sequence[Observed]) -> list[Observed]:
    """Moves that the library refused because another host had begun a later turn before."""
    own: dict[str, Turn] = {}
    found = []
    for each in commands:
        if (epoch := _epoch(each)) is not None:
            own[each.host] = Turn(each.host, epoch, each.at)
        elif each.is_move and each.status not in (0, None) and each.host in own:
            epoch = own[each.host].epoch
            found += [each] * any(turn.epoch > epoch for turn in own.values())
    return found


def late(moves: Iterable[Observed], turns: Sequence[Turn]) -> list[tuple[Observed, Turn]]:
    """Moves that were carried out after another host had begun a later turn, and that turn.

    ``turns``: as the database noted them; a host's turn is the last one that it was given before.
    """
    found = []
    for move in moves:
        given = [turn for turn in turns if turn.at <= move.at]
        own = max((turn.epoch for turn in given if turn.host == move.host), default=0)
        later = [turn for turn in given if turn.host != move.host and turn.epoch > own]
        if move.status == 0 and later:
            found.append((move, later[0]))
    return found
