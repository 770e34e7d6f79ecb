"""A library whose every text is hostile to a terminal, behind a program that stands in for sg_raw.

The virtual library does the work; on the way out each of its texts is replaced by bytes that a
device could send as well. The program is a shell script that asks this process, by two pipes with
names, what to print.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from driver.virtual_library import NAME
from scsi_bytes import said_by_sg_raw

from changer.host.clock import SystemClock
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import raw
from changer.smc.command import Status

# What would be seen on a terminal that got it: another title, no text, red text, text backwards.
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202edrawkcab\u2066\x08\r\x00\x7f\udc80"

_SCRIPT = """\
#!/bin/sh
cd '{folder}' && printf '%s\\n' "$*" >request && read -r status <answer || exit 1
cat stdout
cat stderr >&2
exit "$status"
"""
_TAG_SIZE = 32
# Text of the virtual library, and the bytes that go out for it, padded to the same length.
_LABELS = {
    b"A00001L8": b"\x1b[31mRED\x1b[0m",
    b"A00002L8": b"A\0B\x07C",
    b"A00003L8": "\u202eevil\u2066".encode(),
    b"A00004L8": b"\x9b2J\x85\x90gone\xff\xfe",
    b"A00005L8": b"twin\x01",
    b"A00006L8": b"twin\x02",
    b"CLN001CU": b"CLN\x1b[8m\r\n7",
}
_NAMES = {b"CHANGER ": b"\x1b[5mVEN\x9b", b"VIRTUAL         ": b"PRO\0D\x1b]0;x\x07\xe2\x80\xae!"}
_NOISE = b"\x1b]0;owned\x07vendor: \x9b2J\xe2\x80\xae\r said\n"


@dataclass
class StrangeDevice:
    """``program``: the stand-in for sg_raw, which also prints lines that sg_raw never prints."""

    simulated: Path
    folder: Path
    serial: bytes

    @property
    def program(self) -> Path:
        return self.folder / "sg_raw"

    @contextmanager
    def plugged_in(self) -> Iterator[None]:
        """The program answers meanwhile."""
        for pipe in ("request", "answer"):
            os.mkfifo(self.folder / pipe)
        self.program.write_text(_SCRIPT.format(folder=self.folder))
        self.program.chmod(0o755)
        server = threading.Thread(target=self._serve, daemon=True)
        server.start()
        try:
            yield
        finally:
            (self.folder / "request").write_text("end\n")
            server.join()

    def _serve(self) -> None:
        transport = SimulatedTransport(
            SharedLibrary(NAME, folder=self.simulated), clock=SystemClock()
        )
        while (request := (self.folder / "request").read_bytes().split()) != [b"end"]:
            status = self._answer(transport, [word.decode("latin-1") for word in request])
            (self.folder / "answer").write_text(f"{status}\n")
        transport.close()

    def _answer(self, transport: SimulatedTransport, words: list[str]) -> int:
        length = int(words[words.index("-r") + 1]) if "-r" in words else 0
        device = next(at for at, word in enumerate(words) if "/" in word)
        cdb = bytes.fromhex("".join(words[device + 1 :]))
        reply = transport.execute(raw(cdb, allocation_length=length, timeout_seconds=900.0))
        data = self._disguised(reply.data)
        (self.folder / "stdout").write_bytes(data)
        said = said_by_sg_raw(reply._replace(data=data), length).encode()
        (self.folder / "stderr").write_bytes(_NOISE + said)
        return 0 if reply.status == Status.GOOD else 6

    def _disguised(self, data: bytes) -> bytes:
        for label, strange in _LABELS.items():
            data = data.replace(label.ljust(_TAG_SIZE), strange.ljust(_TAG_SIZE))
        for name, strange in {**_NAMES, self.serial: b"S\x1b[0cN\x9b7\x07\xff"}.items():
            data = data.replace(name, strange.ljust(len(name))[: len(name)])
        return data
