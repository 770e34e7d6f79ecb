"""History of a library: its operations and moves in one list, newest first."""

from __future__ import annotations

from collections.abc import Callable

from changer.store.protocol import Store
from changer.store.records import JournalQuery, Move, Operation
from changer.values import dataclass

INTERRUPTED = "interrupted"
_IN_PROGRESS = "in-progress"


@dataclass(frozen=True, slots=True)
class Event:
    """One operation or move; times in seconds since the epoch, addresses of elements.

    ``state``: as of Operation and Move; ``interrupted`` without an end when its process is gone.
    ``result``: the RSM name of an operation's result, or the outcome of a move; None while it
    runs, or when it was interrupted. ``second_volume_tag``: the cartridge that an exchange moves
    from ``destination_address`` to ``second_destination_address``. ``final_address``: where the
    first cartridge of a move was found. ``command``: the command line, where it is on record.
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
    user: str
    command: str | None
    second_volume_tag: str | None = None
    second_destination_address: int | None = None
    final_address: int | None = None

    @property
    def is_move(self) -> bool:
        """Whether it is a move or an exchange."""
        return self.kind in ("move", "exchange")

    @property
    def is_failed(self) -> bool:
        """Whether it has ended, and was not completed."""
        return self.finished_at is not None and self.state != "completed"

    @property
    def is_under_way(self) -> bool:
        """Whether its process is at it."""
        return self.finished_at is None and self.state != INTERRUPTED


def history(
    store: Store,
    library_id: str | None,
    *,
    limit: int,
    is_running: Callable[[Operation | Move], bool],
    query: JournalQuery | None = None,
) -> tuple[Event, ...]:
    """The newest ``limit`` events of one library, or of all; ``query``: those that are meant.

    In the order in which they began, not of their times: clocks go back.
    """
    wanted = (query or JournalQuery())._replace(library_id=library_id)
    fetched = limit + _under_way(store, library_id) if wanted.is_failed else limit
    numbered = [
        ((each.sequence, 0), _of_operation(each, state_of(each, is_running)))
        for each in store.find_operations(wanted, limit=fetched)
    ]
    numbered += [
        ((each.operations_before, each.id), event_of_move(each, state_of(each, is_running)))
        for each in store.find_moves(wanted, limit=fetched)
    ]
    numbered.sort(key=lambda each: each[0], reverse=True)
    events = (event for _, event in numbered if not (wanted.is_failed and event.is_under_way))
    return tuple(events)[:limit]


def _under_way(store: Store, library_id: str | None) -> int:
    """How many events have no end, and so may be taken for failed ones."""
    ids = [each.id for each in store.libraries()] if library_id is None else [library_id]
    return sum(
        len(store.unfinished_operations(each)) + len(store.unsettled_moves(each)) for each in ids
    )


def state_of(record: Operation | Move, is_running: Callable[[Operation | Move], bool]) -> str:
    """``interrupted``, or the state on record; of a move its outcome."""
    if record.finished_at is None and not is_running(record):
        return INTERRUPTED
    if isinstance(record, Move):
        return record.outcome or _IN_PROGRESS
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
        user=operation.user,
        command=operation.command,
    )


def event_of_move(move: Move, state: str) -> Event:
    """A move as an event; ``state``: as ``state_of`` returns it."""
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
        user=move.user,
        command=move.command,
        second_volume_tag=move.second_volume_tag,
        second_destination_address=move.second_destination_address,
        final_address=move.final_address,
    )
