"""The configuration of an Amanda server that works a library by chg-robot.

Written as an administrator would have it, with nothing about the program but the property "mtx"
that docs/backup.md asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

USER = "backup"
"""Whose account Debian's Amanda runs in; it refuses any other."""

FOLDER = Path("/etc/amanda")
STATE_FOLDER = Path("/var/lib/amanda")
LOG_FOLDER = Path("/var/log/amanda")
TEMPORARY_FOLDER = Path("/tmp/amanda")
FOLDERS = (FOLDER, STATE_FOLDER, LOG_FOLDER, TEMPORARY_FOLDER)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One of several that an Amanda server may have.

    ``drives``: tape devices in the order of their numbers in the changer. ``slots``: as property
    use-slots has them, None for all. ``properties``: further ones of the changer.
    """

    name: str
    changer_device: str
    drives: Sequence[str]
    mtx: str
    slots: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    def write(self) -> None:
        """Write it, and forget what Amanda kept of an earlier one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.iterdir():
            left.unlink()
        (self.folder / "amanda.conf").write_text(self._text())
        (self.folder / "tapelist").touch()

    def _text(self) -> str:
        state = STATE_FOLDER / self.name
        return f"""\
org "{self.name}"
mailto ""
dumpuser "{USER}"
dumpcycle 0
define tapetype VIRTUAL {{
    length 16 mbytes
    filemark 0 kbytes
}}
tapetype VIRTUAL
define changer robot {{
    tpchanger "chg-robot:{self.changer_device}"
{self._properties()}
    changerfile "{self.folder}/robot-state"
}}
tpchanger "robot"
labelstr "^AMANDA-[0-9]+$"
tapelist "{self.folder}/tapelist"
infofile "{state}/curinfo"
indexdir "{state}/index"
logdir "{state}/log"
"""

    def _properties(self) -> str:
        numbered = [f'"{number}=tape:{drive}"' for number, drive in enumerate(self.drives)]
        properties = {"mtx": f'"{self.mtx}"', "tape-device": " ".join(numbered)}
        # Nobody else moves anything while one of its programs runs.
        properties["status-interval"] = '"600s"'
        if self.slots is not None:
            properties["use-slots"] = f'"{self.slots}"'
        properties |= {name: f'"{value}"' for name, value in self.properties.items()}
        return "\n".join(f'    property "{name}" {value}' for name, value in properties.items())
