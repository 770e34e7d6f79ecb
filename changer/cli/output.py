"""Where text leaves the program: printable, whoever wrote it; and rows of text for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from changer.errors import OutputFailed
from changer.printable import printable, printable_lines

__all__ = [
    "ask",
    "columns",
    "complain",
    "complain_verbatim",
    "count",
    "local_time",
    "replace_line",
    "utc_time",
    "write",
]

# Back to the line's beginning, and erase it: the only control characters that are ever written.
_ERASE = "\r\033[K"


def write(text: str) -> None:
    """To standard output, lines as they are. Raises OutputFailed, but BrokenPipeError as it is."""
    if sys.stdout is None:  # the caller closed it (>&-)
        raise OutputFailed("standard output can't be written: it is closed")
    try:
        sys.stdout.write(_encodable(printable_lines(text), sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise OutputFailed(f"standard output can't be written: {error}") from error


def complain(text: str) -> None:
    """A line to standard error; a closed or full one is nobody's concern."""
    _write_error(printable(text) + "\n")


def complain_verbatim(text: str) -> None:
    """Text of the program's own to standard error, tabs and all."""
    _write_error(text)


def ask(text: str) -> None:
    """A question to standard error, to be answered on the same line."""
    _write_error(printable(text))


def replace_line(text: str) -> None:
    """Instead of what stands on the terminal's last line, which the next call replaces."""
    _write_error(_ERASE + printable(text))


def _write_error(text: str) -> None:
    try:
        sys.stderr.write(_encodable(text, sys.stderr))
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def _encodable(text: str, stream: TextIO) -> str:
    """Letters that the terminal's encoding lacks are question marks, and no failure."""
    encoding = stream.encoding or "utf-8"
    return text if text.isascii() else text.encode(encoding, "replace").decode(encoding)


def columns(rows: Iterable[Sequence[str]], *, indent: int = 2) -> str:
    """Rows with aligned columns, without trailing blanks; a cell is one line, whatever is in it."""
    table = [[printable(cell) for cell in row] for row in rows]
    if not table:
        return ""
    widths = [
        max(len(row[i]) for row in table if i < len(row)) for i in range(len(max(table, key=len)))
    ]
    lines = []
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        lines.append((" " * indent + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def count(number: int, word: str) -> str:
    """``1 slot``, ``2 slots``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def local_time(seconds: float) -> str:
    """``2026-03-01 12:00:00`` in the host's time zone, from seconds since the epoch."""
    import time

    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def utc_time(seconds: float | None) -> str | None:
    """``2026-03-01T12:00:00Z`` from seconds since the epoch; None stays None."""
    import time

    if seconds is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
