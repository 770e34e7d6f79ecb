"""Text that leaves the program: printable, in rows for people, or as JSON for programs."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any, TextIO

from changer.errors import OutputFailed, UsageError
from changer.printable import printable, printable_lines
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.library.library import Library

# Back to the line's beginning, and erase it. These, and those of styles, are the only control
# characters that are ever written.
_ERASE = "\r\033[K"
_STYLED = "\033[{}m{}\033[0m"


class Style(Enum):
    """How text stands out on a terminal that has colours (ECMA-48, select graphic rendition)."""

    HEADING = "1"
    URGENT = "1;31"
    WARNING = "33"
    CLEANER = "36"
    QUIET = "2"


class Span(NamedTuple):
    """Part of a line, in one style."""

    text: str
    style: Style | None = None


def write(text: str) -> None:
    """Write text to standard output, line breaks as they are.

    Raises OutputFailed; BrokenPipeError passes, since a reader that is gone is not a failure.
    """
    _write_data(printable_lines(text))


def _write_data(text: str) -> None:
    if sys.stdout is None:  # the caller closed it (>&-)
        raise OutputFailed("standard output can't be written: it is closed")
    try:
        sys.stdout.write(_encodable(text, sys.stdout))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise OutputFailed(f"standard output can't be written: {error}") from error


def _as_written(line: Iterable[Span], *, is_coloured: bool) -> str:
    """A line, printable, with its styles or without them."""
    return "".join(
        _STYLED.format(style.value, printable(text)) if is_coloured and style else printable(text)
        for text, style in line
    )


def complain(text: str) -> None:
    """Write a line to standard error; one that can't be written is dropped."""
    _write_error(printable(text) + "\n")


def complain_verbatim(text: str) -> None:
    """Write text of the program's own to standard error, tabs and all."""
    _write_error(text)


def replace_line(text: str) -> None:
    """Write over the terminal's last line, which the next call replaces."""
    _write_error(_ERASE + printable(text))


def terminal_size(stream: TextIO) -> tuple[int, int]:
    """Columns and lines of a stream's terminal; zeros where they are not known."""
    far: tuple[int, int] | None = getattr(stream, "far_size", None)  # a client's
    if far is not None:
        return far
    try:
        return os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 0, 0


def pass_on(text: str, *, is_error: bool) -> None:
    """Write what another host's changer printed, and nothing that steers a terminal otherwise.

    Raises as ``write``.
    """
    parts = re.split(r"(\r\033\[K|\033\[[0-9;]*m|[\n\t])", text)
    clean = "".join(part if number % 2 else printable(part) for number, part in enumerate(parts))
    (_write_error if is_error else _write_data)(clean)


def require_yes(what: str, question: str, *, otherwise: str) -> None:
    """Go on only after a typed yes; without a terminal to ask, refuse. Raises UsageError.

    ``what`` has to be confirmed, by the answer to the last line of ``question``; ``otherwise`` is
    said after a no.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"{what} has to be confirmed", hint="add --yes to do it unasked")
    *before, last = question.splitlines()
    for line in before:
        complain(line)
    _write_error(printable(f"{last} [yes/No] "))
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError(f"not confirmed, {otherwise}")


def _write_error(text: str) -> None:
    try:
        sys.stderr.write(_encodable(text, sys.stderr))
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def _encodable(text: str, stream: TextIO) -> str:
    """Letters that the terminal's encoding lacks become question marks."""
    encoding = stream.encoding or "utf-8"
    return text if text.isascii() else text.encode(encoding, "replace").decode(encoding)


class HeldOutput:
    """Data that a command would have printed: lines, and its document."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.document: dict[str, Any] | None = None


class Output:
    """The data of one command: text for people, or one JSON document for programs.

    ``clear`` makes room for it on the terminal.
    """

    def __init__(self, *, json: bool, clear: Callable[[], None]) -> None:
        self._json = json
        self._clear = clear
        self._held: HeldOutput | None = None

    @contextmanager
    def holding(self) -> Iterator[HeldOutput]:
        """Keep data instead of printing it, while the context lasts."""
        self._held = held = HeldOutput()
        try:
            yield held
        finally:
            self._held = None

    def print(self, text: str) -> None:
        """Print a line of data for people; under --json there is none."""
        if self._held is not None:
            self._held.lines.append(text)
        elif not self._json:
            self._clear()
            write(f"{text}\n")

    def print_lines(self, lines: Iterable[Iterable[Span]], *, is_coloured: bool) -> None:
        """Print lines of data for people, all at once; under --json there are none."""
        if not self._json:
            text = "\n".join(_as_written(each, is_coloured=is_coloured) for each in lines)
            self._clear()
            _write_data(f"{text}\n")

    def print_json(self, schema: str, content: dict[str, Any]) -> None:
        """Print the command's document under --json, alone on standard output."""
        document = {"schema": f"changer.{schema}/1", **content}
        if self._held is not None:
            self._held.document = document
        elif self._json:
            import json

            self._clear()
            write(json.dumps(document, indent=2) + "\n")

    def print_json_line(self, document: dict[str, Any]) -> None:
        """Print one of several documents under --json, each on a line of its own."""
        if self._json:
            import json

            self._clear()
            write(json.dumps(document) + "\n")


def library_json(library: Library) -> dict[str, Any]:
    """The ``library`` object of every document about one."""
    return library.identity.as_document(alias=library.settings.alias, device=library.device)


def columns(rows: Iterable[Sequence[str]], *, indent: int = 2) -> str:
    """Align rows in columns, without trailing blanks; a cell is one line, whatever is in it."""
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
    """``2026-03-01 12:00:00`` in the host's time zone, from seconds since the epoch.

    A time that no calendar has stays a number.
    """
    import time

    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    except (OSError, OverflowError, ValueError):
        return str(seconds)
