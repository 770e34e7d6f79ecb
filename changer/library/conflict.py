"""Whose reservation keeps this host from a library, asked when a command met it."""

from __future__ import annotations

from changer.errors import ChangerError
from changer.library.reservation import parse_key, reservation_words
from changer.library.session import Session
from changer.smc.persistent_reserve import read_reservation


def name_holder(conflict: ChangerError, session: Session) -> None:
    """Add to the error who has reserved the library, where the library tells it.

    One command, which every initiator may send; an older reservation (SPC-2) has no name.
    """
    try:
        held = session.send(read_reservation()).held
    except ChangerError:
        return
    if not held:
        return
    hint = None
    if parse_key(held[0].key) is not None:
        hint = (
            "that host uses the library, or keeps out an earlier owner; commands that act, such as"
            " changer recover, take their turn"
        )
    conflict.add_context(after=f"it is reserved by {reservation_words(held[0])}", hint=hint)
