"""changer watch: events as they come, of a library and a store that come and go."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cli.terminal import OUTPUT_FAILED, PROGRAM, Terminal
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock

QUICK_PROGRAM = (sys.executable, str(Path(__file__).with_name("quick_watch.py")))
QUICK = ("--interval", "5")


class Watching:
    """A watch that runs, and what it printed."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self._folder = folder

    @property
    def lines(self) -> list[str]:
        return (self._folder / "out").read_text().splitlines()

    @property
    def complaints(self) -> str:
        return (self._folder / "err").read_text()

    def kinds(self) -> list[str]:
        return [line.split()[2] for line in self.lines]

    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def wait_for(self, condition: Callable[[], object]) -> None:
        def is_so() -> bool:
            assert self.process.poll() is None, self.complaints
            return bool(condition())

        wait_until(is_so)


@contextmanager
def watching(
    terminal: Terminal, *words: str, program: tuple[str, ...] = (str(PROGRAM), "watch")
) -> Iterator[Watching]:
    """``changer watch`` while it runs, or the same with another clock."""
    folder = terminal.folder
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(
            [*program, *words],
            env=terminal.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            text=True,
        )
    try:
        yield Watching(process, folder)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()


def test_what_a_person_does_and_what_other_commands_meet_is_printed(terminal: Terminal) -> None:
    with watching(terminal, *QUICK, program=QUICK_PROGRAM) as watch:
        watch.wait_for(lambda: watch.kinds() == ["mail-slot-filled"])  # as the demo begins
        terminal.fault("wants-cleaning drive:0 required", name="it")
        terminal.done("cleaner", "status")
        watch.wait_for(lambda: watch.kinds()[1:] == ["cleaning-requested"])
        terminal.operate("put A00099L8 mail:2", name="it")
        watch.wait_for(lambda: watch.kinds()[2:] == ["mail-slot-filled"])
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  mail-slot-filled +mail slot 2 of \S+ holds A00099L8,"
            " put there by a person",
            watch.lines[2],
        )
        assert watch.complaints == ""


def test_documents_are_those_that_programs_are_given_a_line_each(terminal: Terminal) -> None:
    hooks = terminal.folder / "hooks.d"
    hooks.mkdir()
    (hooks / "1").write_text(f"#!/bin/sh\ncat >>{terminal.folder}/given\n")
    (hooks / "1").chmod(0o755)
    terminal.variables["CHANGER_HOOKS"] = str(hooks)
    given = terminal.folder / "given"
    with watching(terminal, "--json", *QUICK) as watch:
        watch.wait_for(lambda: watch.lines)
        watch.wait_for(given.exists)
        watch.wait_for(lambda: given.read_text().endswith("\n"))
        assert watch.documents() == [json.loads(given.read_text())]
        assert watch.documents()[0]["schema"] == "changer.event/1"


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signal_ends_it_quietly(terminal: Terminal, number: int, status: int) -> None:
    with watching(terminal) as watch:
        watch.wait_for(lambda: watch.lines)
        watch.process.send_signal(number)
        assert watch.process.wait(60) == status
        assert watch.complaints == ""


def test_library_that_is_away_and_back_is_shown(terminal: Terminal) -> None:
    with watching(terminal, *QUICK, program=QUICK_PROGRAM) as watch:
        watch.wait_for(lambda: watch.lines)
        terminal.fault("unplugged", name="it")
        watch.wait_for(lambda: watch.kinds()[1:] == ["library-offline"])
        terminal.fault("plugged", name="it")
        watch.wait_for(lambda: watch.kinds()[2:] == ["library-back"])
        assert watch.complaints == ""


def test_store_that_is_away_and_back_is_survived_and_said_once(terminal: Terminal) -> None:
    away = terminal.state.parent.with_name("away")
    with watching(terminal, *QUICK, program=QUICK_PROGRAM) as watch:
        watch.wait_for(lambda: watch.lines)
        terminal.state.parent.rename(away)
        terminal.state.parent.write_text("a file in its place")
        watch.wait_for(lambda: "the state store is tried again" in watch.complaints)
        terminal.state.parent.unlink()
        away.rename(terminal.state.parent)
        watch.wait_for(lambda: "the state store can be used again" in watch.complaints)
        assert watch.complaints.count("the state store is tried again") == 1
        terminal.operate("put A00099L8 mail:2", name="it")
        watch.wait_for(lambda: len(watch.lines) == 2)


def test_library_that_another_process_uses_is_not_read_until_it_is_free(terminal: Terminal) -> None:
    library_id = terminal.done("status", "--json").json["library"]["id"]
    terminal.fault("wants-cleaning drive:0 required", name="it")
    lock = LibraryLock(library_id, folder=terminal.locks, command="robot", clock=SystemClock())
    with ExitStack() as held:
        held.enter_context(lock)
        with watching(terminal, "--since", "1h", *QUICK) as watch:
            terminal.done("cleaner", "status")  # the store is read meanwhile
            watch.wait_for(lambda: watch.kinds() == ["cleaning-requested"])
            held.close()
            watch.wait_for(lambda: watch.kinds()[1:] == ["mail-slot-filled"])


def test_one_reading_ends_and_tells_what_is_new_once(terminal: Terminal) -> None:
    first = terminal.done("watch", "--once")
    assert first.out.split()[2] == "mail-slot-filled"
    assert terminal.done("watch", "--once").out == ""


def test_what_was_told_before_is_printed_when_it_is_asked_for(terminal: Terminal) -> None:
    day = terminal.done("watch", "--once").out[:10]
    for since in ("1h", day):
        again = terminal.done("watch", "--once", "--since", since)
        assert again.out.split()[2] == "mail-slot-filled"


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize("words", [(), ("--once",), ("--once", "--json")])
def test_output_that_can_not_be_written_ends_it(terminal: Terminal, words: tuple[str, ...]) -> None:
    run = terminal.program("watch", *words, shell_tail=">/dev/full")
    assert run.status == OUTPUT_FAILED
    assert "standard output can't be written: " in run.err
    assert "tried again" not in run.err


@pytest.mark.parametrize("interval", ["0", "4.9", "-1", "x"])
def test_interval_has_a_floor(terminal: Terminal, interval: str) -> None:
    run = terminal.run("watch", f"--interval={interval}")
    assert run.status == 2
    assert run.out == ""


def test_library_that_is_not_known_is_refused_at_once(terminal: Terminal) -> None:
    terminal.variables["CHANGER"] = "sim:nothing"
    assert terminal.run("watch").status == 3
