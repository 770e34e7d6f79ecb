"""Exports: rounds of the mail slots, which cartridges are meant, and why one does not leave."""

from __future__ import annotations

import pytest

from changer.errors import ChangerError, ExportIncomplete, NtmsResult
from changer.library.settings import LibrarySettings

from .conftest import MakeManyLibrary
from .many_library import ManyLibrary, left, refusal, stayed

UNDONE = NtmsResult("ERROR_CANCELLED", 1223)


def test_all_leave_in_rounds_of_the_mail_slots(demo: ManyLibrary) -> None:
    demo.visit()
    exported = demo.export("A00001L8", "A00002L8", "A00003L8")
    assert left(exported) == {"A00001L8": "mail:1", "A00002L8": "mail:2", "A00003L8": "mail:1"}
    assert demo.hand == ["A00001L8", "A00002L8", "A00003L8"]
    assert demo.tasks == [
        f"take out of {demo.id}: A00001L8 (mail slot 1), A00002L8 (mail slot 2); then 1 more",
        f"take out of {demo.id}: A00003L8 (mail slot 1)",
    ]
    assert (demo.last.kind, demo.last.state, demo.last.result) == (
        *("export", "completed"),
        "ERROR_SUCCESS",
    )
    assert [row["outcome"] for row in demo.rows("transfers")] == ["done"] * 3
    assert not demo.mail_is_open
    exported.require_all_left()


def test_a_pattern_means_what_is_shown_in_the_order_of_addresses(demo: ManyLibrary) -> None:
    demo.move_behind_our_back("2", "drive:0")
    demo.visit()
    exported = demo.export("A0000[3-5]L8", "A00001L8", "A*4L8", "A0000?L8")
    assert [*left(exported)] == [
        *("A00003L8", "A00004L8", "A00005L8"),
        *("A00001L8", "A00002L8", "A00006L8"),
    ]


def test_a_pattern_leaves_cleaners_and_reserved_slots_alone(demo: ManyLibrary) -> None:
    demo.with_cleaner()
    demo.reserve("6")
    demo.operate("insert B00001L8 6", noticed=False)
    demo.visit()
    exported = demo.export("*")
    assert sorted(left(exported)) == [f"A0000{n}L8" for n in range(1, 7)]
    error = refusal(lambda: demo.export("CLN*"))
    assert error.code == "usage" and "cleaning cartridges" in error.message


def test_a_cleaner_that_is_named_leaves_and_is_away(demo: ManyLibrary) -> None:
    demo.with_cleaner(cleans=7)
    demo.visit()
    assert left(demo.export("CLN001CU")) == {"CLN001CU": "mail:1"}
    assert demo.cleaner is None
    with demo.store() as store:
        (away,) = store.cleaners(demo.id)
    assert (away.volume_tag, away.cleans_left, away.slot_address) == ("CLN001CU", 7, None)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("B*", "no cartridge has a label that matches 'B*'"),
        ("3", "'3' is a place, not a label"),
        ("drive:0", "'drive:0' is a place, not a label"),
        ("mail", "'mail'"),
    ],
)
def test_a_word_that_means_no_label_is_a_mistake_and_nothing_moves(
    demo: ManyLibrary, word: str, told: str
) -> None:
    before = demo.everything_that_matters()
    error = refusal(lambda: demo.export("A00001L8", word))
    assert error.code == "usage" and told in error.message
    assert demo.everything_that_matters() == before
    assert refusal(demo.export).code == "usage"


def test_a_label_that_is_shown_nowhere_or_twice_stays_and_the_others_leave(
    demo: ManyLibrary,
) -> None:
    demo.operate("insert A00002L8 9", noticed=False)
    demo.visit()
    exported = demo.export("A00009L8", "A00002L8", "A00003L8")
    assert left(exported) == {"A00003L8": "mail:1"}
    why = stayed(exported)
    assert why["A00009L8"].startswith("A00009L8 is not in this library now")
    assert why["A00002L8"].startswith("A00002L8 is in more than one place: slot 2 and slot 9")
    with pytest.raises(ExportIncomplete, match="2 of 3 cartridges did not leave"):
        exported.require_all_left()
    assert (demo.last.state, demo.hand) == ("failed", ["A00003L8"])


def test_a_drive_that_keeps_its_cartridge_keeps_no_other_one(make: MakeManyLibrary) -> None:
    library = make(unloads_drive=False)
    library.empty_mail()
    library.move_behind_our_back("1", "drive:0")
    library.clock.time += 60
    library.visit()
    exported = library.export("A00001L8", "A00002L8")
    assert left(exported) == {"A00002L8": "mail:1"}
    assert "53/03" in stayed(exported)["A00001L8"]
    assert library.tag_at("drive:0") == "A00001L8"


def test_a_drive_that_lets_go_is_emptied(demo: ManyLibrary) -> None:
    demo.move_behind_our_back("1", "drive:0")
    demo.visit()
    assert left(demo.export("A00001L8")) == {"A00001L8": "mail:1"}


def test_a_move_whose_end_had_to_be_looked_for_is_warned_of(demo: ManyLibrary) -> None:
    demo.fault("move-hangs at-destination")
    demo.visit()
    assert left(demo.export("A00001L8")) == {"A00001L8": "mail:1"}
    assert demo.warnings == ["MOVE MEDIUM: no reply from sim:library in 900 s"]


def test_what_a_cleaning_needs_stays(demo: ManyLibrary) -> None:
    with demo.open() as opened:
        mark = opened.context.coordination.under_way(opened.id)
        with mark as number:
            cleaning = opened.store.begin_operation(opened.id, "clean", mark=number)
            opened.store.claim(cleaning.id, demo.address_of("1"))
            demo.visit()
            exported = demo.export("A00001L8", "A00002L8")
            opened.store.finish_operation(cleaning.id, state="failed", result=UNDONE, message=None)
    assert left(exported) == {"A00002L8": "mail:1"}
    assert "cleaning" in stayed(exported)["A00001L8"]


def test_what_lies_in_a_mail_slot_already_is_only_taken(demo: ManyLibrary) -> None:
    demo.operate("put B00001L8 mail:2", noticed=False)
    demo.later(20, "take mail:2")
    assert left(demo.export("B00001L8")) == {"B00001L8": "mail:2"}
    assert demo.rows("moves") == []


def test_medium_removal_is_prevented_again(demo: ManyLibrary) -> None:
    with demo.open() as opened:
        opened.prevent_removal(prevent=True)
    demo.visit()
    assert len(left(demo.export("A00001L8", "A00002L8", "A00003L8"))) == 3
    assert demo.truth.prevented


def test_a_library_that_takes_cartridges_away_itself_needs_no_person(make: MakeManyLibrary) -> None:
    """AWS Tape Gateway, QUADStor: what comes to a mail slot is gone at once."""
    library = make()
    library.empty_mail()
    exported = library.export_to_archive("A0000[1-5]L8")
    assert len(left(exported)) == 5
    assert library.tasks == [], "nobody is asked to take them"


def test_mail_slots_that_no_cartridge_can_come_to_end_it(demo: ManyLibrary) -> None:
    demo.fault("element mail:1 access=0")
    demo.fault("element mail:2 access=0")
    exported = demo.export("A00001L8")
    assert exported.error is not None and exported.error.code == "mail-slots-full"
    assert stayed(exported)["A00001L8"].startswith("it was not moved")


def test_a_library_that_fails_ends_it_with_the_list_and_its_error(demo: ManyLibrary) -> None:
    demo.fault("move-fails in-transport")
    exported = demo.export("A00001L8", "A00002L8")
    with pytest.raises(ChangerError) as failed:
        exported.require_all_left()
    assert failed.value is exported.error
    assert stayed(exported).keys() == {"A00001L8", "A00002L8"}


# Libraries without mail slots


def test_slots_act_as_mail_slots(make: MakeManyLibrary) -> None:
    library = make("bare", slots=8, data_cartridges=3, volume_tags="reported")
    library.settings = LibrarySettings(export_slots=range(7, 9))

    def reach_in() -> None:
        library.remove("7")
        library.remove("8")

    library.visit(act=reach_in)
    exported = library.export("*")
    assert [*left(exported).values()] == ["7", "8", "7"]
    assert len(library.hand) == 3
    assert "(slot 7)" in library.tasks[0]


def test_a_magazine_that_is_out_has_not_left_until_its_slots_are_seen_empty(
    make: MakeManyLibrary,
) -> None:
    library = make("bare", slots=8, magazine_size=4, data_cartridges=2, volume_tags="reported")
    library.settings = LibrarySettings(export_slots=range(7, 9))
    outcomes: list[list[str | None]] = []
    library.later_fault(10, "magazine-out 2")
    library.clock.plan(90, lambda: outcomes.append(library.outcomes))
    library.later(100, "swap-magazine 2")
    exported = library.export("*")
    assert outcomes == [[None, None]]
    assert sorted(left(exported).values()) == ["7", "8"]
    assert any("slots 7 and 8 is not reported: put the magazine back" in it for it in library.steps)


def test_a_library_without_either_is_told_how(make: MakeManyLibrary) -> None:
    library = make("bare", volume_tags="reported")
    error = refusal(lambda: library.export("*"))
    assert error.code == "invalid-slot" and "export_slots" in (error.hint or "")
