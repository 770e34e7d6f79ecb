"""History of a library: its operations and moves in one list, newest first."""

from __future__ import annotations

from collections.abc import Callable

from changer.store.protocol import Store
from changer.store.records import Move, Operation
from changer.values import dataclass

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Event:
    """One operation or move; times in seconds since the epoch, addresses of elements.

    ``state``: as of Operation and Move; ``interrupted`` without an end when its process is gone.
    ``result``: the RSM name of an operation's result, or the outcome of a move; None while it
    runs, or when it was interrupted.
    """

    at: float
    library_id: str
    kind: str
    state: str
    result: str | None
    code: int | None
    operation_id: str | None
    volume_tag: str | None
    source_address: int | None
    destination_address: int | None
    finished_at: float | None
    message: str | None
    process_id: int


def history(
    store: Store,
    library_id: str | None,
    *,
    limit: int,
    is_running: Callable[[Operation | Move], bool],
) -> tuple[Event, ...]:
    """The newest ``limit`` events of one library, or of all.

    In the order in which they began, not of their times: clocks go back.
    """
    numbered = [
        ((each.sequence, 0), _of_operation(each, state_of(each, is_running)))
        for each in store.operations(library_id, limit=limit)
    ]
    numbered += [
        ((each.operations_before, each.id), _of_move(each, state_of(each, is_running)))
        for each in store.moves(library_id, limit=limit)
    ]
    numbered.sort(key=lambda each: each[0], reverse=True)
    return tuple(event for _, event in numbered[:limit])


def state_of(record: Operation | Move, is_running: Callable[[Operation | Move], bool]) -> str:
    """``interrupted``, or the state on record; of a move its outcome."""
    if record.finished_at is None and not is_running(record):
        return INTERRUPTED
    if isinstance(record, Move):
        return record.outcome or "in-progress"
    return record.state


def _of_operation(operation: Operation, state: str) -> Event:
    is_clean = operation.kind == "clean"
    return Event(
        at=operation.started_at,
        library_id=operation.library_id,
        kind=operation.kind,
        state=state,
        result=operation.result_name,
        code=operation.result_code,
        operation_id=operation.id,
        volume_tag=operation.volume_tag,
        source_address=operation.slot_address if is_clean else None,
        destination_address=operation.drive_address if is_clean else operation.slot_address,
        finished_at=operation.finished_at,
        message=operation.message,
        process_id=operation.process_id,
    )


def _of_move(move: Move, state: str) -> Event:
    return Event(
        at=move.started_at,
        library_id=move.library_id,
        kind=move.kind,
        state=state,
        result=move.outcome,
        code=None,
        operation_id=move.operation_id,
        volume_tag=move.volume_tag,
        source_address=move.source_address,
        destination_address=move.destination_address,
        finished_at=move.finished_at,
        message=move.message,
        process_id=move.process_id,
    )
