"""The start and the end of every program: streams that are open, signals, and the exit status."""

from __future__ import annotations

import atexit
import os
import sys

TYPE_CHECKING = False  # typing takes longer to import than all that is needed here
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator, Sequence
    from typing import NoReturn, TextIO
else:
    import _signal as signal  # as in changer.cli.programs


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP: as after Ctrl-C, a motion under way is waited for and verified."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_status = 128 + number


def run_program(module: str, function: str) -> NoReturn:
    """Run a function of a module with the arguments, and exit with the status that it returns.

    SIGINT has its default action (``changer.cli.programs``) until that is imported, and all signals
    have theirs after its end. Text that a stream does not take leaves the exit status as it is.
    """
    fill_closed_streams()
    atexit.register(_discard_unwritten)
    from importlib import import_module

    main: Callable[[Sequence[str]], int] = getattr(import_module(module), function)
    try:
        try:
            raise_signals()
            status = main(sys.argv[1:])
        finally:
            _leave_signals()
    except KeyboardInterrupt as again:  # while the first one was reported
        status = exit_status_of(again)
    except RuntimeError as error:  # so Python 3.11 reports it from within an import
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        status = exit_status_of(error.__cause__)
    _end(status)


def _end(status: int) -> NoReturn:
    """End the process as ``sys.exit`` does, but leave what is in memory as it is.

    To take all of it apart, Python needs as long as a small library needs to answer. It does so
    where another thread is left, for which it waits.
    """
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        sys.exit(status)
    atexit._run_exitfuncs()
    _discard_unwritten()  # after what they said, too
    os._exit(status)


def exit_status_of(interrupted: KeyboardInterrupt) -> int:
    """The exit status of a program that a signal ended."""
    from changer.errors import EXIT_INTERRUPTED

    return interrupted.exit_status if isinstance(interrupted, Terminated) else EXIT_INTERRUPTED


def interruption(interrupted: KeyboardInterrupt, *, terminated: str = "terminated") -> str:
    """Words for a program's last line: what came, and the notes on what was done before that."""
    word = terminated if isinstance(interrupted, Terminated) else "interrupted"
    notes = dict.fromkeys(note for each in _chain(interrupted) for note in _notes(each))
    return ": ".join((word, "; ".join(notes))) if notes else word


def _chain(last: BaseException) -> Iterator[BaseException]:
    """A signal may have come upon another."""
    if last.__context__ is not None:
        yield from _chain(last.__context__)
    yield last


def _notes(exception: BaseException) -> Sequence[str]:
    notes: Sequence[str] = getattr(exception, "__notes__", ())
    return notes


def raise_signals() -> None:
    """Have signals with the default action raise KeyboardInterrupt or Terminated."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _terminate)


def _leave_signals() -> None:
    """Give signals their default action again: else one makes the interpreter's end a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) in (signal.default_int_handler, _terminate):
            signal.signal(number, signal.SIG_DFL)


def _terminate(number: int, _frame: object) -> None:
    raise Terminated(number)


def fill_closed_streams() -> None:
    """Open /dev/null for closed streams (``2>&-``), so that no other file becomes one of them."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number, which is this one
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for as long as we run


def _discard_unwritten() -> None:
    """Drop what can't be written: the interpreter would fail on it, and exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            _discard(stream)


def _discard(stream: TextIO) -> None:
    from contextlib import suppress

    with suppress(AttributeError, OSError, ValueError):  # closed, or not a file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
