"""What goes wrong while a history runs: processes, hosts, the network, the database, the time."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from . import rehearsal
from .aim import Aim, LastMoment
from .chronicle import Chronicle
from .database import Databases
from .guest import Guest
from .observed import Observer
from .register import Loss
from .switch import Switch

# From the reply to an intent to the command: a host is stopped somewhere in between, or near it.
_WINDOW_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Strike:
    """``host``: at which it was aimed; None: at something else. Times: monotonic."""

    name: str
    host: str | None
    began: float
    ended: float


@dataclass(slots=True)
class Nemesis:
    """Strikes at one thing after the other, in an order that the seed gives, and mends each.

    names            of what it does; a history of all of them begins with each once.
    replaced_within  seconds after which a host that stops has been replaced, if another one waits.
    losses           failovers to a standby that may lack the last commits.
    """

    switch: Switch
    observer: Observer
    hosts: list[Guest]
    keeper: Guest
    databases: Databases
    seed: int
    names: tuple[str, ...]
    replaced_within: float
    chronicle: Chronicle
    struck: list[Strike] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def until(self, is_over: Callable[[], bool]) -> None:
        chance = random.Random(self.seed)
        turns = list(self.names)
        while not is_over():
            self._strike(turns.pop(0) if turns else chance.choice(self.names), chance)
            time.sleep(chance.uniform(0.5, 2))

    def _strike(self, name: str, chance: random.Random) -> None:
        began = time.monotonic()
        self.chronicle.tell(f"strike {len(self.struck) + 1}: {name}")
        try:
            host = getattr(self, name)(chance)
        except Exception:  # of the lab: what it left is mended, and it is counted
            self.failed.append(f"{name}: {traceback.format_exc()}")
            self.chronicle.tell(f"the lab failed: {self.failed[-1]}")
            self.chronicle.keep("failed", {"name": name, "why": self.failed[-1]})
            self.mend()
            host = None
        strike = Strike(name, host, began, time.monotonic())
        self.struck.append(strike)
        self.chronicle.keep("strike", strike)

    @property
    def counts(self) -> Counter[str]:
        return Counter(each.name for each in self.struck)

    def in_background(self, is_over: Callable[[], bool]) -> threading.Thread:
        thread = threading.Thread(target=self.until, args=(is_over,), name="nemesis")
        thread.start()
        return thread

    def mend(self) -> None:
        """Whatever a strike that failed has left: every host is on, and logged in."""
        self.switch.mend()
        for host in self.hosts:
            if host.is_on:
                host.resume()
            if not host.is_ready:
                host.kill()
                start_again(host)
            else:
                join_again(host)
        self.databases.mend()

    # processes and hosts

    def kill_process(self, chance: random.Random) -> str:
        """SIGKILL, wherever it is."""
        host = chance.choice(self.hosts)
        host.run("pkill", "--signal", "KILL", "--newest", "changer")
        return host.name

    def kill_oldest_process(self, chance: random.Random) -> str:
        """The same, of the one that most likely has the library."""
        host = chance.choice(self.hosts)
        host.run("pkill", "--signal", "KILL", "--oldest", "--exact", "changer")
        return host.name

    def stop_process(self, chance: random.Random) -> str:
        """SIGSTOP, and SIGCONT once its lease may be over."""
        host = chance.choice(self.hosts)
        which = chance.choice(("--newest", "--oldest"))
        host.run("pkill", "--signal", "STOP", which, "--exact", "changer")
        time.sleep(chance.uniform(1, self.replaced_within))
        host.run("pkill", "--signal", "CONT", "changer")
        return host.name

    def stop_host(self, chance: random.Random) -> str:
        """As a virtual machine that is paused."""
        host = chance.choice(self.hosts)
        self._pause(host, chance.uniform(1, self.replaced_within))
        return host.name

    def stop_host_before_a_move(self, chance: random.Random) -> str | None:
        """Between its last check and the command, or near that, and until it is replaced."""
        host = chance.choice(self.hosts)
        aim = Aim(host.name, self.databases.names)
        with self.observer.watched_by(aim.see):
            if not aim.reached.wait(20):
                return None
            time.sleep(chance.uniform(0, _WINDOW_SECONDS))
            host.pause()
        time.sleep(self.replaced_within)
        host.resume()
        return host.name

    def stop_host_as_it_moves(self, chance: random.Random) -> str | None:
        """After its last check: the move that it sends is lost, and comes when it goes on."""
        host = chance.choice(self.hosts)
        moment = LastMoment(host.name, host.pause)
        with self.switch.losing(moment.is_lost):
            moment.reached.wait(20)
        if not moment.reached.is_set():
            return None
        time.sleep(self.replaced_within)
        host.resume()
        return host.name

    def _pause(self, host: Guest, seconds: float) -> None:
        host.pause()
        time.sleep(seconds)
        host.resume()

    def kill_host(self, chance: random.Random) -> str:
        """A power failure; then it boots, and logs in again."""
        host = chance.choice(self.hosts)
        host.kill()
        time.sleep(chance.uniform(0, 3))
        start_again(host)
        return host.name

    def step_clock(self, chance: random.Random) -> str:
        """Forward or back, for good."""
        host = chance.choice(self.hosts)
        host.run("date", "--set", f"{_sign(chance) * chance.randrange(60, 7200)} seconds")
        return host.name

    # network

    def cut_database(self, chance: random.Random) -> str:
        return self._cut(chance, self.databases.primary.guest)

    def cut_library(self, chance: random.Random) -> str:
        return self._cut(chance, self.keeper, longest=3)

    def slow_network(self, chance: random.Random) -> str:
        host = chance.choice(self.hosts)
        other = chance.choice([self.keeper, self.databases.primary.guest])
        self.switch.delay(host.name, other.name, chance.uniform(0.05, 0.4))
        time.sleep(chance.uniform(1, 4))
        self.switch.mend()
        return host.name

    def _cut(self, chance: random.Random, other: Guest, *, longest: float = 8) -> str:
        host = chance.choice(self.hosts)
        self.switch.cut(host.name, other.name)
        time.sleep(chance.uniform(1, longest))
        self.switch.mend()
        return host.name

    # database

    def restart_database(self, chance: random.Random) -> None:
        self.databases.primary.stop()
        time.sleep(chance.uniform(0, 3))
        self.databases.primary.start()

    def crash_database(self, chance: random.Random) -> None:
        self.databases.primary.crash()
        time.sleep(chance.uniform(0, 3))
        self.databases.primary.start()

    def step_server_clock(self, chance: random.Random) -> None:
        """Forward or back, for good."""
        step = f"{_sign(chance) * chance.randrange(2, 20)} seconds"
        self.databases.primary.guest.run("date", "--set", step)

    def lose_commits(self, chance: random.Random) -> None:
        """The standby takes over, without what the primary did while they were apart."""
        databases = self.databases
        since = databases.catch_up()
        self.switch.cut(databases.primary.guest.name, databases.standby.guest.name)
        time.sleep(chance.uniform(0.5, 6))
        databases.fail_over()
        loss = Loss(since, time.monotonic())
        self.losses.append(loss)
        self.chronicle.keep("loss", loss)
        time.sleep(chance.uniform(0, 3))
        self.switch.mend()
        databases.follow_again()


def _sign(chance: random.Random) -> int:
    return chance.choice((-1, 1))


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
