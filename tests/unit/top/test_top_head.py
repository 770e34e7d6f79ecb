"""The head: how old the picture is and why, what a person has to do, what moves, what is wrong."""

from __future__ import annotations

import pytest

from changer.cleaning.verdict import judge
from changer.library.findings import Finding
from changer.store.sharing import LockUse
from changer.top.head import head_lines
from changer.top.lines import Look, length
from changer.top.shown import Shown, freshness

from .pictures import (
    NOW,
    moving,
    overview,
    reading,
    records,
    shown,
    status,
    texts,
    trouble,
    waiting,
)

TOLD_APART = ("move-under-way", "operator-wanted")


def head(picture: Shown, *, columns: int = 80, lines: int | None = None) -> list[str]:
    return texts(head_lines(picture, columns=columns, lines=lines))


# Age


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (shown(), "read 3 s ago, every 30 s"),
        (shown(overview(reading=reading(took_seconds=10.0))), "read 3 s ago, every 6 min"),
        (shown(overview(reading=None)), "NOT READ YET: reading the library"),
        (
            shown(overview(reading=None, trouble=trouble())),
            "NOT READ YET: no answer for 60 s: no such device",
        ),
        (
            shown(overview(trouble=trouble()), now=NOW + 300),
            "OLD, read 5 min ago: no answer for 6 min: no such device",
        ),
        (shown(now=NOW + 100, alive_at=NOW + 100), "OLD, read 103 s ago"),
        (
            shown(now=NOW + 100, alive_at=NOW + 60),
            "OLD, read 103 s ago: waiting for the library for 40 s",
        ),
        (shown(alive_at=NOW - 5), "read 3 s ago, every 30 s"),
        (shown(alive_at=NOW - 6), "read 3 s ago, every 30 s; waiting for the library for 6 s"),
        (shown(alive_at=0.0), "read 3 s ago, every 30 s"),
        (shown(overview(records=None)), "read 3 s ago, every 30 s"),
        (shown(overview(records=records(lock=LockUse(held=False)))), "read 3 s ago, every 30 s"),
        (
            shown(overview(reading=None), alive_at=NOW - 20),
            "NOT READ YET: waiting for the library for 20 s",
        ),
        (
            shown(overview(records=records(lock=LockUse(held=True, holder="changer load 3")))),
            "read 3 s ago, every 30 s; in use by changer load 3",
        ),
        (
            shown(overview(reading=None, records=records(lock=LockUse(held=True)))),
            "NOT READ YET: in use by another process",
        ),
    ],
)
def test_age_and_its_reason_are_said(picture: Shown, said: str) -> None:
    assert freshness(picture) == said


@pytest.mark.parametrize(
    ("picture", "is_old"),
    [
        (shown(), False),
        (shown(overview(reading=None)), True),
        (shown(overview(trouble=trouble(seconds=0.0))), True),
        (shown(now=NOW + 60), False),
        (shown(now=NOW + 67), False),
        (shown(now=NOW + 68), True),
        # Where a reading takes 10 s, the pause is 390 s.
        (shown(overview(reading=reading(took_seconds=10.0)), now=NOW + 700), False),
        (shown(overview(reading=reading(took_seconds=10.0)), now=NOW + 787), False),
        (shown(overview(reading=reading(took_seconds=10.0)), now=NOW + 788), True),
    ],
)
def test_what_may_not_be_so_any_more_is_old(picture: Shown, is_old: bool) -> None:
    assert picture.is_old is is_old


@pytest.mark.parametrize(
    "picture",
    [
        shown(overview(trouble=trouble())),
        shown(overview(reading=None)),
        shown(overview(records_trouble=trouble("the store is damaged"))),
    ],
)
def test_what_is_not_known_is_not_called_well(picture: Shown) -> None:
    text = "\n".join(head(picture))
    assert "UNKNOWN" in text
    assert "OK" not in text


def test_records_that_are_old_are_said_to_be() -> None:
    lines = head(shown(overview(records_trouble=trouble("the store is damaged"))))
    assert "RECORDS NOT READ for 60 s: the store is damaged" in lines


def test_a_picture_that_was_stopped_says_since_when() -> None:
    lines = head(shown(paused_at=NOW - 120))
    assert "PAUSED  as of t999880, 2 min ago; p: go on" in lines


def test_the_title_names_the_library_and_which_of_several_it_is() -> None:
    title = head(shown(overview(alias="msl"), number=2, libraries=3))[0]
    assert title.startswith("msl  CHANGER TEST  /dev/sg3")
    assert title.endswith("library 2 of 3")
    assert head(shown(overview(identity=None, device=None)))[0].startswith("CHANGER_TEST_1")


# Tasks and moves


def test_what_a_person_has_to_do_stands_large_above_all_else() -> None:
    task = waiting("put a cleaning cartridge into mail slot 1")
    picture = shown(overview(records=records(operations=(task,), moves=(moving(),))))
    lines = [*head_lines(picture, columns=80, lines=20)]
    box = [each for each in lines if each[0].look is Look.TASK]
    assert {length(each) for each in box} == {80}
    assert texts(box)[0] == f"+{'=' * 78}+"
    assert any("DO NOW: put a cleaning cartridge into mail slot 1" in each for each in texts(box))
    assert any("changer operations stop 00000001" in each for each in texts(box))
    assert lines.index(box[0]) < texts(lines).index(
        next(each for each in texts(lines) if each.startswith("MOVING"))
    )


def test_of_many_tasks_it_is_said_how_many_more_there_are() -> None:
    tasks = tuple(waiting(f"take cartridge {n}", number=n) for n in range(1, 6))
    lines = head(shown(overview(records=records(operations=tasks))))
    assert sum("DO NOW" in each for each in lines) == 3
    assert any("and 2 more" in each for each in lines)


def test_what_moves_now_is_shown_with_its_way_and_its_time() -> None:
    lines = head(shown(overview(records=records(moves=(moving(), moving(None))))))
    assert "MOVING  A00001L8  slot 1 -> drive 0  for 12 s" in lines
    assert "MOVING  a cartridge without a label  slot 1 -> drive 0  for 12 s" in lines


def test_a_move_of_a_process_that_died_does_not_move() -> None:
    picture = shown(overview(records=records(moves=(moving(is_running=False),))))
    assert not any("MOVING" in each for each in head(picture))


def test_places_are_addresses_where_their_numbers_are_not_known() -> None:
    lines = head(shown(overview(records=records(numbering=None, moves=(moving(),)))))
    assert "MOVING  A00001L8  @1000 -> @500  for 12 s" in lines


# What is wrong


def finding(number: int, level: str = "warning") -> Finding:
    return Finding("picker-full", level, f"trouble {number}", f"do {number}", ())  # type: ignore[arg-type]


def test_the_most_urgent_comes_first_with_what_to_do() -> None:
    found = (finding(1), finding(2, "critical"))
    lines = head(shown(overview(records=records(attention=found))))
    assert lines[-4:] == ["! trouble 2", "    do 2", "! trouble 1", "    do 1"]


def test_where_the_screen_is_small_it_is_said_how_many_more_there_are() -> None:
    found = tuple(map(finding, range(20)))
    lines = head(shown(overview(records=records(attention=found))), columns=60, lines=20)
    assert len(lines) <= 8
    assert "! trouble 0" in lines
    assert any("and " in each and "more problems" in each for each in lines)


def test_what_cleaners_lack_is_shown_with_what_elements_have() -> None:
    low = finding(9)
    verdict = judge(status(), (), ())._replace(findings=(low, low._replace(places=("1",))))
    apart = (finding(4)._replace(code=each) for each in TOLD_APART)
    odd = (finding(1), finding(2, "note"), finding(3, "critical"), finding(1), *apart)
    picture = shown(overview(reading=reading(verdict=verdict), records=records(attention=odd)))
    assert picture.attention == (finding(3, "critical"), finding(1), low, finding(2, "note"))


@pytest.mark.parametrize("columns", [60, 80, 132, 400])
@pytest.mark.parametrize("lines", [20, 24, 60, 200])
def test_the_head_fits_the_screen_whatever_there_is_to_say(columns: int, lines: int) -> None:
    hostile = f"x\x1b[2J[red]\n{'long ' * 50}"
    picture = shown(
        overview(
            alias="a" * 300,
            trouble=trouble(hostile),
            records_trouble=trouble(hostile),
            records=records(
                operations=tuple(waiting(hostile, number=n) for n in range(1, 5)),
                moves=(moving(hostile),) * 9,
                attention=tuple(finding(n)._replace(words=hostile) for n in range(9)),
            ),
        ),
        paused_at=NOW,
    )
    shown_lines = head_lines(picture, columns=columns, lines=lines)
    assert max(map(length, shown_lines)) <= columns
    assert all(each.isprintable() for each in texts(shown_lines))
