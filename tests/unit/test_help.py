"""Help of commands and functions: purpose, their own options, and three examples that work."""

from __future__ import annotations

import os
import re

import pytest

from changer.cli.commands import COMMANDS
from changer.cli.completion.wanted import command_names, functions_of
from changer.cli.help import parser_of
from changer.cli.mistakes import functions_below
from changer.cli.parser import Parser, build_parser, parse_command_line
from changer.errors import UsageError
from changer.library.settings import state_place

NAMES = [
    path for path, _ in functions_below(build_parser(configured=[entry.name for entry in COMMANDS]))
]
ALIASES = {alias: entry.name for entry in COMMANDS for alias in entry.aliases}
WIDTH = 80

each_command = pytest.mark.parametrize("path", [path for path in NAMES if path not in ALIASES])


def made(path: str) -> Parser:
    """The parser of a command, or of a function, as its help is asked for."""
    parser = parser_of(path.split())
    assert isinstance(parser, Parser)
    return parser


@each_command
def test_a_command_has_three_examples_that_it_takes(path: str) -> None:
    examples = made(path).examples
    assert len(examples) == 3, f"examples of changer {path} are missing"
    for line, _ in examples:
        entry, _, meant = parse_command_line(line.split())
        assert entry is not None, line
        function = getattr(meant, "function", None)
        is_own = f"{entry.name} {function}".startswith(path)
        assert is_own or line.startswith("-l sim:"), f"{line!r} is not an example of {path}"
    assert len({line for line, _ in examples}) == 3


@each_command
def test_an_example_is_explained_in_one_line_of_the_terminal(path: str) -> None:
    for line in examples_in(made(path).format_help()):
        assert len(line) <= WIDTH, line
        assert not re.search(r"[.;,]$", line), line


def examples_in(text: str) -> list[str]:
    return text.partition("\nexamples:\n")[2].partition("\n\n")[0].splitlines()


@each_command
def test_help_ends_with_where_the_options_of_every_command_are(path: str) -> None:
    text = made(path).format_help()
    assert text.endswith("\nglobal options: changer --help\n")
    order = [text.index(f"\n{title}:\n") for title in ("options", "examples")]
    assert order == sorted(order)
    for option in ("--library", "--state", "--json", "--trace", "--wait", "--verbose"):
        assert f"  {option}" not in text.partition("\nexamples:\n")[0], option


def test_help_of_the_program_fits_two_screens_of_a_terminal() -> None:
    lines = build_parser([]).format_help().splitlines()
    assert len(lines) <= 90
    assert max(map(len, lines)) <= WIDTH


def test_summaries_of_commands_are_orders() -> None:
    """``list the libraries``, not ``the libraries``: each begins with a verb."""
    parsers = functions_below(build_parser(configured=[entry.name for entry in COMMANDS]))
    first = {path: (each.description or "").split()[0].lower() for path, each in parsers}
    not_verbs = {"the", "a", "an", "all", "which", "what", "it", "one", "cleaning", "drives"}
    assert {path for path, word in first.items() if word in not_verbs} == set()


@each_command
def test_the_purpose_is_the_summary_as_a_sentence(path: str) -> None:
    command, _, function = path.partition(" ")
    names = functions_of(command) if function else command_names()
    (summary,) = [each.what for each in names if each.word == (function or command)]
    assert summary
    assert made(path).description == f"{summary[0].upper()}{summary[1:]}."


SHORT, LONG = "x" * 10, "y" * 20


@pytest.mark.parametrize(
    ("what", "lines"),
    [
        (
            "z" * (WIDTH - len("  changer ") - 20 - 2),
            ["  changer xxxxxxxxxx            short", f"  changer {LONG}  {'z' * 48}"],
        ),
        (
            "z" * (WIDTH - len("  changer ") - 20 - 1),
            ["  changer xxxxxxxxxx", "      short", f"  changer {LONG}", f"      {'z' * 49}"],
        ),
    ],
    ids=["in one line", "below"],
)
def test_examples_are_explained_beside_them_where_that_fits(what: str, lines: list[str]) -> None:
    parser = Parser(prog="changer")
    parser.examples = ((SHORT, "short"), (LONG, what))
    assert examples_in(parser.format_help()) == lines
    parser.examples = ()
    assert "examples:" not in parser.format_help()


@pytest.mark.parametrize(("columns", "width"), [(40, 38), (100, 98), (101, 98), (500, 98)])
def test_help_is_as_wide_as_the_terminal_up_to_a_hundred_columns(
    monkeypatch: pytest.MonkeyPatch, columns: int, width: int
) -> None:
    monkeypatch.setattr(os, "get_terminal_size", lambda: os.terminal_size((columns, 24)))
    parser = Parser(prog="changer", add_help=False)
    parser.add_argument("--word", help="a " * 400)
    lines = [each for each in parser.format_help().splitlines() if each.endswith(" a")]
    assert max(map(len, lines)) in (width - 1, width)


def test_a_store_that_can_not_be_one_is_refused_with_what_helps() -> None:
    with pytest.raises(UsageError) as refused:
        parse_command_line(["--state", "mysql://x/y", "status"])
    try:
        state_place("mysql://x/y")
    except UsageError as error:
        assert error.hint
        assert refused.value.message == f"--state: {error.message} ({error.hint})"
