"""Two hosts with one store in PostgreSQL take turns at a library, whatever fails around them."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from waiting import wait_until

from .conftest import Lab
from .database import Database
from .exported import Move
from .guest import Guest
from .history import History, epochs, overtaken
from .nemesis import Nemesis, join_again

OPERATIONS = int(os.environ.get("CHANGER_SOAK_OPERATIONS", "16"))
SECONDS = 60 * float(os.environ.get("CHANGER_SOAK_MINUTES", "2"))
WORKERS = 2 if OPERATIONS < 200 else 4
SEED = int(os.environ.get("CHANGER_SOAK_SEED", "1"))
GENTLE = ("kill_process", "slow_network", "cut_database", "restart_database", "step_clock")
ALL = (*GENTLE, "stop_process", "stop_host", "cut_library", "crash_database", "kill_host")
MOVED = re.compile(r"^moved (\S+) from (\S+ \d+) to (\S+ \d+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def shared(lab: Lab, database: Database) -> Iterator[Lab]:
    """Both hosts keep their state in the database."""
    lab.a.do("changer", "state", "init", CHANGER_STATE=database.url)
    identity = lab.a.do("changer", "status", "--json").document["library"]["id"]
    # A host that lost its power is replaced when the time of its move, and a minute, are over.
    of_library = f'[library."{identity}"]\nfence = true\nmove_timeout_seconds = 20\n'
    settings = f'store = "{database.url}"\n{of_library}'
    for guest in (lab.a, lab.b):
        guest.configure(settings)
    yield lab
    for guest in (lab.a, lab.b):
        guest.configure("")


Transfers = tuple[tuple[str, int, int], ...]


def replayed(contents: dict[int, str], moves: list[Move], *, after: dict[int, str]) -> Transfers:
    """Which cartridge each move took, by the library's own record.

    One that its host took back may have come about or not: as it fits what is there ``after``.
    """
    ways: dict[frozenset[tuple[int, str]], Transfers] = {frozenset(contents.items()): ()}
    for each in moves:
        made = dict(way for then, found in ways.items() for way in _made(dict(then), found, each))
        if each.status == 0:
            ways = made
        elif each.status is None:
            ways |= made
    assert frozenset(after.items()) in ways, "the library holds what its moves do not account for"
    return ways[frozenset(after.items())]


def _made(
    contents: dict[int, str], found: Transfers, move: Move
) -> Iterator[tuple[frozenset[tuple[int, str]], Transfers]]:
    """What a move makes of this, if it can be made."""
    if move.source in contents and move.destination not in contents:
        label = contents.pop(move.source)
        contents[move.destination] = label
        yield frozenset(contents.items()), (*found, (label, move.source, move.destination))


def addresses(lab: Lab) -> dict[str, int]:
    """Of places, as ``changer`` names them."""
    kinds = {2: "slot", 3: "mail slot", 4: "drive"}
    return {
        f"{kinds[each['kind']]} {each['place'].split(':')[-1]}": each["address"]
        for each in lab.library.truth["elements"]
        if each["kind"] in kinds
    }


def test_each_host_sees_what_the_other_one_did_and_has_its_turn_by_a_fence(shared: Lab) -> None:
    before = len(shared.observer.commands)
    for guest in (shared.a, shared.b):
        guest.do("changer", "move", "A00003L8", "slot")
    told = [guest.do("changer", "history").out for guest in (shared.a, shared.b)]
    assert told[0] == told[1]
    assert len(told[0].splitlines()) >= 2
    first, second = epochs(shared.observer.commands[before:])
    assert first.epoch is not None and second.epoch is not None
    assert first.epoch < second.epoch
    assert (first.move.host, second.move.host) == ("a", "b")


def recover(guest: Guest) -> None:
    wait_until(lambda: guest.run("changer", "recover").status == 0)


def test_history_under_failures(shared: Lab, database: Database) -> None:
    lab = shared
    before, moved_before = lab.library.contents, len(lab.library.moves)
    seen_before = len(lab.observer.commands)
    places = addresses(lab)
    lab.library.fault("robot-delay 1")
    history = History([lab.a, lab.b], WORKERS, OPERATIONS, SEED, SECONDS)
    nemesis = Nemesis(
        lab.switch, history.hosts, lab.keeper, database, SEED, ALL if OPERATIONS > 100 else GENTLE
    )
    struck = nemesis.in_background(lambda: history.is_over)
    history.run()
    struck.join()
    print(dict(history.statuses), Counter(nemesis.struck))
    lab.switch.mend()
    lab.library.fault("clear")
    for guest in history.hosts:
        join_again(guest)
        recover(guest)
        assert guest.do("changer", "status", "--json").document["library"]

    after = lab.library.contents
    moves = replayed(before, lab.library.moves[moved_before:], after=after)
    reported = Counter(
        (label, places[source], places[destination])
        for each in history.done
        if each.status == 0
        for label, source, destination in MOVED.findall(each.said)
    )
    assert not reported - Counter(moves), "a host reported a move that was none"
    assert sorted(after.values()) == sorted(before.values()), "a cartridge is lost"
    assert overtaken(lab.observer.commands[seen_before:]) == []
    assert not history.statuses[1], "a bug"
    assert reported, "nothing moved"
