"""``changer state check``, and the summary of a store: in words, as JSON, and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from changer.cli.application import Application
from changer.cli.output import count
from changer.printable import printable
from changer.store.maintenance.inspection import Inspection, inspect_server, inspect_store
from changer.store.maintenance.summary import CleanerContents, Contents, LibraryContents


def check(application: Application) -> int:
    """Print the result of an inspection; fail as its first problem does."""
    request = application.request()
    place = request.paths.state
    if isinstance(place, str):
        inspection = inspect_server(place, allow_async=request.configuration.allow_async)
    else:
        inspection = inspect_store(place)
    application.output.print_json(
        "state-check",
        {
            "path": str(inspection.path),
            "size": inspection.size,
            "contents": contents_json(inspection.contents),
            "problems": [
                {"code": each.code, "message": each.message, "hint": each.hint}
                for each in inspection.problems
            ],
            "notes": [{"message": each.message, "hint": each.hint} for each in inspection.notes],
        },
    )
    application.output.print(_text(inspection))
    if inspection.problems:
        first, *others = inspection.problems
        more = f"; and {count(len(others), 'problem')} more" if others else ""
        raise type(first)(f"{first.message}{more}")
    return 0


def _text(inspection: Inspection) -> str:
    lines = [str(inspection.path)]
    if inspection.size:
        lines[0] += f": {inspection.size} bytes"
    if inspection.contents is not None:
        lines[0] += f", schema {inspection.contents.schema_version}"
        lines.append(contents_text(inspection.contents))
    for word, found in (("problem", inspection.problems), ("note", inspection.notes)):
        for each in found:
            lines.append(printable(f"{word}: {each.message}"))
            lines += [printable(f"  {each.hint}")] if each.hint else []
    if not inspection.problems:
        lines.append("no problem was found")
    return "\n".join(lines)


# Contents


def contents_text(contents: Contents) -> str:
    """The summary of a store in words, a line for each library."""
    lines = [f"  {each.id}: {', '.join(_words(each))}" for each in contents.libraries]
    return "\n".join(map(printable, lines)) or "  it knows no library"


def contents_json(contents: Contents | None) -> dict[str, Any] | None:
    """The summary of a store as JSON; None when it can't be read."""
    if contents is None:
        return None
    return {
        "schema_version": contents.schema_version,
        "libraries": [
            {
                "id": each.id,
                "reserved_address": each.reserved_address,
                "reserved_addresses": list(each.reserved_addresses),
                "cleaner": {
                    "volume_tag": each.cleaner.volume_tag,
                    "cleans_left": each.cleaner.cleans_left,
                }
                if each.cleaner
                else None,
                "cleaners": [
                    {
                        "slot_address": cleaner.slot_address,
                        "volume_tag": cleaner.volume_tag,
                        "cleans_left": cleaner.cleans_left,
                        "condition": cleaner.condition,
                    }
                    for cleaner in each.cleaners
                ],
                "operations": each.operations,
                "open_operations": each.open_operations,
                "moves": each.moves,
                "open_moves": each.open_moves,
            }
            for each in contents.libraries
        ],
    }


def changes_text(before: Contents | None, after: Contents) -> str:
    """The change to each library, in words; ``before`` is None when it can't be read."""
    ids = {each.id for contents in (before, after) if contents for each in contents.libraries}
    lines = [line for each in sorted(ids) for line in _changes(each, before, after)]
    return "\n".join(map(printable, lines)) or "  no library is in either"


def _changes(library_id: str, before: Contents | None, after: Contents) -> Iterator[str]:
    now = before.library(library_id) if before else None
    then = after.library(library_id)
    if then is None:
        gone = now or LibraryContents(library_id)
        yield f"  {library_id}: is forgotten: {', '.join(_words(gone))}"
    elif now is None:
        new = "" if before is None else "is new: "
        yield f"  {library_id}: {new}{', '.join(_words(then))}"
    elif now == then:
        yield f"  {library_id}: as it is: {', '.join(_words(then))}"
    else:
        yield f"  {library_id}:"
        for one, other in zip(_words(now), _words(then), strict=True):
            yield f"    {one}" if one == other else f"    {one} -> {other}"


def _words(library: LibraryContents) -> Iterator[str]:
    yield _reserved(library.reserved_addresses)
    yield _cleaners(library.cleaners)
    yield _counted(library.operations, "operation", library.open_operations)
    yield _counted(library.moves, "move", library.open_moves)


def _reserved(addresses: tuple[int, ...]) -> str:
    if not addresses:
        return "nothing reserved"
    slots = ", ".join(f"@{each}" for each in addresses)
    return f"slot{'s' if len(addresses) > 1 else ''} {slots} reserved"


def _cleaners(cleaners: tuple[CleanerContents, ...]) -> str:
    return "; ".join(map(_cleaner, cleaners)) or "no cleaner"


def _cleaner(cleaner: CleanerContents) -> str:
    words = [f"cleaner {cleaner.volume_tag or 'without a label'}"]
    if cleaner.slot_address is None:
        words.append("away")
    if cleaner.condition != "usable":
        words.append(cleaner.condition)
    if cleaner.cleans_left is None:
        words.append("cleanings left not known")
    else:
        words.append(f"{count(cleaner.cleans_left, 'cleaning')} left")
    return ", ".join(words)


def _counted(number: int, word: str, still_open: int) -> str:
    return count(number, word) + (f" ({still_open} open)" if still_open else "")
