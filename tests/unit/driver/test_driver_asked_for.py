"""Which labels the words of an export mean."""

from __future__ import annotations

import pytest
from driver_support import assignment, said

from changer.errors import UsageError
from changer.library.inventory import Inventory
from changer.library.reserved_slots import ReservedSlots
from changer.moves.asked_for import Word, labels_meant, parse_words

RESERVED = ReservedSlots((1003,), ("CLN",))
SHOWN = Inventory(
    assignment(slots=(1000, 6), drives=(500, 1), mail=(10, 1)),
    tuple(
        map(
            said,
            (
                "@1004 full B00001L8",
                "@1000 full A00002L8",
                "drive @500 full A00001L8",
                "@1001 full CLN001L8",
                "@1002",
                "@1003 full A00009L8",
                "@1005 full",
            ),
        )
    ),
)
NO_MATCH = "no cartridge has a label that matches "
APART = ", apart from cleaning cartridges and reserved slots"


def meant(*texts: str, known: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Each label, and the word that means it first."""
    words = parse_words(texts)
    found = labels_meant(words, SHOWN, reserved=RESERVED, known=known)
    return [(label, word.text) for word, label in found]


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (("A00002L8",), [("A00002L8", "A00002L8")]),
        (("NOWHERE8",), [("NOWHERE8", "NOWHERE8")]),
        (("CLN001L8", "A00009L8"), [("CLN001L8", "CLN001L8"), ("A00009L8", "A00009L8")]),
        # By address: the drive comes first.
        (("A*",), [("A00001L8", "A*"), ("A00002L8", "A*")]),
        (("*",), [("A00001L8", "*"), ("A00002L8", "*"), ("B00001L8", "*")]),
        (("B*", "A0000[1]L8"), [("B00001L8", "B*"), ("A00001L8", "A0000[1]L8")]),
        (("A00002L8", "A*"), [("A00002L8", "A00002L8"), ("A00001L8", "A*")]),
        (("tag:7",), [("7", "tag:7")]),
    ],
)
def test_labels_are_meant_once_in_the_order_of_words_and_elements(
    texts: tuple[str, ...], labels: list[tuple[str, str]]
) -> None:
    assert meant(*texts) == labels


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("C*", f"{NO_MATCH}'C*'{APART}", "name those by their whole labels"),
        ("A00009*", f"{NO_MATCH}'A00009*'{APART}", "name those by their whole labels"),
        ("D*", f"{NO_MATCH}'D*'", "changer status shows labels"),
    ],
)
def test_pattern_that_matches_nothing_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        meant(text)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_pattern_may_mean_what_an_earlier_export_brought_out() -> None:
    assert meant("D*", "A00002L8", known=("D00001L8",)) == [("A00002L8", "A00002L8")]


def test_words_are_labels_or_patterns_each_once() -> None:
    assert parse_words([" A00001L8", "A*", "A00001L8 "]) == (
        Word("A00001L8", "A00001L8", is_pattern=False),
        Word("A*", "A*", is_pattern=True),
    )


@pytest.mark.parametrize(
    ("texts", "message", "hint"),
    [
        ((), "no cartridge is named", "name labels or patterns of them, such as 'A000*'"),
        (
            ("12",),
            "'12' is a place, not a label",
            "to take out what is there: changer move 12 mail; as a label it is written tag:12",
        ),
        (
            ("A*", "drive:0"),
            "'drive:0' is a place, not a label",
            "to take out what is there: changer move drive:0 mail; as a label it is written "
            "tag:drive:0",
        ),
    ],
)
def test_what_is_no_label_is_refused(texts: tuple[str, ...], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_words(texts)
    assert (caught.value.message, caught.value.hint) == (message, hint)
