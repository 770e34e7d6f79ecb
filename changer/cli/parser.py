"""The command line, parsed: global options before or after the command, errors with a hint."""

from __future__ import annotations

import argparse
import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from changer.cli.commands import (
    COMMANDS,
    DESCRIPTION,
    EPILOG,
    Entry,
    GlobalOptions,
    command_overview,
)
from changer.cli.output import write
from changer.errors import UsageError
from changer.values import NamedTuple, dataclass

if TYPE_CHECKING:
    from changer.cli.application import Application


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Asks for the terminal's width itself: argparse would import shutil, at every start."""

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = 80
        super().__init__(prog, width=min(columns, 100) - 2)


class Parser(argparse.ArgumentParser):
    """argparse that raises UsageError, and suggests what may have been meant."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, "allow_abbrev": False, **settings})

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print before it exits."""
        raise UsageError(message, hint=f"{self.prog} --help says how")

    def print_help(self, file: object = None) -> None:  # noqa: ARG002 - argparse's own
        """Write the help, and raise OutputFailed where argparse would keep silent."""
        write(self.format_help())

    def add_dry_run(self) -> None:
        """Add the option of every command that moves or changes something."""
        self.add_argument(
            "--dry-run",
            action="store_true",
            help="make every check, and show what would be sent, byte for byte; change nothing",
        )

    def add_functions(self) -> Functions:
        """Divide a command into functions, as ``changer cleaner reserve``."""
        return Functions(
            self.add_subparsers(
                dest="function", metavar="FUNCTION", required=True, title="functions"
            )
        )

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = list(action.choices or ())
        if action.choices is None or value in choices:
            return
        name = action.metavar if isinstance(action.metavar, str) else action.dest
        raise argparse.ArgumentError(None, no_such(name or "value", str(value), choices))


class _Program(Parser):
    """The parser of the whole command line, whose help lists the commands by group."""

    def format_help(self) -> str:
        """Put the commands before the options."""
        text = super().format_help()
        position = text.index("\noptions")
        return f"{text[:position]}\n{command_overview()}{text[position:]}"


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a command, which take the global options, too."""

    _parsers: argparse._SubParsersAction[Parser]

    def add(self, name: str, summary: str, *, epilog: str | None = None) -> Parser:
        """Add a function, and return its parser."""
        return self._parsers.add_parser(
            name,
            help=summary,
            description=_sentence(summary),
            epilog=epilog,
            parents=[_global_options()],
        )


class Command(NamedTuple):
    """What the table ``COMMANDS`` of a command's module holds by the command's name.

    ``configure`` adds the command's own arguments; ``run`` returns the exit status.
    """

    configure: Callable[[Parser], None]
    run: Callable[[Application, Namespace], int]


def load_command(entry: Entry) -> Command:
    """Import a command's module, and return the command."""
    command: Command = import_module(f"changer.cli.{entry.module}").COMMANDS[entry.name]
    return command


def no_such(what: str, word: str, known: Iterable[str]) -> str:
    """``no command 'statsu'; did you mean status?``."""
    import difflib

    names = list(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
    return f"no {what.lower()} {word!r}; {meant}"


def whole_number(text: str, *, least: int, most: int, what: str = "number") -> int:
    """Convert a word to a number within bounds, for argparse; too many digits are refused."""
    digits = text.lstrip("0") or "0"
    is_number = text.isascii() and text.isdigit() and len(digits) <= len(str(most))
    if not (is_number and least <= int(digits) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no {what} from {least} to {most}")
    return int(digits)


def seconds(text: str) -> float:
    """Convert a word to seconds, from 0 to ten days."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 864_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return value


def file_name(text: str) -> Path:
    """Convert a word to a path that can name a file."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is no file name")
    return Path(text)


def _global_options() -> Parser:
    options = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = options.add_argument_group("options of every command")
    add = group.add_argument
    add("-l", "--library", metavar="LIBRARY", help="id, part of one, device, or sim:NAME")
    add("--state", metavar="FILE", type=file_name, help="the state store ($CHANGER_STATE)")
    add("--json", action="store_true", help="print data, and errors, as JSON")
    add(
        "--trace",
        metavar="FILE",
        type=file_name,
        help="add every SCSI command and reply, of drives too, to this file",
    )
    add("--wait", metavar="SECONDS", type=seconds, help="wait so long for a busy library")
    add("-v", "--verbose", action="count", help="say what is being done; twice: each SCSI command")
    return options


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def build_parser(entries: Sequence[Entry] = COMMANDS, *, configured: Iterable[str] = ()) -> Parser:
    """Build the parser of some commands; only the ``configured`` ones know their arguments."""
    options = _global_options()
    parser = _Program(
        prog="changer",
        description=DESCRIPTION,
        epilog=EPILOG,
        parents=[options],
        usage="changer [OPTION]... COMMAND [ARGUMENT]...",
    )
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    commands = parser.add_subparsers(
        dest="command",
        metavar="COMMAND",
        help=argparse.SUPPRESS,
        prog="changer",
        parser_class=Parser,
    )
    wanted = set(configured)
    for entry in entries:
        command = commands.add_parser(
            entry.name,
            aliases=entry.aliases,
            description=_sentence(entry.summary),
            parents=[options],
        )
        if entry.name in wanted:
            load_command(entry).configure(command)
    return parser


def parse_command_line(arguments: Sequence[str]) -> tuple[Entry | None, GlobalOptions, Namespace]:
    """Return the command, the global options, and the command's own. Raises UsageError."""
    if list(arguments).count("--") > 1:
        # argparse would take the second one for an argument, and then forget its value.
        raise UsageError("'--' is there more than once", hint="changer --help says how")
    entry = _find_command(arguments)
    parser = build_parser([entry] if entry else COMMANDS, configured=[entry.name] if entry else [])
    namespace, unknown = parser.parse_known_args(list(arguments))
    if unknown:
        raise _not_understood(unknown[0], parser, entry)
    values = {
        name: getattr(namespace, name) for name in GlobalOptions._fields if hasattr(namespace, name)
    }
    return entry, GlobalOptions(**values), namespace


def _no_such_command(word: str, arguments: Sequence[str]) -> UsageError:
    """The error for a mistyped command, or for a mistyped option before its value."""
    parser = build_parser([])
    for before in arguments[: arguments.index(word)]:
        if before.startswith("--") and before.partition("=")[0] not in _options_of(parser):
            return _not_understood(before, parser, None)
    names = [name for each in COMMANDS for name in (each.name, *each.aliases)]
    return UsageError(no_such("command", word, names), hint="changer --help lists the commands")


def _not_understood(word: str, parser: Parser, entry: Entry | None) -> UsageError:
    """The error for a mistyped option, or for a word after all that the command takes."""
    message = f"{word!r} is one word too many"
    option = word.partition("=")[0]
    if option in _options_of(parser):
        message = f"option {option!r} is of another function"
    elif word.startswith("--"):
        message = no_such("option", option, sorted(_options_of(parser)))
    elif word.startswith("-"):
        message = f"no option {word!r}"
    name = f" {entry.name}" if entry else ""
    return UsageError(message, hint=f"changer{name} --help says how")


def _options_of(parser: argparse.ArgumentParser) -> set[str]:
    """The long options of a parser and of everything below it."""
    options = {name for action in parser._actions for name in action.option_strings}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            options |= {name for each in action.choices.values() for name in _options_of(each)}
    return {name for name in options if name.startswith("--")}


_WITH_VALUE = {"-l", "--library", "--state", "--trace", "--wait"}


def _find_command(arguments: Sequence[str]) -> Entry | None:
    """Find the command: the first word that is neither an option nor an option's value."""
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            for entry in COMMANDS:
                if word == entry.name or word in entry.aliases:
                    return entry
            raise _no_such_command(word, arguments)
    return None
