"""man/changer.toml.5 holds every setting, with the type and the default that the program has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from documents import Line, items_in, lines_in

from changer.library.settings import Configuration, LibrarySettings, SpentCleaners
from changer.library.settings_document import TOP_KEYS

NAME = "changer.toml.5"
HOST, LIBRARY = "SETTINGS OF THE HOST", "SETTINGS OF A LIBRARY"
# Settings whose values in a file are of another type than in the program.
WRITTEN_AS = {"alias": "string", "manager": "string", "spent": "string", "export_slots": "string"}


def _types(section: str) -> dict[str, str]:
    """The type of each setting, as the head of its item has it."""
    heads = items_in(NAME, section)
    return {each.arguments("Cm")[0]: " ".join(each.arguments("Ar")) for each in heads}


def _text_of(section: str, setting: str) -> str:
    lines = lines_in(NAME, section)
    start = next(
        number
        for number, each in enumerate(lines)
        if each.arguments("Cm")[:1] == [setting] and each.macro == "It"
    )
    after = lines[start + 1 :]
    end = next((number for number, each in enumerate(after) if _begins_item(each)), len(after))
    return " ".join(" ".join((each.macro, *each.words)) for each in after[:end])


def _begins_item(line: Line) -> bool:
    return line.macro == "It"


def _written_type(value: Any) -> str:
    for kind, name in (
        (bool, "boolean"),
        (int, "integer"),
        (float, "seconds"),
        (str, "string"),
        (Mapping, "table"),
        ((tuple, frozenset), "strings"),
    ):
        if isinstance(value, kind):
            return name
    raise AssertionError(f"no type for {value!r}")


def test_every_setting_of_the_host_is_listed_and_no_other_is() -> None:
    assert {*_types(HOST)} == {*TOP_KEYS}


def test_every_setting_of_a_library_is_listed_and_no_other_is() -> None:
    assert {*_types(LIBRARY)} == {*LibrarySettings._fields}


def test_settings_have_the_types_of_their_defaults() -> None:
    for name in LibrarySettings._fields:
        expected = WRITTEN_AS.get(name) or _written_type(getattr(LibrarySettings(), name))
        assert _types(LIBRARY)[name] == expected, name
    for name, kind in _types(HOST).items():
        default = getattr(Configuration(), name, None)
        expected = "string" if default is None else _written_type(default)
        assert kind == expected, name


@pytest.mark.parametrize("name", LibrarySettings._fields)
def test_default_of_a_setting_is_the_true_one(name: str) -> None:
    text = _text_of(LIBRARY, name)
    if name in ("manager", "transport"):
        assert "The default is that of the host's settings." in text
        return
    default = re.search(r"The default is (?:Cm )?(\[.*?\]|\S+?)[ .:]", f"{text} ")
    assert default, name
    value = getattr(LibrarySettings(), name)
    if value is None:
        assert (name, default[1]) == ("alias", "none")
        return
    if isinstance(value, SpentCleaners):
        value = str(value)
    if isinstance(value, range):
        value = "" if not value else f"{value[0]}-{value[-1]}"
    assert tomllib.loads(f"value = {default[1]}")["value"] == (
        list(value) if isinstance(value, tuple | frozenset) else value
    )


def test_defaults_of_the_host_are_the_true_ones() -> None:
    for name in ("manager", "transport", "on_event", "allow_async"):
        default = re.search(r"The default is Cm (\[.*?\]|\S+)", _text_of(HOST, name))
        assert default, name
        written = tomllib.loads(f"value = {default[1]}")["value"]
        value = getattr(Configuration(), name)
        assert written == ("here" if name == "manager" else [*value] if value == () else value)
