"""Signals that are passed on to an owner: noted while a conversation lasts, in their order."""

from __future__ import annotations

import fcntl
import signal
import threading
from pathlib import Path

import pytest

from changer.owner.signals import NotedSignals

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def handlers() -> list[object]:
    return [signal.getsignal(each) for each in PASSED_ON]


def test_signals_are_noted_in_their_order_and_raised_by_nobody() -> None:
    before = handlers()
    with NotedSignals() as signals:
        assert signals.take() == []
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGINT):
            signal.raise_signal(each)
        assert signals.take() == [15, 2, 1, 2]
        assert signals.take() == []
    assert handlers() == before


def test_more_than_anyone_reads_are_dropped_and_wait_for_nobody() -> None:
    with NotedSignals() as signals:
        fcntl.fcntl(signals.descriptor, fcntl.F_SETPIPE_SZ, 4096)
        for _ in range(4097):
            signal.raise_signal(signal.SIGINT)
        assert signals.take() == 64 * [signal.SIGINT]


@pytest.mark.parametrize("ignored", PASSED_ON)
def test_signal_that_is_ignored_stays_so(ignored: signal.Signals) -> None:
    """As nohup has it."""
    former = signal.signal(ignored, signal.SIG_IGN)
    try:
        with NotedSignals() as signals:
            signal.raise_signal(ignored)
            assert signals.take() == []
            assert signal.getsignal(ignored) is signal.SIG_IGN
        assert signal.getsignal(ignored) is signal.SIG_IGN
    finally:
        signal.signal(ignored, former)


def test_thread_leaves_them_to_the_main_one() -> None:
    before, noted = handlers(), []

    def converse() -> None:
        with NotedSignals() as signals:
            noted.append((handlers(), signals.take()))

    thread = threading.Thread(target=converse)
    thread.start()
    thread.join()
    assert noted == [(before, [])]


def test_no_descriptor_is_left() -> None:
    before = {*Path("/proc/self/fd").iterdir()}
    with NotedSignals():
        assert len({*Path("/proc/self/fd").iterdir()}) == len(before) + 2
    assert {*Path("/proc/self/fd").iterdir()} == before
