"""Stands in for mtx-changer, which the daemons of Bacula and Bareos call to work a library.

They call ``changer-autochanger DEVICE COMMAND [SLOT ARCHIVE-DEVICE DRIVE]`` (``%c %o %S %a %d``),
read standard output and standard error as one, and kill what takes too long. What may be read as
an answer is therefore written only when it is one, and all of it at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from changer.cli.output import complain, write
from changer.cli.process import prepare_process
from changer.errors import UsageError
from changer.hooks.opening import HookSession, hooked_library
from changer.hooks.program import hook_status
from changer.host.clock import Clock

__all__ = ["COMMANDS", "Call", "Entry", "entry_point", "main"]

NAME = "changer-autochanger"
USAGE = f"usage: {NAME} ctl-device command [slot archive-device drive-index]"


@dataclass(frozen=True, slots=True)
class Call:
    """The words of one call; those that the command does without are empty.

    ``archive``: the tape device that the daemon would use, and for ``transfer`` the destination.
    """

    device: str
    command: str
    slot: str = ""
    archive: str = ""
    drive: str = ""

    @property
    def slot_number(self) -> int:
        """The slot, from 1. Raises UsageError."""
        return self._number(self.slot, "slot number")

    @property
    def destination_number(self) -> int:
        """The slot where ``transfer`` ends, from 1. Raises UsageError."""
        return self._number(self.archive, "slot number")

    @property
    def drive_number(self) -> int:
        """The drive, from 0. Raises UsageError."""
        return self._number(self.drive, "drive number")

    def _number(self, text: str, what: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
            raise UsageError(f"{text!r} is no {what} to {self.command}")
        return int(text)


_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: how many words a call of it has at least, and what does it, in which module."""

    words: int
    module: str
    function: str

    def load(self) -> Callable[[HookSession, Call], None]:
        """Import the function."""
        module = import_module(f"changer.hooks.autochanger.{self.module}")
        return cast(Callable[[HookSession, Call], None], getattr(module, self.function))


_LISTS, _MOVES = "lists", "moves"
COMMANDS = {
    "list": Entry(2, _LISTS, "list_volumes"),
    "listall": Entry(2, _LISTS, "list_all"),
    "slots": Entry(2, _LISTS, "tell_slots"),
    "drives": Entry(2, _LISTS, "tell_drives"),
    "loaded": Entry(5, _LISTS, "tell_loaded"),
    "load": Entry(5, _MOVES, "load"),
    "unload": Entry(5, _MOVES, "unload"),
    "transfer": Entry(4, _MOVES, "transfer"),
}


def entry_point() -> None:
    """Run as a program."""
    prepare_process()
    sys.exit(hook_status(main, sys.argv[1:], name=NAME))


def main(arguments: Sequence[str], *, clock: Clock | None = None) -> int:
    """Answer one call; the result is the exit status. Raises what prevents an answer."""
    if len(arguments) == 1 and arguments[0] in ("--help", "--version"):
        return _describe(arguments[0])
    entry, call = _parse(arguments)
    do = entry.load()
    with hooked_library(call.device, command=_told(call), clock=clock) as hooked:
        try:
            do(hooked, call)
        except BaseException:
            for note in hooked.notes:
                complain(f"{NAME}: {note}")
            raise
    return 0


def _parse(arguments: Sequence[str]) -> tuple[Entry, Call]:
    if len(arguments) < 2:
        raise _usage("a device and a command are needed")
    command = arguments[1]
    entry = COMMANDS.get(command)
    if entry is None:
        raise UsageError(f"unknown command {command!r}", hint=f"known: {', '.join(COMMANDS)}")
    if len(arguments) < entry.words:
        raise _usage(f"{command} needs {entry.words} arguments, {len(arguments)} were given")
    if not arguments[0]:
        raise _usage("the device is empty")
    return entry, Call(*arguments[:5])


def _usage(what: str) -> UsageError:
    return UsageError(f"ERROR: {USAGE}", hint=f"{what}; commands: {', '.join(COMMANDS)}")


def _told(call: Call) -> str:
    """What others read of a library's lock that we hold."""
    words = (call.device, call.command, call.slot, call.archive, call.drive)
    return " ".join([NAME, *(each for each in words if each)])


def _describe(option: str) -> int:
    if option == "--version":
        from importlib.metadata import version

        write(f"{NAME} {version('changer')}\n")
    else:
        write(f"{USAGE}\ncommands: {', '.join(COMMANDS)}\nsee {NAME}(1)\n")
    return 0
