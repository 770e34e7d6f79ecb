"""What goes wrong while a history runs: processes, hosts, the network, the database."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from . import rehearsal
from .database import Database
from .guest import Guest
from .switch import Switch


@dataclass(slots=True)
class Nemesis:
    """Strikes at one thing after the other, in an order that the seed gives, and mends each.

    ``names``: of what it does; a history of all of them begins with each once.
    """

    switch: Switch
    hosts: list[Guest]
    keeper: Guest
    database: Database
    seed: int
    names: tuple[str, ...]
    struck: list[str] = field(default_factory=list)

    def until(self, is_over: Callable[[], bool]) -> None:
        chance = random.Random(self.seed)
        turns = list(self.names)
        while not is_over():
            name = turns.pop(0) if turns else chance.choice(self.names)
            self.struck.append(name)
            getattr(self, name)(chance)
            time.sleep(chance.uniform(0.5, 2))

    def in_background(self, is_over: Callable[[], bool]) -> threading.Thread:
        thread = threading.Thread(target=self.until, args=(is_over,), name="nemesis")
        thread.start()
        return thread

    # processes and hosts

    def kill_process(self, chance: random.Random) -> None:
        """SIGKILL, wherever it is."""
        chance.choice(self.hosts).run("pkill", "--signal", "KILL", "--newest", "changer")

    def stop_process(self, chance: random.Random) -> None:
        """SIGSTOP, and SIGCONT once its lease may be over."""
        host = chance.choice(self.hosts)
        host.run("pkill", "--signal", "STOP", "--newest", "changer")
        time.sleep(chance.uniform(1, 8))
        host.run("pkill", "--signal", "CONT", "changer")

    def stop_host(self, chance: random.Random) -> None:
        """As a virtual machine that is paused."""
        host = chance.choice(self.hosts)
        host.pause()
        time.sleep(chance.uniform(1, 8))
        host.resume()

    def kill_host(self, chance: random.Random) -> None:
        """A power failure; then it boots, and logs in again."""
        host = chance.choice(self.hosts)
        host.kill()
        time.sleep(chance.uniform(0, 3))
        start_again(host)

    def step_clock(self, chance: random.Random) -> None:
        """Forward or back, for good."""
        step = f"{chance.choice((-1, 1)) * chance.randrange(60, 7200)} seconds"
        chance.choice(self.hosts).run("date", "--set", step)

    # network

    def cut_database(self, chance: random.Random) -> None:
        self._cut(chance, self.database.guest)

    def cut_library(self, chance: random.Random) -> None:
        self._cut(chance, self.keeper, longest=3)

    def slow_network(self, chance: random.Random) -> None:
        host, other = chance.choice(self.hosts), chance.choice([self.keeper, self.database.guest])
        self.switch.delay(host.name, other.name, chance.uniform(0.05, 0.4))
        time.sleep(chance.uniform(1, 4))
        self.switch.mend()

    def _cut(self, chance: random.Random, other: Guest, *, longest: float = 8) -> None:
        self.switch.cut(chance.choice(self.hosts).name, other.name)
        time.sleep(chance.uniform(1, longest))
        self.switch.mend()

    # database

    def restart_database(self, chance: random.Random) -> None:
        self.database.stop()
        time.sleep(chance.uniform(0, 3))
        self.database.start()

    def crash_database(self, chance: random.Random) -> None:
        self.database.crash()
        time.sleep(chance.uniform(0, 3))
        self.database.start()


def start_again(host: Guest) -> None:
    """Boot, with the settings that it had, and log in."""
    host.start()
    host.wait_for_boot()
    rehearsal.join(host)


def join_again(host: Guest) -> None:
    """Have the kernel take back a library that it gave up while it was out of reach."""
    with suppress(AssertionError):  # no session is left
        rehearsal.leave(host)
    rehearsal.join(host)
