"""What is written to a terminal that takes nothing more, or is gone, is dropped."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_mock import MockerFixture

from changer.top.application import TopApplication, run_on_terminal
from changer.top.terminal import PatientFile, TerminalDriver, is_gone

MORE_THAN_FITS = "ä" * (1 << 18)


@pytest.fixture
def pipe() -> Iterator[list[int]]:
    """The reading end and the one that is written to, which never waits."""
    ends = [*os.pipe()]
    os.set_blocking(ends[1], False)
    yield ends
    for each in ends:
        os.close(each)


def test_terminal_whose_other_side_is_closed_is_gone() -> None:
    other, terminal = pty.openpty()
    assert not is_gone(terminal)
    os.close(other)
    assert is_gone(terminal)
    os.close(terminal)


def test_text_that_is_taken_is_written_whole(pipe: list[int]) -> None:
    file = PatientFile(pipe[1])
    assert (file.write("one"), file.write("twö"), file.fileno()) == (3, 3, pipe[1])
    assert os.read(pipe[0], 100).decode() == "onetwö"


def test_text_is_not_waited_with_once_it_is_given_up(pipe: list[int]) -> None:
    file = PatientFile(pipe[1])
    file.give_up()
    assert file.write(MORE_THAN_FITS) == len(MORE_THAN_FITS)
    assert os.read(pipe[0], 1 << 20).decode(errors="ignore")[:9] == MORE_THAN_FITS[:9]


def test_text_for_a_terminal_that_is_gone_is_dropped(pipe: list[int]) -> None:
    file = PatientFile(pipe[1])
    os.close(pipe.pop(0))
    assert file.write(MORE_THAN_FITS) == len(MORE_THAN_FITS)


def test_text_that_is_taken_slowly_is_written_whole(pipe: list[int]) -> None:
    file = PatientFile(pipe[1])

    def write() -> None:
        file.write(MORE_THAN_FITS)
        os.close(pipe.pop())

    writing = threading.Thread(target=write)
    writing.start()
    read = b"".join(iter(lambda: os.read(pipe[0], 50_000), b""))
    writing.join()
    assert read.decode() == MORE_THAN_FITS


@pytest.mark.parametrize(("is_given_up", "taken"), [(False, b"later"), (True, b"l")])
def test_terminal_that_has_no_room_for_a_moment(
    pipe: list[int], mocker: MockerFixture, *, is_given_up: bool, taken: bytes
) -> None:
    """It says that it has room, but takes nothing all the same, as some do."""
    write, room = os.write, iter([1, 0, 0, 2, 0, 2])

    def write_some(descriptor: int, data: bytes) -> int:
        length = next(room)
        if not length:
            raise BlockingIOError
        return write(descriptor, data[:length])

    mocker.patch("os.write", write_some)
    pause = mocker.patch("time.sleep")
    file = PatientFile(pipe[1])
    if is_given_up:
        file.give_up()
    assert file.write("later") == 5
    assert os.read(pipe[0], 100) == taken
    assert pause.call_count == (0 if is_given_up else 3)


def test_terminal_is_left_as_other_programs_have_it() -> None:
    """What is written there by others still waits, as it did."""
    other, terminal = pty.openpty()
    file = PatientFile(terminal)
    file.give_up()
    assert file.write(MORE_THAN_FITS) == len(MORE_THAN_FITS)
    assert os.get_blocking(terminal)
    assert os.read(other, 2).decode() == "ä"
    for each in (other, terminal):
        os.close(each)


def test_descriptor_that_is_closed_or_of_a_pipe_that_nobody_reads_is_gone(pipe: list[int]) -> None:
    assert not is_gone(pipe[1])
    os.close(pipe.pop(0))
    assert is_gone(pipe[0])
    os.close(pipe.pop(0))
    closed = os.dup(0)
    os.close(closed)
    assert is_gone(closed)


@pytest.fixture
def application() -> TopApplication:
    """On a driver for terminals, of which none is there."""

    async def make() -> TopApplication:
        application = TopApplication([], local_time=str, is_coloured=True)
        application._driver = TerminalDriver(application)
        return application

    return asyncio.run(make())


def driver_of(application: TopApplication) -> TerminalDriver:
    assert isinstance(application._driver, TerminalDriver)
    return application._driver


def test_once_a_signal_came_the_terminal_is_not_waited_for(
    application: TopApplication, pipe: list[int]
) -> None:
    driver_of(application).file = PatientFile(pipe[1])
    application.note_signal(signal.SIGTERM, None)
    write = driver_of(application).file.write
    writing = threading.Thread(target=write, args=[MORE_THAN_FITS], daemon=True)
    writing.start()
    writing.join(20)
    assert not writing.is_alive()


def test_keys_of_a_terminal_that_is_gone_are_none(
    application: TopApplication, mocker: MockerFixture
) -> None:
    mocker.patch("textual.drivers.linux_driver.LinuxDriver.run_input_thread", side_effect=OSError)
    driver_of(application).run_input_thread()


def test_signals_end_the_screen_and_are_afterwards_what_they_were(mocker: MockerFixture) -> None:
    """``nohup`` has SIGHUP ignored, and so it stays; a size that was exported is no window's."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(each) for each in numbers]
    mocker.patch.dict(os.environ, {"COLUMNS": "77", "LINES": "23"})
    how: list[tuple[str, int, Any]] = []

    def run(application: TopApplication) -> None:
        for each in numbers:
            handler: Any = signal.getsignal(each)
            is_ours = getattr(handler, "__self__", None) is application
            how.append((signal.Signals(each).name, is_ours, handler == signal.SIG_IGN))
        assert not {"COLUMNS", "LINES"} & {*os.environ}
        raise ZeroDivisionError

    mocker.patch("textual.app.App.run", run)
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with pytest.raises(ZeroDivisionError):
            run_on_terminal([], local_time=str, is_coloured=True)
        after = [signal.getsignal(each) for each in numbers]
    finally:
        signal.signal(signal.SIGHUP, before[2])
    assert after == [*before[:2], signal.SIG_IGN]
    assert how == [("SIGINT", True, False), ("SIGTERM", True, False), ("SIGHUP", False, True)]


@pytest.mark.parametrize(
    ("returned", "code", "status"), [(0, 7, 0), (143, 0, 143), (None, 1, 1), (None, None, 0)]
)
def test_status_is_what_ended_the_screen_else_that_of_its_failure(
    mocker: MockerFixture, returned: int | None, code: int | None, status: int
) -> None:
    mocker.patch("textual.app.App.run", return_value=returned)
    mocker.patch("textual.app.App.return_code", code)
    assert run_on_terminal([], local_time=str, is_coloured=True) == status
