"""Histories of processes on two hosts while all around them fails, judged by what they promise."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from kernel.guest.machine import REPOSITORY
from waiting import wait_until

from .chronicle import Chronicle
from .conftest import Lab, database_host
from .database import Database, Databases
from .guest import Guest
from .history import History
from .nemesis import Nemesis, join_again
from .turns import Turn, with_record
from .verdict import Evidence, faults, figures

OPERATIONS = int(os.environ.get("CHANGER_SOAK_OPERATIONS", "16"))
UNFENCED_OPERATIONS = int(os.environ.get("CHANGER_SOAK_UNFENCED_OPERATIONS", "8"))
SECONDS = 60 * float(os.environ.get("CHANGER_SOAK_MINUTES", "2"))
SEED = int(os.environ.get("CHANGER_SOAK_SEED", "1"))
IS_LONG = OPERATIONS > 100
WORKERS = 4 if IS_LONG else 2
GENTLE = ("kill_process", "slow_network", "cut_database", "restart_database", "step_clock")
ALL = (
    *GENTLE,
    "kill_oldest_process",
    "stop_process",
    "stop_host",
    "stop_host_before_a_move",
    "stop_host_as_it_moves",
    "cut_library",
    "crash_database",
    "kill_host",
)
WITH_A_FENCE = (*ALL, "step_server_clock", "lose_commits")
# Instead of these.
ONLY = tuple(os.environ.get("CHANGER_SOAK_STRIKES", "").split())
MOVE_SECONDS = 10
# A host that stops is replaced when its lease, of ten seconds, and the time of its move are over.
REPLACED_WITHIN_SECONDS = 10 + MOVE_SECONDS + 12
SHORT_LEASES = REPOSITORY / "tests/hosts/short_leases"
HOMES = ("11", "12")
# One starts a program for each command, the other sends them itself.
TRANSPORTS = ("sg_raw", "sg_io")


@pytest.fixture(scope="module")
def databases(lab: Lab, database: Database) -> Iterator[Databases]:
    """For a long history two, of which one follows the other."""
    if not IS_LONG:
        yield Databases(database)
        return
    with database_host("follower", 16, lab.switch) as follower:
        follower.follow(database)
        yield Databases(database, follower)


@dataclass(frozen=True, slots=True)
class Site:
    """Hosts that share a library and its cleaners."""

    lab: Lab
    databases: Databases
    library_id: str

    @property
    def guests(self) -> list[Guest]:
        return [self.lab.a, self.lab.b]

    def configure(self, *, fence: bool) -> None:
        for guest, transport in zip(self.guests, TRANSPORTS, strict=True):
            guest.environment = {"PYTHONPATH": str(SHORT_LEASES)}
            guest.configure(
                f'store = "{self.databases.url}"\n'
                f"allow_async = {str(self.databases.has_standby).lower()}\n"
                f'[library."{self.library_id}"]\n'
                f"fence = {str(fence).lower()}\n"
                f'transport = "{transport}"\n'
                f"move_timeout_seconds = {MOVE_SECONDS}\n"
            )

    def settle(self) -> None:
        """Nothing is wrong any more, and every host has acted since."""
        self.lab.switch.mend()
        self.lab.library.fault("clear")
        for guest in self.guests:
            join_again(guest)
            recover(guest)
        for guest in self.guests:
            assert guest.do("changer", "status", "--json").document["library"]

    def reserved(self) -> frozenset[int]:
        rows = self.databases.primary.query("SELECT slot_address FROM reservations")
        return frozenset(int(address) for (address,) in rows)

    def uses(self) -> dict[str, int]:
        rows = self.databases.primary.query("SELECT volume_tag, uses FROM cleaners")
        return {label: int(uses) for label, uses in rows}


def recover(guest: Guest) -> None:
    wait_until(lambda: guest.run("changer", "recover").status == 0)


@pytest.fixture(scope="module")
def site(lab: Lab, databases: Databases, library_id: str) -> Iterator[Site]:
    """Two cleaners are in slots that are reserved for them."""
    site = Site(lab, databases, library_id)
    site.configure(fence=False)
    lab.a.do("changer", "state", "init")
    lab.library.operator("put CLN002CU mail:2")
    lab.a.do("changer", "cleaner", "reserve", *HOMES)
    for home, mail in zip(HOMES, ("mail:1", "mail:2"), strict=True):
        lab.a.do("changer", "cleaner", "insert", home, "--from", mail, "--cleans-left", "500")
    yield site
    for guest in site.guests:
        guest.environment = {}
        guest.configure("")


def run(site: Site, *, fence: bool, operations: int, strikes: tuple[str, ...]) -> Evidence:
    """A history under failures, and what its witnesses have of it."""
    lab, library = site.lab, site.lab.library
    name = "with" if fence else "without"
    chronicle = Chronicle(REPOSITORY / "build" / "histories" / f"{name}-a-fence-{SEED}.jsonl")
    site.configure(fence=fence)
    library.fault("robot-delay 0.5")
    before, moved_before, seen_before = (
        library.contents,
        len(library.moves),
        len(lab.observer.commands),
    )
    at_first, cleaned, used = site.reserved(), library.cleanings, site.uses()
    history = History(site.guests, WORKERS, operations, SEED, SECONDS, chronicle)
    nemesis = Nemesis(
        switch=lab.switch,
        observer=lab.observer,
        hosts=site.guests,
        keeper=lab.keeper,
        databases=site.databases,
        seed=SEED,
        names=strikes,
        replaced_within=REPLACED_WITHIN_SECONDS,
        chronicle=chronicle,
    )
    if not fence:
        turned_before = len(noted_turns(site))
    stopped = signal.signal(signal.SIGTERM, lambda *_: history.stop())
    try:
        struck = nemesis.in_background(lambda: history.is_over)
        history.run()
        struck.join()
    finally:
        signal.signal(signal.SIGTERM, stopped)
    site.settle()
    moves = library.moves[moved_before:]
    evidence = Evidence(
        history=history,
        nemesis=nemesis,
        commands=with_record(lab.observer.commands[seen_before:], moves, ahead=ahead()),
        places=library.addresses,
        before=before,
        after=library.contents,
        moves=moves,
        cleanings=difference(library.cleanings, cleaned),
        uses=difference(site.uses(), used),
        at_first=at_first,
        reserved=site.reserved(),
        turns=() if fence else noted_turns(site)[turned_before:],
        judged_at=time.monotonic(),
    )
    found = {"faults": faults(evidence), "figures": figures(evidence)}
    chronicle.keep("verdict", found)
    chronicle.tell(json.dumps(found, indent=2))
    return evidence


def difference(after: dict[str, int], before: dict[str, int]) -> dict[str, int]:
    return {label: count - before.get(label, 0) for label, count in after.items()}


def ahead() -> float:
    """By how much the time of day is ahead of the monotonic clock."""
    return time.time() - time.monotonic()


def noted_turns(site: Site) -> list[Turn]:
    """Those that the database noted, by this machine's monotonic clock.

    The server's own is as far ahead of that as it is now: nothing steps it meanwhile.
    """
    ask = "from changer.host.processes import host_id; print(host_id())"
    names = {guest.do("python", "-c", ask).out.strip(): guest.name for guest in site.guests}
    primary = site.databases.primary
    asked, now, answered = time.monotonic(), primary.now(), time.monotonic()
    server_ahead = now - (asked + answered) / 2
    return [
        Turn(names[host_id], epoch, at - server_ahead) for at, host_id, epoch in primary.turns()
    ]


def test_history_with_a_fence_keeps_what_is_promised(site: Site) -> None:
    strikes = ONLY or (WITH_A_FENCE if IS_LONG else GENTLE)
    evidence = run(site, fence=True, operations=OPERATIONS, strikes=strikes)
    assert faults(evidence) == []
    assert figures(evidence)["moves"], "nothing moved"


def test_history_without_a_fence_has_no_late_move_but_of_a_host_that_was_stopped(
    site: Site,
) -> None:
    site.databases.primary.note_turns()
    strikes = ONLY or (ALL if IS_LONG else ("stop_host_as_it_moves",))
    evidence = run(site, fence=False, operations=UNFENCED_OPERATIONS, strikes=strikes)
    assert faults(evidence) == []
    assert figures(evidence)["moves"], "nothing moved"
