"""``changer help``: the help of the program, of a command, or of a function of one."""

from __future__ import annotations

import argparse
from argparse import Namespace

from changer.cli.application import Application
from changer.cli.mistakes import functions_below, help_hint, unknown
from changer.cli.parser import Command, Parser, build_parser, find_command
from changer.errors import UsageError


def _configure(parser: Parser) -> None:
    parser.add_argument("name", metavar="COMMAND", nargs="?", help="default: all, in short")
    parser.add_argument("called", metavar="FUNCTION", nargs="?", help="one of its functions")


def _run(application: Application, arguments: Namespace) -> int:  # noqa: ARG001
    names = [each for each in (arguments.name, arguments.called) if each is not None]
    parser_of(names).print_help()
    return 0


def parser_of(names: list[str]) -> argparse.ArgumentParser:
    """The parser of the program, of a command, or of a function. Raises UsageError."""
    entry = find_command(names[:1])
    if entry is None:
        return build_parser([])
    below = dict(functions_below(build_parser([entry], configured=[entry.name])))
    parser = below[names[0]]
    functions = [path.split()[1] for path in below if path.startswith(f"{names[0]} ")]
    if len(names) == 1 or names[1] in functions:
        return below[" ".join(names)]
    message = f"unexpected argument {names[1]!r}"
    if functions:
        message = unknown("function", names[1], functions)
    raise UsageError(message, hint=help_hint(parser))


COMMANDS = {
    "help": Command(
        _configure,
        _run,
        examples=(
            ("help load", "explain load"),
            ("help cleaner insert", "explain a function of cleaner"),
            ("help", "list all commands"),
        ),
    )
}
