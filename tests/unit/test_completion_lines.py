"""Command lines that are not finished: how a shell splits them, and what may stand at their end."""

from __future__ import annotations

import pytest

from changer.cli.completion.bash_line import part_before, split
from changer.cli.completion.wanted import find_wanted

# Words, and a + before those of which the last is the file that a stream is sent to.
SPLIT: dict[str, tuple[str, ...]] = {
    "": ("",),
    "changer ": ("changer", ""),
    "changer  lo": ("changer", "lo"),
    "a\tb\nc": ("a", "b", "c"),
    "a 'b c": ("a", "b c"),
    "a 'b c' d": ("a", "b c", "d"),
    "a b'c'd": ("a", "bcd"),
    'a "b\'c" d': ("a", "b'c", "d"),
    'a "b\\"c': ("a", 'b"c'),
    "a 'b\\'c d": ("a", "b\\c", "d"),
    "a\\ b c": ("a b", "c"),
    "a\\": ("a",),
    'a "b\\': ("a", "b"),
    "a '' ": ("a", "", ""),
    "a ''": ("a", ""),
    "a 'x>y'": ("a", "x>y"),
    "a \\>b": ("a", ">b"),
    "a >b c": ("a", "c"),
    "a > b ": ("a", ""),
    "a>b c": ("a", "c"),
    "a 2>b c": ("a", "c"),
    "a b2>c ": ("a", "b2", ""),
    "a >b>c d": ("a", "d"),
    "a >": ("+", "a", ""),
    "a > b": ("+", "a", "b"),
    "a>b": ("+", "a", "b"),
    "a 2>>b": ("+", "a", "b"),
    "a <b": ("+", "a", "b"),
}


@pytest.mark.parametrize("text", SPLIT)
def test_a_line_is_split_as_bash_does(text: str) -> None:
    line = split(text)
    assert (*(("+",) if line.is_redirected else ()), *line.words) == SPLIT[text]


@pytest.mark.parametrize(
    ("word", "breaks", "left"),
    [
        ("drive:0", " =:", "drive:"),
        ("drive:0", " =", ""),
        ("--library=sim:d", " =:", "--library=sim:"),
        ("--library=sim:d", "=", "--library="),
        ("a:b=c", ":", "a:"),
        ("@10", "@=:", ""),
        (":", ":", ":"),
        ("", "=:", ""),
    ],
)
def test_bash_leaves_alone_what_is_before_a_break(word: str, breaks: str, left: str) -> None:
    assert part_before(word, breaks) == left


OPTIONS = ("--library", "--state", "--json", "--trace", "--wait", "--verbose", "--help")
# Kind, prefix, path, arguments before, values of options; then words that may follow.
WANTED: dict[str, tuple[tuple[object, ...], tuple[str, ...]]] = {
    "load ": (("SOURCE", "", "load", (), {}), ()),
    "load 1": (("SOURCE", "", "load", (), {}), ()),
    "load 1 ": (("DRIVE", "", "load", ("1",), {}), ()),
    "load 1 0 -": (
        ("", "", "load", ("1", "0"), {}),
        ("--dry-run", "--as-is", "--ready", "--ready-timeout", "--print-device", *OPTIONS),
    ),
    "load --ready ": (("SOURCE", "", "load", (), {}), ()),
    "load --ready-timeout ": (("SECONDS", "", "load", (), {}), ()),
    "load --ready-timeout 5 ": (("SOURCE", "", "load", (), {"ready_timeout": "5"}), ()),
    "load --ready-timeout=": (("SECONDS", "--ready-timeout=", "load", (), {}), ()),
    "load --ready-timeout=5 ": (("SOURCE", "", "load", (), {"ready_timeout": "5"}), ()),
    "load --ready=": (
        ("", "", "load", (), {}),
        ("--dry-run", "--as-is", "--ready", "--ready-timeout", "--print-device", *OPTIONS),
    ),
    "load --ready --": (
        ("", "", "load", (), {}),
        ("--dry-run", "--as-is", "--ready-timeout", "--print-device", *OPTIONS),
    ),
    "load -v --": (
        ("", "", "load", (), {}),
        ("--dry-run", "--as-is", "--ready", "--ready-timeout", "--print-device", *OPTIONS),
    ),
    "load -- ": (("SOURCE", "", "load", (), {}), ()),
    "load -- --r": (("SOURCE", "", "load", (), {}), ()),
    "load -- -x ": (("DRIVE", "", "load", ("-x",), {}), ()),
    "load -- -- ": (("DRIVE", "", "load", ("--",), {}), ()),
    "load 1 0 -- ": (("", "", "load", ("1", "0"), {}), ()),
    "load -vl ": (("LIBRARY", "", "load", (), {}), ()),
    "load -vlx ": (("SOURCE", "", "load", (), {"library": "x"}), ()),
    "load -lv ": (("SOURCE", "", "load", (), {"library": "v"}), ()),
    "load -qlx ": (("SOURCE", "", "load", (), {}), ()),
    "load --nothing=3 ": (("SOURCE", "", "load", (), {}), ()),
    "-vv load ": (("SOURCE", "", "load", (), {}), ()),
    "load --library sim:x --state y 1 ": (
        ("DRIVE", "", "load", ("1",), {"library": "sim:x", "state": "y"}),
        (),
    ),
    "nothing ": (("", "", "", (), {}), ()),
    "cleaner nothing ": (("", "", "", (), {}), ()),
    "cleaner r": (
        ("", "", "cleaner", (), {}),
        ("status", "reserve", "insert", "eject", "release", "mark-cleaned"),
    ),
    "cleaner ": (
        ("", "", "cleaner", (), {}),
        ("status", "reserve", "insert", "eject", "release", "mark-cleaned", *OPTIONS),
    ),
    "cleaner -- ": (
        ("", "", "cleaner", (), {}),
        ("status", "reserve", "insert", "eject", "release", "mark-cleaned"),
    ),
    "cleaner reserve ": (("SLOT", "", "cleaner reserve", (), {}), ()),
    "cleaner reserve 1 2 ": (("SLOT", "", "cleaner reserve", ("1", "2"), {}), ()),
    "history p": (("LABEL|PLACE", "", "history", (), {}), ("prune",)),
    "history prune x": (("", "", "history", ("prune",), {}), ()),
    "status --color ": (("WHEN", "", "status", (), {}), ("auto", "always", "never")),
    "status --color=": (("WHEN", "--color=", "status", (), {}), ("auto", "always", "never")),
    "recover --on --": (
        ("", "", "recover", (), {}),
        ("--dry-run", "--accept-missing", "--at-rest", "--all", *OPTIONS),
    ),
    "export a b ": (("LABEL|GLOB", "", "export", ("a", "b"), {}), ()),
    "export --from-file ": (("FILE", "", "export", (), {}), ()),
    "help cleaner ": (("FUNCTION", "", "help", ("cleaner",), {}), ()),
    "sim fault demo door ": (("WORD", "", "sim fault", ("demo", "door"), {}), ()),
    "list x": (("", "", "list", (), {}), ()),
}


@pytest.mark.parametrize("line", WANTED)
def test_the_end_of_a_line_wants_what_its_command_takes_there(line: str) -> None:
    *words, current = line.split(" ")
    wanted = find_wanted(words, current)
    found = tuple(each.word for each in wanted.words)
    assert (wanted[:1] + wanted[2:], found) == WANTED[line]


@pytest.mark.parametrize(
    ("line", "prefix"),
    [
        ("status --columns ", ""),
        ("status --columns place", ""),
        ("status --columns place,la", "place,"),
        ("status --columns place,label,", "place,label,"),
        ("status --columns=", "--columns="),
        ("status --columns=place,la", "--columns=place,"),
        ("status --sort place,la", ""),
    ],
)
def test_of_a_list_the_value_behind_its_last_comma_is_wanted(line: str, prefix: str) -> None:
    *words, current = line.split(" ")
    wanted = find_wanted(words, current)
    assert (wanted.prefix, [each.word for each in wanted.words[:3]]) == (
        prefix,
        ["place", "address", "contents"],
    )


def test_a_word_of_its_own_is_offered_in_the_first_place_alone() -> None:
    names = [each.word for each in find_wanted(["sim", "fault", "demo"], "").words]
    assert names[:2] == ["magazine-out", "magazine-in"]
    assert find_wanted(["sim", "fault", "demo", "door"], "").words == ()


def test_each_word_has_what_it_is_for() -> None:
    functions = {each.word: each.what for each in find_wanted(["cleaner"], "r").words}
    assert functions["reserve"] == "keep present and empty slots for cleaning cartridges"
    options = {each.word: each.what for each in find_wanted(["load"], "-").words}
    assert options["--json"] == "print data and errors as JSON"
    assert options["--as-is"] != ""
    commands = {each.word: each.what for each in find_wanted([], "").words}
    assert commands["status"] != "" and commands["--json"] == options["--json"]
