"""Opening of a library: its store, its device and its identity.

What finds devices of the host is imported when one is meant: a virtual library needs none of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import (
    AccessDenied,
    ChangerError,
    DeviceFailed,
    DeviceNotAvailable,
    MalformedData,
    NoLibrary,
    StoreError,
    StoreFailed,
    UnsupportedByLibrary,
)
from changer.host.clock import Clock, SystemClock
from changer.host.syslog import log_fields, log_warning
from changer.library.drive_map import drive_of_library
from changer.library.library import Context, Library, require_enabled
from changer.library.model import Found, Identity
from changer.library.session import Session
from changer.library.settings import Configuration, Paths, load_configuration, paths
from changer.printable import printable
from changer.smc.inquiry import (
    Designator,
    device_identification,
    standard_inquiry,
    unit_serial_number,
)
from changer.store.coordination import coordinate
from changer.store.protocol import Store
from changer.transport import Transport
from changer.transport.opening import SIMULATED, Wiring, open_transport, simulated_identity
from changer.values import NamedTuple, dataclass, field, replace

if TYPE_CHECKING:
    from changer.store.sharing import Coordination, Lock, Purpose
    from changer.transport.dry_run import DryRun


@dataclass(frozen=True, slots=True)
class Request:
    """Request to open a library, by options and environment.

    ``library``: an id, a unique part of one, an alias, a device path, ``sim:NAME``, or None for the
    only one there is. ``state``: its store, or None. ``trace``, ``show``, ``wrap``: as Wiring has
    them. ``dry_run``: as Context has it; the store is then a copy that is thrown away.
    """

    command: str
    environment: Mapping[str, str]
    configuration: Configuration
    clock: Clock
    library: str | None = None
    state: Path | str | None = None
    wait_seconds: float = 0.0
    held: list[Lock] = field(default_factory=list)
    progress: Callable[[str], None] = lambda _: None
    warn: Callable[[str], None] = lambda _: None
    log_warning: Callable[[str], None] = lambda _: None
    trace: Path | None = None
    show: Callable[[str], None] | None = None
    wrap: Callable[[Transport, str], Transport] = lambda transport, _: transport
    dry_run: DryRun | None = None
    purpose: Purpose = "act"
    log_event: Callable[[str, int, Mapping[str, str]], None] = lambda _text, _priority, _fields: (
        None
    )

    @property
    def given_name(self) -> str | None:
        """The library's name: option, ``$CHANGER``, configuration, in this order."""
        return self.library or self.environment.get("CHANGER") or self.configuration.library

    @property
    def alias(self) -> str | None:
        """The alias by which it is named; None for any other name."""
        return self.given_name if self.configuration.id_of_alias(self.given_name) else None

    @property
    def is_whole_id(self) -> bool:
        """Whether the name is the id of a table, so that no other library can be meant.

        A table by a device has no effect; nor does it keep the device from being named.
        """
        name, is_alias = self.name or "", self.alias is not None
        return name in self.configuration.libraries and (is_alias or "/" not in name)

    @property
    def name(self) -> str | None:
        """The same, of an alias the id that it stands for, or ``sim:NAME``."""
        library_id = self.configuration.id_of_alias(self.given_name)
        if library_id is None:
            return self.given_name
        from changer.library.choose import virtual_name

        virtual = paths(environment=self.environment, simulated=True).simulated
        return virtual_name(library_id, virtual) or library_id

    def explain(self, error: ChangerError) -> None:
        """Add to an error about the library where its name comes from, unless that is clear."""
        from changer.library.given_name import explain

        explain(
            error,
            self.given_name,
            is_said=bool(self.library),
            environment=self.environment,
            configuration=self.configuration,
        )

    @property
    def is_simulated(self) -> bool:
        """Whether a virtual library is meant."""
        return (self.name or "").startswith(SIMULATED)

    @property
    def paths(self) -> Paths:
        """Its files."""
        return paths(
            environment=self.environment,
            simulated=self.is_simulated,
            state=self.state,
            store=self.configuration.store,
        )

    @property
    def coordination(self) -> Coordination:
        """Store and locks, which it shares with other programs."""
        files = self.paths
        return coordinate(
            files.state,
            locks=files.locks,
            clock=self.clock,
            state_is_given=files.state_is_given,
            allow_async=self.configuration.allow_async,
        )

    def context(self) -> Context:
        """Context of the library."""
        coordination = self.coordination
        return Context(
            coordination=coordination,
            clock=coordination.clock,
            command=self.command,
            wait_seconds=self.wait_seconds,
            held=self.held,
            progress=self.progress,
            warn=self.warn,
            log_warning=self.log_warning,
            dry_run=self.dry_run,
            tells=self.dry_run is None and self.purpose in ("act", "read"),
            hooks=str(self.paths.hooks),
            on_event=self.configuration.on_event if self.paths.is_of_host else (),
            log_event=self.log_event,
        )

    def wiring(self) -> Wiring:
        """Wiring of transports to devices of which no library is known yet."""
        return Wiring(
            clock=self.clock,
            simulated=self.paths.simulated,
            lock_descriptors=self._lock_descriptors,
            trace=self.trace,
            show=self.show,
            warn=self.warn,
            dry_run=self.dry_run,
            wrap=self.wrap,
            node_transport=self.configuration.transport,
            initiator=self.environment.get("CHANGER_SIM_INITIATOR") or None,
        )

    def _lock_descriptors(self) -> tuple[int, ...]:
        return tuple(each for lock in self.held for each in lock.descriptors())


def host_request(command: str, configuration: Configuration | None = None) -> Request:
    """Request with the environment, the settings and the clock of this host.

    ``command``: for other programs that wait for a lock. ``configuration``: if it was read already.
    Raises UsageError, AccessDenied.
    """
    return Request(
        command,
        environment=os.environ,
        configuration=configuration or load_configuration(os.environ),
        clock=SystemClock(),
        log_warning=log_warning,
        log_event=log_fields,
    )


def open_library(request: Request) -> Library:
    """Open the library that is meant, its store, and its device.

    Sends no command where sysfs has its identity.

    Raises, in this order: LibraryElsewhere; StoreUnreachable and other errors of the store;
    NoLibrary, AmbiguousLibrary, NotAChanger, DeviceNotAvailable; AccessDenied.
    """
    try:
        return _open(request)
    except StoreFailed as error:
        if error.is_damage and (context := request.context()).tells:
            from changer.events.telling import tell_store_damaged

            tell_store_damaged(error.message, listeners=context)
        raise


def _open(request: Request) -> Library:
    if request.configuration.has_owners:
        from changer.library.owner_choice import refuse_elsewhere

        with _name_explained(request):
            refuse_elsewhere(request.name, request.configuration)
    with ExitStack() as opened:
        # MS-RSMP asks for the store before the library, but for the caller's rights after both.
        denied: AccessDenied | None = None
        store: Store | None = None
        try:
            purpose = request.purpose if request.dry_run is None else "rehearse"
            opening = request.coordination.open_store(purpose, warn=request.warn)
            store = opened.enter_context(opening)
        except AccessDenied as error:
            denied = error
        wiring = request.wiring()
        try:
            with _name_explained(request):
                found = _find(request, wiring)
        except (DeviceNotAvailable, NoLibrary) as error:
            if store is not None and (context := request.context()).tells:
                from changer.library.away import tell_away

                whole = request.is_whole_id
                tell_away(request.name, error, is_whole_id=whole, store=store, context=context)
            raise
        if denied is not None or store is None:
            raise denied or AssertionError("a store that did not open raised nothing")
        library = _assemble(request, found, store, opened, wiring)
        opened.pop_all()
        return library


@contextmanager
def _name_explained(request: Request) -> Iterator[None]:
    """Add to an error where the name comes from that it is about."""
    try:
        yield
    except ChangerError as error:
        request.explain(error)
        raise


def _find(request: Request, wiring: Wiring) -> Found:
    if request.is_simulated:
        name = request.name or ""
        told = simulated_identity(name, wiring)
        return Found(name, Identity(*told, port=name))
    from changer.library.choose import find
    from changer.transport.device_node import check_access

    found = find(request.name, is_whole_id=request.is_whole_id, alias=request.alias)
    check_access(Path(found.device))
    return found


def _assemble(
    request: Request, found: Found, store: Store, opened: ExitStack, wiring: Wiring
) -> Library:
    with suppress(StoreError) if request.purpose == "look" else nullcontext():
        request.coordination.prepare()
    identity = _identify(request, found, wiring)
    if not identity.id:
        raise DeviceFailed(
            f"{found.device} does not report a vendor, product or serial number",
            hint="without them changer can't keep records of it",
        )
    if identity.serial is None and identity.id != identity.model_id:
        _take_over_records(request, store, identity, found.device)
    settings = request.configuration.settings(identity.id, identity.model_id)
    if settings.manager is not None and not request.is_simulated:  # known by another name before
        from changer.library.owner_choice import Owned, elsewhere

        raise elsewhere(Owned(settings.manager, identity.id))
    wiring = replace(wiring, node_transport=settings.transport)
    transport = open_transport(found.device, wiring)
    opened.callback(transport.close)
    _keep_history(request, store, identity.id, days=settings.history_kept_days)
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
        settings=settings,
        context=request.context(),
        find_drive=partial(drive_of_library, found.device),
        open_transport=lambda device, drive: open_transport(device, wiring, drive=drive),
    )


def _keep_history(request: Request, store: Store, library_id: str, *, days: int) -> None:
    """Delete what the settings do not keep, before a command that acts on the library."""
    if not days or request.purpose != "act" or request.dry_run is not None:
        return
    known = store.library(library_id)
    if known is not None:
        from changer.library.retention import keep_days

        now, last_seen_at = request.coordination.clock.now(), known.last_seen_at
        keep_days(store, library_id, days=days, last_seen_at=last_seen_at, now=now)


def _take_over_records(request: Request, store: Store, identity: Identity, device: str) -> None:
    """Give a library without a serial number what was kept under its model's name alone.

    Nothing is given while another library of the host may be the one that is meant.
    """
    known = store.library(identity.model_id)
    if known is None or known.serial is not None or store.library(identity.id) is not None:
        return
    others = [] if known.device == printable(device) else _of_the_same_name(request, identity)
    if not others:
        store.rename_library(identity.model_id, identity.id)
        return
    request.warn(
        f"the records of {identity.model_id} may belong to {identity.id} or to "
        f"{', '.join(others)}, so they are not used; delete them with: changer state forget "
        f"{identity.model_id}"
    )


def _of_the_same_name(request: Request, identity: Identity) -> list[str]:
    """The ids of other libraries of that model without a serial number."""
    from changer.library.choose import simulated_libraries
    from changer.library.discovery import find_changers

    found = [each.identity for each in find_changers()]
    if request.is_simulated:
        found = [each for _, each in simulated_libraries(request.paths.simulated)]
    model = identity.model_id
    twins = {each.id for each in found if each.serial is None and each.model_id == model}
    return sorted(twins - {identity.id})


def _identify(request: Request, found: Found, wiring: Wiring) -> Identity:
    """Its identity; which transport is chosen for it is not known before."""
    if found.identity is not None:
        return found.identity
    with closing(open_transport(found.device, wiring)) as transport:
        return replace(_ask_identity(request, transport, found.device), port=found.port)


def _ask_identity(request: Request, transport: Transport, device: str) -> Identity:
    """INQUIRY, and VPD page 80h or 83h, where the kernel kept none of them."""
    from changer.library.choose import not_a_changer
    from changer.library.discovery import MEDIUM_CHANGER, designated_serial, t10_vendor

    session = Session(
        transport,
        clock=request.clock,
        may_initialize=lambda: False,  # the lock is named by the identity
        progress=request.progress,
    )
    inquiry = session.send(standard_inquiry())
    if inquiry.peripheral_device_type != MEDIUM_CHANGER:
        raise not_a_changer(device)
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


def open_device(request: Request) -> Transport:
    """Open the SCSI device of a path, of any kind, without a store.

    Raises NotAChanger for a device that is not a SCSI device; DeviceNotAvailable, AccessDenied.
    """
    from changer.library.choose import scsi_device
    from changer.transport.device_node import check_access

    path = Path(request.name or "")
    known = scsi_device(path)
    device = path if known is None else known.device
    check_access(device)
    return open_transport(str(device), request.wiring())


class KnownLibrary(NamedTuple):
    """Library of this host. ``name``: for a request: its device, or ``sim:NAME``."""

    id: str
    name: str


def known_libraries(request: Request) -> Iterator[KnownLibrary]:
    """Libraries that udev shows, then virtual ones, then those in the store.

    One may come twice. The iterator looks for a kind only when it gets there. Raises as opening
    the store does, except AccessDenied: without a right to read it, the others are still known.
    """
    from changer.library.choose import simulated_libraries
    from changer.library.discovery import find_changers

    simulated = replace(request, library=SIMULATED).paths.simulated
    for each in find_changers():
        yield KnownLibrary(each.identity.id, str(each.device))
    for name, identity in simulated_libraries(simulated):
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
    """Open this library, with locks of its own; an error if another one is at its device now.

    Raises as open_library; LibraryDisabled before DeviceNotAvailable.
    """
    try:
        library = open_library(replace(request, library=known.name, held=[]))
    except DeviceNotAvailable:
        require_enabled(known.id, request.configuration.settings(known.id))
        raise
    if library.id != known.id:
        library.close()
        raise DeviceNotAvailable(
            f"{known.id} is no longer at {known.name}; {library.id} is there now",
            hint="changer list shows the libraries of this host",
        )
    return library
