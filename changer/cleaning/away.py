"""Cleaners that are away: forgotten once they have been for longer than the settings say."""

from __future__ import annotations

from changer.errors import ChangerError
from changer.library.library import Library


def drop_long_gone(library: Library) -> None:
    """Forget them, and say which. It comes after an operation that is recorded: never fails it.

    ``cleaner_kept_days``, by days that have passed for the store, not by the clock alone.
    """
    days, context = library.settings.cleaner_kept_days, library.context
    try:
        gone = library.store.drop_long_gone(library.id, kept_days=days)
    except ChangerError as error:
        context.warn(f"{library.id}: can't tell which cleaners left long ago: {error.message}")
        return
    for each in gone:
        text = (
            f"cleaner {each.volume_tag} left {library.id} more than {days} days ago:"
            " its count is no longer kept"
        )
        context.warn(text)
        context.log_warning(text)
