"""Exports, and what people do meanwhile: too much, the wrong thing, or nothing."""

from __future__ import annotations

import pytest
from driver.virtual_library import READ_ELEMENT_STATUS

from changer.errors import ExportIncomplete, LibraryBusy
from changer.host.clock import TimedStep
from changer.library.addressing import parse_place
from changer.library.settings import LibrarySettings
from changer.moves.execute import move

from .many_library import ManyLibrary, left, refusal, stayed


def test_nobody_comes(demo: ManyLibrary) -> None:
    demo.settings = LibrarySettings(operator_timeout_seconds=100)
    began = demo.clock.time
    exported = demo.export("A0000[1-3]L8")
    assert 100 <= demo.clock.time - began < 130
    assert left(exported) == {}
    why = stayed(exported)
    assert why["A00001L8"].startswith("it is in mail slot 1: timed out after 100 s waiting for")
    assert why["A00003L8"].startswith("it was not moved: timed out")
    with pytest.raises(ExportIncomplete, match="3 of 3 cartridges did not leave: timed out"):
        exported.require_all_left()
    assert (demo.last.state, demo.last.result) == ("failed", "ERROR_TIMEOUT")
    assert not demo.mail_is_open


def test_time_begins_anew_when_something_was_taken(demo: ManyLibrary) -> None:
    demo.visit(every_seconds=80)
    assert len(left(demo.export("A*", timeout_seconds=100))) == 6


def test_one_of_two_is_taken(demo: ManyLibrary) -> None:
    demo.clock.plan(10, lambda: demo.take("mail:2"))
    exported = demo.export("A00001L8", "A00002L8", timeout_seconds=60)
    assert stayed(exported).keys() == {"A00001L8"}
    assert left(exported) == {"A00002L8": "mail:2"}
    assert demo.outcomes == ["not-done", "done"]
    still = next(each for each in demo.steps if "still to be taken: A00001L8" in each)
    assert isinstance(still, TimedStep) and still.limit_seconds == 60
    assert 10 <= still.spent_seconds < 20


def test_the_wrong_one_is_taken_and_brought_back(demo: ManyLibrary) -> None:
    demo.operate("put B00001L8 mail:1", noticed=False)
    demo.clock.plan(10, lambda: demo.take("mail:1"))
    demo.later(40, "put B00001L8 mail:1")
    demo.clock.plan(60, lambda: demo.take("mail:2"))
    exported = demo.export("A00001L8")
    assert left(exported) == {"A00001L8": "mail:2"}
    assert demo.warnings == [
        "B00001L8 was taken out of mail slot 1, but it is not part of this export",
        "B00001L8 was put into mail slot 1; to bring it in: changer import",
    ]
    assert demo.mail == {"mail:1": "B00001L8"}


def test_one_is_laid_into_another_mail_slot(demo: ManyLibrary) -> None:
    demo.later(10, "swap mail:1 mail:2")
    demo.clock.plan(60, lambda: demo.take("mail:2"))
    assert left(demo.export("A00001L8")) == {"A00001L8": "mail:2"}


def test_one_is_put_back_into_a_slot(demo: ManyLibrary) -> None:
    demo.later(10, "swap mail:1 9")
    exported = demo.export("A00001L8")
    assert stayed(exported) == {"A00001L8": "it was put back, and is in slot 9"}
    assert demo.last.state == "failed"


def test_one_comes_back_after_it_was_taken(demo: ManyLibrary) -> None:
    demo.clock.plan(10, demo.take_all)
    demo.later(50, "put A00001L8 mail:2")
    demo.clock.plan(70, lambda: demo.take("mail:1"))
    exported = demo.export("A0000[1-3]L8")
    assert stayed(exported) == {"A00001L8": "it left, was put back, and is in mail slot 2"}
    assert left(exported) == {"A00002L8": "mail:2", "A00003L8": "mail:1"}
    rows = demo.rows("transfers")
    assert [row["outcome"] for row in rows] == ["not-done", "done", "done"]


def test_another_one_is_put_in_its_place(demo: ManyLibrary) -> None:
    """Not seen empty: whether it left is not said before that."""
    demo.later(10, "take mail:1", "put B00001L8 mail:1")
    exported = demo.export("A00001L8", timeout_seconds=60)
    why = "mail slot 1 holds B00001L8 now, and was not seen empty"
    assert stayed(exported) == {"A00001L8": why}
    assert left(exported) == {}
    demo.operate("take mail:1")
    assert left(demo.export("A00001L8")) == {"A00001L8": "mail:1"}


def test_full_mail_slots_are_waited_for(demo: ManyLibrary) -> None:
    demo.operate("put B00001L8 mail:1", noticed=False)
    demo.operate("put B00002L8 mail:2", noticed=False)
    demo.clock.plan(20, lambda: demo.take("mail:2"))
    demo.clock.plan(60, lambda: demo.take("mail:2"))
    exported = demo.export("A00001L8")
    assert left(exported) == {"A00001L8": "mail:2"}
    assert demo.tasks[0] == (
        f"make room in the mail slots of {demo.id}, which hold other cartridges: "
        "B00001L8 (mail slot 1), B00002L8 (mail slot 2)"
    )
    assert demo.mail == {"mail:1": "B00001L8"}


def test_the_robot_is_free_for_others_meanwhile(demo: ManyLibrary) -> None:
    def another() -> None:
        with demo.open() as opened:
            move(opened, parse_place("3"), parse_place("drive:1"))

    demo.clock.plan(10, another)
    demo.clock.plan(30, demo.take_all)
    assert len(left(demo.export("A0000[12]L8"))) == 2
    assert demo.tag_at("drive:1") == "A00003L8"


def test_others_are_waited_for_between_rounds(demo: ManyLibrary) -> None:
    demo.visit()
    demo.busy_later(15, until=300)
    assert len(left(demo.export("A0000[1-3]L8"))) == 3


def test_a_lock_of_another_is_told_at_once(demo: ManyLibrary) -> None:
    with demo.lock_of_another(), pytest.raises(LibraryBusy, match="another"):
        demo.export("A00001L8")
    assert demo.rows("transfers") == []


# It is ended, and goes on


def test_it_goes_on_with_the_same_words_in_any_order(demo: ManyLibrary) -> None:
    exported = demo.export("A0000[1-3]L8", "A00004L8", timeout_seconds=50)
    assert len(stayed(exported)) == 4
    moves = len(demo.rows("moves"))
    demo.take("mail:1")
    demo.visit()
    exported = demo.export("A00004L8", "A0000[1-3]L8")
    assert left(exported) == {
        "A00001L8": "mail:1",
        "A00002L8": "mail:2",
        "A00003L8": "mail:1",
        "A00004L8": "mail:1",
    }
    assert (moves, len(demo.rows("moves"))) == (2, 4)
    assert demo.last.state == "completed"


def test_after_it_was_done_the_same_words_mean_what_is_there_now(demo: ManyLibrary) -> None:
    demo.visit()
    demo.export("A00001L8")
    exported = demo.export("A00001L8")
    assert "A00001L8 is not in this library now" in stayed(exported)["A00001L8"]


def test_other_words_are_another_export(demo: ManyLibrary) -> None:
    demo.export("A0000[12]L8", timeout_seconds=50)
    demo.take("mail:1")
    demo.visit()
    exported = demo.export("A00001L8")
    assert stayed(exported).keys() == {"A00001L8"}


def test_one_that_left_and_came_back_is_exported_again(demo: ManyLibrary) -> None:
    demo.clock.plan(10, demo.take_all)
    exported = demo.export("A0000[1-3]L8", timeout_seconds=50)
    assert len(left(exported)) == 2
    demo.operate("insert A00002L8 9")
    demo.clock.forget()
    demo.visit()
    exported = demo.export("A0000[1-3]L8")
    assert sorted(left(exported)) == ["A00001L8", "A00002L8", "A00003L8"]
    assert demo.place_of("A00002L8") is None


def test_one_that_another_moved_on_from_its_mail_slot_has_not_left(demo: ManyLibrary) -> None:
    demo.export("A00001L8", timeout_seconds=50)
    with demo.open() as opened:
        move(opened, parse_place("mail:1"), parse_place("9"))
    demo.pull_magazine(2)
    exported = demo.export("A00001L8", timeout_seconds=50)
    assert left(exported) == {}
    assert "last seen in slot 9" in stayed(exported)["A00001L8"]


def test_one_that_a_drive_without_a_label_may_hold_has_not_left(demo: ManyLibrary) -> None:
    demo.export("A00001L8", timeout_seconds=50)
    demo.move_behind_our_back("mail:1", "drive:0")
    demo.fault("unreadable drive:0")
    demo.forget_source(0)
    with demo.counting() as sent:
        exported = demo.export("A00001L8", timeout_seconds=50)
    assert sent[READ_ELEMENT_STATUS] < 60, "the robot has other things to do"
    assert "may be in drive 0, which shows no label" in stayed(exported)["A00001L8"]
    assert left(exported) == {}


@pytest.mark.parametrize("how", ["stop", "Ctrl-C"])
def test_it_ends_when_it_is_told_to_and_goes_on_where_it_was(demo: ManyLibrary, how: str) -> None:
    demo.clock.plan(10, demo.take_all)
    if how == "stop":
        demo.stop_later(40)
        exported = demo.export("A0000[1-3]L8")
        assert sorted(left(exported)) == ["A00001L8", "A00002L8"]
        assert exported.error is not None and exported.error.code == "operation-stopped"
    else:
        demo.interrupt_later(40)
        with pytest.raises(KeyboardInterrupt) as interrupted:
            demo.export("A0000[1-3]L8")
        assert interrupted.value.__notes__ == [
            "2 of 3 cartridges left; still to be taken: A00003L8 (mail slot 1); "
            "run the same command again to continue"
        ]
    assert demo.last.state == "cancelled"
    assert not demo.mail_is_open
    demo.clock.forget()
    demo.clock.plan(10, demo.take_all)
    exported = demo.export("A0000[1-3]L8")
    assert len(left(exported)) == 3 and demo.last.state == "completed"
    with demo.open() as opened:
        (last,) = opened.store.operations(opened.id, limit=1)
        recorded = opened.store.transfers(last.id)
    assert [each.outcome for each in recorded] == ["done"] * 3, "those that had left, too"


def test_store_that_fails_is_an_error_that_says_how_things_stand(demo: ManyLibrary) -> None:
    refuse = "BEGIN SELECT RAISE(ABORT, 'worn out'); END"
    demo.clock.plan(
        20, lambda: demo.execute(f"CREATE TRIGGER worn BEFORE UPDATE ON transfers {refuse}")
    )
    demo.clock.plan(30, demo.take_all)
    error = refusal(lambda: demo.export("A0000[1-3]L8"))
    assert error.code == "store-failed"
    assert error.message.startswith(
        "1 of 3 cartridges left; still to be taken: A00002L8 (mail slot 2); left: A00001L8: "
    )
    demo.execute("DROP TRIGGER worn")
    demo.clock.plan(10, demo.take_all)
    assert len(left(demo.export("A0000[1-3]L8"))) == 3


def test_the_same_export_is_not_made_twice_at_once(demo: ManyLibrary) -> None:
    refused: list[BaseException] = []

    def again() -> None:
        try:
            demo.export("A00001L8")
        except Exception as error:
            refused.append(error)

    demo.clock.plan(10, again)
    demo.clock.plan(30, demo.take_all)
    assert len(left(demo.export("A00001L8"))) == 1
    assert "this export is already under way" in str(refused[0])


def test_one_that_left_and_was_shown_since_is_not_believed_to_be_out(demo: ManyLibrary) -> None:
    """It was put back into a magazine, which is out now."""
    demo.clock.plan(10, demo.take_all)
    assert len(left(demo.export("A0000[1-3]L8", timeout_seconds=50))) == 2
    demo.operate("insert A00002L8 9")
    demo.clock.time += 60
    with demo.open() as opened:
        opened.read()
    demo.pull_magazine(2)
    exported = demo.export("A0000[1-3]L8", timeout_seconds=50)
    assert "last seen in slot 9" in stayed(exported)["A00002L8"]
    assert "A00001L8" in left(exported)
