"""An attached virtual library that goes wrong, and what the program says of it beside the truth."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from changer.simulator.description import Description
from changer.simulator.operator_api import reset

from .attached_library import AttachedLibrary
from .program import Program

SERIAL = "FAULTY0001"
LIBRARY_ID = f"CHANGER_VIRTUAL_{SERIAL}"
LINK = Path("/dev/tape/by-id") / f"scsi-{SERIAL}"
"""By udev, from the serial number: it leads to the device also after it was plugged in anew."""

COMMAND_SECONDS = 60
SHORT_SECONDS = 2
"""For what does not come, and for nothing else."""

TEST_UNIT_READY, MOVE_MEDIUM, READ_ELEMENT_STATUS = 0x00, 0xA5, 0xB8


@dataclass(frozen=True, slots=True)
class FaultyLibrary:
    """``changer`` has a store of its test alone, and sends commands by this transport."""

    attached: AttachedLibrary
    changer: Program
    transport: str = "sg_raw"

    def fault(self, words: str) -> None:
        """``changer sim fault``."""
        self.attached.fault(words)

    @contextmanager
    def settings(self, **values: int) -> Iterator[None]:
        """Inside, the program has these settings for it, such as ``ready_timeout_seconds``."""
        lines = [f"{name} = {str(value).lower()}\n" for name, value in values.items()]
        self.configure(f'[library."{LIBRARY_ID}"]\n', *lines)
        yield
        self.configure()

    def configure(self, *lines: str) -> None:
        """Write the program's settings."""
        file = Path(self.changer.environment["CHANGER_CONFIG"])
        file.write_text("".join((f'transport = "{self.transport}"\n', *lines)))

    @property
    def truth(self) -> Description:
        return self.attached.truth

    @contextmanager
    def counting(self) -> Iterator[dict[int, int]]:
        """How many commands of each kind come inside ``with``, filled in at its end."""
        counted: dict[int, int] = {}
        before = self.truth.commands
        yield counted
        after = self.truth.commands
        counted |= {opcode: after[opcode] - before.get(opcode, 0) for opcode in after}

    def moves(self) -> list[tuple[str | None, str, str, str]]:
        """Outcome, cartridge, source and destination of every move in the history, oldest first."""
        place = {each.address: each.place for each in self.truth.elements}
        events = self.changer.do("history", "--json").document["events"]
        return [
            (
                each["result"],
                each["volume_tag"],
                place[each["source_address"]],
                place[each["destination_address"]],
            )
            for each in reversed(events)
            if each["kind"] == "move"
        ]

    def sg_raw(
        self, *words: str, seconds: int = COMMAND_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """``sg_raw`` as it is, with the options that the package gives it."""
        return subprocess.run(
            ["sg_raw", "-v", "-b", "-t", str(seconds), LINK, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * COMMAND_SECONDS,
            check=False,
        )

    def answers(self) -> bool:
        """Its device says that it is ready."""
        return self.sg_raw(*["00"] * 6).returncode == 0

    def make_new(self) -> None:
        """Everything back to where it was when it was made, without a fault."""
        reset(self.attached.name, folder=self.attached.folder)


def cartridges(truth: Description) -> list[str]:
    """All of them, those in magazines that are out too."""
    inside = [each.cartridge for each in truth.elements if each.cartridge]
    outside = [each for magazine in truth.removed.values() for each in magazine.values()]
    return sorted(each.tag for each in (*inside, *outside))


def true_places(truth: Description) -> dict[str, str]:
    """Each cartridge within reach, by its place."""
    return {each.place: each.cartridge.tag for each in truth.elements if each.cartridge}


def shown_places(status: Any) -> dict[str, str | None]:
    """The same as ``changer status --json`` has it."""
    places = {str(each["number"]): each for each in status["slots"]}
    places |= {f"mail:{each['number']}": each for each in status["mail"]}
    places |= {f"drive:{each['number']}": each for each in status["drives"]}
    places["picker"] = status["picker"]
    return {place: each["volume_tag"] for place, each in places.items() if each["full"]}
