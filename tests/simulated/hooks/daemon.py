"""A daemon that calls changer-autochanger for a virtual library, and reads what it prints."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from cleaning.cleaner_library import CleanerLibrary
from driver.virtual_library import NAME
from figures import FIGURES

from changer.hooks.autochanger.program import NAME as PROGRAM
from changer.hooks.autochanger.program import main
from changer.hooks.session import hook_status
from changer.simulator.catalogue import changing
from changer.simulator.state import CLEANING_MEDIUM, DATA_MEDIUM, Cartridge

# What a daemon passes for the tape device; a virtual drive has none.
TAPE = "/dev/null"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call. A daemon reads both streams as one."""

    status: int
    out: str
    err: str


class Daemon:
    """``folder``: for the virtual library, and for all that a host keeps of it."""

    def __init__(self, folder: Path, profile: str = "demo", **overrides: object) -> None:
        self.library = CleanerLibrary(folder, profile, **overrides)
        self._configuration = folder / "changer.toml"
        self.configure("")

    def configure(self, lines: str) -> None:
        """Settings of the library, as its table in the configuration file has them."""
        self._configuration.write_text(f'[library."{self.library.id}"]\n{lines}\n')

    def call(self, *words: object, device: str = f"sim:{NAME}") -> Answer:
        """Call it; whatever comes of it, no cartridge is lost, and it is a 0 or a 1."""
        before = self.cartridges()
        answer = self.run(device, *words)
        FIGURES.cartridges(before=before, now=self.cartridges())
        return answer

    def run(self, *words: object) -> Answer:
        """Run the program with these words; every failure is told, and nothing else is."""
        answer = self.answer_of(main, *words, name=PROGRAM)
        assert (answer.status == 0) is (answer.err == ""), answer
        return answer

    def answer_of(self, program: Callable[..., int], *words: object, name: str) -> Answer:
        """What a program's function comes to, called with these words and the library's clock."""
        out, err = io.StringIO(), io.StringIO()
        with self.environment(), redirect_stdout(out), redirect_stderr(err):
            status = hook_status(
                partial(program, clock=self.library.clock), [*map(str, words)], name=name
            )
        answer = Answer(status, out.getvalue(), err.getvalue())
        assert status in (0, 1), answer
        return answer

    def ask(self, *words: object) -> str:
        """What it answers when all is well."""
        answer = self.call(*words)
        assert answer.status == 0, answer
        return answer.out

    def refusal(self, *words: object) -> str:
        """What it says when it fails: nothing that could be taken for an answer."""
        answer = self.call(*words)
        assert (answer.status, answer.out) == (1, ""), answer
        return answer.err

    def loaded(self, drive: int = 0) -> str:
        return self.ask("loaded", 0, TAPE, drive).removesuffix("\n")

    def load(self, slot: int, drive: int = 0) -> str:
        return self.ask("load", slot, TAPE, drive)

    def unload(self, slot: int, drive: int = 0) -> str:
        return self.ask("unload", slot, TAPE, drive)

    def lines(self, command: str) -> list[str]:
        return self.ask(command).splitlines()

    def cartridges(self) -> list[str]:
        """Every cartridge of the library, those in a pulled magazine too."""
        with changing(NAME, folder=self.library.simulated) as state:
            pulled = [each for magazine in state.removed.values() for each in magazine.values()]
            return sorted(each.tag for each in (*state.cartridges.values(), *pulled))

    def fill(self, **tags: str) -> None:
        """Other contents: ``slot1="000001L8"``, ``mail1=...``; empty where none is named."""
        numbered = {"slot": "", "mail": "mail:"}
        with changing(NAME, folder=self.library.simulated) as state:
            for address in tuple(state.cartridges):
                state.take(address)
        for name, tag in tags.items():
            kind, number = name[:4], name[4:]
            address = self.library.address_of(f"{numbered[kind]}{number}")
            with changing(NAME, folder=self.library.simulated) as state:
                medium_type = CLEANING_MEDIUM if tag.startswith("CLN") else DATA_MEDIUM
                state.put(address, Cartridge(tag=tag, medium_type=medium_type, cleans_allowed=50))

    def forget_source(self, drive: int = 0, *, tag: str | None = None) -> None:
        """The library no longer knows where a drive's cartridge came from (SVALID=0).

        ``tag``: what its label is from now on.
        """
        self.library.forget_source(drive, tag=tag)

    def environment(self) -> AbstractContextManager[object]:
        """As the daemon's user has it."""
        variables = {**self.library.environment, "CHANGER_CONFIG": str(self._configuration)}
        del variables["CHANGER"]
        return patch.dict(os.environ, variables)
