"""Bytes as lines of hexadecimal digits and characters (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WIDTH = 16
_LINE = re.compile(r"^ +([0-9a-f]{4,8})  ((?:[0-9a-f]{2} )+) *\|.*\|$")


def hex_lines(data: bytes, *, most: int | None = None) -> Iterator[str]:
    """``0000  08 80 00 ...  |....|``; ``most``: as many bytes are shown, and how many are not."""
    shown = data if most is None else data[:most]
    for at in range(0, len(shown), _WIDTH):
        part = shown[at : at + _WIDTH]
        digits = "".join(f"{byte:02x} " for byte in part)
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        yield f"  {at:04x}  {digits:<{3 * _WIDTH}} |{letters}|"
    if len(shown) < len(data):
        yield f"  and {len(data) - len(shown)} more bytes"


def blobs_of(text: str) -> Iterator[bytes]:
    """The bytes that the dumps in a text show, each dump as a whole."""
    blob = b""
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            if blob:
                yield blob
            blob = b""
            continue
        if int(match[1], 16) == 0 and blob:
            yield blob
            blob = b""
        blob += bytes.fromhex(match[2])
    if blob:
        yield blob
