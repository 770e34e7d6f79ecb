"""A virtual library with a person beside it, whose hands are moved by the test's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clocks import HandClock
from driver.virtual_library import VirtualLibrary
from on_record import bring_in, primary_cleaner

from changer.cleaning.clean_drive import clean
from changer.cleaning.cleaning_run import CleanedDrive
from changer.cleaning.eject import EjectedCleaner, eject
from changer.cleaning.insert import InsertedCleaner, InsertionRequest, insert
from changer.errors import ChangerError
from changer.library.addressing import parse_place
from changer.library.opening import Request
from changer.library.settings import LibrarySettings
from changer.lock.flock import LibraryLock
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.atlas.media import MediaFamily
from changer.smc.log_sense import tape_alert_response
from changer.store.records import Cleaner

SLOT, ADDRESS = "4", 1004
CLEANER = "CLN001CU"
# For a library with SDLT drives, whose cleaners bear labels that are LTO's elsewhere.
NAMED_AS_DLT = LibrarySettings(cleaner_family={"CLN*CU": MediaFamily.DLT})


class PersonsClock(HandClock):
    """Passes when someone sleeps; what was planned for that time then happens."""

    def __init__(self) -> None:
        super().__init__()
        self._planned: list[tuple[float, Callable[[], None]]] = []

    def plan(self, seconds: float, action: Callable[[], None]) -> None:
        """Have it happen that long from now."""
        self._planned.append((self.time + seconds, action))

    def forget(self) -> None:
        """Nothing is planned any more."""
        self._planned.clear()

    def sleep(self, seconds: float) -> None:
        end = self.time + seconds
        self.slept.append(seconds)
        while due := sorted((at for at, _ in self._planned if at <= end)):
            index = next(i for i, (at, _) in enumerate(self._planned) if at == due[0])
            at, action = self._planned.pop(index)
            self.time = max(self.time, at)
            action()
        self.time = max(self.time, end)


@dataclass(frozen=True)
class LastOperation:
    """How the newest operation ended."""

    kind: str
    state: str
    result: str | None


class CleanerLibrary(VirtualLibrary):
    """A virtual library; slot 4 is free in the demo profile, CLN001CU lies in its mail slot 1."""

    def __init__(self, folder: Path, profile: str = "demo", **overrides: object) -> None:
        super().__init__(folder, profile, **overrides)
        self.clock: PersonsClock = PersonsClock()
        self.announced: list[str] = []
        self.events: list[tuple[str, str]] = []
        self.settings: LibrarySettings | None = None

    def request(self, **arguments: Any) -> Request:
        arguments["settings"] = arguments.get("settings") or self.settings
        return replace(
            super().request(**arguments),
            log_warning=self.announced.append,
            log_event=lambda text, _priority, fields: self.events.append((fields["event"], text)),
        )

    def told(self, kind: str) -> list[str]:
        """The lines of events of a kind, as the host's log has them."""
        return [text for event, text in self.events if event == kind]

    # a person

    def later(self, seconds: float, *words: str) -> None:
        """A person does all this, that long from now."""

        def act() -> None:
            for each in words:
                self.operate(each)

        self.clock.plan(seconds, act)

    def later_fault(self, seconds: float, *words: str) -> None:
        """All this goes wrong, or right, that long from now."""

        def act() -> None:
            for each in words:
                self.fault(each)

        self.clock.plan(seconds, act)

    def empty_mail(self) -> None:
        """The mail slots of the demo library without the cleaner that comes with it."""
        self.operate("take mail:1", noticed=False)

    def stop_later(self, seconds: float) -> None:
        """Another process stops what is under way, that long from now."""
        from changer.journal.operations import request_stop

        def stop() -> None:
            with self.store() as store:
                (running,) = store.unfinished_operations(self.id)
                request_stop(self.coordination, store, running.id)

        self.clock.plan(seconds, stop)

    def interrupt_later(self, seconds: float) -> None:
        """Ctrl-C, that long from now."""

        def interrupt() -> None:
            raise KeyboardInterrupt

        self.clock.plan(seconds, interrupt)

    def lock_of_another(self, command: str = "another") -> LibraryLock:
        """The library's lock, as another process would hold it."""
        return LibraryLock(self.id, folder=self.locks, command=command, clock=self.clock)

    def busy_later(self, seconds: float, *, until: float) -> None:
        """Another process holds the library meanwhile, as one that moves cartridges does."""
        lock = self.lock_of_another()
        self.clock.plan(seconds, lambda: (lock.__enter__(), None)[1])
        self.clock.plan(until, lambda: lock.__exit__(None, None, None))

    # how it begins

    def with_cleaner(
        self, tag: str = CLEANER, *, slot: str = SLOT, cleans: int | None = 50, lying: bool = False
    ) -> CleanerLibrary:
        """A cleaner lies in the reserved slot, brought in as the store knows it.

        ``lying``: the virtual library has it there already.
        """
        if not lying:
            self.operate(f"insert {tag or '-'} {slot}", noticed=False)
        self.reserve(slot)
        self.know_cleaner(tag or None, cleans)
        return self

    def know_cleaner(self, tag: str | None, cleans: int | None) -> None:
        """The store knows that cleaner."""
        with self.store() as store:
            bring_in(store, self.id, volume_tag=tag, cleans_left=cleans)

    # the functions

    def insert(self, source: str | None = None, **fields: Any) -> InsertedCleaner:
        """InjectNtmsCleaner."""
        place = None if source is None else parse_place(source)
        with self.open() as library:
            return insert(library, InsertionRequest(source=place, **fields))

    def eject(self, **fields: Any) -> EjectedCleaner:
        """EjectNtmsCleaner."""
        with self.open() as library:
            return eject(library, **fields)

    def clean(self, drive: str = "drive:0", **fields: Any) -> CleanedDrive:
        """CleanNtmsDrive."""
        with self.open() as library:
            return clean(library, parse_place(drive), **fields)

    # what came of it

    @property
    def cleaner(self) -> Cleaner | None:
        """The cleaner as the store knows it."""
        with self.store() as store:
            return primary_cleaner(store, self.id)

    @property
    def cleans_left(self) -> int | None:
        """Of that cleaner."""
        return self.cleaner.cleans_left if self.cleaner else None

    @property
    def last(self) -> LastOperation:
        """The newest operation."""
        row = self.rows("operations")[-1]
        return LastOperation(row["kind"], row["state"], row["result_name"])

    @property
    def mail_is_open(self) -> bool:
        """The mail slots stand open."""
        from changer.simulator.catalogue import changing

        with changing("library", folder=self.simulated) as state:
            return state.mail_open

    @property
    def places(self) -> dict[str, str]:
        """Where every cartridge truly is: place to tag."""
        return {
            each.place: each.cartridge.tag
            for each in self.truth.elements
            if each.cartridge is not None
        }

    def flags_of_drive(self, number: int) -> frozenset[int]:
        """The TapeAlert flags that a drive still has; reading them clears them."""
        transport = SimulatedTransport(
            SharedLibrary("library", folder=self.simulated), unit=number, clock=self.clock
        )
        command = tape_alert_response()
        flags: frozenset[int] = command.parse(transport.execute(command).data) or frozenset()
        transport.close()
        return flags

    def condition(self, number: int) -> dict[str, Any] | None:
        """What the store keeps of a drive."""
        serial = self.truth.drives[number].serial
        rows = [row for row in self.rows("drive_conditions") if row["drive"] == serial]
        return rows[0] if rows else None


def refusal(function: Callable[[], object]) -> ChangerError:
    """The error that a call ends with; it must end with one."""
    try:
        done = function()
    except ChangerError as error:
        return error
    raise AssertionError(f"it was not refused: {done}")
