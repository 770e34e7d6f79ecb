"""Elements as they are drawn: by letters that differ, and empty only if the library said so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from changer.library.findings import Finding
from changer.library.status import SlotStatus
from changer.simulator.profiles.table import PROFILES
from changer.top.board import Wanted, board_lines
from changer.top.elements import Cells, Filter, Mark, cells_of, is_match, mark_of
from changer.top.lines import length
from changer.top.magazines import MAGAZINES, Magazines, Model, rows_of
from changer.top.spots import Spots

from .pictures import MAGAZINE_OUT, drive, mail, numbering, picker, slot, status, texts

NO_MODEL = Model("", "")


def cells(*slots: SlotStatus, attention: tuple[Finding, ...] = (), **changes: object) -> Cells:
    shown = status(*slots, **changes)
    return cells_of(shown, attention, numbering(len(shown.slots)))


def drawn(some: Cells, columns: int = 80, **wanted: object) -> list[str]:
    return texts(board_lines(some, NO_MODEL, Wanted(columns, **wanted)))  # type: ignore[arg-type]


# What an element holds


@pytest.mark.parametrize(
    ("row", "mark"),
    [
        (slot(1, "A00001L8"), Mark.FULL),
        (slot(1, full=True), Mark.FULL),
        (slot(1), Mark.EMPTY),
        (slot(1, "CLN001CU", cleaner=True), Mark.CLEANER),
        (slot(1, reserved=True), Mark.RESERVED),
        (slot(1, full=None, present=False), Mark.ABSENT),
        (slot(1, full=None, present=None), Mark.UNKNOWN),
        (slot(1, full=None, present=None, reserved=True), Mark.UNKNOWN),
        (picker(full=None), Mark.UNKNOWN),
        (drive(0, full=None, present=False), Mark.ABSENT),
    ],
)
def test_an_element_is_drawn_by_what_the_library_told_of_it(row: SlotStatus, mark: Mark) -> None:
    assert mark_of(row) is mark


@given(full=st.none(), present=st.sampled_from([None, False]), reserved=st.booleans())
def test_what_is_not_told_is_never_drawn_as_empty(
    full: bool | None, present: bool | None, reserved: bool
) -> None:
    row = slot(1, full=full, present=present, reserved=reserved)
    some = cells(row, *(slot(n, "A00001L8") for n in range(2, 11)))
    for labelled in (True, False):
        line = next(each for each in drawn(some, labelled=labelled) if each.startswith("   1 "))
        assert line.split()[1][0] in "?x"


def test_letters_differ_without_colours() -> None:
    assert len({each.letter for each in Mark}) == len(Mark)
    assert all(each.letter.isascii() and each.letter.isprintable() for each in Mark)


def test_one_letter_shows_a_problem_and_two_show_what_is_there_too() -> None:
    finding = Finding("cleaner-spent", "warning", "used up", None, ("2",))
    some = cells(attention=(finding,))
    assert any("2 #!A00002L8" in each for each in drawn(some))
    assert "   1 #!###....." in drawn(some, labelled=False)


def test_a_note_is_no_problem() -> None:
    some = cells(attention=(Finding("move-under-way", "note", "moves", None, ("2",)),))
    assert not any(each.has_problem for each in some.all)


def test_an_exception_of_an_element_is_a_problem() -> None:
    some = cells(slot(1, full=None, present=False, exception=MAGAZINE_OUT), slot(2))
    assert some.slots[0].has_problem
    assert some.slots[0].shown_mark is Mark.ABSENT, "its own letter says more"


# Sections


def test_each_section_says_how_many_there_are_of_what() -> None:
    lines = drawn(cells())
    assert "drives  2" in lines
    assert "picker  .  empty" in lines
    assert "mail slots  2  . empty 2" in lines
    assert "slots  10  # full 5  . empty 5" in lines


def test_a_drive_has_a_line_with_its_cartridge_its_device_and_what_it_asks_for() -> None:
    loaded = drive(0, "A00001L8", source_slot=1, cleaning_request="required")
    lines = drawn(cells(drives=(loaded, drive(1))))
    assert "  0 #  A00001L8  needs cleaning now, from slot 1, /dev/nst0" in lines
    assert "  1 .  empty     /dev/nst1" in lines


def test_sections_that_a_library_does_not_have_are_not_mentioned() -> None:
    lines = drawn(cells(drives=(), mail=(), picker=None))
    assert not any(each.startswith(("drives", "mail", "picker")) for each in lines)


def test_a_choice_that_nothing_fits_is_said() -> None:
    [line] = drawn(Cells(), shown=Filter.FULL)
    assert "nothing" in line and "full" in line


SIZES = [(1, 60), (12, 60), (200, 60), (2000, 60), (10_000, 80), (10_000, 300)]


@pytest.mark.parametrize(("number", "columns"), SIZES)
@pytest.mark.parametrize("labelled", [True, False, None])
def test_lines_fit_the_screen_and_show_every_element_once(
    number: int, columns: int, labelled: bool | None
) -> None:
    some = cells(*(slot(n, f"A{n:05}L8" if n % 3 else None) for n in range(1, number + 1)))
    lines = [*board_lines(some, NO_MODEL, Wanted(columns, labelled=labelled))]
    assert max(map(length, lines)) <= columns
    shown = [each.address for each in Spots(lines).all]
    assert sorted(shown) == sorted(each.row.address for each in some.all)


def test_many_slots_are_letters_with_the_number_of_the_first_in_each_line() -> None:
    some = cells(*(slot(n, "A00001L8") for n in range(1, 301)))
    lines = drawn(some, 60)
    row = " ".join(["#" * 10] * 5)
    assert f"    1 {row}" in lines
    assert f"   51 {row}" in lines


def test_a_label_that_is_too_long_is_cut() -> None:
    some = cells(slot(1, "A" * 32), slot(2))
    assert any(f"1 # {'A' * 13}..." in each for each in drawn(some))


# Magazines


@pytest.mark.parametrize("row", MAGAZINES, ids=lambda row: row.model.product)
def test_rows_of_a_model_are_those_of_the_profile_that_is_its_evidence(row: Magazines) -> None:
    known = {
        (Model(each.vendor, each.product), each.slots): each.magazine_size
        for each in PROFILES.values()
    }
    assert known[row.model, row.slots] == row.size


def test_a_model_without_evidence_has_no_rows() -> None:
    assert rows_of(Model("STK", "L700"), 39) is None
    assert rows_of(Model("CHANGER", "AUTOLOADER"), 9) is None, "it was made otherwise"


def test_each_magazine_begins_a_row() -> None:
    some = cells(*(slot(n, "A00001L8") for n in range(1, 25)))
    model = Model("CHANGER", "OMITTING")
    lines = texts(board_lines(some, model, Wanted(30, labelled=False)))
    assert lines[-4:] == [
        "slots, in 3 magazines  24",
        "  # full 24",
        "   1 ########   9 ########",
        "  17 ########",
    ]


def test_a_choice_of_slots_stands_in_no_magazines() -> None:
    model = Model("CHANGER", "OMITTING")
    some = cells(*(slot(n, "A00001L8") for n in range(1, 25)))
    lines = texts(board_lines(some, model, Wanted(60, shown=Filter.FULL)))
    assert "slots  24  # full 24" in lines


# Search and choice


@pytest.mark.parametrize("wanted", ["A00001L8", "a00001", "1L8", "12", "slot 12"])
def test_a_search_means_labels_in_part_and_places_in_whole(wanted: str) -> None:
    assert is_match(slot(12, "A00001L8"), wanted)
    assert not is_match(slot(112, "B00003L8"), wanted)


def test_an_empty_search_means_nothing() -> None:
    assert not is_match(slot(1, "A00001L8"), "")


@pytest.mark.parametrize(
    ("shown", "addresses"),
    [
        (Filter.DRIVES, {500, 501}),
        (Filter.FULL, {500, 1001}),
        (Filter.EMPTY, {501, 1, 10, 11, 1000}),
        (Filter.CLEANERS, {1001}),
        (Filter.PROBLEMS, {1002}),
    ],
)
def test_a_choice_shows_what_fits_it(shown: Filter, addresses: set[int]) -> None:
    picture = status(
        slot(1),
        slot(2, "CLN001CU", cleaner=True),
        slot(3, full=None, present=False, exception=MAGAZINE_OUT),
        drives=(drive(0, "A00001L8"), drive(1)),
    )
    some = cells_of(picture, (), numbering(3), shown=shown)
    assert {each.row.address for each in some.all} == addresses


def test_choices_come_round() -> None:
    shown = Filter.ALL
    for _ in Filter:
        shown = shown.next
    assert shown is Filter.ALL


# From one to the next


def spots() -> Spots:
    return Spots([*board_lines(cells(mail=(mail(1), mail(2))), NO_MODEL, Wanted(40))])


def test_arrows_go_from_element_to_element_and_stop_at_the_ends() -> None:
    found = spots()
    first = found.step(None, "down")
    assert first is not None and first.address == 500
    order = [500, 501, 1, 10, 11, *range(1000, 1010)]
    address = first.address
    for expected in [*order[1:], order[-1]]:
        after = found.step(address, "right")
        assert after is not None and after.address == expected
        address = after.address
    assert found.step(500, "left") == first


def test_up_and_down_go_to_the_nearest_of_the_next_line() -> None:
    found = spots()
    below = found.step(1001, "down")
    assert below is not None
    back = found.step(below.address, "up")
    assert back is not None and back.address == 1001
    last = found.step(1000, "down", lines=1000)
    assert last is not None and last.line == found.all[-1].line


def test_a_mouse_points_at_the_element_under_it() -> None:
    found = spots()
    spot = found.of(1001)
    assert spot is not None
    assert found.at(spot.line, spot.start) == spot
    assert found.at(spot.line, spot.end - 1) == spot
    assert found.at(spot.line, 0) is None
    one = found.of(500)
    assert one is not None and found.at(one.line, 39) == one, "its line has no other"


def test_without_elements_there_is_nowhere_to_go() -> None:
    nothing = Spots(())
    assert nothing.step(None, "down") is None
    assert nothing.at(0, 0) is None
    assert nothing.of(1000) is None
