"""The libraries that are meant by whoever looks at all of this host."""

from __future__ import annotations

from contextlib import suppress

from changer.errors import ChangerError
from changer.library.discovery import find_changers
from changer.library.opening import Request
from changer.overview.watched import Watched, find_watched
from changer.store.protocol import Store
from changer.transport.opening import SIMULATED
from changer.values import replace


def find_all_watched(request: Request, store: Store) -> tuple[Watched, ...]:
    """Every library of this host, those on record that are away included, by their ids.

    One alone where ``--library`` or ``$CHANGER`` names it; a default of the settings does not. Of
    virtual libraries only one that is named. Left out are those that the settings disable, or that
    another host owns. Sends no command where sysfs has the identities. Raises as ``find_watched``,
    also where there is none.
    """
    if request.library or request.environment.get("CHANGER"):
        return (find_watched(request, store),)
    found: dict[str, Watched] = {}
    for each in reversed(find_changers()):  # of several paths to one, the first stays
        if each.identity.serial:
            library_id = each.identity.id
            found[library_id] = Watched(library_id, replace(request, library=library_id))
            continue
        with suppress(ChangerError):  # without an id nothing can be said of it
            asked = find_watched(replace(request, library=str(each.device)), store)
            found[asked.id] = asked
    for known in store.libraries():
        if known.id not in found and not (known.device or "").startswith(SIMULATED):
            found[known.id] = Watched(known.id, replace(request, library=known.id))
    watched = [found[each] for each in sorted(found) if _is_own(request, each)]
    return tuple(watched) or (find_watched(request, store),)


def _is_own(request: Request, library_id: str) -> bool:
    settings = request.configuration.settings(library_id)
    return settings.enabled and settings.manager is None
