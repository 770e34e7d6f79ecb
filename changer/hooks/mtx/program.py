"""``changer-mtx``: stands in for mtx, word for word and byte for byte, on top of the driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from changer.cli.output import complain, complain_verbatim, write
from changer.errors import ChangerError, OutputFailed
from changer.hooks.cleaners import hidden_slots
from changer.hooks.mtx.failures import MtxFailure, MtxUsage
from changer.hooks.mtx.invocation import NO_NUMBER, SIMULATED, MtxInvocation
from changer.hooks.mtx.status import status_lines
from changer.hooks.numbers import home_numbers, require_told_slots
from changer.hooks.session import hook_status, load_function, work_for
from changer.host.clock import Clock, SystemClock
from changer.values import dataclass

if TYPE_CHECKING:
    from changer.cli.owner_side import Served

NAME = "changer-mtx"
VERSION = "1.3.12"
HIGHEST_EEPOS = 3

USAGE = """\
Usage:
\tmtx --version
\tmtx [ -f <loader-dev> ] noattach <more commands>
\tmtx [ -f <loader-dev> ] inquiry | inventory \n\
\tmtx [ -f <loader-dev> ] [altres] [nobarcode] status
\tmtx [ -f <loader-dev> ] [altres] first [<drive#>]
\tmtx [ -f <loader-dev> ] [altres] last [<drive#>]
\tmtx [ -f <loader-dev> ] [altres] previous [<drive#>]
\tmtx [ -f <loader-dev> ] [altres] next [<drive#>]
\tmtx [ -f <loader-dev> ] [altres] [invert] load <storage-element-number> [<drive#>]
\tmtx [ -f <loader-dev> ] [altres] [invert] unload [<storage-element-number>][<drive#>]
\tmtx [ -f <loader-dev> ] [altres] [eepos eepos-number] transfer <storage-element-number> \
<storage-element-number>
\tmtx [ -f <loader-dev> ] [altres] [eepos eepos-number][invert][invert2] exchange \
<storage-element-number> <storage-element-number>
\tmtx [ -f <loader-dev> ] [altres] position <storage-element-number>
\tmtx [ -f <loader-dev> ] eject
"""


def run(arguments: Sequence[str]) -> int:
    """Run as a program: its exit status is 0 or 1."""
    return hook_status(main, arguments, name=NAME)


def run_for(arguments: Sequence[str], served: Served) -> int:
    """Run as a program of another host, which asked this one as the owner of its library."""
    work_for(served)
    return run(arguments)


def main(arguments: Sequence[str], *, clock: Clock | None = None) -> int:
    """Run one command line, word by word, and return its exit status."""
    words = " ".join((NAME, *arguments))
    with MtxInvocation(words, clock or SystemClock()) as invocation:
        try:
            _run(invocation, arguments)
        except MtxFailure as failure:
            _complain(failure.lines)
        except MtxUsage as asked:
            complain_verbatim(asked.heading + USAGE)
        except OutputFailed:
            raise
        except ChangerError as error:
            hint = f"; {error.hint}" if error.hint else ""
            _complain([*invocation.notes, f"{NAME}: {error.message}{hint}"])
        else:
            return 0
    return 1


def _complain(lines: Sequence[str]) -> None:
    for each in lines:
        complain(each)


def _run(invocation: MtxInvocation, arguments: Sequence[str]) -> None:
    left = list(arguments)
    while left:
        found = next_command(left)
        if found is None:
            raise MtxUsage
        command, taken = found
        if command.name == "-f":
            invocation.use(command.device)
        else:
            entry = COMMANDS[command.name]
            entry.load()(invocation, *command.numbers[: entry.numbers])
        left = left[taken:]


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a line: three numbers, NO_NUMBER for each that is missing.

    ``name`` is ``-f`` for a device, whose name is ``device`` then.
    """

    name: str
    numbers: tuple[int, int, int] = (NO_NUMBER, NO_NUMBER, NO_NUMBER)
    device: str = ""


def next_command(words: Sequence[str]) -> tuple[Command, int] | None:
    """Parse the command that a line begins with, and count its words; None for no command."""
    name = words[0]
    if name == "-f":
        return (Command(name, device=words[1]), 2) if len(words) > 1 else None
    if name not in COMMANDS:
        return None
    numbers: list[int] = []
    for word in words[1 : 1 + COMMANDS[name].numbers]:
        number = _number(word)
        if number == NO_NUMBER:
            break
        numbers.append(number)
    first, second, third = numbers + [NO_NUMBER] * (3 - len(numbers))
    return Command(name, (first, second, third)), 1 + len(numbers)


def _number(word: str) -> int:
    """The leading digits of a word, as C's atoi reads them: 32 bits with a sign.

    NO_NUMBER for a word without any, which is the next command.
    """
    digits = word[: len(word) - len(word.lstrip("0123456789"))]
    if not digits:
        return NO_NUMBER
    # Nothing longer than this many digits fits in 64 bits, where strtol stops counting.
    value = min(int(digits.lstrip("0")[:20] or "0"), (1 << 63) - 1) & 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def _version(_: MtxInvocation) -> None:
    raise MtxUsage(f"mtx version {VERSION}\n\n")


def _status(invocation: MtxInvocation) -> None:
    inventory, library = invocation.read(), invocation.library()
    require_told_slots(inventory)
    lines = status_lines(
        inventory,
        device=(invocation.device or "").removeprefix(SIMULATED),
        home_of=home_numbers(library, inventory),
        bar_codes=invocation.bar_codes,
        hidden=hidden_slots(library),
    )
    write("".join(f"{each}\n" for each in lines))


def _no_bar_codes(invocation: MtxInvocation) -> None:
    invocation.bar_codes = False


def _invert(invocation: MtxInvocation) -> None:
    invocation.invert = True


def _invert2(invocation: MtxInvocation) -> None:
    invocation.invert2 = True


def _eepos(invocation: MtxInvocation, number: int) -> None:
    if not 0 <= number <= HIGHEST_EEPOS:
        raise MtxFailure(f"eepos equires argument between 0 and {HIGHEST_EEPOS}.")
    invocation.eepos = number


def _nothing(_: MtxInvocation) -> None:
    """How mtx is to read the library, which the driver knows by itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How many numbers a command takes, and its function, or the name of one in this wing."""

    numbers: int
    function: Callable[..., None] | str

    def load(self) -> Callable[..., None]:
        """Return the function; a module is imported only now."""
        return (
            load_function("mtx", self.function) if isinstance(self.function, str) else self.function
        )


COMMANDS = {
    "inquiry": Entry(0, "device.inquiry"),
    "status": Entry(0, _status),
    "invert": Entry(0, _invert),
    "noattach": Entry(0, _nothing),
    "eepos": Entry(1, _eepos),
    "load": Entry(2, "moves.load"),
    "unload": Entry(2, "moves.unload"),
    "transfer": Entry(2, "moves.transfer"),
    "first": Entry(1, "sequence.first"),
    "last": Entry(1, "sequence.last"),
    "previous": Entry(1, "sequence.previous"),
    "next": Entry(1, "sequence.following"),
    "--version": Entry(0, _version),
    "inventory": Entry(0, "device.inventory"),
    "eject": Entry(0, "device.eject"),
    "erase": Entry(0, "device.erase"),
    "nobarcode": Entry(0, _no_bar_codes),
    "position": Entry(1, "device.position"),
    "invert2": Entry(0, _invert2),
    "exchange": Entry(3, "moves.exchange"),
    "altres": Entry(0, _nothing),
}
