"""What another host sends is text and values, and nothing that acts."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from changer.api import MoveResult, Place, PlaceKind
from changer.cli import owned
from changer.cli.output import pass_on
from changer.errors import MalformedData, SourceEmpty
from changer.owner.errors_sent import error_of
from changer.owner.frames import Lines
from changer.owner.values_sent import decode_value, encode_value

STYLED = "\033[1;31murgent\033[0m\tslot 1\n\r\033[Kmoving: 2 s"


def test_text_of_another_host_does_not_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pass_on(f"{STYLED}\033]0;title\007\033[2J\b\u202e\x9b", is_error=True)
    assert capsys.readouterr().err == f"{STYLED}?]0;title??[2J???"
    pass_on(STYLED, is_error=False)
    assert capsys.readouterr().out == STYLED


VALUES = [
    None,
    True,
    3,
    2.5,
    "Ä\udcff",
    b"\0\xff",
    (1, ("a", None)),
    [1],
    {"a": (1,)},
    frozenset({1, 2}),
    range(1, 9, 2),
    Path("/dev/nst0"),
    PlaceKind.DRIVE,
    Place(PlaceKind.ADDRESS, 4097),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_as_it_was_sent(value: object) -> None:
    came = decode_value(encode_value(value))
    assert came == value and type(came) is type(value)


def test_an_error_comes_with_all_that_is_said_of_it() -> None:
    sent = SourceEmpty("slot 1 is empty", hint="look", sense=b"\x70\0\5")
    came = decode_value(encode_value((sent,)))[0]
    assert type(came) is SourceEmpty
    assert (came.message, came.hint, came.sense) == (sent.message, sent.hint, sent.sense)


@pytest.mark.parametrize(
    "value", [print, object(), MoveResult], ids=["function", "object", "class"]
)
def test_what_is_more_than_a_value_is_not_sent(value: object) -> None:
    with pytest.raises(TypeError):
        encode_value(value)


@pytest.mark.parametrize(
    "told",
    [
        {"object": "os:system", "fields": {"command": "true"}},
        {"object": "subprocess:Popen", "fields": {"args": "true"}},
        {"object": "changer.owner.ssh:start", "fields": {}},
        {"object": "changer.transport.sg_raw:SgRaw", "fields": {"device": "/dev/sg0"}},
        {"object": "changer.library.addressing:Place", "fields": {"nonsense": 1}},
        {"object": "changer.no_such_module:Place", "fields": {}},
        {"object": 3, "fields": {}},
        {"enum": "changer.library.addressing:PlaceKind", "value": "nowhere"},
        {"error": {"code": "no-such-error"}},
        {"bytes": "zz"},
        {"nonsense": 1},
        {},
        [1],
    ],
    ids=str,
)
def test_only_values_are_made_of_what_is_sent(told: Any) -> None:
    with pytest.raises(MalformedData):
        decode_value(told)


def test_lines_are_cut_wherever_the_pieces_end() -> None:
    lines = Lines()
    pieces = [b"a", b"b\ncd", b"\n", b"\n", b"e"]
    assert [line for each in pieces for line in lines.take(each)] == [b"ab", b"cd", b""]
    assert lines.rest == b"e"


def test_a_line_without_end_is_refused() -> None:
    lines = Lines()
    lines.take(b"x" * 16 * 1024 * 1024)
    with pytest.raises(MalformedData):
        lines.take(b"x")


def test_what_is_piped_into_a_command_is_not_for_the_owner(mocker: MockerFixture) -> None:
    for is_terminal, read in ((False, ""), (True, "typed\n")):
        piped = StringIO("typed\n")
        mocker.patch.object(piped, "isatty", lambda is_terminal=is_terminal: is_terminal)
        mocker.patch("sys.stdin", piped)
        assert owned._read_input(0) == read


@pytest.mark.parametrize("frame", [None, [], {}, {"code": "source-empty"}], ids=str)
def test_an_error_that_makes_no_sense_is_one_of_its_own(frame: object) -> None:
    with pytest.raises(MalformedData):
        error_of(frame)
