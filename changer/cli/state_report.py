"""``changer state check``, and the summary of a store: in words, as JSON, and compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from changer.cli.application import Application
from changer.cli.output import count
from changer.printable import printable
from changer.store.maintenance.inspection import Inspection, inspect_store
from changer.store.maintenance.summary import Contents, LibraryContents

_NOTHING = LibraryContents("", None, 0, None, None, 0, 0, 0, 0)


def check(application: Application) -> int:
    """Print the result of an inspection; fail as its first problem does."""
    inspection = inspect_store(application.request().paths.state)
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
                "cleaner": {"volume_tag": each.volume_tag, "cleans_left": each.cleans_left}
                if each.has_cleaner
                else None,
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
        yield f"  {library_id}: is forgotten: {', '.join(_words(now or _NOTHING))}"
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
    if library.reserved_address is None:
        yield "nothing reserved"
    else:
        yield f"slot @{library.reserved_address} reserved"
    yield _cleaner(library)
    yield _counted(library.operations, "operation", library.open_operations)
    yield _counted(library.moves, "move", library.open_moves)


def _cleaner(library: LibraryContents) -> str:
    if not library.has_cleaner:
        return "no cleaner"
    left = "cleans left not known"
    if library.cleans_left is not None:
        left = f"{count(library.cleans_left, 'clean')} left"
    return f"cleaner {library.volume_tag or 'without a label'}, {left}"


def _counted(number: int, word: str, still_open: int) -> str:
    return count(number, word) + (f" ({still_open} open)" if still_open else "")
