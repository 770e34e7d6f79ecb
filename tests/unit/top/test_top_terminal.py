"""What is written to a terminal that takes nothing more, or is gone, is dropped."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator

import pytest

from changer.top.terminal import PatientFile, is_gone

MORE_THAN_FITS = "ä" * (1 << 18)


@pytest.fixture
def pipe() -> Iterator[list[int]]:
    """The reading end and the one that is written to, which never waits."""
    ends = [*os.pipe()]
    os.set_blocking(ends[1], False)
    yield ends
    for each in ends:
        os.close(each)


def test_terminal_whose_other_side_is_closed_is_gone() -> None:
    other, terminal = pty.openpty()
    assert not is_gone(terminal)
    os.close(other)
    assert is_gone(terminal)
    os.close(terminal)


def test_text_that_is_taken_is_written_whole(pipe: list[int]) -> None:
    file = PatientFile(pipe[1])
    assert (file.write("one"), file.write("twö"), file.fileno()) == (3, 3, pipe[1])
    assert os.read(pipe[0], 100).decode() == "onetwö"


def test_text_is_not_waited_with_once_it_is_given_up(pipe: list[int]) -> None:
    file = PatientFile(pipe[1])
    file.give_up()
    assert file.write(MORE_THAN_FITS) == len(MORE_THAN_FITS)
    assert os.read(pipe[0], 1 << 20).decode(errors="ignore")[:9] == MORE_THAN_FITS[:9]


def test_text_for_a_terminal_that_is_gone_is_dropped(pipe: list[int]) -> None:
    file = PatientFile(pipe[1])
    os.close(pipe.pop(0))
    assert file.write(MORE_THAN_FITS) == len(MORE_THAN_FITS)
