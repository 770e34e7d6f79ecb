"""Documents and the manuals of the hooks say what the programs take, and which tests show it."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from documents import ROOT, command_lines, document, table
from kernel.mtx_differences import DIFFERENCES, SHOWN_ELSEWHERE

from changer.cli.parser import parse_command_line
from changer.hooks.autochanger import program as autochanger
from changer.hooks.mtx import program as mtx
from changer.library.settings import LibrarySettings, load_configuration

BACKUP, MTX, README = "docs/backup.md", "docs/mtx.md", "README.md"
AUTOCHANGER_MANUAL, MTX_MANUAL = "man/changer-autochanger.1", "man/changer-mtx.1"
LINES = re.MULTILINE


# Commands of changer

WITH_COMMANDS = {BACKUP: 8, README: 20, "systemd/README.md": 4, "docs/events.md": 7}


@pytest.mark.parametrize(("path", "least"), WITH_COMMANDS.items())
def test_command_lines_of_a_document_are_taken(path: str, least: int) -> None:
    lines = command_lines(path)
    assert len(lines) >= least, "or this finds nothing any more"
    for line in lines:
        entry, _, _ = parse_command_line(line.split())
        assert entry is not None, line


# changer-autochanger

CALLS = re.findall(r"^\.It Ic (\S+)(?: Ar (.*))?$", document(AUTOCHANGER_MANUAL), LINES)


def test_every_command_of_autochanger_has_its_item_in_the_order_of_the_usage() -> None:
    assert [name for name, _ in CALLS] == [*autochanger.COMMANDS]


def test_items_name_the_words_that_a_command_needs() -> None:
    common = 2  # device and command
    needed = {name: common + len(words.split()) for name, words in CALLS}
    assert needed == {name: entry.words for name, entry in autochanger.COMMANDS.items()}


def test_settings_that_are_mentioned_exist() -> None:
    mentioned = set(re.findall(r"^\.Cm (\w+_\w+)", document(AUTOCHANGER_MANUAL), LINES))
    assert len(mentioned) == 4
    assert mentioned <= set(LibrarySettings._fields)


def test_examples_of_autochanger_are_calls_with_enough_words() -> None:
    pattern = rf"^{autochanger.NAME} (.+)$"
    examples = [each.split() for each in re.findall(pattern, document(AUTOCHANGER_MANUAL), LINES)]
    assert len(examples) == 4
    for words in examples:
        assert len(words) >= autochanger.COMMANDS[words[1]].words, words


# changer-mtx

ROWS = table(MTX)


def test_every_difference_from_mtx_has_its_row_and_no_other_has() -> None:
    shown = {each.name for each in DIFFERENCES} | SHOWN_ELSEWHERE.keys()
    assert sorted(name for name, *_ in ROWS) == sorted(shown)
    for name, theirs, ours, _ in ROWS:
        assert ours, name
        assert theirs or name == "errors of its own"


def test_tests_that_show_a_difference_exist() -> None:
    folders = ("tests/kernel", "tests/simulated/hooks", "tests/unit/hooks")
    named = {
        name
        for folder in folders
        for file in (ROOT / folder).glob("test_*mtx*.py")
        for name in _tests_in(file)
    }
    assert set(SHOWN_ELSEWHERE.values()) <= named


@cache
def _tests_in(file: Path) -> set[str]:
    body = ast.parse(file.read_text()).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def test_manual_of_mtx_has_each_command_with_its_numbers() -> None:
    manual = document(MTX_MANUAL)
    items = re.findall(r"^\.It Ic (\S+)((?: \S+)*)$", manual, LINES)
    numbers = {
        name: len([word for word in rest.split() if word not in ("Ar", "Op", "Oo", "Oc")])
        for name, rest in items
    }
    known = {name: entry.numbers for name, entry in mtx.COMMANDS.items()}
    assert numbers == {name: number for name, number in known.items() if name != "--version"}
    assert "Fl -version" in manual
    assert mtx.VERSION in manual and mtx.VERSION in document(MTX)


def test_every_command_of_mtx_does_something_and_its_usage_is_that_of_mtx() -> None:
    assert all(callable(each.load()) for each in mtx.COMMANDS.values())
    assert len(mtx.USAGE.splitlines()) == 15


# Backup software


def test_settings_for_backup_software_are_read(tmp_path: Path) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", document(BACKUP), re.DOTALL)
    file = tmp_path / "changer.toml"
    file.write_text(block)
    ((library, settings),) = tomllib.loads(block)["library"].items()
    read = load_configuration({"CHANGER_CONFIG": str(file)}).settings(library)
    assert {key: getattr(read, key) for key in settings} == settings
    assert len(settings) == 3


def test_every_choice_of_cleaning_on_the_way_is_explained() -> None:
    for choice in ("off", "after-unload", "idle"):
        assert f'"{choice}"' in document(BACKUP)


def test_programs_for_backup_software_are_the_installed_ones_and_have_manuals() -> None:
    installed = tomllib.loads(document("pyproject.toml"))["project"]["scripts"]
    named = set(re.findall(r"/bin/(changer-[a-z]+)", document(BACKUP)))
    assert named == {autochanger.NAME, mtx.NAME}
    assert named <= set(installed)
    for program in named:
        assert f"man/{program}.1" in document(BACKUP) and (ROOT / f"man/{program}.1").exists()


def test_documents_that_are_pointed_to_are_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", document(BACKUP)):
        assert (ROOT / "docs" / target).exists(), target
    for target in re.findall(r"\]\(([^)]+)\)", document(README)):
        assert (ROOT / target).exists(), target
    assert "(docs/security.md)" in document(README)


# Security


def test_every_test_that_security_relies_on_is_there() -> None:
    named = re.findall(r"`(tests/\S+?\.py)::(test_\w+)`", document("docs/security.md"))
    assert len(named) > 40, "or this finds nothing any more"
    missing = [f"{file}::{name}" for file, name in named if name not in _tests_in(ROOT / file)]
    assert missing == []


# Public reports


REPORTED = table("docs/development/testing.md", "Public reports and manuals")
TEST_OF_A_CASE = re.compile(r"`(tests/\S+?\.py)::(test_\w+)`")


def test_reported_cases_are_numbered_without_a_gap_but_the_one_between_two_lists() -> None:
    assert [int(number) for number, *_ in REPORTED] == [*range(1, 34), *range(50, 72)]
    assert all(case and now for _, case, now, _ in REPORTED)


@pytest.mark.parametrize("row", REPORTED, ids=lambda row: row[0])
def test_reported_case_has_a_test_that_is_there_or_says_why_not(row: list[str]) -> None:
    named = TEST_OF_A_CASE.findall(row[-1])
    assert bool(named) is not row[-1].startswith("no test: "), row
    missing = [f"{file}::{name}" for file, name in named if name not in _tests_in(ROOT / file)]
    assert missing == []
