"""No host ends a command in a traceback: its files, folders, streams, and devices."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from .terminal import (
    ACCESS_DENIED,
    BROKEN_PIPE,
    DEVICE_NOT_AVAILABLE,
    DOCUMENTED,
    NO_LIBRARY,
    NOT_A_CHANGER,
    OUTPUT_FAILED,
    PROGRAM,
    SIMULATOR_REFUSED,
    STORE_FAILED,
    STORE_NEWER,
    STORE_UNREACHABLE,
    USAGE,
    Run,
    Terminal,
    assert_ended_well,
)

# The store


def _database(*statements: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            for each in statements:
                connection.execute(each)

    return make


def _a_file_for_a_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("not a folder")


_TEXT = "this is no database, but long enough to be one\n" * 100
_HALF_A_STORE = b"SQLite format 3\0" + random.Random(5).randbytes(5000)
_NEWER = (f"PRAGMA application_id = {0x43484752}", "PRAGMA user_version = 999")
NO_STORES: dict[str, tuple[Callable[[Path], object], int]] = {
    "a folder": (Path.mkdir, STORE_UNREACHABLE),
    "text": (lambda path: path.write_text(_TEXT), STORE_FAILED),
    "half a store": (lambda path: path.write_bytes(_HALF_A_STORE), STORE_FAILED),
    "another program's": (_database("CREATE TABLE songs (name TEXT)"), STORE_FAILED),
    "a newer store": (_database(*_NEWER), STORE_NEWER),
    "a dangling link": (lambda path: path.symlink_to("/no/such/file"), STORE_UNREACHABLE),
    "a file for a folder": (_a_file_for_a_folder, STORE_UNREACHABLE),
    "a device": (lambda path: path.symlink_to("/dev/null"), STORE_UNREACHABLE),
}


@pytest.mark.parametrize("kind", NO_STORES)
@pytest.mark.parametrize("words", ["status", "load 1", "cleaner reserve 4", "history --all"])
def test_store_that_is_none_is_told_by_its_path(terminal: Terminal, kind: str, words: str) -> None:
    make, status = NO_STORES[kind]
    terminal.state.parent.mkdir(parents=True)
    make(terminal.state)
    run = terminal.run(*words.split())
    if words == "status":
        assert_looked_without(run)
    else:
        assert_ended_well(run, status)
    assert str(terminal.state.parent) in run.err or "/no/such/file" in run.err or "null" in run.err


@pytest.mark.parametrize("words", ["status", "load 1", "cleaner reserve 4", "history"])
def test_store_that_was_damaged_in_the_middle_is_told(terminal: Terminal, words: str) -> None:
    terminal.done("load", "1")
    terminal.done("unload")
    content = bytearray(terminal.state.read_bytes())
    content[4096:] = random.Random(5).randbytes(len(content) - 4096)
    terminal.state.write_bytes(content)
    for side in ("-wal", "-shm"):
        terminal.state.with_name(terminal.state.name + side).unlink(missing_ok=True)
    run = terminal.run(*words.split())
    if words == "status":
        assert_looked_without(run)
    else:
        assert_ended_well(run, STORE_FAILED)


def assert_looked_without(run: Run) -> None:
    """The library was looked at, without a store that can't be read; a warning says so."""
    assert run.status == 0
    assert "slot 1   A00001L8" in run.out
    (warning,) = run.err.splitlines()
    assert warning.startswith("changer: warning: ")
    assert warning.endswith(": its contents are not known")


@pytest.mark.parametrize(
    "path", ["/proc/self/no/state.db", "/sys/state.db", "/dev/full", "x" * 300, "x/" * 3000]
)
def test_store_where_none_can_be_is_told(terminal: Terminal, path: str) -> None:
    assert_looked_without(terminal.run("--state", path, "status"))
    for words in ("state list", "operations", "history", "load 1", "state init"):
        run = terminal.run("--state", path, *words.split())
        assert_ended_well(run, STORE_UNREACHABLE, ACCESS_DENIED)


# Libraries and devices


NO_LIBRARIES = {
    DEVICE_NOT_AVAILABLE: (
        *("/no/such/device", "/" + "x" * 255, "/" + "x" * 5000, "/" + "x/" * 3000),
        "/dev/\N{SNOWMAN}",
    ),
    NOT_A_CHANGER: ("/etc/passwd", "/etc", "/dev/null", "/dev/zero", "/dev/full", "./"),
    NO_LIBRARY: ("no-such-library", "x" * 5000, "sim:no-such"),
    SIMULATOR_REFUSED: ("sim:", "sim:../../etc/passwd", "sim:" + "x" * 5000),
}


@pytest.mark.parametrize(
    ("name", "status"),
    [(name, status) for status, names in NO_LIBRARIES.items() for name in names],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
@pytest.mark.parametrize("words", ["status", "load 1"])
def test_device_that_is_none_is_told(
    terminal: Terminal, name: str, status: int, words: str
) -> None:
    assert_ended_well(terminal.run("-l", name, *words.split()), status)


def test_device_that_is_a_dangling_or_endless_link_is_told(
    terminal: Terminal, folder: Path
) -> None:
    for target in ("/no/such/device", "link"):
        link = folder / "link"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        assert_ended_well(terminal.run("-l", str(link), "status"), DEVICE_NOT_AVAILABLE)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 99}', "\0" * 100, "null"])
def test_virtual_library_whose_file_is_damaged_is_told(terminal: Terminal, content: str) -> None:
    terminal.truth()
    (terminal.simulated / "demo.json").write_text(content)
    for words in ("status", "load 1", "sim show demo", "sim list", "sim fault demo offline"):
        run = terminal.run(*words.split())
        assert "Traceback" not in run.err
        assert run.status in DOCUMENTED
    terminal.done("sim", "delete", "demo")


# The configuration


@pytest.mark.parametrize(
    "content", ["[", "\xff\xfe", '[library."X"]\nenabeld = true', "a" * 2_000_000]
)
def test_configuration_that_is_wrong_is_told_by_its_file(
    terminal: Terminal, folder: Path, content: str
) -> None:
    file = folder / "changer.toml"
    file.write_text(content, encoding="latin-1")
    terminal.variables["CHANGER_CONFIG"] = str(file)
    run = terminal.run("status")
    assert_ended_well(run, USAGE)
    assert str(file) in run.err


@pytest.mark.parametrize("path", ["/no/such/file", "/etc", "/dev/zero", "/dev/null/x", "x" * 5000])
def test_configuration_that_cant_be_read_is_told(terminal: Terminal, path: str) -> None:
    terminal.variables["CHANGER_CONFIG"] = path
    assert_ended_well(terminal.run("status"), USAGE)


# Output


@pytest.mark.parametrize(
    "words",
    ["status", "status --json", "--help", "load --help", "--version", "completion bash", "list"],
)
@pytest.mark.parametrize("tail", [">/dev/full", ">&-"])
def test_output_that_cant_be_written_is_told(terminal: Terminal, words: str, tail: str) -> None:
    run = terminal.program(*words.split(), shell_tail=tail)
    assert "Traceback" not in run.err
    assert run.status == OUTPUT_FAILED
    assert "standard output" in run.err


@pytest.mark.parametrize("words", ["status -v", "load 4", "statsu"])
@pytest.mark.parametrize("tail", ["2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_or_full_do_not_change_the_outcome(
    terminal: Terminal, words: str, tail: str
) -> None:
    run = terminal.program(*words.split(), shell_tail=tail)
    expected = {"status -v": 0, "load 4": 31, "statsu": 2}[words]
    lost_data = ">&- 2" in tail and expected == 0
    assert run.status == (OUTPUT_FAILED if lost_data else expected)
    assert "Traceback" not in run.out + run.err


@pytest.mark.parametrize(("words", "status"), [("status -v", 0), ("load 4", 31), ("statsu", 2)])
def test_reader_of_errors_that_is_gone_does_not_change_the_outcome(
    terminal: Terminal, words: str, status: int
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as unread:
        ended = subprocess.run(
            [PROGRAM, *words.split()],
            env=terminal.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=unread,
            timeout=60,
            check=False,
        )
    assert ended.returncode == status


def test_move_with_progress_that_cant_be_written_is_a_success(terminal: Terminal) -> None:
    assert terminal.program("load", "1", "-v", shell_tail="2>/dev/full").status == 0
    assert terminal.tag_at("drive:0") == "A00001L8"


def test_move_whose_report_cant_be_written_was_made_and_recorded(terminal: Terminal) -> None:
    assert terminal.program("load", "1", shell_tail=">/dev/full").status == OUTPUT_FAILED
    assert terminal.tag_at("drive:0") == "A00001L8"
    assert "slot 1 -> drive 0  ok" in terminal.done("history").out


def test_forgetting_asks_nobody_when_input_is_closed(terminal: Terminal) -> None:
    terminal.done("load", "1")
    run = terminal.program("state", "forget", "virtual", shell_tail="<&-")
    assert_ended_well(run, USAGE)


@pytest.mark.parametrize("words", ["status", "history", "--help", "sim show demo", "list"])
def test_reader_that_goes_away_is_no_error_to_talk_about(terminal: Terminal, words: str) -> None:
    terminal.create("it", "large")
    run = terminal.program("-l", "sim:it", *words.split(), shell_tail="| head -1")
    assert run.err == ""
    assert run.status in (0, BROKEN_PIPE)
    assert len(run.out.splitlines()) == 1


@pytest.mark.parametrize("path", ["/no/such/folder/trace", "/dev/full", "/etc", "x" * 5000])
def test_trace_that_cant_be_written_is_told_before_anything_is_done(
    terminal: Terminal, path: str
) -> None:
    assert_ended_well(terminal.run("load", "1", "--trace", path), OUTPUT_FAILED)
    assert terminal.truth().commands == {}
