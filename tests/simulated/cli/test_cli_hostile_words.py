"""No command line ends in a traceback, whatever its words are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from changer.cli.commands import COMMANDS

from .terminal import DOCUMENTED, Run, Terminal

# Nothing but a signal ends these; a person is waited for, and none comes.
COMMAND_WORDS = [name for entry in COMMANDS for name in (entry.name, *entry.aliases)]
COMMAND_WORDS = [each for each in COMMAND_WORDS if each not in ("serve", "watch")]
IMPATIENT = '[library."CHANGER_VIRTUAL"]\noperator_timeout_seconds = 1\n'
FUNCTION_WORDS = ["status", "reserve", "release", "list", "forget", "create", "show", "delete"]
FUNCTION_WORDS += ["check", "backup", "restore", "export", "import"]
# Nothing here makes a virtual library slow: it would really be waited for.
PLACES = [
    *("1", "4", "12", "13", "0", "99999", "123456", "9" * 40, "-1", "drive:0", "drive:1"),
    *("drive:99999", "mail:1", "mail:2", "picker", "@1001", "@0x3ec", "@65535", "@65536"),
    *("@0xfffff", "@", "A00001L8", "CLN001CU", "tag:000012", "tag:", "slot", "1-12"),
    *("drive:0-mail:1", "", " "),
]
OPTION_WORDS = [
    *("--json", "-v", "-vv", "--", "-", "--help", "-h", "--version", "--yes", "--replace"),
    *("--all", "--ready", "--inventory", "--force", "--limit=3", "--limit", "--range", "--read"),
    *("--read=99999", "--wait=0.01", "--wait", "--profile=demo", "--slots=3"),
    *("--state=no/such/folder/state.db", "--state", "--trace=no/such/folder/trace"),
    *("--trace=/dev/full", "-lsim:demo", "-lsim:", "-lsim:none", "-l/dev/null", "-l.", "-lnone"),
    "-l",
]
# "/" would let it write anywhere; NUL can't be part of an argument.
FREE_TEXT = st.text(st.characters(exclude_characters="/\0", exclude_categories=()), max_size=12)
HEXADECIMAL = st.binary(min_size=1, max_size=16).map(
    lambda content: " ".join(f"{byte:02x}" for byte in content)
)
WORD = st.one_of(
    st.sampled_from([*COMMAND_WORDS, *FUNCTION_WORDS, *PLACES, *OPTION_WORDS]),
    FREE_TEXT,
    st.integers().map(str),
)
OPERAND = st.one_of(st.sampled_from(PLACES), st.sampled_from(PLACES), FREE_TEXT)


@st.composite
def plausible(draw: st.DrawFn) -> list[str]:
    """A command, operands, and options anywhere among them."""
    words = [draw(st.sampled_from(COMMAND_WORDS))]
    if words[0] in ("cleaner", "state", "sim"):
        words.append(draw(st.sampled_from(FUNCTION_WORDS)))
    words += draw(st.lists(OPERAND, max_size=3))
    for option in draw(st.lists(st.sampled_from(OPTION_WORDS), max_size=2)):
        words.insert(draw(st.integers(0, len(words))), option)
    return words


@st.composite
def raw_command(draw: st.DrawFn) -> list[str]:
    """Bytes for the library; the moving ones only where the words ask for force."""
    options = draw(st.lists(st.sampled_from(["--force", "--json", "--read=8"]), max_size=2))
    return ["scsi", *options, "--", *draw(HEXADECIMAL).split()]


def assert_ended_well(run: Run, words: list[str]) -> None:
    assert run.status in DOCUMENTED, words
    assert "Traceback" not in run.err
    if run.status and "--json" in words and run.err:
        assert set(json.loads(run.err.splitlines()[-1])) == {"error"}
    if run.status == 0 and "--json" in words and run.out.startswith("{"):
        json.loads(run.out)


@pytest.fixture
def outside(terminal: Terminal, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Files without a folder are made in the folder of the test."""
    inside = folder / "work"
    inside.mkdir()
    monkeypatch.chdir(inside)
    settings = folder / "changer.toml"
    settings.write_text(IMPATIENT)
    terminal.variables["CHANGER_CONFIG"] = str(settings)
    return terminal


# The library of one example is that of the next: it may be in any state.
SETTINGS = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize(
    "lines",
    [st.lists(WORD, max_size=7), plausible(), raw_command()],
    ids=["any words", "almost right words", "any raw command"],
)
@SETTINGS
@given(data=st.data())
def test_any_words_end_with_a_documented_exit_status(
    outside: Terminal, lines: st.SearchStrategy[list[str]], data: st.DataObject
) -> None:
    words = data.draw(lines)
    assert_ended_well(outside.run(*words), words)


@pytest.mark.parametrize("profile", ["demo", "bare", "l700"])
@settings(SETTINGS, max_examples=40)
@given(moves=st.lists(st.tuples(OPERAND, OPERAND), min_size=1, max_size=4))
def test_no_cartridge_is_lost_whatever_is_asked_for(
    outside: Terminal, profile: str, moves: list[tuple[str, str]]
) -> None:
    if not (outside.simulated / "it.json").exists():
        outside.create("it", profile, drive_load_seconds=0, cleaning_seconds=0)
    before = cartridges(outside)
    for source, destination in moves:
        words = ["-l", "sim:it", "move", source, destination]
        assert_ended_well(outside.run(*words), words)
    assert cartridges(outside) == before


def cartridges(terminal: Terminal) -> list[str]:
    truth = terminal.truth("it")
    return sorted(each.cartridge.tag for each in truth.elements if each.cartridge)


@pytest.mark.parametrize("words", [["load", "\udcff"], ["status", "-l", "\udcff"], ["\udcff"]])
def test_bytes_that_are_no_text_are_just_wrong_words(terminal: Terminal, words: list[str]) -> None:
    assert_ended_well(terminal.program(*words), words)
