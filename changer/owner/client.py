"""The client, as its owner's process sees it: told what is printed, and asked for its devices."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from changer.errors import DeviceNotAvailable, MalformedData, TransportFailed
from changer.host import interrupts
from changer.host.device_use import DeviceUsers, TapeCounters, User
from changer.library.discovery import HoldFailure, ScsiDevice
from changer.owner.devices import device_of
from changer.owner.errors_sent import error_of
from changer.owner.frames import (
    BEAT_SECONDS,
    SILENCE_SECONDS,
    Frame,
    Lines,
    bytes_of,
    decode,
    encode,
    number_of,
    text_of,
)
from changer.printable import printable
from changer.smc.command import Command, Reply

_ASKING_SECONDS = 120.0
_GRACE_SECONDS = 60.0
_TURN_SECONDS = 0.5
_READ_SIZE = 65536
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Client:
    """One connection, by its two descriptors. ``begin`` reads the request; then a thread listens.

    A client that is gone, or silent for too long, is as a terminal that hangs up: SIGHUP.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        os.set_blocking(writing, False)
        self._lines = Lines()
        self._waiting: list[bytes] = []
        self._lock = threading.Lock()
        self._answers: dict[int, SimpleQueue[Frame]] = {}
        self._number = 0
        self._is_gone = False
        self._has_ended = False

    def say(self, frame: Frame) -> None:
        """Send a message; nobody hears it once the client is gone."""
        data = memoryview(encode(frame))
        with interrupts.held(), self._lock:
            while data and not self._is_gone:
                _, ready, _ = select.select([], [self._writing], [], SILENCE_SECONDS)
                try:
                    data = data[os.write(self._writing, data) if ready else 0 :]
                except BlockingIOError:
                    continue
                except OSError:
                    ready = []
                self._is_gone = not ready

    def begin(self) -> Frame | None:
        """Wait for the request; None where none comes. Raises MalformedData."""
        while not self._waiting:
            ready, _, _ = select.select([self._reading], [], [], SILENCE_SECONDS)
            data = os.read(self._reading, _READ_SIZE) if ready else b""
            if not data:
                return None
            self._waiting += self._lines.take(data)
        return decode(self._waiting.pop(0))

    def listen(self) -> None:
        """Have a thread listen from now on."""
        threading.Thread(target=self._listen, daemon=True).start()

    def end(self, status: int) -> None:
        """Send the exit status, the last message."""
        self._has_ended = True
        self.say({"exit": status})

    def ask(self, what: str, *, limit_seconds: float = _ASKING_SECONDS, **values: Any) -> Any:
        """Ask the client, and wait for its answer. Raises the error that it met, TransportFailed.

        Signals are held, and obeyed while it is waited for.
        """
        answers: SimpleQueue[Frame] = SimpleQueue()
        with self._lock:
            self._number += 1
            number = self._number
            self._answers[number] = answers
        try:
            with interrupts.held():
                self.say({"ask": what, "number": number, **values})
                frame = self._answer(answers, limit_seconds)
        finally:
            with self._lock:
                del self._answers[number]
        if "error" in frame:
            raise error_of(frame["error"])
        return frame.get("value")

    def _answer(self, answers: SimpleQueue[Frame], limit_seconds: float) -> Frame:
        waited = 0.0
        while waited < limit_seconds and not self._is_gone:
            with suppress(Empty):
                return answers.get(timeout=_TURN_SECONDS)
            waited += _TURN_SECONDS
            interrupts.checkpoint()
        raise TransportFailed(
            "the host that asked for this is gone, and its drives can't be asked any more"
            if self._is_gone
            else f"the host that asked for this did not answer within {limit_seconds:.0f} s"
        )

    def _listen(self) -> None:
        """Take messages until the client is gone, and send beats, whatever comes from there."""
        heard = beaten = time.monotonic()
        while (now := time.monotonic()) - heard < SILENCE_SECONDS:
            for line in self._waiting:
                with suppress(MalformedData):
                    self._take(decode(line))
            self._waiting = []
            if now - beaten >= BEAT_SECONDS:
                self.say({"beat": 1})
                beaten = now
            ready, _, _ = select.select([self._reading], [], [], BEAT_SECONDS / 3)
            if not ready:
                continue
            try:
                data = os.read(self._reading, _READ_SIZE)
                self._waiting = self._lines.take(data)
            except (OSError, MalformedData):
                break
            if not data:
                break
            heard = time.monotonic()
        self._is_gone = True
        if not self._has_ended:
            os.kill(os.getpid(), signal.SIGHUP)

    def _take(self, frame: Frame) -> None:
        if "answer" in frame:
            with self._lock:
                answers = self._answers.get(int(number_of(frame, "answer")))
            if answers is not None:
                answers.put(frame)
        elif "signal" in frame:
            number = int(number_of(frame, "signal"))
            if number in _FORWARDED and not self._has_ended:
                os.kill(os.getpid(), number)


class ClientTapes:
    """The tape drives of a client (``changer.library.discovery.TapeHost``)."""

    def __init__(self, client: Client) -> None:
        self._ask = client.ask

    def tape_drives(self) -> tuple[ScsiDevice, ...]:
        """All of them."""
        return tuple(map(device_of, self._ask("tape-drives")))

    def device_at(self, path: Path) -> ScsiDevice | None:
        """The device of a node or link there."""
        found = self._ask("tape-device", path=str(path))
        return None if found is None else device_of(found)

    def users_of(self, folders: Iterable[Path]) -> DeviceUsers:
        """The processes there that have it open."""
        told = self._ask("users", folders=[str(each) for each in folders])
        users = [User(int(number), printable(str(name))) for number, name in told["users"]]
        return DeviceUsers(tuple(users), all_seen=told["all_seen"] is True)

    def tape_counters(self, folder: Path) -> TapeCounters:
        """The counters of its driver there."""
        return TapeCounters(*map(int, self._ask("counters", folder=str(folder))))

    @contextmanager
    def hold(self, nodes: Iterable[Path]) -> Iterator[HoldFailure | None]:
        """Open nodes there, and keep them open."""
        told = self._ask("hold", nodes=[str(each) for each in nodes])
        if told is not None:
            yield HoldFailure(Path(text_of(told, "node")), int(number_of(told, "errno")))
            return
        try:
            yield None
        finally:
            self._ask("release")

    def open(self, device: str) -> ClientTransport:
        """The transport to a drive there."""
        return ClientTransport(device, self._ask)


class ClientTransport:
    """Carries commands to a tape drive of the client."""

    def __init__(self, device: str, ask: Callable[..., Any]) -> None:
        """Sends nothing."""
        self._device = device
        self._ask = ask

    def execute(self, command: Command[Any]) -> Reply:
        """Have the client send the command, and return the drive's reply."""
        told = self._ask(
            "execute",
            limit_seconds=command.timeout_seconds + _GRACE_SECONDS,
            device=self._device,
            name=command.name,
            cdb=command.cdb.hex(),
            length=command.allocation_length,
            timeout=command.timeout_seconds,
        )
        if not isinstance(told, dict):
            raise DeviceNotAvailable(f"{self._device}: the host that has it gave no reply")
        status = int(number_of(told, "status", most=0xFF))
        return Reply(status, bytes_of(told, "data"), bytes_of(told, "sense"))

    def close(self) -> None:
        """Does nothing: no file is open between commands."""
