"""How looks are shown: each differs from the others, with colours and without."""

from __future__ import annotations

import pytest
from rich.style import Style

from changer.top.lines import BLANK, Line, Look, Part
from changer.top.styles import FOUND, SELECTED, Styles

COLOURED = {
    None: "none",
    Look.HEADING: "bold",
    Look.URGENT: "bold red",
    Look.WARNING: "yellow",
    Look.CLEANER: "cyan",
    Look.QUIET: "dim",
    Look.TASK: "bold reverse yellow",
}
WITHOUT_COLOURS = {
    **COLOURED,
    Look.URGENT: "bold reverse",
    Look.WARNING: "bold",
    Look.CLEANER: "none",
    Look.TASK: "bold reverse",
}
LINE: Line = (
    Part("slot 1 ", Look.QUIET),
    Part("A00001L8", None, 1000),
    Part("[b]\x1b[2J", Look.WARNING, 1001),
    Part("  end"),
)


@pytest.mark.parametrize(("is_coloured", "styles"), [(True, COLOURED), (False, WITHOUT_COLOURS)])
def test_looks(styles: dict[Look | None, str], *, is_coloured: bool) -> None:
    shown = Styles(is_coloured=is_coloured)
    assert {each: str(shown.of(each)) for each in styles} == styles
    assert {*styles} == {None, *Look}


def test_lines_are_one_text_that_nothing_wraps() -> None:
    text = Styles(is_coloured=True).text([LINE, BLANK, (Part("below"),)])
    assert text.plain == "slot 1 A00001L8[b]?[2J  end\n\nbelow"
    assert (text.no_wrap, text.overflow, text.end) == (True, "crop", "")
    assert [(each.start, each.end, str(each.style)) for each in text.spans] == [
        (0, 7, "dim"),
        (15, 22, "yellow"),
    ]


@pytest.mark.parametrize("is_dim", [False, True])
def test_what_is_old_is_dim_and_what_is_selected_or_found_stands_out(*, is_dim: bool) -> None:
    marked: dict[int, Style] = {1000: SELECTED, 1001: FOUND}
    segments = Styles(is_coloured=True).segments(LINE, marked.get, is_dim=is_dim)
    plain = "dim" if is_dim else "none"
    assert [(each.text, str(each.style)) for each in segments] == [
        ("slot 1 ", "dim"),
        ("A00001L8", "bold dim reverse" if is_dim else "bold reverse"),
        ("[b]?[2J", "bold underline yellow"),
        ("  end", plain),
    ]
    unmarked = Styles(is_coloured=True).segments(LINE, lambda _: None, is_dim=is_dim)
    assert str(unmarked[1].style) == plain
