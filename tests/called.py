"""A program's function called in this process, as a shell calls the program."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from open_files import none_left_open


@contextmanager
def environment_set(
    variables: Mapping[str, str], *, without: tuple[str, ...] = ()
) -> Iterator[None]:
    """This process's environment has these variables, and not the others, inside ``with``."""
    before = dict(os.environ)
    for name in without:
        os.environ.pop(name, None)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def called(function: Callable[[], int]) -> tuple[int, str, str]:
    """The exit status that it returns, and what it writes on standard output and error."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), none_left_open():
        status = function()
    return status, out.getvalue(), err.getvalue()
