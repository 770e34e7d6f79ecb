"""The page about models says what the rows say."""

from __future__ import annotations

import pytest
from models_page import PAGE, TABLES, page, table

from changer.library.known_model import QUIRK_WORDS
from changer.library.model import QUIRKS
from changer.smc.atlas.evidence import Kind
from changer.smc.atlas.habits import Habit


def test_tables_are_those_of_the_rows() -> None:
    text = PAGE.read_text()
    assert text == page(text), "python tests/models_page.py writes them"


@pytest.mark.parametrize("heading", TABLES)
def test_no_cell_breaks_its_table(heading: str) -> None:
    lines = table(heading).splitlines()
    columns = {line.count("|") for line in lines}
    assert len(columns) == 1
    assert len(lines) > 5


def test_every_habit_is_on_the_page() -> None:
    shown = table("Habits")
    assert all(f"| {each.slug} |" in shown for each in Habit)


def test_every_quirk_has_words_and_a_kind_of_evidence() -> None:
    assert {row.name for row in QUIRKS} == {*QUIRK_WORDS}
    assert {row.known_from for row in QUIRKS} <= {each.value for each in Kind}
