"""``changer-mtx``: stands in for mtx, word for word and byte for byte, on top of the driver."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from changer.cli.output import complain, complain_verbatim, write
from changer.cli.process import prepare_process
from changer.errors import ChangerError, OutputFailed
from changer.hooks.listing import hidden_slots
from changer.hooks.mtx.device import eject, erase, inquiry, inventory, position
from changer.hooks.mtx.failures import MtxFailure, MtxUsage
from changer.hooks.mtx.line import MtxInvocation
from changer.hooks.mtx.moves import exchange, load, transfer, unload
from changer.hooks.mtx.sequence import first, following, last, previous
from changer.hooks.mtx.status import status_lines
from changer.hooks.mtx.words import COMMANDS, USAGE, VERSION, next_command
from changer.hooks.program import hook_status
from changer.host.clock import Clock, SystemClock

__all__ = ["entry_point", "main"]

NAME = "changer-mtx"
HIGHEST_EEPOS = 3


def entry_point() -> None:
    """Run as a program."""
    prepare_process()
    sys.exit(hook_status(main, sys.argv[1:], name=NAME))


def main(arguments: Sequence[str], *, clock: Clock | None = None) -> int:
    """Run one command line, word by word, and return its exit status."""
    words = " ".join((NAME, *arguments))
    with MtxInvocation(words, clock or SystemClock()) as line:
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


def _run(line: MtxInvocation, arguments: Sequence[str]) -> None:
    left = list(arguments)
    while left:
        found = next_command(left)
        if found is None:
            raise MtxUsage
        command, taken = found
        if command.name == "-f":
            line.use(command.device)
        else:
            ACTIONS[command.name](line, *command.numbers[: COMMANDS[command.name]])
        left = left[taken:]


def _version(_: MtxInvocation) -> None:
    raise MtxUsage(f"mtx version {VERSION}\n\n")


def _status(line: MtxInvocation) -> None:
    lines = status_lines(
        line.read(),
        device=line.device or "",
        bar_codes=line.bar_codes,
        hidden=hidden_slots(line.library()),
    )
    write("".join(f"{each}\n" for each in lines))


def _no_bar_codes(line: MtxInvocation) -> None:
    line.bar_codes = False


def _invert(line: MtxInvocation) -> None:
    line.invert = True


def _invert2(line: MtxInvocation) -> None:
    line.invert2 = True


def _eepos(line: MtxInvocation, number: int) -> None:
    if not 0 <= number <= HIGHEST_EEPOS:
        raise MtxFailure(f"eepos equires argument between 0 and {HIGHEST_EEPOS}.")
    line.eepos = number


def _nothing(_: MtxInvocation) -> None:
    """Says how mtx is to read, which the driver knows by itself."""


# What each command does, with as many numbers as it takes.
ACTIONS: dict[str, Callable[..., None]] = {
    "inquiry": inquiry,
    "status": _status,
    "invert": _invert,
    "noattach": _nothing,
    "eepos": _eepos,
    "load": load,
    "unload": unload,
    "transfer": transfer,
    "first": first,
    "last": last,
    "previous": previous,
    "next": following,
    "--version": _version,
    "inventory": inventory,
    "eject": eject,
    "erase": erase,
    "nobarcode": _no_bar_codes,
    "position": position,
    "invert2": _invert2,
    "exchange": exchange,
    "altres": _nothing,
}
