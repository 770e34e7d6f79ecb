"""changer-autochanger as a program: its words, its streams, its end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import forked_program
import pytest
from driver.virtual_library import NAME
from effort import examples
from folders import quick_folder
from hypothesis import given
from hypothesis import strategies as st

from changer.hooks.autochanger.program import COMMANDS

from .daemon import TAPE, Daemon

PROGRAM = Path(sys.executable).with_name("changer-autochanger")


def run(daemon: Daemon, *words: object, **streams: Any) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    with daemon.environment():
        done = forked_program.run(
            [PROGRAM, f"sim:{NAME}", *map(str, words)],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=60,
            check=False,
        )
    assert "Traceback" not in (done.stderr or "")
    return done


# words


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("sim:library",),
        ("sim:library", "loaded"),
        ("sim:library", "loaded", 1),
        ("sim:library", "loaded", 1, TAPE),
        ("sim:library", "load", 1, TAPE),
        ("sim:library", "unload", 1, TAPE),
        ("sim:library", "transfer", 1),
        ("", "list"),
    ],
    ids=str,
)
def test_too_few_words_are_answered_with_the_usage(
    daemon: Daemon, words: tuple[object, ...]
) -> None:
    answer = daemon.run(*words)
    assert (answer.status, answer.out) == (1, "")
    usage = "usage: changer-autochanger ctl-device command [slot archive-device drive-index]"
    assert f"ERROR: {usage}" in answer.err


@pytest.mark.parametrize("command", ["loaded", "load", "unload"])
def test_missing_drive_index_is_named(daemon: Daemon, command: str) -> None:
    """As old Changer Commands of Bacula have it: %c %o %S %a."""
    said = daemon.run("sim:library", command, 1, TAPE).err
    assert f"{command} needs the number of the drive" in said
    assert "%c %o %S %a %d" in said


@pytest.mark.parametrize("word", ["", "status", "LIST", "load ", "--help", "list\n"])
def test_unknown_command_is_an_error_that_names_the_known_ones(daemon: Daemon, word: str) -> None:
    said = daemon.refusal(word, 1, TAPE, 0)
    assert "unknown command" in said
    assert all(name in said for name in COMMANDS)


def test_more_words_than_needed_are_not_looked_at(daemon: Daemon) -> None:
    """The daemons pass five words to every command."""
    assert daemon.ask("slots", 0, TAPE, 0, "more") == "14\n"
    assert daemon.ask("transfer", 3, 4, 0) == ""


@pytest.mark.parametrize("device", ["sim:nothing", "/nonexistent", "NO_SUCH_LIBRARY", "/dev/null"])
def test_device_that_is_no_library(daemon: Daemon, device: str) -> None:
    answer = daemon.run(device, "loaded", 1, TAPE, 0)
    assert (answer.status, answer.out) == (1, "")


def test_help_and_version(daemon: Daemon) -> None:
    assert all(name in daemon.run("--help").out for name in COMMANDS)
    assert daemon.run("--version").out.startswith("changer-autochanger ")


def test_configuration_that_can_not_be_read_is_an_error(daemon: Daemon) -> None:
    daemon.configure("changer_wait_seconds = never")
    assert "changer.toml" in daemon.refusal("loaded", 1, TAPE, 0)


def test_holder_of_the_lock_is_told_by_its_words(daemon: Daemon) -> None:
    seen: list[str] = []

    def look() -> None:
        with pytest.raises(Exception, match="changer-autochanger sim:library load 3"):
            daemon.library.lock_of_another().__enter__()
        seen.append("held")

    daemon.library.fault("robot-delay 10")
    daemon.library.clock.plan(5, look)
    daemon.load(3)
    assert seen == ["held"]


WORDS = st.one_of(
    st.sampled_from([*COMMANDS, "0", "1", "3", "14", "-1", "99", TAPE, "", "sim:library"]),
    st.text(max_size=8),
)


@pytest.fixture(scope="module")
def one_daemon() -> Iterator[Daemon]:
    with quick_folder() as folder:
        yield Daemon(folder)


@examples(60)
@given(words=st.lists(WORDS, max_size=6))
def test_any_words_end_in_an_answer_or_an_error(one_daemon: Daemon, words: list[str]) -> None:
    one_daemon.run(*words)


@examples(60)
@given(command=st.sampled_from([*COMMANDS]), words=st.lists(WORDS, max_size=4))
def test_any_words_of_a_command_lose_nothing(
    one_daemon: Daemon, command: str, words: list[str]
) -> None:
    one_daemon.call(command, *words)


# streams


@pytest.mark.parametrize("words", [("list",), ("slots",), ("loaded", 1, TAPE, 0)], ids=str)
def test_answer_that_can_not_be_written_is_no_success(
    daemon: Daemon, words: tuple[object, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(daemon, *words, stdout=full)
    assert done.returncode == 1 and done.stderr != ""


def test_move_that_was_made_is_a_success_though_nobody_reads_of_it(daemon: Daemon) -> None:
    with Path("/dev/full").open("w") as full:
        assert run(daemon, "load", 3, TAPE, 0, stdout=full).returncode == 0
    assert daemon.loaded() == "3"
    reading, writing = os.pipe()
    os.close(reading)
    assert run(daemon, "unload", 3, TAPE, 0, stdout=writing).returncode == 0
    os.close(writing)
    assert daemon.loaded() == "0"


@pytest.mark.parametrize(
    ("words", "status"),
    [(("loaded", 1, TAPE, 0), 0), (("load", 99, TAPE, 0), 1), (("nonsense",), 1)],
)
def test_errors_that_can_not_be_written_do_not_change_the_outcome(
    daemon: Daemon, words: tuple[object, ...], status: int
) -> None:
    with Path("/dev/full").open("w") as full:
        assert run(daemon, *words, stderr=full).returncode == status
        assert run(daemon, *words, stdout=full, stderr=full).returncode == 1


def test_reader_that_went_away_makes_no_answer(daemon: Daemon) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert run(daemon, "list", stdout=writing).returncode == 1
    os.close(writing)


def test_both_streams_in_one_hold_the_answer_alone(daemon: Daemon) -> None:
    done = run(daemon, "loaded", 1, TAPE, 0, stderr=subprocess.STDOUT)
    assert (done.returncode, done.stdout) == (0, "0\n")


def test_streams_that_are_closed(daemon: Daemon) -> None:
    with daemon.environment():
        for closed, status in (("2>&-", 0), (">&-", 1), ("<&-", 0)):
            shell = f'exec "$0" sim:{NAME} loaded 1 {TAPE} 0 {closed}'
            done = subprocess.run(
                ["sh", "-c", shell, PROGRAM],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == status, (closed, done)
            assert "Traceback" not in done.stderr


UNNEEDED = {
    *("argparse", "pyudev", "uuid", "logging", "importlib.metadata", "changer.moves.execute"),
    *("changer.moves.plan", "changer.moves.drive_eject", "changer.cleaning.clean_drive"),
}


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("autochanger", (f"sim:{NAME}", "loaded", "1", TAPE, "0")),
        ("mtx", ("-f", f"sim:{NAME}", "status")),
    ],
)
def test_query_imports_nothing_that_moves(
    daemon: Daemon, program: str, words: tuple[str, ...]
) -> None:
    lister = (
        f"import sys; from changer.hooks.{program}.program import main; main(sys.argv[1:]);"
        'print(" ".join(sys.modules))'
    )
    with daemon.environment():
        done = subprocess.run(
            [sys.executable, "-c", lister, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert {*done.stdout.splitlines()[-1].split()} & UNNEEDED == set()


def test_the_library_may_be_named_by_its_alias(daemon: Daemon) -> None:
    daemon.configure('alias = "toy"\nenabled = true')
    assert daemon.call("slots", device="toy").out == daemon.ask("slots")
    daemon.configure('alias = "toy"\nenabled = false')
    refused = daemon.call("load", 1, TAPE, 0, device="toy")
    assert f"{daemon.library.id} (toy) is disabled" in refused.err
