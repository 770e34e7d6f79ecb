"""Answers from the records, whole: what is in them, in which order, and what is left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from kept_files import read_cases

from changer.cleaning.clean_drive import clean
from changer.cleaning.insert import InsertionRequest, insert
from changer.drives.cleaning_requests import cleaning_requests
from changer.errors import MoveFailed
from changer.library.addressing import parse_place

from .shown import DAY, Shown

TABLE = Path(__file__).parents[2] / "data" / "web_answers.txt"
# By whom, where, and in which process.
OF_THE_RUN = ("host", "library", "library_id", "operation_id", "process_id", "user")


@pytest.fixture
def shown(folder: Path) -> Shown:
    """Of a library with moves of some days, trouble, a cleaning, and labels that stand twice."""
    shown = Shown(folder)
    library = shown.library
    shown.load("1", "drive:0")
    library.clock.sleep(1.5 * DAY)
    library.fault("move-fails at-source")
    with pytest.raises(MoveFailed):
        shown.load("2", "drive:1")
    library.clock.sleep(DAY / 2)
    library.reserve("12")
    library.fault("wants-cleaning drive:1 required")
    library.fault("wants-cleaning drive:0")
    library.fault("tape-alert 20 drive:0")
    with library.open() as opened:
        insert(opened, InsertionRequest(source=parse_place("mail:1"), cleans_left=20))
        cleaning_requests(opened)
        clean(opened, parse_place("drive:1"))
    library.clock.sleep(DAY)
    library.operate("insert A00003L8 9")
    library.operate("insert A00003L8 10")
    library.fault("magazine-out 1")
    library.fault("element 7 83/02")
    shown.read()
    return shown


def lines_of(document: dict[str, Any]) -> Iterator[str]:
    """A line for each row of a list; days without anything are left out."""
    rest = {name: each for name, each in document.items() if not isinstance(each, list)}
    yield text_of(rest)
    for name, rows in document.items():
        if isinstance(rows, list):
            rows = [each for each in rows if "day" not in each or any([*each.values()][1:])]
            yield from (f"  {name}: {text_of(each)}" for each in rows)


def text_of(row: object) -> str:
    return json.dumps(without_run(row))


def without_run(value: object) -> object:
    if isinstance(value, list):
        return [without_run(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: without_run(each) for name, each in value.items() if name not in OF_THE_RUN}


def answers(shown: Shown, asked: list[str]) -> dict[str, list[str]]:
    found = {}
    for each in asked:
        name, _, query = each.partition("?")
        parameters = {key: tuple(values) for key, values in parse_qs(query).items()}
        document = json.loads(
            json.dumps(shown.ask(name, **parameters)).replace(shown.library.id, "ID")
        )
        found[each] = [*lines_of(document)]
    return found


def test_each_question_has_this_answer(shown: Shown) -> None:
    expected = read_cases(TABLE)
    told = answers(shown, [*expected])
    assert {name: lines for name, lines in told.items() if lines != expected[name]} == {}


def test_before_the_first_reading_there_is_what_is_on_record(folder: Path) -> None:
    shown = Shown(folder)
    shown.load("1", "drive:0")
    found = shown.ask("find", label="A00001L8")
    (cartridge,) = found["cartridges"]
    assert (found["is_read"], found["read_at"], cartridge["shown"]) == (False, None, False)
    assert cartridge["last_move"]["destination"] == "drive:0"
    for name in ("drives", "cleaner"):
        assert shown.ask(name) == {
            "error": {
                "code": "not-read",
                "message": "the library has not been read yet",
                "hint": "the library is being read, or see the field trouble of /api/v1/overview",
            }
        }


def test_as_many_cartridges_are_told_and_the_others_counted(folder: Path) -> None:
    for number, left_out in ((200, 0), (201, 1)):
        shown = Shown(folder / str(number), slots=250, data_cartridges=number)
        shown.read()
        found = shown.ask("find", label="A*")
        assert (len(found["cartridges"]), found["left_out"]) == (200, left_out)
