"""A library that is watched: which one is meant, and when it may be read."""

from __future__ import annotations

from changer.errors import ChangerError, DeviceNotAvailable, NoLibrary
from changer.library.away import find_known
from changer.library.library import Library
from changer.library.opening import Request, open_library
from changer.library.session import UNREACHABLE
from changer.store.protocol import Store
from changer.store.sharing import Coordination
from changer.values import NamedTuple, replace

_PATIENCE_SECONDS = 60.0
# Of the library: an event says so.
TOLD: tuple[type[ChangerError], ...] = (*UNREACHABLE, NoLibrary)


class Watched(NamedTuple):
    """A library and the request that opens it, and no other, whatever else is attached later."""

    id: str
    request: Request


def find_watched(request: Request, store: Store) -> Watched:
    """The library that is meant: it may be away, if it is on record.

    Raises what opening it raises, unless it is known.
    """
    try:
        with open_library(request) as library:
            library_id = library.id
    except (DeviceNotAvailable, NoLibrary):
        known = find_known(request.name, store.libraries(), is_whole_id=request.is_whole_id)
        if known is None:
            raise
        library_id = known.id
    if request.is_simulated:
        return Watched(library_id, request)
    return Watched(library_id, replace(request, library=library_id))


def be_impatient(library: Library, *, longest_seconds: float = _PATIENCE_SECONDS) -> None:
    """Don't wait long for a library that is not ready now: it is read again soon anyway."""
    patience = library.session.patience
    library.session.patience = patience._replace(
        ready_timeout_seconds=min(patience.ready_timeout_seconds, longest_seconds),
        retry_timeout_seconds=min(patience.retry_timeout_seconds, longest_seconds),
    )


class Courtesy:
    """While another process uses a library it is not read, unless it is held for too long."""

    def __init__(
        self, coordination: Coordination, library_id: str, *, longest_seconds: float
    ) -> None:
        self._coordination = coordination
        self._library_id = library_id
        self._longest_seconds = longest_seconds
        self._since: float | None = None

    def is_due(self, now: float) -> bool:
        """Whether to leave the library in peace now; ``now``: of a clock that never goes back."""
        if not self._coordination.is_held(self._library_id):
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since < self._longest_seconds
