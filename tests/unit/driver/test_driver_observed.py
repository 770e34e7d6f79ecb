"""What one reading of a library tells of its mail slots and its magazines, and what it does not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from driver_support import IE, ST, assignment, said

from changer.events.news import Fact
from changer.library.inventory import Inventory
from changer.library.observed import facts_of
from changer.smc.elements import Element
from changer.store.records import EventRecord

LIBRARY = "HP_MSL_1"


def reading(elements: Iterable[Element]) -> Inventory:
    """Of slots 1 to 12, from address 1000 on, and mail slots 1 and 2, from 10 on."""
    return Inventory(assignment(), tuple(elements), frozenset({ST, IE}))


def slots(absent: Iterable[int] = (), *others: str) -> Inventory:
    """All slots empty, but those that the library leaves out, or of which it says something."""
    told = {each.address: each for each in map(said, others)}
    there = [told.get(each, said(f"@{each}")) for each in range(1000, 1012)]
    return reading(each for each in there if each.address not in absent)


def told_out(*subjects: str) -> list[EventRecord]:
    """What was told of magazines, and lasts; what was told of other things makes no difference."""
    others = [(kind, "1000-1003") for kind in ("cleaning-requested", "mail-slot-filled")]
    kinds = [*others, *(("magazine-out", each) for each in subjects)]
    return [
        EventRecord(number, LIBRARY, kind, subject, "", 1.0, "it", "{}", None, None)
        for number, (kind, subject) in enumerate(kinds)
    ]


def facts(
    inventory: Inventory, lasting: Iterable[EventRecord] = (), *, impexp_is_kept: bool = True
) -> tuple[Fact, ...]:
    told = list(lasting)
    return facts_of(inventory, told, library_id=LIBRARY, impexp_is_kept=impexp_is_kept)


@pytest.mark.parametrize(
    ("placed", "is_kept", "by", "words"),
    [
        (True, True, "operator", ", put there by a person"),
        (True, False, "operator", ", put there by a person"),
        (False, True, "robot", ", put there by the robot"),
        (False, False, None, ""),
        (None, False, None, ""),
    ],
)
@pytest.mark.rows(one_in=1)
def test_mail_slot_is_filled_by_whom_the_library_says_if_its_model_can(
    *, placed: bool | None, is_kept: bool, by: str | None, words: str
) -> None:
    full = said("mail @11 full A00001L8")._replace(operator_placed=placed)
    (fact,) = facts(reading([full]), impexp_is_kept=is_kept)[:1]
    assert fact == Fact(
        "mail-slot-filled",
        "11",
        f"mail slot 2 of {LIBRARY} holds A00001L8{words}",
        state="A00001L8",
        fields={"mail_slot": 2, "volume_tag": "A00001L8", "placed_by": by},
    )


def test_mail_slot_is_empty_only_where_the_library_says_so() -> None:
    at = "mail @10"
    told = {words: facts(reading([said(f"{at} {words}")]))[0:1] for words in ("", "ed", "access=0")}
    assert told[""] == (Fact("mail-slot-filled", "10", holds=False),)
    for words in ("ed", "access=0"):
        assert [each for each in told[words] if each.kind == "mail-slot-filled"] == []


def test_mail_slot_without_a_label_has_no_state_by_which_another_is_news() -> None:
    (fact, *_) = facts(reading([said("mail @10 full")]))
    assert (fact.state, fact.fields["volume_tag"]) == ("", None)


def test_only_what_was_read_is_told_of() -> None:
    everything = slots({1000}, "mail @10 full A00001L8")
    mail = said("mail @10 full A00001L8")
    for types, kinds in (
        ({ST}, ["magazine-out"]),
        ({IE}, ["mail-slot-filled"]),
        ({ST, IE}, ["mail-slot-filled", "magazine-out"]),
        (set(), []),
    ):
        read = Inventory(assignment(), (*everything.elements, mail), frozenset(types))
        assert [each.kind for each in facts(read)] == kinds


def out(first: int, last: int, words: str) -> Fact:
    """By slot numbers."""
    fields = {"first_slot": first, "last_slot": last}
    text = f"{words} of {LIBRARY} {'is' if first == last else 'are'} not there: a magazine is out"
    return Fact("magazine-out", f"{999 + first}-{999 + last}", text, fields=fields)


def back(subject: str, first: int, last: int, words: str) -> Fact:
    fields = {"first_slot": first, "last_slot": last}
    verb = "is" if first == last else "are"
    text = f"{words} of {LIBRARY} {verb} there again: a magazine is in"
    return Fact("magazine-out", subject, text, fields=fields, holds=False)


def test_slots_that_are_not_there_are_told_by_runs() -> None:
    assert facts(slots({1000, 1001, 1005, 1010, 1011})) == (
        out(1, 2, "slots 1 to 2"),
        out(6, 6, "slot 6"),
        out(11, 12, "slots 11 to 12"),
    )
    assert facts(slots()) == ()


@pytest.mark.parametrize("words", ["@1000 ed", "@1000 access=0", "@1000 access=0 full"])
def test_slot_that_is_disabled_or_not_to_be_reached_now_is_neither_out_nor_back(words: str) -> None:
    assert facts(slots((), words)) == ()
    assert facts(slots((), words), told_out("1000-1000")) == ()


def test_what_was_told_is_not_told_again_nor_is_what_is_still_out_of_it() -> None:
    assert facts(slots({1000, 1001, 1002}), told_out("1000-1002")) == ()
    assert facts(slots({1000, 1001, 1002, 1003}), told_out("1000-1002")) == (out(4, 4, "slot 4"),)


def test_one_magazine_is_back_while_another_is_still_out() -> None:
    lasting = told_out("1000-1001", "1005-1006")
    assert facts(slots({1000, 1001}), lasting) == (back("1005-1006", 6, 7, "slots 6 to 7"),)


def test_of_a_run_what_is_back_is_told_and_the_rest_as_a_run_of_its_own() -> None:
    lasting = told_out("1000-1002", "1005-1008")
    assert facts(slots({1001, 1007, 1008}), lasting) == (
        back("1000-1002", 1, 1, "slot 1"),
        back("1000-1002", 3, 3, "slot 3"),
        back("1005-1008", 6, 7, "slots 6 to 7"),
        out(2, 2, "slot 2"),
        out(8, 9, "slots 8 to 9"),
    )
    assert facts(slots(), told_out("1010-1011")) == (back("1010-1011", 11, 12, "slots 11 to 12"),)


@pytest.mark.parametrize(
    "subject", ["", "1000", "1000-", "-1003", "a-1003", "1000-b", "1003-1000", "1000-0001003"]
)
def test_subject_that_is_not_a_run_of_addresses_is_of_no_slots(subject: str) -> None:
    """Of more digits than two addresses have, it may be of four thousand million."""
    assert facts(slots(), told_out(subject)) == ()
    assert facts(slots({1000}), told_out(subject)) == (out(1, 1, "slot 1"),)


def test_longest_run_of_addresses_is_one() -> None:
    assert facts(slots(), told_out("1000-65535")) == (back("1000-65535", 1, 12, "slots 1 to 12"),)
    assert facts(slots(), told_out("01000-01003")) == (back("01000-01003", 1, 4, "slots 1 to 4"),)
