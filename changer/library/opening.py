"""From the name of a library to a Library that is open: which one is meant, and what carries it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import (
    AccessDenied,
    AmbiguousLibrary,
    ChangerError,
    DeviceFailed,
    DeviceNotAvailable,
    MalformedData,
    NoLibrary,
    NotAChanger,
    UnsupportedByLibrary,
)
from changer.host.clock import Clock
from changer.host.shared_files import GROUP, prepare_folder
from changer.library.discovery import (
    MEDIUM_CHANGER,
    ScsiDevice,
    designated_serial,
    device_at,
    find_changers,
    find_tape_drive,
    t10_vendor,
)
from changer.library.identity import Identity
from changer.library.library import Context, DriveOpener, Library
from changer.library.session import Session
from changer.library.settings import Configuration, Paths, paths
from changer.printable import printable
from changer.smc.inquiry import (
    Designator,
    device_identification,
    standard_inquiry,
    unit_serial_number,
)
from changer.store.coordination import Coordination, Lock
from changer.store.protocol import Store
from changer.store.records import DriveIdentity
from changer.transport import Transport
from changer.transport.dry_run import DryRun

if TYPE_CHECKING:
    from changer.simulator.profile import Profile

__all__ = [
    "Request",
    "choose",
    "is_generic",
    "open_device",
    "open_library",
    "simulated_folder",
    "simulated_libraries",
]

SIMULATED = "sim:"
_GENERIC_MAJOR = 21  # /dev/sg*; a watchdog would start to count, a tape would be rewound


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller asked for, by option or environment.

    ``library``: an id, a unique part of one, a device path, ``sim:NAME``, or None for the only one
    there is. ``state``, ``trace``: files, or None. ``wrap``: puts something around each transport,
    such as a trace; it gets the transport and the device's name. ``dry_run``: as Context has it;
    the store is then a copy that is thrown away.
    """

    library: str | None
    state: Path | None
    environment: Mapping[str, str]
    configuration: Configuration
    clock: Clock
    command: str
    wait_seconds: float = 0.0
    held: list[Lock] = field(default_factory=list)
    progress: Callable[[str], None] = lambda _: None
    warn: Callable[[str], None] = lambda _: None
    announce: Callable[[str], None] = lambda _: None
    wrap: Callable[[Transport, str], Transport] = lambda transport, _: transport
    dry_run: DryRun | None = None

    @property
    def name(self) -> str | None:
        """The library's name: option, ``$CHANGER``, configuration, in this order."""
        return self.library or self.environment.get("CHANGER") or self.configuration.library

    @property
    def is_simulated(self) -> bool:
        """Whether a virtual library is meant."""
        return (self.name or "").startswith(SIMULATED)

    @property
    def paths(self) -> Paths:
        """Where its files are."""
        return paths(environment=self.environment, simulated=self.is_simulated, state=self.state)

    @property
    def coordination(self) -> Coordination:
        """The store and the locks that it shares with others."""
        files = self.paths
        return Coordination(state=files.state, locks=files.locks, clock=self.clock)

    def context(self) -> Context:
        """What surrounds the library."""
        return Context(
            coordination=self.coordination,
            clock=self.clock,
            command=self.command,
            wait_seconds=self.wait_seconds,
            held=self.held,
            progress=self.progress,
            warn=self.warn,
            announce=self.announce,
            dry_run=self.dry_run,
        )


def open_library(request: Request) -> Library:
    """Open the library that is meant, its store, and its device.

    Sends no command where sysfs tells who it is.

    Raises, in this order: StoreUnreachable and other errors of the store; NoLibrary,
    AmbiguousLibrary, NotAChanger, DeviceNotAvailable; AccessDenied.
    """
    with ExitStack() as opened:
        # MS-RSMP asks for the store before the library, but for the caller's rights after both.
        denied: AccessDenied | None = None
        store: Store | None = None
        try:
            is_dry = request.dry_run is not None
            store = opened.enter_context(request.coordination.open_store(scratch=is_dry))
        except AccessDenied as error:
            denied = error
        found = _find(request)
        opened.callback(found.transport.close)
        if denied is not None or store is None:
            raise denied or AssertionError("a store that did not open raised nothing")
        library = _assemble(request, found, store)
        opened.pop_all()
        return library


def open_device(request: Request) -> Transport:
    """The device of a path, whatever it is: for who sends it one command, and keeps nothing of it.

    Raises NotAChanger for what is no SCSI device; DeviceNotAvailable, AccessDenied.
    """
    path = Path(request.name or "")
    known = device_at(path)
    if known is None:
        _require_generic(path)
    device = path if known is None else known.device
    return request.wrap(_real(request, str(device), None).transport, str(device))


@dataclass(frozen=True, slots=True)
class _Found:
    """A device and who it says that it is; without an identity it has to be asked."""

    device: str
    transport: Transport
    identity: Identity | None
    open_drive: DriveOpener


def _assemble(request: Request, found: _Found, store: Store) -> Library:
    request.coordination.prepare()
    transport = request.wrap(found.transport, found.device)
    open_drive = found.open_drive
    if request.dry_run is not None:
        transport = request.dry_run.transport(transport, found.device)
        open_drive = _dry_run_of(request.dry_run, open_drive)
    identity = found.identity or _ask_identity(request, transport, found.device)
    if not identity.id:
        raise DeviceFailed(
            f"{found.device} says neither vendor, product nor serial number",
            hint="without a name nothing can be kept of it",
        )
    store.remember_library(
        identity.id,
        vendor=identity.vendor,
        product=identity.product,
        revision=identity.revision,
        serial=identity.serial,
        device=printable(found.device),  # a file's name need not be text, as the store keeps it
    )
    return Library(
        identity,
        transport,
        device=found.device,
        store=store,
        settings=request.configuration.settings(identity.id),
        context=request.context(),
        open_drive=open_drive,
    )


def _dry_run_of(dry_run: DryRun, open_drive: DriveOpener) -> DriveOpener:
    def rehearsed(number: int, identity: DriveIdentity | None) -> Transport:
        return dry_run.transport(open_drive(number, identity), f"drive {number}")

    return rehearsed


def _ask_identity(request: Request, transport: Transport, device: str) -> Identity:
    """INQUIRY, and VPD page 80h or 83h, where the kernel kept none of them."""
    session = Session(
        transport, clock=request.clock, may_initialize=lambda: True, progress=request.progress
    )
    inquiry = session.send(standard_inquiry())
    if inquiry.peripheral_device_type != MEDIUM_CHANGER:
        raise _not_a_changer(device)
    serial: str | None = None
    designators: tuple[Designator, ...] = ()
    with suppress(UnsupportedByLibrary, MalformedData):
        serial = session.send(unit_serial_number())
    with suppress(UnsupportedByLibrary, MalformedData):
        designators = session.send(device_identification())
    return Identity(
        inquiry.vendor,
        inquiry.product,
        inquiry.revision,
        serial or designated_serial(designators),
        t10_vendor(designators),
    )


def _find(request: Request) -> _Found:
    name = request.name
    if name is not None and request.is_simulated:
        return _find_simulated(request, name.removeprefix(SIMULATED))
    if name is not None and "/" in name:
        path = Path(name)
        known = device_at(path)
        if known is None:
            _require_generic(path)
            return _real(request, str(path), None)
        if known.peripheral_device_type != MEDIUM_CHANGER:
            raise _not_a_changer(name)
        return _real_device(request, known)
    return _real_device(request, choose(name, find_changers()))


def _find_simulated(request: Request, name: str) -> _Found:
    from changer.simulator.catalogue import profile_of
    from changer.simulator.transport import SimulatedTransport

    folder = request.paths.simulated

    def open_drive(number: int, _: DriveIdentity | None) -> Transport:
        return SimulatedTransport(name, folder=folder, unit=number, clock=request.clock)

    identity = _identity_of(profile_of(name, folder=folder))
    transport = SimulatedTransport(name, folder=folder, clock=request.clock)
    return _Found(f"{SIMULATED}{name}", transport, identity, open_drive)


def _identity_of(profile: Profile) -> Identity:
    return Identity(
        profile.vendor,
        profile.product,
        profile.revision,
        profile.serial if profile.serial_page else None,
    )


def simulated_folder(environment: Mapping[str, str]) -> Path:
    """Where virtual libraries are. Root's are beside the store, whose folder is the group's."""
    places = paths(environment=environment, simulated=True)
    if os.geteuid() == 0 and places.simulated.parent == places.state.parent:
        prepare_folder(places.state.parent, group=GROUP)
    return places.simulated


def simulated_libraries(request: Request) -> Iterator[tuple[str, Identity]]:
    """The virtual libraries that exist: ``sim:NAME`` and who it is; a damaged one is left out."""
    from changer.simulator.catalogue import names, profile_of

    folder = replace(request, library=SIMULATED).paths.simulated
    found: tuple[str, ...] = ()
    with suppress(ChangerError):
        found = tuple(names(folder))
    for name in found:
        try:
            identity = _identity_of(profile_of(name, folder=folder))
        except ChangerError:
            continue
        yield f"{SIMULATED}{name}", identity


def _real_device(request: Request, known: ScsiDevice) -> _Found:
    return _real(request, str(known.device), known.identity if known.identity.serial else None)


def is_generic(path: Path) -> bool:
    """Whether a node is a SCSI generic device's, as far as can be told without opening it."""
    return os.major(path.stat().st_rdev) == _GENERIC_MAJOR


def _require_generic(path: Path) -> None:
    """Where sysfs knows nothing of a node: opening another one may start what nobody meant."""
    if not is_generic(path):
        raise NotAChanger(
            f"{path} is no SCSI generic device",
            hint="changer list shows the libraries of this host",
        )


def _real(request: Request, device: str, identity: Identity | None) -> _Found:
    from changer.transport.sg_raw import SgRaw

    if not os.access(device, os.R_OK | os.W_OK):
        from changer.transport.device_node import access_hint, check_node

        check_node(Path(device))
        raise AccessDenied(
            f"{device}: no permission to read and write", hint=access_hint(Path(device))
        )

    def descriptors() -> tuple[int, ...]:
        return tuple(each for lock in request.held for each in lock.descriptors())

    transport = SgRaw(Path(device), descriptors=descriptors)
    return _Found(device, transport, identity, _open_real_drive)


def _open_real_drive(number: int, identity: DriveIdentity | None) -> Transport:
    if identity is None or identity.serial is None:
        raise DeviceNotAvailable(
            f"the library does not tell the serial number of drive {number}, so its tape device "
            "can't be found",
            hint="go without --ready, and ask the tape device yourself: mt -f /dev/nst0 status",
        )
    if (drive := find_tape_drive(identity.serial)) is not None:
        return open_tape(drive.device)
    raise DeviceNotAvailable(
        f"no tape device of this host has the serial number {identity.serial} of drive {number}",
        hint="lsscsi -g shows what the host sees; go without --ready",
    )


def open_tape(device: Path) -> Transport:
    """What carries commands to a tape drive, by its /dev/sg node."""
    from changer.transport.sg_raw import SgRaw

    return SgRaw(device)


def choose(name: str | None, changers: tuple[ScsiDevice, ...]) -> ScsiDevice:
    """The one changer of that id, or with that part in its id; the only one without a name.

    Several devices of one id are several ways to one library, unless no serial number says so.
    """
    matching = [each for each in changers if name is None or each.identity.id == name] or [
        each for each in changers if name is not None and name.lower() in each.identity.id.lower()
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
    return NoLibrary(
        f"no library {name!r}", hint=f"this host has {ids}" if ids else "this host has none"
    )


def _not_a_changer(device: str) -> NotAChanger:
    return NotAChanger(
        f"{device} is no medium changer", hint="changer list shows the libraries of this host"
    )
