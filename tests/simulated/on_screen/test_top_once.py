"""``changer top --once``: one picture as text, and the errors of a screen that is not to be had."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli.terminal import NO_LIBRARY, USAGE, Terminal, wait_for
from documents import document

from .top_screen import top_screen

TOOL_MISSING = 12
PICTURE = re.search(r"^```text\n(.*?)^```", document("docs/top.md"), re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_AGO = re.compile(r"\d+ (s|min)( ago)?(?=[,;: ]|$)", re.MULTILINE)


@contextmanager
def waiting_for_a_cleaner(terminal: Terminal) -> Iterator[None]:
    """While somebody is asked to put a cleaning cartridge into the mail slot."""
    with terminal.start("cleaner", "insert", "--cleans-left", "45") as process:
        wait_for(lambda: "waiting" in terminal.run("operations").out, process)
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()


def as_drawn(text: str) -> list[str]:
    """Without what depends on when it was drawn."""
    text = re.sub("stop [0-9a-f]{8}", "stop 68d29dc4", text)
    drawn = _AGO.sub("0 s", _TIME.sub("2026-03-01 12:00:00", text))
    return [line.rstrip() for line in drawn.splitlines()]


def test_the_picture_in_the_document_is_what_the_program_draws(
    terminal: Terminal, folder: Path
) -> None:
    terminal.create("shown", "demo", serial="000001", drive_serial="D00001", drive_load_seconds=0.1)
    terminal.variables["CHANGER"] = "sim:shown"
    (folder / "changer.toml").write_text(
        '[library."CHANGER_VIRTUAL_000001"]\nalias = "msl"\n', encoding="utf-8"
    )
    terminal.variables["CHANGER_CONFIG"] = str(folder / "changer.toml")
    terminal.operate("take mail:1", name="shown")
    terminal.done("load", "A00001L8", "0")
    terminal.fault("wants-cleaning drive:0 required", name="shown")
    terminal.done("cleaner", "reserve", "12")
    with waiting_for_a_cleaner(terminal):
        terminal.done("cleaner", "status")
        drawn = terminal.program("top", "--once", CHANGER_CONFIG=str(folder / "changer.toml"))
    assert drawn.status == 0, drawn
    assert PICTURE is not None
    assert as_drawn(drawn.out) == as_drawn(PICTURE[1])


def test_it_prints_the_documents_of_programs_too(terminal: Terminal) -> None:
    shown = terminal.done("top", "--once", "--json").json
    assert shown["schema"] == "changer.overview/1"
    assert [each["number"] for each in shown["status"]["drives"]] == [0, 1]


def test_a_library_that_does_not_answer_is_shown_with_the_reason(terminal: Terminal) -> None:
    terminal.fault("offline", name="it")
    text = terminal.done("top", "--once").out
    assert "UNKNOWN  NOT READ YET: no answer for" in text
    assert "what is in the library is not known" in text
    assert "empty" not in text


@pytest.mark.parametrize(("columns", "lines"), [(60, 20), (200, 50)])
def test_it_is_as_wide_as_the_terminal(terminal: Terminal, columns: int, lines: int) -> None:
    run = terminal.on_screen("top", "--once", columns=columns, lines=lines)
    assert run.status == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", run.out).splitlines()
    assert columns - 12 < max(map(len, plain)) <= columns
    assert "\x1b[1m" in run.out


@pytest.mark.parametrize("words", [("--color", "never"), ()])
def test_without_colours_there_are_none(terminal: Terminal, words: tuple[str, ...]) -> None:
    run = terminal.on_screen("top", "--once", *words, columns=80, lines=24, NO_COLOR="1")
    assert "\x1b" not in run.out


# Where there is no screen


@pytest.mark.parametrize("tail", ["", ">/dev/null", "</dev/null"])
def test_without_a_terminal_it_is_said_what_to_use_instead(terminal: Terminal, tail: str) -> None:
    run = terminal.program("top", shell_tail=tail)
    assert (run.status, run.out) == (USAGE, "")
    assert "needs a terminal" in run.err
    for command in ("changer top --once", "changer status", "changer watch"):
        assert command in run.err


def test_a_terminal_without_a_screen_is_refused(terminal: Terminal) -> None:
    with top_screen(terminal, TERM="dumb") as screen:
        assert screen.end() == USAGE
        assert "TERM is 'dumb'" in screen.emulator.written


def test_json_on_the_screen_is_refused(terminal: Terminal) -> None:
    run = terminal.run("top", "--json")
    assert (run.status, run.error["hint"]) == (USAGE, "changer top --once --json prints once")


def test_without_textual_it_is_said_what_to_install_and_once_works(
    terminal: Terminal, folder: Path
) -> None:
    broken = folder / "without" / "textual"
    broken.mkdir(parents=True)
    missing = "raise ModuleNotFoundError('No module named textual', name='textual')"
    (broken / "__init__.py").write_text(missing)
    with top_screen(terminal, PYTHONPATH=str(broken.parent)) as screen:
        assert screen.end() == TOOL_MISSING
        said = " ".join(screen.emulator.written.split())
        assert "pip install 'changer[top]'" in said and "python3-textual" in said
    run = terminal.program("top", "--once", PYTHONPATH=str(broken.parent))
    assert run.status == 0, run


def test_a_library_that_is_not_there_is_an_error(terminal: Terminal) -> None:
    run = terminal.run("-l", "NOT_THERE", "top", "--once")
    assert run.status == NO_LIBRARY
