"""Transport through the program sg_raw, of the package sg3-utils."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from changer.errors import (
    AccessDenied,
    ChangerError,
    CommandTimedOut,
    DeviceNotAvailable,
    ToolMissing,
    TransportFailed,
)
from changer.host import interrupts
from changer.host.guarded_files import CLEAN_ENVIRONMENT, find_program
from changer.host.trust import absolute_path
from changer.smc.command import Command, Reply
from changer.transport.device_node import access_hint, check_node
from changer.transport.sg_limits import (
    GRACE_SECONDS,
    check_cdb,
    check_data_out,
    next_wait_seconds,
    timeout_seconds,
    transfer_length,
)
from changer.transport.sg_raw_output import parse_output

Ended = subprocess.CompletedProcess[bytes]

_LARGEST_OUTPUT = 256 * 1024
_REAPING_SECONDS = 1.0

_INSTALL_HINT = (
    "install sg_raw: apt install sg3-utils (Debian, Ubuntu), "
    "dnf install sg3_utils (Red Hat, Fedora), zypper install sg3_utils (SUSE)"
)


class SgRaw:
    """Transport to ``device``, e.g. ``/dev/sg3`` or a link to it; one process for each command.

    sg_raw runs in a session of its own, so that Ctrl-C at the terminal does not reach it: a SCSI
    command that was sent can't be called back. Signals are held while it runs. A command with
    ``occupies_robot`` is waited for whatever comes, so that the caller still holds the library's
    lock while the robot moves. Any other command's sg_raw is killed when a signal comes whose
    handler raises, and its reply is lost.
    """

    def __init__(
        self,
        device: Path,
        *,
        program: str = "sg_raw",
        grace_seconds: float = GRACE_SECONDS,
        descriptors: Callable[[], tuple[int, ...]] = tuple,
    ) -> None:
        """Does not touch the device.

        ``descriptors``: returns those of the library's lock, which a command that occupies the
        robot inherits: should this process be killed, the lock is held until it stands still.
        ``grace_seconds``: time after the command's timeout for the kernel, which resets a device
        before it gives up on a command.
        """
        self._device = absolute_path(device, DeviceNotAvailable)
        self._program = program
        self._grace_seconds = grace_seconds
        self._descriptors = descriptors

    def execute(self, command: Command[Any]) -> Reply:
        """Send the command and wait for its end.

        Executed commands have the status GOOD, also when the device added sense data to it ("no
        sense", "recovered error"). Raises UsageError for a malformed CDB, NotAChanger for a file
        that takes no SCSI commands, and as Transport does.
        """
        check_node(self._device)
        check_cdb(command.cdb)
        check_data_out(command)
        seconds, length = timeout_seconds(command), transfer_length(command)
        argv = [self._program, "-v", "-b", "-t", str(seconds)]
        argv += ["-r", str(length)] if length else []
        argv += ["-s", str(len(command.data_out))] if command.data_out else []
        argv += [str(self._device), *(f"{byte:02x}" for byte in command.cdb)]
        ended = self._run(argv, seconds + self._grace_seconds, command)
        try:
            return parse_output(
                ended.returncode,
                ended.stdout,
                ended.stderr,
                device=str(self._device),
                allocation_length=length,
            )
        except AccessDenied as denied:
            denied.add_context(hint=access_hint(self._device))
            raise

    def close(self) -> None:
        """Does nothing: no file is open between commands."""

    def _run(self, argv: list[str], seconds: float, command: Command[Any]) -> Ended:
        """Start sg_raw and wait for its end."""
        what = f"{command.name} on {self._device}"
        deadline = time.monotonic() + seconds
        # From its start on, whatever raised between two steps here would lose it.
        with interrupts.motion(_silent) if command.occupies_robot else interrupts.held():
            descriptors = self._descriptors() if command.occupies_robot else ()
            child = _Child(argv, what, descriptors, data_out=command.data_out)
            try:
                return child.finish(deadline)
            except ChangerError:
                raise
            except BaseException:
                if not command.occupies_robot:  # else it goes on with the lock, as the robot does
                    child.kill()
                raise
            finally:
                child.close()


def _silent() -> None:
    """Of a motion that others announce."""


class _Child:
    """One run of the program."""

    def __init__(
        self, argv: list[str], what: str, descriptors: tuple[int, ...], *, data_out: bytes
    ) -> None:
        self._what = what
        with _standard_input(data_out) as given:
            self._process = _start(argv, descriptors, given)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._pipes = (self._process.stdout, self._process.stderr)
        self._received = {pipe.fileno(): bytearray() for pipe in self._pipes}

    def finish(self, deadline: float) -> Ended:
        """Read its output until it ends, with checkpoints.

        Raises CommandTimedOut after the deadline, and TransportFailed for more output than sg_raw
        ever prints; both kill the process, and wait no longer if the kernel does not let it go.
        """
        try:
            self._read(deadline)
            exit_status = self._wait(deadline)
        except TimeoutError:
            self.kill()
            raise CommandTimedOut(f"{self._what}: sg_raw did not end in time") from None
        return Ended(self._process.args, exit_status, *map(bytes, self._received.values()))

    def _read(self, deadline: float) -> None:
        """Receive its output until it closes both pipes. Raises TimeoutError."""
        with selectors.DefaultSelector() as selector:
            for pipe in self._pipes:
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                ready = selector.select(next_wait_seconds(deadline))
                interrupts.checkpoint()
                for key, _ in ready:
                    if not self._take(key.fd):
                        selector.unregister(key.fileobj)

    def _wait(self, deadline: float) -> int:
        """Return its exit status. Raises TimeoutError."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                return self._process.wait(next_wait_seconds(deadline))
            interrupts.checkpoint()

    def _take(self, descriptor: int) -> bool:
        """Whether there was more to read."""
        chunk = os.read(descriptor, 65536)
        self._received[descriptor] += chunk
        if len(self._received[descriptor]) > _LARGEST_OUTPUT:
            self.kill()
            raise TransportFailed(f"{self._what}: sg_raw printed more than {_LARGEST_OUTPUT} bytes")
        return bool(chunk)

    def kill(self) -> None:
        """Kill its process group; one that hangs in the kernel is left behind."""
        if self._process.returncode is None:  # not reaped: its number is still its own
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_REAPING_SECONDS)

    def close(self) -> None:
        """Close its pipes."""
        for pipe in self._pipes:
            pipe.close()


@contextmanager
def _standard_input(data: bytes) -> Iterator[int]:
    """What sg_raw reads its data-out from: memory, which is whole before it starts."""
    if not data:
        yield subprocess.DEVNULL
        return
    descriptor = os.memfd_create("data-out")
    try:
        os.write(descriptor, data)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _start(
    argv: list[str], descriptors: tuple[int, ...], standard_input: int
) -> subprocess.Popen[bytes]:
    """Start it in a session and process group of its own. Raises ToolMissing."""
    # Nothing else of the environment: sg3-utils' own switches change what is printed.
    environment = dict(CLEAN_ENVIRONMENT)
    if libraries := os.environ.get("LD_LIBRARY_PATH"):
        environment["LD_LIBRARY_PATH"] = libraries
    try:
        return subprocess.Popen(  # noqa: S603
            [find_program(argv[0]), *argv[1:]],
            stdin=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            pass_fds=descriptors,
        )
    except FileNotFoundError:
        raise ToolMissing(f"the program {argv[0]} is missing", hint=_INSTALL_HINT) from None
    except OSError as error:
        message = f"the program {argv[0]} can't be run: {error.strerror}"
        raise ToolMissing(message, hint=_INSTALL_HINT) from None
