"""Three requests after each other, in random orders: moves, exchanges, cleanings, recoveries."""

from __future__ import annotations

import pytest
from figures import FIGURES, Figure
from sweeps import IS_WHOLE

from .ends import EVERY_END
from .explorer import Choices, random_orders
from .orders import some_requests
from .world import Possible, World

pytestmark = pytest.mark.sweep

ORDERS, SEEDS = 400 if IS_WHOLE else 150, range(4)
ANYTHING = Possible(
    ends=(EVERY_END,), signals=1, deaths=1, slow_replies=1, breaks=1, failures=1, beside=True
)


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("seed", SEEDS)
def test_records_of_three_requests_are_true(world_with_cleaner: World, seed: int) -> None:
    def run(choices: Choices) -> None:
        some_requests(world_with_cleaner, choices, ANYTHING, number=3)

    FIGURES.count(Figure.ORDERS, random_orders(run, ORDERS, seed=seed))
