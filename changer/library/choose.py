"""Choice of a library: from its name to its device, among those of the host and virtual ones."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from changer.errors import AmbiguousLibrary, ChangerError, NoLibrary, NotAChanger
from changer.host.shared_files import GROUP, prepare_folder
from changer.library.alias import clashes_with
from changer.library.discovery import (
    MEDIUM_CHANGER,
    ScsiDevice,
    device_at,
    find_changers,
    with_udev_trouble,
)
from changer.library.model import Found, Identity
from changer.library.settings import DEFAULT_STORE, Configuration, paths
from changer.transport.device_node import is_generic
from changer.transport.opening import SIMULATED, identity_of


def find(name: str | None, *, is_whole_id: bool = False, alias: str | None = None) -> Found:
    """The library of that name among those of the host.

    ``is_whole_id``: no part of an id. ``alias``: by which it was named.

    Raises NoLibrary, AmbiguousLibrary, NotAChanger, DeviceNotAvailable, AccessDenied.
    """
    if name is None or is_whole_id or "/" not in name:
        changers = find_changers()
        if alias is not None and name is not None:
            _refuse_clashes(alias, name, changers)
        return _known(choose(name, changers, is_whole_id=is_whole_id))
    path = Path(name)
    known = scsi_device(path)
    if known is None:
        return Found(str(path), None)
    if known.peripheral_device_type != MEDIUM_CHANGER:
        raise not_a_changer(name)
    return _known(known)


def _known(known: ScsiDevice) -> Found:
    identity = known.identity if known.identity.serial else None
    return Found(str(known.device), identity, known.identity.port)


def scsi_device(path: Path) -> ScsiDevice | None:
    """The SCSI device of a node or link; None for an sg node that sysfs has nothing of.

    Raises NotAChanger, DeviceNotAvailable, AccessDenied.
    """
    known = device_at(path)
    # Opening a node that sysfs has nothing of may start a device that was not meant.
    if known is None and not is_generic(path):
        raise NotAChanger(
            f"{path} is not a SCSI generic device",
            hint="changer list shows the libraries of this host",
        )
    return known


def _refuse_clashes(alias: str, library_id: str, changers: tuple[ScsiDevice, ...]) -> None:
    """Raise AmbiguousLibrary for an alias that is a part of another library's id, too."""
    own = {each.identity.id for each in changers if _is_named(each, library_id)}
    ids = dict.fromkeys(each.identity.id for each in changers if each.identity.id not in own)
    for clash in clashes_with(alias, library_id, ids):
        raise AmbiguousLibrary(
            f"'{alias}' is the alias of {library_id}, and {clash.how} {clash.other_id}",
            hint="name the library by its id, or give it another alias",
        )


def _is_named(changer: ScsiDevice, library_id: str) -> bool:
    """Whether a table of that name is about a library: by its id, or by its model's."""
    return library_id in (changer.identity.id, changer.identity.model_id)


def choose(
    name: str | None, changers: tuple[ScsiDevice, ...], *, is_whole_id: bool = False
) -> ScsiDevice:
    """The changer of that id, or with ``name`` in its id; without a name, the only one.

    ``is_whole_id``: the one that a table of that name is about, or none. Devices of one id are
    paths to one library if it has a serial number.
    Raises NoLibrary, AmbiguousLibrary.
    """
    matching = [each for each in changers if name is None or each.identity.id == name]
    if not matching and name is not None:
        matching = [
            each
            for each in changers
            if (_is_named(each, name) if is_whole_id else name.lower() in each.identity.id.lower())
        ]
    ways = {(each.identity.id, each.identity.serial or each.device) for each in matching}
    if len(ways) > 1:
        listed = ", ".join(f"{each.identity.id} ({each.device})" for each in matching)
        what = "more than one library" if name is None else f"more than one library is {name!r}"
        raise AmbiguousLibrary(
            f"{what}: {listed}", hint="name one with --library ID, or its device"
        )
    if matching:
        return matching[0]
    raise _no_library(name, changers)


def _no_library(name: str | None, changers: tuple[ScsiDevice, ...]) -> NoLibrary:
    if name is None:
        return NoLibrary(
            "this host has no medium changer",
            hint="lsscsi -g shows what the kernel sees; to try without hardware: "
            "changer --library sim:demo status",
        )
    ids = ", ".join(each.identity.id for each in changers)
    hint = with_udev_trouble(f"this host has {ids or 'none'}")
    return NoLibrary(f"no library {name!r}", hint=hint)


def not_a_changer(device: str) -> NotAChanger:
    """The error for a device of another kind."""
    return NotAChanger(
        f"{device} is not a medium changer", hint="changer list shows the libraries of this host"
    )


def simulated_folder(environment: Mapping[str, str]) -> Path:
    """Folder of virtual libraries. Root's are beside the store, whose folder is the group's."""
    places = paths(environment=environment, simulated=True)
    store = places.state if isinstance(places.state, Path) else DEFAULT_STORE
    if os.geteuid() == 0 and places.simulated.parent == store.parent:
        prepare_folder(store.parent, group=GROUP)
    return places.simulated


def simulated_names(folder: Path) -> tuple[str, ...]:
    """The names of the virtual libraries of a folder; none where it can't be read."""
    from changer.simulator.catalogue import names

    with suppress(ChangerError):
        return tuple(names(folder))
    return ()


def asked_name(name: str | None, folder: Path, configuration: Configuration) -> str | None:
    """The library that another host asks for: a virtual one of this host, too, by its id."""
    if name is None or configuration.id_of_alias(name) is not None:
        return name
    if any(name.lower() in each.identity.id.lower() for each in find_changers()):
        return name
    virtual = [
        device
        for device, identity in simulated_libraries(folder)
        if name.lower() in identity.id.lower()
    ]
    return virtual[0] if len(virtual) == 1 else name


@lru_cache
def virtual_name(library_id: str, folder: Path) -> str | None:
    """``sim:NAME`` of a virtual library, by its whole id; None where no other has that id."""
    with suppress(OSError):
        if not any(folder.iterdir()):
            return None
        libraries = simulated_libraries(folder)
        return next((name for name, each in libraries if each.id == library_id), None)
    return None


def possible_names(folder: Path) -> tuple[str, ...]:
    """The same, sorted, and that of the library which makes itself when it is meant."""
    from changer.simulator.profile import DEMO

    return tuple(sorted({DEMO, *simulated_names(folder)}))


def simulated_libraries(folder: Path) -> Iterator[tuple[str, Identity]]:
    """The virtual libraries of a folder: ``sim:NAME`` and identity; a damaged one is left out."""
    from changer.simulator.catalogue import profile_of

    for name in simulated_names(folder):
        device = f"{SIMULATED}{name}"
        try:
            profile = profile_of(name, folder=folder)
            identity = Identity(*identity_of(profile), port=device)
        except ChangerError:
            continue
        yield device, identity
