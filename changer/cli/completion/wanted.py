"""What may stand at the end of a command line that is not finished, read off the parser."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from changer.cli.commands import COMMANDS
from changer.cli.parser import build_parser, entry_of, offered
from changer.values import NamedTuple


class Candidate(NamedTuple):
    """A word that may follow, and what it is."""

    word: str
    what: str = ""


class Wanted(NamedTuple):
    """What may follow.

    kind        metavar of the argument, or of the option's value; empty where none fits.
    words       what may follow whatever library is meant: commands, functions, options, choices.
    prefix      what of the word at the end stays: ``--library=``.
    path        command and function: ``cleaner insert``.
    given       arguments before this one.
    options     values of options that were given, by their metavar and their name.
    """

    kind: str = ""
    words: tuple[Candidate, ...] = ()
    prefix: str = ""
    path: str = ""
    given: tuple[str, ...] = ()
    options: dict[str, str] = {}  # noqa: RUF012 - never changed

    def after_commas(self, current: str) -> Wanted:
        """The same behind the last comma, where it is a list."""
        if self.kind != _LIST:
            return self
        value = current.removeprefix(self.prefix)
        return self._replace(prefix=self.prefix + value[: value.rfind(",") + 1])


NOTHING = Wanted()
_LIST = "LIST"


def find_wanted(words: Sequence[str], current: str) -> Wanted:
    """Find what may follow the words, as ``current``, which is begun or empty."""
    line = _Line()
    for word in words:
        if not line.take(word):
            return NOTHING
    return line.wanted(current)


class _Line:
    """A command line, as far as it was read."""

    def __init__(self) -> None:
        self._parser: argparse.ArgumentParser = build_parser([])
        self._help = _help_of(self._parser)
        self._path: list[str] = []
        self._given: list[str] = []
        self._used: set[str] = set()
        self._options: dict[str, str] = {}
        self._waits_for: argparse.Action | None = None
        self._only_arguments = False

    def take(self, word: str) -> bool:
        """Read a word; False if nothing is known of what may follow it."""
        if self._waits_for is not None:
            self._options[self._waits_for.dest] = word
            self._waits_for = None
        elif word == "--" and not self._only_arguments:
            self._only_arguments = True
        elif word.startswith("-") and not self._only_arguments:
            self._take_option(word)
        else:
            return self._take_argument(word)
        return True

    def _take_option(self, word: str) -> None:
        if word.startswith("--"):
            name, has_value, value = word.partition("=")
            self._use(self._actions().get(name), value if has_value else None)
            return
        for position, letter in enumerate(word[1:], 2):
            action = self._actions().get(f"-{letter}")
            rest = word[position:]
            self._use(action, rest or None)
            if action is None or action.nargs != 0:
                return

    def _use(self, action: argparse.Action | None, value: str | None) -> None:
        if action is None:
            return
        self._used.add(action.dest)
        if action.nargs == 0:
            return
        if value is None:
            self._waits_for = action
        else:
            self._options[action.dest] = value

    def _take_argument(self, word: str) -> bool:
        if self._path and not _functions(self._parser):
            self._given.append(word)
            return True
        parser = self._parser
        if not self._path:
            entry = entry_of(word)
            if entry is None:
                return False
            parser = build_parser([entry], configured=[entry.name])
        below = {} if (action := _subparsers(parser)) is None else action.choices
        if word not in below:
            return False
        self._parser = below[word]
        self._path.append(word)
        return True

    def wanted(self, current: str) -> Wanted:
        """What may stand at the end."""
        name, has_value, _ = current.partition("=")
        action = self._actions().get(name)
        if self._waits_for is not None:
            return self._value(self._waits_for).after_commas(current)
        if current.startswith("-") and not self._only_arguments:
            if has_value and action is not None and action.nargs != 0:
                return self._value(action)._replace(prefix=f"{name}=").after_commas(current)
            return self._with(words=self._free_options())
        names = _functions(self._parser) if self._path else command_names()
        if names:
            return self._with(words=(*names, *self._more_options(current)))
        arguments = [each for each in self._parser._actions if not each.option_strings]
        position = min(len(self._given), len(arguments) - 1)
        if position < 0 or (position < len(self._given) and not _repeats(arguments[position])):
            return self._with(words=self._more_options(current))
        wanted = self._value(arguments[position])
        is_first = len(self._given) == position
        return wanted if is_first or not offered(arguments[position]) else wanted._replace(words=())

    def _value(self, action: argparse.Action) -> Wanted:
        words = tuple(Candidate(str(each)) for each in action.choices or offered(action))
        metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
        return self._with(kind=metavar, words=words)

    def _with(self, *, kind: str = "", words: Sequence[Candidate]) -> Wanted:
        path = " ".join(self._path)
        return Wanted(kind, tuple(words), "", path, tuple(self._given), self._options)

    def _more_options(self, current: str) -> tuple[Candidate, ...]:
        return () if current or self._only_arguments else self._free_options()

    def _free_options(self) -> tuple[Candidate, ...]:
        """The long options that may still be given, each once but for those that add up."""
        excluded = set(self._used)
        for group in self._parser._mutually_exclusive_groups:
            members = {each.dest for each in group._group_actions}
            if members & self._used:
                excluded |= members
        found = [
            Candidate(name, self._help.get(name) or _text(action))
            for name, action in self._actions().items()
            if name.startswith("--") and (action.dest not in excluded or _adds_up(action))
        ]
        # The command's own come first.
        return tuple(sorted(found, key=lambda each: each.word in self._help))

    def _actions(self) -> dict[str, argparse.Action]:
        return self._parser._option_string_actions


def command_names() -> tuple[Candidate, ...]:
    """The commands of the program."""
    return tuple(Candidate(each.name, each.summary) for each in COMMANDS)


def functions_of(command: str) -> tuple[Candidate, ...]:
    """The functions of a command, by its name."""
    entry = entry_of(command)
    if entry is None:
        return ()
    action = _subparsers(build_parser([entry], configured=[entry.name]))
    assert action is not None, "the program has commands"
    return _functions(action.choices[command])


def _functions(parser: argparse.ArgumentParser) -> tuple[Candidate, ...]:
    """The functions of a command."""
    action = _subparsers(parser)
    rows = action._choices_actions if action is not None else ()
    return tuple(Candidate(each.dest, each.help or "") for each in rows)


def _subparsers(
    parser: argparse.ArgumentParser,
) -> argparse._SubParsersAction[argparse.ArgumentParser] | None:
    found = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return next(found, None)


def _repeats(action: argparse.Action) -> bool:
    return action.nargs in ("+", "*")


def _adds_up(action: argparse.Action) -> bool:
    """Whether an option may be given again."""
    return isinstance(action, argparse._AppendAction | argparse._CountAction)


def _help_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    """What the options of every command are for, which their commands do not repeat."""
    return {name: _text(action) for name, action in parser._option_string_actions.items()}


def _text(action: argparse.Action) -> str:
    text = action.help or ""
    return "" if text == argparse.SUPPRESS or "%" in text else text
