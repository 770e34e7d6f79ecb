"""Forks installed programs from an interpreter that has all of changer imported.

``forked_program`` starts it as ``python forking_server.py DESCRIPTOR PADDING``, with a socket at
that descriptor; it ends with its client. Each program is a child of the client.
"""

from __future__ import annotations

import atexit
import ctypes
import fcntl
import gc
import io
import json
import os
import platform
import signal
import socket
import sys
import time
import types
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from users import import_everything

MOST_FILES = 64
BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
"""Python ignores them at its start, whatever its parent does with them."""

_LOWEST_FREE = 1000  # where no program wants a file
_SYS_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE_PARENT = 0x8000
_PR_SET_DUMPABLE = 4
_ARGUMENTS_AT = 48  # proc(5), stat: arg_start and arg_end

_exits: list[int] = []
"""The status that the program has ended with, once it has."""

_c = ctypes.PyDLL(None, use_errno=True)  # which keeps the lock of the interpreter


@dataclass(frozen=True, slots=True)
class Request:
    """A program to run: ``argv[0]`` is the path of its script.

    ``numbers``: of the files that come with it, in the program; the current folder is after them.
    ``user``, ``group`` and ``groups`` may be None: this process's own.
    """

    argv: list[str]
    environment: dict[str, str]
    numbers: list[int]
    umask: int
    new_session: bool
    process_group: int
    ignored: list[int]
    blocked: list[int]
    user: int | None
    group: int | None
    groups: list[int] | None


def heed_signals() -> None:
    """As in a process whose parent heeds all of them: the client may just then ignore some."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in signal.valid_signals() - set(BY_PYTHON):
        if signal.getsignal(number) is signal.SIG_IGN:
            is_interrupt = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if is_interrupt else signal.SIG_DFL)


def serve(connection: socket.socket) -> tuple[Request, list[int]]:
    """Fork a program for each request; returns in the new process alone."""
    while True:
        message, files, _, _ = socket.recv_fds(connection, 1, MOST_FILES)
        if not message:
            os._exit(0)
        with os.fdopen(files.pop(0)) as file:
            file.seek(0)
            request = Request(**json.load(file))
        process_id = fork_sibling()
        if process_id == 0:
            return request, files
        connection.sendall(process_id.to_bytes(8, "big", signed=True))
        for each in files:
            os.close(each)


def fork_sibling() -> int:
    """As os.fork(), but the new process's parent is the parent of this one, which can wait for it.

    A negative error number where it fails.
    """
    number = _SYS_CLONE[platform.machine()]
    ctypes.pythonapi.PyOS_BeforeFork()
    process_id: int = _c.syscall(number, _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    if process_id == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    return process_id if process_id > 0 else -ctypes.get_errno()


def become(request: Request, files: list[int]) -> None:
    """Make this process what one is that has just been started with these things."""
    os.umask(request.umask)
    _take_files(request.numbers, files)
    _set_signals(request)
    _become_user(request)
    os.environ.update(request.environment)  # which has all that is there, but what Python added
    time.tzset()
    sys.argv = [*request.argv]
    sys.orig_argv = [sys.executable, *request.argv]
    sys.path[0] = str(Path(request.argv[0]).parent)
    _show_command([sys.executable, *request.argv])
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _opened(number, name)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _take_files(numbers: list[int], files: list[int]) -> None:
    moved = [fcntl.fcntl(each, fcntl.F_DUPFD, _LOWEST_FREE) for each in files]
    os.closerange(0, _LOWEST_FREE)
    os.fchdir(moved.pop())
    for number, file in zip(numbers, moved, strict=True):
        os.dup2(file, number)
    os.closerange(_LOWEST_FREE, _LOWEST_FREE + 2 * MOST_FILES)


def _set_signals(request: Request) -> None:
    for number in request.ignored:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, request.blocked)
    if request.new_session:
        os.setsid()
    if request.process_group >= 0:
        os.setpgid(0, request.process_group)


def _become_user(request: Request) -> None:
    if request.groups is not None:
        os.setgroups(request.groups)
    if request.group is not None:
        os.setregid(request.group, request.group)
    if request.user is not None:
        os.setreuid(request.user, request.user)
        # Else its files below /proc would be root's, as no program's are that it started.
        _c.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def _show_command(words: list[str]) -> None:
    """For /proc/PID/cmdline and comm; what was there had PADDING for it."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = (int(each) for each in fields[_ARGUMENTS_AT - 3 :][:2])
    text = b"".join(os.fsencode(word) + b"\0" for word in words)[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)
    Path("/proc/self/comm").write_text(Path(words[1]).name)


def _opened(number: int, name: str) -> Any:
    """A standard stream as Python opens it at its start; None where the file is closed."""
    try:
        os.fstat(number)
    except OSError:
        return None
    first, mode = getattr(sys, f"__{name}__"), "r" if number == 0 else "w"
    binary: Any = open(number, f"{mode}b", closefd=False)  # noqa: SIM115
    binary.raw.name = f"<{name}>"
    stream: Any = io.TextIOWrapper(
        binary,
        encoding=first.encoding,
        errors=first.errors,
        newline="\n",
        line_buffering=binary.isatty() or number == 2,
    )
    stream.mode = mode
    return stream


def program(path: str) -> tuple[types.CodeType, dict[str, object]]:
    """The code of an installed script, and the module ``__main__`` that it runs in."""
    main = types.ModuleType("__main__")
    main.__file__ = path
    sys.modules["__main__"] = main
    return compile(Path(path).read_bytes(), path, "exec"), main.__dict__


def _end_at_once() -> None:
    """End without destroying all that was imported, which would take longer than most programs."""
    with suppress(OSError, ValueError):  # the interpreter meets it again, and says so
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        for status in _exits:
            os._exit(status)


if __name__ == "__main__":
    atexit.register(_end_at_once)  # the first, so the last to be called
    heed_signals()
    import_everything()
    gc.collect()
    gc.freeze()  # a program writes to fewer pages that it shares
    with socket.socket(fileno=int(sys.argv[1])) as client:
        client.sendall(b"!")
        wanted, passed = serve(client)
        client.detach()
    code, main = program(wanted.argv[0])  # which another user may not be able to read
    become(wanted, passed)
    try:
        exec(code, main)
    except SystemExit as end:
        if isinstance(end.code, int):
            _exits.append(end.code)
        raise
