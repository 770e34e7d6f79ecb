"""Whether what hosts reported of one slot's reservation can be so, in some order (linearizability).

A call takes effect once, at one moment between its begin and its end; one whose end is not known,
at any moment after its begin, or never. Told by the hosts' own reports, by moves that the network
saw, and by what is on record at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum


class Effect(Enum):
    """RESERVED and FREE find the slot like that; the others make it so, from the opposite."""

    RESERVE = "reserve"
    RELEASE = "release"
    RESERVED = "was reserved"
    FREE = "was free"


_NEEDS = {Effect.RESERVE: False, Effect.RELEASE: True, Effect.RESERVED: True, Effect.FREE: False}
_MAKES = {Effect.RESERVE: True, Effect.RELEASE: False, Effect.RESERVED: True, Effect.FREE: False}


@dataclass(frozen=True, slots=True)
class Call:
    """``ended`` None: whether and when it took effect is not known. Times: monotonic."""

    effect: Effect
    began: float
    ended: float | None


@dataclass(frozen=True, slots=True)
class Loss:
    """A failover: what the database had at some moment of that span, it has again at its end."""

    since: float
    until: float


@dataclass(frozen=True, slots=True)
class _World:
    """One way in which it may stand.

    done    calls that took effect, and have not ended. chances: calls without a known end that may
            still take effect. seen: what it was since the beginning of a loss.
    """

    is_reserved: bool
    done: frozenset[int] = frozenset()
    chances: tuple[tuple[Effect, int], ...] = ((Effect.RESERVE, 0), (Effect.RELEASE, 0))
    seen: frozenset[bool] | None = None

    def after(self, effect: Effect) -> _World | None:
        if self.is_reserved is not _NEEDS[effect]:
            return None
        now = _MAKES[effect]
        return replace(self, is_reserved=now, seen=None if self.seen is None else self.seen | {now})

    def with_chances(self, effect: Effect, more: int) -> _World:
        chances = tuple((each, count + more * (each is effect)) for each, count in self.chances)
        return replace(self, chances=chances)


def is_possible(calls: Sequence[Call], *, at_first: bool, losses: Iterable[Loss] = ()) -> bool:
    """Whether an order of the calls explains all that was reported."""
    return first_contradiction(calls, at_first=at_first, losses=losses) is None


def first_contradiction(
    calls: Sequence[Call], *, at_first: bool, losses: Iterable[Loss] = ()
) -> Call | None:
    """The call by whose end no order is left that explains all; None: there is one."""
    worlds = {_World(at_first)}
    open_calls: dict[int, Effect] = {}
    for _, kind, number in _happenings(calls, losses):
        match kind:
            case "began":
                open_calls[number] = calls[number].effect
            case "began for good":
                worlds = {each.with_chances(calls[number].effect, 1) for each in worlds}
            case "ended":
                grown = _grown(worlds, open_calls)
                worlds = {
                    replace(each, done=each.done - {number})
                    for each in grown
                    if number in each.done
                }
                del open_calls[number]
                if not worlds:
                    return calls[number]
            case "loss":
                worlds = {replace(e, seen=frozenset({e.is_reserved})) for e in worlds}
            case "lost":
                worlds = {
                    replace(each, is_reserved=then, seen=None)
                    for each in _grown(worlds, open_calls)
                    for then in each.seen or ()
                }
    return None


def _happenings(calls: Sequence[Call], losses: Iterable[Loss]) -> list[tuple[float, str, int]]:
    found: list[tuple[float, str, int]] = []
    for number, call in enumerate(calls):
        if call.ended is None:
            found.append((call.began, "began for good", number))
        else:
            found += [(call.began, "began", number), (call.ended, "ended", number)]
    for number, loss in enumerate(losses):
        found += [(loss.since, "loss", number), (loss.until, "lost", number)]
    return sorted(found, key=lambda each: each[0])


def _grown(worlds: set[_World], open_calls: dict[int, Effect]) -> set[_World]:
    """These, and what they may become by calls that are open."""
    grown, new = set(worlds), list(worlds)
    while new:
        for then in _next(new.pop(), open_calls):
            if then not in grown:
                grown.add(then)
                new.append(then)
    return grown


def _next(world: _World, open_calls: dict[int, Effect]) -> Iterator[_World]:
    for number, effect in open_calls.items():
        if number not in world.done and (then := world.after(effect)) is not None:
            yield replace(then, done=then.done | {number})
    for effect, count in world.chances:
        if count and (then := world.after(effect)) is not None:
            yield then.with_chances(effect, -1)
