"""Moves by words, and what came of them: in the caller's hands, on the wire, and in the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from changer.errors import ChangerError
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.library.settings import LibrarySettings
from changer.moves.execute import exchange, load, move, position, unload

from .virtual_library import EXCHANGE_MEDIUM, MOVE_MEDIUM, VirtualLibrary, Wire, error_of

FUNCTIONS: dict[str, Any] = {
    "load": load,
    "move": move,
    "unload": unload,
    "exchange": exchange,
    "position": position,
}
LOAD = "move 1 drive:0"


def nothing() -> None:
    """Happens around a motion where nothing is to."""


def act(library: Library, words: str) -> Any:
    """Load, move, unload, exchange or position, by words: ``move 1 drive:0``."""
    name, *places = words.split()
    return FUNCTIONS[name](library, *map(parse_place, places))


@dataclass(frozen=True)
class Came:
    """What came of an act. ``error``: its class, None for none. ``motions``: how many were sent."""

    error: type[ChangerError] | None
    told: str
    motions: int
    counted: Counter[int]


def attempt(
    library: VirtualLibrary,
    words: str = LOAD,
    *,
    before: Callable[[], None] = nothing,
    after: Callable[[], None] = nothing,
    settings: LibrarySettings | None = None,
) -> Came:
    """Act on a library that is opened for it; ``before`` and ``after`` each of its motions."""

    def around(happens: Callable[[], None]) -> Callable[[int, bytes], None]:
        return lambda _, cdb: happens() if cdb[0] in (MOVE_MEDIUM, EXCHANGE_MEDIUM) else None

    def wire(inner: Any) -> Wire:
        return Wire(inner, before=around(before), after=around(after))

    with library.counting() as counted, library.open(settings=settings, wire=wire) as opened:
        error = error_of(lambda: act(opened, words))
    told = "" if error is None else f"{error.message}; {error.hint}"
    motions = counted[MOVE_MEDIUM] + counted[EXCHANGE_MEDIUM]
    return Came(None if error is None else type(error), told, motions, counted)


def outcomes(library: VirtualLibrary) -> list[str | None]:
    """Of every move in the journal, oldest first."""
    return [row["outcome"] for row in library.rows("moves")]


def last_move(library: VirtualLibrary) -> tuple[str | None, int | None]:
    """Outcome and final address of the last move in the journal."""
    row = library.rows("moves")[-1]
    return row["outcome"], row["final_address"]
