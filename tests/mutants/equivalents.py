"""Changes that are known to change nothing that a test could see, each with its reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("equivalents.toml")


@dataclass(frozen=True)
class Equivalent:
    """One line of a module that may as well be another."""

    module: str
    was: str
    becomes: str
    why: str


@cache
def equivalents() -> frozenset[Equivalent]:
    rows = tomllib.loads(FILE.read_text()).get("equivalent", [])
    return frozenset(Equivalent(**row) for row in rows)


def is_known(module: str, diff: list[str]) -> bool:
    """A change of one line that stands in the file."""
    lines = [each for each in diff if not each.startswith(("---", "+++"))]
    was = [each[1:].strip() for each in lines if each.startswith("-")]
    becomes = [each[1:].strip() for each in lines if each.startswith("+")]
    return any(
        (each.module, [each.was], [each.becomes]) == (module, was[:1], becomes[:1])
        for each in equivalents()
    )
