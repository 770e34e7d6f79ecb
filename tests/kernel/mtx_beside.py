"""mtx and the program that stands in for it, run on one device: what each of them says."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from called import called, environment_set

from changer.hooks.mtx.program import NAME, main
from changer.hooks.session import hook_status

from .contents import Contents
from .mtx_status import MtxStatus

MTX = "/usr/sbin/mtx"
"""Debian's: a link of that name that leads to the package would be no witness."""

_NAMES_OF_DEVICES = ("CHANGER", "TAPE")


@dataclass(frozen=True, slots=True)
class Told:
    """All that a caller gets to see."""

    exit_status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class BothPrograms:
    """``device``: what ``-f`` names; None where a line names it itself, or leaves it out."""

    device: str | None
    environment: Mapping[str, str]

    def _arguments(self, words: Sequence[str]) -> list[str]:
        return [*(() if self.device is None else ("-f", self.device)), *words]

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in os.environ if name not in _NAMES_OF_DEVICES}
        return {**kept, **self.environment}

    def mtx(self, *words: str) -> Told:
        ended = subprocess.run(
            [MTX, *self._arguments(words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
            env=self._environment(),
        )
        return Told(
            ended.returncode, ended.stdout.decode("latin-1"), ended.stderr.decode("latin-1")
        )

    def ours(self, *words: str) -> Told:
        """What the program's function says, in this process: Python starts slowly in the guest."""
        with environment_set(self.environment, without=_NAMES_OF_DEVICES):
            return Told(*called(lambda: hook_status(main, self._arguments(words), name=NAME)))


def lines_for(status: MtxStatus) -> list[list[str]]:
    """Command lines, good and bad, that leave everything where it was, with slots that fit."""
    a, b, empty = (str(each.number) for each in Contents(status).two_full_and_one_empty())
    last_drive = str(len(status.drives) - 1)
    too_many = str(len(status.slots) + len(status.mail) + 1)
    free_mail = next((str(each.number) for each in status.mail if not each.full), empty)
    return [
        *(["inquiry"], ["status"], ["nobarcode", "status"], ["noattach", "invert", "status"]),
        # drives
        *(["load", a], ["status"], ["load", b], ["unload", b], ["load", b, last_drive]),
        *(["unload"], ["unload"], ["unload", b, last_drive], ["unload", a]),
        *(["load", empty], ["load", a, "0", "unload", empty], ["transfer", empty, a]),
        *(["load"], ["load", "0"], ["load", too_many], ["load", a, "99"], ["load", a, "x"]),
        *(["unload", too_many], ["unload", a, "99"], ["unload", too_many, "99"]),
        # slots
        *(["transfer", a, empty], ["transfer", a, empty], ["transfer", empty, b]),
        *(["transfer", empty, free_mail], ["load", free_mail], ["status"], ["unload"]),
        *(["transfer", free_mail, a], ["transfer", a, a]),
        *(["transfer"], ["transfer", a], ["transfer", "0", a], ["transfer", too_many, a]),
        *(["transfer", a, too_many], ["eepos", "0", "transfer", a, empty, "transfer", empty, a]),
        *(
            ["exchange", a, b],
            ["exchange", a, b],
            ["exchange"],
            ["exchange", a],
            ["exchange", a, too_many],
        ),
        # one after the other
        *(["first"], ["unload"], ["next"], ["next"], ["previous"], ["unload"]),
        # the device
        *(["position"], ["position", b], ["inventory"]),
        # the command line
        *([], ["foo"], ["stat"], ["status", "1"], ["-f"], ["eepos"], ["eepos", "4"]),
        *(["--version"], ["--help"], ["load", "4294967297", "99"]),
    ]
