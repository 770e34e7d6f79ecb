"""changer top on a real pseudo-terminal: what is seen, and what is left behind."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from cli.terminal import Terminal

from .top_screen import LIMIT_SECONDS, top_screen

pytestmark = pytest.mark.timeout(3 * LIMIT_SECONDS)
QUICK = ("--interval", "5")
READ = "OK  read"


def test_a_move_that_another_process_makes_is_seen(terminal: Terminal) -> None:
    with top_screen(terminal, *QUICK) as screen:
        screen.wait_for(READ, r"drives", "1 # A00001L8")
        assert "0 .  empty" in screen.text
        done = terminal.program("load", "A00001L8", "0")
        assert done.status == 0, done
        screen.wait_for(r"0 #  A00001L8 +from slot 1", r"  1 \. ")
        screen.press("q")
        assert screen.end() == 0
        screen.assert_restored()


def test_a_library_that_goes_is_shown_as_the_past_until_it_is_back(terminal: Terminal) -> None:
    with top_screen(terminal, *QUICK, lines=40) as screen:
        screen.wait_for(READ, "1 # A00001L8")
        terminal.fault("offline", name="it")
        screen.wait_for("UNKNOWN  OLD, read .* ago: no answer", "AS IT WAS .* AGO", "A00001L8")
        terminal.fault("clear offline", name="it")
        screen.wait_for(READ)
        assert "OLD" not in screen.text
        screen.press("q")
        assert screen.end() == 0


def test_the_picture_fits_the_window_whenever_its_size_changes(terminal: Terminal) -> None:
    with top_screen(terminal, *QUICK) as screen:
        screen.wait_for(READ, "q quit")
        screen.resize(60, 20)
        screen.wait_for(READ, "q quit")
        assert max(map(len, screen.emulator.lines)) <= 60
        screen.resize(200, 60)
        screen.wait_for(READ, r"drives  2 {20,}wants attention")
        screen.press("q")
        assert screen.end() == 0
        screen.assert_restored()


def test_what_is_selected_or_found_is_marked_at_once(terminal: Terminal) -> None:
    """On the screen itself: what is selected in reverse, what a search found underlined."""
    with top_screen(terminal, "--interval", "60", columns=100) as screen:
        screen.wait_for(READ, "1 # A00001L8", "lines 1-20 of 23")

        def press(keys: str, name: str, marked: str) -> None:
            before = len(screen.emulator.written)
            screen.press(keys)
            screen.wait_for(name, seconds=30.0)
            screen.wait_until(
                lambda: re.search(marked, screen.emulator.written[before:]), seconds=30.0
            )

        press("\x1b[B", "drive 0  . empty", r"\x1b\[1;2;7m\.  empty")
        press("/", "a label, a part of one, or a place", "")
        press("A00003", "1 found for 'A00003'", r"\x1b\[1;4m# A00003L8")
        press("\r", "slot 3  # A00003L8", r"\x1b\[1;7m# A00003L8")
        screen.press("q")
        assert screen.end() == 0


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(
    terminal: Terminal, number: int, status: int
) -> None:
    with top_screen(terminal, *QUICK) as screen:
        before = screen.attributes()
        screen.wait_for(READ)
        assert screen.attributes() != before
        screen.process.send_signal(number)
        screen.wait_until(lambda: "\x1b[?1049l" in screen.emulator.written)
        after = screen.attributes()
        assert screen.end() == status
        screen.assert_restored()
        assert after == before


def test_ctrl_c_ends_it_as_it_ends_other_commands(terminal: Terminal) -> None:
    with top_screen(terminal, *QUICK) as screen:
        screen.wait_for(READ)
        screen.press("\x03")
        assert screen.end() == 130
        screen.assert_restored()


@pytest.mark.parametrize("ignored", [(), (signal.SIGHUP,)], ids=["", "nohup"])
def test_it_ends_when_its_window_is_closed(terminal: Terminal, ignored: tuple[int, ...]) -> None:
    with top_screen(terminal, *QUICK, ignored=ignored) as screen:
        screen.wait_for(READ)
        screen.hang_up()
        assert screen.end() == 129


def test_a_window_that_takes_nothing_keeps_nobody_from_ending_it(terminal: Terminal) -> None:
    with top_screen(terminal, *QUICK, columns=200, lines=60) as screen:
        screen.wait_for(READ)
        screen.press("f" * 60)  # pictures that nobody reads
        screen.process.send_signal(signal.SIGTERM)
        assert screen.process.wait(timeout=LIMIT_SECONDS) == 143


def test_it_gives_the_terminal_back_while_it_is_suspended(terminal: Terminal) -> None:
    with top_screen(terminal, *QUICK) as screen:
        before = screen.attributes()
        screen.wait_for(READ)
        screen.press("\x1a")  # Ctrl-Z
        screen.wait_until(lambda: stopped(screen.process.pid) and screen.is_restored())
        assert screen.attributes() == before
        screen.process.send_signal(signal.SIGCONT)
        screen.wait_until(lambda: "?1049" in screen.emulator.modes)
        screen.wait_for(READ, "1 # A00001L8", "q quit", seconds=30.0)
        screen.press("q")
        assert screen.end() == 0
        screen.assert_restored()


def stopped(process_id: int) -> bool:
    """Whether a process was stopped (proc(5))."""
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_what_a_person_has_to_do_is_shown_until_it_is_done(terminal: Terminal) -> None:
    terminal.operate("take mail:1", name="it")
    terminal.done("cleaner", "reserve", "12")
    with top_screen(terminal, *QUICK, lines=40) as screen:
        screen.wait_for("WARNING  read")
        with terminal.start("cleaner", "insert", "--cleans-left", "45") as insert:
            screen.wait_for(r"\| DO NOW: put a cleaning cartridge into a mail slot")
            terminal.operate("put CLN009CU mail:1", name="it")
            out, err = insert.communicate(timeout=LIMIT_SECONDS)
            assert insert.returncode == 0, (out, err)
        screen.wait_for(READ, "12 C CLN009CU", "CLN009CU +slot 12, usable, 45 left")
        assert "DO NOW" not in screen.text
        screen.press("q")
        assert screen.end() == 0
