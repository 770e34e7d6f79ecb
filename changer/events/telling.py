"""Telling: a fact becomes an event in the store, a line in the journal, and the programs' work.

It never fails what it tells of, and waits for no program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from changer.errors import ChangerError
from changer.events.document import event_json, fields_of
from changer.events.kinds import PRIORITIES, severity_of
from changer.events.news import Fact, News, find_news
from changer.events.programs import has_programs
from changer.store.protocol import Store
from changer.store.records import EventRecord

if TYPE_CHECKING:
    from changer.store.sharing import Coordination

Log = Callable[[str, int, Mapping[str, str]], None]


class Listeners(Protocol):
    """What is told besides the store: the log, and programs, of a folder and of the settings."""

    @property
    def coordination(self) -> Coordination:
        """Store and locks."""

    @property
    def hooks(self) -> str | None:
        """The folder of programs, by its path."""

    @property
    def on_event(self) -> Sequence[str]:
        """A program with its arguments, or nothing."""

    @property
    def log_event(self) -> Log:
        """Writes a line with its priority and its fields to the host's log."""


def tell(
    library_id: str, facts: Iterable[Fact], *, store: Store, listeners: Listeners
) -> tuple[EventRecord, ...]:
    """Tell what is news of these facts, and return that. Raises nothing of its own.

    Where the store fails, all of them are in the journal: told twice rather than not.
    """
    seen = tuple(facts)

    def decide(lasting: Sequence[EventRecord]) -> News:
        now = listeners.coordination.clock.now()
        return find_news(lasting, (*_settled(store, library_id, lasting), *seen), now=now)

    try:
        to_deliver = has_programs(_folder(listeners), listeners.on_event)
        told = store.events().record(library_id, decide, to_deliver=to_deliver)
    except ChangerError as error:
        for each in seen:
            if each.holds:
                fields = {"library": library_id, "event": each.kind}
                text = f"{each.message} (not recorded: {error.message})"
                listeners.log_event(text, PRIORITIES[severity_of(each.kind)], fields)
        return ()
    for event in told:
        log_event(event, listeners.log_event)
    if told and to_deliver:
        start(listeners)
    return told


def _folder(listeners: Listeners) -> Path | None:
    return None if listeners.hooks is None else Path(listeners.hooks)


def start(listeners: Listeners, document: Mapping[str, object] | None = None) -> None:
    """Have the programs told, by a process of its own."""
    from changer.events.detached import start_delivery

    start_delivery(
        listeners.coordination,
        folder=_folder(listeners),
        on_event=listeners.on_event,
        document=document,
    )


def resume_delivery(store: Store, listeners: Listeners) -> None:
    """Have programs told of what nobody delivers: the process that was to do so has died."""
    if store.events().undelivered(limit=1) and not listeners.coordination.is_delivering():
        start(listeners)


def log_event(event: EventRecord, log: Log) -> None:
    """Write the line of an event, with its fields."""
    fields = {name: str(value) for name, value in fields_of(event).items() if value is not None}
    fields |= {"event": event.kind, "event_id": str(event.id), "library": event.library_id}
    log(event.message, PRIORITIES[severity_of(event.kind)], fields)


def _settled(store: Store, library_id: str, lasting: Sequence[EventRecord]) -> tuple[Fact, ...]:
    """Ends of open moves that are not open any more, by the journal."""
    told = [each for each in lasting if each.kind == "move-open"]
    if not told:
        return ()
    still_open = {str(each.id) for each in store.unsettled_moves(library_id)}
    return tuple(
        Fact("move-open", each.subject, holds=False)
        for each in told
        if each.subject not in still_open
    )


def tell_store_damaged(message: str, *, listeners: Listeners) -> None:
    """Tell that the store is damaged, past it: once a day, by a note beside the locks."""
    now = listeners.coordination.clock.now()
    if not listeners.coordination.is_news_of_damage(message):
        return
    path = listeners.coordination.name
    event = EventRecord(0, "", "store-damaged", path, "", now, message, "{}", None, None)
    log_event(event, listeners.log_event)
    if has_programs(_folder(listeners), listeners.on_event):
        start(listeners, event_json(event))
