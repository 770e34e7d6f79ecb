"""Lines that fit a screen: cut where they must be one line, wrapped between words elsewhere."""

from __future__ import annotations

import pytest

from changer.cli.output import Span, Style
from changer.cli.screen import Screen, fitted, length, wrapped

LINE = (Span("slot 12", Style.HEADING), Span(" is "), Span("empty", Style.QUIET))


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (None, ["slot 12", " is ", "empty"]),
        (17, ["slot 12", " is ", "empty"]),
        (16, ["slot 12", " is ", "empty"]),
        (15, ["slot 12", " is ", "emp", "…"]),
        (12, ["slot 12", " is ", "", "…"]),
        (9, ["slot 12", " ", "", "…"]),
        (8, ["slot 12", "", "", "…"]),
        (2, ["s", "", "", "…"]),
        (1, ["", "", "", "…"]),
        (0, ["", "", "", "…"]),
    ],
)
def test_a_line_is_cut_where_the_screen_ends(columns: int | None, shown: list[str]) -> None:
    line = fitted(LINE, Screen(columns))
    assert [each.text for each in line] == shown
    assert [each.style for each in line][:3] == [each.style for each in LINE]
    assert columns is None or length(line) <= max(columns, 1)


def test_a_terminal_without_that_letter_gets_dots() -> None:
    assert [each.text for each in fitted(LINE, Screen(10, ellipsis="..."))] == [
        "slot 12",
        "",
        "",
        "...",
    ]


@pytest.mark.parametrize(
    ("text", "columns", "indent", "lines"),
    [
        ("", 10, "", [""]),
        ("one", 10, "", ["one"]),
        ("one two three", None, "  ", ["one two three"]),
        ("one two three", 13, "  ", ["one two three"]),
        ("one two three", 12, "  ", ["one two", "  three"]),
        ("one two three", 7, "  ", ["one two", "  three"]),
        ("one two three", 6, "  ", ["one", "  two", "  three"]),
        ("a longer-than-that b", 8, "  ", ["a", "  longer-than-that", "  b"]),
        ("longer-than-that b", 8, "", ["longer-than-that", "b"]),
        ("  one two", 5, "", ["  one", "two"]),
        ("one two three four", 11, "    ", ["one two", "    three", "    four"]),
        ("one two a four", 10, "    ", ["one two a", "    four"]),
    ],
)
def test_words_are_wrapped_where_the_next_one_does_not_fit(
    text: str, columns: int | None, indent: str, lines: list[str]
) -> None:
    before, words = text[: len(text) - len(text.lstrip())], text.split()
    if words:
        words[0] = before + words[0]
    assert list(wrapped(words, columns, indent=indent)) == lines
