"""Fence by persistent reservations: two hosts at one virtual library, cut off at each command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from clocks import HandClock

from changer.errors import (
    ChangerError,
    OwnershipLost,
    ReservationConflict,
    TransportFailed,
    UnsupportedByLibrary,
)
from changer.library.fence import Fence, fenced, host_number
from changer.library.reservation import FenceKey, parse_key
from changer.library.session import MotionOutcome, Session
from changer.simulator.creation import create
from changer.simulator.operator_api import set_fault
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import move_medium
from changer.smc.cdb import test_unit_ready as unit_ready
from changer.smc.command import Command, Reply
from changer.smc.persistent_reserve import (
    ReservationType,
    preempt_and_abort,
    read_keys,
    read_reservation,
    register_and_ignore_existing_key,
    release,
    reserve,
)

NAME = "it"
EXCLUSIVE = ReservationType.EXCLUSIVE_ACCESS
RESERVE_IN, RESERVE_OUT = 0x5E, 0x5F
FOREIGN = b"NBU\0\0\0\0\1"


class Killed(BaseException):
    """The process ends here, and sends nothing more."""


@dataclass
class Wire:
    """A transport in which something happens at the command of a number, counted from 0.

    ``before`` and ``after``: called at that command; what they raise comes in place of the reply.
    """

    inner: SimulatedTransport
    at: int | None = None
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    sent: list[bytes] = field(default_factory=list)
    is_dead: bool = False

    def execute(self, command: Command[Any]) -> Reply:
        if self.is_dead:
            raise Killed
        is_it = len(self.sent) == self.at
        self.sent.append(command.cdb)
        if is_it:
            self.before()
        reply = self.inner.execute(command)
        if is_it:
            self.after()
        return reply

    def close(self) -> None:
        self.inner.close()

    def orders(self) -> int:
        """PERSISTENT RESERVE OUT so far."""
        return sum(cdb[0] == RESERVE_OUT for cdb in self.sent)


class Host:
    """A host of a number, which reaches the library as an initiator of its own."""

    def __init__(self, folder: Path, number: int, initiator: str) -> None:
        self.clock = HandClock()
        shared = SharedLibrary(NAME, folder=folder, initiator=initiator)
        self.wire = Wire(SimulatedTransport(shared, clock=self.clock))
        self.session = Session(self.wire, clock=self.clock, may_initialize=lambda: False)
        self.fence = Fence(self.session, host=number)

    def moves(self) -> bool:
        """Whether the library lets it move a cartridge, to and fro."""
        self.session.send(unit_ready())  # meets what is to be told of a pre-emption
        forth, back = move_medium(1001, 1012), move_medium(1012, 1001)
        ended = [self.session.send_motion(each) for each in (forth, back)]
        for each in ended:
            assert each.error is None or isinstance(each.error, ReservationConflict)
        return all(each.outcome is MotionOutcome.EXECUTED for each in ended)

    def keys(self) -> list[FenceKey | None]:
        return [parse_key(each) for each in self.session.send(read_keys()).keys]

    def holder(self) -> FenceKey | None:
        held = self.session.send(read_reservation()).held
        return parse_key(held[0].key) if held else None

    def dies_at(self, number: int, *, executed: bool) -> None:
        """End the process before or after a command is executed."""

        def end() -> None:
            self.wire.is_dead = True
            raise Killed

        self.wire.at = len(self.wire.sent) + number
        if executed:
            self.wire.after = end
        else:
            self.wire.before = end


class Pair:
    """Hosts 1 and 2, and the library that they share."""

    def __init__(self, folder: Path, **profile: Any) -> None:
        create(NAME, folder=folder, profile="demo", **profile)
        self.folder = folder
        self._opened: list[Host] = []
        self.a, self.b = self.host(1, "a"), self.host(2, "b")

    def host(self, number: int, initiator: str) -> Host:
        """A new process there."""
        host = Host(self.folder, number, initiator)
        self._opened.append(host)
        return host

    def fault(self, words: str) -> None:
        set_fault(NAME, words, folder=self.folder, clock=HandClock())

    def close(self) -> None:
        for each in self._opened:
            each.wire.close()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Pair]]:
    made: list[Pair] = []

    def make_pair(**profile: Any) -> Pair:
        made.append(Pair(tmp_path / str(len(made)), **profile))
        return made[-1]

    (tmp_path / "0").mkdir()
    yield make_pair
    for each in made:
        each.close()


@pytest.fixture
def pair(make: Callable[..., Pair]) -> Pair:
    return make()


# Taken, and given back


def test_whoever_has_the_fence_moves_and_nobody_else(pair: Pair) -> None:
    assert pair.b.moves()
    pair.a.fence.take(7)
    assert (pair.a.moves(), pair.b.moves()) == (True, False)
    assert (pair.b.holder(), pair.b.keys()) == ((1, 7), [(1, 7)])
    assert pair.a.fence.give_back()
    assert (pair.a.moves(), pair.b.moves()) == (True, True)
    assert (pair.b.holder(), pair.b.keys()) == (None, [])


def test_the_library_remembers_the_epoch(pair: Pair) -> None:
    assert pair.b.fence.highest_epoch() is None
    pair.a.fence.take(0xFFFF_FFFE)
    assert pair.b.fence.highest_epoch() == 0xFFFF_FFFE
    pair.a.fence.give_back()
    assert pair.b.fence.highest_epoch() is None


def test_a_fence_is_taken_in_eight_commands_and_given_back_in_two(pair: Pair) -> None:
    pair.a.fence.take(7)
    before = len(pair.a.wire.sent)
    pair.a.fence.give_back()
    # Capabilities; keys and reservation before, between and after; register, reserve.
    assert (before, len(pair.a.wire.sent) - before) == (9, 2)


def test_a_higher_epoch_takes_the_library_from_a_host_that_does_not_know(pair: Pair) -> None:
    pair.a.fence.take(7)
    pair.b.fence.take(8)
    assert (pair.a.moves(), pair.b.moves()) == (False, True)
    with pytest.raises(OwnershipLost, match="reserved by host 0002 of changer, epoch 8"):
        pair.a.fence.verify()
    assert not pair.a.fence.give_back(), "it is not its own to give"
    pair.b.fence.verify()
    assert pair.b.keys() == [(2, 8)]


def test_a_host_s_number_is_the_low_half_of_a_checksum_of_its_id() -> None:
    assert host_number("host-1") == 0x5923  # of 15815923h


def test_a_conflict_means_that_the_library_is_lost(pair: Pair) -> None:
    pair.a.fence.take(7)
    pair.b.fence.take(8)
    pair.a.moves()
    motion = pair.a.session.send_motion(move_medium(1001, 1012))
    assert isinstance(motion.error, ReservationConflict)
    error = pair.a.fence.explained(motion.error)
    assert isinstance(error, OwnershipLost)
    assert "host 0002 of changer, epoch 8 (Exclusive Access)" in error.message


def test_a_conflict_means_so_where_the_library_does_not_say_who_has_it(pair: Pair) -> None:
    pair.a.fence.take(7)
    pair.fault("no-reply always on 5E")
    lost = pair.a.fence.explained(ReservationConflict("the library is reserved"))
    assert type(lost) is OwnershipLost
    assert lost.message == "this host does not own the library any more: it is not reserved"
    assert lost.hint is not None and lost.hint.startswith("that host settles what was under way")


def test_a_conflict_without_a_fence_stays_one(pair: Pair) -> None:
    conflict = ReservationConflict("another host has reserved the library")
    assert pair.a.fence.explained(conflict) is conflict


def test_a_process_of_the_same_host_takes_it_over(pair: Pair) -> None:
    pair.a.fence.take(7)
    successor = pair.host(1, "a")
    successor.fence.take(8)
    assert (successor.holder(), successor.keys()) == ((1, 8), [(1, 8)])
    with pytest.raises(OwnershipLost):
        pair.a.fence.verify()
    assert not pair.a.fence.give_back()
    successor.fence.verify()
    assert successor.moves()


@pytest.mark.parametrize("epoch", [6, 7])
def test_no_lower_and_no_equal_epoch_takes_it(pair: Pair, epoch: int) -> None:
    pair.a.fence.take(7)
    with pytest.raises(
        OwnershipLost, match=f"host 0001 of changer, epoch 7; this is epoch {epoch}"
    ):
        pair.b.fence.take(epoch)
    assert pair.b.wire.orders() == 0
    assert pair.a.moves()


def test_the_same_epoch_of_the_same_host_is_taken_again(pair: Pair) -> None:
    pair.a.fence.take(7)
    pair.a.fence.take(7)
    assert pair.b.keys() == [(1, 7)]
    assert pair.a.moves()


def test_registrations_of_lower_epochs_are_ended(pair: Pair) -> None:
    """A host that was stopped between its two commands can't reserve when it goes on."""
    old = FenceKey(1, 5).to_bytes()
    pair.a.session.send(register_and_ignore_existing_key(old, persist=False))
    with fenced(pair.b.fence, 6):
        assert pair.b.keys() == [(2, 6)]
    with pytest.raises(ReservationConflict):
        pair.a.session.send(reserve(old, EXCLUSIVE))


@pytest.mark.parametrize("epoch", [0, 1 << 32, -1])
def test_an_epoch_that_no_key_has_room_for_is_not_taken(pair: Pair, epoch: int) -> None:
    with pytest.raises(ValueError, match="no key for"):
        pair.a.fence.take(epoch)
    assert pair.a.keys() == []


def test_nothing_is_given_back_that_was_not_taken(pair: Pair) -> None:
    assert not pair.a.fence.give_back()
    pair.a.fence.verify()
    assert pair.a.wire.sent == []


# Other programs


def register_foreign(host: Host, *, holds: bool) -> None:
    host.session.send(register_and_ignore_existing_key(FOREIGN, persist=False))
    if holds:
        host.session.send(reserve(FOREIGN, EXCLUSIVE))


@pytest.mark.parametrize("holds", [False, True])
@pytest.mark.parametrize("by", ["a", "b"])
def test_what_another_program_reserves_is_left_alone(pair: Pair, by: str, *, holds: bool) -> None:
    register_foreign(getattr(pair, by), holds=holds)
    before = pair.b.fence.look()
    with pytest.raises(ReservationConflict, match="another program, key 4e42550000000001"):
        pair.a.fence.take(7)
    assert pair.b.fence.look() == before
    assert pair.a.wire.orders() == (1 + holds if by == "a" else 0)


def test_a_reservation_of_all_registrants_is_another_program_s(pair: Pair) -> None:
    key = FenceKey(2, 3).to_bytes()
    pair.b.session.send(register_and_ignore_existing_key(key, persist=False))
    everyone = ReservationType.EXCLUSIVE_ACCESS_ALL_REGISTRANTS
    pair.b.session.send(reserve(key, everyone))
    with pytest.raises(ReservationConflict, match="another program"):
        pair.a.fence.take(7)


@pytest.mark.parametrize("number", range(3, 8))  # later it can register, and reserve no more
def test_a_program_that_comes_in_between_is_left_alone(pair: Pair, number: int) -> None:
    pair.a.wire.at = number
    pair.a.wire.before = lambda: register_foreign(pair.b, holds=False)
    with pytest.raises(ReservationConflict, match="another program"):
        pair.a.fence.take(7)
    assert [parse_key(key) for key in pair.b.fence.look().keys] == [None]
    assert pair.b.holder() is None


# Libraries that can't


def test_a_library_without_reservations_has_no_fence(make: Callable[..., Pair]) -> None:
    pair = make(reservation_types=())
    with pytest.raises(UnsupportedByLibrary, match="no persistent reservations") as caught:
        pair.a.fence.take(7)
    assert caught.value.sense is not None
    assert "fence = false" in (caught.value.hint or "")
    assert pair.a.fence.own is None


def test_a_library_without_the_type_has_no_fence_and_keeps_no_key(
    make: Callable[..., Pair],
) -> None:
    pair = make(reservation_types=(1, 6))
    with pytest.raises(UnsupportedByLibrary, match=r"3h\): it has types 1h and 6h") as caught:
        pair.a.fence.take(7)
    assert "fence = false" in (caught.value.hint or "")
    assert (pair.a.fence.own, pair.b.keys(), pair.a.wire.orders()) == (None, [], 0)


def test_a_library_that_hides_its_types_and_lacks_the_one_has_no_fence_and_keeps_no_key(
    make: Callable[..., Pair],
) -> None:
    pair = make(reservation_types=(1, 6))
    pair.fault("sense 05/24/00 on 5E")
    with pytest.raises(UnsupportedByLibrary):
        pair.a.fence.take(7)
    assert (pair.a.fence.own, pair.b.keys()) == (None, [])
    assert pair.a.wire.orders() > 0


def test_a_library_that_reserves_each_port_by_itself_stops_nobody_at_another_one(
    make: Callable[..., Pair],
) -> None:
    """Why the reach of a fence is asked for."""
    pair = make(reservations_by_port=True)
    other = pair.host(3, "c@2")
    pair.a.fence.take(7)
    assert (pair.b.moves(), other.moves()) == (False, True)


# Power, and resets


@pytest.mark.parametrize("persists", [True, False])
def test_a_fence_outlives_a_loss_of_power_where_it_can(
    make: Callable[..., Pair], *, persists: bool
) -> None:
    pair = make(reservations_persist=persists)
    pair.a.fence.take(7)
    pair.fault("power-cycle")
    if persists:
        pair.a.fence.verify()
        assert not pair.b.moves()
    else:
        with pytest.raises(OwnershipLost, match="it is not reserved"):
            pair.a.fence.verify()


def test_it_is_verified_where_it_is_in_doubt(pair: Pair) -> None:
    pair.a.fence.take(7)
    before = len(pair.a.wire.sent)
    pair.a.fence.verify(always=False)
    assert len(pair.a.wire.sent) == before
    pair.a.fence.doubt()
    for _ in range(2):
        pair.a.fence.verify(always=False)
    assert len(pair.a.wire.sent) == before + 1
    pair.b.fence.take(8)
    pair.a.fence.doubt()
    with pytest.raises(OwnershipLost):
        pair.a.fence.verify(always=False)


# Deaths, lost replies and other hosts, at each command

COMMANDS_OF_TAKE, COMMANDS_OF_GIVING_BACK = 9, 2


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("number", range(COMMANDS_OF_TAKE))
def test_a_host_that_dies_while_it_takes_the_library_is_succeeded(
    pair: Pair, number: int, *, executed: bool
) -> None:
    pair.a.dies_at(number, executed=executed)
    with pytest.raises(Killed):
        pair.a.fence.take(7)
    pair.b.fence.take(8)
    assert (pair.b.keys(), pair.b.holder()) == ([(2, 8)], (2, 8))
    assert pair.b.moves()
    assert not pair.host(1, "a").moves()


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("number", range(COMMANDS_OF_GIVING_BACK))
def test_a_host_that_dies_while_it_gives_the_library_back_is_succeeded(
    pair: Pair, number: int, *, executed: bool
) -> None:
    pair.a.fence.take(7)
    pair.a.dies_at(number, executed=executed)
    with pytest.raises(Killed):
        pair.a.fence.give_back()
    pair.b.fence.take(8)
    assert (pair.b.keys(), pair.b.holder()) == ([(2, 8)], (2, 8))
    pair.b.fence.give_back()
    assert pair.b.keys() == []


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("number", range(COMMANDS_OF_TAKE + 1))
def test_a_host_that_dies_while_it_pre_empts_is_succeeded(
    pair: Pair, number: int, *, executed: bool
) -> None:
    pair.b.fence.take(6)
    pair.a.dies_at(number, executed=executed)
    with pytest.raises(Killed):
        pair.a.fence.take(7)
    third = pair.host(3, "c")
    third.fence.take(8)
    assert (third.keys(), third.holder()) == ([(3, 8)], (3, 8))
    assert not pair.b.moves()


def lose(host: Host, number: int, *, executed: bool) -> None:
    """Lose a command on its way, or its reply."""

    def fail() -> None:
        raise TransportFailed("the reply got lost")

    host.wire.at = len(host.wire.sent) + number
    if executed:
        host.wire.after = fail
    else:
        host.wire.before = fail


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("number", range(COMMANDS_OF_TAKE))
@pytest.mark.parametrize("before", [None, 6])
def test_a_lost_command_or_reply_leaves_the_library_taken_or_untouched(
    pair: Pair, number: int, before: int | None, *, executed: bool
) -> None:
    if before is not None:
        pair.b.fence.take(before)
    lose(pair.a, number, executed=executed)
    with suppress(TransportFailed):
        pair.a.fence.take(7)
    lost = pair.a.wire.sent[number]
    if lost[0] == RESERVE_OUT:
        assert pair.a.fence.own == (1, 7), "what was done is read"
    if pair.a.fence.own:
        assert (pair.b.keys(), pair.b.holder()) == ([(1, 7)], (1, 7))
    else:
        registered = pair.b.keys()
        assert (1, 7) not in registered


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("number", range(COMMANDS_OF_GIVING_BACK))
def test_a_lost_command_or_reply_does_not_keep_the_library(
    pair: Pair, number: int, *, executed: bool
) -> None:
    pair.a.fence.take(7)
    lose(pair.a, number, executed=executed)
    assert pair.a.fence.give_back()
    assert (pair.b.keys(), pair.b.holder()) == ([], None)


def test_a_library_that_answers_no_more_is_not_asked_for_ever(pair: Pair) -> None:
    pair.a.fence.take(7)
    pair.fault("no-reply always on 5F")
    before = pair.a.wire.orders()
    with pytest.raises(TransportFailed):
        pair.a.fence.give_back()
    assert pair.a.wire.orders() - before == 3
    pair.fault("clear")
    said: list[str] = []
    with fenced(pair.a.fence, 8, warn=said.append):
        pair.fault("no-reply always on 5F")
    assert len(said) == 1
    assert said[0].startswith("the library may stay reserved for this host")
    assert pair.b.keys() == [(1, 8)], "what is left is ended by whoever comes next"
    pair.fault("clear")
    pair.b.fence.take(9)
    assert pair.b.keys() == [(2, 9)]


@pytest.mark.parametrize("number", range(COMMANDS_OF_TAKE))
def test_a_later_host_that_comes_in_between_has_the_library(pair: Pair, number: int) -> None:
    pair.a.wire.at = number
    pair.a.wire.before = lambda: pair.b.fence.take(8)
    try:
        pair.a.fence.take(7)
    except OwnershipLost:
        assert pair.a.fence.own is None
    else:
        assert number == COMMANDS_OF_TAKE - 1, "it came after the last look"
    assert (pair.b.keys(), pair.b.holder()) == ([(2, 8)], (2, 8))
    assert (pair.a.moves(), pair.b.moves()) == (False, True)


def test_a_reservation_that_is_given_back_in_between_is_made_again(pair: Pair) -> None:
    """By another process of this host, with the same key."""
    key = FenceKey(1, 7).to_bytes()
    pair.a.wire.at = COMMANDS_OF_TAKE - 2
    pair.a.wire.before = lambda: pair.host(1, "a").session.send(release(key, EXCLUSIVE))
    pair.a.fence.take(7)
    assert (pair.b.keys(), pair.b.holder()) == ([(1, 7)], (1, 7))
    assert len(pair.a.wire.sent) == COMMANDS_OF_TAKE + 5


@pytest.mark.parametrize("number", range(COMMANDS_OF_TAKE))
def test_an_earlier_host_that_comes_in_between_is_overtaken(pair: Pair, number: int) -> None:
    def come() -> None:
        with suppress(ChangerError):
            pair.b.fence.take(6)

    pair.a.wire.at = number
    pair.a.wire.before = come
    pair.a.fence.take(7)
    assert (pair.a.keys(), pair.a.holder()) == ([(1, 7)], (1, 7))
    assert (pair.a.moves(), pair.b.moves()) == (True, False)


@pytest.mark.parametrize("number", range(COMMANDS_OF_GIVING_BACK))
def test_giving_back_does_not_take_it_from_a_later_host(pair: Pair, number: int) -> None:
    pair.a.fence.take(7)
    pair.a.wire.at = len(pair.a.wire.sent) + number
    pair.a.wire.before = lambda: pair.b.fence.take(8)
    pair.a.fence.give_back()
    assert (pair.b.keys(), pair.b.holder()) == ([(2, 8)], (2, 8))
    pair.b.fence.verify()


@pytest.mark.parametrize("number", range(COMMANDS_OF_GIVING_BACK))
def test_giving_back_does_not_take_it_from_a_later_process_of_its_host(
    pair: Pair, number: int
) -> None:
    """Both are one initiator to the library: only the key tells them apart."""
    successor = pair.host(1, "a")
    pair.a.fence.take(7)
    pair.a.wire.at = len(pair.a.wire.sent) + number
    pair.a.wire.before = lambda: successor.fence.take(8)
    pair.a.fence.give_back()
    assert (pair.b.keys(), pair.b.holder()) == ([(1, 8)], (1, 8))
    successor.fence.verify()


def test_a_holder_that_someone_pre_empts_all_the_time_gives_up(pair: Pair) -> None:
    """Whoever it is, and with whichever key: the number of attempts has an end."""
    key = FenceKey(2, 3).to_bytes()

    def pre_empt() -> None:
        pair.a.wire.at = len(pair.a.wire.sent)
        with suppress(ChangerError):
            pair.b.session.send(register_and_ignore_existing_key(key, persist=False))
            mine = FenceKey(1, 7).to_bytes()
            pair.b.session.send(preempt_and_abort(key, mine, EXCLUSIVE))

    pair.a.wire.at = 5
    pair.a.wire.before = pre_empt
    with pytest.raises(ReservationConflict, match="does not keep a reservation"):
        pair.a.fence.take(7)
    assert len(pair.a.wire.sent) == 8 + 24 * 3, "a look is two commands"
