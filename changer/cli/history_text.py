"""Words for what the history has: places, ways, results and commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from changer.cli.commands import COMMANDS
from changer.cli.output import chosen
from changer.host.clock import utc_time
from changer.library.addressing import Numbering
from changer.library.history import INTERRUPTED, Event
from changer.library.sightings import assignment_of
from changer.store.protocol import Store

_EVENT = (
    "library_id",
    "kind",
    "state",
    "result",
    "code",
    "operation_id",
    "volume_tag",
    "source_address",
    "destination_address",
    "message",
    "process_id",
    "user",
    "command",
    "second_volume_tag",
    "second_destination_address",
    "final_address",
)
_OF_MOVES = {
    "completed": "ok",
    "not-executed": "not moved",
    "misplaced": "misplaced",
    "unknown": "open",
    "in-progress": "under way",
    INTERRUPTED: INTERRUPTED,
}
_OF_OPERATIONS = {
    "completed": "ok",
    "cancelled": "stopped",
    "in-progress": "under way",
    "submitted": "under way",
}


class PlaceNames:
    """Names of the elements of the libraries in a store, by their numbers as last read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._numberings: dict[str, Numbering | None] = {}

    def numbering(self, library_id: str) -> Numbering | None:
        """Numbers of one library; None where they are not on record."""
        if library_id not in self._numberings:
            known = self._store.library(library_id)
            assignment = assignment_of(known.element_addresses if known else None)
            self._numberings[library_id] = None if assignment is None else Numbering(assignment)
        return self._numberings[library_id]

    def name(self, library_id: str, address: int) -> str:
        """``slot 12``, ``drive 0``; ``@1012`` where it is not known which that is."""
        numbering = self.numbering(library_id)
        if numbering is None or numbering.assignment.type_of(address) is None:
            return f"@{address}"
        return numbering.name_of(address)

    def place(self, library_id: str, address: int | None) -> str | None:
        """``12``, ``drive:0``: as a person writes it; None for None."""
        if address is None:
            return None
        numbering = self.numbering(library_id)
        return f"@{address}" if numbering is None else str(numbering.place_of(address))


def ways(event: Event, names: PlaceNames) -> Iterator[tuple[str, str]]:
    """The label and the way of each cartridge; of an operation the one that it is about."""

    def way(*addresses: int | None) -> str:
        known = (each for each in addresses if each is not None)
        return " -> ".join(names.name(event.library_id, each) for each in known)

    first, second = event.destination_address, event.second_destination_address
    if not event.is_move:
        yield event.volume_tag or "", f"{event.kind} {way(event.source_address, first)}".rstrip()
        return
    yield event.volume_tag or "(no label)", way(event.source_address, first)
    if second is not None:
        yield event.second_volume_tag or "(no label)", way(first, second)


def result_words(event: Event, names: PlaceNames) -> str:
    """``ok``, ``not moved``, ``failed`` and so on, for people."""
    if not event.is_move:
        return _OF_OPERATIONS.get(event.state, event.state)
    words = _OF_MOVES.get(event.state, event.state)
    if event.state == "misplaced" and event.final_address is not None:
        return f"{words}: {names.name(event.library_id, event.final_address)}"
    return words


def command_words(command: str | None) -> str:
    """The program of a command line, and the command of ``changer``: ``changer load``."""
    words = (command or "").split()
    if words[:1] != ["changer"]:
        return words[0] if words else "-"
    known = {name for each in COMMANDS for name in (each.name, *each.aliases)}
    return " ".join(["changer", *[each for each in words[1:] if each in known][:1]])


def event_json(event: Event, names: PlaceNames) -> dict[str, Any]:
    """An event as documents hold it, its places as addresses and as a person writes them."""

    def place(address: int | None) -> str | None:
        return names.place(event.library_id, address)

    return {
        "at": utc_time(event.at),
        "finished_at": utc_time(event.finished_at),
        **chosen(event, *_EVENT),
        "source": place(event.source_address),
        "destination": place(event.destination_address),
        "second_destination": place(event.second_destination_address),
        "final": place(event.final_address),
    }
