"""A load that goes wrong, and what the journal says of it."""

from __future__ import annotations

from changer.errors import ChangerError
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.moves.execute import move

from .virtual_library import MOVE_MEDIUM, VirtualLibrary, error_of


def load(library: Library) -> object:
    return move(library, parse_place("1"), parse_place("drive:0"))


def load_failing(library: VirtualLibrary) -> ChangerError:
    """The error of loading slot 1, which must send one motion command at most."""
    with library.counting() as counted, library.open() as opened:
        error = error_of(lambda: load(opened))
    assert error is not None, "it did not fail"
    assert counted[MOVE_MEDIUM] <= 1, "a move was sent again blindly"
    return error


def last_move(library: VirtualLibrary) -> tuple[str | None, int | None]:
    """Outcome and final address of the last move in the journal."""
    row = library.rows("moves")[-1]
    return row["outcome"], row["final_address"]
