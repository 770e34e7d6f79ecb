"""The commands, in the order of the manual; a command's module is imported only when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from argparse import Namespace

    from changer.cli.application import Application
    from changer.cli.parser import Parser

__all__ = ["COMMANDS", "CommandModule", "Entry", "find_entry"]


class CommandModule(Protocol):
    """What a module of this package offers."""

    def configure(self, parser: Parser) -> None:
        """Add the command's arguments."""
        ...

    def run(self, application: Application, arguments: Namespace) -> int:
        """Do it, and return the exit status."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: its names, its module, what it does in a line, and where the manual has it."""

    name: str
    module: str
    summary: str
    group: str
    aliases: tuple[str, ...] = ()

    def load(self) -> CommandModule:
        """Import the module."""
        return cast(CommandModule, import_module(f"changer.cli.{self.module}"))


LOOKING = "Looking (never waits for another process)"
MOVING = "Moving cartridges (one process at a time)"
CLEANING = "Cleaner management"
KEEPING = "What is kept, and what is sent"

COMMANDS = (
    Entry("list", "list_libraries", "the libraries of this host", LOOKING),
    Entry("status", "status", "what is where in a library", LOOKING),
    Entry("history", "history", "what was done: reserved, cleaned, moved and so on", LOOKING),
    Entry("load", "load", "put a cartridge into a drive", MOVING),
    Entry("unload", "unload", "put a drive's cartridge back into a slot", MOVING),
    Entry("move", "move", "move a cartridge from any place to any other", MOVING, ("transfer",)),
    Entry("exchange", "exchange", "exchange two cartridges in one movement", MOVING),
    Entry("position", "position", "bring the picker before a place", MOVING),
    Entry("inventory", "inventory", "let the library look into its slots", MOVING),
    Entry("recover", "recover", "settle what an interrupted command left", MOVING),
    Entry("lock", "lock", "prevent people from taking media out", MOVING),
    Entry("unlock", "unlock", "allow it again", MOVING),
    Entry(
        "cleaner", "cleaner", "the cleaning cartridge and its slot: reserve to release", CLEANING
    ),
    Entry("clean", "clean", "clean a drive, or those that ask for it", CLEANING),
    Entry("operations", "operations", "what cleaner management is doing; stop it", CLEANING),
    Entry("state", "state", "the state store: check, back up, restore, move, forget", KEEPING),
    Entry("scsi", "scsi", "send one raw command, for reports from the field", KEEPING),
    Entry("sim", "sim", "virtual libraries, to try everything without hardware", KEEPING),
    Entry("completion", "completion", "print the completion script of a shell", KEEPING),
)


def find_entry(word: str) -> Entry | None:
    """The command of that name or alias."""
    return next((each for each in COMMANDS if word == each.name or word in each.aliases), None)
