"""What is on record of a library that may want attention; no command is sent for it."""

from __future__ import annotations

from collections.abc import Callable

from changer.library.findings import StoreFacts
from changer.library.library import Library
from changer.store.protocol import Store
from changer.store.records import Move, Operation


def store_facts(library: Library) -> StoreFacts:
    """What the store has of it now, and which of its processes live."""
    return facts_on_record(
        library.store,
        library.id,
        is_running=library.context.coordination.is_running,
        cleans_itself=library.settings.auto_clean == "library",
    )


def facts_on_record(
    store: Store,
    library_id: str,
    *,
    is_running: Callable[[Operation | Move], bool],
    cleans_itself: bool,
) -> StoreFacts:
    """The same of a library that is not open. ``cleans_itself``: by its settings."""
    moves = [(each, is_running(each)) for each in store.unsettled_moves(library_id)]
    operations = [(each, is_running(each)) for each in store.unfinished_operations(library_id)]
    cleaners = store.cleaners(library_id)
    return StoreFacts(
        open_moves=tuple(each for each, runs in moves if not runs),
        moves_under_way=tuple(each for each, runs in moves if runs),
        interrupted=tuple(each for each, runs in operations if not runs),
        waiting=tuple(each for each, runs in operations if runs and each.state == "waiting"),
        cleaners=tuple(each for each in cleaners if each.slot_address is not None),
        cleans_itself=cleans_itself,
    )
