"""The manuals and documents, read once for all tests: mdoc(7) line by line, Markdown by parts."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from changer.cli.commands import COMMANDS
from changer.cli.parser import build_parser

ROOT = Path(__file__).parents[1]
MANUALS = sorted(each.name for each in (ROOT / "man").glob("*.[0-9]"))

# What these manuals use of mdoc(7). A macro in CALLED may also stand inside a line.
BLOCKS = {"Bl": "El", "Bd": "Ed", "Oo": "Oc", "Xo": "Xc", "Po": "Pc", "Bk": "Ek", "Rs": "Re"}
CALLED = {"Ar", "Cm", "Em", "Er", "Ev", "Fl", "Ic", "Li", "Nm", "No", "Ns", "Op", "Oo", "Oc", "Pa"}
CALLED |= {"Pq", "Ql", "Qq", "Sx", "Sy", "Va", "Xr", "Xo", "Xc", "Po", "Pc"}
LINE_ONLY = {"Dd", "Dt", "Os", "Sh", "Ss", "Nd", "Pp", "It", *BLOCKS, *BLOCKS.values()}
_PUNCTUATION = {",", ".", ";", "...", "|", ":"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a manual: its macro ("" for text), the words after that, and where it stands."""

    number: int
    text: str
    macro: str
    words: tuple[str, ...]
    section: str
    subsection: str

    def arguments(self, macro: str) -> list[str]:
        """The words that a macro of the line marks up, to the next macro or to the end."""
        found: list[str] = []
        current = ""
        for word in (self.macro, *self.words):
            if word in CALLED | LINE_ONLY:
                current = word
            elif current == macro and word not in _PUNCTUATION:
                found.append(word)
        return found

    @property
    def options(self) -> set[str]:
        """``Fl -ready`` is --ready, ``Fl l`` is -l, and ``Fl -`` the end of options."""
        return {f"-{word}" for word in self.arguments("Fl")} - {"--"}


@cache
def document(path: str) -> str:
    """The text of a file of the repository, all of it ASCII in a manual."""
    return (ROOT / path).read_text(encoding="ascii" if path.startswith("man/") else "utf-8")


@cache
def manual(name: str) -> tuple[Line, ...]:
    """The lines of ``changer.1`` or another manual."""
    lines: list[Line] = []
    section = subsection = ""
    for number, text in enumerate(document(f"man/{name}").splitlines(), 1):
        macro, words = "", _words(text)
        if text.startswith("."):
            macro, words = words[0][1:], words[1:]
        if macro == "Sh":
            section, subsection = " ".join(words), ""
        elif macro == "Ss":
            subsection = " ".join(words)
        lines.append(Line(number, text, macro, words, section, subsection))
    return tuple(lines)


def lines_in(name: str, section: str, subsection: str | None = None) -> list[Line]:
    """The lines of a section of a manual, or of a subsection of it; there are some."""
    lines = [
        each
        for each in manual(name)
        if each.section == section and subsection in (None, each.subsection)
    ]
    assert lines, f"{name} has no section {section} {subsection or ''}"
    return lines


def items_in(name: str, section: str, subsection: str | None = None) -> list[Line]:
    """The heads of the items there."""
    return [each for each in lines_in(name, section, subsection) if each.macro == "It"]


def _words(text: str) -> tuple[str, ...]:
    quoted = re.findall(r'"([^"]*)"|(\S+)', text)
    return tuple(_plain(one or other) for one, other in quoted)


def _plain(text: str) -> str:
    for escape, character in ((r"\(dq", '"'), (r"\&", ""), (r"\-", "-"), (r"\e", "\\")):
        text = text.replace(escape, character)
    return text


def table(path: str, section: str | None = None) -> list[list[str]]:
    """The rows of all tables of a document, or of one of its sections, without their heads."""
    text = document(path)
    if section is not None:
        text = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = re.sub(r"^\|.*\n\|-.*\n", "", text, flags=re.MULTILINE).splitlines()
    return [
        [cell.strip() for cell in row.strip("|").split("|")] for row in rows if row.startswith("|")
    ]


def code(text: str) -> list[str]:
    """What stands in a text in backquotes."""
    return re.findall("`([^`]+)`", text)


def spoken_commands(path: str) -> list[str]:
    """Words after ``changer`` that stand in backquotes in the text, but for names of commands."""
    text = re.sub(r"^```.*?^```", "", document(path), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"`changer ([a-z-][^`|]*)[^`]*`", " ".join(text.split()))
    names = {"--version", *parsers(), *(each.partition(" ")[0] for each in parsers())}
    return [line for line in found if "--help" not in line and line not in names]


@cache
def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command without functions, and of each function, by its words."""
    return dict(_parsers(build_parser(configured=[entry.name for entry in COMMANDS]), ""))


def _parsers(
    parser: argparse.ArgumentParser, path: str
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    below = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not below:
        yield path.strip(), parser
    for action in below:
        for name, child in action.choices.items():
            yield from _parsers(child, f"{path} {name}")


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """All ways to write the options of a parser."""
    return {name for action in parser._actions for name in action.option_strings}
