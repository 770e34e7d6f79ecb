"""Moves, loads, unloads and exchanges, to be killed."""

from __future__ import annotations

from cleaning.cleaner_library import CleanerLibrary

from changer.library.addressing import parse_place
from changer.moves.execute import exchange, load, unload

from .aftermath import Aftermath
from .scenario import Scenario, alone, moving

__all__ = ["MOVES"]


def _loaded_drive(library: CleanerLibrary) -> None:
    """Drive 1 holds A00002L8."""
    library.move_behind_our_back("2", "drive:1")


def _then_move(after: Aftermath) -> None:
    assert after.run(moving("3", "4")) == "done"


MOVES = (
    Scenario("move", alone(moving("1", "9")), _loaded_drive, _then_move, pages=True),
    Scenario("move, first command of all", alone(moving("1", "9")), is_first=True, pages=True),
    Scenario(
        "load",
        alone(lambda library: load(library, parse_place("1"), parse_place("drive:0"))),
        _loaded_drive,
        _then_move,
    ),
    Scenario(
        "unload",
        alone(lambda library: unload(library, parse_place("drive:1"))),
        _loaded_drive,
        _then_move,
    ),
    Scenario(
        "exchange",
        alone(lambda library: exchange(library, parse_place("1"), parse_place("drive:1"))),
        _loaded_drive,
        _then_move,
    ),
)
