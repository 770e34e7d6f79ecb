"""``changer history`` and ``operations``: what was done and what is under way, from the store."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

from changer.cli.application import Application
from changer.cli.history_text import command_words, result_words, ways
from changer.cli.output import columns, local_time
from changer.cli.parser import Command, Parser, offer, whole_number
from changer.cli.time_argument import HINT, point_in_time
from changer.documents.history import event_document, operation_document
from changer.errors import ChangerError, DeviceNotAvailable, NoLibrary, UsageError
from changer.journal.operations import request_stop
from changer.library.addressing import Place, PlaceKind, parse_drive, parse_place
from changer.library.history import Event, history, state_of
from changer.library.place_names import PlaceNames
from changer.store.protocol import Store
from changer.store.records import JournalQuery, Operation

_MOST_OPERATIONS = 1000
_PRUNE = "prune"


def _configure_history(parser: Parser) -> None:
    add = parser.add_argument
    what = add(
        "what",
        metavar="LABEL|PLACE",
        nargs="?",
        help="of one cartridge, or of one element; prune: delete what is old",
    )
    offer(what, lambda: (_PRUNE,))
    add("--since", metavar="TIME", help="what began then or later: 2026-11-29, 14:00, 3d")
    add("--until", metavar="TIME", help="what began then or before; a day is meant to its end")
    add("--drive", metavar="DRIVE", help="what a drive had part in")
    add("--user", metavar="USER", help="what this user did")
    add("--failed", action="store_true", help="what was not completed")
    add("--limit", metavar="N", type=_positive, help="the newest N (default: 50)")
    add("--all", action="store_true", help="of every library in the store")
    add("--before", metavar="TIME", help="prune: what ended before")
    add("--yes", action="store_true", help="prune: do not ask")
    parser.add_dry_run()
    parser.epilog = (
        f"Reads the store alone: a library that is on record need not be there.\nTimes: {HINT}."
    )


def _positive(text: str) -> int:
    return whole_number(text, least=1, most=1_000_000)


def _history(application: Application, arguments: Namespace) -> int:
    if arguments.what == _PRUNE:
        from changer.cli.history_prune import prune

        return prune(application, arguments)
    for name in ("before", "yes", "dry_run"):
        if getattr(arguments, name):
            raise UsageError(
                f"--{name.replace('_', '-')} is an option of changer history prune",
                hint="changer history --help shows how it is used",
            )
    if arguments.all:
        with application.open_store() as store:
            return _show(application, arguments, store, None)
    try:
        library = application.open_library("read")
    except (DeviceNotAvailable, NoLibrary) as error:
        return _history_on_record(application, arguments, error)
    with library:
        return _show(application, arguments, library.store, library.id)


def _history_on_record(application: Application, arguments: Namespace, error: ChangerError) -> int:
    """Of a library that is not here now, if it is on record; else raise the error."""
    from changer.library.away import find_known

    with application.open_store() as store:
        request = application.request()
        known = find_known(request.name, store.libraries(), is_whole_id=request.is_whole_id)
        if known is None:
            raise error
        return _show(application, arguments, store, known.id)


def _show(
    application: Application, arguments: Namespace, store: Store, library_id: str | None
) -> int:
    request, names = application.request(), PlaceNames(store)
    now = request.clock.now()
    query = _query(arguments, names, library_id, now=now)
    events = history(
        store,
        library_id,
        limit=arguments.limit or _LIMIT,
        is_running=request.coordination.is_running,
        query=query,
    )
    application.output.print_json(
        "history", {"events": [event_document(each, names.place) for each in events]}
    )
    # Oldest first, as a log reads.
    rows = [
        row for each in reversed(events) for row in _rows(each, names, name_library=arguments.all)
    ]
    nothing = "no history on record" if query == JournalQuery() else "nothing on record matches"
    application.output.print(columns(rows, indent=0) or nothing)
    return 0


_LIMIT = 50


def _query(
    arguments: Namespace, names: PlaceNames, library_id: str | None, *, now: float
) -> JournalQuery:
    """What the options mean. Raises UsageError."""
    query = JournalQuery(user=arguments.user, is_failed=arguments.failed)
    if arguments.since is not None:
        query = query._replace(since=point_in_time(arguments.since, now=now, is_end=False))
    if arguments.until is not None:
        query = query._replace(until=point_in_time(arguments.until, now=now, is_end=True))
    places = [] if arguments.drive is None else [parse_drive(arguments.drive)]
    if arguments.what is not None:
        place = parse_place(arguments.what)
        if place.kind is PlaceKind.TAG:
            query = query._replace(volume_tag=place.tag)
        else:
            places.append(place)
    return query._replace(addresses=tuple(_address(each, names, library_id) for each in places))


def _address(place: Place, names: PlaceNames, library_id: str | None) -> int:
    """The element address of a place. Raises UsageError where that is not known."""
    if place.kind is PlaceKind.ADDRESS:
        return place.number
    if library_id is None:
        raise UsageError(
            f"{place} is not the same element in every library",
            hint="name one with --library, or an element address, such as @1000",
        )
    numbering = names.numbering(library_id)
    if numbering is None:
        raise UsageError(
            f"which element {place} is, is not on record before a first reading",
            hint="changer status reads the library; or name its address, such as @1000",
        )
    return numbering.address_of(place)


def _rows(event: Event, names: PlaceNames, *, name_library: bool) -> Iterator[tuple[str, ...]]:
    """A line for each cartridge: time, label, way, result, user, command, and what to know."""
    library = (event.library_id,) if name_library else ()
    result = result_words(event, names)
    # Of a completed move: how its end was found out, or that the cartridge left the library.
    message = event.message or "" if event.is_move or event.is_failed else ""
    for label, way in ways(event, names):
        said = (result, event.user, command_words(event.command), message)
        yield (local_time(event.at), *library, label, way, *said)


def _cartridge_text(volume_tag: str | None, *addresses: int | None) -> str:
    """``A00001L8 @1001 -> @500``, without what is not known."""
    places = [f"@{each}" for each in addresses if each is not None]
    return " ".join(filter(None, [volume_tag, " -> ".join(places)]))


def _configure_operations(parser: Parser) -> None:
    parser.add_argument(
        "function",
        metavar="stop",
        nargs="?",
        choices=["stop"],
        help="end an operation that waits for someone",
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
        "operations", {"operations": [operation_document(*each) for each in shown]}
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
        application.output.print(f"{stopped.kind} {stopped.id} was asked to stop")
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


COMMANDS = {
    "history": Command(
        _configure_history,
        _history,
        examples=(
            ("history A00001L8", "show what was done with a cartridge"),
            ("history --since yesterday --failed", "show what failed since yesterday"),
            ("history prune --before 2025-01-01 --dry-run", "count what would be deleted"),
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
