"""The units for cleaning by a timer say what the program takes, and what it ends with."""

from __future__ import annotations

import configparser
from pathlib import Path

from changer.cli.parser import parse_command_line
from changer.errors import error_classes

FOLDER = Path(__file__).parents[2] / "systemd"
TERMINATED = 143
PROGRAM = "/usr/local/bin/changer"


def _unit(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((FOLDER / name).read_text())
    return unit


def _command() -> list[str]:
    return _unit("changer-clean.service")["Service"]["ExecStart"].split()


def test_service_runs_a_command_line_that_the_program_takes() -> None:
    program, *words = _command()
    entry, options, arguments = parse_command_line(words)
    assert program == PROGRAM
    assert entry is not None and entry.name == "clean"
    assert arguments.needed and arguments.drive is None
    assert options.wait == 3600


def test_only_what_the_next_run_mends_is_no_failure() -> None:
    statuses = _unit("changer-clean.service")["Service"]["SuccessExitStatus"].split()
    codes = {each.exit_status: each.code for each in error_classes()}
    names = [codes.get(int(each), each) for each in statuses]
    assert names == ["library-busy", "being-cleaned", "drive-loaded", str(TERMINATED)]


def test_timer_belongs_to_the_service() -> None:
    assert _unit("changer-clean.timer")["Install"]["WantedBy"] == "timers.target"
    assert {each.name for each in FOLDER.iterdir()} == {
        "README.md",
        "changer-clean.service",
        "changer-clean.timer",
    }
