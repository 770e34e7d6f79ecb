"""man/changer.1 holds what the program has, and no more; the markup of every manual is sound."""

from __future__ import annotations

import argparse
import ast
import re
import signal
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from documents import (
    BLOCKS,
    CALLED,
    LINE_ONLY,
    MANUALS,
    ROOT,
    Line,
    items_in,
    lines_in,
    manual,
    options_of,
    parsers,
)
from package_source import modules

from changer.cli.commands import COMMANDS
from changer.cli.main import EXIT_BROKEN_PIPE
from changer.cli.parser import build_parser, parse_command_line
from changer.errors import EXIT_INTERRUPTED, error_classes
from changer.simulator.fault_words import FAULTS
from changer.simulator.operator_actions import ACTIONS
from changer.simulator.profiles.table import PROFILES

MANUAL = manual("changer.1")

# The order that mdoc(7) asks for; what a manual has of its own stands between these.
SECTIONS_OF_MDOC = (
    *("NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES", "EXIT STATUS"),
    *("EXAMPLES", "SECURITY", "SEE ALSO", "CAVEATS"),
)
SECTIONS = (
    *("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "LIBRARIES", "PLACES", "COMMANDS", "CLEANING"),
    *(
        "EVENTS",
        "ENVIRONMENT",
        "FILES",
        "LIBRARIES OF ANOTHER HOST",
        "EXIT STATUS",
        "VIRTUAL LIBRARIES",
    ),
    *("EXAMPLES", "SECURITY", "SEE ALSO", "CAVEATS"),
)


def _in(section: str, subsection: str | None = None) -> list[Line]:
    return lines_in("changer.1", section, subsection)


def _items(section: str, subsection: str | None = None) -> list[Line]:
    return items_in("changer.1", section, subsection)


# Markup

every_manual = pytest.mark.parametrize("name", MANUALS)


def _sections(name: str) -> tuple[str, ...]:
    return tuple(" ".join(each.words) for each in manual(name) if each.macro == "Sh")


def test_sections_stand_in_the_order_of_a_manual() -> None:
    assert _sections("changer.1") == SECTIONS


@every_manual
def test_sections_stand_in_the_order_that_mdoc_asks_for(name: str) -> None:
    found = [each for each in _sections(name) if each in SECTIONS_OF_MDOC]
    assert found == [each for each in SECTIONS_OF_MDOC if each in found]
    of_programs = {"SYNOPSIS", "EXIT STATUS"} if name.endswith(".1") else set()
    assert {"NAME", "DESCRIPTION", "SEE ALSO"} | of_programs <= {*found}


@every_manual
def test_prologue_is_that_of_mdoc(name: str) -> None:
    date, title, system = manual(name)[:3]
    assert [each.macro for each in (date, title, system)] == ["Dd", "Dt", "Os"]
    assert title.words == (Path(name).stem.upper(), Path(name).suffix[1:])
    assert re.fullmatch(r"[A-Z][a-z]+ [0-9]{1,2}, 20[0-9]{2}", " ".join(date.words))


@every_manual
def test_blocks_are_closed_in_the_order_in_which_they_were_opened(name: str) -> None:
    opened: list[tuple[str, int]] = []
    for line in manual(name):
        if line.macro == "It":
            assert opened and opened[-1][0] == "Bl", f"line {line.number}: .It outside of a list"
        if line.macro in ("Sh", "Ss"):
            assert not opened, f"line {line.number}: {opened[-1]} is still open"
        for word in (line.macro, *line.words) if line.macro else ():
            if word in BLOCKS:
                opened.append((word, line.number))
            elif word in BLOCKS.values():
                assert opened, f"line {line.number}: {word} closes nothing"
                block, where = opened.pop()
                assert BLOCKS[block] == word, (
                    f"line {line.number}: {word} closes {block} of {where}"
                )
    assert not opened


@every_manual
def test_lines_start_with_macros_that_are_known_or_are_text(name: str) -> None:
    literal = False
    for line in manual(name):
        known = line.macro in CALLED | LINE_ONLY
        where = f"line {line.number}: {line.text}"
        assert known or not line.text.startswith("."), where
        assert not line.text.startswith("'"), f"{where} would be a request"
        assert line.text == line.text.rstrip(), f"{where} ends with blanks"
        assert line.text or literal, f"{where} is empty: write .Pp"
        assert line.macro or len(line.text) <= 80, f"{where} is too long"
        assert "\t" not in line.text, f"{where} has a tab"
        literal = (literal or line.macro == "Bd") and line.macro != "Ed"


@every_manual
def test_words_that_look_like_macros_are_such(name: str) -> None:
    # Two letters after a macro, one of them capital: a misspelt macro is printed as a word.
    for line in manual(name):
        if line.macro in CALLED | {"It"}:
            for word in line.words:
                looks = re.fullmatch(r"[A-Z][a-z]", word) is not None
                assert not looks or word in CALLED, f"line {line.number}: {word}"


@every_manual
def test_references_name_sections_that_exist(name: str) -> None:
    for line in manual(name):
        section = " ".join(line.arguments("Sx"))
        assert not section or section in _sections(name), f"line {line.number}: {section}"


@every_manual
def test_formatters_find_nothing_wrong(name: str) -> None:
    for words in (
        ["groff", "-mdoc", "-ww", "-z", "-Tutf8"],
        ["mandoc", "-T", "lint", "-W", "warning,stop"],
    ):
        done = subprocess.run(
            [*words, ROOT / "man" / name], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# Commands


SHARED_OPTIONS = options_of(build_parser())


def _command_items() -> dict[str, Line]:
    return {" ".join(each.arguments("Ic")): each for each in _items("COMMANDS")}


def test_every_command_alias_and_function_has_an_item_and_no_other_has() -> None:
    names = [" ".join(each.arguments("Ic")) for each in _items("COMMANDS")]
    assert sorted(names) == sorted(parsers())


@pytest.mark.parametrize("path", parsers())
def test_item_of_a_command_names_its_options_and_arguments(path: str) -> None:
    parser = parsers()[path]
    item = _command_items()[path]
    assert item.options == options_of(parser) - SHARED_OPTIONS
    own = [each for each in parser._actions if not set(each.option_strings) & SHARED_OPTIONS]
    arguments = {_metavar(each) for each in own if each.nargs != 0}
    assert set(item.arguments("Ar")) == arguments


def _metavar(action: argparse.Action) -> str:
    return action.metavar if isinstance(action.metavar, str) else action.dest.upper()


def test_options_of_every_command_are_listed() -> None:
    listed: set[str] = set().union(*(each.options for each in _items("OPTIONS")))
    assert listed == SHARED_OPTIONS


def test_options_that_are_mentioned_exist() -> None:
    known = set().union(SHARED_OPTIONS, *(options_of(each) for each in parsers().values()))
    for line in MANUAL:
        assert line.options <= known, f"line {line.number}"


def test_commands_that_are_mentioned_exist() -> None:
    first_words = {name for entry in COMMANDS for name in (entry.name, *entry.aliases)}
    functions = {path.partition(" ")[2] for path in parsers()}
    for line in MANUAL:
        words = line.arguments("Ic")
        if words and words[0] == "changer":
            words = words[1:]
        assert not words or words[0] in first_words | functions, f"line {line.number}: {words}"


# Exit statuses


def _exit_statuses() -> dict[int, tuple[str, str | None, int | None]]:
    """Status to code, RSM name and RSM number, from the line after each item."""
    lines = _in("EXIT STATUS")
    found = {}
    for item, after in pairwise(lines):
        if item.macro == "It":
            (status,) = item.words
            code = "".join(after.arguments("Sy"))
            name, number = (*after.arguments("Er"), None, None)[:2]
            assert int(status) not in found, f"{status} is listed twice"
            found[int(status)] = (code, name, int(number) if number else None)
    return found


def test_every_exit_status_is_listed_with_its_code_and_rsm_result() -> None:
    expected: dict[int, tuple[str, str | None, int | None]] = {
        each.exit_status: (
            each.code,
            each.ntms.name if each.ntms else None,
            each.ntms.code if each.ntms else None,
        )
        for each in error_classes()
    }
    ended = (128 + signal.SIGHUP, 128 + signal.SIGTERM)
    for status in (0, 1, EXIT_INTERRUPTED, EXIT_BROKEN_PIPE, *ended):
        expected[status] = ("", None, None)
    assert _exit_statuses() == expected


def test_exit_statuses_in_the_text_exist() -> None:
    known = {each.exit_status for each in error_classes()} | {EXIT_INTERRUPTED}
    for line in _in("COMMANDS"):
        if not line.macro:
            for group in re.findall(r"\((\d+(?:, \d+)*)\)", " ".join(line.words)):
                for status in group.split(", "):
                    assert int(status) in known, f"line {line.number}: {status}"


# Environment


def _is_environment(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ("environ", "environment", "getenv")


def _environment_reads(tree: ast.Module) -> Iterator[str]:
    """Variables that are got from something called environment, or passed along with it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            asked = [node.func, getattr(node.func, "value", node.func), *node.args]
            if any(_is_environment(each) for each in asked):
                yield from _texts(node.args)
        elif isinstance(node, ast.Subscript) and _is_environment(node.value):
            yield from _texts([node.slice] if isinstance(node.ctx, ast.Load) else [])


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
            yield text


def test_every_environment_variable_that_is_read_is_listed() -> None:
    read = {name for tree in modules().values() for name in _environment_reads(tree)}
    assert {"CHANGER", "CHANGER_STATE", "HOME"} <= read  # or this finds nothing any more
    listed = {name for each in _items("ENVIRONMENT") for name in each.arguments("Ev")}
    assert listed == read | {"PATH"}  # read by whoever starts sg_raw


# Virtual libraries


def test_every_profile_fault_and_operator_action_is_listed() -> None:
    tables: dict[str, list[str]] = {
        "Profiles": list(PROFILES),
        "Faults": list(FAULTS),
        "Operator actions": list(ACTIONS),
    }
    for subsection, names in tables.items():
        items = _items("VIRTUAL LIBRARIES", subsection)
        assert [each.arguments("Cm")[0] for each in items] == names


def test_size_of_every_profile_is_the_true_one() -> None:
    lines = _in("VIRTUAL LIBRARIES", "Profiles")
    for item, text in pairwise(lines):
        if item.macro == "It":
            profile = PROFILES[item.arguments("Cm")[0]]
            said = {word.strip(",;"): number for number, word in _numbers(text.words)}
            true = {"slot": profile.slots, "drive": profile.drives, "mail": profile.mail}
            true["picker"] = profile.transports
            for word, number in said.items():
                if word.rstrip("s") in true:
                    assert number == true[word.rstrip("s")], item.words


def _numbers(words: tuple[str, ...]) -> list[tuple[int, str]]:
    return [(int(number), word) for number, word in pairwise(words) if number.isdigit()]


# Examples


def test_examples_are_commands_that_the_parser_takes() -> None:
    examples = [
        " ".join(each.words)
        for each in _in("EXAMPLES")
        if not each.macro and each.words[:1] == ("changer",)
    ]
    assert len(examples) > 10
    for example in examples:
        entry, _, _ = parse_command_line(re.split(r" (?:\|\|?|;) |; ", example)[0].split()[1:])
        assert entry is not None, example
