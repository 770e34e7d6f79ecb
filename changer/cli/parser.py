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

Examples = tuple[tuple[str, str], ...]
"""Command lines without their ``changer``, each with what it does."""
_EXAMPLE_COLUMNS = 80
_OFFERED = "offered"

# Its words are ours, in English. It would have each translated, and look for catalogues of that.
argparse._ = str  # type: ignore[attr-defined]


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Asks for the terminal's width itself: argparse would import shutil, at every start."""

    def __init__(self, prog: str) -> None:
        try:
            columns = os.get_terminal_size().columns
        except OSError:
            columns = 80
        super().__init__(prog, width=min(columns, 100) - 2)

    def _format_action(self, action: argparse.Action) -> str:
        """Functions are listed below their title, without a line that says FUNCTION."""
        if isinstance(action, argparse._SubParsersAction):
            return "".join(map(self._format_action, self._iter_indented_subactions(action)))
        return super()._format_action(action)


class Parser(argparse.ArgumentParser):
    """argparse that raises UsageError in words of its own; its help ends with examples."""

    examples: Examples = ()

    def __init__(self, *, add_help: bool = True, **settings: Any) -> None:
        super().__init__(
            **{"formatter_class": _Formatter, "allow_abbrev": False, **settings}, add_help=False
        )
        self._positionals.title = "arguments"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="show this help")

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print before it exits."""
        from changer.cli.mistakes import help_hint, in_words

        raise UsageError(in_words(message, self), hint=help_hint(self))

    def format_help(self) -> str:
        """Return the purpose, what is the command's own, examples, and where the rest is."""
        examples = _in_columns(self.examples) if self.examples else ""
        return f"{super().format_help()}{examples}\nglobal options: changer --help\n"

    def print_help(self, file: object = None) -> None:  # noqa: ARG002 - argparse's own
        """Write the help, and raise OutputFailed where argparse would keep silent."""
        write(self.format_help())

    def add_dry_run(self) -> None:
        """Add the option of every command that moves or changes something."""
        self.add_argument(
            "--dry-run",
            action="store_true",
            help="run all checks and print what would be sent, byte for byte, without sending it",
        )

    def add_functions(self) -> Functions:
        """Divide a command into functions, as ``changer cleaner reserve``."""
        functions = self.add_subparsers(
            dest="function", metavar="FUNCTION", required=True, title="functions"
        )
        self._action_groups.insert(0, self._action_groups.pop())
        return Functions(functions)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            from changer.cli.mistakes import not_a_choice

            raise argparse.ArgumentError(None, not_a_choice(action, str(value)))


def _in_columns(examples: Examples) -> str:
    """Each example on a line with what it does, or below it where a line would be too long."""
    width = max(len(line) for line, _ in examples)
    longest = max(len(what) for _, what in examples)
    gap = "  " if len("  changer ") + width + 2 + longest <= _EXAMPLE_COLUMNS else "\n      "
    pad = width if gap == "  " else 0
    lines = (f"  changer {line:<{pad}}{gap}{what}\n" for line, what in examples)
    return f"\nexamples:\n{''.join(lines)}"


class _Program(Parser):
    """The parser of the whole command line, whose help lists the commands by group."""

    def format_help(self) -> str:
        """Put the commands before the options."""
        text = argparse.ArgumentParser.format_help(self)
        position = text.index("\noptions")
        return f"{text[:position]}\n{command_overview()}{text[position:]}"


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a command, which take the global options, too."""

    _parsers: argparse._SubParsersAction[Parser]

    def add(
        self, name: str, summary: str, *, examples: Examples, epilog: str | None = None
    ) -> Parser:
        """Add a function, and return its parser."""
        parser = self._parsers.add_parser(
            name,
            help=summary,
            description=_sentence(summary),
            epilog=epilog,
            parents=[_global_options(shown=False)],
        )
        parser.examples = examples
        return parser


def offer(action: argparse.Action, words: Callable[[], Iterable[str]]) -> None:
    """Have completion offer words for an argument that takes others, too; it calls for them."""
    setattr(action, _OFFERED, words)


def offered(action: argparse.Action) -> tuple[str, ...]:
    """The words that ``offer`` was told of."""
    words: Callable[[], Iterable[str]] = getattr(action, _OFFERED, tuple)
    return tuple(words())


class Command(NamedTuple):
    """What the table ``COMMANDS`` of a command's module holds by the command's name.

    ``configure`` adds the command's own arguments; ``run`` returns the exit status; ``examples``
    end its help.
    """

    configure: Callable[[Parser], None]
    run: Callable[[Application, Namespace], int]
    examples: Examples = ()


def load_command(entry: Entry) -> Command:
    """Import a command's module, and return the command."""
    command: Command = import_module(f"changer.cli.{entry.module}").COMMANDS[entry.name]
    return command


def whole_number(text: str, *, least: int, most: int, what: str = "number") -> int:
    """Convert a word to a number within bounds, for argparse; too many digits are refused."""
    digits = text.lstrip("0") or "0"
    is_number = text.isascii() and text.isdigit() and len(digits) <= len(str(most))
    if not (is_number and least <= int(digits) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is not a {what} from {least} to {most}")
    return int(digits)


def seconds(text: str) -> float:
    """Convert a word to seconds, from 0 to ten days."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 864_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def file_name(text: str) -> Path:
    """Convert a word to a path that can name a file."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a file name")
    return Path(text)


def store_name(text: str) -> Path | str:
    """Convert a word to a path, or to the URL of a database."""
    if "://" not in text:
        return file_name(text)
    from changer.library.settings import state_place

    try:
        return state_place(text)
    except UsageError as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise argparse.ArgumentTypeError(f"{error.message}{hint}") from None


def _global_options(*, shown: bool) -> Parser:
    """The options of every command. Their help is shown once, by that of the program."""
    options = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    group = options.add_argument_group("options of every command")

    def add(*names: str, help: str, **settings: Any) -> None:  # noqa: A002 - argparse's own
        group.add_argument(*names, help=help if shown else argparse.SUPPRESS, **settings)

    add(
        "-l",
        "--library",
        metavar="LIBRARY",
        help="an id, a part of one, an alias, a device, or sim:NAME",
    )
    add(
        "--state",
        metavar="FILE",
        type=store_name,
        help="the state store to use: a file, or postgresql://...",
    )
    add("--json", action="store_true", help="print data and errors as JSON")
    add(
        "--trace",
        metavar="FILE",
        type=file_name,
        help="append all SCSI commands and replies, of drives too",
    )
    add(
        "--wait",
        metavar="SECONDS",
        type=seconds,
        help="wait up to SECONDS for a library that is in use",
    )
    add("-v", "--verbose", action="count", help="report each step; twice: each SCSI command too")
    return options


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def build_parser(entries: Sequence[Entry] = COMMANDS, *, configured: Iterable[str] = ()) -> Parser:
    """Build the parser of some commands; only the ``configured`` ones know their arguments."""
    parser = _Program(
        prog="changer",
        description=DESCRIPTION,
        epilog=EPILOG,
        parents=[_global_options(shown=True)],
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
    options = _global_options(shown=False)
    wanted = set(configured)
    for entry in entries:
        parser_of_command = commands.add_parser(
            entry.name,
            aliases=entry.aliases,
            description=_sentence(entry.summary),
            parents=[options],
        )
        if entry.name in wanted:
            command = load_command(entry)
            command.configure(parser_of_command)
            parser_of_command.examples = command.examples
    return parser


def parse_command_line(arguments: Sequence[str]) -> tuple[Entry | None, GlobalOptions, Namespace]:
    """Return the command, the global options, and the command's own. Raises UsageError."""
    if list(arguments).count("--") > 1:
        # argparse would take the second one for an argument, and then forget its value.
        raise UsageError("'--' appears more than once", hint="for help: changer --help")
    entry = find_command(arguments)
    parser = build_parser([entry] if entry else COMMANDS, configured=[entry.name] if entry else [])
    namespace, unknown = parser.parse_known_args(list(arguments))
    if unknown:
        from changer.cli.mistakes import not_understood

        raise not_understood(unknown[0], parser, namespace)
    values = {
        name: getattr(namespace, name) for name in GlobalOptions._fields if hasattr(namespace, name)
    }
    return entry, GlobalOptions(**values), namespace


def entry_of(word: str) -> Entry | None:
    """The command of that name or alias."""
    return next((each for each in COMMANDS if word == each.name or word in each.aliases), None)


_WITH_VALUE = {"-l", "--library", "--state", "--trace", "--wait"}


def find_command(arguments: Sequence[str]) -> Entry | None:
    """Find the command: the first word that is neither an option nor an option's value.

    Raises UsageError for one that is not a command.
    """
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            entry = entry_of(word)
            if entry is None:
                from changer.cli.mistakes import unknown_command

                whole = build_parser(configured=[each.name for each in COMMANDS])
                raise unknown_command(word, arguments, whole)
            return entry
    return None
