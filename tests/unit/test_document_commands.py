"""Command lines of documents work: each is run in a virtual world, or its words are checked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from document_commands import (
    BEFORE,
    BEFORE_SECTION,
    ENDLESS,
    LIMIT_SECONDS,
    NOT_RUN,
    PROGRAMS,
    STAND_INS,
    STATUS,
    reason_of,
    try_lines,
)
from document_lines import PAGES, ShellLine, sections
from documents import ROOT, document

from changer.cli.parser import parse_command_line

SECTIONS = sections()
LINES = [line for lines in SECTIONS.values() for line in lines]
RUN = {
    place: run
    for place, lines in SECTIONS.items()
    if (run := [line for line in lines if reason_of(line) is None])
}
# A robot is watched there, or a person waited for, several times.
LONG = (
    ("README.md", "Operate"),
    ("docs/moves.md", "Interrupted moves"),
    ("docs/moves.md", "Many cartridges"),
)
CHECKED = [line for line in LINES if reason_of(line) is not None]


def name_of(place: tuple[str, str]) -> str:
    return ": ".join(place)


@pytest.mark.timeout(LIMIT_SECONDS + 20)
@pytest.mark.parametrize("place", [each for each in RUN if each not in LONG], ids=name_of)
def test_lines_of_a_section_work_in_their_order(place: tuple[str, str], folder: Path) -> None:
    check(RUN[place], folder)


@pytest.mark.long
@pytest.mark.timeout(LIMIT_SECONDS + 20)
@pytest.mark.parametrize("place", LONG, ids=name_of)
def test_lines_of_a_section_that_waits_work_in_their_order(
    place: tuple[str, str], folder: Path
) -> None:
    check(RUN[place], folder)


def check(lines: list[ShellLine], folder: Path) -> None:
    for tried in try_lines(lines, folder):
        expected, _ = STATUS.get(tried.line.text, ((0,), ""))
        assert tried.status in expected, f"{tried.line}\n{tried.printed}"


def test_most_lines_are_run() -> None:
    assert len(LINES) - len(CHECKED) > len(CHECKED) > 50, "or this finds nothing any more"


# Lines that are not run


@pytest.mark.parametrize("line", CHECKED, ids=str)
def test_line_that_is_not_run_is_one_for_the_shell(line: ShellLine) -> None:
    done = subprocess.run(["bash", "-n", "-c", line.typed], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", CHECKED, ids=str)
def test_files_of_the_checkout_that_it_names_are_there(line: ShellLine) -> None:
    own = re.compile(r"(?:tests|systemd|udev|mhvtl-config|demo|packaging|man|docs)/")
    for word in line.words:
        assert not own.match(word) or (ROOT / word).exists(), word


@pytest.mark.parametrize("line", [each for each in CHECKED if each.words[0] in PROGRAMS], ids=str)
def test_words_of_our_programs_are_taken(line: ShellLine) -> None:
    assert line.words[0] == "changer", "run it"
    entry, _, _ = parse_command_line(line.words[1:])
    assert entry is not None


TARGETS = set(re.findall(r"^([a-z-]+):", document("Makefile"), re.MULTILINE))
VARIABLES = set(re.findall(r"\$[({]+([A-Z]+)\b", document("Makefile"))) | {"DESTDIR", "PREFIX"}


def targets_and_variables(words: list[str]) -> tuple[set[str], set[str]]:
    """Those that a call of make names."""
    given = {word.partition("=")[0] for word in words if re.match(r"[A-Z]+=", word)}
    return {word for word in words[1:] if re.fullmatch(r"[a-z-]+", word)}, given


def test_targets_of_make_that_documents_name_exist() -> None:
    # What mhVTL's documents build is mhVTL.
    own = [line for line in CHECKED if line.section != "Getting mhVTL" and line.words[0] == "make"]
    spoken = [
        ["make", *found.split()]
        for page in PAGES
        for found in re.findall(r"`make ([a-z][a-z-]*(?: [A-Z]+=[^`]*)?)`", document(page))
        if page != "mhvtl-config/README.md"
    ]
    assert len(own) > 5 and len(spoken) > 20
    for words in (*(line.words for line in own), *spoken):
        targets, variables = targets_and_variables(words)
        assert targets <= TARGETS, words
        assert variables <= VARIABLES, words


# The tables are exact


def test_every_reason_is_of_a_line() -> None:
    assert {reason_of(line) for line in CHECKED} == NOT_RUN.keys()


def test_every_other_entry_is_of_a_line_that_is_run() -> None:
    run = {line.text for line in LINES if reason_of(line) is None}
    assert {*STATUS, *ENDLESS, *BEFORE} <= run
    assert all(reason for _, reason in STATUS.values())
    assert BEFORE_SECTION.keys() <= SECTIONS.keys()
    assert all(any(each in text for text in run) for each in STAND_INS)


@pytest.mark.parametrize("page", PAGES)
def test_block_that_is_indented_is_for_the_shell(page: str) -> None:
    """A table, a file or output is fenced with another word than sh, or none."""
    for (of, _), lines in SECTIONS.items():
        for line in lines if of == page else ():
            assert re.match(r"[\w.~/(<-]", line.text), line
            assert not re.match(r"\w+ +=|\[", line.text), line
