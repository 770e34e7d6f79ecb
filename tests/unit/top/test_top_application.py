"""The screen of top by its keys and its mouse, on textual's own terminal without a terminal."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from textual.widgets import Input, Static

from changer.top.application import TopApplication
from changer.top.board import Wanted
from changer.top.board_view import BoardView
from changer.top.dialogs import Window
from changer.top.frame import drawn_cells, elements
from changer.top.keys import help_lines
from changer.top.side import side_lines

from .person import Library, Person, show
from .pictures import NOW, drive, event, overview, picker, shown, slot, status, texts, trouble

HOSTILE = "[red]\x1b[2J\u202e]"


def test_a_library_is_shown_whole() -> None:
    async def script(person: Person) -> None:
        assert person.head[0].startswith("CHANGER_TEST_1  CHANGER TEST  /dev/sg3  ")
        assert person.head[1] == "OK  read 3 s ago, every 30 s"
        assert "  0 .  empty     /dev/nst0" in person.board
        assert any("1 # A00001L8" in each for each in person.board)
        assert person.foot[1].startswith("/ search  f filter")

    show(Library(overview()), script=script)


def test_what_changes_is_drawn_and_what_is_old_says_so() -> None:
    library = Library(overview())

    async def script(person: Person) -> None:
        library.change(overview(status(drives=(drive(0, "A00001L8"), drive(1)))))
        await person.look()
        assert any("0 #  A00001L8" in each for each in person.board)
        library.change(replace(library.picture, trouble=trouble()))
        await person.look()
        assert person.head[1].startswith("UNKNOWN  OLD, read 3 s ago: no answer for 60 s")
        assert person.board[0] == "AS IT WAS 3 s AGO"
        assert any("0 #  A00001L8" in each for each in person.board)

    show(library, script=script)


def test_arrows_and_enter_show_the_details_of_an_element_with_its_history() -> None:
    library = Library(overview(status(drives=(drive(0, "A00001L8", source_slot=1), drive(1)))))

    async def script(person: Person) -> None:
        await person.press("down")
        assert person.foot[0].startswith("drive 0  # A00001L8  from slot 1, /dev/nst0")
        await person.press("enter")
        await person.application.workers.wait_for_complete()
        await person.look()
        assert person.window[0] == "drive 0  A00001L8"
        assert f"  t{NOW - 60:.0f}  A00001L8  slot 1 -> drive 0  ok  root" in person.window
        assert [each.address for each in library.asked] == [500]
        await person.press("escape")
        assert not isinstance(person.application.screen, Window)

    show(library, script=script)


def test_keys_go_a_screen_further_and_to_the_ends_of_a_long_board() -> None:
    slots = tuple(slot(number) for number in range(1, 3001))

    async def script(person: Person) -> None:
        selected = []
        for key in ("g", "pagedown", "pagedown", "pageup", "end", "home"):
            await person.press(key)
            selected.append(person.application.query_one(BoardView).selected)
        first, further, furthest, back, last, start = (each or 0 for each in selected)
        assert first == start < further == back < furthest < last
        assert last in [each.address for each in slots[-80:]]

    show(Library(overview(status(*slots))), script=script)


def test_keys_scroll_on_where_no_element_is_further() -> None:
    """Below the elements there is something to read, too."""
    slots = tuple(slot(number) for number in range(1, 31))
    library = Library(overview(status(*slots)))
    library.told = tuple(event(f"event {number}") for number in range(30))

    async def script(person: Person) -> None:
        for key, selected, sight in (
            ("down", "drive 0", "1-10"),
            ("end", "slot 23", "3-12"),
            ("down", "slot 23", "4-13"),
            ("pagedown", "slot 23", "13-22"),
            ("j", "slot 23", "14-23"),
            ("space", "slot 23", "23-32"),
            ("G", "slot 23", "41-50"),
            ("pagedown", "slot 23", "41-50"),
            ("up", "slot 12", "11-20"),
            ("k", "slot 1", "10-19"),
            ("home", "drive 0", "2-11"),
            ("g", "drive 0", "1-10"),
            ("b", "drive 0", "1-10"),
            ("pagedown", "slot 23", "3-12"),
            ("pageup", "drive 0", "2-11"),
            ("left", "drive 0", "2-11"),
        ):
            await person.press(key)
            assert person.foot[0].startswith(f"{selected}  ."), key
            assert person.foot[0].endswith(f"  lines {sight} of 50"), key

    show(library, script=script, size=(80, 14))


def test_a_search_goes_from_one_match_to_the_next_and_back() -> None:
    async def script(person: Person) -> None:
        await person.press("slash")
        await person.type("a0000")
        assert person.foot[0].startswith("5 found for 'a0000'")
        await person.press("enter")
        assert "slot 1  # A00001L8" in person.foot[0]
        await person.press("n", "n")
        assert "slot 3  # A00003L8" in person.foot[0]
        await person.press("N", "N", "N")
        assert "slot 5  # A00005L8" in person.foot[0], "it goes round"
        await person.press("escape")
        assert "found" not in person.foot[0]

    show(Library(overview()), script=script)


@pytest.mark.parametrize(
    ("selected", "key", "found"),
    [
        (None, "n", "slot 1"),
        (None, "N", "slot 5"),
        (1002, "n", "slot 4"),
        (1002, "N", "slot 2"),
        (1002, "enter", "slot 3"),
        (1005, "n", "slot 1"),
        (1005, "N", "slot 5"),
        (1005, "enter", "slot 1"),
    ],
)
def test_a_search_begins_with_what_is_selected_if_that_is_found(
    selected: int | None, key: str, found: str
) -> None:
    async def script(person: Person) -> None:
        if selected is not None:
            person.application.query_one(BoardView).select(selected)
        await person.press("slash")
        await person.type("l8")
        if key != "enter":
            person.application.query_one(BoardView).focus()
        await person.press(key)
        assert f"  {found}  # A" in person.foot[0]

    show(Library(overview()), script=script)


def test_what_a_search_found_is_marked_and_the_selected_one_otherwise() -> None:
    async def script(person: Person) -> None:
        assert (person.marked("underline"), person.marked("reverse")) == ([], [])
        await person.press("slash")
        await person.type("2l8")
        assert (person.marked("underline"), person.marked("reverse")) == (["# A00002L8"], [])
        await person.press(*(["backspace"] * 3))
        await person.type("a0000")
        labels = [f"# A0000{number}L8" for number in range(1, 6)]
        assert person.marked("underline") == labels
        await person.press("enter")
        assert (person.marked("underline"), person.marked("reverse")) == (labels[1:], labels[:1])
        await person.press("escape")
        assert (person.marked("underline"), person.marked("reverse")) == ([], labels[:1])

    show(Library(overview()), script=script)


def test_keys_are_letters_while_a_search_is_typed() -> None:
    async def script(person: Person) -> None:
        await person.press("slash")
        await person.type("qfp")
        assert person.application.query_one(Input).value == "qfp"
        assert person.foot[0].startswith("nothing found for 'qfp'")
        await person.press("escape", "q")

    assert show(Library(overview()), script=script) == 0


def test_a_search_scrolls_to_what_it_finds() -> None:
    slots = (slot(n, f"A{n:05}L8") for n in range(1, 5001))

    async def script(person: Person) -> None:
        assert not any(" 4481 " in each for each in person.board)
        await person.press("slash")
        await person.type("A04507L8")
        await person.press("enter")
        assert any(" 4481 " in each for each in person.board), person.board
        assert "slot 4507  # A04507L8" in person.foot[0]
        await person.press("right")
        assert "slot 4508  # A04508L8" in person.foot[0], "keys go to the board again"

    show(Library(overview(status(*slots))), script=script, size=(60, 20))


def test_f_shows_what_fits_and_escape_everything_again() -> None:
    async def script(person: Person) -> None:
        await person.press("f")
        assert not any(each.startswith("slots") for each in person.board)
        await person.press("f")
        assert "slots  5  # full 5" in person.board
        assert "f: only full" in person.foot[1]
        await person.press("escape")
        assert any(each.startswith("slots  10") for each in person.board)

    show(Library(overview()), script=script)


def test_m_draws_labels_or_letters() -> None:
    async def script(person: Person) -> None:
        await person.press("m")
        assert "   1 #####....." in person.board
        await person.press("m")
        assert any("1 # A00001L8" in each for each in person.board)

    show(Library(overview()), script=script)


def test_a_paused_picture_stays_and_says_so() -> None:
    library = Library(overview())

    async def script(person: Person) -> None:
        await person.press("p")
        library.change(overview(status(drives=(drive(0, "A00001L8"), drive(1)))))
        await person.look()
        assert any(each.startswith("PAUSED  as of") for each in person.head)
        assert not any("0 #  A00001L8" in each for each in person.board)
        await person.press("p")
        assert any("0 #  A00001L8" in each for each in person.board)
        assert not any("PAUSED" in each for each in person.head)

    show(library, script=script)


def test_brackets_go_from_library_to_library() -> None:
    async def script(person: Person) -> None:
        assert person.head[0].endswith("library 1 of 3")
        for key, name in (("]", "b"), ("]", "c"), ("]", "a"), ("[", "c"), ("[", "b")):
            await person.press({"]": "right_square_bracket", "[": "left_square_bracket"}[key])
            assert person.head[0].startswith(f"{name}  ")
        assert person.head[0].endswith("library 2 of 3")

    show(*(Library(overview(alias=each)) for each in "abc"), script=script)


def test_a_mouse_selects_what_is_seen_there_when_it_was_scrolled_to() -> None:
    slots = tuple(slot(number, f"A{number:05}L8") for number in range(1, 101))

    async def script(person: Person) -> None:
        await person.press("end", "end")
        line = next(n for n, each in enumerate(person.board) if "A00095L8" in each)
        await person.click(line, person.board[line].index("A00095L8"))
        assert person.foot[0].startswith("slot 95  # A00095L8")

    show(Library(overview(status(*slots))), script=script, size=(60, 20))


def test_a_mouse_selects_and_a_second_click_opens() -> None:
    async def script(person: Person) -> None:
        line = next(n for n, each in enumerate(person.board) if "2 # A00002L8" in each)
        column = person.board[line].index("A00002L8")
        await person.click(line, column)
        assert person.foot[0].startswith("slot 2  # A00002L8")
        await person.click(line, column)
        assert person.window[0] == "slot 2  A00002L8"

    show(Library(overview()), script=script)


def test_a_click_beside_the_elements_selects_none_and_enter_opens_none() -> None:
    async def script(person: Person) -> None:
        await person.click(len(person.board) - 1, 0)
        await person.press("enter")
        assert (person.foot[0], len(person.application.screen_stack)) == ("", 1)
        await person.press("down", "f", "f", "enter")
        assert person.foot[0] == "", "drive 0 is empty, and so not drawn"
        assert len(person.application.screen_stack) == 1

    show(Library(overview()), script=script, size=(80, 60))


def test_help_names_every_key_and_letter_and_closes() -> None:
    async def script(person: Person) -> None:
        await person.press("question_mark")
        text = "\n".join(person.window)
        for word in ("arrows", "Enter", "/", "f", "m", "] [", "p", "q", "unknown", "Ctrl-C"):
            assert word in text
        await person.press("q")
        assert not isinstance(person.application.screen, Window)

    assert show(Library(overview()), script=script, size=(60, 60)) is None


def test_help_that_is_longer_than_the_screen_is_scrolled_through() -> None:
    whole = texts(help_lines(56))

    async def script(person: Person) -> None:
        await person.press("question_mark")
        edge = f"+{'-' * 58}+"
        assert person.seen == [edge, *(f"| {each:<56} |" for each in whole[:10]), edge]
        await person.press("down")
        assert person.seen[1] == f"| {whole[1]:<56} |"
        await person.press("end")
        assert person.seen[-2] == f"| {'Escape: back':<56} |"

    show(Library(overview()), script=script, size=(60, 12))


@pytest.mark.parametrize(("key", "status_"), [("q", 0), ("ctrl+q", 0), ("ctrl+c", 130)])
def test_keys_that_end_it_have_the_statuses_of_other_commands(key: str, status_: int) -> None:
    async def script(person: Person) -> None:
        await person.press(key)

    assert show(Library(overview()), script=script) == status_


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (132, 43), (400, 120), (20, 6)])
def test_lines_fit_screens_of_every_size_and_a_hostile_label_is_text(size: tuple[int, int]) -> None:
    rows = (slot(1, HOSTILE), slot(2, "[bold]x[/bold]"), slot(3, full=None, present=None))
    picture = overview(status(*rows, drives=(drive(0, HOSTILE),), picker=picker(HOSTILE)))
    library = Library(replace(picture, alias=HOSTILE))
    library.told = (event(HOSTILE),)

    async def script(person: Person) -> None:
        for keys in ((), ("down", "enter"), ("escape", "f", "f"), ("question_mark",)):
            await person.press(*keys)
            for lines in (person.head, person.board, person.foot):
                assert all(each.isprintable() and len(each) <= size[0] for each in lines)
        assert any("[red]?[2J?]" in each for each in person.head)

    show(library, script=script, size=size)


def test_another_size_of_the_window_is_filled() -> None:
    async def script(person: Person) -> None:
        assert any(each.startswith("wants attention") for each in person.board)
        await person.resize(160, 40)
        assert not any(each.startswith("wants attention") for each in person.board)
        side = person.application.query_one("#side", Static)
        assert side.render_line(0).text.rstrip() == "wants attention"
        await person.resize(60, 20)
        assert len(person.board) + len(person.head) + len(person.foot) == 20

    show(Library(overview()), script=script)


@pytest.mark.parametrize(
    ("columns", "beside"), [(109, 0), (110, 44), (113, 45), (160, 64), (400, 160)]
)
def test_wide_screens_have_problems_and_events_beside_the_elements(
    columns: int, beside: int
) -> None:
    slots = tuple(slot(number, f"A{number:05}L8") for number in range(1, 101))
    picture = overview(status(*slots))
    library = Library(picture)
    library.told = (event("it was filled " * 20),)
    now, wanted = shown(picture, events=library.told), Wanted(columns - beside)
    if beside:
        wanted = Wanted(columns - beside - 2)
    board = [*elements(now, drawn_cells(now, wanted), wanted)]
    side = [*side_lines(now, beside or columns)]

    async def script(person: Person) -> None:
        assert person.application.query_one("#beside").size.width == beside
        drawn = texts(board if beside else [*board, *side])
        assert [*filter(None, person.board)] == [*filter(None, drawn)]
        assert person.side == (texts(side) if beside else [])

    show(library, script=script, size=(columns, 60))


def test_every_size_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("changer.top.application.TICK_SECONDS", 3600.0)

    async def run() -> None:
        application = TopApplication(
            [Library(overview())], local_time=str, is_coloured=True, now=lambda: NOW
        )
        async with application.run_test(size=(80, 30)) as pilot:
            person = Person(pilot, application)
            await pilot.pause()
            assert person.head[1] == "OK  read 3 s ago, every 30 s"
            assert any(each.startswith("wants attention") for each in person.board)
            await pilot.resize_terminal(160, 40)
            for _ in range(3):
                await pilot.pause()
            assert not any(each.startswith("wants attention") for each in person.board)

    asyncio.run(run())


def test_without_colours_there_are_none_and_nothing_is_lost() -> None:
    async def script(person: Person) -> None:
        board = person.application.query_one(BoardView)
        head = person.application.query_one("#head", Static)
        strips = [part.render_line(y) for part in (board, head) for y in range(part.size.height)]
        styles = {segment.style for strip in strips for segment in strip if segment.style}
        colours = {each.color for each in styles} | {each.bgcolor for each in styles}
        assert {each for each in colours if each is not None and not each.is_default} == set()
        assert any("CRITICAL" in each or "OLD" in each for each in person.head)

    picture = overview(status(picker=picker("A00001L8")), trouble=trouble())
    show(Library(picture), script=script, is_coloured=False)


def test_a_library_that_was_never_read_shows_nothing_as_empty() -> None:
    async def script(person: Person) -> None:
        assert person.head[1] == "UNKNOWN  NOT READ YET: reading the library"
        assert person.board[0] == "what is in the library is not known"
        assert not any("empty" in each for each in person.board)
        await person.press("down", "enter", "pagedown", "m", "f")

    show(Library(overview(reading=None)), script=script)
