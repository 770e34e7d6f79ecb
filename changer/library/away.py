"""A library that was known, and is not there: told as offline."""

from __future__ import annotations

from contextlib import suppress

from changer.errors import ChangerError
from changer.events.news import Fact
from changer.events.telling import tell
from changer.library.library import Context
from changer.store.protocol import Store
from changer.store.records import LibraryRecord

_SIMULATED = "sim:"


def find_known(
    name: str | None, libraries: tuple[LibraryRecord, ...], *, is_whole_id: bool
) -> LibraryRecord | None:
    """The library on record that a name means; None for a name that is no record's alone.

    ``is_whole_id``: it is no part of an id. Virtual libraries are left out, which their owner
    deletes.
    """
    real = [each for each in libraries if not (each.device or "").startswith(_SIMULATED)]
    if name is None:
        return real[0] if len(real) == 1 else None
    exact = [each for each in real if name in (each.id, each.device)]
    found = exact or [each for each in real if name in each.id and not is_whole_id]
    return found[0] if len(found) == 1 else None


def tell_away(
    name: str | None, error: ChangerError, *, is_whole_id: bool, store: Store, context: Context
) -> None:
    """Tell that the library of that name can't be reached, if it is on record."""
    with suppress(ChangerError):
        known = find_known(name, store.libraries(), is_whole_id=is_whole_id)
        if known is not None:
            text = f"{known.id} can't be used: {error.message}"
            fact = Fact("library-offline", "", text, fields={"code": error.code})
            tell(known.id, [fact], store=store, listeners=context)
