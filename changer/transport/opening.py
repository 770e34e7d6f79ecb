"""Opening of transports: chosen by the name of the device from one table, and wrapped alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from changer.errors import ChangerError
from changer.host.clock import Clock
from changer.transport import Transport
from changer.values import dataclass, field

if TYPE_CHECKING:
    from changer.simulator.profile import Profile
    from changer.simulator.transport import SharedLibrary
    from changer.transport.dry_run import DryRun

SIMULATED = "sim:"
REPLAYED = "replay:"
_DRIVE = "/drive:"


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the transports of a library and of its drives have in common.

    ``simulated``: the folder of virtual libraries. ``lock_descriptors``: of the locks that are
    held, for a command that moves a medium to inherit. ``trace``: a file that every exchange is
    added to. ``show``: called with a line for each exchange. ``warn``: called with a message when
    nothing is traced any more. ``dry_run``: keeps what would change something instead of sending
    it. ``wrap``: put around each transport before all that, with the device's name.
    ``node_transport``: what carries commands to nodes, of NODE_TRANSPORTS. ``virtual``: the virtual
    libraries that were opened, by name: the file of each is read once. ``initiator``: who sends
    commands to them, as SharedLibrary has it; None: as every program of this host.
    """

    clock: Clock
    simulated: Path
    lock_descriptors: Callable[[], tuple[int, ...]]
    trace: Path | None
    show: Callable[[str], None] | None
    warn: Callable[[str], None]
    dry_run: DryRun | None
    wrap: Callable[[Transport, str], Transport]
    node_transport: str = "sg_raw"
    virtual: dict[str, SharedLibrary] = field(default_factory=dict)
    initiator: str | None = None


def _sg_raw(device: str, wiring: Wiring) -> Transport:
    from changer.transport.sg_raw import SgRaw

    return SgRaw(Path(device), descriptors=wiring.lock_descriptors)


def _sg_io(device: str, wiring: Wiring) -> Transport:
    from changer.transport.sg_io import SgIo

    return SgIo(Path(device), descriptors=wiring.lock_descriptors)


def _simulated(device: str, wiring: Wiring) -> Transport:
    from changer.simulator.transport import SimulatedTransport

    name, _, drive = device.partition(_DRIVE)
    unit = int(drive) if drive else None
    return SimulatedTransport(_virtual(name, wiring), unit=unit, clock=wiring.clock)


def _virtual(name: str, wiring: Wiring) -> SharedLibrary:
    from changer.simulator.transport import SharedLibrary

    if name not in wiring.virtual:
        who = {} if wiring.initiator is None else {"initiator": wiring.initiator}
        wiring.virtual[name] = SharedLibrary(name, folder=wiring.simulated, **who)
    return wiring.virtual[name]


def _replay(device: str, _: Wiring) -> Transport:
    from changer.transport.replay import ReplayTransport

    return ReplayTransport(Path(device))


# Transports to a node of Linux' sg driver, by their names in the settings.
NODE_TRANSPORTS: Mapping[str, Callable[[str, Wiring], Transport]] = {
    "sg_raw": _sg_raw,
    "sg_io": _sg_io,
}


def _node(device: str, wiring: Wiring) -> Transport:
    return NODE_TRANSPORTS[wiring.node_transport](device, wiring)


class _Means:
    """What opens tape drives that are nodes; there is one state, as there is one process."""

    open_tape: Callable[[str], Transport] | None = None


def open_tapes_by(opener: Callable[[str], Transport] | None) -> None:
    """Open the nodes of tape drives by this from now on: they are another host's. None: here."""
    _Means.open_tape = opener


# How the name of a device begins, and what opens the rest of it; the first that fits.
KINDS: tuple[tuple[str, Callable[[str, Wiring], Transport]], ...] = (
    (SIMULATED, _simulated),
    (REPLAYED, _replay),
    ("", _node),
)


def drive_device(library: str, number: int) -> str:
    """The device of a virtual library's drive."""
    return f"{library}{_DRIVE}{number}"


def simulated_identity(library: str, wiring: Wiring) -> tuple[str, str, str, str | None]:
    """Vendor, product, revision, and serial number of a virtual library. Raises NoLibrary.

    What it read is kept for the transport; its files are let go of.
    """
    shared = _virtual(library.removeprefix(SIMULATED), wiring)
    shared.close()
    return identity_of(shared.profile)


def identity_of(profile: Profile) -> tuple[str, str, str, str | None]:
    """The same of a profile."""
    serial = profile.serial if profile.serial_page else None
    return profile.vendor, profile.product, profile.revision, serial


def open_transport(device: str, wiring: Wiring, *, drive: int | str | None = None) -> Transport:
    """Open a device: a node of Linux' sg driver, ``sim:NAME`` or ``sim:NAME/drive:NUMBER``, or
    ``replay:FILE``, a trace. Sends nothing.

    ``drive``: the number of the tape drive, or its device where that is not known; None for a
    library. A drive's lines of a trace come
    after the header of its library, and name its device.

    Raises OutputFailed, AccessDenied (a trace that can't be begun), and what the transport raises.
    """
    prefix, open_kind = next(each for each in KINDS if device.startswith(each[0]))
    if drive is not None and not prefix and _Means.open_tape is not None:
        transport = _Means.open_tape(device)
    else:
        transport = open_kind(device.removeprefix(prefix), wiring)
    try:
        transport = wiring.wrap(transport, device)
        if wiring.trace is not None or wiring.show is not None:
            transport = _observed(transport, device, wiring, drive)
    except BaseException:
        transport.close()
        raise
    if wiring.dry_run is not None:
        name = device if drive is None else f"drive {drive}"
        transport = wiring.dry_run.transport(transport, name)
    return transport


def _observed(inner: Transport, device: str, wiring: Wiring, drive: int | str | None) -> Transport:
    """Shown, and traced. A trace that fails at a drive is a warning: a cartridge is on its way."""
    from changer.transport.traced import ShownTransport, TracedTransport

    transport = inner
    if wiring.show is not None:
        prefix = "" if drive is None else f"drive {drive}: "
        transport = ShownTransport(transport, wiring.show, prefix)
    if wiring.trace is None:
        return transport
    try:
        return TracedTransport(
            transport,
            wiring.trace,
            device=device,
            clock=wiring.clock,
            warn=wiring.warn,
            is_drive=drive is not None,
        )
    except ChangerError as error:
        if drive is None:
            raise
        wiring.warn(f"{error.message}; commands to drive {drive} are not recorded in it")
        return transport
