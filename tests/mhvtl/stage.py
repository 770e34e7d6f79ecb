"""Plays a scenario on a library: the program's part through its Python interface, and traced."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from changer.api import TapeLibrary
from changer.host.clock import Clock
from changer.library.opening import Request
from changer.library.settings import Configuration as Settings
from changer.library.settings import NodeTransport
from changer.store.sqlite import open_store

from .account import perform
from .recording import RecordedStep
from .scenarios import Step


def request(
    library: str,
    folder: Path,
    *,
    clock: Clock,
    simulated: Path | None = None,
    transport: NodeTransport = "sg_raw",
    **wiring: Any,
) -> Request:
    """For a library with a store and locks below ``folder``, and no other settings.

    ``simulated``: where virtual libraries are. ``wiring``: ``trace``, ``wrap``.
    """
    open_store(folder / "store" / "state.db", clock=clock).close()
    return Request(
        library=library,
        state=folder / "store" / "state.db",
        environment={
            "CHANGER_LOCK_DIR": str(folder / "lock"),
            "CHANGER_SIM_DIR": str(simulated or folder / "simulated"),
            "PATH": os.environ["PATH"],
        },
        configuration=Settings(transport=transport),
        clock=clock,
        command="the test",
        **wiring,
    )


def play(
    library: TapeLibrary,
    steps: Iterable[Step],
    *,
    operate: Callable[..., None],
    lines: Callable[[], tuple[str, ...]],
    after: Callable[[Step, RecordedStep], None] = lambda step, recorded: None,
) -> tuple[RecordedStep, ...]:
    """Do the steps. ``operate``: does a person's. ``lines``: of the trace, since it was last asked.

    ``after``: sees each step with what came of it.
    """
    recorded: list[RecordedStep] = []
    for step in steps:
        if step.is_operators:
            operate(*step.words)
        account = perform(library, step)
        recorded.append(RecordedStep(account, lines()))
        after(step, recorded[-1])
    return tuple(recorded)


class TraceReader:
    """Reads a trace as it grows: the exchanges with the library, without its device's name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._library: str | None = None

    def __call__(self) -> tuple[str, ...]:
        """The lines since it was last asked."""
        with self._path.open() as file:
            file.seek(self._read)
            fresh = [json.loads(line) for line in file.readlines()]
            self._read = file.tell()
        if self._library is None and fresh:
            self._library = fresh[0]["device"]
        exchanges = [
            line for line in fresh if "cdb" in line and line.pop("device") == self._library
        ]
        return tuple(map(json.dumps, exchanges))
