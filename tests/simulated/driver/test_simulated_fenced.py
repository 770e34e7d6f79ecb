"""A library with a fence, open: reserved while its lock is held, and what that means for hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from clocks import HandClock

from changer.errors import OwnershipLost, ReservationConflict, UsageError
from changer.host.processes import host_id
from changer.library.addressing import parse_place
from changer.library.fence import host_number
from changer.library.library import Library
from changer.library.reservation import Seen, seen
from changer.library.session import Session
from changer.library.settings import LibrarySettings
from changer.moves.execute import load
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.command import Command, Reply, Status
from changer.smc.persistent_reserve import (
    ReservationType,
    preempt_and_abort,
    read_keys,
    read_reservation,
    register_and_ignore_existing_key,
    release,
    reserve,
    unregister,
)
from changer.store.sharing import Grant
from changer.transport import Transport
from changer.transport.dry_run import DryRun

from .shared_library import shared
from .virtual_library import MODE_SENSE, MOVE_MEDIUM, NAME, READ_ELEMENT_STATUS, VirtualLibrary

FENCE = LibrarySettings(fence=True)
GRANT = Grant(epoch=7, taken_from=None, generation=0)
RESERVE_IN, RESERVE_OUT = 0x5E, 0x5F
READ_RESERVATION = b"\x5e\x01"
EXCLUSIVE = ReservationType.EXCLUSIVE_ACCESS
HERE = f"host {host_number(host_id()):04x} of changer"
EARLIER, LATER = b"ch\0\1\0\0\0\x06", b"ch\0\1\0\0\0\x09"

fenced = partial(shared, settings=FENCE)


@contextmanager
def other_host(demo: VirtualLibrary) -> Iterator[Session]:
    """Another initiator at the same library."""
    there = SharedLibrary(NAME, folder=demo.simulated, initiator="other@1")
    transport = SimulatedTransport(there, clock=HandClock())
    try:
        yield Session(transport, clock=HandClock(), may_initialize=lambda: False)
    finally:
        transport.close()


def reserved(demo: VirtualLibrary) -> Seen:
    with other_host(demo) as session:
        return seen(session.send(read_keys()), session.send(read_reservation()))


def take_elsewhere(demo: VirtualLibrary, key: bytes) -> None:
    """Another host takes the library, from whoever has it."""
    before = reserved(demo)
    with other_host(demo) as session:
        session.send(register_and_ignore_existing_key(key, persist=False))
        for each in before.keys:
            session.send(preempt_and_abort(key, each, EXCLUSIVE))
        if not before.held:
            session.send(reserve(key, EXCLUSIVE))


def give_back_elsewhere(demo: VirtualLibrary, key: bytes) -> None:
    with other_host(demo) as session:
        session.send(release(key, EXCLUSIVE))
        session.send(unregister(key))


def owners(demo: VirtualLibrary) -> tuple[list[str], list[str]]:
    """Who is registered, and who has reserved it."""
    now = reserved(demo)
    return [str(each) for each in now.fences], [each.key.hex() for each in now.held]


def load_first(library: Library) -> None:
    load(library, parse_place("1"), parse_place("drive:0"))


def test_library_is_reserved_while_its_lock_is_held_and_no_longer(demo: VirtualLibrary) -> None:
    with fenced(demo, GRANT) as (library, _, _):
        assert owners(demo) == ([], [])
        for _ in range(2):
            with library.locked():
                registered, holders = owners(demo)
                assert registered == [f"{HERE}, epoch 7"]
                assert [each[:4] + each[8:] for each in holders] == [b"ch".hex() + "00000007"]
            assert owners(demo) == ([], [])
    assert demo.warnings == []


def test_library_stays_reserved_where_a_host_that_was_overtaken_has_not_come_back(
    demo: VirtualLibrary,
) -> None:
    with fenced(demo, GRANT._replace(has_overtaken=True)) as (library, _, _):
        with library.locked():
            pass
        assert owners(demo)[0] == [f"{HERE}, epoch 7"]


def test_fence_of_a_store_that_is_this_hosts_own_is_refused_before_any_command(
    demo: VirtualLibrary,
) -> None:
    with fenced(demo, None) as (library, _, sent):
        with pytest.raises(UsageError) as raised, library.locked():
            raise AssertionError("never held")
        assert raised.value.message == (
            f"fence = true is for hosts that share a state store, and {demo.id} has its own"
        )
        assert (sent, library.context.held) == ([], [])


@pytest.mark.parametrize(
    ("epoch", "shown", "raised"), [(7, 6, 7), (6, 6, 7), (5, 6, 7), (1, 6, 7), (1, None, 1)]
)
@pytest.mark.parametrize("is_dry_run", [False, True])
def test_turn_has_a_higher_epoch_than_each_that_the_library_shows(
    demo: VirtualLibrary, *, epoch: int, shown: int | None, raised: int, is_dry_run: bool
) -> None:
    """A database that lost its last commits gives one that was given before."""
    if shown is not None:
        take_elsewhere(demo, EARLIER)
    before = reserved(demo)
    dry_run = DryRun() if is_dry_run else None
    with fenced(demo, GRANT._replace(epoch=epoch), dry_run=dry_run) as (library, there, _):
        with library.locked():
            assert there.grant is not None and there.grant.epoch == raised
            now = reserved(demo)
        if is_dry_run:
            assert now == before
        else:
            assert [each.epoch for each in now.fences] == [raised]


def test_dry_run_sends_no_order_of_a_reservation_and_compares_no_ports(
    demo: VirtualLibrary,
) -> None:
    with fenced(demo, GRANT, dry_run=DryRun()) as (library, there, sent):
        load_first(library)
    assert there.noted == []
    assert not {RESERVE_OUT, MOVE_MEDIUM} & {each[0] for each in sent}


def test_host_at_another_port_is_warned_of_once_and_this_ones_port_is_noted(
    demo: VirtualLibrary,
) -> None:
    with fenced(demo, GRANT) as (library, there, _):
        there.others = {"beta": "3:5000000000000001", "gamma": ""}
        for _ in range(2):
            with library.locked():
                pass
    (noted,) = there.noted
    assert noted is not None and noted.startswith("3:")
    own = noted.removeprefix("3:").partition(",")[0]
    fence = "the fence may not stop every host: "
    another, unknown = demo.warnings
    assert another.startswith(
        f"{fence}beta reaches the library through another port (5000000000000001) than this host ("
    )
    assert own in another
    assert unknown == f"{fence}it is not known through which port gamma reaches the library"


def test_host_at_the_same_port_is_no_reason_for_a_warning(demo: VirtualLibrary) -> None:
    with fenced(demo, GRANT) as (library, there, _):
        with library.locked():
            pass
        there.others = {"beta": there.noted[0] or ""}
    with fenced(demo, GRANT) as (library, again, _):
        again.others = there.others
        with library.locked():
            pass
    assert demo.warnings == []


def at_first_reading(what: Callable[[], None]) -> Callable[[bytes], None]:
    """What happens once, after the first READ ELEMENT STATUS."""
    left = [what]

    def after(cdb: bytes) -> None:
        if cdb[0] == READ_ELEMENT_STATUS and left:
            left.pop()()

    return after


def test_host_that_was_overtaken_loses_the_library_and_moves_nothing(demo: VirtualLibrary) -> None:
    overtaken = at_first_reading(lambda: take_elsewhere(demo, LATER))
    with (
        fenced(demo, GRANT, after=overtaken) as (library, _, _),
        pytest.raises(OwnershipLost, match="reserved by host 0001 of changer, epoch 9"),
    ):
        load_first(library)
    assert demo.tag_at("drive:0") is None


def test_conflict_after_the_turn_is_told_as_another_hosts_use(demo: VirtualLibrary) -> None:
    with fenced(demo, GRANT) as (library, _, _):
        with library.locked():
            pass
        take_elsewhere(demo, LATER)
        with pytest.raises(ReservationConflict) as raised:
            library.read()
    assert type(raised.value) is ReservationConflict
    assert "it is reserved by host 0001 of changer, epoch 9" in raised.value.message


@pytest.mark.parametrize(
    ("attention", "verified"), [("2A/03", 1), ("29/00", 1), ("2A/01", 0), (None, 0)]
)
def test_reservation_is_verified_before_a_motion_where_it_may_be_gone(
    demo: VirtualLibrary, attention: str | None, verified: int
) -> None:
    def report() -> None:
        if attention is not None:
            demo.fault(f"unit-attention {attention}")

    with fenced(demo, GRANT, after=at_first_reading(report)) as (library, _, sent):
        load_first(library)
    starts = [each[:2] for each in sent]
    last_order = max(
        i for i, each in enumerate(sent[: starts.index(b"\xa5\0")]) if each[0] == RESERVE_OUT
    )
    before_motion = starts[last_order : starts.index(b"\xa5\0")]
    assert before_motion.count(READ_RESERVATION) == 1 + verified  # one is of the take itself


@dataclass
class Reserved:
    """A library that refuses every command, whoever asks."""

    inner: Transport
    sent: list[int]

    def execute(self, command: Command[Any]) -> Reply:
        self.sent.append(command.cdb[0])
        return Reply(Status.RESERVATION_CONFLICT)

    def close(self) -> None:
        self.inner.close()


def test_conflict_that_is_met_again_when_asked_about_is_told_as_it_is(demo: VirtualLibrary) -> None:
    """As of an older reservation, which has no name: one more command each time, and no more."""
    sent: list[int] = []
    with demo.open(wire=lambda inner: Reserved(inner, sent)) as library:
        for _ in range(2):
            sent.clear()
            with pytest.raises(ReservationConflict) as raised:
                library.read()
            assert raised.value.message.startswith("another host has reserved the library")
            assert "it is reserved by" not in raised.value.message
            assert sent == [MODE_SENSE, RESERVE_IN]


def test_conflict_is_told_with_who_has_reserved_the_library(demo: VirtualLibrary) -> None:
    take_elsewhere(demo, b"\1" * 8)
    with demo.open() as library:
        for _ in range(2):
            with pytest.raises(ReservationConflict) as raised:
                library.read()
            assert raised.value.message.count("it is reserved by another program") == 1
