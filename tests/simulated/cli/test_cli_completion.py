"""Answers to a TAB: what is known of libraries, labels and places, at once, or nothing at all."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from documents import parsers

from changer.cli.completion.kinds import DEVICES, FILES, KINDS
from changer.cli.completion.on_record import MOST
from changer.cli.completion.programs import AUTOCHANGER, MTX
from changer.cli.parser import offered
from changer.hooks.autochanger.program import COMMANDS as AUTOCHANGER_COMMANDS
from changer.hooks.mtx.program import COMMANDS as MTX_COMMANDS
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.simulator.state_file import StateFile
from changer.store.database import SCHEMA_VERSION

from .terminal import Terminal

BREAKS = " \t\n\"'@><=;|&(:"


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """sim:demo is the library, and was looked at."""
    terminal.done("status")
    return terminal


def answer(terminal: Terminal, line: str) -> tuple[str, list[str]]:
    """What bash is answered at the end of a line: what else holds, and the words."""
    first, *words = terminal.done("__complete", "bash", line, BREAKS).out.splitlines()
    return first, words


def words(terminal: Terminal, line: str) -> list[str]:
    return answer(terminal, line)[1]


def described(terminal: Terminal, *line: str) -> dict[str, str]:
    """Words and what they are, as fish has them."""
    rows = terminal.done("__complete", "fish", *line).out.splitlines()[1:]
    return {word: what for word, _, what in (row.partition(" ") for row in rows)}


# What may follow


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("changer sta", ["status", "state"]),
        ("changer clea", ["cleaner", "clean"]),
        ("changer -l sim:demo cleaner re", ["reserve", "release"]),
        ("changer cleaner --json re", ["reserve", "release"]),
        ("changer -vl sim:demo cleaner re", ["reserve", "release"]),
        ("changer -lsim:demo cleaner re", ["reserve", "release"]),
        ("changer load --re", ["--ready", "--ready-timeout"]),
        ("changer load --ready --re", ["--ready-timeout"]),
        ("changer cleaner eject --t", ["--timeout", "--trace"]),
        ("changer recover --on --b", []),
        ("changer recover --accept-missing --on --at", ["--at-rest"]),
        ("changer sim create it --set slots=3 --set", ["--set"]),
        ("changer -v --verb", ["--verbose"]),
        ("changer load -- --re", []),
        ("changer load 1 0 extra ", []),
        ("changer list ", []),
        ("changer operations ", ["stop"]),
        ("changer help clean", ["cleaner", "clean"]),
        ("changer help cleaner mark", ["mark-cleaned"]),
        ("changer status --color ", ["auto", "always", "never"]),
        ("changer history pru", ["prune"]),
        ("changer status --sort lab", ["label"]),
        ("changer status --columns place,la", ["place,label"]),
        ("changer status --columns=place,la", ["place,label"]),
        ("changer nothing --", []),
        ("/usr/local/bin/changer cleaner rel", ["release"]),
        ("changer-mtx -f sim:demo nobarcode stat", ["status"]),
        ("changer-mtx -f sim:demo load 3 l", ["load", "last"]),
        ("changer-autochanger sim:demo l", ["list", "listall", "loaded", "load"]),
        ("changer-autochanger sim:demo slots ", []),
        ("changer-autochanger sim:demo unknown ", []),
    ],
)
def test_words_that_may_follow_are_offered(desk: Terminal, line: str, expected: list[str]) -> None:
    found = words(desk, line)
    is_about_options = line.split(" ")[-1].startswith("--")
    assert [each for each in found if is_about_options or not each.startswith("--")] == expected


@pytest.mark.parametrize(
    "line",
    [
        "changer state backup ",
        "changer --state ",
        "changer --trace=/t",
        "changer -l /dev/s",
        "changer clean /dev/ns",
        "changer status > ",
        "changer status 2>/tm",
        "changer-mtx -f /dev/s",
        "changer-autochanger sim:demo load 1 ",
    ],
)
def test_files_are_wanted_where_a_file_is(desk: Terminal, line: str) -> None:
    assert answer(desk, line) == ("files", [])


@pytest.mark.parametrize("line", ["changer load ", "changer -l ", "changer status ", "changer "])
def test_no_files_are_wanted_elsewhere(desk: Terminal, line: str) -> None:
    assert answer(desk, line)[0] == ""


def test_every_metavar_has_its_kind() -> None:
    """A new argument has to say here what fits it, if only that nothing does."""
    known = {*KINDS, *FILES, *DEVICES}
    for path, parser in parsers().items():
        for each in parser._actions:
            if each.nargs != 0 and not each.choices and not offered(each):
                metavar = each.metavar if isinstance(each.metavar, str) else each.dest.upper()
                assert metavar in known, f"{path}: {metavar}"


def test_programs_that_stand_in_for_others_have_the_words_that_are_offered() -> None:
    assert set(MTX) == set(MTX_COMMANDS)
    assert {name: len(kinds) for name, kinds in MTX.items()} == {
        name: entry.numbers for name, entry in MTX_COMMANDS.items()
    }
    assert set(AUTOCHANGER) == set(AUTOCHANGER_COMMANDS)
    assert {name: 2 + len(kinds) for name, kinds in AUTOCHANGER.items()} == {
        name: entry.words for name, entry in AUTOCHANGER_COMMANDS.items()
    }


# What is known


def test_labels_are_offered_with_where_they_are(desk: Terminal) -> None:
    assert words(desk, "changer load A")[:2] == ["A00001L8", "A00002L8"]
    assert described(desk, "changer", "load", "A00004")["A00004L8"] == "slot 5"
    desk.done("load", "A00004L8", "1")
    assert described(desk, "changer", "move", "A00004")["A00004L8"] == "drive 1"


def test_a_label_that_has_left_is_offered_where_it_can_be_looked_for(desk: Terminal) -> None:
    desk.operate("remove 5")
    desk.done("status")
    assert "A00004L8" not in words(desk, "changer load A")
    assert described(desk, "changer", "find", "A00004")["A00004L8"] == "not in the library"
    assert "A00004L8" in words(desk, "changer history A")


def test_a_label_that_looks_like_a_number_is_offered_as_it_is_typed(desk: Terminal) -> None:
    desk.operate("insert 000012 4")
    desk.done("status")
    assert words(desk, "changer load tag") == ["tag:000012"]
    assert words(desk, "changer load tag:0") == ["000012"]


def test_places_are_those_of_the_library_that_is_meant(desk: Terminal) -> None:
    assert described(desk, "changer", "load", "1", "drive")["drive:1"] == "drive 1"
    assert words(desk, "changer position pick") == ["picker"]
    assert {"slot", "mail", "12", "mail:1", "drive:0"} <= {*words(desk, "changer move 1 ")}
    assert "13" not in words(desk, "changer move 1 ")
    desk.create("it", "autoloader")
    assert words(desk, "changer -l sim:it load 1 drive") == []
    desk.done("-l", "sim:it", "status")
    assert words(desk, "changer -l sim:it load 1 drive") == ["drive:0"]
    assert words(desk, "changer load 1 --library sim:it --wait 3 ") == ["drive:0"]
    assert words(desk, "changer --library=sim:it load 1 ") == ["drive:0"]


def test_slots_of_mtx_go_on_with_the_mail_slots(desk: Terminal) -> None:
    assert described(desk, "changer-mtx", "-f", "sim:demo", "load", "13")["13"] == "CLN001CU"
    assert words(desk, "changer-mtx -f sim:demo load 3 ")[:2] == ["0", "1"]


def test_reserved_slots_and_their_cleaners_are_offered(desk: Terminal) -> None:
    desk.done("cleaner", "reserve", "4", "12")
    desk.done("cleaner", "insert", "12", "--from", "mail:1")
    assert described(desk, "changer", "cleaner", "eject", "") == {
        "4": "reserved",
        "12": "CLN001CU",
        "CLN001CU": "slot 12",
    }
    assert words(desk, "changer clean 0 --cleaner C") == ["CLN001CU"]
    assert words(desk, "changer cleaner insert ") == ["4", "12"]


def test_libraries_are_offered_by_option_and_by_name(desk: Terminal) -> None:
    desk.create("it", "autoloader")
    assert words(desk, "changer -l s") == ["sim:demo", "sim:it"]
    assert words(desk, "changer --library=sim:i") == ["it"]
    assert words(desk, "changer sim show ") == ["demo", "it"]
    assert words(desk, "changer sim create ") == []


def test_libraries_on_record_are_offered(desk: Terminal) -> None:
    with closing(sqlite3.connect(desk.state)) as connection, connection:
        connection.execute("UPDATE libraries SET device = '/dev/sg3'")
        (known,) = connection.execute("SELECT id FROM libraries").fetchone()
    assert described(desk, "changer", "-l", "CH")[known] == "CHANGER VIRTUAL"


def test_operations_that_can_be_stopped_are_offered(desk: Terminal) -> None:
    from .terminal import wait_for

    desk.done("cleaner", "reserve", "4")
    desk.operate("take mail:1")
    process = desk.start("cleaner", "insert")
    wait_for(lambda: words(desk, "changer operations stop ") != [], process)
    (operation,) = words(desk, "changer operations stop ")
    desk.done("operations", "stop", operation)
    process.communicate(timeout=120)


def test_more_words_than_anybody_reads_are_not_offered(terminal: Terminal) -> None:
    terminal.create("it", "large", slots=MOST + 1, data_cartridges=MOST + 1)
    terminal.variables["CHANGER"] = "sim:it"
    terminal.done("status")
    last = terminal.tag_at(str(MOST + 1), name="it")
    assert last
    assert {"drive:0", "mail:1"} <= {*words(terminal, "changer load ")}
    assert {"1", last} & {*words(terminal, "changer load ")} == set()
    assert last in words(terminal, f"changer load {last[:-3]}")


# At once, or not at all


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


EVERY_SOURCE = (
    "changer load ",
    "changer -l ",
    "changer sim show ",
    "changer operations stop ",
    "changer cleaner eject ",
    "changer move 1 ",
    "changer-mtx load ",
)


def test_no_command_is_sent_and_nothing_is_written(desk: Terminal) -> None:
    before = desk.state.read_bytes(), desk.truth("demo")
    for line in EVERY_SOURCE:
        assert words(desk, line) or "stop" in line or "eject" in line, line
    assert (desk.state.read_bytes(), desk.truth("demo")) == before


def test_no_lock_is_waited_for(desk: Terminal) -> None:
    """Neither that of the library, nor the store's, nor that of a virtual library's file."""
    library = desk.done("status", "--json").json["library"]["id"]
    lock = LibraryLock(library, folder=desk.locks, command="test", clock=SystemClock())
    file = StateFile("demo", desk.simulated)
    with lock, closing(sqlite3.connect(desk.state)) as connection, file.locked():
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE libraries SET vendor = vendor")
        for line in EVERY_SOURCE:
            assert words(desk, line) or "stop" in line or "eject" in line, line
        connection.rollback()
    file.close()


def test_nothing_is_made_where_nothing_is(terminal: Terminal) -> None:
    terminal.makes_store = False
    for line in EVERY_SOURCE:
        words(terminal, line)
    assert not terminal.state.exists()
    assert not terminal.simulated.exists()
    assert not terminal.locks.exists()
    assert words(terminal, "changer load A") == []
    assert words(terminal, "changer -l s") == ["sim:demo"]


def spoil_store(desk: Terminal) -> None:
    desk.state.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)


def keep_an_older_schema(desk: Terminal) -> None:
    with closing(sqlite3.connect(desk.state)) as connection, connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION - 1}")


def close_the_store(desk: Terminal) -> None:
    desk.variables["CHANGER_STATE"] = str(desk.folder)


def mistake_in_the_settings(desk: Terminal) -> None:
    file = desk.folder / "changer.toml"
    file.write_text("[")
    desk.variables["CHANGER_CONFIG"] = str(file)


def no_such_library(desk: Terminal) -> None:
    desk.variables["CHANGER"] = "nothing"


@pytest.mark.parametrize(
    "harm",
    [spoil_store, keep_an_older_schema, close_the_store, mistake_in_the_settings, no_such_library],
)
def test_what_can_not_be_known_is_left_out_without_a_word(desk: Terminal, harm: object) -> None:
    assert callable(harm)
    harm(desk)
    for line in EVERY_SOURCE:
        words(desk, line)
    assert words(desk, "changer load A") == []
    assert words(desk, "changer cleaner rel") == ["release"]
    if harm is keep_an_older_schema:
        with closing(sqlite3.connect(desk.state)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        assert version == SCHEMA_VERSION - 1


@pytest.mark.parametrize(
    "asked",
    [(), ("bash",), ("bash", ""), ("bash", "changer"), ("csh", "a", "b"), ("zsh",), ("fish", "x")],
)
def test_a_question_that_is_none_is_not_answered(
    terminal: Terminal, asked: tuple[str, ...]
) -> None:
    run = terminal.run("__complete", *asked)
    assert (run.status, run.err) == (0, "")


@pytest.mark.parametrize(
    "line",
    ["changer '", 'changer "a\\', "changer \\", "changer load $(touch ran)", "", " ", "\x1b["],
)
def test_a_line_that_no_shell_takes_is_no_failure(
    desk: Terminal, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = desk.run("__complete", "bash", line, BREAKS)
    assert (run.status, run.err) == (0, "")
    assert [*tmp_path.iterdir()] == []


def test_a_label_or_name_that_a_shell_would_expand_is_not_offered(desk: Terminal) -> None:
    labels = ("$(id)", "A;B", "a`b", "x'y", "-x", "A*B")
    for slot, label in zip((4, 6, 9, 10, 11, 12), labels, strict=True):
        desk.operate(f"insert {label} {slot}")
    for name in ("$(touch ran)", "`touch ran`", "x;touch ran", "-x", "a b"):
        (desk.simulated / f"{name}.json").write_text("{}")
    desk.done("status")
    for line in EVERY_SOURCE:
        for word in words(desk, line):
            assert not set(word) & set("$`;'*&|<>() "), word
    assert words(desk, "changer -l ") == ["sim:demo"]
