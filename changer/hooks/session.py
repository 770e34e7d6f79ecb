"""A hook program: it opens one library for as long as its caller waits, and ends with 0 or 1."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from changer.cli.output import complain
from changer.cli.process import interruption
from changer.errors import ChangerError, LibraryElsewhere
from changer.host.clock import Clock, SystemClock
from changer.library.library import Library
from changer.library.opening import Request, host_request, open_library
from changer.values import dataclass, field, replace

if TYPE_CHECKING:
    from changer.cli.owner_side import Served
    from changer.library.owner_address import OwnerAddress

FAILED = 1
# Every wait ends so many seconds before the caller would kill the hook, to say why.
REPORT_SECONDS = 5.0
# Time for a motion, after the wait for the library's lock: one that began later would be cut off.
MOTION_SECONDS = 60.0


class OwnedElsewhere(Exception):
    """Another host owns the library of a device; raised before anything was done.

    ``devices``: what the owner calls the libraries of the call's devices.
    """

    def __init__(self, owner: OwnerAddress, devices: Mapping[str, str | None]) -> None:
        super().__init__(owner.host)
        self.owner = owner
        self.devices = devices


class _Served:
    """For which host this process works; there is one state, as there is one process."""

    client = ""
    devices: Mapping[str, str] | None = None
    spent_seconds = 0.0


def work_for(served: Served) -> None:
    """Work for another host from now on, whose devices stand for libraries of this one."""
    _Served.client, _Served.devices = served.host, served.devices
    _Served.spent_seconds = served.spent_seconds
    if served.device is not None:
        os.environ["CHANGER"] = served.device


def is_for_client() -> bool:
    """Whether this process works for another host, whose devices are not here."""
    return _Served.devices is not None


def hook_status(
    main: Callable[[Sequence[str]], int], arguments: Sequence[str], *, name: str
) -> int:
    """Run ``main`` and return 0 or 1; errors go to standard error, after the program's name."""
    try:
        try:
            return FAILED if main(arguments) else 0
        except OwnedElsewhere as elsewhere:
            from changer.hooks.owned import run_at_owner

            status = run_at_owner(elsewhere.owner, elsewhere.devices, arguments, name=name)
            return FAILED if status else 0
    except BrokenPipeError:  # the reader of the answer is gone
        return FAILED
    except ChangerError as error:
        complain(f"{name}: {error.message}")
        if error.hint:
            complain(f"  {error.hint}")
    except KeyboardInterrupt as interrupted:
        complain(f"{name}: {interruption(interrupted, terminated='terminated by its caller')}")
    return FAILED


def load_function(wing: str, name: str) -> Callable[..., None]:
    """Return a function such as ``moves.load`` of a wing, from a module imported only now."""
    module, _, function = name.partition(".")
    loaded: Callable[..., None] = getattr(import_module(f"changer.hooks.{wing}.{module}"), function)
    return loaded


@dataclass(frozen=True, slots=True)
class HookSession:
    """An open library, and how long the caller waits.

    ends_at  monotonic seconds of ``clock``.
    notes    warnings, printed only if the request fails: callers take all output for an answer.
    """

    library: Library
    clock: Clock
    ends_at: float
    notes: list[str] = field(default_factory=list)

    @property
    def seconds_left(self) -> float:
        """Seconds that are left to wait for anything; never negative."""
        return max(0.0, self.ends_at - self.clock.monotonic())


@contextmanager
def open_hook_session(
    device: str, *, command: str, clock: Clock | None = None
) -> Iterator[HookSession]:
    """Open the library behind a device, ``sim:NAME`` or an id; every wait ends before the caller's.

    ``command`` is shown to others while the lock is held. The caller waits
    ``changer_wait_seconds`` of the library's settings, from now. Raises as open_library.
    """
    clock = clock or SystemClock()
    began = clock.monotonic() - _Served.spent_seconds
    notes: list[str] = []
    request = _request(device, command)
    request = replace(request, clock=clock, warn=notes.append)
    with _aliases_added(request), open_library(request) as library:
        waits = max(1.0, library.settings.changer_wait_seconds - REPORT_SECONDS)
        for_lock = max(waits - MOTION_SECONDS, waits / 2)
        library.context = replace(library.context, wait_seconds=for_lock)
        patience = library.session.patience
        library.session.patience = patience._replace(
            ready_timeout_seconds=min(patience.ready_timeout_seconds, waits)
        )
        yield HookSession(library, clock, began + waits, notes)


@contextmanager
def _aliases_added(request: Request) -> Iterator[None]:
    try:
        yield
    except ChangerError as error:
        request.configuration.add_aliases(error)
        raise


def _request(device: str, command: str) -> Request:
    """Raises OwnedElsewhere; LibraryElsewhere where this host was asked as the owner."""
    if _Served.devices is not None:
        if device not in _Served.devices:
            raise LibraryElsewhere(
                f"{device} is not the library that was asked for first",
                hint="give each its own command line",
            )
        from changer.library.choose import asked_name
        from changer.library.owner_choice import refuse_passing_on
        from changer.library.settings import paths

        request = host_request(f"{command} (for {_Served.client})")
        # Without a name of its own: the one that this host's settings mean.
        name = _Served.devices.get(device, device) or None
        refuse_passing_on(replace(request, library=name).name, request.configuration)
        folder = paths(environment=os.environ, simulated=True).simulated
        return replace(request, library=asked_name(name, folder, request.configuration))
    request = replace(host_request(command), library=device)
    if request.configuration.has_owners:
        from changer.library.owner_choice import owned_elsewhere

        owned = owned_elsewhere(request.name, request.configuration)
        if owned is not None:
            raise OwnedElsewhere(owned.owner, {device: owned.name})
    return request
