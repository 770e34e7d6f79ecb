"""Installed programs that start at once: forked from an interpreter that has them imported.

``Popen`` and ``run`` are used as those of ``subprocess``, whatever the program is::

    with forked_program.Popen([PROGRAM, "status"], stdout=PIPE, text=True) as process:

Of ``changer``, ``changer-mtx`` and ``changer-autochanger`` beside this interpreter the installed
script runs in a real process, a child of this one, with its arguments, environment, folder,
streams (closed ones, too), user, groups, umask, session, signals and command line; it is killed as
any other, and ends as it does when it is started. ``user=``, ``group=`` and ``extra_groups=`` do
what ``setpriv`` does.

Different from a real start: modules are imported already; sets have the same order in each; what
is left at the end is not destroyed. Environments that differ in what is read when an interpreter
starts (``PYTHON*``, ``LC_*``, ``LD_*``) have one of their own to be forked from. With
``preexec_fn``, ``executable`` or ``shell`` all are started, as is any other program.
"""

from __future__ import annotations

import atexit
import fcntl
import inspect
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from forking_server import BY_PYTHON

PROGRAMS = tuple(
    str(Path(sys.executable).with_name(name))
    for name in ("changer", "changer-autochanger", "changer-mtx")
)
_SERVER = Path(__file__).with_name("forking_server.py")
_PADDING = "." * 4096  # room for a program's own command line
_one_by_one = threading.Lock()
# What is read when an interpreter starts, and never again.
_OF_THE_START = ("PYTHON", "LANG", "LC_", "LD_", "MALLOC_", "GLIBC_", "COVERAGE_")


class Popen(subprocess.Popen[Any]):
    """As that of subprocess."""

    def _execute_child(self, *arguments: Any) -> None:
        # The one place in which a process is started; all around it stays as it is.
        started: Any = super()._execute_child  # type: ignore[misc]
        wanted = inspect.signature(started).bind(*arguments).arguments
        argv = wanted["args"]
        special = (wanted[name] for name in ("preexec_fn", "executable", "shell"))
        if isinstance(argv, str | bytes | os.PathLike) or any(special):
            started(*arguments)
            return
        argv = [os.fsdecode(each) for each in argv]
        if argv[0] not in PROGRAMS:
            started(*arguments)
            return
        with _one_by_one:  # else threads are given the numbers of each other's programs
            self.pid = _fork(argv, wanted)
        self._child_created = True
        names = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(wanted[name] for name in names))  # type: ignore[attr-defined]


def run(
    argv: Sequence[str | Path],
    *,
    input: str | bytes | None = None,  # noqa: A002 - its name there
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **options: Any,
) -> subprocess.CompletedProcess[Any]:
    """As that of subprocess."""
    if capture_output:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if input is not None:
        options["stdin"] = subprocess.PIPE
    with Popen(argv, **options) as process:
        try:
            out, err = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    ended = subprocess.CompletedProcess(process.args, process.returncode, out, err)
    if check:
        ended.check_returncode()
    return ended


def _fork(argv: list[str], wanted: Mapping[str, Any]) -> int:
    variables = os.environ if wanted["env"] is None else wanted["env"]
    environment = {os.fsdecode(key): os.fsdecode(value) for key, value in variables.items()}
    numbers, files = _files(wanted)
    request = {
        "argv": argv,
        "environment": environment,
        "numbers": numbers,
        "umask": wanted["umask"] if wanted["umask"] >= 0 else _umask(),
        "new_session": bool(wanted["start_new_session"]),
        "process_group": wanted.get("process_group", -1),
        "ignored": _ignored(),
        "blocked": [int(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        "user": wanted["uid"],
        "group": wanted["gid"],
        "groups": wanted["gids"],
    }
    folder = os.open(wanted["cwd"] or ".", os.O_PATH | os.O_DIRECTORY)
    try:
        return _server(os.getpid(), _of_the_start(environment)).fork(request, [*files, folder])
    finally:
        os.close(folder)


def _files(wanted: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """Numbers in the program, and which file each of them is here."""
    streams = [wanted["p2cread"], wanted["c2pwrite"], wanted["errwrite"]]
    pairs = [(number, number if file == -1 else file) for number, file in enumerate(streams)]
    pairs += [(number, number) for number in sorted(wanted["pass_fds"])]
    there = [(number, file) for number, file in pairs if Path(f"/proc/self/fd/{file}").is_symlink()]
    return [number for number, _ in there], [file for _, file in there]


def _umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _ignored() -> list[int]:
    """Signals that this process ignores, as its children then do."""
    caught = set(signal.valid_signals()) - set(BY_PYTHON)
    return [int(each) for each in caught if signal.getsignal(each) is signal.SIG_IGN]


def _of_the_start(environment: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    names = (name for name in environment if name.startswith(_OF_THE_START))
    return frozenset((name, environment[name]) for name in names)


class _Server:
    """An interpreter to fork from."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._connection, other = socket.socketpair()
        with other:
            number = fcntl.fcntl(other.fileno(), fcntl.F_DUPFD, 3)  # the streams may be closed
            self._process = subprocess.Popen(
                [sys.executable, _SERVER, str(number), _PADDING],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[number],
                env=environment,
                cwd="/",
            )
            os.close(number)
        assert self._connection.recv(1), "it did not start"
        atexit.register(self._end, os.getpid())

    def _end(self, process_id: int) -> None:
        self._connection.close()
        if os.getpid() == process_id:
            self._process.wait()

    def fork(self, request: Mapping[str, Any], files: Sequence[int]) -> int:
        memory = os.memfd_create("request")
        try:
            os.write(memory, json.dumps(request).encode())
            socket.send_fds(self._connection, [b"!"], [memory, *files])
        finally:
            os.close(memory)
        process_id = int.from_bytes(
            self._connection.recv(8, socket.MSG_WAITALL), "big", signed=True
        )
        if process_id <= 0:
            raise OSError(-process_id, f"no program was forked: {os.strerror(-process_id)}")
        return process_id


@cache
def _server(_process_id: int, environment: frozenset[tuple[str, str]]) -> _Server:
    """One for each process that asks, whose children the programs are, and each environment."""
    return _Server(dict(environment))
