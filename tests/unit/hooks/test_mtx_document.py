"""docs/mtx.md lists the differences that tests show, and no others; the manual has the commands."""

from __future__ import annotations

import re
from pathlib import Path

from kernel.mtx_differences import DIFFERENCES, SHOWN_ELSEWHERE

from changer.hooks.mtx.program import COMMANDS, USAGE, VERSION

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "mtx.md").read_text()
MANUAL = (ROOT / "man" / "changer-mtx.1").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in DOCUMENT.splitlines()
    if line.startswith("| ") and not line.startswith("| |")
]


def test_every_difference_has_its_row_and_no_other_has() -> None:
    shown = {each.name for each in DIFFERENCES} | SHOWN_ELSEWHERE.keys()
    listed = [name for name, *_ in ROWS]
    assert sorted(listed) == sorted(shown)
    assert len(listed) == len(set(listed))


def test_tests_that_show_one_exist() -> None:
    tests = "".join(
        file.read_text()
        for folder in ("tests/kernel", "tests/simulated/hooks", "tests/unit/hooks")
        for file in (ROOT / folder).glob("test_*mtx*.py")
    )
    for name in SHOWN_ELSEWHERE.values():
        assert f"def {name}(" in tests, name


def test_every_row_says_what_is_done_instead() -> None:
    for name, mtx, instead, _ in ROWS:
        assert instead, name
        assert mtx or name == "errors of its own"


def test_every_command_does_something_and_is_in_the_manual() -> None:
    assert all(callable(each.load()) for each in COMMANDS.values())
    assert "Fl -version" in MANUAL
    assert VERSION in MANUAL and VERSION in DOCUMENT


def test_manual_gives_each_command_its_numbers() -> None:
    items = re.findall(r"^\.It Ic (\S+)((?: \S+)*)$", MANUAL, re.MULTILINE)
    numbers = {
        name: len([word for word in rest.split() if word not in ("Ar", "Op", "Oo", "Oc")])
        for name, rest in items
    }
    assert numbers == {name: each.numbers for name, each in COMMANDS.items() if name != "--version"}


def test_usage_is_that_of_mtx() -> None:
    assert len(USAGE.splitlines()) == 15
