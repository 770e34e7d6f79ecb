"""What is on record of a library that may want attention; no command is sent for it."""

from __future__ import annotations

from changer.library.findings import StoreFacts
from changer.library.library import Library


def store_facts(library: Library) -> StoreFacts:
    """What the store has of it now, and which of its processes live."""
    store, is_running = library.store, library.context.coordination.is_running
    moves = [(each, is_running(each)) for each in store.unsettled_moves(library.id)]
    operations = [(each, is_running(each)) for each in store.unfinished_operations(library.id)]
    cleaners = store.cleaners(library.id)
    return StoreFacts(
        open_moves=tuple(each for each, runs in moves if not runs),
        moves_under_way=tuple(each for each, runs in moves if runs),
        interrupted=tuple(each for each, runs in operations if not runs),
        waiting=tuple(each for each, runs in operations if runs and each.state == "waiting"),
        cleaners=tuple(each for each in cleaners if each.slot_address is not None),
        cleans_itself=library.settings.auto_clean == "library",
    )
