"""A virtual library with its store, its locks and its time, in a folder of their own.

The device is virtual; everything between a test and it is the driver's own. ``Wire`` stands
around the transport, where the world can change between one command and the next.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from clocks import HandClock
from folders import Kept
from on_record import primary_reservation

from changer.errors import ChangerError
from changer.host.clock import TimedStep
from changer.library.library import Library
from changer.library.opening import Request, open_library
from changer.library.settings import Configuration, LibrarySettings
from changer.simulator.catalogue import changing
from changer.simulator.creation import create
from changer.simulator.description import Description, describe
from changer.simulator.operator_api import operate, set_fault
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import move_medium
from changer.smc.command import Command, Reply
from changer.store.protocol import Store
from changer.store.sharing import Coordination
from changer.store.sqlite import open_store
from changer.transport import Transport
from changer.transport.dry_run import DryRun

NAME = "library"

TEST_UNIT_READY, MODE_SENSE, READ_ELEMENT_STATUS = 0x00, 0x1A, 0xB8
INQUIRY, MOVE_MEDIUM, EXCHANGE_MEDIUM, POSITION = 0x12, 0xA5, 0xA6, 0x2B


# By what they are made of, and by whom.
_MADE: dict[object, tuple[Kept, ...]] = {}

Rewire = Callable[[Transport], Transport]


def as_it_is(transport: Transport) -> Transport:
    return transport


@dataclass
class Wire:
    """Carries commands, and keeps them. ``before`` and ``after`` are called with each one's CDB
    and its number, counted from 1; what they raise, the caller of the transport gets.
    """

    inner: Transport
    before: Callable[[int, bytes], None] = lambda number, cdb: None
    after: Callable[[int, bytes], None] = lambda number, cdb: None
    cdbs: list[bytes] = field(default_factory=list)

    def execute(self, command: Command[Any]) -> Reply:
        self.cdbs.append(command.cdb)
        number = len(self.cdbs)
        self.before(number, command.cdb)
        reply = self.inner.execute(command)
        self.after(number, command.cdb)
        return reply

    def close(self) -> None:
        self.inner.close()


class VirtualLibrary:
    """One virtual library of a profile, and what a host keeps about it."""

    def __init__(self, folder: Path, profile: str = "demo", **overrides: object) -> None:
        self.folder = folder
        self.simulated = folder / "simulated"
        self.state = folder / "state" / "state.db"
        self.locks = folder / "lock"
        self.clock = HandClock()
        self.warnings: list[str] = []
        self.steps: list[str] = []
        self.makes_store = False  # each command is preceded by the one that makes the store
        self._make(profile, overrides)
        known = self.truth.profile
        self.serial = known.serial
        parts = (known.vendor, known.product, known.serial)
        self.id = "_".join(part.replace(" ", "_") for part in parts)

    def _make(self, profile: str, overrides: Mapping[str, object]) -> None:
        """The library and the store, which in this process only the first of its kind makes."""
        umask = os.umask(0)
        os.umask(umask)
        kind = (profile, repr(sorted(overrides.items())), os.geteuid(), os.getegid(), umask)
        parts = (self.simulated, self.state.parent)
        are_new = not any(each.exists() for each in parts)
        if are_new and kind in _MADE:
            for part, kept in zip(parts, _MADE[kind], strict=True):
                kept.put(part)
            return
        create(NAME, folder=self.simulated, profile=profile, **overrides)
        with self.store():
            pass  # it is there
        if are_new:
            _MADE[kind] = tuple(Kept.of(each) for each in parts)

    def request(
        self,
        *,
        name: str = f"sim:{NAME}",
        settings: LibrarySettings | None = None,
        wire: Rewire = as_it_is,
        drive_wire: Rewire = as_it_is,
        wait_seconds: float = 0.0,
        dry_run: DryRun | None = None,
    ) -> Request:
        """``wire``, ``drive_wire``: put around the transport of the library, and of each drive."""
        return Request(
            library=name,
            state=self.state,
            environment=self.environment,
            configuration=Configuration(libraries={self.id: settings} if settings else {}),
            clock=self.clock,
            command="the test",
            wait_seconds=wait_seconds,
            progress=self.steps.append,
            warn=self.warnings.append,
            wrap=lambda inner, device: (wire if device == name else drive_wire)(inner),
            dry_run=dry_run,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Of a program that means this library."""
        return {
            "CHANGER": f"sim:{NAME}",
            "CHANGER_STATE": str(self.state),
            "CHANGER_SIM_DIR": str(self.simulated),
            "CHANGER_HOOKS": str(self.folder / "hooks.d"),
            "CHANGER_LOCK_DIR": str(self.locks),
        }

    def open(
        self,
        *,
        settings: LibrarySettings | None = None,
        wire: Rewire = as_it_is,
        drive_wire: Rewire = as_it_is,
        wait_seconds: float = 0.0,
        dry_run: DryRun | None = None,
    ) -> Library:
        if self.makes_store:
            self.coordination.make_store(dry_run=False)
        return open_library(
            self.request(
                settings=settings,
                wire=wire,
                drive_wire=drive_wire,
                wait_seconds=wait_seconds,
                dry_run=dry_run,
            )
        )

    @property
    def coordination(self) -> Coordination:
        """The store and the locks, as commands have them."""
        return self.request().coordination

    @contextmanager
    def watched(self) -> Iterator[tuple[Library, list[bytes]]]:
        """The library, open, and the commands that are sent to it, as they come."""
        sent: list[bytes] = []
        wire = partial(Wire, before=lambda _, cdb: sent.append(cdb))
        with self.open(wire=wire) as opened:
            yield opened, sent

    @contextmanager
    def store(self) -> Iterator[Store]:
        with open_store(self.state, clock=self.clock) as store:
            yield store

    def fault(self, words: str) -> None:
        set_fault(NAME, words, folder=self.simulated, clock=self.clock)

    def operate(self, words: str, *, noticed: bool = True) -> None:
        """What a person does; a library that has not ``noticed`` reports no unit attention."""
        operate(NAME, words, folder=self.simulated, clock=self.clock)
        if not noticed:
            self.fault("clear unit-attention")

    def move_behind_our_back(self, source: str, destination: str, *, fails: bool = False) -> None:
        """As another host would: past checks, lock and journal."""
        self.fault("clear unit-attention")
        command = move_medium(self.address_of(source), self.address_of(destination))
        transport = SimulatedTransport(SharedLibrary(NAME, folder=self.simulated), clock=self.clock)
        assert (transport.execute(command).status != 0) is fails
        transport.close()

    def pull_magazine(self, number: int, *, noticed: bool = True) -> None:
        self.fault(f"magazine-out {number}")
        if not noticed:
            self.fault("clear unit-attention")

    def forget_source(self, drive: int, *, tag: str | None = None) -> None:
        """It no longer knows where a drive's cartridge came from (SVALID=0); or its new ``tag``."""
        with changing(NAME, folder=self.simulated) as state:
            address = state.address_of_drive(drive)
            cartridge = replace(state.cartridges[address], source_address=None)
            state.put(address, cartridge if tag is None else replace(cartridge, tag=tag))

    def become_another_library(self, *, after: int = 0, noticed: bool = True) -> None:
        """Another library of the same model answers at the same device from now on."""
        self._rebuild(serial="ANOTHER0001")
        if noticed:
            self.fault("unit-attention 3F/03" + (f" after {after}" if after else ""))

    def become_itself_again(self) -> None:
        """The library that the test began with answers again."""
        self._rebuild(serial=self.serial)
        self.fault("clear")

    def replace_drives(self, serial: str) -> None:
        """Other drives stand in the library's bays from now on."""
        self._rebuild(drive_serial=serial)

    def keep_drives(self, number: int) -> None:
        """The drives after the first few are gone for good."""
        self._rebuild(drives=number)

    def refit(self, **fields: Any) -> None:
        """It has other options from now on, by the fields of its profile."""
        self._rebuild(**fields)

    def _rebuild(self, **fields: Any) -> None:
        with changing(NAME, folder=self.simulated) as state:
            profile = replace(state.profile, **fields)
            state.change(profile=profile, drives=state.drives[: profile.drives])

    @property
    def truth(self) -> Description:
        return describe(NAME, folder=self.simulated, now=self.clock.now())

    def tag_at(self, place: str | int) -> str | None:
        """The tag of the cartridge that is truly there; empty for one without a label."""
        cartridge = self.truth.cartridge_at(place)
        return None if cartridge is None else cartridge.tag

    def address_of(self, place: str) -> int:
        return next(each.address for each in self.truth.elements if each.place == place)

    def place_of(self, tag: str) -> str | None:
        return self.truth.place_of(tag)

    @property
    def commands(self) -> Counter[int]:
        """Commands that reached the changer so far, by opcode."""
        return Counter(self.truth.commands)

    @contextmanager
    def counting(self) -> Iterator[Counter[int]]:
        """Commands that reach the changer inside ``with``; filled at its end."""
        before, counted = self.commands, Counter[int]()
        yield counted
        counted.update(self.commands - before)

    def reserve(self, place: str) -> int:
        """Reserve a slot as the store would after a proof, without sending anything."""
        address = self.address_of(place)
        with self.open() as library:
            operation = library.store.begin_operation(library.id, "reserve")
            library.store.reserve(operation.id, slot_address=address)
        return address

    @property
    def reserved(self) -> int | None:
        """The address of the reserved slot."""
        with self.store() as store:
            reservation = primary_reservation(store, self.id)
            return reservation.slot_address if reservation else None

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What another program would read in the store."""
        with closing(sqlite3.connect(self.state)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]

    def execute(self, statement: str) -> None:
        """What another program would do to the store."""
        with closing(sqlite3.connect(self.state)) as connection, connection:
            connection.execute(statement)

    def fail_operations(self, count: int) -> None:
        """So many operations come to nothing, of which each one is on record."""
        self.execute(
            "INSERT INTO operations (id, library_id, kind, state, started_at, finished_at,"
            " process_id, user) WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL"
            f" SELECT number + 1 FROM numbers WHERE number < {count})"
            f" SELECT number, '{self.id}', 'clean', 'failed', 1, 1, 1, 'somebody' FROM numbers"
        )

    def everything_that_matters(self) -> object:
        """Reservation, cleaner, journal, and where every cartridge truly is."""
        kept = [self.rows(table) for table in ("reservations", "cleaners", "moves")]
        truth = self.truth
        return kept, truth.elements, truth.removed


def timed(library: VirtualLibrary, beginning: str) -> list[tuple[float, float]]:
    """How long each step that begins so may take, and how long it took before, in seconds."""
    steps = [each for each in library.steps if each.startswith(beginning)]
    assert all(isinstance(each, TimedStep) for each in steps)
    return [
        (each.limit_seconds, each.spent_seconds) for each in steps if isinstance(each, TimedStep)
    ]


def error_of(function: Callable[[], object]) -> ChangerError | None:
    """The error that a call ends with, or None."""
    try:
        function()
    except ChangerError as error:
        return error
    return None
