"""``changer state check``: what is wrong with the state store, and what to do about it."""

from __future__ import annotations

from typing import Any

from changer.cli.application import Application
from changer.cli.output import count
from changer.cli.state_text import contents_json, contents_text
from changer.errors import ChangerError
from changer.printable import printable
from changer.store.maintenance.inspection import Inspection, inspect_store

__all__ = ["check"]


def check(application: Application) -> int:
    """Print all that was found; fail as the first problem does."""
    inspection = inspect_store(application.request().paths.state)
    application.output.print_json(
        "state-check",
        {
            "path": str(inspection.path),
            "size": inspection.size,
            "contents": contents_json(inspection.contents),
            "problems": [_problem_json(each) for each in inspection.problems],
            "notes": [{"message": each.message, "hint": each.hint} for each in inspection.notes],
        },
    )
    application.output.print(_text(inspection))
    if inspection.problems:
        first, *others = inspection.problems
        more = f"; and {count(len(others), 'problem')} more" if others else ""
        raise type(first)(f"{first.message}{more}")
    return 0


def _problem_json(problem: ChangerError) -> dict[str, Any]:
    return {"code": problem.code, "message": problem.message, "hint": problem.hint}


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
