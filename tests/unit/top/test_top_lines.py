"""Lines: they fit, they say what they were told, and nothing in them steers a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changer.top.duration import duration_words
from changer.top.lines import Look, Part, cut, length, spread, text_of, words, wrapped

LINES = st.lists(st.text(max_size=20).map(Part), max_size=6).map(tuple)


@given(LINES, st.integers(0, 60))
def test_a_line_that_is_cut_fits_and_says_that_it_is_cut(
    line: tuple[Part, ...], columns: int
) -> None:
    shown = cut(line, columns)
    assert length(shown) <= columns
    assert shown == line or "".join(each.text for each in shown).endswith("..."[:columns])


def test_the_parts_of_a_cut_line_keep_what_they_stand_for() -> None:
    line = (Part("slot 1 ", Look.QUIET), Part("A00001L8", None, 1000))
    assert cut(line, 12) == (Part("slot 1 ", Look.QUIET), Part("A0", None, 1000), Part("..."))


@given(st.text(alphabet="ab ", max_size=80), st.integers(4, 30))
def test_wrapped_lines_fit_and_lose_no_word(text: str, columns: int) -> None:
    lines = [*wrapped(text.strip(), columns, indent="  ")]
    assert max(map(len, lines)) <= columns
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapped_lines_begin_as_their_text_does() -> None:
    assert [*wrapped("  ab cd ef", 7, indent="    ")] == ["  ab cd", "    ef"]


def test_ends_of_a_line_stand_at_both_sides_or_the_left_one_alone() -> None:
    assert text_of(spread(words("left"), words("right"), 12)) == "left   right"
    assert text_of(spread(words("left"), words("right"), 8)) == "left"


def test_nothing_in_a_line_steers_a_terminal() -> None:
    assert text_of(words("a\x1b[31mb\nc\u202e")) == "a?[31mb?c?"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86400, "24 h"),
        (172800, "2 days"),
        (9e9, "104166 days"),
    ],
)
def test_times_are_said_in_two_units_at_most(seconds: float, said: str) -> None:
    assert duration_words(seconds) == said
