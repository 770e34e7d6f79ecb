"""Signals that wait: noted while something is held or moves, and obeyed when that has ended.

KeyboardInterrupt, or whatever a handler raises, may come between any two steps of Python: what was
taken just before has nobody yet who gives it back. While signals are held no handler runs, so that
is never lost; ``checkpoint`` is where a wait lets them in.

Python runs handlers in the main thread alone, whichever thread the kernel interrupts: all of this
acts there, and does nothing elsewhere.
"""

from __future__ import annotations

import os
import sys
from _thread import get_native_id
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # without the enums that signal makes of its numbers at each start

# Those that end a process, or raise in it, and that it can catch.
_SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGALRM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGXCPU,
)
_STATUS = Path("/proc/self/status")
_Handler = Callable[[int, FrameType | None], object] | int | None


class _State:
    """What the main thread holds.

    depth       regions that it is in: ``held``, ``motion``.
    process_id  of the process that entered them; a forked one is in none.
    is_open     the innermost of all is ``allowed``.
    in_motion   one of them is ``motion``.
    say         of the outermost motion, until it has been called.
    noted       signals that came, in their order.
    former      the handlers before the first region. They stay here: whatever part of a change of
                handlers an exception cuts off, ``_note`` still finds what it stands in for.
    """

    depth = 0
    process_id = 0
    is_open = False
    in_motion = False
    say: Callable[[], None] | None = None
    noted: list[int] = []  # noqa: RUF012 - there is one state, as there is one main thread
    former: dict[int, _Handler] = {}  # noqa: RUF012


def held() -> _Region:
    """Hold signals inside ``with``; they are obeyed at checkpoints, and when it ends.

    May be nested: the end of the outermost counts.
    """
    return _Region()


def motion(say: Callable[[], None]) -> _Region:
    """As held, for what must be waited for: checkpoints inside don't obey.

    The first one that finds a signal calls ``say``, once; within another motion that one's is kept.
    """
    return _Region(say)


def allowed() -> _Allowed:
    """Obey signals at once inside ``with``, although they are held: a person is waited for."""
    return _Allowed()


def are_held() -> bool:
    """Whether signals of this thread wait for a checkpoint."""
    return _wait() and _is_main_thread()


def checkpoint() -> None:
    """Obey what was noted; within a motion only say so. Raises what the handlers raise."""
    if not _State.noted or not are_held():
        return
    if not _State.in_motion:
        _obey_noted()
    elif (say := _State.say) is not None:
        _State.say = None
        with suppress(Exception):  # it must not end the wait for the motion
            say()


class _Region:
    """One ``with`` in which signals are held.

    No generator: an exception at the start of any of its functions must find nothing half taken.
    Each handler is replaced by one that passes the signal on, until ``depth`` counts this region.
    """

    def __init__(self, say: Callable[[], None] | None = None) -> None:
        self._say = say
        self._process_id = 0
        self._was_open = False
        self._was_in_motion = False

    def __enter__(self) -> None:
        if not _is_main_thread():
            return
        if _State.process_id != (process_id := os.getpid()):
            _State.depth, _State.is_open, _State.in_motion = 0, False, False
            _State.noted.clear()
            _State.process_id = process_id
        if not are_held():
            _replace_handlers(_raising())
        self._was_open, self._was_in_motion = _State.is_open, _State.in_motion
        self._process_id = process_id
        _State.depth += 1
        _State.is_open = False  # from here on no handler runs
        try:
            if _State.depth == 1:
                _replace_handlers(_killing())
            if self._say is not None and not _State.in_motion:
                _State.in_motion, _State.say = True, self._say
        except BaseException:
            self._leave()
            raise

    def __exit__(self, *_exception: object) -> None:
        if self._process_id != os.getpid():
            return
        self._process_id = 0  # left once, however often this is called
        if self._say is not None and not self._was_in_motion:
            _State.in_motion, _State.say = False, None
        if _State.depth > 1 and not self._was_open:
            _State.depth -= 1
        else:
            self._leave()

    def _leave(self) -> None:
        try:
            _obey_noted()  # still held: one that comes now waits behind those
        finally:
            _State.depth -= 1
            _State.is_open = self._was_open  # from here on a signal is obeyed at once
            if _State.noted:
                _State.depth += 1
                _State.is_open = False
                self._leave()
            elif not _State.depth:
                _restore_handlers()


class _Allowed:
    """One ``with`` inside a region in which signals are not held."""

    def __init__(self) -> None:
        self._acts = False

    def __enter__(self) -> None:
        if are_held():
            _obey_noted()
            self._acts = True
            _State.is_open = True

    def __exit__(self, *_exception: object) -> None:
        if self._acts:
            _State.is_open = False
            _replace_handlers(_raising())


def _wait() -> bool:
    """Whether signals wait in the main thread."""
    return _State.depth > 0 and not _State.is_open and _State.process_id == os.getpid()


def _is_main_thread() -> bool:
    return get_native_id() == os.getpid()  # gettid(2); that of a forked process, too


# Handlers


def _note(number: int, frame: FrameType | None) -> None:
    """Stand in for the handler of a signal."""
    if _wait():
        if number not in _State.noted:
            _State.noted.append(number)
    else:
        _obey(number, frame)


def _obey_noted() -> None:
    while _State.noted:
        _obey(_State.noted.pop(0), sys._getframe())


def _obey(number: int, frame: FrameType | None) -> None:
    handler = _State.former.get(number, signal.SIG_DFL)
    if callable(handler):
        handler(number, frame)
    elif handler == signal.SIG_DFL:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _raising() -> list[int]:
    """Signals with a handler in Python, which may raise."""
    return [number for number in _SIGNALS if callable(signal.getsignal(number))]


def _killing() -> list[int]:
    """Signals with the default action; not those that other than Python catch (faulthandler)."""
    default = [number for number in _SIGNALS if signal.getsignal(number) == signal.SIG_DFL]
    caught = _caught_signals() if default else 0
    return [number for number in default if not caught >> (number - 1) & 1]


def _caught_signals() -> int:
    """The signals that this process catches, as bits from 1 (proc(5))."""
    with suppress(OSError, ValueError):
        _, _, rest = _STATUS.read_text().partition("\nSigCgt:")
        return int(rest.split(maxsplit=1)[0], 16) if rest else 0
    return 0


def _replace_handlers(numbers: list[int]) -> None:
    for number in numbers:
        handler = signal.getsignal(number)
        if handler is not _note:
            _State.former[number] = handler
            with suppress(ValueError):  # a sub-interpreter can't
                signal.signal(number, _note)


def _restore_handlers() -> None:
    for number in _SIGNALS:
        if signal.getsignal(number) is _note:
            signal.signal(number, _State.former[number])
