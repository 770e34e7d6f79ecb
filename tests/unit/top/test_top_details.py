"""Details of an element, and what stands beside the elements: complete, old where they are old."""

from __future__ import annotations

from typing import Any

import pytest

from changer.cleaning.family_stock import FamilyStock
from changer.cleaning.read_stock import CleanerStock
from changer.cleaning.stock import StockedCleaner
from changer.errors import CleanerLow
from changer.library.findings import Finding
from changer.library.status import SlotStatus
from changer.top.details import NOT_READ, History, Past, detail_lines
from changer.top.lines import length
from changer.top.shown import Shown
from changer.top.side import side_lines

from .pictures import (
    MAGAZINE_OUT,
    NOW,
    cleaner,
    drive,
    event,
    overview,
    reading,
    records,
    shown,
    slot,
    texts,
    trouble,
)


def details(row: object, picture: Shown | None = None, history: History = NOT_READ) -> list[str]:
    lines = [*detail_lines(row, picture or shown(), history, 76)]  # type: ignore[arg-type]
    assert max(map(length, lines)) <= 76
    return texts(lines)


def side(*cleaners: StockedCleaner, **changes: Any) -> list[str]:
    family = FamilyStock("LTO", (500,), 1, 45, None)  # type: ignore[arg-type]
    stock = CleanerStock(cleaners, (), (family._replace(**changes),))
    return texts(side_lines(shown(overview(reading=reading(stock=stock))), 76))


# Details


def test_all_that_is_known_of_an_element_is_shown() -> None:
    row = drive(0, "A00001L8", source_slot=3, cleaning_request="required")
    lines = details(row)
    assert lines[0] == "drive 0  A00001L8"
    for title, value in {
        "address": "500",
        "contents": "A00001L8",
        "label": "A00001L8",
        "source": "slot 3",
        "serial": "D0",
        "device": "/dev/nst0",
        "cleaning": "required",
    }.items():
        assert f"  {title:<9}  {value}" in lines


def test_what_is_wrong_with_an_element_is_shown_with_what_to_do() -> None:
    finding = Finding(
        "cleaning-required", "warning", "drive 0 needs cleaning", "clean it", ("drive:0",)
    )
    other = Finding("picker-full", "critical", "the picker is full", None, ("picker",))
    picture = shown(overview(records=records(attention=(finding, other))))
    lines = details(drive(0), picture)
    assert lines.index("! drive 0 needs cleaning") + 1 == lines.index("    clean it")
    assert "! the picker is full" not in lines


def test_the_reason_of_an_element_that_is_not_there_is_shown() -> None:
    row: SlotStatus = slot(3, full=None, present=False, exception=MAGAZINE_OUT)
    assert "  exception  medium magazine removed (3B/12)" in details(row)
    assert details(row)[0] == "slot 3  not present"


def test_details_of_long_ago_say_so() -> None:
    picture = shown(overview(trouble=trouble()), now=NOW + 600)
    assert details(drive(0), picture)[1] == "AS IT WAS 10 min AGO"


def test_history_is_the_cartridges_or_that_of_an_empty_element() -> None:
    past = Past(NOW - 60, "A00001L8", "slot 1 -> drive 0", "ok", "root", "")
    lines = details(slot(1, "A00001L8"), history=History((past,)))
    assert lines[-2:] == [
        "history of A00001L8",
        f"  t{NOW - 60:.0f}  A00001L8  slot 1 -> drive 0  ok  root",
    ]
    assert "history of slot 1" in details(slot(1))


def test_history_that_is_not_known_is_not_none() -> None:
    row = slot(1, "A00001L8")
    assert details(row)[-1] == "  being read"
    assert details(row, history=History(trouble="the store is damaged"))[-1] == (
        "  the store is damaged"
    )
    assert details(row, history=History())[-1] == "  none on record"


def test_a_long_message_of_the_past_is_wrapped() -> None:
    past = Past(NOW - 60, "A" * 32, "slot 1 -> " + "drive 0 " * 9, "failed", "root", "why " * 40)
    lines = details(slot(1, "A" * 32), history=History((past,)))
    assert f"  t{NOW - 60:.0f}  {'A' * 32}" in lines
    assert sum("why" in each for each in lines) > 1


# Beside the elements


def test_cleaners_are_shown_with_what_is_left_of_them() -> None:
    lines = side(cleaner(), cleaner(label="CLN002CU", cleans_left=None, last_used_at=None))
    assert "  LTO: 1 usable, cleanings left: 45" in lines
    assert "  CLN001CU   slot 1, usable, 45 left, used 2 h ago" in lines
    assert "  CLN002CU   slot 1, usable, ? left" in lines


def test_a_family_without_enough_says_why() -> None:
    lines = side(cleans_left=None, trouble=CleanerLow("few cleanings are left"))
    assert "  LTO: 1 usable, cleanings left not known; few cleanings are left" in lines
    assert lines[lines.index("cleaners") + 2] == "  none"


def test_events_that_last_are_marked() -> None:
    picture = shown(events=(event("is out", over_at=None), event("was filled")))
    lines = texts(side_lines(picture, 76))
    assert f"* t{NOW - 60:.0f}{' ' * 12}  is out" in lines
    assert f"  t{NOW - 60:.0f}{' ' * 12}  was filled" in lines


def test_a_narrow_column_has_no_room_for_times() -> None:
    lines = texts(side_lines(shown(events=(event("mail slot 1 was filled"),)), 30))
    assert "  mail slot 1 was filled" in lines


@pytest.mark.parametrize(
    ("columns", "texts_"),
    [
        (1, ["  a", "  b", "  c", "  d"]),
        (3, ["  a", "  b", "  c", "  d"]),
        (4, ["  ab", "  cd"]),
        (6, ["  abcd"]),
    ],
)
def test_events_are_broken_where_there_is_no_room(columns: int, texts_: list[str]) -> None:
    lines = texts(side_lines(shown(events=(event("abcd"),)), columns))
    assert lines[lines.index("last events") + 1 :] == texts_


@pytest.mark.parametrize(
    ("columns", "serials"), [(5, ["a", "b", "c"]), (14, ["a", "b", "c"]), (15, ["ab", "c"])]
)
def test_facts_and_troubles_are_broken_where_there_is_no_room(
    columns: int, serials: list[str]
) -> None:
    lines = texts(detail_lines(drive(0, serial="abc"), shown(), NOT_READ, columns))
    at = lines.index(f"  serial     {serials[0]}")
    assert [each.strip() for each in lines[at + 1 : at + len(serials)]] == serials[1:]
    for narrow in (1, 3):
        trouble_ = detail_lines(drive(0), shown(), History(trouble="abc"), narrow)
        assert texts(trouble_)[-3:] == ["  a", "  b", "  c"]


def test_what_wants_attention_is_nothing_only_where_that_is_known() -> None:
    assert texts(side_lines(shown(), 76))[:2] == ["wants attention", "  nothing"]
    unknown = shown(overview(reading=None, trouble=trouble()))
    assert texts(side_lines(unknown, 76))[:2] == ["wants attention", "  not known"]
