"""The commands in the order of the manual, and the options that all of them take.

A command's module is imported only when the command runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["COMMANDS", "Entry", "GlobalOptions", "find_entry"]


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """Options before or after every command; ``wait`` in seconds."""

    library: str | None = None
    state: Path | None = None
    json: bool = False
    trace: Path | None = None
    wait: float = 0.0
    verbose: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: its names, its module, its summary in one line, and its group in the manual."""

    name: str
    module: str
    summary: str
    group: str
    aliases: tuple[str, ...] = ()


LOOKING = "Looking (never waits for another process)"
MOVING = "Moving cartridges (one process at a time)"
CLEANING = "Cleaner management"
KEEPING = "What is kept, and what is sent"

COMMANDS = (
    Entry("list", "list_libraries", "the libraries of this host", LOOKING),
    Entry("status", "status", "what is where in a library", LOOKING),
    Entry("history", "history", "what was done: reserved, cleaned, moved and so on", LOOKING),
    Entry("load", "moves", "put a cartridge into a drive", MOVING),
    Entry("unload", "moves", "put a drive's cartridge back into a slot", MOVING),
    Entry("move", "moves", "move a cartridge from any place to any other", MOVING, ("transfer",)),
    Entry("exchange", "moves", "exchange two cartridges in one movement", MOVING),
    Entry("position", "moves", "bring the picker before a place", MOVING),
    Entry("inventory", "moves", "let the library look into its slots", MOVING),
    Entry("recover", "recover", "settle what an interrupted command left", MOVING),
    Entry("lock", "removal", "prevent people from taking media out", MOVING),
    Entry("unlock", "removal", "allow it again", MOVING),
    Entry(
        "cleaner", "cleaner", "the cleaning cartridge and its slot: reserve to release", CLEANING
    ),
    Entry("clean", "clean", "clean a drive, or those that ask for it", CLEANING),
    Entry("operations", "history", "what cleaner management is doing; stop it", CLEANING),
    Entry("state", "state", "the state store: check, back up, restore, move, forget", KEEPING),
    Entry("scsi", "scsi", "send one raw command, for reports from the field", KEEPING),
    Entry("sim", "sim", "virtual libraries, to try everything without hardware", KEEPING),
    Entry("completion", "completion", "print the completion script of a shell", KEEPING),
)


def find_entry(word: str) -> Entry | None:
    """Find a command by its name or alias; None for an unknown word."""
    return next((each for each in COMMANDS if word == each.name or word in each.aliases), None)
