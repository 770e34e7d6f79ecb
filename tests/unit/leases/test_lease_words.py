"""What is said of a lease that another host has, and how it is waited for; no server is needed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from clocks import HandClock

from changer.errors import LibraryBusy, UsageError
from changer.host.clock import time_of_day
from changer.store.database import Values
from changer.store.postgresql.known_hosts import forget_host
from changer.store.postgresql.waiting import Turn

from .lease_support import ALPHA, BETA, LIBRARY

NOW = 1_700_000_000.0
HELD: dict[str, Any] = {
    "epoch": 7,
    "version": 9,
    "host_id": ALPHA.holder.host_id,
    "process": f"{ALPHA.holder.process} {ALPHA.holder.lock}",
    "holder": ALPHA.words,
    "granted_at": NOW - 86400,
    "renewed_at": NOW - 60,
    "expires_at": NOW,
    "command_deadline": NOW + 900,
    "released_at": None,
    "now": NOW,
    "ahead": 0,
}
NOBODY = {**HELD, "epoch": None, "ahead": 1}
SINCE = f"{ALPHA.words} since {time_of_day(NOW - 86400, now=NOW)}"
NEXT = "a process of another host is next"


class Server:
    """Has a lease as it stands at each look, one after the other, the last one from then on."""

    def __init__(self, *looks: dict[str, Any]) -> None:
        self._looks = [*looks]
        self.steps: list[str] = []

    def execute(self, statement: str, values: Values = (), /) -> Sequence[Any]:
        kinds = {"SELECT leases.*": "look", "INTO tickets": "join", "UPDATE tickets": "stay"}
        kinds["DELETE FROM tickets WHERE sequence"] = "leave"
        self.steps += [kind for words, kind in kinds.items() if words in statement]
        if "INTO tickets" in statement:
            return [{"sequence": 5}]
        if "SELECT leases.*" not in statement:
            return []
        return [self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]]


def refused(
    server: Server, *, wait_seconds: float = 0.0, told: list[tuple[str, int]] | None = None
) -> tuple[LibraryBusy, HandClock]:
    clock = HandClock()
    on_wait = None if told is None else lambda words, ahead: told.append((words, ahead))
    turn = Turn(server, BETA, clock=clock, on_wait=on_wait)
    with pytest.raises(LibraryBusy) as raised:
        turn.take(deadline=clock.monotonic() + wait_seconds, wait_seconds=wait_seconds)
    return raised.value, clock


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (HELD, SINCE),
        (
            {**HELD, "now": NOW + 0.1},
            f"{SINCE}; that host does not answer, and can be replaced from "
            f"{time_of_day(NOW + 900, now=NOW)} on",
        ),
        ({**HELD, "released_at": NOW, "ahead": 1}, NEXT),
        (NOBODY, NEXT),
        ({**HELD, "renewed_at": NOW}, SINCE),
        (
            {**HELD, "renewed_at": NOW + 0.1},
            f"{SINCE}; the clock of the database server was set back",
        ),
    ],
    ids=["held", "silent", "given back", "nobody's", "renewed", "set back"],
)
def test_library_of_another_host_is_busy_and_that_says_why(
    seen: dict[str, Any], words: str
) -> None:
    error, clock = refused(Server(seen))
    assert error.message == f"library {LIBRARY} is busy: {words}"
    assert error.hint == "wait for it with --wait SECONDS"
    assert clock.slept == []
    error, clock = refused(Server(seen), wait_seconds=2.5)
    assert error.message == f"library {LIBRARY} is busy: {words}; waited 2.5 s"
    assert error.hint is None
    assert sum(clock.slept) == pytest.approx(2.5)


def test_ticket_is_renewed_while_it_is_waited_and_given_back_in_the_end() -> None:
    server = Server(HELD)
    _, clock = refused(server, wait_seconds=1.0)
    assert server.steps == ["look", "join", *["look", "stay"] * len(clock.slept), "look", "leave"]


def test_pauses_grow_and_begin_anew_with_each_holder_that_is_told() -> None:
    other = {**HELD, "holder": "another"}
    told: list[tuple[str, int]] = []
    server = Server(HELD, *[HELD] * 3, *[{**other, "ahead": 2}] * 3, other)
    _, clock = refused(server, wait_seconds=60.0, told=told)
    assert told == [(SINCE, 0), (f"another{SINCE.removeprefix(ALPHA.words)}", 2)]
    longest = [0.05 * 2**each for each in (0, 1, 2)]
    longest += [min(5.0, 0.05 * 2**each) for each in range(len(clock.slept) - 3)]
    assert all(
        most / 2 <= pause <= most
        for most, pause in zip(longest[:-1], clock.slept[:-1], strict=True)
    )
    assert any(one != other for one, other in pairwise(clock.slept[8:-1])), "hosts differ"


def test_host_is_not_forgotten_where_none_is_on_record() -> None:
    with pytest.raises(UsageError) as raised:
        forget_host(Server(), "alpha", own_host_id=BETA.holder.host_id)
    assert (raised.value.message, raised.value.hint) == (
        "no host alpha is on record",
        "there is none",
    )
