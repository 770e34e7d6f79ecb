"""The statements of a lease on a real server: taken by the rules, announced, and given back."""

from __future__ import annotations

import pytest

from changer.errors import LibraryBusy, OwnershipLost, ToolMissing, TransportFailed
from changer.lock.lease import MARGIN_SECONDS, TERM_SECONDS, Holder
from changer.store.postgresql.lease import look, take_as_seen, take_released
from changer.store.postgresql.waiting import Turn, join
from changer.values import replace

from .lease_support import ALPHA, BETA, GAMMA, World


def deadline_after_renewal(world: World) -> float | None:
    row = world.row()
    deadline = row["command_deadline"]
    return None if deadline is None else float(deadline - row["renewed_at"])


# Taking


def test_the_first_epoch_is_1_and_each_holder_has_the_next(world: World) -> None:
    world.hold(ALPHA).release()
    world.hold(BETA).release()
    assert world.take(ALPHA) == (3, None, 0, False)


def test_one_that_is_held_is_refused_with_its_holder_and_time(world: World) -> None:
    world.take(ALPHA)
    with pytest.raises(LibraryBusy, match=r"alpha, pid 100 \(changer load 1 0\) since \d\d:"):
        world.take(BETA)
    assert world.row()["epoch"] == 1


def test_one_that_was_not_renewed_is_taken_over_and_said_so(world: World) -> None:
    world.take(ALPHA)
    world.pass_time()
    grant = world.take(BETA)
    assert grant.epoch == 2
    assert grant.taken_from is not None and grant.taken_from.startswith("alpha, pid 100")


def test_the_time_of_a_command_passes_before_it_is_taken_over(world: World) -> None:
    world.hold(ALPHA).announce(900.0)
    world.pass_time()
    with pytest.raises(LibraryBusy, match="that host does not answer, and can be replaced from"):
        world.take(BETA)
    world.pass_time(900.0)
    assert world.take(BETA).epoch == 2


def test_a_process_of_the_same_boot_takes_it_at_once(world: World) -> None:
    world.hold(ALPHA).announce(900.0)
    other = ALPHA._replace(holder=Holder(ALPHA.holder.host_id, "boot-1:101:6000", "9:1"))
    assert world.take(other) == (2, None, 0, False)


def test_another_boot_of_the_same_host_waits_for_its_time(world: World) -> None:
    world.hold(ALPHA).announce(900.0)
    again = ALPHA._replace(holder=Holder(ALPHA.holder.host_id, "boot-9:101:6000", "9:1"))
    with pytest.raises(LibraryBusy):
        world.take(again)


def test_a_container_with_locks_of_its_own_waits_for_its_time(world: World) -> None:
    world.hold(ALPHA).announce(900.0)
    inside = ALPHA._replace(holder=replace(ALPHA.holder, process="boot-1:7:6000", lock="9:2"))
    with pytest.raises(LibraryBusy):
        world.take(inside)


def test_it_is_not_taken_by_what_was_seen_before_it_was_renewed(world: World) -> None:
    lease = world.hold(ALPHA)
    world.pass_time()
    seen, _ = look(world, BETA)
    lease.renew()
    assert seen is not None and take_as_seen(world, BETA, seen.version) is None
    assert world.row()["epoch"] == 1


def test_of_two_that_saw_the_same_one_takes_it(world: World) -> None:
    world.take(ALPHA)
    world.pass_time()
    seen, _ = look(world, BETA)
    assert seen is not None
    first, second = (take_as_seen(world, each, seen.version) for each in (BETA, GAMMA))
    assert first is not None and second is None


def test_a_server_clock_that_was_set_back_is_said(world: World) -> None:
    world.take(ALPHA)
    world.pass_time(-1000.0)
    with pytest.raises(LibraryBusy, match="the clock of the database server was set back"):
        world.take(BETA)


def test_a_host_that_was_overtaken_is_remembered_until_it_comes_back(world: World) -> None:
    """A process of it that was stopped may send what it was about to send, however late."""
    world.take(ALPHA)
    world.pass_time()
    assert world.take(BETA).has_overtaken
    world.give_back()
    assert world.take(GAMMA).has_overtaken
    world.give_back()
    assert not world.take(ALPHA).has_overtaken
    world.give_back()
    assert not world.take(BETA).has_overtaken


def test_every_host_that_was_overtaken_is_remembered(world: World) -> None:
    for asking in (ALPHA, BETA, GAMMA):
        world.take(asking)
        world.pass_time()
    assert world.take(ALPHA).has_overtaken, "beta and gamma have not come back"
    world.give_back()
    assert world.take(BETA).has_overtaken
    world.give_back()
    assert not world.take(GAMMA).has_overtaken


def test_a_host_that_takes_it_from_its_own_dead_process_has_overtaken_nobody(world: World) -> None:
    world.take(ALPHA)
    other = ALPHA._replace(holder=Holder(ALPHA.holder.host_id, "boot-1:101:6000", "9:1"))
    assert not world.take(other).has_overtaken


@pytest.mark.parametrize(
    ("process", "lock", "is_over"),
    [
        ("boot-1:101:6000", "9:1", True),
        ("boot-1:101:6000", "9:2", False),
        ("boot-9:101:6000", "9:2", True),
    ],
    ids=["has its lock", "has another lock", "has started anew"],
)
def test_a_host_that_was_overtaken_comes_back_by_its_lock_or_after_a_restart(
    world: World, process: str, lock: str, *, is_over: bool
) -> None:
    """A container beside it has the same host's name, and not its lock."""
    world.take(ALPHA)
    world.pass_time()
    world.take(BETA)
    world.give_back()
    back = ALPHA._replace(holder=Holder(ALPHA.holder.host_id, process, lock))
    assert world.take(back).has_overtaken is not is_over


def test_a_held_lease_goes_on_under_a_higher_epoch(world: World) -> None:
    lease = world.hold(ALPHA)
    lease.raise_epoch(41)
    assert (lease.epoch, world.row()["epoch"]) == (41, 41)
    lease.renew()
    lease.release()
    assert world.take(BETA).epoch == 42


def test_a_lease_that_was_lost_gets_no_higher_epoch(world: World) -> None:
    lease = world.hold(ALPHA)
    world.pass_time()
    world.take(BETA)
    with pytest.raises(OwnershipLost):
        lease.raise_epoch(41)
    assert (lease.is_lost, world.row()["epoch"]) == (True, 2)


def test_where_the_server_lost_who_had_it_each_other_host_counts_as_overtaken(world: World) -> None:
    """Which of them had it under the epoch that the library has shown, is not on record."""
    for asking in (ALPHA, BETA, GAMMA):
        world.note_port(asking)
    assert world.hold(ALPHA).raise_epoch(41)
    world.give_back()
    assert world.take(BETA).has_overtaken, "gamma has not come back"
    world.give_back()
    assert not world.take(GAMMA).has_overtaken


def test_a_host_that_is_alone_overtakes_nobody_by_a_higher_epoch(world: World) -> None:
    world.note_port(ALPHA)
    assert not world.hold(ALPHA).raise_epoch(41)
    world.give_back()
    assert not world.take(BETA).has_overtaken


# Held


def test_a_renewal_is_for_one_term(world: World) -> None:
    lease = world.hold(ALPHA)
    world.pass_time()
    lease.renew()
    assert world.row()["expires_at"] - world.row()["renewed_at"] == pytest.approx(TERM_SECONDS)


def test_what_was_announced_lasts_until_it_is_over(world: World) -> None:
    lease = world.hold(ALPHA)
    lease.announce(900.0)
    assert deadline_after_renewal(world) == pytest.approx(900.0 + MARGIN_SECONDS)
    before = world.row()["command_deadline"]
    lease.renew()
    assert world.row()["command_deadline"] == before
    lease.command_is_over()
    lease.renew()
    assert deadline_after_renewal(world) is None


def test_whoever_was_replaced_learns_it_at_the_next_renewal(world: World) -> None:
    lease = world.hold(ALPHA)
    world.pass_time()
    world.take(BETA)
    with pytest.raises(OwnershipLost, match="another host has taken"):
        lease.renew()
    assert lease.is_lost


def test_an_epoch_that_a_server_gave_twice_is_not_taken_for_ones_own(world: World) -> None:
    """As after a failover to a standby that lacked the last commits."""
    lease = world.hold(ALPHA)
    world.execute("DELETE FROM leases")
    assert world.hold(BETA).epoch == lease.epoch
    with pytest.raises(OwnershipLost):
        lease.renew()


def test_whoever_was_replaced_can_not_give_it_back(world: World) -> None:
    lease = world.hold(ALPHA)
    world.pass_time()
    world.take(BETA)
    lease.release()
    assert world.row()["released_at"] is None


# Commands


def test_a_command_is_announced_before_it_is_sent(world: World) -> None:
    lease = world.hold(ALPHA)
    with lease.covering(900.0):
        assert deadline_after_renewal(world) == pytest.approx(900.0 + MARGIN_SECONDS)
        assert lease.is_covering
    assert not lease.is_covering


def test_what_was_just_announced_is_not_announced_again(world: World) -> None:
    lease = world.hold(ALPHA)
    lease.announce(900.0)
    sent = len(world.sent)
    with lease.covering(900.0):
        assert len(world.sent) == sent


def test_each_command_is_announced(world: World) -> None:
    lease = world.hold(ALPHA)
    for _ in range(2):
        with lease.covering(900.0):
            lease.renew()
            assert deadline_after_renewal(world) is not None
        lease.renew()
        assert deadline_after_renewal(world) is None


def test_what_could_not_be_announced_is_not_covered_by_a_renewal(world: World) -> None:
    """The server has no deadline of it: another host would not wait for it."""
    lease = world.hold(ALPHA)
    with pytest.raises(RuntimeError), lease.announcing(900.0):
        raise RuntimeError("the transaction that announces it failed")
    lease.renew()
    assert deadline_after_renewal(world) is None
    with lease.covering(900.0):
        assert deadline_after_renewal(world) == pytest.approx(900.0 + MARGIN_SECONDS)


def test_a_longer_command_is_announced_anew(world: World) -> None:
    lease = world.hold(ALPHA)
    lease.announce(900.0)
    with lease.covering(3600.0):
        assert deadline_after_renewal(world) == pytest.approx(3600.0 + MARGIN_SECONDS)


def test_a_command_after_half_a_term_is_announced_anew(world: World) -> None:
    lease = world.hold(ALPHA)
    lease.announce(900.0)
    world.clock.time += TERM_SECONDS / 2
    world.pass_time(TERM_SECONDS / 2)
    before = world.row()["version"]
    with lease.covering(900.0):
        assert world.row()["version"] == before + 1


def test_nothing_is_sent_by_whoever_was_replaced(world: World) -> None:
    lease = world.hold(ALPHA)
    world.pass_time()
    world.take(BETA)
    with pytest.raises(OwnershipLost), lease.covering(900.0):
        raise AssertionError("it was sent")


def test_nothing_is_sent_by_whoever_has_learned_that_it_was_replaced(world: World) -> None:
    """Although, by its own clock, the time that was announced is not over."""
    lease = world.hold(ALPHA)
    lease.announce(900.0)
    world.pass_time(1000.0)
    world.take(BETA)
    with pytest.raises(OwnershipLost):
        lease.renew()
    with pytest.raises(OwnershipLost), lease.covering(900.0):
        raise AssertionError("it was sent")


def test_nothing_is_sent_where_the_server_answers_too_late(world: World) -> None:
    lease = world.hold(ALPHA)
    execute = world.execute

    def slowly(statement: str, values: object = (), /) -> object:
        rows = execute(statement, values)  # type: ignore[arg-type]
        world.clock.time += TERM_SECONDS
        return rows

    world.execute = slowly  # type: ignore[method-assign,assignment]
    with pytest.raises(OwnershipLost, match="takes too long"), lease.covering(900.0):
        raise AssertionError("it was sent")


def test_a_command_whose_end_was_not_seen_stays_announced(world: World) -> None:
    lease = world.hold(ALPHA)
    with pytest.raises(TransportFailed), lease.covering(900.0):
        raise TransportFailed("the path is gone")
    assert lease.is_covering
    lease.renew()
    assert world.row()["command_deadline"] is not None


def test_a_command_that_was_not_sent_is_over(world: World) -> None:
    lease = world.hold(ALPHA)
    with pytest.raises(ToolMissing), lease.covering(900.0):
        raise ToolMissing("sg_raw is not installed")
    assert not lease.is_covering


# Turns


def test_a_host_that_waits_is_before_one_that_comes_later(world: World) -> None:
    lease = world.hold(ALPHA)
    waiting = join(world, BETA)
    lease.release()
    assert take_released(world, GAMMA) is None
    with pytest.raises(LibraryBusy, match="a process of another host is next"):
        world.take(GAMMA)
    assert take_released(world, waiting) is not None


def test_a_host_that_waits_no_more_is_passed_by(world: World) -> None:
    lease = world.hold(ALPHA)
    join(world, BETA)
    world.pass_time()
    lease.release()
    assert take_released(world, GAMMA) is not None


def test_a_ticket_that_a_dead_process_of_the_host_left_is_passed_by(world: World) -> None:
    lease = world.hold(ALPHA)
    join(world, BETA)
    lease.release()
    other = BETA._replace(holder=Holder(BETA.holder.host_id, "boot-2:201:6000", "9:1"))
    assert take_released(world, other) is not None


def test_what_its_own_dead_process_left_a_host_takes_before_those_that_wait(world: World) -> None:
    """They would have to wait until a command that it announced must be over."""
    world.hold(ALPHA).announce(900.0)
    waiting = join(world, BETA)
    with pytest.raises(LibraryBusy):
        world.take(waiting)
    other = ALPHA._replace(holder=Holder(ALPHA.holder.host_id, "boot-1:101:6000", "9:1"))
    assert world.take(other) == (2, None, 0, False)
    world.give_back()
    with pytest.raises(LibraryBusy, match="a process of another host is next"):
        world.take(other)
    assert take_released(world, waiting) is not None


def test_whoever_waits_in_vain_leaves_the_queue(world: World) -> None:
    world.take(ALPHA)
    with pytest.raises(LibraryBusy, match="waited 3 s"):
        world.take(BETA, wait_seconds=3.0)
    assert world.execute("SELECT * FROM tickets") == []


def test_whoever_waits_is_told_of_the_holder_once(world: World) -> None:
    world.take(ALPHA)
    told: list[tuple[str, int]] = []
    turn = Turn(world, BETA, clock=world.clock, on_wait=lambda *words: told.append(words))
    with pytest.raises(LibraryBusy):
        turn.take(deadline=world.clock.monotonic() + 30.0, wait_seconds=30.0)
    assert [(words.partition(" since")[0], ahead) for words, ahead in told] == [
        ("alpha, pid 100 (changer load 1 0)", 0)
    ]


def test_whoever_waits_takes_it_when_it_is_given_back(world: World) -> None:
    world.clock.on_sleep = world.hold(ALPHA).release
    assert world.take(BETA, wait_seconds=60.0) == (2, None, 0, False)
