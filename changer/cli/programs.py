"""The program's entry point; it imports nothing before Ctrl-C can do no harm."""

from __future__ import annotations

# Always there; signal itself is a module that takes time to import.
import _signal  # type: ignore[import-not-found]
import gc

_OBJECTS_TO_A_SEARCH = 50_000
"""New ones until Python looks for cycles among them: more than a start makes, and it makes none."""


def changer() -> None:
    """Run ``changer``."""
    start("changer.cli.main", "main")


def deliver_events() -> None:
    """Run the process that gives events to programs (``changer.events.detached`` starts it)."""
    start("changer.cli.deliver", "main")


def start(module: str, function: str) -> None:
    """Run a function of a module as ``run_program`` does; Ctrl-C ends the process until then."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # a shell's background jobs ignore it
    gc.set_threshold(_OBJECTS_TO_A_SEARCH)
    from changer.cli.process import run_program

    run_program(module, function)
