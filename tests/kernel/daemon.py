"""A daemon that calls changer-autochanger for one library."""

from collections.abc import Mapping
from dataclasses import dataclass

from called import called, environment_set

from changer.hooks.autochanger.program import NAME, main
from changer.hooks.session import hook_status

from .program import Ended

NOWHERE = "/dev/nst99"
"""No tape drive of any host's."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """Calls the program for one library, in this process: starting Python is slow in the guest."""

    device: str
    environment: Mapping[str, str]

    def call(self, *words: object) -> Ended:
        arguments = [self.device, *map(str, words)]
        with environment_set(self.environment):
            ended = Ended(*called(lambda: hook_status(main, arguments, name=NAME)))
        status = ended.exit_status
        assert status in (0, 1) and (status == 0) is (ended.stderr == ""), ended
        return ended

    def ask(self, *words: object) -> str:
        ended = self.call(*words)
        assert ended.exit_status == 0, ended
        return ended.stdout

    def refusal(self, *words: object) -> str:
        ended = self.call(*words)
        assert (ended.exit_status, ended.stdout) == (1, ""), ended
        return ended.stderr
