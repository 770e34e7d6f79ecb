"""Hosts that share a library under the rules of a lease: which motions can come out of order.

A model of the server, its clock, hosts that stop and die, and messages that are lost. The library
carries out what it is sent; with a fence, only from whoever fenced it last.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from changer.lock.lease import MARGIN_SECONDS, TERM_SECONDS, Holder, Lease, Renewal, find_grounds
from changer.values import dataclass, field, replace

MOVE_SECONDS = 120.0
HOSTS = st.integers(min_value=0, max_value=2)
SPANS = st.sampled_from([0.5, 10.0, 29.0, 31.0, 61.0, 100.0, 200.0, 400.0])
LOST = st.sampled_from([None, None, None, "request", "reply"])


@dataclass(slots=True)
class Sent:
    """A motion that the library carried out."""

    epoch: int
    at: float
    checked_at: float
    steps_forward: float


@dataclass(slots=True)
class Process:
    """What a process believes. ``checked_at``: it is about to send, by a check at that time."""

    holder: Holder
    epoch: int | None = None
    fence_read: int | None = None
    has_fenced: bool = False
    renewal: Renewal | None = None
    checked_at: float | None = None
    is_under_way: bool = False


@dataclass(slots=True)
class Host:
    """One process at a time; a killed one leaves what carries its command, with the lock."""

    number: int
    started: int = 0
    process: Process | None = None
    left: list[Process] = field(default_factory=list)


class Shared(RuleBasedStateMachine):
    """Time is that of the world; the server shows it with the steps that its clock was given."""

    fenced = False

    def __init__(self) -> None:
        super().__init__()
        self.time = 10_000.0
        self.steps = 0.0
        self.steps_forward = 0.0
        self.lease: Lease | None = None
        self.epochs: list[int] = []
        self.key = 0
        self.sent: list[Sent] = []
        self.out_of_order: list[Sent] = []
        self.hosts: list[Host] = []

    @initialize()
    def start(self) -> None:
        self.hosts = [Host(number) for number in range(3)]

    @property
    def server(self) -> float:
        return self.time + self.steps

    # The world

    @rule(seconds=SPANS)
    def time_passes(self, seconds: float) -> None:
        """Whatever was about to be done is done that much later: everybody was stopped so long."""
        self.time += seconds

    @rule(seconds=st.sampled_from([-500.0, -30.0, 30.0, 70.0, 500.0]))
    def the_servers_clock_is_set(self, seconds: float) -> None:
        self.steps += seconds
        self.steps_forward += max(0.0, seconds)

    @rule(number=HOSTS)
    def a_process_is_killed(self, number: int) -> None:
        """What carries its command lives on, and may yet come to send it."""
        host = self.hosts[number]
        if host.process is not None and (
            host.process.checked_at is not None or host.process.is_under_way
        ):
            host.left.append(host.process)
        host.process = None

    # A process

    @rule(number=HOSTS, lost=LOST)
    def one_asks_for_the_lease(self, number: int, lost: str | None) -> None:
        host = self.hosts[number]
        if host.process is not None or host.left or lost == "request":
            return
        host.started += 1
        asking = Holder(f"host-{number}", f"boot-{number}:{host.started}:0", "9:1")
        now = self.server
        if self.lease is not None and find_grounds(self.lease, asking, now=now) is None:
            return
        epoch = 1 if self.lease is None else self.lease.epoch + 1
        self.epochs.append(epoch)
        self.lease = Lease(epoch, asking, now, now, now + TERM_SECONDS, None, None)
        if lost is None:  # else it ends without knowing that it has the lease
            host.process = Process(asking, epoch)

    @rule(number=HOSTS, delay=SPANS, lost=LOST)
    def it_renews(self, number: int, delay: float, lost: str | None) -> None:
        process = self.hosts[number].process
        if process is None or process.epoch is None or process.checked_at is not None:
            return
        asked_at, now = self.time, self.server
        if lost != "request":
            assert self.lease is not None
            if self.lease.epoch != process.epoch:
                process.epoch = None
                return
            self.lease = replace(
                self.lease,
                renewed_at=now,
                expires_at=now + TERM_SECONDS,
                command_deadline=now + MOVE_SECONDS + MARGIN_SECONDS,
            )
        self.time += delay
        if lost is None:
            process.renewal = Renewal(asked_at, MOVE_SECONDS)

    @rule(number=HOSTS)
    def it_checks(self, number: int) -> None:
        process = self.hosts[number].process
        if process is None or process.epoch is None or process.is_under_way:
            return
        if self.fenced and not process.has_fenced:
            return
        if process.renewal is not None and process.renewal.allows(MOVE_SECONDS, now=self.time):
            process.checked_at = self.time

    @rule(number=HOSTS)
    def it_sends(self, number: int) -> None:
        process = self.hosts[number].process
        if process is not None:
            self.send(process)

    @rule(number=HOSTS)
    def what_a_killed_one_left_sends(self, number: int) -> None:
        for process in self.hosts[number].left:
            self.send(process)

    @rule(number=HOSTS)
    def its_command_ends(self, number: int) -> None:
        host = self.hosts[number]
        host.left.clear()
        if host.process is not None:
            host.process.is_under_way = False

    @rule(number=HOSTS)
    def it_gives_the_lease_back(self, number: int) -> None:
        host = self.hosts[number]
        process = host.process
        if process is None or process.checked_at is not None or process.is_under_way:
            return
        host.process = None
        if self.lease is not None and self.lease.epoch == process.epoch:
            self.lease = replace(self.lease, released_at=self.server)

    @precondition(lambda self: self.fenced)
    @rule(number=HOSTS)
    def it_reads_the_fence(self, number: int) -> None:
        process = self.hosts[number].process
        if process is not None and process.epoch is not None:
            process.fence_read = self.key

    @precondition(lambda self: self.fenced)
    @rule(number=HOSTS)
    def it_fences(self, number: int) -> None:
        """The key that was read is replaced; another one, or that of a later epoch, is not."""
        process = self.hosts[number].process
        if process is None or process.epoch is None or process.fence_read != self.key:
            return
        if self.key <= process.epoch:
            self.key, process.has_fenced = process.epoch, True

    # The library

    def send(self, process: Process) -> None:
        if process.checked_at is None or process.epoch is None:
            return
        motion = Sent(process.epoch, self.time, process.checked_at, self.steps_forward)
        process.checked_at = None
        if self.fenced and self.key != process.epoch:
            process.epoch = None  # a reservation conflict: it is not ours any more
            return
        process.is_under_way = True
        if self.sent and motion.epoch < max(each.epoch for each in self.sent):
            self.out_of_order.append(motion)
        self.sent.append(motion)

    # What holds

    @invariant()
    def every_epoch_is_given_once(self) -> None:
        assert self.epochs == list(range(1, len(self.epochs) + 1))

    @invariant()
    def motions_are_in_order_but_for_one_window(self) -> None:
        if self.fenced:
            assert self.out_of_order == []
            return
        for each in self.out_of_order:
            stopped_seconds = each.at - each.checked_at
            assert stopped_seconds + each.steps_forward > MOVE_SECONDS + TERM_SECONDS / 2


class Fenced(Shared):
    fenced = True


TestWithoutAFence = Shared.TestCase
TestWithoutAFence.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestWithAFence = Fenced.TestCase
TestWithAFence.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def stopped_before_sending() -> Shared:
    """A host is stopped between its check and its command, for longer than that may take."""
    world = Shared()
    world.start()
    world.one_asks_for_the_lease(number=0, lost=None)
    world.it_renews(number=0, delay=0.5, lost=None)
    world.it_checks(number=0)
    world.time_passes(seconds=400.0)
    world.one_asks_for_the_lease(number=1, lost=None)
    world.it_renews(number=1, delay=0.5, lost=None)
    world.it_checks(number=1)
    world.it_sends(number=1)
    world.it_sends(number=0)
    return world


def test_the_window_is_there_without_a_fence() -> None:
    world = stopped_before_sending()
    assert [each.epoch for each in world.out_of_order] == [1]
    world.motions_are_in_order_but_for_one_window()


def test_a_host_that_was_stopped_before_its_check_sends_nothing() -> None:
    world = Shared()
    world.start()
    world.one_asks_for_the_lease(number=0, lost=None)
    world.it_renews(number=0, delay=31.0, lost=None)
    world.it_checks(number=0)
    world.it_sends(number=0)
    assert world.sent == []
