"""File of a virtual library: locked, read, and replaced as a whole."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from changer.errors import AccessDenied, OutputFailed, SimulatorRefused
from changer.simulator.lock_file import LockFile
from changer.simulator.state import State
from changer.simulator.state_format import dump_state, load_state

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_Stamp = tuple[int, int, int, int]


def is_name(text: str) -> bool:
    """A virtual library, and so its file, can have this name."""
    return bool(_NAME.fullmatch(text))


class StateFile:
    """``FOLDER/NAME.json``, and the side file ``FOLDER/NAME.lock``.

    ``load`` and ``save`` only while ``locked``. Safe among threads and processes. What was loaded
    is kept, and read again only when the file is another one.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Raises SimulatorRefused for a name that no file may have."""
        if not is_name(name):
            raise SimulatorRefused(
                f"{name!r} can't be the name of a virtual library",
                hint="at most 64 letters, digits, dots, dashes, underscores; no mark at its start",
            )
        self.name = name
        self.path = folder / f"{name}.json"
        self.lock = LockFile(folder / f"{name}.lock")
        # One name is enough under the lock, and a process that was killed leaves at most one file.
        self._temporary = folder / f".{name}.tmp"
        self._kept: State | None = None
        self._stamp: _Stamp | None = None

    def exists(self) -> bool:
        """Whether the library is there. Raises AccessDenied, OutputFailed."""
        with clear_errors(self.path):
            return self.path.exists()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other threads and processes from the library meanwhile. Must not be nested."""
        with clear_errors(self.lock.path), self.lock.held():
            try:
                yield
            except BaseException:
                # What is in memory may have been changed, and was not saved.
                self.forget()
                raise

    def load(self) -> State | None:
        """The library as the file has it, or None without a file. Raises SimulatorRefused."""
        with clear_errors(self.path):
            try:
                stamp = self._stamp_now()
                if self._kept is None or stamp != self._stamp:
                    self._kept = load_state(self.name, self._read())
                    self._stamp = stamp
            except FileNotFoundError:
                self.forget()
        return self._kept

    def save(self, state: State) -> None:
        """Replace the file if the state changed; whole, or not at all."""
        if not state.changed:
            return
        with clear_errors(self.path):
            self._replace(dump_state(state))
            self.lock.next_generation()
            state.changed = False
            self._kept, self._stamp = state, self._stamp_now()

    def _read(self) -> bytes:
        # Neither through a link nor from a pipe, which whoever shares the folder may have made.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(self.path, flags), "rb") as file:
            return file.read()

    def _replace(self, content: bytes) -> None:
        self._temporary.unlink(missing_ok=True)
        try:
            # No more for everyone than to read, whatever the umask.
            descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o664)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._temporary.replace(self.path)
        except BaseException:
            with suppress(OSError):
                self._temporary.unlink()
            raise

    def _stamp_now(self) -> _Stamp:
        status = self.path.stat()
        return status.st_mtime_ns, status.st_ino, status.st_size, self.lock.generation()

    def forget(self) -> None:
        """Read the file again next time."""
        self._kept = self._stamp = None

    def delete(self) -> None:
        """Remove the library and its side file. Only while locked."""
        with clear_errors(self.path):
            for path in (self.path, self._temporary, self.lock.path):
                path.unlink(missing_ok=True)
        self.forget()

    def close(self) -> None:
        """Let go of the side file."""
        self.lock.close()


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Raise AccessDenied or OutputFailed for what the host refused."""
    try:
        yield
    except PermissionError as error:
        raise AccessDenied(
            f"no permission to {path}: {error.strerror}",
            hint="virtual libraries need a folder that you can write to: $CHANGER_SIM_DIR",
        ) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputFailed(
                f"no space left to save {path}", hint="the state before this command is whole"
            ) from None
        raise OutputFailed(f"can't use {path}: {error.strerror or error}") from None
