"""Attachment of a virtual library: devices of this host, /dev/sg, /dev/sch and /dev/st.

target_core_user hands the commands of a device to this process, tcm_loop shows the device on this
host (Linux, Documentation/target/tcmu-design.rst), the iSCSI target to others. Made from the first
object to the last, undone from the last to the first.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from changer.errors import AttachFailed
from changer.host import interrupts
from changer.host.clock import Clock
from changer.simulator.transport import SharedLibrary
from changer.tcmu.backstore import Backstore, UioDevice, create_hba, remove_hba
from changer.tcmu.iscsi import MODULE, Portal, Target, target_of
from changer.tcmu.kernel_modules import load_drivers, prepare_kernel, require_root
from changer.tcmu.leftovers import refuse_leftovers
from changer.tcmu.loopback import DeviceNodes, Port, port_of, wait_for_nodes
from changer.tcmu.owner import owning
from changer.tcmu.served_unit import ServedUnit
from changer.tcmu.service import Service
from changer.tcmu.serving_trace import ServingTrace
from changer.values import dataclass

# The kernel sends a command that met BUSY again within milliseconds; emulation is slow.
_LOST_SECONDS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class AttachedUnit:
    """A unit in the kernel. ``serial``: its unit serial number, None if it reports none."""

    served: ServedUnit
    backstore: Backstore
    port: Port
    serial: str | None

    @property
    def number(self) -> int | None:
        """Of the drive; None is the changer."""
        return self.served.number


class Attachment:
    """Attached library, which ``attached`` yields; the overseer of its service."""

    def __init__(self, library: SharedLibrary, clock: Clock) -> None:
        self.library = library
        self.units: list[AttachedUnit] = []
        self.drivers_missing: tuple[str, ...] = ()
        self.target: Target | None = None
        self._clock = clock
        self._tasks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def nodes(self, unit: AttachedUnit) -> DeviceNodes:
        """The nodes of a unit in /dev, once the kernel's drivers have made them."""
        driver, node = ("ch", "changer") if unit.number is None else ("st", "no_rewind")
        wanted = ["generic"] if driver in self.drivers_missing else ["generic", node]
        return wait_for_nodes(unit.port.scsi_address, wanted, clock=self._clock)

    def serve(self) -> None:
        """Plug and unplug devices as the library's faults require, until a signal or a failure."""
        while True:
            self._tasks.get()()

    # Overseer: called in the service's thread

    def connection_lost(self, unit: ServedUnit) -> None:
        """Commands fail on their way, for a second."""
        port = self._unit(unit.number).port
        self._lose(port)
        self._tasks.put(lambda: self._reconnect(port))

    def unplugged(self, numbers: frozenset[int | None]) -> None:
        """Commands to these fail at once; their devices go as soon as possible."""
        for unit in self.units:
            if unit.number in numbers:
                self._lose(unit.port)
        self._tasks.put(lambda: self._show(numbers))

    def _lose(self, port: Port) -> None:
        try:
            port.disturb(lost=True)
        except OSError as error:  # the service must go on, or nothing could be taken down
            self.failed(error)

    def failed(self, error: BaseException) -> None:
        """End ``serve`` with this error."""

        def end() -> None:
            raise error

        self._tasks.put(end)

    def _unit(self, number: int | None) -> AttachedUnit:
        return next(unit for unit in self.units if unit.number == number)

    def _reconnect(self, port: Port) -> None:
        if self.target is not None:  # it waits for replies, so not in the service's thread
            self.target.offer(offered=False)
        self._clock.sleep(_LOST_SECONDS)
        port.disturb(lost=False)
        if self.target is not None:
            self.target.offer(offered=True)

    def _show(self, unplugged: frozenset[int | None]) -> None:
        for index, unit in enumerate(self.units):
            if unit.number in unplugged:
                unit.port.unlink()
                if self.target is not None:
                    self.target.unlink(index)
            elif not unit.port.is_linked:
                unit.port.disturb(lost=False)
                unit.port.link(unit.backstore.folder)
                if self.target is not None:
                    self.target.link(index, unit.backstore.folder)


@contextmanager
def attached(
    name: str,
    *,
    folder: Path,
    locks: Path,
    command: str,
    clock: Clock,
    export: Portal | None = None,
    trace: ServingTrace | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Attachment]:
    """Show the library; inside ``with`` its devices are there. Whatever happens, they go after it.

    ``folder``: where virtual libraries are; ``locks``: where locks are; ``export``: where other
    hosts reach it. Raises AccessDenied for all but root, NoLibrary, SimulatorRefused when it is
    attached already, AttachFailed.
    """
    require_root()
    # Whenever Ctrl-C comes, nothing may be made that nothing undoes.
    with interrupts.motion(_silent), _kernel_refusals(name), ExitStack() as stack:
        stack.enter_context(owning(name, locks=locks, command=command, clock=clock))
        library = SharedLibrary(name, folder=folder)
        stack.callback(library.close)
        progress("loading kernel modules")
        prepare_kernel(*([] if export is None else [MODULE]))
        refuse_leftovers(name)
        attachment = Attachment(library, clock)
        attachment.drivers_missing = load_drivers()
        progress(f"attaching sim:{name}")
        service = _build(attachment, stack, clock=clock, trace=trace)
        if export is not None:
            _export(attachment, stack, service, export)
        with interrupts.allowed():
            yield attachment
        progress(f"detaching sim:{name}")


def _silent() -> None:
    """Making and removing take no time that a person would notice."""


def _build(
    attachment: Attachment, stack: ExitStack, *, clock: Clock, trace: ServingTrace | None
) -> Service:
    """Make everything; ``stack`` undoes it from its end: devices, service, rings, backstores."""
    library = attachment.library
    hba = create_hba()
    stack.callback(remove_hba, hba)
    for index in range(library.profile.drives + 1):
        attachment.units.append(_make_unit(library, hba, index, stack))
    service = Service(
        library,
        [unit.served for unit in attachment.units],
        clock=clock,
        overseer=attachment,
        trace=trace,
    )
    stack.callback(service.stop)
    service.start()
    for unit in attachment.units:
        stack.callback(unit.port.remove)
        unit.port.create()
    stack.callback(_quieten, service, attachment)
    for unit in attachment.units:
        unit.port.link(unit.backstore.folder)
    return service


def _export(attachment: Attachment, stack: ExitStack, service: Service, portal: Portal) -> None:
    """Offer all units to other hosts; their sessions end before anything else goes."""
    target = target_of(attachment.library.name)
    stack.callback(target.remove)
    target.create([unit.backstore.folder for unit in attachment.units])
    target.listen(portal)
    attachment.target = target
    stack.callback(_quieten, service, attachment)


def _make_unit(library: SharedLibrary, hba: Path, index: int, stack: ExitStack) -> AttachedUnit:
    number = None if index == 0 else index - 1
    backstore = Backstore(hba / f"sim:{library.name}:{index}", library.name, index)
    stack.callback(backstore.remove)
    backstore.create(reserves=number is not None or bool(library.profile.reservation_types))
    uio = backstore.find_uio()
    if uio is None:
        raise AttachFailed(f"the kernel did not create a uio device for {backstore.folder}")
    device = UioDevice(uio)
    stack.callback(device.close)
    return AttachedUnit(
        ServedUnit(number, device),
        backstore,
        port_of(library.name, index),
        library.serial_of(number),
    )


def _quieten(service: Service, attachment: Attachment) -> None:
    """Nothing may wait for a reply when the devices go: their going would wait for it."""
    service.drain()
    if not service.is_alive:
        for unit in attachment.units:
            unit.backstore.abandon_commands()


@contextmanager
def _kernel_refusals(name: str) -> Iterator[None]:
    """Raise AttachFailed for what the kernel refuses."""
    try:
        yield
    except BrokenPipeError:  # not the kernel's: the reader of our output is gone
        raise
    except OSError as error:
        raise AttachFailed(
            f"the kernel does not show sim:{name}: {error.strerror or error}"
            + (f" ({error.filename})" if error.filename else ""),
            hint=f"dmesg says more; changer sim detach {name} --cleanup removes what is left",
        ) from error
