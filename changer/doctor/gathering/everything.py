"""All facts, gathered one after the other, each within its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from changer.doctor.diagnosis import NotTold
from changer.doctor.facts import Facts, Node, OwnerAnswer
from changer.doctor.gathering import backup, devices, kept, machine, programs
from changer.doctor.gathering.bounded import within
from changer.doctor.gathering.libraries import Seen, look_at, unanswered
from changer.errors import LibraryElsewhere
from changer.library.opening import Request
from changer.transport.opening import SIMULATED
from changer.values import NamedTuple

FactT = TypeVar("FactT")

_SECONDS = 10.0
_STORE_SECONDS = 60.0
_LIBRARY_SECONDS = 180.0
_OWNER_SECONDS = 40.0


class Gathered(NamedTuple):
    """The facts, and for a report what each library answered."""

    facts: Facts
    libraries: tuple[Seen, ...]


def gather(
    request: Request,
    only: str | None,
    *,
    examine_settings: Callable[[], kept.Remarks],
    thoroughly: bool,
) -> Gathered:
    """Everything that a check judges. Changes nothing, moves nothing, holds no lock.

    only              the name of the library to look at; None: every one of this host.
    examine_settings  compares the settings with this host.
    thoroughly        as ``look_at``.
    """

    def told(what: str, ask: Callable[[], FactT], seconds: float = _SECONDS) -> FactT | NotTold:
        request.progress(f"looking at {what}")
        return within(seconds, what, ask)

    found = told("the devices of this host", devices.nodes)
    nodes = () if isinstance(found, NotTold) else found
    names = [only] if only is not None else _names(request, nodes)
    seen = tuple(each for name in names for each in _look(request, name, thoroughly=thoroughly))
    if only is not None and not isinstance(found, NotTold):
        found = nodes = _of_these(nodes, seen)
    store = told("the state store", lambda: kept.store(request), _STORE_SECONDS)
    state = request.paths.state
    has_owners = request.configuration.has_owners
    facts = Facts(
        now=request.clock.now(),
        machine=told("this system", machine.machine),
        caller=told("this user", machine.caller),
        modules=told("the drivers of the kernel", machine.modules),
        sg_raw=told("sg3-utils", programs.sg_raw),
        nodes=found,
        rules=told("the udev rules", devices.rules),
        backup=told("the settings of backup software", backup.backup),
        settings=told("the settings", lambda: kept.settings(request, examine_settings)),
        locks=told("the folder of the locks", lambda: kept.folder(request.paths.locks)),
        folder=None
        if isinstance(state, str)
        else told("the folder of the state store", lambda: kept.folder(state.parent)),
        store=store,
        leftovers=told("virtual libraries in the kernel", lambda: kept.leftovers(request)),
        owners=()
        if not has_owners
        else told("the owners", lambda: _owners(request), _OWNER_SECONDS),
        libraries=tuple(each.facts for each in seen),
    )
    return Gathered(facts, seen)


def _of_these(nodes: tuple[Node, ...], seen: tuple[Seen, ...]) -> tuple[Node, ...]:
    """The drives, and the changers that were meant; all where none of them was found."""
    ids = {each.facts.id for each in seen} | {each.facts.device for each in seen}
    meant = [each for each in nodes if ids & {each.identity.id, each.device}]
    return tuple(each for each in nodes if not meant or each.kind == "drive" or each in meant)


def _owners(request: Request) -> tuple[OwnerAnswer, ...]:
    from changer.doctor.gathering.owners import owners

    return owners(request)


def _names(request: Request, nodes: tuple[Node, ...]) -> list[str]:
    """Every library of the kernel, and a virtual one that the environment or the settings mean."""
    changers = [each for each in nodes if each.kind == "changer"]
    first: dict[str, str] = {}
    for each in changers:  # several paths to one library
        first.setdefault(each.identity.id if each.identity.serial else each.device, each.device)
    names = [*first.values()]
    if (request.name or "").startswith(SIMULATED):
        names.append(request.name or "")
    return names


def _look(request: Request, name: str, *, thoroughly: bool) -> list[Seen]:
    """What was seen; nothing of a library of another host, which is for that to look at."""
    request.progress(f"asking {name}")

    def look() -> Seen | None:
        try:
            return look_at(request, name, thoroughly=thoroughly)
        except LibraryElsewhere:
            return None

    found = within(_LIBRARY_SECONDS, name, look)
    if isinstance(found, NotTold):
        return [unanswered(name, found)]
    return [] if found is None else [found]
