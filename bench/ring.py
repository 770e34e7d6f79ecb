"""How many commands a second an attached library answers on one core, without emulation.

The kernel's half of the ring is played by another process, so that only the service is measured:
by the processor time that it takes, which does not depend on what else this machine does.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import REPOSITORY, print_table

sys.path.insert(0, str(REPOSITORY / "tests" / "unit"))

from attachment.kernel_side import FakeUio, KernelSide

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import raw
from changer.tcmu.served_unit import ServedUnit
from changer.tcmu.service import Service

DEPTH = 16
COUNT = 5_000
MIX = (
    ("TEST UNIT READY", "000000000000", 0),
    ("INQUIRY", "120000006000", 96),
    ("MODE SENSE, page 1Dh", "1a081d00ff00", 255),
    ("READ ELEMENT STATUS, 12 slots", "b81200000fff000004000000", 1024),
)


class Nobody:
    """Overseer of a benchmark."""

    def connection_lost(self, unit: ServedUnit) -> None: ...

    def unplugged(self, numbers: frozenset[int | None]) -> None: ...

    def failed(self, error: BaseException) -> None:
        raise error


class OtherProcess(FakeUio):
    """The service's end: the kernel's half is told through a pipe."""

    def __init__(self, kernel: KernelSide, bell: int, answer: int) -> None:
        super().__init__(kernel)
        self._bell, self._answer = bell, answer

    def fileno(self) -> int:
        return self._bell

    def silence(self) -> None:
        os.read(self._bell, 4096)

    def tell_kernel(self) -> None:
        os.write(self._answer, b"\0")


def play_kernel(
    kernel: KernelSide, bell: int, answer: int, cdb: bytes, room: int, count: int
) -> None:
    """Keep some commands under way until so many have ended."""
    sent = ended = 0
    while ended < count:
        while sent < count and len(kernel.sent) < DEPTH and kernel.send(cdb, room) is not None:
            sent += 1
        os.write(bell, b"\0")
        os.read(answer, 4096)
        kernel.look()
        ended += len(kernel.take_ended())


def seconds_per_command(folder: Path, cdb: bytes, room: int, count: int) -> float:
    """Processor time of the service."""
    probe = KernelSide(ring_size=65536, block_size=4096)
    kernel = KernelSide(ring_size=65536, block_size=4096, memory=mmap.mmap(-1, len(probe.memory)))
    bell_end, bell = os.pipe()
    answer_end, answer = os.pipe()
    child = os.fork()
    if child == 0:
        play_kernel(kernel, bell, answer_end, cdb, room, count)
        os._exit(0)
    library = SharedLibrary("bench", folder=folder)
    unit = ServedUnit(None, OtherProcess(kernel, bell_end, answer))
    service = Service(library, [unit], clock=SystemClock(), overseer=Nobody())
    began = time.process_time()
    os.set_blocking(bell_end, True)
    service.start()
    os.waitpid(child, 0)
    taken = time.process_time() - began
    service.stop()
    library.close()
    return taken / count


def seconds_without_ring(folder: Path, cdb: bytes, room: int, count: int) -> float:
    """The same command to sim:NAME, in this process."""
    transport = SimulatedTransport(SharedLibrary("bench", folder=folder), clock=SystemClock())
    command = raw(cdb, allocation_length=room, timeout_seconds=10.0)
    began = time.process_time()
    for _ in range(count):
        transport.execute(command)
    return (time.process_time() - began) / count


def main() -> None:
    rows = [["", "through the ring", "without", "ratio"]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create("bench", folder=folder, profile="demo")
        for what, text, room in MIX:
            cdb = bytes.fromhex(text)
            ring = seconds_per_command(folder, cdb, room, COUNT)
            bare = seconds_without_ring(folder, cdb, room, COUNT)
            rows.append([what, f"{1 / ring:.0f}", f"{1 / bare:.0f}", f"{bare / ring:.2f}"])
    print_table("Attached library, commands a second of one core (processor time):", rows)


if __name__ == "__main__":
    main()
