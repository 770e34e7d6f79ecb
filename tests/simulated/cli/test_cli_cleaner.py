"""Cleaner management as people meet it: at a terminal, waiting, interrupted, mistyped."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

import pytest

from changer.errors import EXIT_INTERRUPTED

from .screen import at_a_terminal
from .terminal import USAGE, Terminal, wait_for

SLOT_EMPTY, SLOT_FULL, INVALID_CLEANER, CARTRIDGE_OUT, SLOT_NOT_PRESENT = 57, 53, 58, 55, 52
STOPPED, NOT_STOPPABLE, DRIVE_LOADED, UNABLE_TO_CLEAN = 84, 86, 87, 81


@pytest.fixture
def reserved(terminal: Terminal) -> Terminal:
    """Slot 4 is reserved, and CLN001CU still in mail slot 1."""
    terminal.done("cleaner", "reserve", "4")
    return terminal


@pytest.fixture
def ready(reserved: Terminal) -> Terminal:
    """CLN001CU is in slot 4."""
    reserved.done("cleaner", "insert", "--from", "mail:1")
    return reserved


def waits(terminal: Terminal) -> Callable[[], bool]:
    """An operation waits for a person."""
    return lambda: [each["state"] for each in operations(terminal)] == ["waiting"]


def operations(terminal: Terminal, *arguments: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = terminal.done("operations", *arguments, "--json").json[
        "operations"
    ]
    return found


# At a terminal


def test_step_that_is_wider_than_the_terminal_is_printed_once_and_the_time_below_it(
    reserved: Terminal,
) -> None:
    reserved.operate("take mail:1")
    with at_a_terminal(reserved, "cleaner", "insert", columns=60) as screen:
        screen.wait_for(r"\r\x1b\[K([4-9]|\d\d+) s of up to 10 min")
        screen.press("\x03")
        assert screen.end() == EXIT_INTERRUPTED
    assert screen.written.count("put a cleaning cartridge into a mail slot") == 1
    assert re.search(r"VIRTUAL_\w+\r\n\r\x1b\[K\d+ s of up to", screen.written)


def test_step_that_fits_keeps_its_time_on_its_own_line(reserved: Terminal) -> None:
    reserved.operate("take mail:1")
    with at_a_terminal(reserved, "cleaner", "insert", columns=200) as screen:
        screen.wait_for(
            r"\r\x1b\[Kwaiting for someone to put [^\r]*VIRTUAL_\w+: "
            r"([3-9]|\d\d+) s of up to 10 min"
        )
        screen.press("\x03")
        assert screen.end() == EXIT_INTERRUPTED
    assert not re.search(r"\n\r\x1b\[K\d", screen.written)


@pytest.mark.long
def test_data_starts_on_a_line_of_its_own(ready: Terminal) -> None:
    with at_a_terminal(ready, "cleaner", "eject") as screen:
        screen.wait_for(r"\d+ s of up to")
        ready.operate("take mail:1")
        assert screen.end() == 0
    assert re.search(r"(\r\x1b\[K|\n)CLN001CU is out of ", screen.written)


@pytest.fixture
def unknown(terminal: Terminal) -> Terminal:
    """sim:it: slot 4 is reserved; how often CLNXYZ in mail slot 1 still cleans is not known."""
    terminal.create("it", "demo", drive_product="TAPE", cleaner_in_mail=False, cleaners=0)
    terminal.variables["CHANGER"] = "sim:it"
    terminal.done("cleaner", "reserve", "4")
    terminal.operate("put CLNXYZ", name="it")
    return terminal


def test_answer_that_is_no_number_of_cleanings_moves_nothing(unknown: Terminal) -> None:
    with at_a_terminal(unknown, "cleaner", "insert", "--from", "mail:1") as screen:
        screen.wait_for("how many cleanings does CLNXYZ have left")
        screen.press("often\n")
        assert screen.end() == USAGE
    assert "--cleans-left N; nothing was moved" in screen.written
    assert unknown.tag_at("mail:1", name="it") == "CLNXYZ"


def test_person_is_asked_how_often_a_cartridge_cleans_that_nobody_knows(unknown: Terminal) -> None:
    with at_a_terminal(unknown, "cleaner", "insert", "--from", "mail:1") as screen:
        screen.wait_for("how many cleanings does CLNXYZ have left")
        screen.press("17\n")
        assert screen.end() == 0
    assert "CLNXYZ is in slot 4" in screen.written
    assert "17 cleanings left" in screen.written


@pytest.mark.parametrize("tail", ["", "<&-"])
def test_nobody_is_asked_where_nobody_can_answer(unknown: Terminal, tail: str) -> None:
    run = unknown.program("cleaner", "insert", "--from", "mail:1", shell_tail=tail)
    assert (run.status, run.out) == (USAGE, "")
    assert "--cleans-left N" in run.err
    assert unknown.tag_at("mail:1", name="it") == "CLNXYZ"


# Waiting, interrupted and stopped


def test_interrupted_eject_says_where_the_cleaner_is_and_goes_on_later(ready: Terminal) -> None:
    process = ready.start("cleaner", "eject")
    wait_for(waits(ready), process)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=120)
    assert process.returncode == EXIT_INTERRUPTED
    still = "CLN001CU is in mail slot 1 still; to go on waiting: changer cleaner eject 4"
    assert error.endswith(f"changer: warning: {still}\nchanger: interrupted\n")
    process = ready.start("cleaner", "eject")
    wait_for(waits(ready), process)
    ready.operate("take mail:1")
    out, _ = process.communicate(timeout=120)
    assert (process.returncode, out[:15]) == (0, "CLN001CU is out")


def test_verbose_says_how_to_end_it_from_elsewhere_and_that_does(ready: Terminal) -> None:
    process = ready.start("cleaner", "eject", "-v")
    assert process.stderr is not None
    said = re.search(r"changer operations stop (\S+)", process.stderr.readline())
    assert said is not None
    wait_for(waits(ready), process)
    assert "was asked to stop" in ready.done("operations", "stop", said[1]).out
    _, error = process.communicate(timeout=120)
    assert process.returncode == STOPPED
    assert "was stopped" in error
    newest = operations(ready, "--all")[0]
    assert (newest["state"], newest["result"]) == ("cancelled", "ERROR_CANCELLED")
    assert "CLN001CU is in mail slot 1 still; to go on waiting: changer cleaner eject 4" in error


def test_operation_of_a_dead_process_is_not_told_to_stop(reserved: Terminal) -> None:
    reserved.operate("take mail:1")
    process = reserved.start("cleaner", "insert")
    wait_for(waits(reserved), process)
    process.kill()
    process.communicate()
    (known,) = operations(reserved)
    assert known["state"] == "interrupted"
    run = reserved.run("operations", "stop", str(known["id"])[:8])
    assert run.status == NOT_STOPPABLE
    assert "its process is gone" in run.err


# What is told


def test_slot_that_is_full_is_told_with_the_way_to_take_its_cartridge_over(
    reserved: Terminal,
) -> None:
    reserved.done("move", "mail:1", "4")
    run = reserved.run("cleaner", "insert")
    assert run.status == SLOT_FULL
    assert "changer cleaner insert --from 4" in run.err
    reserved.done("cleaner", "insert", "--from", "4")
    run = reserved.run("cleaner", "insert")
    assert run.status == SLOT_FULL
    assert "it is the cleaner already; changer cleaner eject 4 takes it out" in run.err


def test_release_of_a_full_slot_is_told_the_way_to_empty_it(reserved: Terminal) -> None:
    reserved.done("move", "mail:1", "4")
    assert "move it to a free place: changer move 4 SLOT" in reserved.run("cleaner", "release").err
    reserved.done("cleaner", "insert", "--from", "4")
    assert "take it out first: changer cleaner eject" in reserved.run("cleaner", "release").err


@pytest.mark.parametrize(
    ("arrange", "status", "told"),
    [
        (["move", "4", "6"], SLOT_EMPTY, "there is no cleaning cartridge in slot 4"),
        (["move", "--as-is", "4", "drive:0"], CARTRIDGE_OUT, "is in drive 0"),
        (["sim", "fault", "demo", "magazine-out", "1"], SLOT_NOT_PRESENT, "is not present"),
    ],
    ids=["moved away", "left in a drive", "magazine out"],
)
def test_check_fails_when_no_drive_could_be_cleaned(
    ready: Terminal, arrange: list[str], status: int, told: str
) -> None:
    assert ready.done("cleaner", "status", "--check").status == 0
    assert ready.run(*arrange).status == 0
    run = ready.run("cleaner", "status", "--check")
    assert run.status == status
    assert told in run.out, "the text for people says it too"
    assert told in run.err


def test_check_fails_for_a_cleaner_that_was_not_brought_in(reserved: Terminal) -> None:
    assert reserved.run("cleaner", "status").status == 0
    assert reserved.run("cleaner", "status", "--check").status == SLOT_EMPTY
    reserved.done("move", "mail:1", "4")
    run = reserved.run("cleaner", "status", "--check")
    assert run.status == INVALID_CLEANER
    assert "changer cleaner insert --from 4" in run.err


def test_history_and_operations_say_which_drive_was_cleaned(ready: Terminal) -> None:
    ready.create("it", "demo", cleaning_seconds=0, drive_load_seconds=0, ejects_cleaner=False)
    ready.variables["CHANGER"] = "sim:it"
    ready.done("cleaner", "reserve", "4")
    ready.done("cleaner", "insert", "--from", "mail:1")
    ready.done("clean", "1")
    assert re.search(r"CLN001CU +clean slot 4 -> drive 1 +ok", ready.done("history").out)
    assert re.search(r"CLN001CU @1004 -> @501", ready.done("operations", "--all").out)
    event = next(
        each for each in ready.done("history", "--json").json["events"] if each["kind"] == "clean"
    )
    assert (event["source_address"], event["destination_address"]) == (1004, 501)


def test_needed_says_which_drive_it_could_not_ask(ready: Terminal) -> None:
    ready.fault("unplugged drive:1")
    run = ready.run("clean", "--needed")
    assert (run.status, "no drive of" in run.out) == (0, True)
    assert "warning: drive 1 can't be asked for its cleaning request" in run.err


@pytest.mark.long
def test_failure_hides_behind_no_drive_that_is_merely_in_use(ready: Terminal) -> None:
    ready.done("load", "1", "drive:0")
    ready.fault("wants-cleaning drive:0 required")
    run = ready.run("clean", "--needed")
    assert (run.status, "drive 0 holds A00001L8" in run.err) == (DRIVE_LOADED, True)
    ready.fault("wants-cleaning drive:1")
    ready.fault("cleaning-fails drive:1 error")
    run = ready.run("clean", "--needed")
    assert run.status == UNABLE_TO_CLEAN
    assert "changer: warning: drive 0 holds A00001L8" in run.err
    assert "changer: drive 1 was not cleaned" in run.err
