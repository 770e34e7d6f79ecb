"""mtx's command line: commands with numbers, read as C reads them."""

from __future__ import annotations

import re

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.hooks.mtx.program import COMMANDS, USAGE, Command, next_command

Numbers = tuple[int, int, int]


@pytest.mark.parametrize(
    ("words", "numbers", "taken"),
    [
        (["load"], (-1, -1, -1), 1),
        (["load", "3"], (3, -1, -1), 2),
        (["load", "3", "1", "2"], (3, 1, -1), 3),
        (["load", "3", "status"], (3, -1, -1), 2),
        (["unload", "-1"], (-1, -1, -1), 1),
        (["exchange", "1", "2", "3", "4"], (1, 2, 3), 4),
        (["eepos", "2"], (2, -1, -1), 2),
        (["status", "1"], (-1, -1, -1), 1),
        (["first", ""], (-1, -1, -1), 1),
        (["first", "1x"], (1, -1, -1), 2),
        (["first", "007"], (7, -1, -1), 2),
        (["first", "٣"], (-1, -1, -1), 1),
        (["first", "2147483647"], (2147483647, -1, -1), 2),
        (["first", "2147483648"], (-2147483648, -1, -1), 2),
        (["first", "4294967297"], (1, -1, -1), 2),
        # What is -1 in 32 bits, or past 64, is as no number, and the next word.
        (["first", "4294967295"], (-1, -1, -1), 1),
        (["first", "9" * 5000], (-1, -1, -1), 1),
    ],
)
def test_numbers_after_a_command_are_its_own(
    words: list[str], numbers: Numbers, taken: int
) -> None:
    assert next_command(words) == (Command(words[0], numbers), taken)


def test_device_is_an_option_with_a_word() -> None:
    assert next_command(["-f", "/dev/sg3", "status"]) == (Command("-f", device="/dev/sg3"), 2)
    assert next_command(["-f", "-f"]) == (Command("-f", device="-f"), 2)


@pytest.mark.parametrize("word", ["-f", "", "stat", "Status", "-h", "--help", "12", "-d"])
def test_other_words_are_no_command(word: str) -> None:
    assert next_command([word]) is None


def test_usage_names_every_command_but_one() -> None:
    told = set(re.findall(r"(?:--)?[a-z0-9]+", USAGE))
    assert set(COMMANDS) - told == {"erase"}


@examples(100)
@given(st.lists(st.text(), min_size=1))
def test_any_words_are_read_and_no_more_than_there_are(words: list[str]) -> None:
    found = next_command(words)
    if found is not None:
        command, taken = found
        assert 1 <= taken <= len(words)
        assert all(-(2**31) <= number < 2**31 for number in command.numbers)
