"""Standard output, and rows of text for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from changer.errors import OutputFailed

__all__ = ["columns", "count", "local_time", "utc_time", "write"]


def write(text: str) -> None:
    """To standard output. Raises OutputFailed, but BrokenPipeError as it is."""
    if sys.stdout is None:  # the caller closed it (>&-)
        raise OutputFailed("standard output can't be written: it is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise OutputFailed(f"standard output can't be written: {error}") from error


def columns(rows: Iterable[Sequence[str]], *, indent: int = 2) -> str:
    """Rows with aligned columns, without trailing blanks."""
    table = [list(row) for row in rows]
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
