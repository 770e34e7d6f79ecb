"""``changer-autochanger``: stands in for mtx-changer, which Bacula's and Bareos' daemons call.

They call ``changer-autochanger DEVICE COMMAND [SLOT ARCHIVE-DEVICE DRIVE]`` (``%c %o %S %a %d``),
read standard output and standard error as one, and kill what takes too long. So nothing is written
that could be read as an answer but the answer itself, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from changer.cli.output import complain, write
from changer.errors import UsageError
from changer.hooks.session import (
    HookSession,
    hook_status,
    load_function,
    open_hook_session,
    work_for,
)
from changer.host.clock import Clock
from changer.values import NamedTuple

if TYPE_CHECKING:
    from changer.cli.owner_side import Served

NAME = "changer-autochanger"
USAGE = f"usage: {NAME} ctl-device command [slot archive-device drive-index]"


class Call(NamedTuple):
    """The words of one call; those that its command does not need are empty.

    archive  the daemon's tape device for the drive; for ``transfer`` the destination slot.
    """

    device: str
    command: str
    slot: str = ""
    archive: str = ""
    drive: str = ""

    @property
    def slot_number(self) -> int:
        """Number of the slot, from 1. Raises UsageError."""
        return self._number(self.slot, "slot number")

    @property
    def destination_number(self) -> int:
        """Number of the slot where ``transfer`` ends, from 1. Raises UsageError."""
        return self._number(self.archive, "slot number")

    @property
    def drive_number(self) -> int:
        """Number of the drive, from 0. Raises UsageError."""
        return self._number(self.drive, "drive number")

    def _number(self, text: str, what: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
            raise UsageError(f"{text!r} is not a {what} for {self.command}")
        return int(text)


_MOST_DIGITS = 9
_WORDS_OF_A_DRIVE = 5


class Entry(NamedTuple):
    """The name of a command's function, and the least number of words in a call of it."""

    function: str
    words: int = 2

    def load(self) -> Callable[[HookSession, Call], None]:
        """Return the function; its module is imported only now."""
        return load_function("autochanger", self.function)


COMMANDS = {
    "list": Entry("lists.list_volumes"),
    "listall": Entry("lists.list_all"),
    "slots": Entry("lists.print_slots"),
    "drives": Entry("lists.print_drives"),
    "loaded": Entry("loaded.print_loaded", _WORDS_OF_A_DRIVE),
    "load": Entry("moves.load", _WORDS_OF_A_DRIVE),
    "unload": Entry("moves.unload", _WORDS_OF_A_DRIVE),
    "transfer": Entry("moves.transfer", 4),
}


def run(arguments: Sequence[str]) -> int:
    """Run as a program: its exit status is 0 or 1."""
    return hook_status(main, arguments, name=NAME)


def run_for(arguments: Sequence[str], served: Served) -> int:
    """Run as a program of another host, which asked this one as the owner of its library."""
    work_for(served)
    return run(arguments)


def main(arguments: Sequence[str], *, clock: Clock | None = None) -> int:
    """Answer one call, and return the exit status. Raises ChangerError where there is no answer."""
    if len(arguments) == 1 and arguments[0] in ("--help", "--version"):
        return _describe(arguments[0])
    entry, call = _parse(arguments)
    do = entry.load()
    with open_hook_session(call.device, command=_lock_words(call), clock=clock) as session:
        try:
            do(session, call)
        except BaseException:
            for note in session.notes:
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
        raise _usage(_missing(command, entry.words, given=len(arguments)))
    if not arguments[0]:
        raise _usage("the device is empty")
    return entry, Call(*arguments[:5])


def _missing(command: str, words: int, *, given: int) -> str:
    if given == _WORDS_OF_A_DRIVE - 1 < words:
        return (
            f"{command} needs the number of the drive, the fifth word: end Changer Command with "
            "%c %o %S %a %d"
        )
    return f"{command} needs {words} arguments, but {given} {'was' if given == 1 else 'were'} given"


def _usage(what: str) -> UsageError:
    return UsageError(f"ERROR: {USAGE}", hint=f"{what}; commands: {', '.join(COMMANDS)}")


def _lock_words(call: Call) -> str:
    """The words of a call, shown to others while the lock is held."""
    words = (call.device, call.command, call.slot, call.archive, call.drive)
    return " ".join([NAME, *(each for each in words if each)])


def _describe(option: str) -> int:
    if option == "--version":
        from importlib.metadata import version

        write(f"{NAME} {version('changer')}\n")
    else:
        write(f"{USAGE}\ncommands: {', '.join(COMMANDS)}\nsee {NAME}(1)\n")
    return 0
