"""Messages between an owner and its client: one JSON object on each line, in both directions.

From the client: ``request`` (once), then ``signal``, ``answer``, and ``beat`` while there is
nothing to say. From the owner: ``hello`` (once), then ``out``, ``error``, ``ask``, ``beat``, and
``exit``, the last one. ``error`` is text for standard error; ``ask`` is about devices or the
standard input of the client.
"""

from __future__ import annotations

import json
from typing import Any

from changer.errors import MalformedData

Frame = dict[str, Any]

PROTOCOL = 1
"""Both must have the same one: it changes when they would misunderstand each other."""
BEAT_SECONDS = 15.0
SILENCE_SECONDS = 60.0
"""So long without a message, the other one is gone, or stands still."""
LARGEST_FRAME = 16 << 20


def encode(frame: Frame) -> bytes:
    """A line of ASCII; text that is no Unicode, as a file's name may be, comes through as it is."""
    return json.dumps(frame, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Frame:
    """The message of a line. Raises MalformedData."""
    try:
        frame = json.loads(line)
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict) or len(frame) == 0:
        raise MalformedData(f"not a message: {line[:80].decode('utf-8', 'replace').rstrip()!r}")
    return frame


class Lines:
    """What is received, cut into lines."""

    def __init__(self) -> None:
        self._left = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Add what was received; return the lines that are whole. Raises MalformedData."""
        self._left += data
        *lines, rest = self._left.split(b"\n")
        if len(rest) > LARGEST_FRAME:
            raise MalformedData("a message is too long")
        self._left = bytearray(rest)
        return [bytes(each) for each in lines]

    @property
    def rest(self) -> bytes:
        """The beginning of a line."""
        return bytes(self._left)


def text_of(frame: Frame, key: str) -> str:
    """A text of a message. Raises MalformedData."""
    value = frame.get(key)
    if not isinstance(value, str):
        raise MalformedData(f"a message has no text {key!r}")
    return value


def number_of(frame: Frame, key: str, *, most: float = 1 << 53) -> float:
    """A number of a message, from 0. Raises MalformedData."""
    value = frame.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise MalformedData(f"a message has no number {key!r}")
    return value


def optional_text(frame: Frame, key: str) -> str | None:
    """A text of a message, or None. Raises MalformedData."""
    return None if frame.get(key) is None else text_of(frame, key)


def texts_of(frame: Frame, key: str) -> tuple[str, ...]:
    """A list of texts of a message. Raises MalformedData."""
    value = frame.get(key)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise MalformedData(f"a message has no texts {key!r}")
    return tuple(value)


def bytes_of(frame: Frame, key: str) -> bytes:
    """Bytes of a message, which are written in hexadecimal. Raises MalformedData."""
    try:
        return bytes.fromhex(text_of(frame, key))
    except ValueError as error:
        raise MalformedData(f"a message has no bytes {key!r}") from error
