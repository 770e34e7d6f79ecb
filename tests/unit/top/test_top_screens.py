"""Every line of every part of the screen, whole, with the look of each column."""

from __future__ import annotations

from pathlib import Path

from .screens import screens

TABLE = Path(__file__).parents[2] / "data" / "top_screens.txt"


def read_screens() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in TABLE.read_text().splitlines():
        if line.startswith("== "):
            found[line[3:]] = lines = []
        elif not line.startswith("# "):
            lines.append(line.removeprefix("|"))
    return found


def test_each_picture_is_drawn_so() -> None:
    drawn, expected = screens(), read_screens()
    assert {name: lines for name, lines in drawn.items() if lines != expected.get(name)} == {}
    assert [*drawn] == [*expected]
