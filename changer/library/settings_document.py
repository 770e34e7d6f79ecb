"""The settings file as a document: its settings, and every mistake in it with its place.

A key with a mistake counts as not given, so that all else can be judged, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from changer.errors import UsageError
from changer.library.library_settings import LibrarySettings
from changer.library.setting_values import read_setting
from changer.values import NamedTuple, dataclass

LIBRARY = "library"
DEFAULT_LIBRARY = "default_library"
TOP_KEYS = (DEFAULT_LIBRARY, "manager", "transport", "on_event", "store", "allow_async")
"""What may be set above the tables, in the order of the manual."""
_OF_ALL = ("manager", "transport")  # which a table may have, too
_PLACE = re.compile(r" ?\(at line (?P<line>[0-9]+), column (?P<column>[0-9]+)\)$")
_AT_END = re.compile(r" ?\(at end of document\)$")


class Mistake(NamedTuple):
    """What is wrong with a key of the file, and what to do about it.

    ``path``: of the key; ``other``: of another one that it has to do with. ``line``: where no key
    is known.
    """

    message: str
    hint: str | None = None
    path: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A settings file: its text, what it sets, and all mistakes, in no order.

    table      as TOML has it.
    values     the settings for all libraries, by their keys, as Configuration has them.
    libraries  those of each library, by its id.
    is_sound   it is TOML, from its beginning to its end.
    """

    text: str
    table: Mapping[str, Any]
    values: Mapping[str, Any]
    libraries: Mapping[str, LibrarySettings]
    mistakes: tuple[Mistake, ...]
    is_sound: bool

    def lines(self) -> dict[tuple[str, ...], int]:
        """The line of each key."""
        from changer.library.settings_lines import key_lines

        return key_lines(self.text, is_sound=self.is_sound)


def read_document(content: bytes) -> Document:
    """Read a settings file, whatever is in it."""
    mistakes: list[Mistake] = []
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        mistakes.append(Mistake(f"not UTF-8: {error.reason}: byte {error.start}", line=line))
        text = content.decode(errors="replace")
    table = _table(text, mistakes)
    is_sound = not mistakes
    values, libraries = _Reader(table, mistakes).read()
    return Document(text, table, values, libraries, tuple(mistakes), is_sound)


def _table(text: str, mistakes: list[Mistake]) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # it has no error of its own for them all
        if not mistakes:  # what can't be decoded is hardly TOML
            mistakes.append(_syntax_mistake(text, str(error)))
    from changer.library.settings_lines import sound_part

    return sound_part(text)


def _syntax_mistake(text: str, message: str) -> Mistake:
    hint = 'the file is TOML: KEY = VALUE, texts in quotes; a table begins with [library."ID"]'
    if (at := _PLACE.search(message)) is not None:
        words = f"not TOML: {message[: at.start()]} (column {at['column']})"
        return Mistake(words, hint, line=int(at["line"]))
    if (end := _AT_END.search(message)) is not None:
        words = f"not TOML: {message[: end.start()]} at the end of the file"
        return Mistake(words, hint, line=text.rstrip("\n").count("\n") + 1)
    return Mistake(f"not TOML: {message}", hint)


class _Reader:
    """Reads the settings of a table, and notes what is wrong with it."""

    def __init__(self, table: Mapping[str, Any], mistakes: list[Mistake]) -> None:
        self._table = table
        self._mistakes = mistakes

    def read(self) -> tuple[Mapping[str, Any], Mapping[str, LibrarySettings]]:
        """What the file sets for all libraries, and for each."""
        self._note_unknown(self._table, (), (LIBRARY, *TOP_KEYS))
        given = {key: self._table[key] for key in TOP_KEYS if key in self._table}
        default = given.pop(DEFAULT_LIBRARY, None)
        if not isinstance(default, str | None):
            message = f"{DEFAULT_LIBRARY} must be a string"
            self._mistakes.append(Mistake(message, path=(DEFAULT_LIBRARY,)))
            default = None
        values = self._settings(given, ())
        of_all = {key: value for key, value in values.items() if key in _OF_ALL}
        libraries = {name: self._library(name, each, of_all) for name, each in self._tables()}
        self._note_clashes(libraries)
        return {LIBRARY: default, **values}, libraries

    def _tables(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        tables = self._table.get(LIBRARY, {})
        if not isinstance(tables, dict):
            message = f'{LIBRARY} must be a table; write [library."ID"]'
            self._mistakes.append(Mistake(message, path=(LIBRARY,)))
            return
        for name, each in tables.items():
            if isinstance(each, dict):
                yield name, each
            else:
                message = f'{LIBRARY}."{name}" must be a table'
                self._mistakes.append(Mistake(message, path=(LIBRARY, name)))

    def _library(
        self, name: str, table: Mapping[str, Any], of_all: Mapping[str, Any]
    ) -> LibrarySettings:
        path = (LIBRARY, name)
        self._note_unknown(table, path, LibrarySettings._fields)
        known = {key: each for key, each in table.items() if key in LibrarySettings._fields}
        return LibrarySettings(**{**of_all, **self._settings(known, path)})

    def _settings(self, given: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        read = {}
        for key, value in given.items():
            try:
                read[key] = read_setting(key, value, where=_prefix(path))
            except UsageError as error:
                self._mistakes.append(Mistake(error.message, error.hint, (*path, key)))
        return read

    def _note_unknown(
        self, table: Mapping[str, Any], path: tuple[str, ...], known: tuple[str, ...]
    ) -> None:
        for key in table:
            if key not in known:
                hint = _guess(key, path, known)
                message = f"unknown key {_prefix(path)}{key}"
                self._mistakes.append(Mistake(message, hint, (*path, key)))

    def _note_clashes(self, libraries: Mapping[str, LibrarySettings]) -> None:
        aliases = {name: it.alias for name, it in libraries.items()}
        if not any(aliases.values()):
            return
        from changer.library.alias import find_clashes

        for each in find_clashes(aliases):
            message = (
                f'{_prefix((LIBRARY, each.library_id))}alias: "{each.alias}" is also {each.how} '
                f'{LIBRARY}."{each.other_id}"'
            )
            other: tuple[str, ...] = (LIBRARY, each.other_id)
            if "alias" in each.how:
                other = (*other, "alias")
            hint = "give the library another alias, by which no other library can be named"
            self._mistakes.append(
                Mistake(message, hint, (LIBRARY, each.library_id, "alias"), other)
            )


def _prefix(path: tuple[str, ...]) -> str:
    return f'{path[0]}."{path[1]}".' if path else ""


def _guess(key: str, path: tuple[str, ...], known: tuple[str, ...]) -> str:
    """What may have been meant by a key that is not known where it stands."""
    import difflib

    if path and key in TOP_KEYS:
        return f"{key} is for all libraries: put it above the first table"
    if not path and key in LibrarySettings._fields:
        return f'{key} is of one library: put it below [library."ID"]'
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    from importlib.metadata import version

    listed = ", ".join(sorted(known))
    return f"known: {listed}; a newer changer than {version('changer')} may know more"


def place(file: Path, line: int | None) -> str:
    """``/etc/changer/changer.toml:7``, as compilers and editors write it."""
    return str(file) if line is None else f"{file}:{line}"


@dataclass(frozen=True, slots=True)
class PlacedMistake:
    """A mistake at its line; ``other_line``: of the other key that it has to do with."""

    mistake: Mistake
    line: int | None
    other_line: int | None

    def message(self, file: Path) -> str:
        """What is wrong, and both places."""
        also = "" if self.other_line is None else f" ({place(file, self.other_line)})"
        return f"{place(file, self.line)}: {self.mistake.message}{also}"


def placed(
    mistakes: Iterable[Mistake], lines: Mapping[tuple[str, ...], int]
) -> tuple[PlacedMistake, ...]:
    """Mistakes at their lines, in the order of the file."""
    found = [
        PlacedMistake(each, each.line or lines.get(each.path), lines.get(each.other))
        for each in mistakes
    ]
    return tuple(sorted(found, key=lambda each: each.line or 0))


def first_error(document: Document, file: Path) -> UsageError:
    """The error for a document with mistakes: the first of them."""
    first, *others = placed(document.mistakes, document.lines())
    hint = first.mistake.hint
    if others:
        more = f"1 of {len(others) + 1} mistakes; changer config check lists them all"
        hint = f"{hint} ({more})" if hint else more
    return UsageError(first.message(file), hint=hint)
