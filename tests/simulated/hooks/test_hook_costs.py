"""What a hook has to work out grows as the library does, and no faster."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from .daemon import Answer, Daemon
from .mtx_script import MtxScript

# What is counted; the virtual library is another one's cost.
PACKAGES = (
    "changer.hooks.",
    "changer.library.library",
    "changer.library.inventory",
    "changer.library.element_state",
)
SLOTS = 250
TIMES = 4


def steps(function: Callable[[], Answer]) -> int:
    """How many bytecode instructions of the package a call takes."""
    taken = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal taken
        if event == "call":
            if not frame.f_globals.get("__name__", "").startswith(PACKAGES):
                return None
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
        taken += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        answer = function()
    finally:
        sys.settrace(before)
    assert answer.status == 0, answer
    return taken


@pytest.mark.parametrize(
    ("kind", "command"),
    [(Daemon, "list"), (Daemon, "listall"), (MtxScript, "status"), (MtxScript, "first")],
)
def test_a_larger_library_costs_as_much_more_as_it_is_larger(
    folder: Path, kind: type[Daemon], command: str
) -> None:
    taken = []
    for slots in (SLOTS, TIMES * SLOTS):
        own = folder / str(slots)
        own.mkdir()
        caller = kind(
            own,
            profile="large",
            slots=slots,
            drives=4,
            data_cartridges=slots // 2,
            drive_load_seconds=0,
        )
        caller.configure("cleaners_listed = false")
        call = caller.mtx if isinstance(caller, MtxScript) else caller.call
        taken.append(steps(partial(call, command)))
    small, large = taken
    assert large < 1.2 * TIMES * small, taken
