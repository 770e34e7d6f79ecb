"""Settings that are printed are those that were read, and say where they come from."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from changer.errors import UsageError
from changer.library.library_settings import (
    AutoClean,
    CleanerChoice,
    CleaningOnTheWay,
    LibrarySettings,
    NodeTransport,
    SpentCleaners,
)
from changer.library.model import Identity
from changer.library.owner_address import OwnerAddress
from changer.library.setting_values import read_setting
from changer.library.settings import Configuration, configuration_of
from changer.library.settings_document import read_document
from changer.library.settings_lines import key_lines
from changer.library.settings_shown import (
    DEFAULT,
    FileLines,
    Origin,
    Setting,
    library_settings,
    setting_lines,
    table_header,
)
from changer.library.toml_text import plain_value, toml_key, toml_value
from changer.smc.atlas.media import MediaFamily
from changer.smc.elements import AdditionalSense

SLOTS = st.tuples(st.integers(1, 99), st.integers(0, 9)).map(lambda it: f"{it[0]}-{it[0] + it[1]}")
PATTERNS = st.text(alphabet="CLNU0*?", min_size=6, max_size=8)
WRITTEN: dict[str, st.SearchStrategy[Any]] = {
    "alias": st.from_regex(r"x[A-Za-z0-9_.-]{0,8}y", fullmatch=True),
    "manager": st.sampled_from(["here", "ssh://tape1", "ssh://u@[::1]:22"]),
    "transport": st.sampled_from(get_args(NodeTransport)),
    "informational_codes": st.lists(st.sampled_from(["83/03", "3b/12", "04/01"]), max_size=3),
    "cleaner_prefixes": st.lists(st.text(min_size=1, max_size=4), max_size=3),
    "export_slots": SLOTS,
    "auto_clean": st.sampled_from(get_args(AutoClean)),
    "cleaner_choice": st.sampled_from(get_args(CleanerChoice)),
    "spent": st.sampled_from(["keep", "eject", "move:4"]) | SLOTS.map("move:{}".format),
    "cleans": st.dictionaries(PATTERNS, st.integers(0, 10000), max_size=2),
    "cleaner_family": st.dictionaries(PATTERNS, st.sampled_from([*MediaFamily]), max_size=2),
    "cleaning_on_the_way": st.sampled_from(get_args(CleaningOnTheWay)),
    "cleans_left_warning": st.integers(0, 1000),
    "cleanings_per_week": st.integers(0, 1000),
    "cleaner_kept_days": st.integers(1, 36525),
    "history_kept_days": st.integers(0, 36525),
}
SECONDS = st.integers(1, 86400) | st.floats(1, 86400)


def of_key(key: str) -> st.SearchStrategy[Any]:
    return WRITTEN.get(key, SECONDS if key.endswith("_seconds") else st.booleans())


TABLES = st.fixed_dictionaries({}, optional={key: of_key(key) for key in LibrarySettings._fields})


@examples(80)
@given(TABLES, st.booleans())
def test_settings_that_are_shown_are_read_as_they_were(
    table: dict[str, Any], with_origin: bool
) -> None:
    text = '[library."A b"]\n' + "".join(
        f"{toml_key(key)} = {toml_value(value)}\n" for key, value in table.items()
    )
    document = read_document(text.encode())
    assert not document.mistakes
    file = FileLines("changer.toml", key_lines(text))
    shown = library_settings("A b", None, configuration_of(document), file)
    assert [each.key for each in shown] == [*LibrarySettings._fields]
    kinds = {each.key: each.origin.kind for each in shown}
    assert kinds == {key: "file" if key in table else "default" for key in kinds}
    again = "\n".join([table_header("A b"), *setting_lines(shown, with_origin=with_origin)])
    read = read_document(again.encode())
    assert not read.mistakes, again
    assert configuration_of(read).settings("A b") == configuration_of(document).settings("A b")


@examples(60)
@given(st.sampled_from(LibrarySettings._fields), st.data())
def test_a_setting_of_any_kind_is_read_or_refused(key: str, data: st.DataObject) -> None:
    value = data.draw(st.none() | st.text(max_size=5) | st.lists(st.integers()) | of_key(key))
    try:
        read_setting(key, value, where="here: ")
    except UsageError as refused:
        assert refused.message.startswith(f"here: {key}")


CODES = frozenset((AdditionalSense(0x83, 0x03), AdditionalSense(0x3B, 0x12)))
IDENTITY = Identity("CHANGER", "VIRTUAL", "0100", "1")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("fence", "changer.toml:4"),
        ("transport", "changer.toml:1"),
        ("manager", "default"),
        ("enabled", "default"),
        ("single_query", "detected: CHANGER VIRTUAL is known for it"),
    ],
)
def test_the_origin_of_a_setting(key: str, words: str) -> None:
    text = f'transport = "sg_io"\n\n[library."{IDENTITY.id}"]\nfence = true\n'
    configuration = configuration_of(read_document(text.encode()))
    file = FileLines("changer.toml", key_lines(text))
    shown = {it.key: it for it in library_settings("", IDENTITY, configuration, file)}
    assert shown[key].origin.words == words
    line = f"{key} = {toml_value(shown[key].value)}"
    assert setting_lines((shown[key],), with_origin=True).__next__() == f"{line}  # {words}"


def test_what_is_not_set_is_a_comment() -> None:
    shown = library_settings("A", None, Configuration(), FileLines("changer.toml", {}))
    assert next(setting_lines(shown, with_origin=False)) == "# alias is not set"


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (0.5, "0.5"),
        ("", '""'),
        ('a"b\\c', r'"a\"b\\c"'),
        ("a\nb\tc\rd", r'"a\nb\tc\rd"'),
        ("ä\U00010000", '"ä\U00010000"'),
        ("\0\x7f\ue000\uffff", r'"\u0000\u007F\uE000\uFFFF"'),
        ("\U000e0001", r'"\U000E0001"'),
        ("\ud7ff\ud800\udfff", r'"\uD7FF??"'),
        ([], "[]"),
        (["a", 1], '["a", 1]'),
        ({}, "{}"),
        ({"a_B-1": 1, "b c": {"": "x"}}, '{ a_B-1 = 1, "b c" = { "" = "x" } }'),
    ],
)
def test_a_value_is_written_as_toml_has_it(value: object, text: str) -> None:
    assert toml_value(value) == text


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("key", "value", "plain"),
    [
        ("manager", None, "here"),
        ("alias", None, None),
        ("manager", OwnerAddress("::1", "u", 22), "ssh://u@[::1]:22"),
        ("export_slots", range(0), ""),
        ("export_slots", range(4, 5), "4"),
        ("export_slots", range(4, 10), "4-9"),
        ("move_timeout_seconds", 900.0, 900),
        ("move_timeout_seconds", 0.5, 0.5),
        ("spent", SpentCleaners("move", range(4, 6)), "move:4-5"),
        ("informational_codes", CODES, ["3B/12", "83/03"]),
        ("cleaner_prefixes", ("CLN", "C"), ["CLN", "C"]),
        ("cleans", {"CLN*": 3, "LTO": 2}, {"CLN*": 3, "LTO": 2}),
        ("cleaner_family", {"CLN*": MediaFamily.EXABYTE}, {"CLN*": "8 mm"}),
    ],
)
def test_a_setting_is_told_as_it_is_written(key: str, value: object, plain: object) -> None:
    told = plain_value(key, value)
    assert (told, type(told)) == (plain, type(plain))


def test_origins_stand_below_each_other_as_far_as_lines_are_not_long() -> None:
    settings = (
        Setting("enabled", True, DEFAULT),
        Setting("alias", "a" * 40, Origin("file", "x.toml:3\x1b", 3)),
        Setting("manager", None, DEFAULT),
    )
    long = f'alias = "{"a" * 40}"'
    assert [*setting_lines(settings, with_origin=True)] == [
        f"{'enabled = true':44}  # default",
        f"{long}  # x.toml:3?",
        f"{'# manager is not set':44}  # default",
    ]
    assert [*setting_lines(settings[::2], with_origin=True)] == [
        "enabled = true        # default",
        "# manager is not set  # default",
    ]
    assert [*setting_lines((), with_origin=True)] == []
    assert [*setting_lines(settings, with_origin=False)] == [
        *("enabled = true", long, "# manager is not set")
    ]


def test_what_a_model_is_known_for_stands_before_what_is_set_and_no_table_is_by_default() -> None:
    text = f'[library."{IDENTITY.model_id}"]\nsingle_query = false\nfence = true\n'
    configuration = configuration_of(read_document(text.encode()))
    file = FileLines("x.toml", key_lines(text))
    shown = {it.key: it for it in library_settings("sim:demo", IDENTITY, configuration, file)}
    assert shown["fence"][1:] == (True, Origin("file", "x.toml:3", 3))
    assert shown["single_query"].value is True
    assert shown["single_query"].origin.kind == "detected"
    other = Identity("ACME", "VIRTUAL", "0100", "1")
    assert {it.origin for it in library_settings("A", other, configuration, file)} == {DEFAULT}
