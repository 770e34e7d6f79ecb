"""Words for what the history has: places, ways, results and commands."""

from __future__ import annotations

from collections.abc import Iterator

from changer.cli.commands import COMMANDS
from changer.library.history import INTERRUPTED, Event
from changer.library.place_names import PlaceNames

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
