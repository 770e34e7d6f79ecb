"""Where keys of a TOML document are written, and what is read of a broken one."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.library.settings_lines import key_lines, sound_part
from changer.library.toml_text import toml_key, toml_value

DOCUMENT = """\
# a comment
default_library = "A"  # and one behind

on_event = [
  "/bin/tell",   # [library."B"]
  '''
[library."C"]
''',
]

[library."A"]
enabled = true
cleans.LTO = 3
cleans."CLN*" = 4
[ library . 'B b' ]
cleans = { DLT = 5, "CLNU*" = 6 }
"""


def test_every_key_has_the_line_where_it_begins() -> None:
    assert key_lines(DOCUMENT) == {
        ("default_library",): 2,
        ("on_event",): 4,
        ("library",): 11,
        ("library", "A"): 11,
        ("library", "A", "enabled"): 12,
        ("library", "A", "cleans"): 13,
        ("library", "A", "cleans", "LTO"): 13,
        ("library", "A", "cleans", "CLN*"): 14,
        ("library", "B b"): 15,
        ("library", "B b", "cleans"): 16,
        ("library", "B b", "cleans", "DLT"): 16,
        ("library", "B b", "cleans", "CLNU*"): 16,
    }


def test_lines_may_end_as_in_dos() -> None:
    assert key_lines(DOCUMENT.replace("\n", "\r\n")) == key_lines(DOCUMENT)


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a = 1\nb = = 2\nc = 3", {"a": 1, "c": 3}),
        ("a = 1\nb = 'no end\n[t]\nc = 3", {"a": 1, "t": {"c": 3}}),
        ("a = [1,\n  2,\n[t]\nc = 3", {"t": {"c": 3}}),
        ("a = = 1\nb = [\n  1,\n]\nc = 3", {"b": [1], "c": 3}),
        ("a = 1\na = 2\n", {"a": 1}),
        ("[t]\na = 1\n[t]\nb = 2\n", {"t": {"a": 1, "b": 2}}),
        ("[t\n[u]\nb = 2", {"u": {"b": 2}}),
        ("a = 1\n[a.b]\nc = 2", {"a": 1}),
        ("a.b = 1\na.b = 2\na.c.d = 3\na.c.e = 4", {"a": {"b": 1, "c": {"d": 3, "e": 4}}}),
    ],
)
def test_of_a_broken_document_the_rest_is_read(text: str, part: dict[str, Any]) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert sound_part(text) == part


def list_of_lines(count: int) -> str:
    """A statement of so many lines, and another one behind it."""
    return "a = [" + "\n" * (count - 1) + "]\nb = 2\n"


@pytest.mark.parametrize(
    ("before", "count", "found"),
    [
        ("", 300, {"a", "b"}),
        ("", 700, {"a"}),  # too much was read again and again: the rest is not looked at
        (f"# {'-' * 300_000}\n", 2000, {"a", "b"}),
        (f"# {'-' * 300_000}\n", 2001, {"b"}),
    ],
)
def test_a_list_of_many_lines_takes_no_longer_than_it_may(
    before: str, count: int, found: set[str]
) -> None:
    text = before + list_of_lines(count)
    assert {*tomllib.loads(text)} == {"a", "b"}
    assert {path[0] for path in key_lines(text)} == found


def test_what_is_four_keys_deep_has_a_line_and_what_is_deeper_has_none() -> None:
    inside = ("a", "b", "c", "d")
    expected = {inside[:end]: 2 for end in range(1, 5)}
    assert key_lines("\na = { b = { c = { d = { e = 1 } } } }") == expected
    assert key_lines("\na.b.c.d.e = 1") == expected
    twice = "a.b.c.d.e = 1\na.b.c.f = 2\na.b.c.d.g = 3\n= broken"
    assert sound_part(twice) == {"a": {"b": {"c": {"d": {"e": 1}, "f": 2}}}}


KEYS = st.text(max_size=8)
SCALARS = (
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20) | st.floats(-1e9, 1e9)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4)


@examples(150)
@given(TABLES, st.dictionaries(KEYS, TABLES, max_size=3), st.integers(0, 2))
def test_what_is_written_is_read_again_and_found_at_its_line(
    top: dict[str, Any], tables: dict[str, dict[str, Any]], gap: int
) -> None:
    lines: list[str] = []
    places: dict[tuple[str, ...], int] = {}
    for key, value in top.items():
        lines += [*[""] * gap, f"{toml_key(key)} = {toml_value(value)}"]
        places[(key,)] = len(lines)
    tables = {name: each for name, each in tables.items() if name not in top}
    for name, table in tables.items():
        lines.append(f"[{toml_key(name)}]")
        places[(name,)] = len(lines)
        for key, value in table.items():
            lines += ["# " + "=" * gap, f"{toml_key(key)} = {toml_value(value)}"]
            places[(name, key)] = len(lines)
    text = "\n".join(lines)
    assert tomllib.loads(text) == {**top, **tables}
    found = key_lines(text)
    assert {path: found.get(path) for path in places} == places


@examples(100)
@given(st.text(alphabet="ab=[]{}.\"'\\\n #,1-", max_size=60))
def test_any_text_has_lines_and_a_sound_part(text: str) -> None:
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert isinstance(sound_part(text), dict)
        key_lines(text, is_sound=False)
    else:
        assert {path[0] for path in key_lines(text)} == set(whole)
