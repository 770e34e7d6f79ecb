"""``changer.overview/1``: all that is known of a library, for pages and programs."""

from __future__ import annotations

from typing import Any

from changer.documents.cleaner import cleaner_document, family_document
from changer.documents.history import event_document, operation_document
from changer.events.document import event_json
from changer.host.clock import utc_time
from changer.library.columns import as_document
from changer.library.history import event_of_move
from changer.overview.overview import MoveShown, OperatorTask, Overview, Reading, Trouble
from changer.values import chosen


def overview_document(overview: Overview) -> dict[str, Any]:
    """The overview; what was not read yet is null, and what is the past is said to be."""
    reading, records = overview.reading, overview.records
    return {
        "schema": "changer.overview/1",
        "library": library_document(overview),
        "taken_at": utc_time(None if records is None else records.at),
        "interval_seconds": overview.interval_seconds,
        "state": overview.state,
        "reading": None if reading is None else _reading_document(reading),
        "trouble": _trouble_document(overview.trouble),
        "records_trouble": _trouble_document(overview.records_trouble),
        "status": None if reading is None else as_document(reading.status),
        "cleaners": [] if reading is None else _cleaners(reading),
        "families": [] if reading is None else _families(reading),
        "attention": as_document(overview.attention),
        "operations": [
            operation_document(each.record, each.state)
            for each in (() if records is None else records.operations)
        ],
        "moves": [
            _move_document(each, overview) for each in (() if records is None else records.moves)
        ],
        "tasks": [_task_document(each) for each in overview.tasks],
        "lock": None
        if records is None or records.lock is None
        else chosen(records.lock, "held", "holder", "waiting"),
        "events": [event_json(each) for each in (() if records is None else records.lasting)],
    }


def library_document(overview: Overview) -> dict[str, str | None]:
    """The ``library`` object; of one that was never seen, its id alone is known."""
    if overview.identity is None:
        keys = ("vendor", "product", "revision", "serial")
        shown = {"id": overview.library_id, "alias": overview.alias, "device": overview.device}
        return {**shown, **dict.fromkeys(keys)}
    shown = overview.identity.as_document(alias=overview.alias, device=overview.device)
    return {**shown, "id": overview.library_id}


def _reading_document(reading: Reading) -> dict[str, Any]:
    return {"at": utc_time(reading.at), "took_seconds": round(reading.took_seconds, 3)}


def _trouble_document(trouble: Trouble | None) -> dict[str, Any] | None:
    if trouble is None:
        return None
    return {**chosen(trouble, "code", "message", "hint"), "since": utc_time(trouble.since)}


def _cleaners(reading: Reading) -> list[dict[str, Any]]:
    return [cleaner_document(each, reading.numbering) for each in reading.stock.cleaners]


def _families(reading: Reading) -> list[dict[str, Any]]:
    return [family_document(each, reading.numbering) for each in reading.stock.families]


def _move_document(move: MoveShown, overview: Overview) -> dict[str, Any]:
    state = "in-progress" if move.is_running else "open"
    event = event_of_move(move.record, state)
    shown = event_document(event, lambda _, address: overview.place_of(address))
    return {**shown, "is_running": move.is_running}


def _task_document(task: OperatorTask) -> dict[str, Any]:
    shown = chosen(task, "operation_id", "kind", "words")
    return {**shown, "since": utc_time(task.since)}
