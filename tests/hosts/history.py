"""A history: processes of several hosts that work with one library at once, and what they reported.

What came of it is judged by witnesses that none of them can deceive: the library's own record, the
network's (``observed``), and the database itself.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from changer.errors import (
    AccessDenied,
    AlreadyReserved,
    NoSlotReserved,
    OwnershipLost,
    StoreFailed,
    StoreFull,
    StoreUnreachable,
)

from .chronicle import Chronicle
from .guest import Ended, Guest, HostDown
from .register import Call, Effect

SLOTS = (4, 6, 9, 10)
"""Those that are reserved and released again; no cleaner is put there."""
_LABELS = [f"A{number:05}L8" for number in range(1, 7)]
_DRIVES = ("0", "1")
_WAIT = ("--wait", "60")
_MOVED = re.compile(r"^moved (\S+) from (\S+ \d+) to (\S+ \d+)$", re.MULTILINE)
# After these a change of the store may or may not have come about.
_OPEN = {
    each.exit_status
    for each in (AccessDenied, OwnershipLost, StoreFailed, StoreFull, StoreUnreachable)
}
_BUG = 1


@dataclass(frozen=True, slots=True)
class Done:
    """One operation, as its host reported it; times: monotonic.

    ``status`` None: the host went down meanwhile; below 0: a signal.
    """

    host: str
    words: tuple[str, ...]
    status: int | None
    out: str
    err: str
    began: float
    ended: float

    @property
    def is_open(self) -> bool:
        """Whether what it was to change may have been changed or not, also later."""
        return self.status is None or self.status < 0 or self.status in {*_OPEN, _BUG}

    @property
    def moved(self) -> list[tuple[str, str, str]]:
        """Labels, sources and destinations of what it reported as moved."""
        return _MOVED.findall(self.out) if self.status == 0 else []

    @property
    def is_cleaning(self) -> bool:
        return self.words[0] == "clean"

    def call(self, slot: int) -> Call | None:
        """What it says of a slot's reservation; None: nothing."""
        effects = {"reserve": Effect.RESERVE, "release": Effect.RELEASE}
        if self.words[:1] != ("cleaner",) or self.words[2] != str(slot):
            return None
        effect = effects[self.words[1]]
        if self.status == 0 or self.is_open:
            return Call(effect, self.began, None if self.is_open else self.ended)
        found = {
            AlreadyReserved.exit_status: Effect.RESERVED,
            NoSlotReserved.exit_status: Effect.FREE,
        }
        if self.status in found:
            return Call(found[self.status], self.began, self.ended)
        return None


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
    chronicle: Chronicle
    done: list[Done] = field(default_factory=list)
    _deadline: float = float("inf")
    _is_stopped: bool = False
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
        while any(thread.is_alive() for thread in threads):
            self.chronicle.tell(f"{len(self.done)} operations, {_words(self.statuses)}")
            until = time.monotonic() + 60
            while time.monotonic() < until and any(thread.is_alive() for thread in threads):
                time.sleep(0.2)

    def stop(self) -> None:
        """Let what is under way end, and begin nothing more."""
        self._is_stopped = True

    @property
    def is_over(self) -> bool:
        if self._is_stopped or time.monotonic() > self._deadline:
            return True
        return len(self.done) >= self.operations

    @property
    def statuses(self) -> Counter[int | None]:
        return Counter(each.status for each in self.done)

    def calls(self, slot: int) -> Iterator[Call]:
        """What was reported of a slot's reservation."""
        found = (each.call(slot) for each in self.done)
        return (each for each in found if each is not None)

    def cleanings(self) -> list[Done]:
        return [each for each in self.done if each.is_cleaning]

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
            status, out, err = (ended.status, ended.out, ended.err) if ended else (None, "", "")
            done = Done(host.name, words, status, out, err, began, time.monotonic())
            self.chronicle.keep("operation", done)
            with self._lock:
                self.done.append(done)


def chosen(chance: random.Random) -> tuple[str, ...]:
    """A command that may or may not be possible by the time it has its turn."""
    label, drive, slot = chance.choice(_LABELS), chance.choice(_DRIVES), str(chance.choice(SLOTS))
    commands = {
        ("status",): 1,
        ("load", label, drive, *_WAIT): 6,
        ("unload", drive, *_WAIT): 6,
        ("move", label, "slot", *_WAIT): 7,
        ("cleaner", "reserve", slot, *_WAIT): 4,
        ("cleaner", "release", slot, *_WAIT): 4,
        ("clean", drive, "--unload", *_WAIT): 2,
        ("recover", *_WAIT): 1,
    }
    return chance.choices([*commands], [*commands.values()])[0]


def _words(statuses: Counter[int | None]) -> str:
    counted = sorted(statuses.items(), key=lambda each: -each[1])
    return ", ".join(f"{'host down' if key is None else key}: {count}" for key, count in counted)
