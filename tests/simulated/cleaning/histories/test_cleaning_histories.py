"""Slots, rows and uses are exact in every random history, by a model that keeps its own count."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from figures import FIGURES, Figure
from folders import quick_folder

from .history import History
from .shelf import Shelf

BATCHES = 25
EACH = int(os.environ.get("CHANGER_HISTORIES", "8"))
MANY = 100  # in so many there is everything


@pytest.mark.timeout(0)
@pytest.mark.rows(one_in=13)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_slots_rows_and_uses_are_exact_in_random_histories(batch: int) -> None:
    done: Counter[str] = Counter()
    for number in range(EACH):
        with quick_folder() as folder:
            history = History(Shelf(folder), (batch, number))
            history.run()
            done += history.done
        FIGURES.count(Figure.HISTORIES)
    wanted = ["clean done", "insert done", *["unfit cleaner"] * (EACH >= MANY)]
    for each in wanted:
        assert done[each], f"{each} never happened: {done}"
