"""A virtual library that is there for others too: each command meets it as its file has it."""

from __future__ import annotations

from pathlib import Path

from changer.errors import DeviceNotAvailable
from changer.simulator.catalogue import open_library
from changer.simulator.profile import Profile
from changer.simulator.request import Answer
from changer.simulator.reset import reset_unit
from changer.simulator.state import State
from changer.simulator.target import answer

__all__ = ["SharedLibrary"]


class SharedLibrary:
    """Executes commands on the library's file, under its lock; threads and processes may share it.

    The state is saved before the answer is given. Raises DeviceNotAvailable once it was deleted,
    and what its file raises.
    """

    def __init__(self, name: str, *, folder: Path) -> None:
        """Raises NoLibrary."""
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
        """The unit serial number of the changer (``unit`` None) or of a drive, if it tells one."""
        if unit is not None:
            return self.profile.serial_of_drive(unit)
        return self.profile.serial if self.profile.serial_page else None

    def execute(self, cdb: bytes, *, unit: int | None, now: float) -> Answer:
        """The answer of the changer (``unit`` None) or of a drive; now in seconds since 1970."""
        self._require()
        with self._file.locked():
            state = self._load()
            if cdb:
                self._file.lock.count(0 if unit is None else unit + 1, cdb[0])
            given = answer(state, cdb, unit=unit, now=now)
            self._file.save(state)
        return given

    def reset(self, unit: int | None) -> None:
        """A reset of that logical unit."""
        self._require()
        with self._file.locked():
            state = self._load()
            reset_unit(state, unit)
            self._file.save(state)

    def unplugged(self) -> frozenset[int | None]:
        """The units whose devices are missing: None for the changer, and drives."""
        self._require()
        with self._file.locked():
            return frozenset(fault.drive for fault in self._load().faults_named("unplugged"))

    def close(self) -> None:
        """Let go of the library's files."""
        self._file.close()

    def _require(self) -> None:
        if not self._file.exists():  # or taking its lock would leave a lock behind
            raise self._deleted()

    def _load(self) -> State:
        state = self._file.load()
        if state is None:
            raise self._deleted()
        return state

    def _deleted(self) -> DeviceNotAvailable:
        return DeviceNotAvailable(f"virtual library {self.name!r} was deleted")
