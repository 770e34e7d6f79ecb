"""What top draws anew by itself: when time goes on, a library changes, or a person acts."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace

import pytest
from textual.widgets import Input

from changer.cleaning.read_stock import CleanerStock
from changer.top.board_view import BoardView
from changer.top.details import History
from changer.top.source import Row

from .person import Library, Person, show
from .pictures import NOW, drive, event, overview, reading, slot, status, trouble
from .screens import CLEANER


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks at nothing by itself while a test runs."""
    monkeypatch.setattr("changer.top.application.TICK_SECONDS", 3600.0)


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks again and again, as fast as it can."""
    monkeypatch.setattr("changer.top.application.TICK_SECONDS", 0.01)


class Time:
    """It is as late as a test says."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def board_of(person: Person) -> BoardView:
    return person.application.query_one(BoardView)


@pytest.mark.usefixtures("patient")
def test_what_a_person_does_is_drawn_at_once() -> None:
    async def script(person: Person) -> None:
        await person.strike("down")
        assert person.foot[0].startswith("drive 0  . empty")
        await person.strike("f")
        assert "f: only drives" in person.foot[1]
        await person.strike("f", "m")
        assert any("1 #####" in each for each in person.board)
        await person.strike("p")
        assert any("PAUSED" in each for each in person.head)
        await person.strike("right_square_bracket")
        assert person.head[0].startswith("other")
        await person.strike("escape")
        assert "f filter" in person.foot[1]

    show(Library(overview()), Library(overview(alias="other")), script=script)


@pytest.mark.usefixtures("patient")
def test_what_is_found_is_said_with_each_letter_and_gone_with_the_search() -> None:
    async def script(person: Person) -> None:
        await person.strike("slash")
        for letter, said in (("3", "1 found for '3'"), ("l", "1 found for '3l'"), ("x", "nothing")):
            await person.strike(letter)
            assert person.foot[0].startswith(said)
        await person.strike("backspace", "enter")
        assert person.foot[0].startswith("1 found for '3l'  slot 3  # A00003L8")
        await person.strike("slash")
        assert person.foot[0].startswith("slot 3"), "another search begins"
        await person.strike("4", "escape")
        assert person.foot[0].startswith("slot 3")
        assert not person.application.query_one(Input).display

    show(Library(overview()), script=script)


@pytest.mark.usefixtures("patient")
def test_a_letter_that_comes_after_the_end_of_its_search_is_no_search() -> None:
    async def script(person: Person) -> None:
        await person.strike("slash", "3", "escape")
        search = person.application.query_one(Input)
        search.post_message(Input.Changed(search, "3"))
        await person.strike()
        assert person.foot[0] == ""

    show(Library(overview()), script=script)


@pytest.mark.usefixtures("restless")
def test_a_library_is_looked_at_again_and_again() -> None:
    library = Library(overview())

    async def script(person: Person) -> None:
        library.change(overview(status(drives=(drive(0, "A00001L8"), drive(1)))))
        await person.until(lambda: any("0 #  A00001L8" in each for each in person.board))

    show(library, script=script)


@pytest.mark.usefixtures("restless")
def test_a_signal_ends_it_at_its_next_look() -> None:
    async def script(person: Person) -> None:
        person.application.note_signal(signal.SIGTERM, None)
        await person.until(lambda: person.application.return_value is not None)

    assert show(Library(overview()), script=script) == 143


def test_how_long_ago_things_were_goes_on_by_the_minute() -> None:
    time = Time()
    stock = CleanerStock((CLEANER,), (), ())
    library = Library(overview(reading=reading(stock=stock)))

    async def script(person: Person) -> None:
        said = []
        for _ in range(3):
            (line,) = (each for each in person.board if "CLN001CU" in each)
            said.append(line.rpartition(", ")[2])
            time.now += 60.0
            library.picture = replace(library.picture, reading=reading(stock=stock, at=time.now))
            await person.look()
        assert said == ["used 2 h ago", "used 2 h 1 min ago", "used 2 h 2 min ago"]

    show(library, script=script, now=time)


def test_how_old_a_picture_is_goes_on_by_the_second() -> None:
    time = Time()

    async def script(person: Person) -> None:
        for age in (3, 4, 5):
            assert person.board[0] == f"AS IT WAS {age} s AGO"
            time.now += 1.0
            await person.look()

    show(Library(overview(trouble=trouble())), script=script, now=time)


def test_events_are_drawn_though_the_library_is_as_it_was() -> None:
    library = Library(overview())

    async def script(person: Person) -> None:
        library.told = (event("the picker holds A00001L8"),)
        await person.look()
        assert any("the picker holds A00001L8" in each for each in person.board)

    show(library, script=script)


def test_each_library_has_its_elements_and_none_of_them_is_selected_when_it_comes() -> None:
    other = overview(status(slot(1, "B00001L8"), slot(2)), alias="other")

    async def script(person: Person) -> None:
        await person.press("down", "p", "right_square_bracket")
        assert any("B00001L8" in each for each in person.board)
        assert not any("A00001L8" in each for each in person.board)
        assert (person.foot[0], person.marked("reverse")) == ("", [])
        assert not any("PAUSED" in each for each in person.head), "it was the other one"

    show(Library(overview()), Library(other), script=script, size=(80, 60))


def test_a_picture_that_is_stopped_grows_old() -> None:
    time = Time()

    async def script(person: Person) -> None:
        await person.press("p")
        time.now += 75.0
        await person.look()
        assert "PAUSED  as of t1000000, 75 s ago; p: go on" in person.head
        assert person.board[0] == "AS IT WAS 78 s AGO"
        await person.press("p")
        assert not any("PAUSED" in each for each in person.head)

    show(Library(overview()), script=script, now=time)


# Details


class SlowLibrary(Library):
    """Its history is read when a test says so."""

    def __init__(self) -> None:
        super().__init__(overview())
        self.may_answer = {999 + number: threading.Event() for number in (1, 2)}

    def history(self, row: Row) -> History:
        self.may_answer[row.address].wait(10)
        return super().history(row)


def test_history_that_comes_late_is_shown_with_its_own_element_alone() -> None:
    library = SlowLibrary()

    async def opened(person: Person, address: int) -> list[str]:
        board_of(person).select(address)
        await person.press("enter")
        return [*person.window]

    async def script(person: Person) -> None:
        assert (await opened(person, 1000))[-3] == "  being read"
        await person.press("escape")
        assert (await opened(person, 1001))[0] == "slot 2  A00002L8"
        library.may_answer[1000].set()
        await person.until(lambda: library.asked)
        await person.look()
        assert person.window[-3] == "  being read", "the other one's is not taken for its own"
        library.may_answer[1001].set()
        await person.application.workers.wait_for_complete()
        await person.look()
        assert person.window[-3] == f"  t{NOW - 60:.0f}  A00002L8  slot 1 -> drive 0  ok  root"
        await person.press("escape")
        library.may_answer[1000].clear()
        assert (await opened(person, 1000))[-3] == "  being read"
        library.may_answer[1000].set()

    show(library, script=script)


@pytest.mark.usefixtures("patient")
def test_what_is_known_of_an_element_is_shown_before_its_history_is_read() -> None:
    library = SlowLibrary()

    async def script(person: Person) -> None:
        board_of(person).select(1000)
        await person.strike("enter")
        assert (person.window[0], person.window[-3]) == ("slot 1  A00001L8", "  being read")
        library.may_answer[1000].set()

    show(library, script=script)


@pytest.mark.usefixtures("patient")
def test_history_is_shown_when_it_is_read() -> None:
    async def script(person: Person) -> None:
        await person.strike("down", "enter")
        await person.application.workers.wait_for_complete()
        await person.strike()
        assert person.window[-3] == f"  t{NOW - 60:.0f}  slot 1 -> drive 0  ok  root"

    show(Library(overview()), script=script)


def test_details_are_those_of_now() -> None:
    library = Library(overview())

    async def script(person: Person) -> None:
        await person.press("down", "enter")
        assert person.window[0] == "drive 0  empty"
        library.change(overview(status(drives=(drive(0, "A00001L8"), drive(1)))))
        await person.look()
        assert person.window[0] == "drive 0  A00001L8"
        library.change(overview(status(drives=())))
        await person.look()
        assert person.window[0] == "drive 0  A00001L8", "what was known of it last"

    show(library, script=script)
