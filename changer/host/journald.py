"""The journal of systemd: one entry, with fields, in its own protocol over its socket.

systemd's JOURNAL_NATIVE_PROTOCOL: one datagram of lines NAME=VALUE.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping

from changer.printable import printable

SOCKET = "/run/systemd/journal/socket"
_NAME = re.compile("[A-Z][A-Z0-9_]{0,63}")
_LONGEST_VALUE = 4096
# The journal may be behind for a moment; a command does not wait longer for it than this.
_PAUSES_SECONDS = (0.0, 0.01, 0.05)


def send_entry(fields: Mapping[str, str], *, path: str | None = None) -> bool:
    """Whether the journal took the entry; False where it is not there, or does not keep up.

    A name that the journal does not take is left out; each value is one printable line.
    """
    lines = [
        f"{name}={printable(value)[:_LONGEST_VALUE]}\n"
        for name, value in fields.items()
        if _NAME.fullmatch(name)
    ]
    entry = "".join(lines).encode("utf-8", "replace")
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            sender.connect(path or SOCKET)
            return _sent(sender, entry)
    except OSError:
        return False


def _sent(sender: socket.socket, entry: bytes) -> bool:
    for pause in _PAUSES_SECONDS:
        time.sleep(pause)
        try:
            sender.send(entry)
        except BlockingIOError:
            continue
        return True
    return False
