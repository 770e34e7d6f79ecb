"""One command that an owner carries out for this host: what it prints, asks, and ends with."""

from __future__ import annotations

import os
import selectors
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from changer.errors import ChangerError, MalformedData, OwnerLost, OwnerUnreachable
from changer.library.owner_address import OwnerAddress
from changer.owner import ssh
from changer.owner.answers import Answers
from changer.owner.frames import (
    BEAT_SECONDS,
    PROTOCOL,
    SILENCE_SECONDS,
    Frame,
    Lines,
    decode,
    encode,
    number_of,
    text_of,
)
from changer.owner.signals import NotedSignals
from changer.printable import printable

CONNECTING_SECONDS = 120.0
"""For the login, and the start of changer there; ssh itself gives up on a host in 15 s."""
_ENDING_SECONDS = 5.0
_READ_SIZE = 65536
_LONGEST_SAID = 16384

Told = Callable[[Frame], None]
"""Called with each message that is neither a question nor the end."""


class Conversation:
    """A line to an owner. ``with``: afterwards it is closed, and what it asked for is let go of."""

    def __init__(self, address: OwnerAddress, answers: Answers, told: Told) -> None:
        """Starts ssh. Raises ToolMissing.

        ``signals`` gets those that came meanwhile, and were passed on.
        """
        self._address = address
        self._answers = answers
        self._told = told
        self._ending_seconds = 0.0  # nothing to be ended has begun
        self._lines = Lines()
        self._pending: list[bytes] = []
        self.signals: list[int] = []
        self._said = bytearray()
        self._lock = threading.Lock()
        self._process = ssh.start(address)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._stdin = self._process.stdin
        self._stdout = self._process.stdout.fileno()
        self._stderr = self._process.stderr.fileno()
        self._selector = selectors.DefaultSelector()
        for descriptor in (self._stdout, self._stderr):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)

    def connect(self, version: str) -> str:
        """Wait until the owner says hello; return its name. Raises OwnerUnreachable.

        A signal ends the wait, as nothing has begun.
        """
        deadline = time.monotonic() + CONNECTING_SECONDS
        while not self._pending:
            left = deadline - time.monotonic()
            if left <= 0 or not self._receive(left):
                raise self._not_connected(is_late=left <= 0)
        line = self._pending.pop(0)
        try:
            hello = decode(line)
            there, host = text_of(hello, "hello"), text_of(hello, "host")
            protocol = number_of(hello, "protocol")
        except MalformedData as error:
            raise ssh.no_answer(self._address, printable_text(line)) from error
        if protocol != PROTOCOL:
            raise ssh.other_version(self._address, there=printable(there), here=version)
        self._ending_seconds = _ENDING_SECONDS
        return printable(host)

    def run(self, request: Frame, *, acts: bool) -> int:
        """Have the owner carry out a request, and return its exit status.

        ``acts``: it may move something. Raises OwnerLost where it may have been begun, and its end
        was not seen; OwnerUnreachable where it only reads.
        """
        with NotedSignals() as signals:
            self._selector.register(signals.descriptor, selectors.EVENT_READ)
            try:
                self._send({"request": request})
                status = self._serve(signals)
            except MalformedData as error:
                raise self._lost(error.message, acts=acts) from error
        if status is None:
            raise self._lost(self._last_words(), acts=acts)
        return status

    def _serve(self, signals: NotedSignals) -> int | None:
        """Show and answer what comes, until the exit status does; None: the line was cut."""
        heard = beaten = time.monotonic()
        while True:
            while self._pending:
                frame = decode(self._pending.pop(0))
                if "exit" in frame:
                    return int(number_of(frame, "exit", most=0xFF))
                self._take(frame)
            got = self._receive(BEAT_SECONDS / 3)
            for number in signals.take():
                self.signals.append(number)
                self._send({"signal": number})
            now = time.monotonic()
            if got:
                heard = now if self._pending else heard
            else:
                return None
            if now - heard > SILENCE_SECONDS:
                self._said += b"\nit was silent for too long\n"
                return None
            if now - beaten >= BEAT_SECONDS:
                self._send({"beat": 1})
                beaten = now

    def _take(self, frame: Frame) -> None:
        if "ask" not in frame:
            self._told(frame)
            return
        # A drive may take minutes to answer: meanwhile other messages come.
        threading.Thread(target=self._answer, args=(frame,), daemon=True).start()

    def _answer(self, frame: Frame) -> None:
        self._send(self._answers.answer(frame))

    def _send(self, frame: Frame) -> None:
        """Send a message; to a line that was cut, nothing: its end is seen where it is read."""
        with self._lock, suppress(OSError, ValueError):
            self._stdin.write(encode(frame))
            self._stdin.flush()

    def _receive(self, seconds: float) -> bool:
        """Wait for something to come; False once the owner's side is closed."""
        for key, _ in self._selector.select(seconds):
            if key.fd not in (self._stdout, self._stderr):
                continue
            try:
                data = os.read(key.fd, _READ_SIZE)
            except BlockingIOError:
                continue
            if key.fd == self._stderr:
                self._said = (self._said + data)[-_LONGEST_SAID:]
                if not data:
                    self._selector.unregister(self._stderr)
            elif data:
                self._pending += self._lines.take(data)
            else:
                return False
        return True

    def _not_connected(self, *, is_late: bool) -> ChangerError:
        self._ending_seconds = 0.0 if is_late else _ENDING_SECONDS
        status = self._end()
        return ssh.unreachable(
            self._address,
            status=status,
            said=printable_text(self._rest_said()),
            printed=printable_text(self._lines.rest),
        )

    def _lost(self, why: str, *, acts: bool) -> ChangerError:
        host = self._address.host
        cut = f"the connection to {host}, which manages the library, was lost"
        why = f" ({why})" if why else ""
        if not acts:
            return OwnerUnreachable(f"{cut}{why}; nothing was to be changed", hint="ask again")
        return OwnerLost(
            f"{cut} while it carried this out{why}: a motion under way goes on there, is verified "
            "and recorded; how it ended is not known here",
            hint=f"do not repeat it: once {host} can be reached, look with: changer status; "
            "changer history shows how it ended, and changer recover settles what is left open",
        )

    def _last_words(self) -> str:
        self._end()
        lines = printable_text(self._rest_said()).splitlines()
        return next((each.strip() for each in reversed(lines) if each.strip()), "")

    def _rest_said(self) -> bytes:
        with suppress(OSError):
            while data := os.read(self._stderr, _READ_SIZE):
                self._said += data
        return bytes(self._said)

    def _end(self) -> int | None:
        """The status of ssh, which gets a moment to end; None if it has to be killed."""
        with suppress(OSError, ValueError):
            self._stdin.close()
        patience, self._ending_seconds = self._ending_seconds, 0.0
        return ssh.ended(self._process, patience)

    def close(self) -> None:
        """Hang up: the owner ends what it may end."""
        self._end()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._selector.close()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        self._answers.close()

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def printable_text(data: bytes) -> str:
    """What another program printed, with nothing in it that steers a terminal."""
    return "\n".join(map(printable, data.decode("utf-8", "replace").splitlines()))
