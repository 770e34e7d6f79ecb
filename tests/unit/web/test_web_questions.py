"""Parameters of a question: what is taken, up to which end, and what is refused."""

from __future__ import annotations

import pytest

from changer.errors import UsageError
from changer.web.records import Question


def asked(*values: str) -> Question:
    return Question("history", (("other", ("x", "y")), ("it", values)))


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("366", 366), ("0366", 366), ("0" * 15 + "366", 366), (None, 5)],
)
def test_number_of_a_question(text: str | None, number: int) -> None:
    values = () if text is None else (text,)
    assert asked(*values).number("it", default=5, most=366) == number


@pytest.mark.parametrize(
    "text", ["367", "-1", "+1", "1.0", " 1", "", "x", "\xb2", "\u0663", "0" * 16 + "366"]
)
def test_what_is_no_number_up_to_the_most_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="it is not a number from 0 to 366"):
        asked(text).number("it", default=5, most=366)


def test_a_parameter_is_given_once() -> None:
    assert (asked("a").text("it"), asked().text("it"), asked().text("none")) == ("a", None, None)
    with pytest.raises(UsageError, match="it is there more than once"):
        asked("a", "a").text("it")


def test_labels_of_a_question() -> None:
    for values in ((), (" ~",), ("a" * 64,), tuple("abcdefghijklmnopqrst")):
        assert asked(*values).labels("it") == values
    for values in (("",), ("a" * 65,), ("a", "\x7f"), ("\n",), tuple("abcdefghijklmnopqrstu")):
        with pytest.raises(UsageError, match=r"it takes a label or a pattern .*, 20 times at most"):
            asked(*values).labels("it")
