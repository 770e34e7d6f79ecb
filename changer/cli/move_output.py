"""How a finished move is told, by all commands that make one."""

from __future__ import annotations

from typing import Any

from changer.cli.application import Application
from changer.cli.status import library_json
from changer.library.library import Library
from changer.moves.verify import MoveResult

__all__ = ["tell_moves"]


def tell_moves(
    application: Application, library: Library, *moves: MoveResult, ready: bool | None = None
) -> None:
    """Print what was moved; ``ready``: whether its drive is, None if nobody asked."""
    application.print_json(
        "moved",
        {
            "library": library_json(library),
            "moves": [_as_json(each) for each in moves],
            "ready": ready,
        },
    )
    for each in moves:
        if each.doubt:
            application.warn(f"{each.doubt}; the library shows the cartridge where it should be")
        application.print(f"moved {each.words}")


def _as_json(moved: MoveResult) -> dict[str, Any]:
    return {
        "volume_tag": moved.volume_tag,
        "source": str(moved.source),
        "destination": str(moved.destination),
        "source_address": moved.source_address,
        "destination_address": moved.destination_address,
        "doubt": moved.doubt,
    }
