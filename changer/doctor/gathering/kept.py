"""What is kept on this host: settings, folders, the state store, and devices left in the kernel."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from changer.doctor.facts import FolderFacts, OpenWork, Problem, SettingsState, StoreState
from changer.errors import ChangerError
from changer.events.programs import has_programs
from changer.host.trust import others_who_may_change, real_path
from changer.library.opening import Request
from changer.library.settings import Configuration, load_configuration, settings_file
from changer.store.maintenance.inspection import Inspection, inspect_server, inspect_store
from changer.store.protocol import Store
from changer.store.records import Move, Operation
from changer.store.sharing import Coordination
from changer.values import NamedTuple

_MOUNTS = Path("/proc/self/mountinfo")
_MOST_EVENTS = 1000
_MOST_RECORDS = 100


class Remarks(NamedTuple):
    """What ``changer config check`` finds: problems, and how many notes."""

    problems: tuple[Problem, ...]
    notes: int


def settings(request: Request, examine: Callable[[], Remarks]) -> SettingsState:
    """The settings file, and whether it can be used. ``examine``: compares it with this host."""
    file = settings_file(request.environment)
    problem, found = None, Configuration()
    try:
        found = load_configuration(request.environment)
    except ChangerError as error:
        problem = Problem.of(error)
    tables, remarks = found.libraries, examine()
    owned = [(name, str(each.manager)) for name, each in tables.items() if each.manager is not None]
    if found.manager is not None:
        owned.append(("", str(found.manager)))
    transports = {found.transport, *(each.transport for each in tables.values())}
    return SettingsState(
        path=str(file),
        exists=os.path.lexists(file),
        problem=problem,
        transports=frozenset(transports),
        owners=tuple(owned),
        problems=remarks.problems,
        notes=remarks.notes,
        ids=tuple(tables),
    )


def folder(path: Path) -> FolderFacts:
    """A folder of ours, which need not be there."""
    exists = path.is_dir()
    at = path if exists else next((each for each in path.parents if each.is_dir()), Path("/"))
    space = os.statvfs(at)
    return FolderFacts(
        path=str(path),
        exists=exists,
        is_writable=os.access(at, os.W_OK | os.X_OK),
        file_system=_file_system(real_path(at)),
        free_bytes=space.f_bavail * space.f_frsize,
        read_only=bool(space.f_flag & os.ST_RDONLY),
        problems=tuple(_strangers(path)) if exists else (),
    )


def _strangers(path: Path) -> Iterator[tuple[str, str]]:
    for others in others_who_may_change(path):
        if others.are_everyone:
            refusal = others.refusal()
            yield refusal.message, refusal.hint or ""


def _file_system(path: Path) -> str:
    """The type of the file system that a folder is on, by the longest mount point (proc(5))."""
    best, kind = -1, ""
    with suppress(OSError):
        for line in _MOUNTS.read_text(errors="replace").splitlines():
            words = line.split()
            if "-" not in words[6:]:
                continue
            point = Path(words[4].replace("\\040", " "))
            if (path == point or point in path.parents) and len(point.parts) >= best:
                best, kind = len(point.parts), words[words.index("-", 6) + 1]
    return kind


def store(request: Request) -> StoreState:
    """The state store of the host, or the one that was named. Nothing in it is changed.

    Raises ChangerError where it can't even be looked at.
    """
    place = request.paths.state
    coordination = request.coordination
    if isinstance(place, Path) and not os.path.lexists(place) and not request.paths.state_is_given:
        return _nothing(str(place))
    allow_async = request.configuration.allow_async
    inspection = (
        inspect_store(place)
        if isinstance(place, Path)
        else inspect_server(place, allow_async=allow_async)
    )
    known = _StoreSeen(coordination)
    if not inspection.problems:
        with coordination.open_store("examine") as opened:
            known.read(opened)
    return _state(request, inspection, known)


def _nothing(place: str) -> StoreState:
    return StoreState(
        place=place,
        is_missing=True,
        size=0,
        problems=(),
        notes=(),
        latest_record=None,
        latest_what="",
        server_ahead=None,
        open_work=(),
        known_ids=frozenset(),
        undelivered=0,
        oldest_undelivered=None,
        has_event_programs=False,
        is_delivering=False,
    )


class _StoreSeen:
    """What a sound store holds that a check asks for."""

    def __init__(self, coordination: Coordination) -> None:
        self._coordination = coordination
        self.latest: tuple[float, str] | None = None
        self.open_work: tuple[OpenWork, ...] = ()
        self.ids: frozenset[str] = frozenset()
        self.undelivered = 0
        self.oldest_undelivered: float | None = None

    def read(self, opened: Store) -> None:
        """Read it."""
        self.ids = frozenset(each.id for each in opened.libraries())
        self.latest = max(_times(opened), default=None)
        self.open_work = tuple(self._open_work(opened))
        events = opened.events().undelivered(limit=_MOST_EVENTS)
        self.undelivered = len(events)
        self.oldest_undelivered = min((each.happened_at for each in events), default=None)

    def _open_work(self, opened: Store) -> Iterator[OpenWork]:
        is_running = self._coordination.is_running
        for library in opened.libraries():
            for move in opened.unsettled_moves(library.id):
                yield OpenWork(library.id, _move_words(move), is_running(move))
            for operation in opened.unfinished_operations(library.id):
                words = _operation_words(operation)
                yield OpenWork(library.id, words, is_running(operation))


def _times(opened: Store) -> Iterator[tuple[float, str]]:
    """The times on record, each with what happened then."""
    for library in opened.libraries():
        yield library.last_seen_at, f"a look at {library.id}"
    for move in opened.moves(limit=_MOST_RECORDS):
        yield move.finished_at or move.started_at, "a move"
    for operation in opened.operations(limit=_MOST_RECORDS):
        yield operation.finished_at or operation.started_at, f"an operation ({operation.kind})"


def _move_words(move: Move) -> str:
    tag = move.volume_tag or "a cartridge without a label"
    return f"the {move.kind} of {tag} from @{move.source_address} to @{move.destination_address}"


def _operation_words(operation: Operation) -> str:
    of = f" of {operation.volume_tag}" if operation.volume_tag else ""
    return f"the operation {operation.kind}{of}"


def _state(request: Request, inspection: Inspection, known: _StoreSeen) -> StoreState:
    paths, coordination = request.paths, request.coordination
    at, what = known.latest or (None, "")
    programs = has_programs(paths.hooks, request.configuration.on_event)
    is_delivering = False
    with suppress(ChangerError):
        is_delivering = coordination.is_delivering()
    return StoreState(
        place=str(inspection.path),
        is_missing=False,
        size=inspection.size,
        problems=tuple(map(Problem.of, inspection.problems)),
        notes=tuple(Problem(each.message, each.hint) for each in inspection.notes),
        latest_record=at,
        latest_what=what,
        server_ahead=None
        if isinstance(paths.state, Path)
        else coordination.clock.now() - request.clock.now(),
        open_work=known.open_work,
        known_ids=known.ids,
        undelivered=known.undelivered,
        oldest_undelivered=known.oldest_undelivered,
        has_event_programs=programs,
        is_delivering=is_delivering,
    )


def leftovers(request: Request) -> tuple[str, ...]:
    """Virtual libraries that the kernel has devices of, and that no process owns."""
    from changer.tcmu.leftovers import leftover_names
    from changer.tcmu.owner import owner_of

    locks, clock = request.paths.locks, request.clock
    return tuple(
        each for each in leftover_names() if owner_of(each, locks=locks, clock=clock) is None
    )
