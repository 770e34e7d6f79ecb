"""``changer history``: what was reserved, released and moved."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from typing import Any

from changer.cli.application import Application
from changer.cli.output import columns, local_time, utc_time
from changer.cli.parser import Parser, whole_number
from changer.library.history import Event, history

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """How much."""
    parser.add_argument(
        "--limit", metavar="N", type=_positive, default=50, help="the newest N (default: 50)"
    )
    parser.add_argument("--all", action="store_true", help="of every library in the store")
    parser.epilog = "Reads the store alone; with --all the library need not be there."


def _positive(text: str) -> int:
    return whole_number(text, least=1, most=1_000_000)


def run(application: Application, arguments: Namespace) -> int:
    """Print it, oldest first, as a log reads."""
    if arguments.all:
        with application.open_store() as store:
            events = history(store, None, limit=arguments.limit)
    else:
        with application.open_library() as library:
            events = history(library.store, library.id, limit=arguments.limit)
    application.print_json("history", {"events": [_as_json(each) for each in events]})
    rows = [_row(each, name_library=arguments.all) for each in reversed(events)]
    application.print(columns(rows, indent=0) or "nothing was done yet")
    return 0


def _row(event: Event, *, name_library: bool) -> tuple[str, ...]:
    places = [
        f"@{address}"
        for address in (event.source_address, event.destination_address)
        if address is not None
    ]
    library = (event.library_id,) if name_library else ()
    what = " ".join(filter(None, [event.volume_tag, " -> ".join(places)]))
    failed = event.state not in ("completed", "in-progress", "waiting", "submitted")
    message = event.message or "" if failed else ""
    result = event.result or event.state
    return (local_time(event.at), *library, event.kind, what, result, message)


def _as_json(event: Event) -> dict[str, Any]:
    return {**asdict(event), "at": utc_time(event.at), "finished_at": utc_time(event.finished_at)}
