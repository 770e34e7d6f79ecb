"""Cleaners that are away: forgotten once they have been for longer than the settings say."""

from __future__ import annotations

from contextlib import suppress

from changer.errors import ChangerError
from changer.library.library import Library


def drop_long_gone(library: Library) -> None:
    """Forget them, and say which. At the end of an operation that is recorded: never fails it.

    ``cleaner_kept_days``, by days that have passed for the store, not by the clock alone.
    """
    days = library.settings.cleaner_kept_days
    with suppress(ChangerError):  # the next one tries again
        for each in library.store.drop_long_gone(library.id, kept_days=days):
            text = (
                f"cleaner {each.volume_tag} left {library.id} more than {days} days ago:"
                " its count is no longer kept"
            )
            library.context.warn(text)
            library.context.log_warning(text)
