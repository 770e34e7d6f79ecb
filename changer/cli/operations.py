"""``changer operations``: what cleaner management is doing, and an end to what waits."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from changer.cli.application import Application
from changer.cli.output import columns, local_time, utc_time
from changer.cli.parser import Parser
from changer.errors import UsageError
from changer.journal.operations import is_running, request_stop
from changer.store.records import Operation

__all__ = ["configure", "run"]

_MOST = 1000


def configure(parser: Parser) -> None:
    """Nothing, or: stop ID."""
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


def run(application: Application, arguments: Namespace) -> int:
    """List them, or stop one."""
    if arguments.function is not None:
        return _stop(application, arguments)
    with application.open_store() as store:
        known = store.operations(limit=_MOST)
    shown = [each for each in known if arguments.all or each.finished_at is None]
    application.print_json("operations", {"operations": [_operation_json(each) for each in shown]})
    rows = [_row(each) for each in reversed(shown)]
    application.print(columns(rows, indent=0) or "nothing is under way")
    return 0


def _stop(application: Application, arguments: Namespace) -> int:
    if not arguments.id:
        raise UsageError("ID is missing", hint="changer operations lists what can be stopped")
    with application.acting_store(arguments) as store:
        matching = [
            each for each in store.operations(limit=_MOST) if each.id.startswith(arguments.id)
        ]
        if len(matching) > 1:
            raise UsageError(f"more than one operation begins with {arguments.id}")
        stopped = request_stop(store, matching[0].id if matching else arguments.id)
        application.print_json("operation-stopped", {"id": stopped.id, "kind": stopped.kind})
        application.print(f"{stopped.kind} {stopped.id} is told to stop")
    return 0


def _state(operation: Operation) -> str:
    dead = operation.finished_at is None and not is_running(operation)
    return "interrupted" if dead else operation.state


def _row(operation: Operation) -> tuple[str, ...]:
    places = [f"@{each}" for each in _addresses(operation) if each is not None]
    return (
        operation.id,
        local_time(operation.started_at),
        operation.kind,
        operation.library_id,
        _state(operation),
        " ".join(filter(None, [operation.volume_tag, " -> ".join(places)])),
        operation.result_name or "",
    )


def _addresses(operation: Operation) -> tuple[int | None, int | None]:
    return operation.slot_address, operation.drive_address


def _operation_json(operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.id,
        "library_id": operation.library_id,
        "kind": operation.kind,
        "state": _state(operation),
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
