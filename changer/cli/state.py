"""``changer state``: the state store."""

from __future__ import annotations

import sys
from argparse import Namespace

from changer.cli.application import Application
from changer.cli.output import ask, columns, local_time
from changer.cli.parser import Parser
from changer.errors import NoLibrary, UsageError
from changer.store import Store

__all__ = ["configure", "run"]


def configure(parser: Parser) -> None:
    """list and forget."""
    functions = parser.add_functions()
    functions.add("list", "the libraries that the store knows")
    forget = functions.add("forget", "delete all about a library: reservation, cleaner, history")
    forget.add_argument("forgotten", metavar="LIBRARY", help="its id, part of one, or its device")
    forget.add_argument("--yes", action="store_true", help="do not ask")


def run(application: Application, arguments: Namespace) -> int:
    """One of the functions."""
    with application.open_store() as store:
        if arguments.function == "list":
            return _list(application, store)
        return _forget(application, store, arguments)


def _list(application: Application, store: Store) -> int:
    records = store.libraries()
    application.print_json(
        "state",
        {
            "libraries": [
                {
                    "id": each.id,
                    "device": each.device,
                    "reserved_address": _reserved_address(store, each.id),
                }
                for each in records
            ]
        },
    )
    rows = [
        (each.id, each.device or "-", f"last seen {local_time(each.last_seen_at)}")
        for each in records
    ]
    application.print(columns(rows, indent=0) or "the store knows no library yet")
    return 0


def _reserved_address(store: Store, library_id: str) -> int | None:
    reservation = store.reservation(library_id)
    return reservation.slot_address if reservation else None


def _forget(application: Application, store: Store, arguments: Namespace) -> int:
    library_id = _known_id(store, arguments.forgotten)
    if not arguments.yes:
        _ask(store, library_id)
    store.forget_library(library_id)
    application.print_json("forgotten", {"library": {"id": library_id}})
    application.print(f"{library_id} is forgotten")
    return 0


def _known_id(store: Store, name: str) -> str:
    records = store.libraries()
    ids = [each.id for each in records]
    matching = [each.id for each in records if name in (each.id, each.device)] or [
        each for each in ids if name.lower() in each.lower()
    ]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise UsageError(f"more than one library is {name!r}", hint=", ".join(matching))
    known = f"it knows {', '.join(ids)}" if ids else "it knows none"
    raise NoLibrary(f"the store knows no library {name!r}", hint=known)


def _ask(store: Store, library_id: str) -> None:
    """Go on only after a typed yes; without a terminal to ask, refuse."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            f"forgetting {library_id} has to be confirmed", hint="add --yes to do it unasked"
        )
    reserved = _reserved_address(store, library_id)
    reservation = "" if reserved is None else f"the reservation of slot @{reserved}, "
    ask(f"Forget {library_id}: {reservation}its history, all that is kept? [yes/No] ")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("not confirmed, nothing was forgotten")
