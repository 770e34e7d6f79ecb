"""A script that calls changer-mtx for a virtual library, and reads what it prints."""

from __future__ import annotations

from driver.virtual_library import NAME

from changer.hooks.mtx.program import NAME as PROGRAM
from changer.hooks.mtx.program import main

from .daemon import Answer, Daemon

DEVICE = f"sim:{NAME}"


class MtxScript(Daemon):
    """It has what a daemon has, and calls another program."""

    def run(self, *words: object) -> Answer:
        """Run the program with these words."""
        answer = self.answer_of(main, *words, name=PROGRAM)
        assert "Traceback" not in answer.err
        return answer

    def mtx(self, line: str, device: str = DEVICE) -> Answer:
        """``mtx -f DEVICE LINE``; whatever comes of it, no cartridge is lost."""
        return self.call(device, *line.split(), device="-f")

    def done(self, line: str) -> str:
        """What is printed, and nothing on standard error."""
        answer = self.mtx(line)
        assert (answer.status, answer.err) == (0, ""), answer
        return answer.out

    def failed(self, line: str) -> str:
        """What is on standard error, and nothing is printed."""
        answer = self.mtx(line)
        assert (answer.status, answer.out) == (1, ""), answer
        return answer.err
