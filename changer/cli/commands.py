"""The commands in the order of the manual, what --help says of them, and their common options.

A command's module is imported only when the command runs.
"""

from __future__ import annotations

from pathlib import Path

from changer.values import NamedTuple

DESCRIPTION = """\
Works the robot of a tape library: shows what is where, moves cartridges, keeps one
slot for the cleaning cartridge, and cleans drives with it. Every move is checked
before it is made and looked at when it is done; what is where is never remembered,
always asked.
"""

EPILOG = """\
Places:
  12            slot 12 (storage element; slots count from 1)
  drive:0       drive 0 (data transfer element; drives count from 0)
  mail:1        mail slot 1 (import/export element; from 1)
  picker        the robot's hand (medium transport element)
  @1012 @0x3f4  an element address
  A00001L8      the cartridge of that volume tag; tag:000012 when it looks like a number

Libraries:
  Named by --library, else by $CHANGER, else by the configuration, else the only one
  there is. A name is an id as changer list shows it, any unique part of one, a device
  (/dev/sg3, or any link to it), or sim:NAME, a virtual library. sim:demo is always there.

Examples:
  changer list                        which libraries there are
  changer status                      what is where
  changer load A00001L8 drive:1       put a cartridge into drive 1
  changer unload 0                    drive 0's cartridge back to where it came from
  changer cleaner reserve 12          keep slot 12 for the cleaning cartridge
  changer cleaner insert              bring one in, through a mail slot
  changer clean --needed              clean every drive that asks for it
  changer -l sim:demo status          try it without hardware

Files:
  /var/lib/changer/state.db           what is kept (--state, $CHANGER_STATE)
  /etc/changer/changer.toml           settings ($CHANGER_CONFIG)
  /run/lock/changer/                  one lock for each library

Exit status:
  0 done   1 a defect of this program   2 the command line is wrong   130 Ctrl-C
  3 and up: one for each kind of failure, listed in changer(1)
"""


class GlobalOptions(NamedTuple):
    """Options before or after every command; ``wait`` in seconds."""

    library: str | None = None
    state: Path | None = None
    json: bool = False
    trace: Path | None = None
    wait: float = 0.0
    verbose: int = 0


class Entry(NamedTuple):
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
    Entry("list", "status", "the libraries of this host", LOOKING),
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


def command_overview() -> str:
    """The commands by group, as --help shows them."""
    lines = []
    for group in dict.fromkeys(entry.group for entry in COMMANDS):
        lines.append(f"{group}:")
        for entry in COMMANDS:
            if entry.group == group:
                also = f" (also: {', '.join(entry.aliases)})" if entry.aliases else ""
                lines.append(f"  {entry.name:<12}{entry.summary}{also}")
        lines.append("")
    return "\n".join(lines)
