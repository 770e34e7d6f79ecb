"""Ranges of elements on a screen: what fits is shown, and what does not is counted."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from changer.cli.output import Style
from changer.cli.screen import Screen
from changer.cli.status_ranges import range_lines
from changer.library.folding import Fold

SLOTS = (
    Fold("full", "", ((1, 180), (190, 190))),
    Fold("empty", "", ((181, 189),)),
    Fold("not present", "magazine is out", ((191, 200),)),
)
MAIL = (Fold("empty", "", ((1, 2), (4, 4))),)
ODD = (Fold("empty", "", tuple((each, each) for each in range(101, 131, 2))),)


def shown(columns: int, room: int, **folds: tuple[Fold, ...]) -> list[str]:
    lines = range_lines(folds, name_columns=5, screen=Screen(columns), room=room)
    assert [*lines] == [*folds]
    return ["".join(span.text for span in line) for each in lines.values() for line in each]


@pytest.mark.parametrize(
    ("columns", "room", "lines"),
    [
        (
            80,
            4,
            [
                "  slots  full: 1-180, 190",
                "         empty: 181-189",
                "         not present, magazine is out: 191-200",
                "  mail   empty: 1-2, 4",
            ],
        ),
        (
            80,
            3,
            [
                "  slots  full: 1-180, 190",
                "         empty: 181-189",
                "         not present: 191-200",
                "  mail   empty: 1-2, 4",
            ],
        ),
        (
            34,
            5,
            [
                "  slots  full: 1-180, 190",
                "         empty: 181-189",
                "         not present, magazine is",
                "           out: 191-200",
                "  mail   empty: 1-2, 4",
            ],
        ),
        (
            25,
            4,
            [
                "  slots  full: 1-180, 190",
                "         empty: 181-189",
                "         not present:",
                "           191-200",
                "  mail   empty: 1-2, 4",
            ],
        ),
        (
            24,
            6,
            [
                "  slots  full: 1-180,",
                "           190",
                "         empty: 181-189",
                "         not present:",
                "           191-200",
                "  mail   empty: 1-2, 4",
            ],
        ),
        (
            24,
            5,
            [
                "  slots  full:",
                "           1-180, 190",
                "         empty: 181-189",
                "         not present:",
                "           191-200",
                "  mail   empty: 1-2, 4",
            ],
        ),
    ],
)
def test_reasons_make_room_first(columns: int, room: int, lines: list[str]) -> None:
    assert shown(columns, room, slots=SLOTS, mail=MAIL) == lines


@pytest.mark.parametrize(
    ("columns", "room", "lines"),
    [
        (
            40,
            3,
            [
                "  slots  empty: 101, 103, 105, 107, 109,",
                "           111, 113, 115, 117, 119, 121,",
                "           123, 125, 127, 129",
            ],
        ),
        (
            41,
            2,
            [
                "  slots  empty: 101, 103, 105, 107, 109,",
                "           111, 113, 115, 117 and 6 more",
            ],
        ),
        (
            40,
            2,
            ["  slots  empty: 101, 103, 105, 107, 109,", "           111, 113, 115 and 7 more"],
        ),
        (42, 1, ["  slots  empty: 101, 103, 105 and 12 more"]),
        (41, 1, ["  slots  empty: 101, 103 and 13 more"]),
        (41, 0, ["  slots  empty: 101, 103 and 13 more"]),
        (89, 1, ["  slots  empty: " + ", ".join(map(str, range(101, 131, 2)))]),
        (88, 1, ["  slots  empty: " + ", ".join(map(str, range(101, 125, 2))) + " and 3 more"]),
    ],
)
def test_ranges_that_do_not_fit_are_counted(columns: int, room: int, lines: list[str]) -> None:
    assert shown(columns, room, slots=ODD) == lines


@pytest.mark.parametrize("folds", [{"slots": ODD}, {"slots": SLOTS, "mail": MAIL}])
def test_no_range_is_lost_no_line_is_too_long_and_less_room_takes_fewer_lines(
    folds: dict[str, tuple[Fold, ...]],
) -> None:
    ranges = sum(len(fold.ranges) for each in folds.values() for fold in each)
    for columns in range(36, 120, 7):
        screens = {room: shown(columns, room, **folds) for room in range(20, -1, -1)}
        for room, lines in screens.items():
            text, *left = re.split(r"and (\d+) more", " ".join(lines))
            text += " ".join(left[1::2])
            assert len(re.findall(r"\d+(?:-\d+)?", text)) + sum(map(int, left[::2])) == ranges
            assert max(map(len, lines)) <= columns
            assert len(lines) <= max(room, sum(map(len, folds.values())))
        assert all(len(more) >= len(less) for more, less in pairwise(screens.values()))


def test_each_kind_of_range_has_its_colour() -> None:
    words = {
        "full": None,
        "full, no label": None,
        "empty": Style.QUIET,
        "cleaning cartridge": Style.CLEANER,
        "not present": Style.WARNING,
        "unknown": Style.WARNING,
        "reserved, empty": None,
    }
    folds = tuple(Fold(each, "", ((1, 1),)) for each in words)
    why = Fold("empty", "label not readable", ((2, 2),))
    lines = range_lines({"": (*folds, why)}, name_columns=0, screen=Screen(80), room=9)[""]
    assert [[span.style for span in line] for line in lines] == [
        [None, style] for style in (*words.values(), Style.WARNING)
    ]


def test_there_may_be_none() -> None:
    assert shown(80, 5) == shown(80, 5, slots=()) == []
