"""The commands in the order of the manual, what --help says of them, and their common options.

A command's module is imported only when the command runs.
"""

from __future__ import annotations

from pathlib import Path

from changer.values import NamedTuple

DESCRIPTION = """\
Controls the robot of a tape library: shows what is in it, moves cartridges,
cleans drives, and looks after the cleaning cartridges. Every move is checked
before it is sent and verified afterwards. Inventory is never cached.
"""

EPILOG = """\
places:
  12            slot 12 (storage element; slots count from 1)
  drive:0       drive 0 (data transfer element; drives count from 0)
  mail:1        mail slot 1 (import/export element; from 1)
  picker        the robot's hand (medium transport element)
  @1012 @0x3f4  an element address
  A00001L8      the cartridge with that label (tag:000012 if it is all digits)

libraries:
  The library is named by --library, else $CHANGER, else default_library in the
  settings; else it is the only one here. A name is an id as changer list has
  it, a unique part of it, an alias, a device, or sim:NAME, a virtual one.

examples:
  changer status                      show what is in the library
  changer load A00001L8 drive:1       load a cartridge into drive 1
  changer unload 0                    return drive 0's cartridge to its slot
  changer clean --needed              clean every drive that asks for it
  changer -l sim:demo status          try it without hardware

files:
  /var/lib/changer/state.db           the state store (--state, $CHANGER_STATE)
  /etc/changer/changer.toml           settings ($CHANGER_CONFIG)
  /run/lock/changer/                  one lock for each library

exit status:
  0 success   1 a bug in changer   2 a mistake on the command line   130 Ctrl-C
  3 and up: one for each kind of failure, listed in changer(1)

changer help COMMAND explains a command and gives examples of it.
"""


class GlobalOptions(NamedTuple):
    """Options before or after every command; ``wait`` in seconds."""

    library: str | None = None
    state: Path | str | None = None
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


LOOKING = "look (never waits for another process)"
MOVING = "move cartridges (one process at a time)"
CLEANING = "clean drives"
KEEPING = "maintain"

HERE_ALONE = ("serve", "config", "doctor", "trace", "state", "sim", "completion", "help")
"""They concern the host on which they run, whoever owns the library."""

OF_THIS_HOST = ("recover", "metrics")
"""With ``--all`` they are about the libraries that this host has, or has on record."""

COMMANDS = (
    Entry("list", "libraries", "list the libraries of this host", LOOKING),
    Entry("status", "status", "show what is in a library", LOOKING),
    Entry("drives", "drives", "list the drives with their devices and states", LOOKING),
    Entry("reservation", "reservation", "show the SCSI reservation of a library", LOOKING),
    Entry("find", "find", "show where cartridges are, or where they were last seen", LOOKING),
    Entry("history", "history", "show what was done, and how it ended", LOOKING),
    Entry("watch", "watch", "print what happens in a library, as it happens", LOOKING),
    Entry("serve", "serve", "show libraries to browsers and scrapers, to look at only", LOOKING),
    Entry("top", "top", "show libraries live, on the whole screen of a terminal", LOOKING),
    Entry("check", "check", "report whether all is well, for people and for monitoring", LOOKING),
    Entry("metrics", "metrics", "print the state of libraries as metrics for Prometheus", LOOKING),
    Entry("load", "moves", "load a cartridge into a drive", MOVING),
    Entry("unload", "moves", "return a drive's cartridge to a slot", MOVING),
    Entry("move", "moves", "move a cartridge from any place to any other", MOVING, ("transfer",)),
    Entry("exchange", "moves", "exchange two cartridges in one motion", MOVING),
    Entry("export", "export", "move cartridges out through the mail slots, many at a time", MOVING),
    Entry("import", "import_", "move what is in the mail slots into free slots", MOVING),
    Entry("position", "moves", "move the picker to a place without moving a cartridge", MOVING),
    Entry("inventory", "moves", "have the library scan its slots", MOVING),
    Entry("recover", "recover", "settle what an interrupted command left behind", MOVING),
    Entry("lock", "removal", "prevent people from removing media", MOVING),
    Entry("unlock", "removal", "let people remove media again", MOVING),
    Entry("cleaner", "cleaner", "manage cleaning cartridges and their reserved slots", CLEANING),
    Entry("clean", "clean", "clean a drive, or every drive that asks for it", CLEANING),
    Entry("operations", "history", "list operations under way, or stop one", CLEANING),
    Entry("config", "config", "check the settings, or show those in effect", KEEPING),
    Entry("doctor", "doctor", "find out what is wrong here, and how to fix it", KEEPING),
    Entry("state", "state", "check, back up, restore, copy or trim the state store", KEEPING),
    Entry("scsi", "scsi", "send one raw SCSI command, for reports from the field", KEEPING),
    Entry("trace", "trace", "make a trace fit to publish: names replaced", KEEPING),
    Entry("sim", "sim", "make virtual libraries, to try everything without hardware", KEEPING),
    Entry("completion", "completion.script", "print the completion script for a shell", KEEPING),
    Entry("help", "help", "explain a command, with examples", KEEPING),
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
