"""What may be an alias, what it may be mistaken for, and how messages name libraries by it."""

from __future__ import annotations

import pytest

from changer.library.alias import (
    LONGEST,
    Clash,
    clashes_with,
    find_clashes,
    is_alias,
    looks_like_device,
    means,
    with_aliases,
)


def test_alias_is_a_word_from_a_letter_to_a_letter_or_digit() -> None:
    right = ("a", "A", "a1", "ab", "a-b", "a.b", "a_b", "A-.-9", "a" * LONGEST)
    wrong = ("", "1", "1a", "-a", "a-", "a.", "a_", "a b", "a/b", "ä", "aä", "a\n", "a" * 65, "a:b")
    assert [each for each in right if not is_alias(each)] == []
    assert [each for each in wrong if is_alias(each)] == []


def test_what_people_call_a_device_is_none() -> None:
    devices = (
        "sg3",
        "SG",
        "sch0",
        "st0",
        "nst0",
        "nst12a",
        "st0l",
        "st1m",
        "tape",
        "changer",
        "NST0",
    )
    others = ("sga", "msl", "nsg0", "st0x", "st0al", "tape-1", "mychanger", "changer1b", "")
    names = [*devices, *map(str.upper, devices)]
    assert [each for each in names if not looks_like_device(each)] == []
    assert [each for each in others if looks_like_device(each)] == ["sga"]


def test_alias_is_meant_in_capitals_or_not() -> None:
    assert means("Msl", "mSL") and means("a", "a")
    assert not means("msl", "msl1") and not means(None, "") and not means(None, "None")


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("HP_1 is full", "HP_1 (one) is full"),
        ("HP_1: HP_1", "HP_1 (one): HP_1"),
        ("HP_12 is full", "HP_12 (twelve) is full"),
        ("HP_1.", "HP_1 (one)."),
        ("HP_1.x", "HP_1.x"),
        ("XHP_1", "XHP_1"),
        ("HP_1-2 HP_1+ .HP_1 _HP_1", "HP_1-2 HP_1+ .HP_1 _HP_1"),
        ("'HP_1'", "'HP_1 (one)'"),
        ("'one' is the alias of HP_1", "'one' is the alias of HP_1"),
        ("HP_1 and HP_12", "HP_1 (one) and HP_12 (twelve)"),
        ("nothing", "nothing"),
    ],
)
def test_message_names_each_library_once_by_its_alias(text: str, named: str) -> None:
    assert with_aliases(text, {"HP_1": "one", "HP_12": "twelve"}) == named


def test_id_is_no_pattern() -> None:
    assert with_aliases("HP.1 HPx1", {"HP.1": "one"}) == "HP.1 (one) HPx1"


def test_alias_clashes_with_each_other_id_that_it_is_or_is_a_part_of() -> None:
    ids = ("HP_MSL_1", "IBM_TL_2", "msl", "MSL_9")
    assert [*clashes_with("MSL", "HP_MSL_1", ids)] == [
        Clash("MSL", "HP_MSL_1", "msl", "the id of"),
        Clash("MSL", "HP_MSL_1", "MSL_9", "a part of"),
    ]
    assert [*clashes_with("tl", "IBM_TL_2", ids)] == []


def test_tables_of_one_alias_clash_in_their_order() -> None:
    aliases = {"HP_1": "one", "HP_2": None, "IBM": "One", "X": "hp", "Y": "ONE"}
    assert [*find_clashes(aliases)] == [
        Clash("One", "IBM", "HP_1", "the alias of"),
        Clash("hp", "X", "HP_1", "a part of"),
        Clash("hp", "X", "HP_2", "a part of"),
        Clash("ONE", "Y", "HP_1", "the alias of"),
    ]
    assert [*find_clashes({"HP_1": "one", "HP_2": "two"})] == []
