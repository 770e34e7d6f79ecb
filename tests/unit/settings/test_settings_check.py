"""What is said of settings, of a host that is made up: at both sides of what it depends on.

A case of ``settings_cases.txt`` has the file, behind ``|``, and what is said of it: whether it is a
problem or a note, the lines that it is about, and the hint below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from kept_files import assert_as_kept
from settings_cases import CASES, FACTS

from changer.library.library_settings import LibrarySettings
from changer.library.settings import configuration_of
from changer.library.settings_check import Remark, check_settings, wants_geometry
from changer.library.settings_document import TOP_KEYS, placed, read_document
from changer.library.toml_text import toml_key, toml_value

TABLE = Path(__file__).parents[2] / "data" / "settings_cases.txt"
HEADING = "# What is said of settings (tests/unit/settings/test_settings_check.py).\n"


def lines_of(name: str) -> Iterator[str]:
    text, facts = CASES[name]
    document = read_document(text.encode())
    assert not document.mistakes, name
    configuration = configuration_of(document)
    yield f"== {name}"
    yield from (f"| {line}" for line in text.splitlines())
    lines = document.lines()
    for each in check_settings(configuration, document.table, facts):
        yield from words_of(each, lines)
    asked = [it for it, settings in configuration.libraries.items() if wants_geometry(settings)]
    if asked:
        yield f"the slots of {', '.join(asked)} matter"


def words_of(remark: Remark, lines: dict[tuple[str, ...], int]) -> Iterator[str]:
    (where,) = placed([remark.mistake], lines)
    kind = "problem" if remark.is_problem else "note"
    places = "".join(f" {each}" for each in (where.line, where.other_line) if each is not None)
    yield f"{kind}{places}: {remark.mistake.message}"
    if remark.mistake.hint is not None:
        yield f"    ({remark.mistake.hint})"


def test_of_each_file_this_is_said_and_nothing_else() -> None:
    told = "".join(f"{line}\n" for name in CASES for line in lines_of(name))
    assert_as_kept(HEADING + told, TABLE)


VALUES = st.recursive(
    st.booleans()
    | st.integers(-10, 100_000)
    | st.sampled_from(
        ["", "here", "ssh://tape1", "move:4-9", "library", "idle", "1-4", "msl", "x"]
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=3,
)
IDS = st.sampled_from(["HP_MSL_1", "HP_MSL", "hp_msl_1", "STK_L700_9", "IBM_TS", "/dev/sg3", ""])


@examples(150)
@given(
    st.dictionaries(st.sampled_from([*TOP_KEYS, "librery"]), VALUES),
    st.dictionaries(IDS, st.dictionaries(st.sampled_from([*LibrarySettings._fields, "q"]), VALUES)),
)
def test_whatever_is_set_everything_is_said_with_its_line(
    top: dict[str, Any], tables: dict[str, dict[str, Any]]
) -> None:
    lines = [f"{key} = {toml_value(value)}" for key, value in top.items()]
    for name, table in tables.items():
        lines.append(f"[library.{toml_key(name)}]")
        lines += [f"{key} = {toml_value(value)}" for key, value in table.items()]
    document = read_document("\n".join(lines).encode())
    assert document.is_sound
    remarks = check_settings(configuration_of(document), document.table, FACTS)
    mistakes = [*document.mistakes, *(each.mistake for each in remarks)]
    for each in placed(mistakes, document.lines()):
        assert each.line is not None and 1 <= each.line <= len(lines), each
