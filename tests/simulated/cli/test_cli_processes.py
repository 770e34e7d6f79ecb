"""The program as a process: interrupted, slow, killed, side by side, and in a shell."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from pytest_mock import MockerFixture

from changer.cli.application import Progress
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.store.sqlite import open_store

from .terminal import Run, Terminal, wait_for

MOVE_MEDIUM = 0xA5
PATIENCE_SECONDS = 120.0


def end_of(process: subprocess.Popen[str]) -> Run:
    try:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Run(process.returncode, out, err)


def interrupted_at(step: str, terminal: Terminal, *arguments: str) -> Run:
    """A command that Ctrl-C meets as soon as it says that it is at this step."""
    process = terminal.start(*arguments, "-v")
    assert process.stderr is not None
    while step not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    return end_of(process)


def moves_of(terminal: Terminal) -> list[tuple[str | None, int | None]]:
    with open_store(terminal.state, clock=SystemClock()) as store:
        return [(each.outcome, each.final_address) for each in store.moves()]


def moving(terminal: Terminal, seconds: int) -> subprocess.Popen[str]:
    """``load 1`` by a robot that takes so many seconds, and is under way."""
    terminal.done("status")
    terminal.fault(f"robot-delay {seconds}")
    process = terminal.start("load", "1")
    wait_for(lambda: MOVE_MEDIUM in terminal.truth().commands, process)
    return process


# Ctrl-C


@pytest.fixture(autouse=True)
def signals_are_not_ignored() -> Iterator[None]:
    """As they are by what runs in the background, or under nohup, and by what it starts."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.signal(each, signal.SIG_DFL) for each in numbers}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for each, action in before.items():
        signal.signal(each, action)


SIGNALS = [
    (signal.SIGINT, 130, "interrupted"),
    (signal.SIGTERM, 143, "terminated"),
    (signal.SIGHUP, 129, "terminated"),
]


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize(("number", "status", "word"), SIGNALS)
def test_interrupt_during_a_slow_move_ends_with_128_and_more_and_a_settled_journal(
    terminal: Terminal, number: signal.Signals, status: int, word: str
) -> None:
    process = moving(terminal, 3)
    process.send_signal(number)
    run = end_of(process)
    assert (run.status, run.out) == (status, "")
    assert "Traceback" not in run.err
    assert run.err.endswith(f"changer: {word}: A00001L8 is in drive 0\n")
    assert run.err.count("interrupted: waiting for the robot, up to") == 1
    assert terminal.tag_at("drive:0") == "A00001L8"
    assert moves_of(terminal) == [("completed", 500)]
    terminal.fault("clear")
    assert terminal.run("load", "2", "drive:1").err == "", "nothing is left to warn of"


def test_interrupt_while_the_progress_begins_is_an_interrupt_and_nothing_else(
    mocker: MockerFixture,
) -> None:
    mocker.patch("threading.Thread.start", side_effect=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt), Progress(verbose=False) as progress:
        progress.step("reading the library")


def test_interrupt_while_waiting_for_a_busy_library_changes_nothing(terminal: Terminal) -> None:
    library = terminal.done("status", "--json").json["library"]["id"]
    lock = LibraryLock(library, folder=terminal.locks, command="other", clock=SystemClock())
    with lock:
        run = interrupted_at("waiting for the library", terminal, "load", "1", "--wait", "60")
    assert run.status == 130
    assert "Traceback" not in run.err
    assert moves_of(terminal) == []
    assert terminal.tag_at("1") == "A00001L8"
    terminal.done("load", "1")


def test_interrupt_while_waiting_for_a_drive_leaves_a_settled_journal(terminal: Terminal) -> None:
    terminal.create("it", "demo", drive_load_seconds=60)
    run = interrupted_at("becoming", terminal, "-l", "sim:it", "load", "1", "--ready")
    assert run.status == 130
    assert "Traceback" not in run.err
    assert moves_of(terminal) == [("completed", 500)]


def test_interrupt_while_the_library_scans_cancels_the_operation(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.fault("becoming-ready 60s")
    assert interrupted_at("waiting", terminal, "cleaner", "reserve", "4").status == 130
    (event,) = terminal.done("history", "--json").json["events"]
    assert (event["state"], event["result"]) == ("cancelled", "ERROR_CANCELLED")
    assert terminal.done("state", "list", "--json").json["libraries"][0]["reserved_address"] is None


def test_killed_move_leaves_its_intent_and_the_next_command_settles_it(terminal: Terminal) -> None:
    process = moving(terminal, 3)
    process.kill()
    end_of(process)
    assert moves_of(terminal) == [(None, None)]
    with open_store(terminal.state, clock=SystemClock()) as store:
        library = store.libraries()[0].id
        assert [each.volume_tag for each in store.unsettled_moves(library)] == ["A00001L8"]
    terminal.fault("clear")
    run = terminal.run("move", "2", "4")  # its first reading waits for the robot
    assert run.status == 0
    assert run.err == (
        "changer: warning: the load of A00001L8 into drive 0 was interrupted, and was completed "
        "nonetheless: it is in drive 0\n"
    )
    assert moves_of(terminal) == [("completed", 1004), ("completed", 500)]


def test_only_one_of_two_processes_moves_at_a_time(terminal: Terminal) -> None:
    first = moving(terminal, 5)
    refused = terminal.run("load", "2", "drive:1")
    assert refused.status == 30
    assert "changer load 1" in refused.err
    terminal.fault("clear")
    assert terminal.run("load", "2", "drive:1", "--wait", "100").status == 0
    assert end_of(first).status == 0
    assert [outcome for outcome, _ in moves_of(terminal)] == ["completed", "completed"]


# Progress


def test_progress_is_told_on_standard_error_after_two_seconds(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.fault("robot-delay 5")
    run = terminal.program("load", "1")
    assert (run.status, run.out) == (0, "moved A00001L8 from slot 1 to drive 0\n")
    told = re.findall(r"(.+): (\d+) s( of up to .+)?\n", run.err)
    assert "".join(f"{step}: {seconds} s{limit}\n" for step, seconds, limit in told) == run.err
    moving = [limit for step, _, limit in told if step == "moving A00001L8 from slot 1 to drive 0"]
    assert moving == [" of up to 15 min"]
    assert all(int(seconds) >= 2 for _, seconds, _ in told)


def test_nothing_is_told_of_what_takes_less(
    mocker: MockerFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    mocker.patch("changer.cli.application.QUIET_SECONDS", 0.2)
    time_of_day = mocker.patch("changer.cli.application.time")
    time_of_day.monotonic.return_value = 1000.0
    with Progress(verbose=False) as progress:
        progress.step("moving")
        time_of_day.monotonic.return_value += 0.19
        while time_of_day.monotonic.call_count < 3:  # it has looked
            time.sleep(0.01)
    assert capsys.readouterr().err == ""


# The installed program


def test_installed_program_does_what_the_function_does(terminal: Terminal) -> None:
    run = terminal.program("status", "--json")
    assert run.status == 0
    assert json.loads(run.out) == terminal.done("status", "--json").json


def test_installed_program_exits_with_the_status_of_its_error(terminal: Terminal) -> None:
    run = terminal.program("load", "4", "--json")
    assert (run.status, run.out) == (31, "")
    assert run.error["code"] == "source-empty"
