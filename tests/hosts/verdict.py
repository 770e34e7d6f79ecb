"""What a history and its witnesses come to: faults, and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .exported import Move
from .history import SLOTS, Done, History
from .nemesis import Nemesis
from .observed import Observed
from .register import Call, Effect, first_contradiction
from .turns import Turn, intruders, late, overtaken, refused_late, registered

Transfers = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the witnesses have, from the beginning of a history to its end.

    before, after  labels by addresses of elements, in the library.
    moves          the library's own record of them.
    cleanings      by each cleaner, by the drives' own count; uses: as the database has counted.
    reserved       addresses of slots that are reserved at the end; at_first: at the beginning.
    turns          as the database noted them, without a fence; else none.
    judged_at      monotonic; when it was over.
    """

    history: History
    nemesis: Nemesis
    commands: Sequence[Observed]
    places: Mapping[str, int]
    before: Mapping[int, str]
    after: Mapping[int, str]
    moves: Sequence[Move]
    cleanings: Mapping[str, int]
    uses: Mapping[str, int]
    at_first: frozenset[int]
    reserved: frozenset[int]
    turns: Sequence[Turn]
    judged_at: float

    @property
    def has_fence(self) -> bool:
        return not self.turns


def faults(evidence: Evidence) -> list[str]:
    """What was promised, and is not so; empty: all is."""
    return [
        *_lost_cartridges(evidence),
        *_lost_reservations(evidence),
        *_lost_uses(evidence),
        *(_moves_past_a_fence(evidence) if evidence.has_fence else _unexplained_late(evidence)),
        *(f"a bug: {each}" for each in evidence.history.done if each.status == 1),
    ]


# Cartridges


def _lost_cartridges(evidence: Evidence) -> Iterator[str]:
    before, after = evidence.before, evidence.after
    if sorted(before.values()) != sorted(after.values()):
        yield f"a cartridge is lost: {before} became {after}"
    transfers = replayed(before, evidence.moves, after=after)
    if transfers is None:
        yield "the library holds what its moves do not account for"
        return
    invented = _reported(evidence) - Counter(transfers)
    if invented:
        yield f"a host reported a move that was none: {invented}"
    homes = {evidence.places[f"slot {number}"] for number in (11, 12)}
    for label, _, destination in transfers:
        if destination in homes and label.startswith("A"):
            yield f"{label} was moved into {destination}, which is a cleaner's"


def _reported(evidence: Evidence) -> Counter[tuple[str, int, int]]:
    return Counter(
        (label, evidence.places[source], evidence.places[destination])
        for each in evidence.history.done
        for label, source, destination in each.moved
    )


def replayed(
    contents: Mapping[int, str], moves: Sequence[Move], *, after: Mapping[int, str]
) -> Transfers | None:
    """Which cartridge each move took, by the library's own record; None: they can't be all.

    One that its host took back may have come about or not: as it fits what is there ``after``.
    """
    ways: dict[frozenset[tuple[int, str]], Transfers] = {frozenset(contents.items()): ()}
    for each in moves:
        made = dict(way for then, found in ways.items() for way in _made(dict(then), found, each))
        if each.status == 0:
            ways = made
        elif each.status is None:
            ways |= made
    return ways.get(frozenset(after.items()))


def _made(
    contents: dict[int, str], found: Transfers, move: Move
) -> Iterator[tuple[frozenset[tuple[int, str]], Transfers]]:
    """What a move makes of this, if it can be made."""
    if move.source in contents and move.destination not in contents:
        label = contents.pop(move.source)
        contents[move.destination] = label
        yield frozenset(contents.items()), (*found, (label, move.source, move.destination))


# Reservations


def _lost_reservations(evidence: Evidence) -> Iterator[str]:
    for number in SLOTS:
        address = evidence.places[f"slot {number}"]
        found = first_contradiction(
            [
                *evidence.history.calls(number),
                *_moved_into(evidence, address),
                _at_the_end(evidence, address),
            ],
            at_first=address in evidence.at_first,
            losses=evidence.nemesis.losses,
        )
        if found is not None:
            yield f"slot {number}: no order of what was reported explains {found}"


def _moved_into(evidence: Evidence, address: int) -> Iterator[Call]:
    """A cartridge is moved into no slot that is reserved. Late ones are judged by themselves."""
    too_late = [move for move, _ in _late(evidence)]
    for each in evidence.commands:
        is_over = each.is_move and each.status == 0 and each.ended_at is not None
        if is_over and each.places[1] == address and each not in too_late:
            yield Call(Effect.FREE, each.at, each.ended_at)


def _at_the_end(evidence: Evidence, address: int) -> Call:
    effect = Effect.RESERVED if address in evidence.reserved else Effect.FREE
    return Call(effect, evidence.judged_at, evidence.judged_at)


# Uses of cleaners


def _lost_uses(evidence: Evidence) -> Iterator[str]:
    """Each cleaning is counted, but for those that a failover lost; a doubtful one may be, too.

    Without a fence, nobody counts a cleaner that a late move has loaded.
    """
    truth, counted = sum(evidence.cleanings.values()), sum(evidence.uses.values())
    cleanings = evidence.history.cleanings()
    lost = sum(
        any(_may_be_lost(each, loss.since, loss.until) for loss in evidence.nemesis.losses)
        for each in cleanings
    )
    doubtful = sum(each.status != 0 for each in cleanings)
    homes = {evidence.places[f"slot {number}"] for number in (11, 12)}
    too_late = sum(move.places[0] in homes for move, _ in _late(evidence))
    if counted < truth - lost - too_late:
        yield f"{truth} cleanings, {counted} counted, {lost} may be lost at a failover"
    if counted > truth + doubtful:
        yield f"{truth} cleanings, {counted} counted, {doubtful} had no known end"
    completed = sum(each.status == 0 for each in cleanings)
    if completed > truth:
        yield f"{completed} cleanings were reported, and the drives know of {truth}"


def _may_be_lost(cleaning: Done, since: float, until: float) -> bool:
    """Whether it was counted in that time; if it had no known end, by whoever came next."""
    return cleaning.began < until and (cleaning.ended > since or cleaning.status != 0)


# Turns


def _moves_past_a_fence(evidence: Evidence) -> Iterator[str]:
    for each in overtaken(evidence.commands, evidence.nemesis.losses):
        yield f"a move of an epoch lower than one that has moved: {each}"
    for move in intruders(evidence.commands):
        yield f"a move of a host after another one had reserved the library: {move}"


def _late(evidence: Evidence) -> list[tuple[Observed, Turn]]:
    moves = [each for each in evidence.commands if each.is_move]
    return late(moves, evidence.turns)


def _unexplained_late(evidence: Evidence) -> Iterator[str]:
    """Without a fence a host that was stopped, until it was replaced, may send one late command."""
    left = [each for each in evidence.nemesis.struck if "stop" in each.name]
    for move, turn in _late(evidence):
        stopped = [
            each
            for each in left
            if each.host == move.host and each.began < turn.at and each.ended > turn.at
        ]
        if not stopped:
            yield f"a late move of a host that was not stopped: {move}, after {turn}"
        else:
            left.remove(stopped[0])


# Figures


def figures(evidence: Evidence) -> dict[str, Any]:
    """What a reader wants to know of it."""
    done, nemesis = evidence.history.done, evidence.nemesis
    calls = [call for number in SLOTS for call in evidence.history.calls(number)]
    cleanings = evidence.history.cleanings()
    too_late = _late(evidence)
    return {
        "seconds": round(max(each.ended for each in done) - min(each.began for each in done)),
        "operations": len(done),
        "statuses": _counted(evidence.history.statuses),
        "strikes": len(nemesis.struck),
        "by_name": dict(nemesis.counts),
        "failed_strikes": len(nemesis.failed),
        "failovers": len(nemesis.losses),
        "turns_with_a_fence": len(registered(evidence.commands)),
        "moves": sum(each.is_move and each.status == 0 for each in evidence.commands),
        "taken_over": sum("over from a host that stopped" in each.err for each in done),
        "ownership_lost": evidence.history.statuses[47],
        "late_moves_refused": len(refused_late(evidence.commands)),
        "late_moves_carried_out": len(too_late),
        "of_these_after_a_move_of_a_later_epoch": _after_a_later_move(evidence, too_late),
        "reports_of_reservations": _counted(Counter(each.effect.value for each in calls)),
        "of_these_without_a_known_end": sum(each.ended is None for each in calls),
        "cleanings": sum(evidence.cleanings.values()),
        "uses_counted": sum(evidence.uses.values()),
        "cleanings_reported": sum(each.status == 0 for each in cleanings),
        "cleanings_begun": len(cleanings),
    }


def _after_a_later_move(evidence: Evidence, too_late: list[tuple[Observed, Turn]]) -> int:
    """Late moves that came after a move in the turn that was later than theirs."""
    moved = [each for each in evidence.commands if each.is_move and each.status == 0]
    return sum(
        any(each.host == turn.host and turn.at < each.at < move.at for each in moved)
        for move, turn in too_late
    )


def _counted(counts: Counter[Any]) -> dict[str, int]:
    return {str(key): count for key, count in counts.most_common()}
