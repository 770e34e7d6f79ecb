"""Rows that are asked for by place, range, label, pattern, kind and contents; and wrong words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from driver_status import MAGAZINE_OUT, PAGE, at_rest, drive, mail, slot, with_slots

from changer.errors import ChangerError, InvalidSlot, NoSuchDrive, UsageError, VolumeNotFound
from changer.library.addressing import Numbering
from changer.library.attention import find_attention
from changer.library.columns import Row, sort_key, text_cells
from changer.library.findings import NO_FACTS
from changer.library.selection import Selection, concerning, parse_named, select
from changer.library.status import LibraryStatus, PickerStatus

NUMBERING = Numbering(PAGE)
STATUS = replace(
    with_slots(
        a=slot(1, full=True, volume_tag="A00001L8"),
        b=slot(2, full=True, volume_tag="A00002L8"),
        c=slot(3, full=True, volume_tag="B00003L8"),
        d=slot(4, full=True),
        e=slot(5, full=None, present=False, exception=MAGAZINE_OUT),
        f=slot(11, reserved=True),
        g=slot(12, full=True, volume_tag="CLN001CU", cleaner=True, reserved=True),
    ),
    drives=(drive(0, full=True, volume_tag="A00007L8"), drive(1, cleaning_request="requested")),
    mail=(mail(1, full=True, volume_tag="A00008L8"), mail(2)),
)


def rows(status: LibraryStatus) -> tuple[Row, ...]:
    picker = (status.picker,) if status.picker else ()
    return (*status.drives, *status.slots, *status.mail, *picker)


def chosen(*words: str, **selection: object) -> list[str]:
    """The names of the rows that are left."""
    named = tuple(map(parse_named, words))
    wanted = Selection(named=named)._replace(**selection)  # type: ignore[arg-type]
    attention = find_attention(STATUS, NO_FACTS, numbering=NUMBERING)
    status = select(STATUS, wanted, attention, numbering=NUMBERING)
    return [text_cells(each)[0] for each in rows(status)]


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("1",), ["slot 1"]),
        (("1-3",), ["slot 1", "slot 2", "slot 3"]),
        (("drive:0-drive:1",), ["drive 0", "drive 1"]),
        (("mail:2", "picker"), ["mail 2", "picker"]),
        (("@1001-@1002",), ["slot 2", "slot 3"]),
        (("A00001L8",), ["slot 1"]),
        (("tag:A00001L8",), ["slot 1"]),
        (("A*",), ["drive 0", "slot 1", "slot 2", "mail 1"]),
        (("?0000[12]L8",), ["slot 1", "slot 2"]),
        (("B*", "12"), ["slot 3", "slot 12"]),
    ],
)
def test_words_name_rows(words: tuple[str, ...], expected: list[str]) -> None:
    assert chosen(*words) == expected


def test_contents_and_kinds_narrow_what_is_named() -> None:
    assert chosen(full=True, types=frozenset({"mail"})) == ["mail 1"]
    assert chosen(types=frozenset({"drives", "mail"})) == ["drive 0", "drive 1", "mail 1", "mail 2"]
    assert chosen("1-6", full=True) == ["slot 1", "slot 2", "slot 3", "slot 4"]
    assert chosen("1-6", empty=True) == ["slot 6"]
    assert chosen("1-6", empty=True, full=True) == [f"slot {each}" for each in (1, 2, 3, 4, 6)]
    assert chosen(cleaners=True) == ["slot 11", "slot 12"]
    assert chosen(problems=True) == ["drive 1", "slot 5"]
    assert chosen("A*", empty=True) == []


def test_a_label_that_stands_in_two_places_names_both() -> None:
    twice = replace(STATUS, picker=PickerStatus(1, True, "A00001L8", False, None))
    wanted = Selection(named=(parse_named("A00001L8"),))
    found = select(twice, wanted, (), numbering=NUMBERING)
    assert [text_cells(each)[0] for each in rows(found)] == ["slot 1", "picker"]


def test_everything_is_the_status_itself() -> None:
    assert select(STATUS, Selection(), (), numbering=NUMBERING) is STATUS


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("word", "error", "words"),
    [
        ("A00001L9", VolumeNotFound, "did you mean A00001L8?"),
        ("a00001l8", VolumeNotFound, "did you mean A00001L8?"),
        ("A000", VolumeNotFound, "did you mean 'A000*'?"),
        ("drives", VolumeNotFound, "did you mean --drives?"),
        ("full", VolumeNotFound, "did you mean --full?"),
        ("ZZZZZZZZ", VolumeNotFound, "no element shows the label 'ZZZZZZZZ'"),
        ("a0*", VolumeNotFound, "did you mean 'A0*'?"),
        ("Q*", VolumeNotFound, "no label fits the pattern 'Q*'"),
        ("99", InvalidSlot, "slot 99"),
        ("5-99", InvalidSlot, "slot 99"),
        ("drive:7", NoSuchDrive, "drive 7"),
        ("4-1", UsageError, "'4-1'"),
        ("1-mail:2", UsageError, "'1-mail:2'"),
        ("1-B", UsageError, "'1-B'"),
        ("1-", UsageError, "'1-'"),
        ("slot1", UsageError, "did you mean slot:1?"),
        ("@99999", UsageError, "'@99999'"),
        ("", UsageError, "''"),
    ],
)
def test_words_that_name_nothing_are_errors(
    word: str, error: type[ChangerError], words: str
) -> None:
    with pytest.raises(error) as raised:
        chosen(word)
    assert words in raised.value.message


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("1-", "a range is 1-12"),
        ("Q*", "changer status --full --all lists the labels"),
        ("tag:ZZZZZZZZ", "changer find tag:ZZZZZZZZ shows where it was last seen"),
    ],
)
def test_words_that_name_nothing_are_told_with_a_way_to_what_there_is(word: str, hint: str) -> None:
    with pytest.raises(ChangerError) as raised:
        chosen(word)
    assert raised.value.hint == hint
    assert "did you mean" not in raised.value.message


def test_a_label_with_a_dash_is_a_label() -> None:
    status = with_slots(a=slot(1, full=True, volume_tag="VOL-12"))
    found = select(status, Selection(named=(parse_named("VOL-12"),)), (), numbering=NUMBERING)
    assert [each.number for each in found.slots] == [1]


def test_findings_of_other_rows_are_left_out_but_the_critical_ones() -> None:
    picker = PickerStatus(1, True, None, False, None)
    status = replace(at_rest(removal_prevented=True, picker=picker), drives=STATUS.drives)
    attention = find_attention(status, NO_FACTS, numbering=NUMBERING)
    assert [each.code for each in attention] == [
        "picker-full",
        "cleaning-requested",
        "removal-prevented",
    ]

    def told(word: str) -> list[str]:
        found = select(
            status, Selection(named=(parse_named(word),)), attention, numbering=NUMBERING
        )
        return [each.code for each in concerning(attention, found, numbering=NUMBERING)]

    assert told("1") == ["picker-full"]
    assert told("drive:1") == ["picker-full", "cleaning-requested"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("source", [4, 2, 0, 1, 3]),
        ("type", [4, 2, 1, 0, 3]),
        ("label", [2, 0, 1, 3, 4]),
        ("cleaner", [0, 1, 3, 4, 2]),
    ],
)
def test_rows_are_sorted_by_numbers_and_words_with_what_has_no_value_last(
    title: str, expected: list[int]
) -> None:
    drives = [
        drive(0, full=True, volume_tag="B", source_slot=12, medium_type=9),
        drive(1, medium_type=4),
        drive(2, full=True, volume_tag="A", source_slot=2, medium_type=1, cleaner=True),
        drive(3),
        drive(4, full=True, source_mail=1, medium_type=0),
    ]
    ordered = sorted(drives, key=lambda each: sort_key(each, title))
    assert [each.number for each in ordered] == expected
