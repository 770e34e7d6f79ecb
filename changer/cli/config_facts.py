"""What ``changer config`` knows of this host: libraries here and on record, and what names mean.

Nothing is made or changed, and a library is asked for its number of slots alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from changer.cli.output import local_time
from changer.errors import ChangerError, DeviceNotAvailable, NoLibrary
from changer.library.choose import find, possible_names, simulated_libraries
from changer.library.discovery import find_changers
from changer.library.given_name import VARIABLE
from changer.library.model import Identity
from changer.library.opening import Request, open_library
from changer.library.owner_choice import owned_elsewhere
from changer.library.settings import paths
from changer.library.settings_check import Facts, NamedBy, OnRecord, Sight, wants_geometry
from changer.library.settings_document import DEFAULT_LIBRARY
from changer.library.sightings import assignment_of
from changer.transport.opening import REPLAYED, SIMULATED
from changer.values import replace

if TYPE_CHECKING:
    from changer.smc.elements import ElementAddressAssignment
    from changer.store.records import LibraryRecord

_PATIENCE_SECONDS = 5.0
_OPTION = "--library"
_STATE_VARIABLE = "$CHANGER_STATE"


def libraries_here(request: Request) -> list[tuple[Identity, str]]:
    """The libraries of this host, with their devices; then virtual ones."""
    real = [(each.identity, str(each.device)) for each in find_changers()]
    folder = paths(environment=request.environment, simulated=True).simulated
    return [*real, *((each, name) for name, each in simulated_libraries(folder))]


def store_source(request: Request) -> str:
    """What says where the state store is, in words."""
    if request.state is not None:
        return "--state"
    if request.environment.get("CHANGER_STATE"):
        return _STATE_VARIABLE
    place = request.paths.state
    return "store" if isinstance(place, str) else f"{place}, the default,"


def gather(request: Request) -> Facts:
    """What the settings are compared with."""
    here = libraries_here(request)
    records, troubles = _records(request)
    geometries, not_asked = _geometries(request, here, records)
    return Facts(
        seen=tuple(Sight(it.id, it.model_id, device) for it, device in here),
        on_record=None if troubles else tuple(map(_on_record, records)),
        store_trouble="; ".join(troubles),
        named=tuple(_named(request, records)),
        is_shared=isinstance(request.paths.state, str),
        store_source=store_source(request),
        geometries=geometries,
        not_asked=not_asked,
    )


def _records(request: Request) -> tuple[tuple[LibraryRecord, ...], list[str]]:
    """The libraries on record, and why they are not known: an empty store stands in then."""
    troubles: list[str] = []
    try:
        with request.coordination.open_store("examine", warn=troubles.append) as store:
            return store.libraries(), troubles
    except ChangerError as error:
        return (), [*troubles, error.message]


def _on_record(record: LibraryRecord) -> OnRecord:
    return OnRecord(record.id, _model_id(record), local_time(record.last_seen_at))


def _model_id(record: LibraryRecord) -> str:
    return Identity(record.vendor, record.product, "", None).model_id


# Names


def _named(request: Request, records: tuple[LibraryRecord, ...]) -> list[NamedBy]:
    """The names that are given, the one that counts first."""
    given = [
        (_OPTION, request.library, ()),
        (VARIABLE, request.environment.get("CHANGER"), ()),
        (DEFAULT_LIBRARY, request.configuration.library, (DEFAULT_LIBRARY,)),
    ]
    return [
        _meant(request, NamedBy(source, name, path), records)
        for source, name, path in given
        if name
    ]


def _meant(request: Request, named: NamedBy, records: tuple[LibraryRecord, ...]) -> NamedBy:
    """The name, with what commands would say of it."""
    asked = replace(request, library=named.name)
    try:
        require_meant(asked)
    except ChangerError as error:
        known = any(each.id == asked.name for each in records)
        is_away = isinstance(error, NoLibrary | DeviceNotAvailable)
        return named._replace(trouble=error.message, hint=error.hint, is_known=known and is_away)
    return named


def require_meant(request: Request) -> Identity | None:
    """The library that a request names; None for one that has to be asked, or is elsewhere.

    Sends nothing. Raises NoLibrary, AmbiguousLibrary, NotAChanger, DeviceNotAvailable.
    """
    name = request.name
    if name is not None and name.startswith(SIMULATED):
        return _virtual(request, name)
    if name is not None and name.startswith(REPLAYED):
        return None
    if request.configuration.has_owners and owned_elsewhere(name, request.configuration):
        return None
    return find(name, is_whole_id=request.is_whole_id, alias=request.alias).identity


def _virtual(request: Request, name: str) -> Identity | None:
    folder = paths(environment=request.environment, simulated=True).simulated
    for each, identity in simulated_libraries(folder):
        if each == name:
            return identity
    if name.removeprefix(SIMULATED) in possible_names(folder):
        return None  # it is made when it is first used
    raise NoLibrary(
        f"there is no virtual library {name.removeprefix(SIMULATED)!r}",
        hint="changer sim list shows the virtual libraries",
    )


# Slots


def _geometries(
    request: Request, here: list[tuple[Identity, str]], records: tuple[LibraryRecord, ...]
) -> tuple[dict[str, ElementAddressAssignment], dict[str, str]]:
    """The elements of libraries whose settings name slots, and why those of others aren't known."""
    known: dict[str, ElementAddressAssignment] = {}
    unknown: dict[str, str] = {}
    for name, settings in request.configuration.libraries.items():
        if not wants_geometry(settings):
            continue
        device = next((it for each, it in here if name in (each.id, each.model_id)), None)
        try:
            assignment = None if device is None else _asked(request, device)
            why = "it is not here"
        except ChangerError as error:
            assignment, why = None, f"it did not answer: {error.message}"
        on_record = (each.element_addresses for each in records if each.id == name)
        assignment = assignment or assignment_of(next(on_record, None))
        if assignment is None:
            unknown[name] = f"{why}, and no reading of it is on record"
        else:
            known[name] = assignment
    return known, unknown


def _asked(request: Request, device: str) -> ElementAddressAssignment:
    """Mode page 1Dh of a library, without the lock, and without a wait for a long scan."""
    with open_library(replace(request, library=device, purpose="examine", held=[])) as library:
        patience = library.session.patience
        library.session.patience = patience._replace(
            ready_timeout_seconds=min(patience.ready_timeout_seconds, _PATIENCE_SECONDS),
            retry_timeout_seconds=min(patience.retry_timeout_seconds, _PATIENCE_SECONDS),
        )
        return library.reader.assignment()
