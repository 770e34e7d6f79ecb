"""Runs a hook as a program: whatever comes of it, the exit status is 0 or 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from changer.cli.output import complain
from changer.cli.process import Terminated, discard_output
from changer.errors import ChangerError, OutputFailed

__all__ = ["hook_status", "tell_error"]

FAILED = 1


def hook_status(
    main: Callable[[Sequence[str]], int], arguments: Sequence[str], *, name: str
) -> int:
    """Run ``main`` and return 0 or 1; what it raises is told on standard error."""
    try:
        return FAILED if main(arguments) else 0
    except BrokenPipeError:
        discard_output()
        return FAILED
    except ChangerError as error:
        if isinstance(error, OutputFailed):
            discard_output()
        tell_error(error, name=name)
        return FAILED
    except Terminated:
        complain(f"{name}: terminated by its caller")
        return FAILED
    except KeyboardInterrupt:
        complain(f"{name}: interrupted")
        return FAILED


def tell_error(error: ChangerError, *, name: str) -> None:
    """What, where and next, on standard error."""
    complain(f"{name}: {error.message}")
    if error.hint:
        complain(f"  {error.hint}")
