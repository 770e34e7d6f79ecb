"""``changer find``: where cartridges are, by their labels, or where each was last seen."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from changer.cli.application import Application
from changer.cli.history_text import command_words, result_words, ways
from changer.cli.output import columns, count, local_time
from changer.cli.parser import Command, Parser
from changer.documents.find import found_document
from changer.errors import AmbiguousLibrary, CartridgeNotShown, ChangerError, NoLibrary, UsageError
from changer.journal.find import FoundCartridge, FoundPlace, find_cartridges, find_on_record
from changer.library.history import Event
from changer.library.place_names import PlaceNames
from changer.store.protocol import Store

if TYPE_CHECKING:
    from changer.library.library import Library
    from changer.store.records import LabelSighting


def _configure(parser: Parser) -> None:
    parser.add_argument(
        "labels",
        metavar="LABEL",
        nargs="+",
        help="a volume tag, or a pattern in quotes, such as 'A0*'",
    )
    parser.epilog = (
        "Reads the library. Of a label that it does not show: where it was last seen, and what\n"
        "moved it last."
    )


def _find(application: Application, arguments: Namespace) -> int:
    with ExitStack() as stack:
        try:
            library = stack.enter_context(application.open_library("look"))
        except (UsageError, AmbiguousLibrary):
            raise
        except ChangerError as error:
            _show_record(application, arguments.labels, error)
            raise
        try:
            application.progress.step(f"reading {library.id}")
            inventory = library.read()
        except ChangerError as error:
            found = find_cartridges(library, arguments.labels, None)
            _show(application, library.store, library.id, found, library=library)
            error.add_context("not read, and only what is on record was shown")
            raise
        found = find_cartridges(library, arguments.labels, inventory)
        _show(application, library.store, library.id, found, library=library, is_read=True)
        _require_shown(arguments.labels, found)
    return 0


def _show_record(application: Application, labels: Sequence[str], error: ChangerError) -> None:
    """What is on record of a library that can't be opened, if the store has it."""
    from changer.cli.state_forget import known_id

    request = application.request()
    with application.open_store() as store:
        records = store.libraries()
        try:
            name = request.name or records[0].id
            library_id = known_id(store, name, request.configuration)
        except (NoLibrary, UsageError, IndexError):
            return
        if request.name is None and len(records) > 1:
            return
        is_running = request.coordination.is_running
        found = find_on_record(store, library_id, labels, is_running=is_running)
        _show(application, store, library_id, found)
        error.add_context("not read, and only what is on record was shown")


def _require_shown(labels: Sequence[str], found: Sequence[FoundCartridge]) -> None:
    """Raise CartridgeNotShown unless each label is shown, and each pattern has found one."""
    missing = [each.volume_tag for each in found if not each.is_shown]
    if not found:
        raise CartridgeNotShown(
            f"no label matches {' or '.join(labels)}", hint="changer status shows every label"
        )
    if not missing:
        return
    if len(found) == 1:
        raise CartridgeNotShown(f"{missing[0]} is not shown by the library now", hint=_HINT)
    named = ", ".join(missing[:_MOST_NAMED]) + (", ..." if missing[_MOST_NAMED:] else "")
    raise CartridgeNotShown(
        f"{len(missing)} of {count(len(found), 'label')} are not shown by the library now: {named}"
        if len(missing) > 1
        else f"1 of {count(len(found), 'label')} is not shown by the library now: {named}",
        hint=_HINT,
    )


_MOST_NAMED = 5
_HINT = "changer history LABEL shows what was done with it"


def _show(
    application: Application,
    store: Store,
    library_id: str,
    found: Sequence[FoundCartridge],
    *,
    library: Library | None = None,
    is_read: bool = False,
) -> None:
    names = PlaceNames(store)
    application.output.print_json(
        "find",
        {
            "library": {"id": library_id} if library is None else _library_json(library),
            "is_read": is_read,
            "cartridges": [found_document(each, names) for each in found],
        },
    )
    rows = [row for each in found for row in _rows(each, is_read=is_read)]
    lines = [columns(rows, indent=0)] if rows else []
    for each in found:
        lines += _details(each, names, is_read=is_read)
    if lines:
        application.output.print("\n".join(lines))


def _library_json(library: Library) -> dict[str, Any]:
    from changer.cli.output import library_json

    return library_json(library)


def _rows(found: FoundCartridge, *, is_read: bool) -> Iterator[tuple[str, ...]]:
    for each in found.places:
        yield found.volume_tag, each.name, ", ".join(_notes(found, each))
    if not found.places:
        yield found.volume_tag, "not shown" if is_read else "not read"


def _notes(found: FoundCartridge, place: FoundPlace) -> Iterator[str]:
    if place.is_cleaner:
        yield "cleaner"
    if len(found.places) > 1:
        yield "label is shown more than once"
    if place.trouble is not None:
        yield f"not available: {place.trouble}"


def _details(found: FoundCartridge, names: PlaceNames, *, is_read: bool) -> Iterator[str]:
    """Lines about a label that is not shown, or that an open move is about."""
    told = [*_known(found, names, is_read=is_read), *_open(found, names)]
    if told or not found.is_shown:
        yield f"{found.volume_tag}:"
        yield from (f"  {each}" for each in told or ["nothing is on record of this label"])


def _known(found: FoundCartridge, names: PlaceNames, *, is_read: bool) -> Iterator[str]:
    if found.is_shown:
        return
    if found.last_seen is not None:
        yield _seen_words(found.last_seen, names)
    elif is_read:
        yield "no reading on record shows this label"
    if found.last_move is not None:
        yield f"last moved: {_move_words(found.last_move, found.volume_tag, names)}"
    yield from (f"now {each}" for each in found.now)


def _seen_words(seen: LabelSighting, names: PlaceNames) -> str:
    name = names.name(seen.library_id, seen.address)
    last = f"last seen in {name} on {local_time(seen.seen_at)}"
    if seen.missed_at is None:
        return last
    return f"{last}; not shown there since {local_time(seen.missed_at)}"


def _move_words(event: Event, label: str, names: PlaceNames) -> str:
    """``slot 1 -> drive 1, ok, 2026-11-29 14:00:00, by root, changer load``."""
    found = [way for tag, way in ways(event, names) if tag == label]
    parts = (*found, result_words(event, names), local_time(event.at), f"by {event.user}")
    return ", ".join([*parts, command_words(event.command)])


def _open(found: FoundCartridge, names: PlaceNames) -> Iterator[str]:
    for each in found.open_moves:
        if each.is_under_way:
            yield f"being moved: {_move_words(each, found.volume_tag, names)}"
        else:
            words = _move_words(each, found.volume_tag, names)
            yield f"a move has no known end: {words}; changer recover settles it"


COMMANDS = {
    "find": Command(
        _configure,
        _find,
        examples=(
            ("find A00001L8", "show where a cartridge is"),
            ("find A00001L8 A00002L8", "show where each of them is"),
            ("find 'A00*L8'", "show where those are whose label matches"),
        ),
    )
}
