"""A library that begins anew for each case, and a wire on which any command can meet a fault.

The device and the wire are faked, in memory; what sends the commands is the driver's own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from clocks import HandClock

from changer.errors import ChangerError, CommandTimedOut, DeviceNotAvailable
from changer.library.library import Context, Library
from changer.library.model import Identity
from changer.library.settings import LibrarySettings
from changer.simulator.creation import new_state
from changer.simulator.fault import Fault, Left
from changer.simulator.profiles.table import PROFILES
from changer.simulator.state import State
from changer.simulator.state_format import dump_state, load_state
from changer.simulator.target import answer
from changer.smc.cdb import move_medium
from changer.smc.command import Command, Reply
from changer.store.coordination import HostCoordination
from changer.store.sharing import Lock

SLOT_1, SLOT_2, RESERVED, PICKER, DRIVE_0, DRIVE_1, MAIL_1 = 1001, 1002, 1004, 1, 500, 501, 101


# Few elements, so that reading them all costs little; asked for by type, in the most commands.
_SMALL: dict[str, Any] = {
    "serial": "FAULTS01",
    "drive_serial": "DRV",
    "product": "ASKED BY TYPE",
    "slots": 5,
    "mail": 1,
    "magazine_size": 0,
    "free_slots": (4,),
}


class Kind(Enum):
    """The purpose of a command of a function."""

    READY = "TEST UNIT READY"
    GEOMETRY = "MODE SENSE 1Dh"
    CAPABILITIES = "MODE SENSE 1Fh"
    ELEMENTS = "READ ELEMENT STATUS"
    IDENTIFIERS = "READ ELEMENT STATUS with DVCID"
    MOVE = "MOVE MEDIUM"
    DRIVE = "TEST UNIT READY of the drive"
    DRIVE_SERIAL = "INQUIRY of the drive"
    OTHER = "another one"


def kind_of(cdb: bytes, unit: int | None) -> Kind:
    """By the bytes on the wire."""
    if unit is not None:
        return Kind.DRIVE_SERIAL if cdb[0] == 0x12 else Kind.DRIVE
    if cdb[0] in (0x1A, 0x5A):
        return {0x1D: Kind.GEOMETRY, 0x1F: Kind.CAPABILITIES}[cdb[2] & 0x3F]
    if cdb[0] == 0xB8:
        return Kind.IDENTIFIERS if cdb[6] & 0x01 else Kind.ELEMENTS
    return {0x00: Kind.READY, 0xA5: Kind.MOVE}.get(cdb[0], Kind.OTHER)


class Conduct(Enum):
    """What the device does with a command whose end is a fault."""

    NOT_EXECUTED = auto()
    EXECUTED = auto()
    IN_TRANSPORT = auto()


class Lasting(Enum):
    """Which commands meet the fault, from the struck one on."""

    ONCE = "once"
    EACH = "each of its kind"
    ALL = "all"
    ALTERNATE = "every other one"


@dataclass(frozen=True)
class Strike:
    """A fault: at which command, counted from 1, and what then comes back.

    ``times``: how many in a row meet it where it is ONCE, and of every other one; 0 without end.
    ``seconds``: its end, since the first of them; None without one. ``in_doubt``: a motion may
    have been made all the same, what moves nothing was not executed. ``serial``: another library
    answers from then on.
    """

    position: int
    end: Reply | ChangerError
    lasting: Lasting = Lasting.ONCE
    conduct: Conduct = Conduct.NOT_EXECUTED
    times: int = 1
    seconds: float | None = None
    in_doubt: bool = False
    serial: str | None = None

    def strikes(self, number: int, kind: Kind, struck: Kind) -> bool:
        """Whether it meets that command; the first that it met was of the kind ``struck``."""
        since = number - self.position
        return {
            Lasting.ONCE: since < self.times,
            Lasting.EACH: kind is struck,
            Lasting.ALL: True,
            Lasting.ALTERNATE: since % 2 == 0 and (not self.times or since < 2 * self.times),
        }[self.lasting]


@dataclass(frozen=True)
class Exchange:
    """One command on the wire and its end; ``struck``: by the fault; ``locked``: under the lock."""

    cdb: bytes
    kind: Kind
    end: Reply | ChangerError
    struck: bool
    locked: bool


class Bench:
    """One library, its store and its time, as they were at the beginning of each case."""

    def __init__(self, folder: Path, prepare: Callable[[Bench], None], **profile: Any) -> None:
        self.folder = folder
        self.profile = replace(PROFILES["demo"], **(_SMALL | profile))
        self.settings = LibrarySettings()
        self.clock = HandClock()
        self.wire: list[Exchange] = []
        self.steps: list[str] = []
        self.warnings: list[str] = []
        self.strikes: tuple[Strike, ...] = ()
        self._held: list[Lock] = []
        # The kind of the command that a fault met first, and when.
        self._struck: dict[Strike, tuple[Kind, float]] = {}
        self.state: State = new_state("faults", self.profile)
        self._identity = Identity(
            self.profile.vendor, self.profile.product, self.profile.revision, self.profile.serial
        )
        file = folder / "state" / "state.db"
        # Opened once: to open and close it takes as long as many a case.
        self._coordination = HostCoordination(state=file, locks=folder / "lock", clock=self.clock)
        self._store = self._coordination.open_store()
        self._remember()
        prepare(self)
        self._kept_state = dump_state(self.state)
        self._rows = _Rows(file)
        self._began = self.clock.time

    def close(self) -> None:
        self._rows.close()
        self._store.close()

    def begin_again(self, *strikes: Strike) -> None:
        """Everything as it was; the next command is the first."""
        self._rows.restore()
        self.state = load_state("faults", self._kept_state)
        self.clock.time = self._began
        self.clock.slept.clear()
        self.wire.clear()
        self.steps.clear()
        self.warnings.clear()
        self.strikes, self._struck = strikes, {}

    def end_fault(self) -> None:
        """From now on all is well, and the library is itself."""
        self.strikes = ()
        self.state.profile = self.profile

    def open(self) -> Library:
        """The library, over the wire, as a new process meets it. Its store is not to be closed."""
        return Library(
            self._identity,
            _Carrier(self, None),
            device="sim:faults",
            store=self._store,
            settings=self.settings,
            context=Context(
                coordination=self._coordination,
                clock=self.clock,
                command="the test",
                held=self._held,
                progress=self.steps.append,
                warn=self.warnings.append,
            ),
            find_drive=lambda number, _: f"sim:faults/drive:{number}",
            open_transport=lambda _, number: _Carrier(self, int(number)),
        )

    def _remember(self) -> None:
        self._store.remember_library(
            self._identity.id,
            vendor=self._identity.vendor,
            product=self._identity.product,
            revision=self._identity.revision,
            serial=self._identity.serial,
            device="sim:faults",
        )
        operation = self._store.begin_operation(self._identity.id, "reserve")
        self._store.reserve(operation.id, slot_address=RESERVED)

    # the device

    def carry(self, command: Command[Any], unit: int | None) -> Reply:
        """What comes back, or is raised, for one command."""
        kind = kind_of(command.cdb, unit)
        strike = self._striking(len(self.wire) + 1, kind)
        end = (
            self._execute(command, unit) if strike is None else self._suffer(strike, command, unit)
        )
        end = self.deliver(command, end, struck=strike is not None)
        self.wire.append(
            Exchange(command.cdb, kind, end, struck=strike is not None, locked=bool(self._held))
        )
        if isinstance(end, CommandTimedOut):
            self.clock.sleep(command.timeout_seconds)
        if isinstance(end, ChangerError):
            raise end
        return end

    def deliver(
        self, command: Command[Any], end: Reply | ChangerError, *, struck: bool
    ) -> Reply | ChangerError:
        """What arrives of the device's answer: all of it."""
        return end

    def _striking(self, number: int, kind: Kind) -> Strike | None:
        """The fault that this command meets."""
        for strike in self.strikes:
            if number < strike.position:
                continue
            struck, since = self._struck.setdefault(strike, (kind, self.clock.time))
            over = strike.seconds is not None and self.clock.time >= since + strike.seconds
            if not over and strike.strikes(number, kind, struck):
                return strike
        return None

    def _suffer(
        self, strike: Strike, command: Command[Any], unit: int | None
    ) -> Reply | ChangerError:
        if strike.serial is not None:
            self.state.profile = replace(self.profile, serial=strike.serial)
        moves = command.moves_medium
        if strike.conduct is Conduct.NOT_EXECUTED or (strike.in_doubt and not moves):
            return strike.end
        if strike.conduct is Conduct.IN_TRANSPORT:
            self.state.add_fault(Fault(name="move-fails", left=Left.IN_TRANSPORT, times=1))
        given = self._execute(command, unit)
        if isinstance(strike.end, Reply) and isinstance(given, Reply):
            return strike.end._replace(data=given.data)
        return strike.end

    def _execute(self, command: Command[Any], unit: int | None) -> Reply | ChangerError:
        given = answer(self.state, command.cdb, unit=unit, now=self.clock.now())
        if given.loss is not None:
            return DeviceNotAvailable("the virtual device does not answer")
        if given.seconds:
            self.clock.sleep(given.seconds)
        return given.reply._replace(data=given.reply.data[: command.allocation_length])

    # what came of it

    @property
    def places(self) -> dict[int, str]:
        return {address: each.tag for address, each in self.state.cartridges.items()}

    @property
    def moves(self) -> list[int]:
        """The numbers of the MOVE MEDIUM commands on the wire, counted from 0."""
        return [at for at, each in enumerate(self.wire) if each.kind is Kind.MOVE]

    def move(self, source: int, destination: int) -> None:
        """As another host would."""
        given = answer(
            self.state, move_medium(source, destination).cdb, unit=None, now=self.clock.now()
        )
        assert given.reply.status == 0
        self.clock.time += 60


class _Rows:
    """All rows of a store as they are now, put back by another connection."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file)
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = [name for (name,) in self._connection.execute(named)]
        self._kept = {
            table: self._connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables
        }

    def restore(self) -> None:
        with self._connection:
            for table, rows in self._kept.items():
                self._connection.execute(f"DELETE FROM {table}")
                for row in rows:
                    marks = ", ".join("?" * len(row))
                    self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)

    def close(self) -> None:
        self._connection.close()


@dataclass
class _Carrier:
    """The transport to the changer (``unit`` None) or to a drive."""

    bench: Bench
    unit: int | None

    def execute(self, command: Command[Any]) -> Reply:
        return self.bench.carry(command, self.unit)

    def close(self) -> None:
        """Nothing is open."""
