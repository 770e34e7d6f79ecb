"""The libraries that a host knows, each by its id and by a name that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from changer.errors import AccessDenied, DeviceNotAvailable
from changer.library.discovery import find_changers
from changer.library.library import Library, require_enabled
from changer.library.opening import Request, open_library, simulated_libraries

__all__ = ["KnownLibrary", "known_libraries", "open_known_library"]


@dataclass(frozen=True, slots=True)
class KnownLibrary:
    """``name``: what a request calls it: its device, or ``sim:NAME``."""

    id: str
    name: str


def known_libraries(request: Request) -> Iterator[KnownLibrary]:
    """Those that udev shows, then the virtual ones, then those that the store remembers.

    One may come twice. Each kind is looked for only when the ones before it were not enough.
    Raises as opening the store, but for AccessDenied: who may not read it knows the others.
    """
    for each in find_changers():
        yield KnownLibrary(each.identity.id, str(each.device))
    for name, identity in simulated_libraries(request):
        yield KnownLibrary(identity.id, name)
    try:
        with request.coordination.open_store() as store:
            remembered = store.libraries()
    except AccessDenied:
        return
    for record in remembered:
        if record.device is not None:
            yield KnownLibrary(record.id, record.device)


def open_known_library(request: Request, known: KnownLibrary) -> Library:
    """Open this library, and no other that stands at its device by now, with locks of its own.

    Raises as opening.open_library; LibraryDisabled before DeviceNotAvailable.
    """
    try:
        library = open_library(replace(request, library=known.name, held=[]))
    except DeviceNotAvailable:
        require_enabled(known.id, request.configuration.settings(known.id))
        raise
    if library.id != known.id:
        library.close()
        raise DeviceNotAvailable(
            f"{known.id} is not at {known.name} any more; {library.id} is",
            hint="changer list shows the libraries of this host",
        )
    return library
