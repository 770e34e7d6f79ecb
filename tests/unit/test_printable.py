"""What is printed shows on one line, in reading order, and steers nothing."""

from __future__ import annotations

import unicodedata

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from changer.cli.output import columns
from changer.errors import UsageError
from changer.host.syslog import log_warning
from changer.printable import printable, printable_lines

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("A00001L8", "A00001L8"),
        ("Bänder, 磁带", "Bänder, 磁带"),
        ("\x1b[31mred", "?[31mred"),
        ("\x9b2Jgone", "?2Jgone"),
        ("a\nb\rc\td", "a?b?c?d"),
        ("\0\x7f", "??"),
        ("slot \u202e21", "slot ?21"),
        ("\u200bzero\u2066width\u2069", "?zero?width?"),
        ("\udcff", "?"),
        ("line\u2028end\u00a0", "line?end?"),
    ],
)
def test_letters_that_print_as_none_are_question_marks(text: str, shown: str) -> None:
    assert printable(text) == shown


@examples(100)
@given(ANY_TEXT)
def test_neither_control_nor_format_characters_come_out(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert printable(shown) == shown


@examples(100)
@given(st.lists(ANY_TEXT.map(lambda text: text.replace("\n", ""))))
def test_lines_stay_lines(lines: list[str]) -> None:
    assert printable_lines("\n".join(lines)) == "\n".join(map(printable, lines))


@examples(100)
@given(ANY_TEXT)
def test_an_error_can_be_logged_whatever_it_quotes(text: str) -> None:
    error = UsageError(f"{text} is not a place", hint=text)
    assert error.message == str(error) == printable(f"{text} is not a place")
    assert error.hint == printable(text)


def test_a_cell_is_one_line_and_as_wide_as_it_shows() -> None:
    rows = [("slot 1", "A\nchanger: done", "x"), ("slot 2", "\x1b[31m", "y")]
    assert columns(rows, indent=0) == "slot 1  A?changer: done  x\nslot 2  ?[31m            y"


@pytest.mark.parametrize("text", ["a\0b", "\udcff", "a\nJan 1 sshd: all is well", "\x1b[2J"])
def test_the_host_s_log_gets_one_printable_line(mocker: MockerFixture, text: str) -> None:
    log = mocker.patch("syslog.syslog")
    log_warning(text)
    (_, line), _ = log.call_args
    assert line == f"changer: {printable(text)}"
    assert line.isprintable()
