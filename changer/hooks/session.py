"""A hook program: it opens one library for as long as its caller waits, and ends with 0 or 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from changer.cli.output import complain
from changer.cli.process import interruption
from changer.errors import ChangerError
from changer.host.clock import Clock, SystemClock
from changer.library.library import Library
from changer.library.opening import host_request, open_library
from changer.values import dataclass, field, replace

FAILED = 1
# Every wait ends so many seconds before the caller would kill the hook, to say why.
REPORT_SECONDS = 5.0
# Time for a motion, after the wait for the library's lock: one that began later would be cut off.
MOTION_SECONDS = 60.0


def hook_status(
    main: Callable[[Sequence[str]], int], arguments: Sequence[str], *, name: str
) -> int:
    """Run ``main`` and return 0 or 1; errors go to standard error, after the program's name."""
    try:
        return FAILED if main(arguments) else 0
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
    began = clock.monotonic()
    notes: list[str] = []
    request = replace(host_request(command), library=device, clock=clock, warn=notes.append)
    with open_library(request) as library:
        waits = max(1.0, library.settings.changer_wait_seconds - REPORT_SECONDS)
        for_lock = max(waits - MOTION_SECONDS, waits / 2)
        library.context = replace(library.context, wait_seconds=for_lock)
        patience = library.session.patience
        library.session.patience = patience._replace(
            ready_timeout_seconds=min(patience.ready_timeout_seconds, waits)
        )
        yield HookSession(library, clock, began + waits, notes)
