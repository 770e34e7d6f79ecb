"""Slots, rows and uses are exact in every random history, by a model that keeps its own count."""

from __future__ import annotations

from collections import Counter

import pytest
from figures import FIGURES, Figure
from folders import quick_folder
from sweeps import IS_WHOLE

from .history import History
from .shelf import Shelf

BATCHES, WHOLE, SPREAD = 25, 400, 8


@pytest.mark.timeout(0)
@pytest.mark.parametrize("batch", range(BATCHES))
def test_slots_rows_and_uses_are_exact_in_random_histories(batch: int) -> None:
    done: Counter[str] = Counter()
    for number in range(WHOLE if IS_WHOLE else SPREAD):
        with quick_folder() as folder:
            history = History(Shelf(folder), (batch, number))
            history.run()
            done += history.done
        FIGURES.count(Figure.HISTORIES)
    wanted = ["clean done", "insert done", *["unfit cleaner"] * IS_WHOLE]
    for each in wanted:
        assert done[each], f"{each} never happened: {done}"
