"""What the tests of the store share: a library in it, other processes, other users."""

from __future__ import annotations

import grp
import multiprocessing
import os
import shutil
import signal
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from children import ended

from changer.errors import ChangerError
from changer.store import Store, open_store

LIBRARY = "IBM_3573-TL_00L4U78K1234_LL0"
NOBODY = 65534


@dataclass
class SteppingClock:
    """A clock that stands until it is moved; sleeping moves it."""

    time: float = 1_700_000_000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def opened(path: Path, clock: SteppingClock | None = None) -> Store:
    return open_store(path, clock=clock or SteppingClock())


def remember(store: Store, library_id: str = LIBRARY) -> None:
    store.remember_library(
        library_id,
        vendor="IBM",
        product="3573-TL",
        revision="C.10",
        serial="00L4U78K1234_LL0",
        device="/dev/sg3",
    )


def query(path: Path, statement: str) -> object:
    """What plain SQLite says of the file."""
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute(statement).fetchone()
        connection.commit()
        return row[0] if row else None


def outcome_of(function: Callable[[], object]) -> str:
    """The error code that a call ends with, or "done"."""
    try:
        function()
    except ChangerError as error:
        return error.code
    return "done"


def in_processes(count: int, function: Callable[[int], str]) -> list[str]:
    """Run in that many processes, started at once; what each returned."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(count)
    results = context.SimpleQueue()

    def run(number: int) -> None:
        barrier.wait(120)
        try:
            results.put(function(number))
        except BaseException as error:
            results.put(repr(error))
            raise

    children = [context.Process(target=run, args=(number,)) for number in range(count)]
    for child in children:
        child.start()
    found = [results.get() for _ in children]
    for child in children:
        child.join(120)
    return found


def killed_while(function: Callable[[], object]) -> None:
    """Run in a child that is killed (SIGKILL) when the function has returned."""

    def run() -> None:
        function()
        os.kill(os.getpid(), signal.SIGKILL)

    assert ended(run) == -signal.SIGKILL, "the child did not get as far as it should"


def without_rights(function: Callable[[], object]) -> tuple[str, str]:
    """Run as an ordinary user; the code and the whole text of the error. Root becomes nobody."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            text = "done\n"
            try:
                function()
            except ChangerError as error:
                text = f"{error.code}\n{error.message}; {error.hint}"
            except BaseException as error:
                text = f"{error!r}\n"
            os.write(writer, text.encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        code, _, text = stream.read().partition("\n")
    os.waitpid(child, 0)
    return code, text


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="changer-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def give_to_nobody(folder: Path) -> None:
    """Let an ordinary user write to the folder, by which nobody else can."""
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, -1)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def own_group() -> str:
    """A group that this process can give a folder to, and that exists everywhere."""
    group_id = os.getgid() or min(group.gr_gid for group in grp.getgrall() if group.gr_gid)
    return grp.getgrgid(group_id).gr_name
