"""Keys that man/changer-json.5 lists for each document, and what a real document has besides."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from documents import Line, lines_in

NAME, SECTION = "changer-json.5", "DOCUMENTS"
# Objects whose keys are data: names, numbers, operation codes, columns of a store's tables.
_BY_NAME = {"commands", "drive_commands", "attached", "fields", "others", "removed"}
_ROWS = ("changer.store/1",)


@cache
def items() -> dict[str, list[Line]]:
    """The lines of each document's item, by its schema; under "" what all of them share."""
    found: dict[str, list[Line]] = {"": []}
    schema = ""
    for line in lines_in(NAME, SECTION):
        if line.macro == "It":
            schema = " ".join(line.arguments("Sy"))
            assert schema not in found, f"{schema} is listed twice"
            found[schema] = []
        else:
            found[schema].append(line)
    return found


@cache
def keys_of(schema: str) -> frozenset[str]:
    """The keys that a document of this schema may have, those of what it refers to included."""
    keys = {"schema"} | {word for each in items()[""] for word in each.arguments("Va")}
    for line in items()[schema]:
        keys |= {*line.arguments("Va")}
        for other in line.arguments("Sy"):
            keys |= keys_of(other)
    return frozenset(keys)


def undocumented(document: dict[str, Any]) -> list[str]:
    """Keys of a document, and of all that is in it, that the manual does not list for it."""
    schema = document["schema"]
    return [] if schema in _ROWS else [*_missing(document, keys_of(schema))]


def _missing(value: Any, known: frozenset[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _missing(each, known)
    elif isinstance(value, dict):
        listed = keys_of(value["schema"]) if "schema" in value else known
        for key, inner in value.items():
            if key not in listed:
                yield key
            elif key not in _BY_NAME:
                yield from _missing(inner, listed)
