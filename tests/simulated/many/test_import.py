"""Imports: what comes into the mail slots goes into free slots, and what is left alone."""

from __future__ import annotations

import pytest

from changer.errors import ChangerError, ImportIncomplete
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import move
from changer.moves.imported import Imported

from .conftest import MakeManyLibrary
from .many_library import ManyLibrary, refusal

FREE = ("4", "6", "9", "10", "11", "12")


def slots(imported: Imported) -> dict[str | None, str]:
    """Label to slot of what is in."""
    return {each.volume_tag: str(each.slot) for each in imported.in_slots}


def outside(imported: Imported) -> dict[str | None, str | None]:
    """Label to reason of what is not."""
    return {each.volume_tag: each.why for each in imported.cartridges if each.slot is None}


@pytest.fixture
def filled(demo: ManyLibrary) -> ManyLibrary:
    """B00001L8 and B00002L8 are in the mail slots."""
    demo.operate("put B00001L8 mail:1", noticed=False)
    demo.operate("put B00002L8 mail:2", noticed=False)
    return demo


def test_all_that_is_there_goes_to_the_first_free_slots(filled: ManyLibrary) -> None:
    filled.reserve("4")
    imported = filled.import_(only_now=True)
    assert slots(imported) == {"B00001L8": "6", "B00002L8": "9"}
    assert filled.tag_at("6") == "B00001L8" and filled.mail == {}
    assert (filled.last.kind, filled.last.state, filled.tasks) == ("import", "completed", [])
    assert filled.outcomes == ["done", "done"]
    imported.require_all_in()


def test_nothing_there_is_nothing_to_do(demo: ManyLibrary) -> None:
    imported = demo.import_(only_now=True)
    assert imported.cartridges == ()
    imported.require_all_in()


def test_a_cleaning_cartridge_is_left_alone(demo: ManyLibrary) -> None:
    demo.operate("put CLN001CU mail:1", noticed=False)
    demo.operate("put B00001L8 mail:2", noticed=False)
    imported = demo.import_(only_now=True)
    assert slots(imported) == {"B00001L8": "4"}
    why = "it is a cleaning cartridge: changer cleaner insert --from mail:1"
    assert outside(imported) == {"CLN001CU": why}
    imported.require_all_in()


def test_rounds_go_on_until_there_are_as_many_as_asked_for(demo: ManyLibrary) -> None:
    for number, seconds in enumerate((20, 60, 100)):
        demo.later(seconds, f"put B0000{2 * number + 1}L8", f"put B0000{2 * number + 2}L8")
    imported = demo.import_(count=5)
    assert len(slots(imported)) == 5
    assert outside(imported) == {"B00006L8": "the count of 5 is reached"}
    assert demo.mail == {"mail:2": "B00006L8"}
    assert demo.tasks[1] == (
        f"put cartridges into mail slots 1 and 2 of {demo.id} (2 of 5 imported)"
    )
    assert demo.last.state == "completed" and not demo.mail_is_open
    imported.require_all_in()


def test_a_person_who_puts_in_one_after_the_other_is_not_disturbed(demo: ManyLibrary) -> None:
    demo.later(20, "put B00001L8")
    demo.later(23, "put B00002L8")
    assert len(slots(demo.import_(count=2))) == 2
    assert len(demo.tasks) == 1


def test_too_few_in_time_is_told(demo: ManyLibrary) -> None:
    demo.later(20, "put B00001L8")
    imported = demo.import_(count=2, timeout_seconds=60)
    assert slots(imported) == {"B00001L8": "4"}
    with pytest.raises(ImportIncomplete, match="1 imported, 0 not: timed out"):
        imported.require_all_in()
    assert (demo.last.state, demo.last.result) == ("failed", "ERROR_CANCELLED")


@pytest.mark.parametrize("how", ["time", "stop"])
def test_without_a_number_it_goes_on_until_it_is_ended(demo: ManyLibrary, how: str) -> None:
    demo.later(20, "put B00001L8")
    demo.later(60, "put B00002L8")
    if how == "stop":
        demo.stop_later(100)
    imported = demo.import_(timeout_seconds=90)
    assert slots(imported) == {"B00001L8": "4", "B00002L8": "6"}
    assert demo.last.state == "completed"
    imported.require_all_in()


def test_nothing_put_in_at_all_is_told(demo: ManyLibrary) -> None:
    imported = demo.import_(timeout_seconds=60)
    with pytest.raises(ImportIncomplete, match="0 imported"):
        imported.require_all_in()


def test_a_number_below_0_is_refused_and_nothing_moves(filled: ManyLibrary) -> None:
    before = filled.everything_that_matters()
    error = refusal(lambda: filled.import_(count=-1))
    assert (error.code, error.message) == ("usage", "-1 is not a number of cartridges")
    assert filled.everything_that_matters() == before


def test_ctrl_c_says_how_many_are_in(demo: ManyLibrary) -> None:
    demo.later(20, "put B00001L8")
    demo.interrupt_later(60)
    with pytest.raises(KeyboardInterrupt) as interrupted:
        demo.import_()
    assert interrupted.value.__notes__ == ["1 cartridge imported"]
    assert demo.last.state == "cancelled" and not demo.mail_is_open


def test_a_stop_of_a_counted_import_is_its_error(demo: ManyLibrary) -> None:
    demo.stop_later(30)
    with pytest.raises(ChangerError) as stopped:
        demo.import_(count=2).require_all_in()
    assert stopped.value.code == "operation-stopped"
    assert demo.last.state == "cancelled"


def test_a_full_library_takes_what_it_can(filled: ManyLibrary) -> None:
    for each in FREE[1:]:
        filled.operate(f"insert C{each:0>5}L8 {each}", noticed=False)
    imported = filled.import_()
    assert slots(imported) == {"B00001L8": "4"}
    assert outside(imported).keys() == {"B00002L8"}
    assert filled.mail == {"mail:2": "B00002L8"}, "and nobody is asked for more"
    with pytest.raises(ImportIncomplete, match="1 imported, 1 not"):
        imported.require_all_in()


def test_a_library_that_fails_before_it_was_read_is_an_error(filled: ManyLibrary) -> None:
    filled.fault("offline")
    assert refusal(filled.import_).code == "library-offline"
    filled.fault("clear")
    assert len(filled.mail) == 2 and filled.last.state == "failed"


def test_a_move_whose_end_had_to_be_looked_for_is_warned_of(filled: ManyLibrary) -> None:
    filled.fault("move-hangs at-destination")
    assert slots(filled.import_(only_now=True)) == {"B00001L8": "4", "B00002L8": "6"}
    assert filled.warnings == ["MOVE MEDIUM: no reply from sim:library in 900 s"]


def test_one_that_does_not_move_keeps_no_other_one(filled: ManyLibrary) -> None:
    filled.fault("move-fails at-source")
    imported = filled.import_(only_now=True)
    assert slots(imported) == {"B00002L8": "4"}
    assert filled.outcomes == ["not-done", "done"]


def test_two_of_one_label_and_one_without_come_in(demo: ManyLibrary) -> None:
    demo.operate("put A00001L8 mail:1", noticed=False)
    demo.operate("put - mail:2", noticed=False)
    imported = demo.import_(only_now=True)
    assert [str(each.slot) for each in imported.in_slots] == ["4", "6"]
    assert demo.tag_at("4") == "A00001L8" and demo.tag_at("6") == ""


def test_the_robot_is_free_for_others_meanwhile(demo: ManyLibrary) -> None:
    def another() -> None:
        with demo.open() as opened:
            move(opened, parse_place("3"), parse_place("4"))

    demo.clock.plan(10, another)
    demo.later(30, "put B00001L8")
    assert slots(demo.import_(count=1)) == {"B00001L8": "3"}


def test_slots_act_as_mail_slots(make: MakeManyLibrary) -> None:
    library = make("bare", slots=8, data_cartridges=3, volume_tags="reported")
    library.settings = LibrarySettings(export_slots=range(7, 9))
    library.later(20, "insert B00001L8 8")
    assert slots(library.import_(count=1)) == {"B00001L8": "4"}


def test_medium_removal_is_prevented_again(demo: ManyLibrary) -> None:
    with demo.open() as opened:
        opened.prevent_removal(prevent=True)
    demo.later(20, "put B00001L8")
    assert len(slots(demo.import_(count=1))) == 1
    assert demo.truth.prevented
