"""``changer config``: mistakes in the settings, and what is in effect."""

from __future__ import annotations

import os
import re
import sqlite3
import tomllib
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import pytest

from changer.library.library_settings import LibrarySettings
from changer.library.settings import load_configuration

from .terminal import NO_LIBRARY, USAGE, Run, Terminal

WRONG = 27


@pytest.fixture
def settings(terminal: Terminal) -> Path:
    """The settings file, which is empty."""
    file = terminal.folder / "changer.toml"
    file.touch(0o644)
    terminal.variables["CHANGER_CONFIG"] = str(file)
    return file


def library_id(terminal: Terminal) -> str:
    terminal.done("status")
    return f"CHANGER_VIRTUAL_{terminal.truth().profile.serial}"


def problems(run: Run) -> list[tuple[str | None, int | None]]:
    return [(each["key"], each["line"]) for each in run.json["problems"]]


BROKEN = """\
default_libary = "x"
transport = "sg"

[library."A"]
enable = true
move_timeout_seconds = "long"
[library."B"]
alias = "a b"
"""


def test_all_mistakes_are_listed_at_once_each_with_its_line(
    terminal: Terminal, settings: Path
) -> None:
    settings.write_text(BROKEN)
    run = terminal.run("config", "check")
    assert run.status == WRONG
    assert run.err.startswith("changer: 7 problems in the settings\n")
    for line, words in {
        1: "unknown key default_libary\n  did you mean default_library?",
        2: "transport must be one of sg_raw, sg_io",
        4: 'library."A" has no effect: no library with that id is on this host now, or on record',
        5: 'unknown key library."A".enable\n  did you mean enabled?',
        6: 'library."A".move_timeout_seconds must be a number of seconds from 1 to 86400',
        7: 'library."B" has no effect',
        8: 'library."B".alias must be 1 to 64 letters',
    }.items():
        assert f"problem: {settings}:{line}: {words}" in run.out
    found = problems(terminal.run("config", "check", "--json"))
    assert [line for _, line in found] == [1, 2, 4, 5, 6, 7, 8]
    assert found[3] == ("library.A.enable", 5)


def test_what_is_broken_keeps_all_commands_but_config_check_from_running(
    terminal: Terminal, settings: Path
) -> None:
    settings.write_text(BROKEN)
    run = terminal.run("status")
    assert (run.status, run.out) == (USAGE, "")
    assert run.err.startswith(f"changer: {settings}:1: unknown key default_libary\n")
    assert "(1 of 5 mistakes; changer config check lists them all)" in run.err
    assert terminal.run("config", "show").status == USAGE
    settings.write_text("= 1\n[library.A]\nenable = true\n[library.A]\n")
    run = terminal.run("config", "check")
    assert run.status == WRONG
    assert f"{settings}:1: not TOML:" in run.out and f"{settings}:3: unknown key" in run.out


def test_settings_that_fit_are_found_to_be_well(terminal: Terminal, settings: Path) -> None:
    settings.write_text(f'[library."{library_id(terminal)}"]\nalias = "toy"\n')
    run = terminal.done("config", "check")
    assert run.out.endswith("no problem was found\n")
    assert "1 table; libraries: 0 on this host, 1 virtual, 1 on record" in run.out
    document = terminal.done("config", "check", "--json").json
    assert document["schema"] == "changer.config-check/1"
    assert (document["problems"], document["notes"]) == ([], [])


@pytest.mark.parametrize("text", ["", "# only a comment\n\n"])
def test_a_file_that_sets_nothing_is_a_note(terminal: Terminal, settings: Path, text: str) -> None:
    settings.write_text(text)
    assert f"note: {settings} sets nothing" in terminal.done("config", "check").out


def test_a_file_that_is_missing_or_can_not_be_one(terminal: Terminal, settings: Path) -> None:
    settings.unlink()
    run = terminal.run("config", "check")
    assert run.status == WRONG and "no such configuration file ($CHANGER_CONFIG)" in run.out
    settings.mkdir()
    assert "Is a directory" in terminal.run("config", "check").out


def test_a_file_that_others_may_write_to_is_read_all_the_same(
    terminal: Terminal, settings: Path
) -> None:
    settings.write_text("colour = 1\n")
    settings.chmod(0o666)
    run = terminal.run("config", "check")
    assert run.status == WRONG
    assert f"problem: {settings} is world-writable: the settings are refused" in run.out
    assert f"chmod o-w {settings}" in run.out
    assert f"problem: {settings}:1: unknown key colour" in run.out


def test_a_file_of_a_newer_version(terminal: Terminal, settings: Path) -> None:
    settings.write_text("# changer 99.1: the settings in effect\nshiny = true\n")
    run = terminal.run("config", "check")
    assert f"the settings are of changer 99.1, and this is {version('changer')}" in run.out
    settings.write_text(f"# changer {version('changer')}: the settings in effect\n")
    terminal.done("config", "check")


@pytest.mark.parametrize(
    ("variable", "file", "words"),
    [
        ("nosuch", "", "$CHANGER: no library 'nosuch'"),
        ("", 'default_library = "nosuch"\n', "default_library: no library 'nosuch'"),
        ("sim:nosuch", "", "$CHANGER: there is no virtual library 'nosuch'"),
        ("/dev/null", "", "$CHANGER: /dev/null is not a SCSI generic device"),
        ("/dev/sg977", "", "$CHANGER: /dev/sg977"),
    ],
)
def test_a_name_that_means_no_library_says_where_it_is_from(
    terminal: Terminal, settings: Path, variable: str, file: str, words: str
) -> None:
    settings.write_text(file)
    terminal.variables["CHANGER"] = variable
    run = terminal.run("config", "check")
    assert run.status == WRONG
    assert f"problem: {f'{settings}:1: ' if file else ''}{words}" in run.out


def test_a_state_store_that_can_not_be_one_is_listed_without_its_password(
    terminal: Terminal, settings: Path
) -> None:
    terminal.variables["CHANGER_STATE"] = "postgresql://me:secret@db/c"
    settings.write_text('store = "postgresql://you:hidden@db/c"\n')
    run = terminal.run("config", "check")
    assert "$CHANGER_STATE: the state store postgresql://me:***@db/c" in run.out
    assert f"{settings}:1: store: the state store postgresql://you:***@db/c" in run.out
    assert "secret" not in run.out + run.err and "hidden" not in run.out + run.err


def test_a_library_is_asked_for_its_slots(terminal: Terminal, settings: Path) -> None:
    terminal.create("it", "bare")
    terminal.done("-l", "sim:it", "status")
    (known,) = terminal.done("state", "list", "--json").json["libraries"]
    slots = terminal.truth("it").profile.slots
    settings.write_text(f'[library."{known["id"]}"]\nspent = "move:{slots}-{slots + 1}"\n')
    words = f"spent ends with slot {slots + 1}, and the last slot of the library is {slots}"
    assert words in terminal.run("config", "check").out
    terminal.simulated.joinpath("it.json").unlink()
    run = terminal.run("config", "check")
    assert words in run.out, "the last reading is on record"
    settings.write_text('[library."GONE"]\nexport_slots = "1-4"\n')
    assert (
        "it is not here, and no reading of it is on record" in terminal.run("config", "check").out
    )


def test_a_library_that_does_not_answer_is_not_judged_by_its_slots(
    terminal: Terminal, settings: Path
) -> None:
    settings.write_text(f'[library."{library_id(terminal)}"]\nspent = "move:4"\n')
    with closing(sqlite3.connect(terminal.state)) as connection, connection:
        connection.execute("UPDATE libraries SET element_addresses = NULL")
    terminal.fault("no-reply always")
    run = terminal.run("config", "check")
    assert "it did not answer: " in run.out and "no reading of it is on record" in run.out


def test_a_store_that_can_not_be_read_is_a_note_with_the_reason(
    terminal: Terminal, settings: Path
) -> None:
    settings.write_text('[library."GONE"]\nalias = "gone"\n')
    terminal.done("status")
    terminal.state.write_bytes(b"no store " * 1000)
    run = terminal.run("config", "check")
    words = "the state store can't be read, so that libraries on record are not known: "
    assert f"note: {words}" in run.out and "is not a database" in run.out
    assert run.status == 0, "it may be on record"


def test_a_store_that_another_one_stands_before_is_a_note(
    terminal: Terminal, settings: Path
) -> None:
    settings.write_text('store = "postgresql:///changer"\n')
    run = terminal.run("config", "check")
    assert f"note: {settings}:1: store does not count now: $CHANGER_STATE does" in run.out


@pytest.mark.parametrize("name", ["replay:/trace.jsonl", "HP_MSL_1"])
def test_a_library_that_this_host_can_not_look_for_is_no_problem(
    terminal: Terminal, settings: Path, name: str
) -> None:
    settings.write_text('manager = "ssh://tape1"\n')
    terminal.variables["CHANGER"] = name
    assert "no problem was found" in terminal.done("config", "check").out


# What is in effect


def test_what_is_shown_is_a_settings_file(terminal: Terminal, settings: Path) -> None:
    name = library_id(terminal)
    written = (
        'transport = "sg_io"\non_event = ["/bin/tell", "a\\"b"]\n'
        f'[library."{name}"]\nalias = "toy"\ncleans = {{ "CLNU*" = 30 }}\nspent = "move:4-5"\n'
    )
    settings.write_text(written)
    shown = terminal.done("config", "show").out
    again = terminal.folder / "again.toml"
    again.write_text(shown)
    before, after = (load_configuration({"CHANGER_CONFIG": str(it)}) for it in (settings, again))
    expected = before.settings(name)._replace(single_query=True, answers_at_rest=True)
    assert after.settings(name) == expected
    assert (after.transport, after.on_event) == (before.transport, before.on_event)
    assert set(tomllib.loads(shown)["library"][name]) == set(LibrarySettings._fields)


def test_every_value_says_where_it_comes_from(terminal: Terminal, settings: Path) -> None:
    name = library_id(terminal)
    settings.write_text(f'transport = "sg_io"\n\n[library."{name}"]\nfence = false\n')
    shown = terminal.done("config", "show", "--origin").out
    tomllib.loads(shown)
    origins = {
        line.partition(" = ")[0]: line.partition("  # ")[2].strip()
        for line in shown.splitlines()
        if " = " in line
    }
    assert origins["default_library"] == "$CHANGER"
    assert origins["fence"] == f"{settings}:4"
    assert origins["transport"] == f"{settings}:1"
    assert origins["enabled"] == "default"
    assert origins["single_query"] == "detected: CHANGER VIRTUAL is known for it"
    assert f"# store is not set: the state is in {terminal.state}  # $CHANGER_STATE" in shown
    document = terminal.done("config", "show", "--json").json
    by_key = {each["key"]: each for each in document["libraries"][0]["settings"]}
    assert by_key["fence"] == {
        "key": "fence",
        "value": False,
        "origin": {"kind": "file", "words": f"{settings}:4", "line": 4},
    }


def test_the_settings_of_one_library(terminal: Terminal, settings: Path) -> None:
    name = library_id(terminal)
    settings.write_text(f'[library."{name}"]\nalias = "toy"\n[library."OTHER_1"]\n')
    for word in ("toy", "sim:demo", name):
        shown = tomllib.loads(terminal.done("config", "show", "--library", word).out)
        assert list(shown) == ["library"] and list(shown["library"]) == [name]
    shown = tomllib.loads(terminal.done("config", "show").out)
    assert list(shown["library"]) == [name, "OTHER_1"]
    assert terminal.run("config", "show", "-l", "nosuch").status == 3


def test_a_library_of_another_host_is_named_by_its_table_alone(
    terminal: Terminal, settings: Path
) -> None:
    owned = 'manager = "ssh://tape1"\n'
    settings.write_text(f'[library."HP_MSL_1"]\n{owned}[library."HP_MSL_12"]\n{owned}')
    shown = terminal.done("config", "show", "-l", "sl_12").out
    assert '[library."HP_MSL_12"]  # managed by tape1, whose settings count\n' in shown
    assert list(tomllib.loads(shown)["library"]) == ["HP_MSL_12"]
    settings.write_text(f'{owned}[library."HP_MSL_1"]\n')
    assert "HP_MSL_1" in terminal.done("config", "show", "-l", "msl").out
    run = terminal.run("config", "show", "-l", "scalar")
    assert run.status == NO_LIBRARY
    assert "the settings have no table for 'scalar', and its id is not known" in run.err


def test_the_default_library_comes_from_the_settings_or_is_not_set(
    terminal: Terminal, settings: Path
) -> None:
    del terminal.variables["CHANGER"]
    terminal.variables["CHANGER_CONFIG"] = str(settings)
    assert "# default_library is not set" in terminal.done("config", "show").out
    settings.write_text('\ndefault_library = "sim:demo"\n')
    (setting, *_) = terminal.done("config", "show", "--json").json["settings"]
    assert (setting["key"], setting["value"]) == ("default_library", "sim:demo")
    assert setting["origin"] == {"kind": "file", "words": f"{settings}:2", "line": 2}


def test_the_only_library_of_the_host_is_the_default(
    terminal: Terminal, settings: Path, changer_of_host: str
) -> None:
    del terminal.variables["CHANGER"]
    words = "detected: the only library of this host"
    shown = terminal.done("config", "show", "--origin").out
    assert re.search(rf'^default_library = "{changer_of_host}" +# {words}$', shown, re.MULTILINE)
    settings.write_text('manager = "ssh://tape1"\n')
    assert words not in terminal.done("config", "show", "--origin").out


def test_a_name_that_is_not_text_leaves_a_settings_file(terminal: Terminal, settings: Path) -> None:
    terminal.variables["CHANGER"] = os.fsdecode(b"sim:\xff")
    shown = tomllib.loads(terminal.done("config", "show").out)
    assert shown["default_library"] == "sim:?"


def test_a_password_is_never_shown(terminal: Terminal, settings: Path) -> None:
    terminal.variables["CHANGER_STATE"] = "postgresql://me:secret@db/c"
    for words in (("config", "show"), ("config", "show", "--json"), ("config", "check", "--json")):
        run = terminal.run(*words)
        assert run.status != 0 and "secret" not in run.out + run.err


def test_it_reads_and_does_nothing_else(terminal: Terminal, settings: Path) -> None:
    name = library_id(terminal)
    settings.write_text(f'[library."{name}"]\nspent = "move:4"\n')
    kept = {each: each.read_bytes() for each in terminal.state.parent.iterdir()}
    terminal.done("config", "check")
    terminal.done("config", "show")
    assert {each: each.read_bytes() for each in terminal.state.parent.iterdir()} == kept
    with patch.dict(os.environ):
        terminal.variables["CHANGER_STATE"] = str(terminal.folder / "absent" / "state.db")
        terminal.makes_store = False
        terminal.run("config", "check")
        assert not (terminal.folder / "absent").exists()
