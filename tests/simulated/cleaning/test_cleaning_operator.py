"""Insert and eject while they wait for the operator, at a mail slot and at the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from scsi_bytes import check

from changer.cleaning.eject import EjectedCleaner, eject
from changer.cleaning.insert import InsertedCleaner, InsertionRequest, insert
from changer.host.clock import TimedStep
from changer.journal.operations import Callbacks
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import move
from changer.moves.operator import say_waiting
from changer.smc.cdb import prevent_allow_medium_removal
from changer.smc.command import Command, Reply
from changer.transport import Transport

from .cleaner_library import CLEANER, CleanerLibrary, LastOperation, refusal
from .conftest import MakeCleanerLibrary

OPEN_CLOSE, MOVE_MEDIUM, PREVENT_ALLOW = 0x1B, 0xA5, 0x1E
START = 1_700_000_000


@dataclass
class Wait:
    """A call that waits for an operator, and what they are to do."""

    library: CleanerLibrary
    function: str
    slot: str
    task: str
    waits_at: str | None = None  # where the cleaner is meanwhile
    before: object = None  # what a wait that ends leaves as it was

    def call(self, **fields: Any) -> InsertedCleaner | EjectedCleaner:
        if self.function == "insert":
            return self.library.insert(cleans_left=37, **fields)
        return self.library.eject(**fields)

    def finish(self, seconds: float) -> None:
        self.library.later(seconds, self.task)

    @property
    def seconds(self) -> float:
        return self.library.clock.time - START

    def assert_given_up(self, state: str, result: str) -> None:
        """The cleaner lies where it was last, and is known as before."""
        assert self.library.last == LastOperation(self.function, state, result)
        assert self.library.place_of(CLEANER) == self.waits_at
        assert self.library.cleans_left == (37 if self.function == "eject" else None)
        assert not self.library.mail_is_open
        assert self.before in (None, self.library.everything_that_matters())

    def assert_done(self) -> None:
        done = LastOperation(self.function, "completed", "ERROR_SUCCESS")
        assert (self.library.last, self.library.mail_is_open) == (done, False)
        place = self.slot if self.function == "insert" else None
        assert self.library.place_of(CLEANER) == place


def waiting(make: MakeCleanerLibrary, function: str, *, door: bool, **fields: Any) -> Wait:
    profile, slot = ("bare", "6") if door else ("demo", "4")
    if door:
        fields.setdefault("volume_tags", "reported")
    library = make(profile, **fields)
    if not door:
        library.empty_mail()
    if function == "insert":
        library.reserve(slot)
        wait = Wait(library, function, slot, f"insert {CLEANER} 6" if door else f"put {CLEANER}")
    else:
        library.with_cleaner(slot=slot, cleans=37)
        task, place = (f"remove {slot}", slot) if door else ("take mail:1", "mail:1")
        wait = Wait(library, function, slot, task, place)
    if function == "insert" or door:
        wait.before = library.everything_that_matters()
    return wait


@pytest.fixture(params=["insert", "eject"])
def function(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[False, True], ids=["mail", "door"])
def wait(request: pytest.FixtureRequest, make: MakeCleanerLibrary, function: str) -> Wait:
    """Both functions, in a library with mail slots and in one without."""
    return waiting(make, function, door=request.param)


@pytest.fixture
def mail(make: MakeCleanerLibrary, function: str) -> Wait:
    """Both functions, at mail slots."""
    return waiting(make, function, door=False)


def test_operator_who_never_comes_is_waited_for_until_the_time_is_over(wait: Wait) -> None:
    error = refusal(lambda: wait.call(timeout_seconds=45))
    assert (error.code, error.ntms and error.ntms.code) == ("operator-timeout", 1460)
    assert 45 <= wait.seconds < 60
    wait.assert_given_up("failed", "ERROR_TIMEOUT")


def test_time_for_an_operator_is_the_librarys_setting(wait: Wait) -> None:
    wait.library.settings = LibrarySettings(operator_timeout_seconds=100)
    refusal(wait.call)
    assert 100 <= wait.seconds < 115


def test_wait_can_be_stopped_from_another_process(wait: Wait) -> None:
    wait.library.stop_later(20)
    error = refusal(wait.call)
    assert (error.code, error.ntms and error.ntms.code) == ("operation-stopped", 1223)
    stands = "try again, or wait longer" if wait.function == "insert" else f"{CLEANER} is in"
    assert stands in (error.hint or "")
    assert wait.seconds < 30
    wait.assert_given_up("cancelled", "ERROR_CANCELLED")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM operations", "was deleted with its library's records"),
        (
            "UPDATE operations SET state = 'failed', finished_at = started_at",
            "was taken for dead and settled by another host",
        ),
    ],
)
def test_wait_ends_when_its_records_are_deleted_or_settled(
    mail: Wait, statement: str, told: str
) -> None:
    mail.library.clock.plan(20, lambda: mail.library.execute(statement))
    error = refusal(mail.call)
    assert error.code == "operation-stopped"
    assert told in error.message
    assert mail.seconds < 30


def test_ctrl_c_ends_the_wait_even_while_others_move(wait: Wait) -> None:
    wait.library.busy_later(9, until=300)
    wait.library.interrupt_later(20)
    with pytest.raises(KeyboardInterrupt):
        wait.call()
    assert wait.seconds < 30
    assert wait.library.last == LastOperation(wait.function, "cancelled", "ERROR_CANCELLED")
    assert wait.library.place_of(CLEANER) == wait.waits_at
    wait.library.clock.sleep(300)  # until the other one is done


def test_ctrl_c_leaves_all_in_order(wait: Wait) -> None:
    wait.library.interrupt_later(20)
    with pytest.raises(KeyboardInterrupt):
        wait.call()
    wait.assert_given_up("cancelled", "ERROR_CANCELLED")


def test_operation_waits_with_open_mail_slots_and_others_can_move(mail: Wait) -> None:
    seen: list[tuple[str, bool]] = []

    def look_and_move() -> None:
        seen.append((mail.library.rows("operations")[-1]["state"], mail.library.mail_is_open))
        with mail.library.open() as other:
            move(other, parse_place("1"), parse_place("9"))

    mail.library.clock.plan(5, look_and_move)
    mail.finish(20)
    mail.call()
    assert seen == [("waiting", True)]
    assert mail.library.tag_at("9") == "A00001L8"
    mail.assert_done()


def test_move_of_others_is_waited_for_when_the_operator_has_done_their_part(mail: Wait) -> None:
    mail.library.busy_later(9, until=300)
    mail.finish(10)
    mail.call()
    assert mail.seconds >= 300
    mail.assert_done()


@pytest.mark.parametrize("door", [False, True], ids=["mail", "door"])
def test_moves_of_others_are_waited_for_before_the_operator_is_let_in_and_after(
    make: MakeCleanerLibrary, door: bool
) -> None:
    wait = waiting(make, "insert", door=door)
    library = wait.library
    other = library.lock_of_another()

    def others_begin() -> None:
        other.__enter__()
        library.clock.plan(300, lambda: other.__exit__(None, None, None))
        library.busy_later(309, until=600)
        wait.finish(310)

    with library.open() as opened:
        wanted = InsertionRequest(cleans_left=37)
        insert(opened, wanted, callbacks=Callbacks(accepted=others_begin))
    assert wait.seconds >= 600
    wait.assert_done()


def test_locked_library_is_unlocked_for_the_operator(wait: Wait) -> None:
    with wait.library.open() as other:
        other.session.send(prevent_allow_medium_removal(prevent=True))
    wait.finish(10)
    with wait.library.counting() as commands:
        wait.call()
    if wait.library.truth.profile.mail:
        assert commands[OPEN_CLOSE] == 2
    if wait.function == "insert":
        assert commands[PREVENT_ALLOW] == 1
    wait.assert_done()


@pytest.mark.parametrize("opcodes", [(0x07, 0x1E), (0x07, 0x1B), (0x07,)], ids=str)
def test_library_that_can_neither_unlock_nor_open_is_served_all_the_same(
    make: MakeCleanerLibrary, function: str, opcodes: tuple[int, ...]
) -> None:
    mail = waiting(make, function, door=False, opcodes=opcodes)
    mail.finish(20)
    assert mail.call().volume_tag == CLEANER


@pytest.mark.parametrize("what", ["offline", "door open", "becoming-ready"])
def test_library_that_is_not_ready_while_the_operator_works_is_waited_for(
    wait: Wait, what: str
) -> None:
    wait.library.later_fault(5, what)
    wait.finish(10 if "door" in what else 45)
    wait.library.later_fault(40, f"clear {what.split()[0]}")
    assert wait.call().volume_tag == CLEANER
    assert wait.seconds >= 40
    wait.assert_done()


@dataclass
class ScansOnceClosed:
    """Transport to a library that scans for a minute whenever its mail slots were closed."""

    library: CleanerLibrary
    inner: Transport
    ready_at: float = 0.0

    def execute(self, command: Command[Any]) -> Reply:
        opcode, *_, action, _ = command.cdb
        if opcode == OPEN_CLOSE:
            self.ready_at = self.library.clock.time + (60 if action else 0)
        elif self.library.clock.time < self.ready_at:
            return check(0x02, 0x04, 0x01)
        return self.inner.execute(command)

    def close(self) -> None:
        self.inner.close()


def test_library_that_scans_once_its_mail_slots_are_closed_is_waited_for(mail: Wait) -> None:
    """The short patience of the wait for a person is over with it."""
    mail.finish(20)
    with mail.library.open(wire=lambda inner: ScansOnceClosed(mail.library, inner)) as opened:
        if mail.function == "insert":
            insert(opened, InsertionRequest(cleans_left=37))
        else:
            eject(opened, timeout_seconds=60.0)
    mail.assert_done()


@pytest.mark.parametrize("after", range(16))
def test_unit_attention_at_any_place_disturbs_nothing(mail: Wait, after: int) -> None:
    mail.library.fault(f"unit-attention 28/01 after {after}" if after else "unit-attention 28/01")
    mail.library.later(5, mail.task.replace("take mail:1", f"take {CLEANER}"))
    assert mail.call().volume_tag == CLEANER
    assert mail.library.commands[MOVE_MEDIUM] <= 2
    mail.assert_done()


def test_move_that_fails_leaves_the_cleaner_where_it_was(mail: Wait) -> None:
    if mail.function == "insert":
        mail.finish(5)
    mail.library.fault("move-fails at-source")
    assert refusal(mail.call).code == "move-failed"
    mail.waits_at, mail.before = ("4" if mail.function == "eject" else "mail:1"), None
    mail.assert_given_up("failed", "ERROR_DEVICE_NOT_AVAILABLE")


def test_whoever_was_let_in_and_can_not_be_kept_out_again_is_warned_of(wait: Wait) -> None:
    """Another process holds the library as the wait ends, and a failure waits for none."""
    with wait.library.open() as opened:
        opened.prevent_removal(prevent=True)
    wait.library.warnings.clear()
    wait.library.busy_later(9, until=300)
    wait.library.stop_later(20)
    assert refusal(wait.call).code == "operation-stopped"
    (warning,) = wait.library.warnings
    assert warning.startswith(f"people may still take media out (library {wait.library.id} is busy")
    assert warning.endswith("; prevent it again with: changer lock")
    wait.library.clock.sleep(300)  # until the other one is done


def test_nobody_is_warned_of_who_was_not_let_in(wait: Wait) -> None:
    with wait.library.open() as opened:
        opened.prevent_removal(prevent=True)
    wait.library.warnings.clear()
    with wait.library.lock_of_another():
        assert refusal(wait.call).code == "library-busy"
    assert wait.library.warnings == []


def test_what_is_waited_for_is_said_with_the_time_for_it(wait: Wait) -> None:
    refusal(lambda: wait.call(timeout_seconds=45))
    said = [each for each in wait.library.steps if each.startswith("waiting for someone to ")]
    (step,) = (each for each in said if isinstance(each, TimedStep))
    assert said == [step]
    assert wait.library.id in step
    assert (step.limit_seconds, step.spent_seconds) == (45, 0)


@pytest.mark.parametrize(("left", "spent"), [(100, 0), (30, 70), (0, 100), (-5, 100), (150, 0)])
def test_time_that_has_passed_is_said_of_a_wait_that_goes_on(
    demo: CleanerLibrary, left: float, spent: float
) -> None:
    with demo.open() as opened:
        deadline = demo.clock.monotonic() + left
        say_waiting(opened, "waiting", timeout_seconds=100, deadline=deadline)
    step = demo.steps[-1]
    assert isinstance(step, TimedStep)
    assert (step, step.limit_seconds, step.spent_seconds) == ("waiting", 100, spent)
