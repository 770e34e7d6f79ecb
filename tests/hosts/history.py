"""A history: processes of several hosts that move cartridges at once, and what they reported.

What came of it is judged by two witnesses that none of them can deceive: the library's own record,
and the network's (``observed``).
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .guest import Ended, Guest, HostDown
from .observed import Observed

_LABELS = [f"A{number:05}L8" for number in range(1, 6)]
_DRIVES = range(2)
_WAIT = ("--wait", "60")


@dataclass(frozen=True, slots=True)
class Done:
    """One operation, as its host reported it. ``status`` None: the host went down meanwhile."""

    host: str
    words: tuple[str, ...]
    status: int | None
    said: str
    seconds: float


@dataclass(slots=True)
class History:
    """``workers``: processes at once on each host; ``operations``: in all, about.

    ``seconds``: after that long no further one begins.
    """

    hosts: list[Guest]
    workers: int
    operations: int
    seed: int
    seconds: float
    done: list[Done] = field(default_factory=list)
    _deadline: float = float("inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Return when that many operations have ended, or their time is over."""
        self._deadline = time.monotonic() + self.seconds
        threads = [
            threading.Thread(target=self._work, args=(host, f"{self.seed} {host.name} {number}"))
            for host in self.hosts
            for number in range(self.workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @property
    def is_over(self) -> bool:
        return len(self.done) >= self.operations or time.monotonic() > self._deadline

    @property
    def statuses(self) -> Counter[int | None]:
        return Counter(each.status for each in self.done)

    def _work(self, host: Guest, seed: str) -> None:
        chance = random.Random(seed)
        while not self.is_over:
            if not host.is_ready:
                time.sleep(0.2)
                continue
            words = chosen(chance)
            began = time.monotonic()
            try:
                ended: Ended | None = host.run("changer", *words)
            except HostDown:
                ended = None
            seconds = time.monotonic() - began
            status, said = (None, "") if ended is None else (ended.status, ended.out or ended.err)
            with self._lock:
                self.done.append(Done(host.name, words, status, said.strip(), seconds))


def chosen(chance: random.Random) -> tuple[str, ...]:
    """A command that may or may not be possible by the time it has its turn."""
    label, drive = chance.choice(_LABELS), str(chance.choice(_DRIVES))
    match chance.randrange(8):
        case 0:
            return ("status",)
        case 1 | 2:
            return ("load", label, drive, *_WAIT)
        case 3 | 4:
            return ("unload", drive, *_WAIT)
    return ("move", label, "slot", *_WAIT)


@dataclass(frozen=True, slots=True)
class Epoched:
    """A move that the library carried out, under the epoch of the fence that its host had."""

    move: Observed
    epoch: int | None


def registered(commands: list[Observed]) -> list[tuple[str, int]]:
    """The hosts that registered a key of their own, and the epochs in it, in that order."""
    return [(each.host, epoch) for each in commands if (epoch := _epoch(each)) is not None]


def _epoch(command: Observed) -> int | None:
    """Of the key that it registered: "ch", two bytes of the host, four of the epoch."""
    is_registration = command.cdb[0] == 0x5F and command.cdb[1] & 0x1F in (0, 6)
    key = command.keys[1]
    if is_registration and command.status == 0 and key[:2] == b"ch":
        return int.from_bytes(key[4:], "big")
    return None


def epochs(commands: list[Observed]) -> Iterator[Epoched]:
    """The moves that succeeded, in the order in which they were sent, each with the epoch.

    A host's epoch is in the key that it last registered.
    """
    own: dict[str, int] = {}
    for each in commands:
        if (epoch := _epoch(each)) is not None:
            own[each.host] = epoch
        elif each.is_move and each.status == 0:
            yield Epoched(each, own.get(each.host))


def overtaken(commands: list[Observed]) -> list[Epoched]:
    """Moves of an epoch lower than one that had moved before: with a fence there is none."""
    found, highest = [], 0
    for each in epochs(commands):
        if each.epoch is not None:
            if each.epoch < highest:
                found.append(each)
            highest = max(highest, each.epoch)
    return found
