"""What wants attention: found in a status and in what is on record, and named by its places."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from driver_status import MAGAZINE_OUT, PAGE, at_rest, drive, mail, slot, with_slots
from sample_records import a_move, an_operation

from changer.library.addressing import Numbering, parse_range
from changer.library.attention import find_attention
from changer.library.findings import NO_FACTS, Finding, StoreFacts
from changer.library.number_ranges import ranges_of, ranges_words
from changer.library.status import ExceptionStatus, LibraryStatus, PickerStatus
from changer.store.records import Cleaner

USED_UP = ExceptionStatus(0x5A, 0x01, "used up")


def found(status: LibraryStatus, facts: StoreFacts = NO_FACTS) -> tuple[Finding, ...]:
    return find_attention(status, facts, numbering=Numbering(PAGE))


def only(status: LibraryStatus, facts: StoreFacts = NO_FACTS) -> Finding:
    (finding,) = found(status, facts)
    return finding


def a_cleaner(**said: Any) -> Cleaner:
    known: dict[str, Any] = {
        "id": 1,
        "library_id": "L",
        "volume_tag": "CLN001CU",
        "slot_address": 1011,
        "family": "LTO",
        "cleans_left": 5,
        "uses": 45,
        "condition": "usable",
        "why": None,
        "first_seen_at": 1.0,
        "last_used_at": 1.0,
        "left_at": None,
    }
    return Cleaner(**{**known, **said})


def test_nothing_wants_attention_in_a_library_at_rest() -> None:
    assert found(at_rest(), StoreFacts(cleaners=(a_cleaner(),))) == ()


FULL_PICKER = at_rest(picker=PickerStatus(1, True, "A00001L8", False, None))


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("status", "facts", "code", "places", "words"),
    [
        (at_rest(), StoreFacts(open_moves=(a_move(),)), "open-move", ("1", "drive:0"),
         "the move of A00001L8 from slot 1 to drive 0 was interrupted, or its end was not seen"),
        (at_rest(), StoreFacts(moves_under_way=(a_move(),)), "move-under-way", ("1", "drive:0"),
         "process 77 is making the move of A00001L8 from slot 1 to drive 0"),
        (at_rest(), StoreFacts(interrupted=(an_operation(),)), "interrupted-operation", ("12",),
         "a process died during an operation: insert"),
        (at_rest(), StoreFacts(waiting=(an_operation(volume_tag="CLN001CU"),)), "operator-wanted",
         ("12",), "an operation is waiting for someone at the library: insert of CLN001CU"),
        (FULL_PICKER, NO_FACTS, "picker-full", ("picker",), "the picker holds A00001L8"),
        (at_rest(picker=PickerStatus(1, None, None, False, None)), NO_FACTS, "contents-unknown",
         ("picker",), "the library can't tell what is in the picker"),
        (at_rest(drives=(drive(0), drive(1, cleaning_request="required"))), NO_FACTS,
         "cleaning-required", ("drive:1",), "drive 1 needs cleaning now"),
        (at_rest(drives=(drive(0, cleaning_request="requested"), drive(1))), NO_FACTS,
         "cleaning-requested", ("drive:0",), "drive 0 asks for cleaning"),
        (at_rest(), StoreFacts(cleaners=(a_cleaner(cleans_left=0),)), "cleaner-spent", ("12",),
         "CLN001CU, the cleaner of slot 12, is used up"),
        (at_rest(), StoreFacts(cleaners=(a_cleaner(condition="rejected", why="not its kind"),)),
         "cleaner-rejected", ("12",),
         "CLN001CU, the cleaner of slot 12, was rejected (not its kind)"),
        (with_slots(a=slot(3, full=True, volume_tag="CLN9", exception=USED_UP)), NO_FACTS,
         "cleaner-spent", ("3",), "CLN9 in slot 3 is used up"),
        (at_rest(removal_prevented=True), NO_FACTS, "removal-prevented", (),
         "people are prevented from removing media"),
        (at_rest(mail=(mail(1, full=None, present=False), mail(2, full=None, present=False))),
         NO_FACTS, "not-present", ("mail:1-mail:2",), "mail slots 1-2 are not present"),
        (at_rest(drives=(drive(0), drive(1, full=None, present=None))), NO_FACTS,
         "contents-unknown", ("drive:1",), "the library can't tell what is in drive 1"),
    ],
)  # fmt: skip
def test_each_kind_is_found_with_its_words_and_places(
    status: LibraryStatus, facts: StoreFacts, code: str, places: tuple[str, ...], words: str
) -> None:
    finding = only(status, facts)
    assert (finding.code, finding.places, finding.words) == (code, places, words)
    for each in finding.places:
        parse_range(each)  # as the command line takes it


def test_the_same_label_in_two_places_is_one_finding_and_in_an_empty_one_is_none() -> None:
    finding = only(
        replace(
            with_slots(
                a=slot(2, full=True, volume_tag="A1"),
                b=slot(5, full=True, volume_tag="B1"),
                c=slot(6, full=False, volume_tag="B1"),
                d=slot(7, full=True),
                e=slot(8, full=True),
            ),
            mail=(mail(1), mail(2, full=True, volume_tag="A1")),
        )
    )
    assert finding.places == ("2", "mail:2")
    assert finding.words == "2 cartridges have the label A1: in slot 2 and mail slot 2"


def test_slots_are_not_present_by_ranges_and_by_reason() -> None:
    out = {"full": None, "present": False}
    status = with_slots(
        a=slot(4, **out, exception=MAGAZINE_OUT),
        b=slot(5, **out, exception=MAGAZINE_OUT),
        c=slot(7, **out, exception=MAGAZINE_OUT),
        d=slot(9, **out),
    )
    first, second = found(status)
    assert first.words == "slots 4-5, 7 are not present: medium magazine removed (3B/12)"
    assert first.places == ("4-5", "7")
    assert (second.words, second.places) == ("slot 9 is not present", ("9",))


def test_a_bay_without_a_drive_wants_no_attention() -> None:
    assert found(at_rest(drives=(drive(0), drive(1, full=None, present=False)))) == ()


def test_the_empty_home_of_a_cleaner_at_work_wants_none() -> None:
    at_work = slot(12, full=None, exception=ExceptionStatus(0x30, 0x03, "cleaning cartridge"))
    assert found(with_slots(a=at_work)) == ()


def test_mail_slots_are_out_of_reach_while_someone_is_there() -> None:
    status = at_rest(mail=(mail(1, full=None, present=False), mail(2)))
    assert only(status, StoreFacts(waiting=(an_operation(),))).code == "operator-wanted"


def test_a_full_picker_is_expected_while_a_move_is_under_way() -> None:
    assert only(FULL_PICKER, StoreFacts(moves_under_way=(a_move(),))).level == "note"


def test_the_cartridge_of_an_open_move_in_the_picker_is_said_once() -> None:
    finding = only(FULL_PICKER, StoreFacts(open_moves=(a_move(),)))
    assert (finding.code, finding.words.partition("; ")[2]) == ("open-move", "it is in the picker")


def test_drives_that_the_library_cleans_are_its_own_matter() -> None:
    asks = at_rest(drives=(drive(0, cleaning_request="required"), drive(1)))
    assert found(asks, StoreFacts(cleans_itself=True)) == ()


def test_both_cartridges_of_an_exchange_are_named() -> None:
    move = a_move(kind="exchange", second_destination_address=1001, second_volume_tag="B1")
    assert only(at_rest(), StoreFacts(open_moves=(move,))).words.startswith(
        "the exchange of A00001L8 from slot 1 to drive 0, and of B1 to slot 2 was interrupted"
    )


def test_the_most_urgent_comes_first() -> None:
    status = replace(
        with_slots(a=slot(4, full=None, present=False)),
        picker=PickerStatus(1, True, "B", False, None),
        removal_prevented=True,
    )
    findings = found(status, StoreFacts(open_moves=(a_move(),), waiting=(an_operation(),)))
    assert [each.level for each in findings] == ["critical"] * 2 + ["warning"] * 2 + ["note"]
    assert findings[0].code == "open-move"


def test_ranges_hold_each_number_once() -> None:
    assert ranges_of([1, 2, 3, 7, 9, 10]) == ((1, 3), (7, 7), (9, 10))
    assert ranges_words([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"
    assert ranges_of([]) == ()
