"""Documents and the manuals of the hooks say what the programs take, and which tests show it."""

from __future__ import annotations

import ast
import os
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from document_lines import PAGES
from documents import ROOT, document, spoken_commands, table
from kernel.mtx_differences import DIFFERENCES, SHOWN_ELSEWHERE

from changer.cli.commands import COMMANDS
from changer.cli.parser import parse_command_line
from changer.errors import error_classes
from changer.hooks.autochanger import program as autochanger
from changer.hooks.mtx import program as mtx
from changer.library.settings import LibrarySettings, configuration_of, load_configuration
from changer.library.settings_document import TOP_KEYS, read_document
from changer.library.toml_text import plain_value, toml_value
from changer.store.database import SCHEMA_VERSION

BACKUP, MTX = "docs/backup.md", "docs/mtx.md"
SETTINGS = "docs/configuration.md"
AUTOCHANGER_MANUAL, MTX_MANUAL = "man/changer-autochanger.1", "man/changer-mtx.1"
LINES = re.MULTILINE


# Commands that stand in the text


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_the_text_names_are_taken(page: str) -> None:
    for line in spoken_commands(page):
        entry, _, _ = parse_command_line(line.split())
        assert entry is not None, line


def test_commands_are_found_in_the_text() -> None:
    assert sum(len(spoken_commands(page)) for page in PAGES) > 20


USERS_PAGES = [page for page in PAGES if not page.startswith(("docs/development/", "C"))]


def test_every_command_is_on_a_page_for_users() -> None:
    text = "".join(document(page) for page in USERS_PAGES)
    commands = {entry.name for entry in COMMANDS} - {"help"}
    assert {name for name in commands if not re.search(rf"\bchanger {name}\b", text)} == set()


@pytest.mark.parametrize("page", USERS_PAGES)
def test_statuses_with_their_names_are_true(page: str) -> None:
    codes = {each.exit_status: each.code for each in error_classes()}
    for status, code in re.findall(r"\b(\d{1,2}),? `([a-z]+-[a-z-]+)`", document(page)):
        assert codes[int(status)] == code


@pytest.mark.parametrize("page", USERS_PAGES)
def test_settings_with_their_values_are_read(page: str, tmp_path: Path) -> None:
    text = document(page)
    files = re.findall(r"^```toml\n(.*?)^```", text, LINES | re.DOTALL)
    for line in re.findall(r"`([a-z_]+ = [^`]+)`", " ".join(text.split())):
        is_of_library = line.partition(" ")[0] in LibrarySettings._fields
        files.append(f'[library."ID"]\n{line}' if is_of_library else line)
    for content in files:
        file = tmp_path / "changer.toml"
        file.write_text(content)
        load_configuration({"CHANGER_CONFIG": str(file)})


def test_settings_are_found_in_the_text() -> None:
    found = [re.findall(r"`[a-z_]+ = [^`]+`", document(page)) for page in USERS_PAGES]
    assert sum(map(len, found)) > 10


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


# Links

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def links(page: str) -> list[tuple[str, str]]:
    """The pages of the checkout that a page leads to, each with the section, or ""."""
    found = []
    text = re.sub(r"^```.*?^```", "", document(page), flags=re.MULTILINE | re.DOTALL)
    for target in LINK.findall(text):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            file = (ROOT / page).parent / path if path else ROOT / page
            found.append((os.path.relpath(file, ROOT), anchor))
    return found


@cache
def anchors(page: str) -> set[str]:
    """The names that a renderer gives to the headings of a page; the second of one name has -1."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", document(page), LINES):
        words = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = next(n for n in range(99) if (f"{words}-{n}" if n else words) not in found)
        found.add(f"{words}-{number}" if number else words)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_pages_and_sections(page: str) -> None:
    for target, anchor in links(page):
        assert (ROOT / target).exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), ["README.md"]
    while ahead:
        page = ahead.pop()
        if page not in reached and page in PAGES:
            reached.add(page)
            ahead += [target for target, _ in links(page)]
    assert set(PAGES) - reached == set()


# Settings


def test_every_setting_is_explained_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \|$", document(SETTINGS), LINES)
    first_of_a_library = [name for name, *_ in rows].index("alias")
    assert {name for name, *_ in rows[:first_of_a_library]} == {*TOP_KEYS}
    names = [name for name, *_ in rows[first_of_a_library:]]
    assert sorted(names) == sorted(LibrarySettings._fields)
    for name, _, default, _ in rows[first_of_a_library:]:
        value = plain_value(name, getattr(LibrarySettings(), name))
        if name in ("manager", "transport"):
            assert default == "that of the file"
        else:
            assert default == ("none" if value is None else f"`{toml_value(value)}`"), name


def test_settings_that_are_shown_as_an_example_are_read() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", document(SETTINGS), re.DOTALL)
    read = read_document(block.encode())
    assert not read.mistakes
    configuration = configuration_of(read)
    assert configuration.id_of_alias(configuration.library) in configuration.libraries


def test_every_page_for_users_is_in_the_list_of_pages() -> None:
    listed = {target for target, _ in links("docs/README.md")}
    pages = {page for page in PAGES if page.startswith("docs/")} - {"docs/README.md"}
    assert pages <= listed


# Evidence

EVIDENCE = "docs/development/evidence.md"
TEST = re.compile(r"`(tests/\S+?\.py)(?:::(test_\w+))?`")


def test_every_test_that_a_statement_relies_on_is_there() -> None:
    named = [(file, name) for file, name in TEST.findall(document(EVIDENCE)) if name]
    assert len(named) > 100, "or this finds nothing any more"
    missing = [f"{file}::{name}" for file, name in named if name not in _tests_in(ROOT / file)]
    assert missing == []
    assert all((ROOT / file).exists() for file, _ in TEST.findall(document(EVIDENCE)))


def test_every_statement_with_tests_is_on_its_page() -> None:
    page = ""
    for paragraph in re.split(r"\n\s*\n", document(EVIDENCE))[2:]:
        if paragraph.startswith("## "):
            page = " ".join(document(f"docs/{paragraph[3:]}").split())
        elif not paragraph.startswith(("#", "- ")):
            assert " ".join(paragraph.split()).removesuffix(" ...") in page, paragraph


# The changelog


def test_changelog_names_the_formats_of_this_version() -> None:
    formats = document("CHANGELOG.md").partition("### Formats")[2]
    assert f"schema {SCHEMA_VERSION}," in formats
    manuals = "".join(each.read_text() for each in (ROOT / "man").iterdir())
    schemas = set(re.findall(r"changer\.[a-z-]+/\d+", manuals))
    assert len(schemas) > 40, "or this finds nothing any more"
    others = {each for each in schemas if not each.endswith("/1")}
    assert others <= set(re.findall(r"`(changer\.[a-z-]+/\d+)`", formats))


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
