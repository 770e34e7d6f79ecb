"""A process that tells events of a library which a store knows, one after the other.

Arguments: store, folder of locks, folder of programs, a name, how many, and what befalls it:
``dies``: it is killed when the last one is recorded, before anyone is asked to deliver it;
``holds``: it holds the library's lock, and says so, until its standard input ends.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from changer.events.news import Fact
from changer.events.telling import Log, tell
from changer.host.clock import SystemClock
from changer.store.coordination import HostCoordination

LIBRARY = "IBM_3573-TL_1"


@dataclass(frozen=True)
class Listeners:
    """As a command has them."""

    coordination: HostCoordination
    hooks: str | None
    log_event: Log
    on_event: tuple[str, ...] = ()


def no_log(_text: str, _priority: int, _fields: Mapping[str, str]) -> None:
    """Nobody reads it."""


def die(*_: object) -> None:
    """As by the kernel's hand, where nothing can be caught."""
    os.kill(os.getpid(), signal.SIGKILL)


def emit(
    state: Path, locks: Path, hooks: Path, *, name: str, count: int, dies: bool = False
) -> None:
    """Tell of so many low cleaners, whose subjects begin with the name."""
    coordination = HostCoordination(state, locks, clock=SystemClock())
    with coordination.open_store() as store:
        for number in range(count):
            is_last = number == count - 1
            listeners = Listeners(coordination, str(hooks), die if dies and is_last else no_log)
            fact = Fact("cleaner-low", f"{name}-{number}", f"{name} {number}")
            tell(LIBRARY, [fact], store=store, listeners=listeners)


def main(state: str, locks: str, hooks: str, name: str, count: str, what: str = "") -> None:
    """Tell them."""
    places = Path(state), Path(locks), Path(hooks)
    if what != "holds":
        emit(*places, name=name, count=int(count), dies=what == "dies")
        return
    coordination = HostCoordination(places[0], places[1], clock=SystemClock())
    with coordination.lock(LIBRARY, command="emitter"):
        emit(*places, name=name, count=int(count))
        sys.stdout.write("held\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
