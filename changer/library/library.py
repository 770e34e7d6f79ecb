"""An open library: its identity, session, element reader, store and lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Self

from changer.errors import (
    AccessDenied,
    AmbiguousLibrary,
    ChangerError,
    IdentityChanged,
    LibraryClosed,
    LibraryDisabled,
    MalformedData,
    OwnershipLost,
    StoreError,
    StoreFailed,
    UnsupportedByLibrary,
    UsageError,
)
from changer.host.clock import Clock, TimedStep
from changer.library.element_reader import ElementReader
from changer.library.inventory import Inventory
from changer.library.model import (
    ACCESS_NOT_REPORTED,
    ANSWERS_AT_REST,
    ANSWERS_TYPE_ZERO,
    TAGS_OF_EIGHT,
    Identity,
    UnitMemory,
    has_quirk,
)
from changer.library.session import Patience, Session
from changer.library.settings import LibrarySettings
from changer.library.sightings import SightingRecorder
from changer.smc.elements import ElementType, Model
from changer.smc.inquiry import standard_inquiry, unit_serial_number
from changer.smc.sense import UnitAttention
from changer.store.protocol import Store
from changer.store.records import DriveIdentity
from changer.transport import Transport
from changer.values import dataclass, field

if TYPE_CHECKING:
    from changer.events.kinds import EventKind
    from changer.events.news import Fact
    from changer.library.fence import Fence
    from changer.library.medium_removal import Prevention
    from changer.store.sharing import Coordination, Grant, Lock
    from changer.transport.dry_run import DryRun

# A write to the store that did not come about: what was done before it, was done.
STORE_ERRORS = (StoreError, AccessDenied, OwnershipLost)

# After these a library may have other options, and other pages, than those it was seen to have.
_RECONFIGURED = (
    UnitAttention.CONTENTS,
    UnitAttention.RESET,
    UnitAttention.PARAMETERS,
    UnitAttention.IDENTITY,
)

# After these a reservation may be gone.
_UNRESERVED = (UnitAttention.RESERVATIONS, UnitAttention.RESET)

DriveFinder = Callable[[int, DriveIdentity | None], str]


def _silent(_: str) -> None:
    """The default callback: ignores what it gets."""


def _no_entry(_text: str, _priority: int, _fields: Mapping[str, str]) -> None:
    """The default callback of a log."""


def _as_it_is(result: object) -> object:
    """The transform of a session that is not a dry run."""
    return result


@dataclass(frozen=True, slots=True)
class Context:
    """Surroundings of a library: other programs, time, and where messages go.

    command       words of the lock's holder, for other programs.
    wait_seconds  for the lock.
    held          the locks held now, which the transport hands on to the programs that it starts.
    progress      called with words for what is being done or waited for.
    warn          called with what the user should know although the command goes on.
    log_warning   called with what belongs in the host's log.
    dry_run       keeps what would be sent instead of sending it.

    Of events (``changer.events``):
    tells         whether any are told.
    hooks         the folder of programs that are given them.
    on_event      a program with its arguments that is, too.
    log_event     called with the line of each, its priority, and its fields, for the host's log.
    """

    coordination: Coordination
    clock: Clock
    command: str
    wait_seconds: float = 0.0
    held: list[Lock] = field(default_factory=list)
    progress: Callable[[str], None] = _silent
    warn: Callable[[str], None] = _silent
    log_warning: Callable[[str], None] = _silent
    dry_run: DryRun | None = None
    tells: bool = False
    hooks: str | None = None
    on_event: tuple[str, ...] = ()
    log_event: Callable[[str, int, Mapping[str, str]], None] = _no_entry


def require_enabled(library_id: str, settings: LibrarySettings) -> None:
    """Raise LibraryDisabled when the configuration says so."""
    if not settings.enabled:
        raise LibraryDisabled(
            f"{library_id} is disabled",
            hint="its table in the configuration file says enabled = false",
        )


class Library:
    """One library behind one device.

    Opening sends no command. ``find_drive``: the device of the drive of a number and identity, or
    DeviceNotAvailable. ``open_transport``: opens that device, given the drive's number, or
    its device where that is not known.
    Reading never waits for the lock; everything that acts takes it. ``turn``: entered before the
    lock is, by threads that each have the same library open: they wait for each other.
    """

    def __init__(
        self,
        identity: Identity,
        transport: Transport,
        *,
        device: str,
        store: Store,
        settings: LibrarySettings,
        context: Context,
        find_drive: DriveFinder,
        open_transport: Callable[[str, int | str], Transport],
    ) -> None:
        self.identity = identity
        self.device = device
        self.store = store
        self.settings = settings
        self.context = context
        self.turn: AbstractContextManager[object] = nullcontext()
        self.find_drive = find_drive
        self.open_transport = open_transport
        self.session = Session(
            transport,
            clock=context.clock,
            model=Model(identity.vendor, identity.product, settings.informational_codes),
            patience=Patience(ready_timeout_seconds=settings.ready_timeout_seconds),
            progress=context.progress,
            warn=context.warn,
            on_attention=self._notice,
            may_initialize=lambda: bool(context.held),
            covering=self._covering,
            explain=self._explain_conflict,
            transform=context.dry_run.apply_moves if context.dry_run else _as_it_is,
        )
        self.memory = UnitMemory(identity.id, store)
        self.reader = ElementReader(
            self.session,
            self.memory,
            single_query=settings.single_query or has_quirk(ANSWERS_TYPE_ZERO, identity),
            access_reported=settings.access_reported
            and not has_quirk(ACCESS_NOT_REPORTED, identity),
            tag_size=8 if has_quirk(TAGS_OF_EIGHT, identity) else None,
            recorder=SightingRecorder(
                identity.id, store, clock=context.clock, is_its_own=self._shows_its_own
            ),
        )
        self.answers_at_rest = settings.answers_at_rest or has_quirk(ANSWERS_AT_REST, identity)
        self._generation: int | None = None
        self._identity_in_doubt = False
        self._removal_request_told = False
        self._is_explaining = False
        self._fence: Fence | None = None
        self._ports_are_compared = False
        self._closed = False

    @property
    def id(self) -> str:
        """The library's id, under which the store keeps everything about it."""
        return self.identity.id

    @cached_property
    def prevention(self) -> Prevention:
        """Whether people are kept from taking media out."""
        from changer.library.medium_removal import Prevention

        return Prevention(
            self.session,
            library_id=self.id,
            is_running=self.context.coordination.is_running,
            warn=self.context.warn,
        )

    @contextmanager
    def store_error_context(self, what: str) -> Iterator[None]:
        """Put what was done, or not done, before the words of a store's error that leaves this."""
        try:
            yield
        except STORE_ERRORS as error:
            error.add_context(what)
            raise

    def open_drive(self, number: int, identity: DriveIdentity | None) -> Transport:
        """The transport to a drive. Raises DeviceNotAvailable where this host has none."""
        return self.open_transport(self.find_drive(number, identity), number)

    def require_open(self) -> None:
        """Raise LibraryClosed after ``close``."""
        if self._closed:
            raise LibraryClosed(f"{self.id} was closed")

    def require_usable(self) -> None:
        """Raise LibraryClosed, LibraryDisabled when the configuration says so, or AmbiguousLibrary.

        The latter without a serial number and a place by which others of its model are told apart.
        """
        self.require_open()
        require_enabled(self.id, self.settings)
        if self.identity.serial is None and self.identity.port is None:
            raise AmbiguousLibrary(
                f"{self.device} reports no serial number, and /sys does not show where it is "
                f"attached: it can't be distinguished from another {self.identity.name}",
                hint="in a container, mount the host's /sys",
            )

    @contextmanager
    def locked(self, *, patiently: bool = False) -> Iterator[None]:
        """Hold the library's lock, from the first reading to the last record.

        ``patiently``: wait for it as long as a move of others may take, at least.
        """
        at_least = self.settings.move_timeout_seconds if patiently else 0.0
        wait_seconds = max(self.context.wait_seconds, at_least)
        lock = self.context.coordination.lock(
            self.id,
            command=self.context.command,
            wait_seconds=wait_seconds,
            on_wait=self._wait_teller(wait_seconds),
            store=self.store,
            motion_seconds=self.settings.move_timeout_seconds,
        )
        with self.turn, lock:
            self.context.held.append(lock)
            try:
                with self._fenced(lock) if self.settings.fence else nullcontext():
                    if (grant := lock.grant) is not None:
                        self._begin(grant)
                    yield
            finally:
                self.context.held.remove(lock)

    def _begin(self, grant: Grant) -> None:
        """Believe nothing that another host may have been told is over, nor that it is at rest."""
        if grant.generation != self._generation:
            self.memory.recall()
            self._generation = grant.generation
        if grant.taken_from is None:
            return
        from changer.library.takeover import read_until_still

        self.context.warn(f"took {self.id} over from a host that stopped: {grant.taken_from}")
        read_until_still(self.read, name=self.id, clock=self.context.clock)

    @contextmanager
    def _fenced(self, lock: Lock) -> Iterator[None]:
        """Have the library itself refuse other hosts, while the lock is held.

        Raises UsageError where the lock is this host's alone, which has no epoch.
        """
        if lock.grant is None:
            raise UsageError(
                f"fence = true is for hosts that share a state store, and {self.id} has its own",
                hint="set fence = false for this library",
            )
        from changer.host.processes import host_id
        from changer.library.fence import Fence, fenced, host_number

        fence = Fence(self.session, host=host_number(host_id()))
        # The library remembers what a database that lost its last commits does not. Also before a
        # dry run: the next turn has a higher epoch, which may hide it.
        shown = fence.highest_epoch() or 0
        if shown >= lock.grant.epoch:
            lock.raise_epoch(shown + 1)
        if self.context.dry_run is not None:
            yield
            return
        epoch, _, _, keep = lock.grant
        with fenced(fence, epoch, keep=keep, warn=self.context.warn):
            self._compare_ports()
            self._fence = fence
            try:
                yield
            finally:
                self._fence = None

    def _compare_ports(self) -> None:
        """Warn, once, where the fence may not stop every host that shares the library."""
        if self._ports_are_compared:
            return
        from changer.library.fence_reach import find_apart, parse_port, port_text, read_port

        port = read_port(self.session)
        noted = self.context.coordination.ports(self.id, own=port_text(port))
        others = {host: parse_port(text) for host, text in noted.items()}
        for reason in find_apart(self.identity, port, others):
            self.context.warn(f"the fence may not stop every host: {reason}")
        self._ports_are_compared = True

    def _covering(self, timeout_seconds: float) -> AbstractContextManager[None]:
        """The lock that is held, over a command that occupies the robot.

        Raises OwnershipLost where a reset, or another host, has ended the fence.
        """
        if self._fence is not None:
            self._fence.verify(always=False)
        held = self.context.held
        return held[-1].covering(timeout_seconds) if held else nullcontext()

    def _wait_teller(self, limit_seconds: float) -> Callable[[str, int], None]:
        clock = self.context.clock
        began = clock.monotonic()

        def tell(holder: str, before: int) -> None:
            ahead = "1 process is" if before == 1 else f"{before} processes are"
            queue = f"; {ahead} ahead" if before else ""
            step = TimedStep(
                f"waiting for the library: {holder}{queue}",
                limit_seconds=limit_seconds,
                spent_seconds=clock.monotonic() - began,
            )
            self.context.progress(step)

        return tell

    def _explain_conflict(self, conflict: ChangerError) -> ChangerError:
        """Say who has reserved the library; nothing more where that meets a conflict itself."""
        if self._is_explaining:
            return conflict
        self._is_explaining = True
        try:
            if self._fence is not None:
                return self._fence.explained(conflict)
            from changer.library.conflict import name_holder

            name_holder(conflict, self.session)
        finally:
            self._is_explaining = False
        return conflict

    def has_open_records(self) -> bool:
        """Whether the store has a move or an operation without an end, to be settled first."""
        moves = self.store.unsettled_moves(self.id)
        return bool(moves or self.store.unfinished_operations(self.id))

    def prevent_removal(self, *, prevent: bool) -> None:
        """Prevent or allow medium removal, until that is changed; a reset does not undo it.

        What it locks (door, mail slots) is the library's choice. Warns of a model whose lock ends
        by itself, or when another host allows removal. Raises LibraryDisabled, LibraryBusy,
        UnsupportedByLibrary; what the store raises. Then it is as it was.
        """
        from changer.library.medium_removal import find_doubts

        self.require_usable()
        for doubt in find_doubts(self.session.model) if prevent else ():
            self.context.warn(f"{self.identity.name} {doubt}")
        with self.locked():
            self.prevention.set(self.store, prevented=prevent)

    def checked(self, what: str) -> None:
        """Note a condition that holds, for a dry run to report."""
        if self.context.dry_run is not None:
            self.context.dry_run.check(what)

    def read(self, types: Iterable[ElementType] = tuple(ElementType)) -> Inventory:
        """The elements of these types, freshly read."""
        return self._of_this_library(lambda: self.reader.read(types))

    def _shows_its_own(self) -> bool:
        """Whether what is read is this library's, and not what a dry run imagines."""
        return not self._identity_in_doubt and self.context.dry_run is None

    def _of_this_library(self, read: Callable[[], Inventory]) -> Inventory:
        inventory = read()
        if self._identity_in_doubt:
            self.ensure_identity()
            inventory = read()
        return inventory

    def ensure_identity(self) -> None:
        """Check the identity again, after a unit attention that reports a changed device.

        Raises IdentityChanged when it is not this library any more.
        """
        if not self._identity_in_doubt:
            return
        inquiry = self.session.send(standard_inquiry())
        now = (inquiry.vendor, inquiry.product)
        if now != (self.identity.vendor, self.identity.product) or self._serial_differs():
            raise IdentityChanged(
                f"{self.device} is no longer {self.id}",
                hint="changer list shows the libraries of this host",
            )
        self._identity_in_doubt = False

    def _serial_differs(self) -> bool:
        try:
            serial = self.session.send(unit_serial_number())
        except (UnsupportedByLibrary, MalformedData):
            return False
        return bool(serial) and self.identity.serial not in (None, serial)

    def _notice(self, attention: UnitAttention) -> None:
        """Drop what a unit attention makes stale."""
        if attention in (UnitAttention.CONTENTS, UnitAttention.RESET, UnitAttention.IDENTITY):
            self.store.forget_drives(self.id)
        if attention in _RECONFIGURED:
            self.memory.forget()
            self.context.coordination.note_change(self.id)
        if attention is UnitAttention.IDENTITY:
            self._identity_in_doubt = True
        if self._fence is not None and attention in _UNRESERVED:
            self._fence.doubt()
        if attention is UnitAttention.REMOVAL_REQUEST and not self._removal_request_told:
            self._removal_request_told = True
            self.context.warn("someone asks for a cartridge at the library's panel")
        if attention in (UnitAttention.RESET, UnitAttention.IDENTITY):
            self.prevention.restore(self.store)

    def tell(self, *facts: Fact) -> None:
        """Tell what is news of these facts. It neither fails nor holds up what they are about."""
        if facts and self.context.tells:
            from changer.events.telling import tell

            tell(self.id, facts, store=self.store, listeners=self.context)

    def tell_over(self, *kinds: EventKind, subject: str, message: str = "") -> None:
        """Tell that these facts don't hold any more, if any was told; ``message``: of the end."""
        if not self.context.tells:
            return
        with suppress(*STORE_ERRORS):
            if not self.store.lasts(self.id, *kinds):
                return
            from changer.events.news import Fact

            self.tell(*(Fact(each, subject, message, holds=False) for each in kinds))

    def _tell_whether_reached(self) -> None:
        """Tell that the library can't be reached, or again, by the last that was seen of it."""
        if not self.context.tells:
            return
        if (lost := self.session.lost) is not None:
            from changer.events.news import Fact

            text = f"{self.id} can't be used: {lost.message}"
            self.tell(Fact("library-offline", "", text, fields={"code": lost.code}))
        elif self.session.has_answered:
            self.tell_over("library-offline", subject="", message=f"{self.id} can be used again")

    def close(self) -> None:
        """Close device and store."""
        if not self._closed:
            self._tell_whether_reached()
            self._closed = True
            self.session.transport.close()
            self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, StoreFailed) and error.is_damage and self.context.tells:
            from changer.events.telling import tell_store_damaged

            tell_store_damaged(error.message, listeners=self.context)
        self.close()
