"""``changer history`` and ``operations``: what was done and what is under way, from the store."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from changer.cli.application import Application
from changer.cli.output import chosen, columns, local_time, utc_time
from changer.cli.parser import Command, Parser, whole_number
from changer.errors import UsageError
from changer.journal.operations import request_stop
from changer.library.history import INTERRUPTED, Event, history, state_of
from changer.store.records import Operation

_MOST_OPERATIONS = 1000
_MOVES = ("move", "exchange")
_EVENT = (
    "at",
    "library_id",
    "kind",
    "state",
    "result",
    "code",
    "operation_id",
    "volume_tag",
    "source_address",
    "destination_address",
    "finished_at",
    "message",
    "process_id",
)


def _configure_history(parser: Parser) -> None:
    parser.add_argument(
        "--limit", metavar="N", type=_positive, default=50, help="the newest N (default: 50)"
    )
    parser.add_argument("--all", action="store_true", help="of every library in the store")
    parser.epilog = "Reads the store alone; with --all the library need not be there."


def _positive(text: str) -> int:
    return whole_number(text, least=1, most=1_000_000)


def _history(application: Application, arguments: Namespace) -> int:
    is_running = application.request().coordination.is_running
    limit = arguments.limit
    if arguments.all:
        with application.open_store() as store:
            events = history(store, None, limit=limit, is_running=is_running)
    else:
        with application.open_library("read") as library:
            events = history(library.store, library.id, limit=limit, is_running=is_running)
    application.output.print_json("history", {"events": [_event_json(each) for each in events]})
    # Oldest first, as a log reads.
    rows = [_event_row(each, name_library=arguments.all) for each in reversed(events)]
    application.output.print(columns(rows, indent=0) or "nothing was done yet")
    return 0


def _event_row(event: Event, *, name_library: bool) -> tuple[str, ...]:
    library = (event.library_id,) if name_library else ()
    what = _cartridge_text(event.volume_tag, event.source_address, event.destination_address)
    failed = event.state not in ("completed", "in-progress", "waiting", "submitted", INTERRUPTED)
    # Of a completed move: how its end was found out, or that the cartridge left the library.
    message = event.message or "" if failed or event.kind in _MOVES else ""
    result = event.result or event.state
    return (local_time(event.at), *library, event.kind, what, result, message)


def _cartridge_text(volume_tag: str | None, *addresses: int | None) -> str:
    """``A00001L8 @1001 -> @500``, without what is not known."""
    places = [f"@{each}" for each in addresses if each is not None]
    return " ".join(filter(None, [volume_tag, " -> ".join(places)]))


def _event_json(event: Event) -> dict[str, Any]:
    times = {"at": utc_time(event.at), "finished_at": utc_time(event.finished_at)}
    return {**chosen(event, *_EVENT), **times}


def _configure_operations(parser: Parser) -> None:
    parser.add_argument(
        "function",
        metavar="stop",
        nargs="?",
        choices=["stop"],
        help="end one that waits for a person",
    )
    parser.add_argument("id", metavar="ID", nargs="?", help="its id, or the beginning of it")
    parser.add_argument("--all", action="store_true", help="also those that have ended")
    parser.add_dry_run()
    parser.epilog = "Reads the store alone, of every library."


def _operations(application: Application, arguments: Namespace) -> int:
    if arguments.function is not None:
        return _stop(application, arguments)
    with application.open_store() as store:
        known = store.operations(limit=_MOST_OPERATIONS)
    is_running = application.request().coordination.is_running
    shown = [
        (each, state_of(each, is_running))
        for each in known
        if arguments.all or each.finished_at is None
    ]
    application.output.print_json(
        "operations", {"operations": [_operation_json(*each) for each in shown]}
    )
    rows = [_operation_row(*each) for each in reversed(shown)]
    application.output.print(columns(rows, indent=0) or "nothing is under way")
    return 0


def _stop(application: Application, arguments: Namespace) -> int:
    if not arguments.id:
        raise UsageError("ID is missing", hint="changer operations lists what can be stopped")
    with application.acting_store(arguments) as store:
        known = store.operations(limit=_MOST_OPERATIONS)
        matching = [each.id for each in known if each.id.startswith(arguments.id)]
        if len(matching) > 1:
            raise UsageError(f"more than one operation begins with {arguments.id}")
        coordination = application.request().coordination
        stopped = request_stop(coordination, store, matching[0] if matching else arguments.id)
        application.output.print_json("operation-stopped", {"id": stopped.id, "kind": stopped.kind})
        application.output.print(f"{stopped.kind} {stopped.id} is told to stop")
    return 0


def _operation_row(operation: Operation, state: str) -> tuple[str, ...]:
    return (
        operation.id,
        local_time(operation.started_at),
        operation.kind,
        operation.library_id,
        state,
        _cartridge_text(operation.volume_tag, operation.slot_address, operation.drive_address),
        operation.result_name or "",
    )


def _operation_json(operation: Operation, state: str) -> dict[str, Any]:
    return {
        "id": operation.id,
        "library_id": operation.library_id,
        "kind": operation.kind,
        "state": state,
        "started_at": utc_time(operation.started_at),
        "finished_at": utc_time(operation.finished_at),
        "slot_address": operation.slot_address,
        "drive_address": operation.drive_address,
        "volume_tag": operation.volume_tag,
        "result": operation.result_name,
        "code": operation.result_code,
        "message": operation.message,
        "process_id": operation.process_id,
        "user": operation.user,
    }


COMMANDS = {
    "history": Command(
        _configure_history,
        _history,
        examples=(
            ("history", "show the last 50 events"),
            ("history --limit 500", "show the last 500"),
            ("history --all", "show those of every library on record"),
        ),
    ),
    "operations": Command(
        _configure_operations,
        _operations,
        examples=(
            ("operations", "list operations under way"),
            ("operations --all", "include finished operations"),
            ("operations stop 408c", "stop the one whose id begins with 408c"),
        ),
    ),
}
