"""What is told of the journal: a move that is open, whose cartridge may be on its way."""

from __future__ import annotations

from changer.events.news import Fact
from changer.store.records import Move


def open_move(move: Move, message: str, *, library_id: str) -> Fact:
    """The fact of an open move; its end is not told."""
    return Fact(
        "move-open",
        str(move.id),
        f"{library_id}: {message}",
        fields={
            "move_id": move.id,
            "volume_tag": move.volume_tag,
            "source_address": move.source_address,
            "destination_address": move.destination_address,
            "operation_id": move.operation_id,
        },
    )
