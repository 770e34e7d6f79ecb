"""The command line of mtx: its words, one after the other, as commands with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["COMMANDS", "NO_NUMBER", "USAGE", "VERSION", "Command", "next_command"]

VERSION = "1.3.12"
NO_NUMBER = -1

# Each command, and how many numbers may follow it.
COMMANDS = {
    "inquiry": 0,
    "status": 0,
    "invert": 0,
    "noattach": 0,
    "eepos": 1,
    "load": 2,
    "unload": 2,
    "transfer": 2,
    "first": 1,
    "last": 1,
    "previous": 1,
    "next": 1,
    "--version": 0,
    "inventory": 0,
    "eject": 0,
    "erase": 0,
    "nobarcode": 0,
    "position": 1,
    "invert2": 0,
    "exchange": 3,
    "altres": 0,
}

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


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a line: three numbers, NO_NUMBER for each that is not there.

    ``name`` is ``-f`` for a device, whose name is ``device`` then.
    """

    name: str
    numbers: tuple[int, int, int] = (NO_NUMBER, NO_NUMBER, NO_NUMBER)
    device: str = ""


def next_command(words: Sequence[str]) -> tuple[Command, int] | None:
    """The command that a line begins with, and how many words it takes; None for no command."""
    name = words[0]
    if name == "-f":
        return (Command(name, device=words[1]), 2) if len(words) > 1 else None
    if name not in COMMANDS:
        return None
    numbers: list[int] = []
    for word in words[1 : 1 + COMMANDS[name]]:
        number = _number(word)
        if number == NO_NUMBER:
            break
        numbers.append(number)
    missing = [NO_NUMBER] * (3 - len(numbers))
    first, second, third = numbers + missing
    return Command(name, (first, second, third)), 1 + len(numbers)


def _number(word: str) -> int:
    """As C's atoi: the digits that a word begins with, in 32 bits with a sign.

    A word that begins with no digit is no number, and the next command.
    """
    digits = word[: len(word) - len(word.lstrip("0123456789"))]
    if not digits:
        return NO_NUMBER
    # Nothing longer than this many digits fits in 64 bits, where strtol stops counting.
    value = min(int(digits.lstrip("0")[:20] or "0"), (1 << 63) - 1) & 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value
