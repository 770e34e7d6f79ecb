"""Which host owns the library that is meant: another one (``manager``), or this one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import AmbiguousLibrary, ChangerError, LibraryElsewhere
from changer.library.discovery import MEDIUM_CHANGER, device_at, find_changers
from changer.transport.opening import REPLAYED, SIMULATED
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.owner_address import OwnerAddress
    from changer.library.settings import Configuration


class Owned(NamedTuple):
    """A library of another host. ``name``: as that one is told it; None: its own default."""

    owner: OwnerAddress
    name: str | None


def owned_elsewhere(name: str | None, configuration: Configuration) -> Owned | None:
    """The library of that name, where another host owns it; None for one of this host.

    A device is one of this host, and stands for the library behind it, by its id. Virtual
    libraries are this host's. Raises AmbiguousLibrary.
    """
    if name is None:
        return _only_one(configuration)
    if name.startswith((SIMULATED, REPLAYED)):
        return None
    if "/" in name:
        return _behind(Path(name), configuration)
    if name in configuration.libraries:
        return _owned(name, [name], configuration)
    matching = [each for each in configuration.libraries if name.lower() in each.lower()]
    if not matching:
        return None if configuration.manager is None else Owned(configuration.manager, name)
    if configuration.manager is None and _are_owned(matching, configuration):
        found = (each.identity.id for each in find_changers())
        matching = _unique([*matching, *(each for each in found if name.lower() in each.lower())])
    return _owned(name, matching, configuration)


def refuse_passing_on(name: str | None, configuration: Configuration) -> None:
    """Raise LibraryElsewhere where this host was asked as the owner, and names another one.

    So no request goes round in circles. Raises AmbiguousLibrary.
    """
    owned = owned_elsewhere(name, configuration)
    if owned is not None:
        host = os.uname().nodename
        raise LibraryElsewhere(
            f"{host} was asked as the manager of the library, but its own settings name "
            f"{owned.owner} as that",
            hint=f"on {host}, take manager out of its settings, or set it to here; or name "
            f"{owned.owner} in the settings of the host that asks",
        )


def refuse_elsewhere(name: str | None, configuration: Configuration) -> None:
    """Raise LibraryElsewhere for a library that another host owns, where no call can be passed on.

    Raises AmbiguousLibrary.
    """
    owned = owned_elsewhere(name, configuration)
    if owned is not None:
        raise elsewhere(owned)


def elsewhere(owned: Owned) -> LibraryElsewhere:
    """The error for a call about a library of another host that can't be passed on."""
    what = f"library {owned.name!r}" if owned.name else "the library"
    return LibraryElsewhere(
        f"{what} is managed by {owned.owner.host}, as the settings of this host say, and this "
        "request can't be passed on to it",
        hint=f"make it there; or, if this host owns the library, take the manager "
        f"{owned.owner} out of its settings",
    )


def _only_one(configuration: Configuration) -> Owned | None:
    if configuration.manager is not None:
        return Owned(configuration.manager, None)
    tables = configuration.libraries
    owned = [name for name in tables if tables[name].manager is not None]
    ids = _unique([*owned, *(each.identity.id for each in find_changers())])
    if len(ids) > 1:
        raise AmbiguousLibrary(
            f"more than one library: {', '.join(ids)}", hint="name one with --library ID"
        )
    return _owned(ids[0], ids, configuration) if ids else None


def _behind(path: Path, configuration: Configuration) -> Owned | None:
    """The library of a device; what is wrong with that is said when it is opened."""
    with suppress(ChangerError):
        known = device_at(path)
        if known is not None and known.peripheral_device_type == MEDIUM_CHANGER:
            identity = known.identity
            manager = configuration.settings(identity.id, identity.model_id).manager
            return None if manager is None else Owned(manager, identity.id)
    return None


def _owned(name: str, ids: list[str], configuration: Configuration) -> Owned | None:
    """The owner that all of these libraries have. Raises AmbiguousLibrary where they differ."""
    owners = {configuration.settings(each).manager for each in ids}
    if len(owners) > 1:
        raise AmbiguousLibrary(
            f"more than one library is {name!r}: {', '.join(ids)}",
            hint="name one with --library ID",
        )
    owner = owners.pop()
    if owner is None:
        return None
    return Owned(owner, ids[0] if len(ids) == 1 else name)


def _are_owned(ids: Iterable[str], configuration: Configuration) -> bool:
    return any(configuration.libraries[each].manager is not None for each in ids)


def _unique(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
