"""Signals that wait: what is held is never lost to one, and none is lost either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType

import pytest
from children import ended
from pressed import pressed_within
from pytest_mock import MockerFixture
from storm import Storm

from changer.host import interrupts
from changer.host.clock import SystemClock

Handler = Callable[[int, FrameType | None], None]


class Ended(KeyboardInterrupt):
    """What the handler of SIGTERM raises here."""


@pytest.fixture
def caught() -> Iterator[list[int]]:
    """Handlers for SIGINT and SIGTERM that raise; the signals that they got."""
    numbers: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        assert frame is not None
        numbers.append(number)
        raise Ended if number == signal.SIGTERM else KeyboardInterrupt

    before = {each: signal.signal(each, handle) for each in (signal.SIGINT, signal.SIGTERM)}
    yield numbers
    left = {each: signal.signal(each, before[each]) for each in before}
    assert set(left.values()) == {handle}, "the handlers were not restored"


def send(number: int = signal.SIGINT) -> None:
    signal.raise_signal(number)


def test_a_signal_waits_for_the_end_of_the_outermost_region(caught: list[int]) -> None:
    with pytest.raises(KeyboardInterrupt), interrupts.held():
        with interrupts.held():
            send()
        assert caught == []
    assert caught == [signal.SIGINT]


def test_a_checkpoint_obeys_and_what_comes_later_waits_still(caught: list[int]) -> None:
    with pytest.raises(Ended) as ended, interrupts.held(), interrupts.held():
        send()
        with pytest.raises(KeyboardInterrupt):
            interrupts.checkpoint()
        send(signal.SIGTERM)
        assert caught == [signal.SIGINT]
        assert interrupts.are_held()
    assert caught == [signal.SIGINT, signal.SIGTERM]
    assert ended.type is Ended
    assert not interrupts.are_held()


def test_each_signal_is_obeyed_once_in_the_order_of_coming(caught: list[int]) -> None:
    with pytest.raises(KeyboardInterrupt) as last, interrupts.held():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            send(number)
    assert caught == [signal.SIGTERM, signal.SIGINT]
    assert isinstance(last.value.__context__, Ended)
    interrupts.checkpoint()


def test_without_a_region_a_checkpoint_does_nothing(caught: list[int]) -> None:
    interrupts.checkpoint()
    with pytest.raises(KeyboardInterrupt):
        send()
    assert caught == [signal.SIGINT]


def test_an_exception_inside_a_region_is_the_context_of_the_signals(caught: list[int]) -> None:
    with pytest.raises(KeyboardInterrupt) as interrupted, interrupts.held():
        send()
        raise ValueError
    assert isinstance(interrupted.value.__context__, ValueError)
    assert caught == [signal.SIGINT]


def test_a_motion_is_waited_for_whatever_comes_and_that_is_said_once(caught: list[int]) -> None:
    said: list[str] = []
    with pytest.raises(Ended), interrupts.motion(lambda: said.append("outer")):
        interrupts.checkpoint()
        for number in (signal.SIGINT, signal.SIGTERM):
            send(number)
            interrupts.checkpoint()
            with interrupts.held(), interrupts.motion(lambda: said.append("inner")):
                interrupts.checkpoint()
        assert (said, caught) == (["outer"], [])
    assert said == ["outer"]
    assert caught == [signal.SIGINT, signal.SIGTERM]


def test_after_a_motion_a_checkpoint_obeys(caught: list[int]) -> None:
    with interrupts.held():
        with interrupts.motion(lambda: None):
            send()
            interrupts.checkpoint()
        assert caught == []
        with pytest.raises(KeyboardInterrupt):
            interrupts.checkpoint()


def test_words_that_can_not_be_said_end_no_motion(caught: list[int]) -> None:
    def fail() -> None:
        raise OSError

    with pytest.raises(KeyboardInterrupt), interrupts.motion(fail):
        send()
        interrupts.checkpoint()
        assert caught == []


def test_a_person_who_is_asked_may_interrupt(caught: list[int]) -> None:
    with interrupts.held():
        with pytest.raises(KeyboardInterrupt), interrupts.allowed():
            send()
        assert caught == [signal.SIGINT]
        assert interrupts.are_held()
        send()
        with pytest.raises(KeyboardInterrupt), interrupts.allowed():
            caught.append(0)
        assert caught == [signal.SIGINT] * 2


def test_a_person_who_is_asked_in_a_motion_may_interrupt(caught: list[int]) -> None:
    with interrupts.motion(lambda: None):
        send()
        with pytest.raises(KeyboardInterrupt), interrupts.allowed():
            caught.append(0)
        assert caught == [signal.SIGINT]


def test_a_handler_that_was_set_while_a_person_was_asked_waits_like_any_other() -> None:
    came: list[int] = []
    before = signal.getsignal(signal.SIGUSR1)

    def handle(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    try:
        with interrupts.held():
            with interrupts.allowed():
                signal.signal(signal.SIGUSR1, handle)
            send(signal.SIGUSR1)
            assert came == []
        assert came == [signal.SIGUSR1]
        assert signal.getsignal(signal.SIGUSR1) is handle
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_region_inside_what_is_allowed_obeys_at_its_end(caught: list[int]) -> None:
    with interrupts.held(), interrupts.allowed():
        with pytest.raises(KeyboardInterrupt), interrupts.held():
            send()
            assert caught == []
        assert caught == [signal.SIGINT]


def test_in_another_thread_nothing_is_held(caught: list[int]) -> None:
    seen: list[bool] = []

    def work() -> None:
        with interrupts.motion(lambda: seen.append(True)), interrupts.allowed():
            interrupts.checkpoint()
            seen.append(interrupts.are_held())

    with pytest.raises(KeyboardInterrupt), interrupts.held():
        thread = threading.Thread(target=work)
        send()
        thread.start()
        thread.join()
        assert caught == []
    assert seen == [False]


def test_what_is_ignored_stays_ignored_and_what_kills_waits(caught: list[int]) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interrupts.held():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert callable(signal.getsignal(signal.SIGUSR1))
        assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)
    assert caught == []


def run_script(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)


PROLOGUE = "import os, signal, sys\nfrom changer.host import interrupts\n"


@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1", "SIGXCPU", "SIGQUIT"])
def test_the_default_action_comes_at_the_end(name: str) -> None:
    script = PROLOGUE + (
        "with interrupts.motion(lambda: None):\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
        "    interrupts.checkpoint()\n"
        "    print('held', flush=True)\n"
        "print('never')\n"
    )
    ended = run_script(script)
    assert ended.stdout == "held\n"
    assert ended.returncode == -signal.Signals[name]


def test_a_handler_that_is_not_of_python_keeps_its_signal() -> None:
    script = PROLOGUE + (
        "import faulthandler\n"
        "faulthandler.register(signal.SIGUSR1)\n"
        "with interrupts.held():\n"
        "    os.kill(os.getpid(), signal.SIGUSR1)\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\n"
        "print('alive')\n"
    )
    ended = run_script(script)
    assert (ended.returncode, ended.stdout) == (0, "alive\n")
    assert ended.stderr.count("most recent call first") == 2


def test_a_region_that_can_not_be_entered_holds_nothing(
    caught: list[int], mocker: MockerFixture
) -> None:
    mocker.patch.object(Path, "read_text", side_effect=MemoryError)  # of /proc/self/status
    with pytest.raises(MemoryError), interrupts.held():
        pytest.fail("it was entered")
    mocker.stopall()
    assert not interrupts.are_held()
    with pytest.raises(KeyboardInterrupt):
        send()


@pytest.mark.parametrize("text", [None, "Name:\tchanger\n", "Name:\tchanger\nSigCgt:\tzz\n"])
def test_what_kills_waits_where_the_kernel_does_not_tell_what_is_caught(
    tmp_path: Path, mocker: MockerFixture, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "status").write_text(text)
    mocker.patch.object(interrupts, "_STATUS", tmp_path / "status")
    with interrupts.held():
        assert callable(signal.getsignal(signal.SIGUSR1))
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL


def test_a_region_that_is_left_twice_is_left_once(caught: list[int]) -> None:
    with interrupts.held():
        inner = interrupts.held()
        inner.__enter__()
        for _ in range(3):
            inner.__exit__()
        os.kill(os.getpid(), signal.SIGINT)
        assert caught == []
        with pytest.raises(KeyboardInterrupt):
            interrupts.checkpoint()


def test_a_forked_process_holds_nothing(caught: list[int]) -> None:
    with interrupts.held():
        child = os.fork()
        if not child:
            status = 1
            try:
                send()
            except KeyboardInterrupt:
                with suppress(KeyboardInterrupt), interrupts.held():
                    send()
                    status = 0 if caught == [signal.SIGINT] and interrupts.are_held() else 2
            os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert interrupts.are_held()
    assert caught == []


def test_a_forked_process_does_not_obey_what_its_parent_has_noted(caught: list[int]) -> None:
    def hold() -> None:
        with interrupts.held():
            pass
        assert caught == []

    with pytest.raises(KeyboardInterrupt), interrupts.held():
        send()
        assert ended(hold) == 0
    assert caught == [signal.SIGINT]


def test_a_sleep_ends_with_a_signal_where_it_is_held(caught: list[int]) -> None:
    with interrupts.held(), pytest.raises(KeyboardInterrupt), pressed_within(SystemClock.sleep):
        SystemClock().sleep(600)
    assert caught == [signal.SIGINT]


def test_a_sleep_is_one_where_no_signal_is_held(mocker: MockerFixture) -> None:
    slept = mocker.patch("time.sleep")
    SystemClock().sleep(600)
    assert slept.mock_calls == [mocker.call(600)]


def test_a_sleep_in_a_motion_lasts(caught: list[int]) -> None:
    clock = SystemClock()
    with pytest.raises(KeyboardInterrupt), interrupts.motion(lambda: None):
        send()
        began = clock.monotonic()
        clock.sleep(0.25)
        assert clock.monotonic() - began >= 0.25
        assert caught == []


# At every moment


@pytest.mark.parametrize("seed", range(3))
def test_no_moment_of_a_signal_loses_what_is_held(seed: int) -> None:
    taken: list[int] = []
    left: list[int] = []

    class Resource:
        def __enter__(self) -> None:
            self.region = interrupts.held()
            self.region.__enter__()
            taken.append(1)

        def __exit__(self, *exception: object) -> None:
            taken.pop()
            self.region.__exit__(*exception)

    def body() -> None:
        left.extend(taken)
        assert not interrupts.are_held()
        with Resource(), interrupts.motion(lambda: None):
            with interrupts.held():
                sum(range(20))
            interrupts.checkpoint()

    Storm(seed).over(body, times=1000)
    assert (taken, left) == ([], [])
