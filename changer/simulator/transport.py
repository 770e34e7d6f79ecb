"""Transport to a virtual library in a file, which threads and processes share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from changer.errors import CommandTimedOut, DeviceNotAvailable, NoSuchDrive, TransportFailed
from changer.host.clock import Clock
from changer.simulator.catalogue import open_library
from changer.simulator.profile import Profile
from changer.simulator.request import DEFAULT_INITIATOR, Answer, Loss, parse_nexus
from changer.simulator.state import State
from changer.simulator.target import answer
from changer.smc.command import Command, Reply


class SharedLibrary:
    """Executes commands on the library's file, under its lock; threads and processes may share it.

    The state is read before each command and saved before its answer is given. ``unit`` is None
    for the changer, else the number of a drive. Raises DeviceNotAvailable once the library was
    deleted, and what its file raises.

    ``initiator``: who sends the commands, as ``NAME`` or ``NAME@PORT``: the port of the library
    that they come through, counted from 1. Different ones are different hosts to the library.
    """

    def __init__(self, name: str, *, folder: Path, initiator: str = DEFAULT_INITIATOR) -> None:
        """Raises NoLibrary; SimulatorRefused for what can't be an initiator."""
        self._nexus = parse_nexus(initiator)
        self._file = open_library(name, folder=folder)
        try:
            with self._file.locked():
                self.profile: Profile = self._load().profile
        except BaseException:
            self._file.close()
            raise

    @property
    def name(self) -> str:
        """The library's name."""
        return self._file.name

    def serial_of(self, unit: int | None) -> str | None:
        """The unit serial number, or None if the unit reports none."""
        if unit is not None:
            with self._changing() as state:
                return state.serial_of_drive(unit)
        return self.profile.serial if self.profile.serial_page else None

    def execute(self, cdb: bytes, *, unit: int | None, now: float, data_out: bytes = b"") -> Answer:
        """The answer of a unit; now in seconds since 1970."""
        with self._changing() as state:
            if cdb:
                self._file.lock.count(0 if unit is None else unit + 1, cdb[0])
            return answer(state, cdb, unit=unit, now=now, data_out=data_out, nexus=self._nexus)

    def reset(self, unit: int | None) -> None:
        """A reset of that logical unit."""
        with self._changing() as state:
            state.reset_unit(unit)

    def unplugged(self) -> frozenset[int | None]:
        """The units whose devices are missing."""
        with self._changing() as state:
            return frozenset(fault.drive for fault in state.faults_named("unplugged"))

    def close(self) -> None:
        """Let go of the library's files; they are opened again when needed."""
        self._file.close()

    @contextmanager
    def _changing(self) -> Iterator[State]:
        if not self._file.exists():  # or taking its lock would leave a lock behind
            raise self._deleted()
        with self._file.locked():
            state = self._load()
            yield state
            self._file.save(state)

    def _load(self) -> State:
        state = self._file.load()
        if state is None:
            raise self._deleted()
        return state

    def _deleted(self) -> DeviceNotAvailable:
        return DeviceNotAvailable(f"virtual library {self.name!r} was deleted")


class SimulatedTransport:
    """Carries commands to the changer of a virtual library, or to its drive ``unit``.

    Threads may share it; the library's file is read once for all its units. The time that a command
    takes passes on ``clock`` after the state was saved, without the lock: others see the robot
    busy, not the library gone.
    """

    def __init__(self, library: SharedLibrary, *, unit: int | None = None, clock: Clock) -> None:
        self._library = library
        self._unit = unit
        self._clock = clock
        drives = library.profile.drives
        if unit is not None and not 0 <= unit < drives:
            library.close()
            raise NoSuchDrive(
                f"virtual library {library.name!r} has no drive {unit}: it has {drives}"
            )

    def execute(self, command: Command[Any]) -> Reply:
        """The library's reply to one command."""
        given = self._library.execute(
            command.cdb, unit=self._unit, now=self._clock.now(), data_out=command.data_out
        )
        if given.loss is not Loss.GONE:
            self._raise_loss(given, command)
        if given.seconds > command.timeout_seconds:
            self._clock.sleep(command.timeout_seconds)
            raise self._timed_out(command)
        if given.seconds > 0:
            self._clock.sleep(given.seconds)
        self._raise_loss(given, command)
        # As a host adapter does: never more than the buffer holds.
        data = given.reply.data[: command.allocation_length]
        return Reply(given.reply.status, data, given.reply.sense)

    def close(self) -> None:
        """Let go of the library's files."""
        self._library.close()

    def _raise_loss(self, given: Answer, command: Command[Any]) -> None:
        if given.loss is Loss.HANG:
            # At once: a test that asks for a hang need not sit through the time-out.
            raise self._timed_out(command)
        if given.loss is Loss.GONE:
            raise TransportFailed(f"{command.name}: {self._device} went away without a reply")
        if given.loss is Loss.UNPLUGGED:
            raise DeviceNotAvailable(f"{self._device} is unplugged")

    def _timed_out(self, command: Command[Any]) -> CommandTimedOut:
        return CommandTimedOut(
            f"{command.name}: no reply from {self._device} in {command.timeout_seconds:g} s"
        )

    @property
    def _device(self) -> str:
        drive = "" if self._unit is None else f" drive {self._unit}"
        return f"sim:{self._library.name}{drive}"
