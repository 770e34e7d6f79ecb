"""Text that leaves the program: rows, times, streams that take less than all, and a typed yes."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable

import pytest

from changer.cli import output
from changer.cli.output import (
    Output,
    columns,
    complain,
    complain_verbatim,
    count,
    local_time,
    replace_line,
    require_yes,
    terminal_size,
    write,
)
from changer.errors import OutputFailed, UsageError


@pytest.mark.parametrize(
    ("rows", "indent", "text"),
    [
        ([], 2, ""),
        ([()], 2, ""),
        ([("a",)], 2, "  a"),
        ([("a", "b")], 0, "a  b"),
        ([("a", "bb", "c"), ("aaa", "b", "")], 0, "a    bb  c\naaa  b"),
        ([("a",), ("aaa", "b", "c")], 1, " a\n aaa  b  c"),
        ([("aaa", "", "c"), ("a", "bb")], 0, "aaa      c\na    bb"),
        ([("a\nb", "\x1b[1m")], 0, "a?b  ?[1m"),
        ([("", ""), ("a", "b")], 2, "\n  a  b"),
    ],
)
def test_rows_stand_in_columns_without_blanks_at_their_ends(
    rows: list[tuple[str, ...]], indent: int, text: str
) -> None:
    assert columns(rows, indent=indent) == text
    if indent == 2:
        assert columns(rows) == text


def test_one_is_not_counted_as_several() -> None:
    assert [count(each, "slot") for each in (-1, 0, 1, 2)] == [
        *("-1 slots", "0 slots", "1 slot", "2 slots")
    ]


def test_a_time_that_no_calendar_has_stays_a_number() -> None:
    at = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))
    assert local_time(at) == "2026-03-01 12:00:00"
    for seconds in (1e300, float("inf"), float("nan")):
        assert local_time(seconds) == str(seconds)


class Stream(io.TextIOWrapper):
    """A stream of an encoding, whose bytes can be read."""

    def __init__(self, encoding: str) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, newline="")


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("ascii", b"B?nder, ??"), ("latin-1", b"B\xe4nder, ??"), ("utf-8", "Bänder, 磁带".encode())],
)
def test_letters_that_a_stream_lacks_are_question_marks(
    monkeypatch: pytest.MonkeyPatch, encoding: str, expected: bytes
) -> None:
    for name, put in (("stdout", write), ("stderr", complain_verbatim)):
        stream = Stream(encoding)
        monkeypatch.setattr(sys, name, stream)
        put("Bänder, 磁带")
        assert stream.bytes.getvalue() == expected, "at once"


@pytest.mark.parametrize(
    ("put", "expected"),
    [
        (complain, "a?b\n"),
        (complain_verbatim, "a\tb"),
        (replace_line, "\r\033[Ka?b"),
        (write, "a?b"),
    ],
)
def test_what_steers_a_terminal_is_not_written(
    capsys: pytest.CaptureFixture[str], put: Callable[[str], None], expected: str
) -> None:
    put("a\tb")
    assert "".join(capsys.readouterr()) == expected


class Failing(io.StringIO):
    """A stream that fails with an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def flush(self) -> None:
        raise self.error


FULL = OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FULL, "standard output can't be written: [Errno 28] No space left on device"),
        (ValueError("closed file"), "standard output can't be written: closed file"),
    ],
)
def test_data_that_can_not_be_written_is_an_error_and_a_complaint_is_dropped(
    monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Failing(error))
    complain("a")
    with pytest.raises(OutputFailed) as failed:
        write("a")
    assert failed.value.message == message
    monkeypatch.setattr(sys, "stdout", Failing(BrokenPipeError()))
    with pytest.raises(BrokenPipeError):
        write("a")
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputFailed, match="it is closed"):
        write("a")


def test_what_is_no_terminal_has_no_size() -> None:
    assert terminal_size(io.StringIO()) == (0, 0)
    far = io.StringIO()
    far.far_size = (100, 30)  # type: ignore[attr-defined]
    assert terminal_size(far) == (100, 30)


class Typing(io.StringIO):
    """Somebody at a terminal, who types a line."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["y", "yes", "Y\n", " YES \n"])
def test_only_a_yes_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    monkeypatch.setattr(sys, "stdin", Typing(answer))
    require_yes("pruning", "It is old.\nDelete\tit?", otherwise="nothing was deleted")
    assert capsys.readouterr() == ("", "It is old.\nDelete?it? [yes/No] ")


@pytest.mark.parametrize("answer", ["", "\n", "n", "no", "yess", "ye", "j"])
def test_whatever_else_is_typed_is_a_no(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Typing(answer))
    with pytest.raises(UsageError) as refused:
        require_yes("pruning", "Delete it?", otherwise="nothing was deleted")
    assert (refused.value.message, refused.value.hint) == (
        "not confirmed, nothing was deleted",
        None,
    )


@pytest.mark.parametrize("stdin", [None, io.StringIO("yes\n")])
def test_a_yes_that_is_not_typed_is_none(
    monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(UsageError) as refused:
        require_yes("pruning", "Delete it?", otherwise="nothing was deleted")
    assert (refused.value.message, refused.value.hint) == (
        "pruning has to be confirmed",
        "add --yes to do it unasked",
    )


@pytest.mark.parametrize(
    ("json", "expected"),
    [(False, "text\nline\n"), (True, '{\n  "schema": "changer.x/1",\n  "a": 1\n}\n{"b": 2}\n')],
)
def test_a_command_prints_text_or_documents(
    capsys: pytest.CaptureFixture[str], json: bool, expected: str
) -> None:
    cleared: list[None] = []
    it = Output(json=json, clear=lambda: cleared.append(None))
    it.print("text")
    it.print_lines([[output.Span("line")]], is_coloured=False)
    it.print_json("x", {"a": 1})
    it.print_json_line({"b": 2})
    assert capsys.readouterr().out == expected
    assert len(cleared) == 2, "the terminal is cleared for what is printed"


@pytest.mark.parametrize("json", [False, True])
def test_what_is_held_is_not_printed(capsys: pytest.CaptureFixture[str], json: bool) -> None:
    it = Output(json=json, clear=lambda: None)
    with it.holding() as held:
        it.print("text")
        it.print_json("x", {"a": 1})
    assert (held.lines, held.document) == (["text"], {"schema": "changer.x/1", "a": 1})
    assert capsys.readouterr().out == ""
    with pytest.raises(ValueError), it.holding():
        raise ValueError
    it.print("text")
    assert capsys.readouterr().out == ("" if json else "text\n")
