"""Rows of a store that no store has: a move that is under way, and an operation that waits."""

from __future__ import annotations

from typing import Any

from changer.store.records import Move, Operation
from changer.values import replace

_MOVE = Move(
    id=1,
    library_id="L",
    operation_id=None,
    kind="move",
    source_address=1000,
    destination_address=500,
    second_destination_address=None,
    volume_tag="A00001L8",
    second_volume_tag=None,
    started_at=1.0,
    process_id=77,
    user="root",
    outcome=None,
    final_address=None,
    finished_at=None,
    message=None,
    host_id=None,
    operations_before=0,
)
_OPERATION = Operation(
    id="408c",
    library_id="L",
    kind="insert",
    state="waiting",
    started_at=1.0,
    finished_at=None,
    slot_address=1011,
    drive_address=None,
    volume_tag=None,
    result_name=None,
    result_code=None,
    message=None,
    process_id=77,
    user="root",
    process_identity=None,
    stop_requested_at=None,
    cleans_left=None,
    use_counted=0,
    host_id=None,
    sequence=1,
)


def a_move(**said: Any) -> Move:
    """From @1000 to @500, but for what is said."""
    return _MOVE._replace(**said)


def an_operation(**said: Any) -> Operation:
    """An insertion into @1011, but for what is said."""
    return replace(_OPERATION, **said)
