"""Opens the library of a hook: by the device that its caller names, for as long as that waits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from changer.host.clock import Clock, SystemClock
from changer.host.syslog import announce
from changer.library.library import Library
from changer.library.opening import Request, open_library
from changer.library.settings import load_configuration

__all__ = ["HookSession", "hook_request", "hooked_library"]

# So much earlier than the caller would kill us, to say why.
REPORT_SECONDS = 5.0
# Whoever gets the library later than this before the end would begin a motion that is cut off.
MOTION_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class HookSession:
    """A library that is open, and until when its caller waits.

    ``ends_at``: monotonic seconds. ``notes``: warnings, to be told only if all fails, since the
    callers read everything that is written.
    """

    library: Library
    clock: Clock
    ends_at: float
    notes: list[str] = field(default_factory=list)

    @property
    def seconds_left(self) -> float:
        """How long there is still to wait for anything."""
        return max(0.0, self.ends_at - self.clock.monotonic())


def hook_request(
    device: str, *, command: str, clock: Clock, warn: Callable[[str], None] = lambda _: None
) -> Request:
    """What a hook asks for: a device of that name, with the settings of this host."""
    return Request(
        library=device,
        state=None,
        environment=os.environ,
        configuration=load_configuration(os.environ),
        clock=clock,
        command=command,
        warn=warn,
        announce=announce,
    )


@contextmanager
def hooked_library(
    device: str, *, command: str, clock: Clock | None = None
) -> Iterator[HookSession]:
    """The library behind a device, ``sim:NAME``, or of an id; every wait ends before the caller's.

    ``command``: what others read of the lock's holder. How long the caller waits is
    ``changer_wait_seconds`` of the library's settings, from now. Raises as open_library.
    """
    clock = clock or SystemClock()
    began = clock.monotonic()
    notes: list[str] = []
    request = hook_request(device, command=command, clock=clock, warn=notes.append)
    with open_library(request) as library:
        waits = max(1.0, library.settings.changer_wait_seconds - REPORT_SECONDS)
        for_others = max(waits - MOTION_SECONDS, waits / 2)
        library.context = replace(library.context, wait_seconds=for_others)
        patience = library.session.patience
        library.session.patience = replace(
            patience, ready_timeout_seconds=min(patience.ready_timeout_seconds, waits)
        )
        yield HookSession(library, clock, began + waits, notes)
