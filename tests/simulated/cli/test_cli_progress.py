"""Progress of motions and waits: time passed and the limit, on a terminal and elsewhere."""

from __future__ import annotations

import re

import pytest

from changer.cli.application import duration

from .screen import at_a_terminal
from .terminal import Terminal

LINE = r"\r\x1b\[K"
FIFTEEN = "of up to 15 min"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (0.5, "1 s"),
        (12, "12 s"),
        (119.4, "119 s"),
        (119.5, "2 min"),
        (121, "2 min 1 s"),
        (200, "3 min 20 s"),
        (900, "15 min"),
        (7199.4, "119 min 59 s"),
        (7199.5, "2 h"),
        (7259, "2 h"),
        (7260, "2 h 1 min"),
        (10799, "2 h 59 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_told_in_the_largest_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.rows(one_in=4)
@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("load 1", "moving A00001L8 from slot 1 to drive 0"),
        ("unload 1", "moving A00003L8 from drive 1 to slot 3"),
        ("exchange drive:1 1 4", "moving A00003L8 from drive 1 to slot 1, and A00001L8"),
        ("position 5", "moving the picker to slot 5"),
    ],
)
def test_every_motion_shows_the_seconds_and_the_limit(
    terminal: Terminal, words: str, step: str
) -> None:
    if "1" in words.split()[1] and words.split()[0] != "load":
        terminal.done("load", "3", "drive:1")
    terminal.fault("robot-delay 5")
    with at_a_terminal(terminal, *words.split(), columns=200) as screen:
        screen.wait_for(rf"{LINE}{step}[^\r]*: 3 s {FIFTEEN}{LINE}")
        assert screen.end() == 0
    assert re.search(
        rf"{step}[^\r]*: 2 s {FIFTEEN}{LINE}{step}[^\r]*: 3 s {FIFTEEN}", screen.written
    )
    lines = 2 if words.startswith("exchange") else 1
    assert screen.written.count("\n") == lines, "each second is written over the one before"


@pytest.mark.long
def test_recovery_shows_the_seconds_and_the_limit(terminal: Terminal) -> None:
    terminal.fault("move-fails in-transport")
    assert terminal.run("load", "1").status
    terminal.fault("robot-delay 4")
    with at_a_terminal(terminal, "recover", columns=200) as screen:
        screen.wait_for(rf"moving A00001L8 from the picker to drive 0: \d+ s {FIFTEEN}")
        assert screen.end() == 0
    assert screen.written.startswith("to do: finish the load of A00001L8 into drive 0\r\n")
    assert screen.written.endswith(
        "finished the load of A00001L8 into drive 0; it was in the picker\r\n"
    )


@pytest.mark.long
def test_wait_for_another_process_shows_its_limit(terminal: Terminal) -> None:
    terminal.fault("robot-delay 6")
    with at_a_terminal(terminal, "load", "1", columns=200) as first:
        first.wait_for(rf"moving A00001L8 [^\r]*: 2 s {FIFTEEN}")
        with at_a_terminal(terminal, "--wait", "300", "load", "2", "1", columns=200) as second:
            second.wait_for(r"waiting for the library: pid [^\r]*: \d+ s of up to 5 min")
            assert second.end() == 0
        assert first.end() == 0


def test_inventory_shows_its_limit(terminal: Terminal) -> None:
    terminal.fault("robot-delay 4")
    with at_a_terminal(terminal, "inventory", columns=200) as screen:
        screen.wait_for(r"the library is taking inventory: \d+ s of up to \d+ (min|h)")
        assert screen.end() == 0


def test_quick_motion_shows_nothing(terminal: Terminal) -> None:
    terminal.done("status")
    with at_a_terminal(terminal, "load", "1", columns=200) as screen:
        assert screen.end() == 0
    assert screen.written == "moved A00001L8 from slot 1 to drive 0\r\n"
