"""What is news: what is known to last, and what was seen now, to what is to be told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from changer.events.kinds import ENDS, RULES, EventKind
from changer.store.records import EventRecord
from changer.values import NamedTuple

DAY_SECONDS = 86400.0
Fields = Mapping[str, str | int | bool | None]


class Fact(NamedTuple):
    """Something that was seen, or that is over.

    subject  what of the library it is about: a drive, a cartridge, a place, a move.
    message  a sentence for people: of the end, where ``holds`` is False and the end is told.
    state    in which it is; another state of the same subject is news.
    holds    it is so now; False: it is not so, or not any more.
    """

    kind: EventKind
    subject: str
    message: str = ""
    state: str = ""
    fields: Fields = MappingProxyType({})
    holds: bool = True

    @property
    def lasts(self) -> bool:
        """Whether it stays until its end is seen."""
        return self.kind not in ENDS


class News(NamedTuple):
    """What is to be recorded: what is told, in its order, and the ids of events that are over."""

    told: tuple[Fact, ...]
    over: tuple[int, ...]


def find_news(lasting: Sequence[EventRecord], facts: Iterable[Fact], *, now: float) -> News:
    """What is new in ``facts``, seen in this order, by the events that last, oldest first.

    A fact is told when no event of its kind and subject lasts, when its state is another one, or,
    of a kind that is told daily, when that was a day ago. Its end is told where its kind has an
    event for that. A time far ahead was recorded by a clock that was set wrong: told again.
    """
    known = {(each.kind, each.subject): (each.state, each.happened_at) for each in lasting}
    told: list[Fact] = []
    seen: set[tuple[str, str]] = set()
    for fact in facts:
        key = (fact.kind, fact.subject)
        before = known.pop(key, None)
        if not fact.holds:
            end = RULES[fact.kind].end
            if before is not None:
                seen.add(key)
                if end is not None:
                    told.append(fact._replace(kind=end, holds=True))
            continue
        if before is not None and not _is_due(fact, *before, now=now):
            known[key] = before
            continue
        seen.add(key)
        told.append(fact)
        if fact.lasts:
            known[key] = (fact.state, now)
    return News(
        tuple(told), tuple(each.id for each in lasting if (each.kind, each.subject) in seen)
    )


def _is_due(fact: Fact, state: str, told_at: float, *, now: float) -> bool:
    """Whether a fact is told again although it lasts."""
    again = RULES[fact.kind].told_daily and abs(now - told_at) >= DAY_SECONDS
    return again or fact.state != state
