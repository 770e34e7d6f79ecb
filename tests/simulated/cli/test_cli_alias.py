"""A library's alias: it names that library to every command, and never another one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .terminal import NO_LIBRARY, USAGE, Terminal

AMBIGUOUS = 4


@pytest.fixture
def toy(terminal: Terminal) -> str:
    """The id of sim:it, whose alias is toy; sim:demo is another library."""
    terminal.create("it", "autoloader")
    library_id: str = terminal.done("-l", "sim:it", "status", "--json").json["library"]["id"]
    write(terminal, f'[library."{library_id}"]\nalias = "toy"\n')
    return library_id


def write(terminal: Terminal, text: str) -> Path:
    file = terminal.folder / "changer.toml"
    file.write_text(text)
    terminal.variables["CHANGER_CONFIG"] = str(file)
    return file


def make_real(terminal: Terminal, *ids: str) -> None:
    """Have the store know libraries of the host, which are not there now."""
    with closing(sqlite3.connect(terminal.state)) as connection, connection:
        for library_id in ids:
            connection.execute(
                "INSERT INTO libraries (id, vendor, product, revision, serial, device,"
                " first_seen_at, last_seen_at)"
                " VALUES (?, 'HP', 'MSL', '1', '1', '/dev/sg977', 1, 1)",
                (library_id,),
            )


def test_a_library_is_named_by_its_alias(terminal: Terminal, toy: str) -> None:
    for name in ("toy", "TOY"):
        document = terminal.done("-l", name, "status", "--json").json
        assert document["library"]["id"] == toy
        assert document["library"]["alias"] == "toy"
    terminal.variables["CHANGER"] = "toy"
    assert terminal.done("status").out.startswith("toy: ")
    terminal.done("load", "1", "0")
    assert terminal.tag_at("drive:0", name="it") is not None
    terminal.variables["CHANGER"] = ""
    write(terminal, f'default_library = "toy"\n[library."{toy}"]\nalias = "toy"\n')
    terminal.done("unload", "0")
    assert terminal.tag_at("drive:0", name="it") is None
    assert f"{toy} (toy)" in terminal.done("state", "list").out
    assert terminal.done("state", "list", "--json").json["libraries"][0]["alias"] == "toy"


def test_errors_name_the_alias_too(terminal: Terminal, toy: str) -> None:
    write(terminal, f'[library."{toy}"]\nalias = "toy"\nenabled = false\n')
    run = terminal.run("-l", "sim:it", "load", "1", "0")
    assert run.err.startswith(f"changer: {toy} (toy) is disabled\n")


def test_an_alias_of_a_library_that_is_gone_still_names_it(terminal: Terminal, toy: str) -> None:
    name = "HP_MSL_1"
    file = write(terminal, f'[library."{name}"]\nalias = "msl"\n')
    make_real(terminal, name, "HP_MSL_12")
    run = terminal.run("-l", "msl", "status")
    assert run.status == NO_LIBRARY
    assert f"no library '{name}'; 'msl' is the alias of {name} ({file}:2)" in run.err
    write(terminal, f'[library."{name}"]\nalias = "hp1"\n')
    assert "no history on record" in terminal.done("-l", "hp1", "history").out
    assert terminal.run("-l", "msl_1", "history").status == NO_LIBRARY
    terminal.done("state", "forget", "hp1", "--yes")
    left = [each["id"] for each in terminal.done("state", "list", "--json").json["libraries"]]
    assert sorted(left) == sorted([toy, "HP_MSL_12"])
    run = terminal.run("state", "forget", "hp1", "--yes")
    assert run.status == NO_LIBRARY and "the alias of HP_MSL_1" in run.err


def test_an_alias_that_may_name_another_library_on_record_forgets_none(
    terminal: Terminal, toy: str
) -> None:
    make_real(terminal, "HP_MSL_1", "HP_MSL_12")
    write(terminal, '[library."HP_MSL_1"]\nalias = "msl"\n')
    run = terminal.run("state", "forget", "msl", "--yes")
    assert run.status == AMBIGUOUS
    assert "'msl' is the alias of HP_MSL_1, and a part of HP_MSL_12" in run.err
    terminal.done("state", "forget", "HP_MSL_1", "--yes")
    run = terminal.run("state", "forget", "HP_MSL_1", "--yes")
    assert run.status == NO_LIBRARY, "the whole id of a table is not a part of HP_MSL_12"


def test_a_clash_in_the_settings_names_both_places(terminal: Terminal, toy: str) -> None:
    file = write(terminal, f'[library."{toy}"]\nalias = "toy"\n[library."X"]\nalias = "Toy"\n')
    for words in (("status",), ("-l", "toy", "status"), ("-l", "toy", "load", "1", "0")):
        run = terminal.run(*words)
        assert run.status == USAGE
        assert f"{file}:4:" in run.err and f"({file}:2)" in run.err


@pytest.mark.parametrize(
    ("variable", "file", "words"),
    [
        ("nosuch", "", "no library 'nosuch'; $CHANGER names it"),
        ("", 'default_library = "nosuch"\n', "default_library names it ({file}:1)"),
        ("", 'default_library = "/dev/sg977"\n', "default_library names it ({file}:1)"),
    ],
)
def test_an_error_about_a_name_says_where_it_is_from(
    terminal: Terminal, toy: str, variable: str, file: str, words: str
) -> None:
    written = write(terminal, file)
    terminal.variables["CHANGER"] = variable
    for command in (("status",), ("load", "1", "0"), ("cleaner", "status")):
        run = terminal.run(*command)
        assert run.status in (NO_LIBRARY, 10)
        assert words.format(file=written) in run.err
    assert "names it" not in terminal.run("-l", "nosuch", "status").err


def test_a_name_of_two_libraries_of_other_hosts_says_where_it_is_from(terminal: Terminal) -> None:
    tables = (
        f'[library."HP_MSL_{each}"]\nmanager = "ssh://tape{each}.invalid"\n' for each in (1, 2)
    )
    write(terminal, "".join(tables))
    terminal.variables["CHANGER"] = "msl"
    run = terminal.run("status")
    assert run.status == AMBIGUOUS
    assert "more than one library is 'msl': HP_MSL_1, HP_MSL_2" in run.err
    assert "$CHANGER names it" in run.err


def test_an_unknown_name_is_answered_with_the_aliases_that_there_are(
    terminal: Terminal, toy: str
) -> None:
    assert "; aliases: toy\n" in terminal.run("-l", "tyo", "status").err


def test_a_table_by_a_device_gives_no_alias_to_whatever_is_there(
    terminal: Terminal, toy: str
) -> None:
    write(terminal, '[library."/dev/null"]\nalias = "toy"\n')
    run = terminal.run("-l", "toy", "status")
    assert run.status == NO_LIBRARY and "no library '/dev/null'" in run.err
    assert "is not a SCSI generic device" in terminal.run("-l", "/dev/null", "status").err


def test_aliases_are_offered(terminal: Terminal, toy: str) -> None:
    offered = terminal.done("__complete", "zsh", "changer", "--library", "").out
    assert f"toy:{toy}" in offered.splitlines()


def test_libraries_of_the_host_are_listed_with_their_aliases(
    terminal: Terminal, changer_of_host: str
) -> None:
    header, without = terminal.done("list").out.splitlines()
    assert "ALIAS" not in header and "/dev/sg977" in without
    write(terminal, f'[library."{changer_of_host}"]\nalias = "stor"\n')
    header, row = terminal.done("list").out.splitlines()
    assert header.endswith("  ALIAS") and row.endswith("  stor")
    assert row.startswith(without), "programs count the columns before it"


def test_libraries_of_other_hosts_are_listed_with_their_aliases(terminal: Terminal) -> None:
    write(terminal, '[library."HP_MSL_1"]\nmanager = "ssh://tape1"\nalias = "msl"\n')
    assert "HP_MSL_1 (msl) is managed by another host: ssh://tape1" in terminal.done("list").out
    (known,) = terminal.done("list", "--json").json["elsewhere"]
    assert (known["id"], known["alias"]) == ("HP_MSL_1", "msl")
