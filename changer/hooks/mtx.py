"""``changer-mtx``: stands in for mtx, word for word and byte for byte, on top of the driver."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from changer.cli.output import complain, complain_verbatim, write
from changer.cli.process import prepare_process
from changer.clock import Clock
from changer.errors import ChangerError, OutputFailed
from changer.hooks.mtx_failures import MtxFailure, MtxUsage
from changer.hooks.mtx_inquiry import inquiry, inquiry_lines
from changer.hooks.mtx_line import Line
from changer.hooks.mtx_moves import load, transfer, unload
from changer.hooks.mtx_status import status_lines
from changer.hooks.mtx_words import USAGE, VERSION, Command, next_command
from changer.hooks.program import hook_status

__all__ = ["entry_point", "main"]

NAME = "changer-mtx"


def entry_point() -> None:
    """Run as a program."""
    prepare_process()
    sys.exit(hook_status(main, sys.argv[1:], name=NAME))


def main(arguments: Sequence[str], *, clock: Clock | None = None) -> int:
    """Run one command line, word by word, and return its exit status."""
    with Line(" ".join((NAME, *arguments)), clock) as line:
        try:
            _run(line, arguments)
        except MtxFailure as failure:
            _tell(failure.lines)
        except MtxUsage as asked:
            complain_verbatim(asked.heading + USAGE)
        except OutputFailed:
            raise
        except ChangerError as error:
            _tell(line.notes)
            hint = f"; {error.hint}" if error.hint else ""
            complain(f"{NAME}: {error.message}{hint}")
        else:
            return 0
    return 1


def _tell(lines: Sequence[str]) -> None:
    for each in lines:
        complain(each)


def _run(line: Line, arguments: Sequence[str]) -> None:
    left = list(arguments)
    while left:
        found = next_command(left)
        if found is None:
            raise MtxUsage
        command, taken = found
        _do(line, command)
        left = left[taken:]


def _do(line: Line, command: Command) -> None:
    first, second, _ = command.numbers
    actions: dict[str, Callable[[], None]] = {
        "-f": lambda: line.use(command.device),
        "status": lambda: _status(line),
        "inquiry": lambda: _inquiry(line),
        "load": lambda: load(line, first, second),
        "unload": lambda: unload(line, first, second),
        "transfer": lambda: transfer(line, first, second),
        "nobarcode": lambda: _no_bar_codes(line),
        "--version": _version,
    }
    actions[command.name]()


def _version() -> None:
    raise MtxUsage(f"mtx version {VERSION}\n\n")


def _no_bar_codes(line: Line) -> None:
    line.bar_codes = False


def _status(line: Line) -> None:
    inventory = line.read()
    lines = status_lines(inventory, device=line.device or "", bar_codes=line.bar_codes)
    write("".join(f"{each}\n" for each in lines))


def _inquiry(line: Line) -> None:
    data = line.library().session.send(inquiry())
    write("".join(f"{each}\n" for each in inquiry_lines(data)))
