"""Help of commands and functions: purpose, their own options, and three examples that work."""

from __future__ import annotations

import re

import pytest

from changer.cli.commands import COMMANDS
from changer.cli.mistakes import functions_below
from changer.cli.parser import Parser, build_parser, parse_command_line

BELOW = {
    path: each
    for path, each in functions_below(build_parser(configured=[entry.name for entry in COMMANDS]))
    if isinstance(each, Parser)
}
ALIASES = {alias: entry.name for entry in COMMANDS for alias in entry.aliases}
WIDTH = 80

each_command = pytest.mark.parametrize("path", [path for path in BELOW if path not in ALIASES])


@each_command
def test_a_command_has_three_examples_that_it_takes(path: str) -> None:
    examples = BELOW[path].examples
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
    for line in examples_in(BELOW[path].format_help()):
        assert len(line) <= WIDTH, line
        assert not re.search(r"[.;,]$", line), line


def examples_in(text: str) -> list[str]:
    return text.partition("\nexamples:\n")[2].partition("\n\n")[0].splitlines()


@each_command
def test_help_ends_with_where_the_options_of_every_command_are(path: str) -> None:
    text = BELOW[path].format_help()
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
    first = {path: (each.description or "").split()[0].lower() for path, each in BELOW.items()}
    not_verbs = {"the", "a", "an", "all", "which", "what", "it", "one", "cleaning", "drives"}
    assert {path for path, word in first.items() if word in not_verbs} == set()
