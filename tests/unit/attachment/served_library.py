"""A virtual library served through rings of a kernel that is played by the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.simulator.description import Description, describe
from changer.simulator.operator_api import operate, set_fault
from changer.simulator.transport import SharedLibrary
from changer.tcmu.served_unit import ServedUnit
from changer.tcmu.service import Service
from changer.tcmu.serving_trace import ServingTrace

from .kernel_side import Ended, FakeUio, KernelSide

LIMIT_SECONDS = 120.0


class SkippingClock(SystemClock):
    """The host's time, of which a test leaves some out."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def skip(self, seconds: float) -> None:
        """So much has passed."""
        self._skipped += seconds

    def now(self) -> float:
        return super().now() + self._skipped

    def monotonic(self) -> float:
        return super().monotonic() + self._skipped


class Observer:
    """Overseer that only notes what it is told."""

    def __init__(self) -> None:
        self.lost: list[int | None] = []
        self.unplugs: list[frozenset[int | None]] = []
        self.failures: list[BaseException] = []

    def connection_lost(self, unit: ServedUnit) -> None:
        self.lost.append(unit.number)

    def unplugged(self, numbers: frozenset[int | None]) -> None:
        self.unplugs.append(numbers)

    def failed(self, error: BaseException) -> None:
        self.failures.append(error)


class ServedLibrary:
    """``unit`` None is the changer, then its drives by number."""

    def __init__(
        self, folder: Path, profile: str = "demo", *, name: str = "it", trace: Path | None = None,
        ring_size: int = 4096, **fields: object,
    ) -> None:  # fmt: skip
        self.folder, self.name = folder, name
        create(name, folder=folder, profile=profile, **fields)
        self.library = SharedLibrary(name, folder=folder)
        self.clock = SkippingClock()
        self.observer = Observer()
        units = [None, *range(self.library.profile.drives)]
        self.devices = {
            unit: FakeUio(KernelSide(ring_size=ring_size, block_size=4096)) for unit in units
        }
        self._guard = threading.Lock()
        for device in self.devices.values():
            self._guarded(device)
        self.service = Service(
            self.library,
            [ServedUnit(unit, device) for unit, device in self.devices.items()],
            clock=self.clock,
            overseer=self.observer,
            trace=self._trace(trace),
        )
        self.service.start()

    def _guarded(self, device: FakeUio) -> None:
        """The kernel's half is used by two threads; the real one has a mutex of its own."""
        look = device.kernel.look

        def guarded() -> None:
            with self._guard:
                look()

        device.kernel.look = guarded  # type: ignore[method-assign]

    def _trace(self, path: Path | None) -> ServingTrace | None:
        if path is None:
            return None
        from changer.transport.traced import TraceFile

        file = TraceFile(path, device=f"sim:{self.name}", warn=self._refuse_warning)
        return ServingTrace(file, f"sim:{self.name}")

    @staticmethod
    def _refuse_warning(text: str) -> None:
        raise AssertionError(text)

    def send(
        self, cdb: str | bytes, *, room: int = 0, unit: int | None = None, data_out: bytes = b""
    ) -> int:
        """Its id; waits until there is room in the ring."""
        octets = bytes.fromhex(cdb) if isinstance(cdb, str) else cdb
        device = self.devices[unit]
        number: int | None = None

        def try_it() -> bool:
            nonlocal number
            with self._guard:
                number = device.kernel.send(octets, room, data_out=data_out)
            return number is not None

        self.until(try_it)
        assert number is not None
        device.ring_bell()
        return number

    def manage(self, function: int, ids: list[int], *, unit: int | None = None) -> None:
        """Task management."""
        device = self.devices[unit]

        def try_it() -> bool:
            with self._guard:
                return device.kernel.manage(function, ids)

        self.until(try_it)
        device.ring_bell()

    def ended(self, unit: int | None = None) -> list[Ended]:
        """What has ended since the last time."""
        with self._guard:
            return self.devices[unit].kernel.take_ended()

    def ask(
        self, cdb: str | bytes, *, room: int = 0, unit: int | None = None, data_out: bytes = b""
    ) -> Ended:
        """Send one command, alone, and wait for its end."""
        number = self.send(cdb, room=room, unit=unit, data_out=data_out)
        found: list[Ended] = []

        def has_ended() -> bool:
            found.extend(self.ended(unit))
            return bool(found)

        self.until(has_ended)
        (ended,) = found
        assert ended.id == number
        return ended

    @staticmethod
    def until(condition: Callable[[], bool]) -> None:
        """Return when it holds. Fails after two minutes."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it does not come"
            ServedLibrary.pause()

    @staticmethod
    def pause() -> None:
        """Let the service work."""
        time.sleep(0.0005)

    @property
    def truth(self) -> Description:
        return describe(self.name, folder=self.folder, now=self.clock.now())

    def fault(self, words: str) -> None:
        set_fault(self.name, words, folder=self.folder, clock=self.clock)

    def operate(self, words: str) -> None:
        operate(self.name, words, folder=self.folder, clock=self.clock)

    def close(self) -> None:
        self.service.stop()
        for device in self.devices.values():
            device.close()
        self.library.close()


Serve = Callable[..., ServedLibrary]
"""``serve("demo", name="it", cleaning_seconds=1)``: closed at the end of the test."""
