"""Mutants that nothing could tell from the program: their list is of lines that are there."""

import json
from pathlib import Path
from typing import Any

import pytest
from mutants.equivalents import Equivalent, equivalents
from mutants.new_code import functions_by_file, put
from mutants.seen import Measurement, Seen

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("known", sorted(equivalents(), key=str), ids=lambda each: each.module)
def test_equivalent_is_of_a_line_that_is_there_and_has_its_reason(known: Equivalent) -> None:
    lines = [each.strip() for each in (ROOT / known.module).read_text().splitlines()]
    assert known.was in lines
    assert known.was != known.becomes
    assert known.why


def test_function_that_is_imported_does_what_a_changed_text_says(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    before = """
import functools
class Slot:
    @property
    def number(self): return [each for each in (1, 2)]
@functools.cache
def twice(value): return (lambda: value * 2)()
def twice_more(value): return twice(value) * 2
"""
    module: dict[str, Any] = {}
    exec(compile(before, file, "exec"), module)
    functions = functions_by_file()[str(file)]
    after = before.replace("(1, 2)", "(2, 1)").replace("* 2", "+ 3").replace("\n", "\n\n")
    put(functions, str(file), before, after)
    assert module["Slot"]().number == [2, 1]
    assert module["twice"](1) == 4
    assert module["twice_more"](1) == 7


def test_function_that_a_text_does_not_have_is_not_guessed(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    module: dict[str, Any] = {}
    exec(compile("def full(): return 1", file, "exec"), module)
    functions = functions_by_file()[str(file)]
    with pytest.raises(KeyError):
        put(functions, str(file), "def full(): return 1", "def empty(): return 1")


def test_module_without_functions_is_tried_by_the_tests_of_those_that_import_it(
    tmp_path: Path,
) -> None:
    """By name; one that is imported by a name that is made is beside the one that does."""
    files = {
        "changer/profiles/table.py": "def row(name):\n    return name\n",
        "changer/profiles/made.py": "ROWS = 1\n",
        "changer/profiles/named.py": "LIMIT = 2\n",
        "changer/user.py": "from changer.profiles.named import LIMIT\ndef use():\n    pass\n",
        "changer/other.py": "def other():\n    return 3\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    lines = {
        "changer/profiles/table.py": {"2": [0]},
        "changer/profiles/made.py": {"1": [0, 1, 2]},
        "changer/profiles/named.py": {"1": [0, 1, 2]},
        "changer/user.py": {"3": [1]},
        "changer/other.py": {"2": [2]},
    }
    tests = ["of_table", "of_user", "of_other"]
    (tmp_path / Measurement.LINES).write_text(json.dumps({"tests": tests, "lines": lines}))
    seconds = "".join(f"{json.dumps([each, 0.1])}\n" for each in tests)
    (tmp_path / Measurement.SECONDS).write_text(seconds)
    for each in tests:
        (tmp_path / each).touch()
    seen = Seen([Measurement(tmp_path)], tmp_path)
    assert {name: seen.tests_of(name, 1, text) for name, text in files.items()} == {
        "changer/profiles/table.py": ["of_table"],
        "changer/profiles/made.py": ["of_table"],
        "changer/profiles/named.py": ["of_user"],
        "changer/user.py": ["of_user"],
        "changer/other.py": ["of_other"],
    }
    (tmp_path / "of_user").unlink()
    assert list(Seen([Measurement(tmp_path)], tmp_path).seconds) == ["of_table", "of_other"]
