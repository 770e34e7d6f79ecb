"""Mistakes on a command line, in words: what is wrong with it, and what may have been meant.

Only what fits there is guessed: a command's options are its own, and those of every command.
"""

from __future__ import annotations

import argparse
import re
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Sequence

from changer.cli.commands import COMMANDS
from changer.errors import UsageError

_ALIKE = 0.6
"""How alike two words are, from 0 to 1, of which one may be meant by the other."""
_LIKE_MTX = {"-f": "-l"}
"""Options by which mtx takes the same."""


def unknown(what: str, word: str, known: Iterable[str]) -> str:
    """``unknown command 'statsu'; did you mean 'status'?``."""
    names = list(known)
    close = _closest(word, names)
    if close is None:
        return f"unknown {what} {word!r}; known: {', '.join(names)}"
    return f"unknown {what} {word!r}; did you mean {close!r}?"


def _closest(word: str, names: Sequence[str]) -> str | None:
    import difflib

    # The dashes of options would make any two of them alike.
    plain = {name.lstrip("-"): name for name in names}
    close = difflib.get_close_matches(word.lstrip("-"), plain, n=1, cutoff=_ALIKE)
    return plain[close[0]] if close else None


def unknown_command(
    word: str, arguments: Sequence[str], parser: argparse.ArgumentParser
) -> UsageError:
    """The error for a mistyped command, or for a mistyped option before its value.

    ``parser``: of the program, with all of its commands and their functions.
    """
    for before in arguments[: arguments.index(word)]:
        if before.startswith("-") and _name(before) not in parser._option_string_actions:
            return _unknown_option(before, parser)
    meant = _as_function(word, parser) or _closest(
        word, [name for entry in COMMANDS for name in (entry.name, *entry.aliases)]
    )
    question = f"; did you mean {meant!r}?" if meant else ""
    return UsageError(
        f"unknown command {word!r}{question}", hint="changer --help lists the commands"
    )


def _as_function(word: str, parser: argparse.ArgumentParser) -> str | None:
    """``cleaner reserve`` of ``reserve``, if it is a function of one command alone."""
    found = [path for path, _ in functions_below(parser) if path.split()[1:] == [word]]
    return found[0] if len(found) == 1 else None


def not_understood(word: str, parser: argparse.ArgumentParser, meant: Namespace) -> UsageError:
    """The error for a mistyped option, or for a word after all that the command takes."""
    reached = _reached(parser, meant)
    if word.startswith("-") and word != "-":
        return _unknown_option(word, reached, others=parser)
    return UsageError(f"unexpected argument {word!r}", hint=help_hint(reached))


def _unknown_option(
    word: str, parser: argparse.ArgumentParser, *, others: argparse.ArgumentParser | None = None
) -> UsageError:
    """The error for an option that a parser lacks; ``others`` have functions that may have it."""
    option = _name(word)
    owners = [
        path for path, each in functions_below(others) if option in each._option_string_actions
    ]
    known = sorted(_options(parser))
    close = _closest(option, known) if option.startswith("--") else _LIKE_MTX.get(option)
    if owners:
        message = f"option {option!r} belongs to: changer {owners[0]}"
    elif close is not None:
        message = f"unknown option {option!r}; did you mean {close!r}?"
    else:
        message = f"unknown option {option!r}"
    return UsageError(message, hint=help_hint(parser))


def _name(word: str) -> str:
    """``--json`` of ``--json=yes``, and ``-l`` of ``-lsim:it``."""
    return word.partition("=")[0] if word.startswith("--") else word[:2]


def help_hint(parser: argparse.ArgumentParser) -> str:
    """Where a mistake is explained."""
    return f"for help: {parser.prog} --help"


def not_a_choice(action: argparse.Action, word: str) -> str:
    """``unknown function 'resrve'; did you mean 'reserve'?``, of the values of an argument."""
    names = list(action.choices or ())
    if action.option_strings:
        listed = " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
        return f"{action.option_strings[-1]} must be {listed}, not {word!r}"
    if len(names) == 1:
        return f"unknown argument {word!r}; did you mean {names[0]!r}?"
    name = action.metavar if isinstance(action.metavar, str) else action.dest
    return unknown(name.lower(), word, names)


def in_words(message: str, parser: argparse.ArgumentParser) -> str:
    """A message of argparse's, as this program would put it."""
    for pattern, put in _MESSAGES.items():
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return put(match, parser)
    return message


def _missing(match: re.Match[str], _: argparse.ArgumentParser) -> str:
    names = match[1].split(", ")
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"{listed} {'is' if len(names) == 1 else 'are'} missing"


def _no_value(match: re.Match[str], parser: argparse.ArgumentParser) -> str:
    option = _long(match[1])
    action = parser._option_string_actions.get(option)
    return f"{option} needs a value: {action.metavar if action else 'VALUE'}"


def _long(names: str) -> str:
    """``--library`` of ``-l/--library``."""
    return names.rpartition("/")[2]


_MESSAGES: dict[str, Callable[[re.Match[str], argparse.ArgumentParser], str]] = {
    r"the following arguments are required: (.*)": _missing,
    r"argument (\S+): expected .*argument": _no_value,
    r"argument (\S+): not allowed with argument (\S+)": lambda match, _: (
        f"{_long(match[1])} and {_long(match[2])} exclude each other"
    ),
    r"argument (\S+): ignored explicit argument .*": lambda match, _: (
        f"{_long(match[1])} does not take a value"
    ),
    r"argument (\S+): (.*)": lambda match, _: f"{_long(match[1])}: {match[2]}",
}


def _options(parser: argparse.ArgumentParser) -> set[str]:
    """The long options of a parser, those of every command included."""
    return {name for name in parser._option_string_actions if name.startswith("--")}


def _reached(parser: argparse.ArgumentParser, meant: Namespace) -> argparse.ArgumentParser:
    """The parser of the command, or of its function, to which the words have led."""
    for name in (str(meant.command), str(getattr(meant, "function", None))):
        parser = _below(parser).get(name, parser)
    return parser


def functions_below(
    parser: argparse.ArgumentParser | None, path: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command and function below a parser, by its words."""
    for name, each in _below(parser).items():
        yield f"{path} {name}".strip(), each
        yield from functions_below(each, f"{path} {name}")


def _below(parser: argparse.ArgumentParser | None) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions if parser else ():
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}
