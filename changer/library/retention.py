"""History that is older than the settings ask for is deleted, at most once a day."""

from __future__ import annotations

from contextlib import suppress

from changer.errors import StoreError
from changer.store.protocol import Store

DAY_SECONDS = 86_400.0


def keep_days(store: Store, library_id: str, *, days: int, last_seen_at: float, now: float) -> None:
    """Delete what ended longer ago, if the library was last seen on another day.

    A store that can't be written is left as it is: what the command has to record there fails with
    words of its own.
    """
    if last_seen_at // DAY_SECONDS != now // DAY_SECONDS:
        with suppress(StoreError):
            store.prune_history(library_id, before=now - days * DAY_SECONDS)
