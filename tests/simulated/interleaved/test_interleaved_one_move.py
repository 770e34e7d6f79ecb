"""One load, exchange, or cleaning, in every order of robot, reply, signals, deaths and others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from figures import FIGURES, Figure

from .ends import BUSY, EVERY_END, GOOD, HARDWARE_ERROR, RESET, Death, Lost
from .explorer import Choices, every_order
from .orders import one_cleaning, one_exchange, one_export, one_load
from .world import Possible, World

pytestmark = pytest.mark.sweep

_AGAIN = ((GOOD, RESET, Lost.PATH), (GOOD,))
_SOME = (GOOD, RESET, Lost.PATH, Lost.TIME)
POSSIBLE = {
    "every end": Possible(ends=(EVERY_END, *_AGAIN)),
    "two signals": Possible(ends=((GOOD, Lost.PATH), (GOOD,)), signals=2, is_late=True),
    "a death": Possible(ends=(_SOME, (GOOD,)), deaths=1, is_late=True),
    "a slow reply": Possible(
        ends=((Lost.PATH, Lost.TIME, Death.BOTH), (GOOD,)), slow_replies=1, is_late=True
    ),
    "a path that breaks": Possible(
        ends=((GOOD, Lost.PATH, HARDWARE_ERROR), (GOOD,)), breaks=1, is_late=True
    ),
    "two that are struck": Possible(
        ends=((GOOD, HARDWARE_ERROR, Lost.PATH, Death.BOTH),), is_late=True, is_next_struck=True
    ),
    "a store that fails": Possible(ends=(_SOME, (GOOD,)), failures=1, is_late=True),
    "processes beside it": Possible(beside=True),
}
_ENDS = (GOOD, RESET, BUSY, HARDWARE_ERROR, *Lost, *Death)
_FEW = (GOOD, HARDWARE_ERROR, *Lost, Death.BOTH)
EXCHANGE = Possible(ends=(_ENDS, (GOOD,)), is_late=True)
EXPORT = {
    "every end": Possible(ends=(EVERY_END, (GOOD,)), is_late=True),
    "as it goes": Possible(ends=((Lost.PATH, Death.BOTH), (GOOD,))),
    "a path that breaks": Possible(breaks=1, is_late=True),
}
CLEANING = {
    "every end": Possible(ends=(_FEW, (GOOD, HARDWARE_ERROR, Lost.PATH), (GOOD,)), is_late=True),
    "a signal": Possible(ends=((GOOD, Lost.PATH), (GOOD,)), signals=1, is_late=True),
    "a signal, and a path that breaks": Possible(signals=1, breaks=1, is_late=True),
    "a store that fails": Possible(failures=1, breaks=1, is_late=True),
    "a death": Possible(ends=((GOOD, Lost.PATH), (GOOD,)), deaths=1, is_late=True),
}


def every_order_of(
    request: Callable[[World, Choices, Possible], None], world: World, possible: Possible
) -> None:
    FIGURES.count(Figure.ORDERS, every_order(lambda it: request(world, it, possible)))


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("possible", POSSIBLE.values(), ids=POSSIBLE)
def test_record_of_a_load_is_true_in_every_order(world: World, possible: Possible) -> None:
    every_order_of(one_load, world, possible)


def test_record_is_true_where_the_library_answers_only_at_rest(world_at_rest: World) -> None:
    every_order_of(one_load, world_at_rest, POSSIBLE["every end"])


@pytest.mark.rows(one_in=3)
@pytest.mark.parametrize("possible", EXPORT.values(), ids=EXPORT)
def test_record_of_what_leaves_by_a_mail_slot_is_true_in_every_order(
    world_with_mail: World, possible: Possible
) -> None:
    every_order_of(one_export, world_with_mail, possible)


def test_record_of_an_exchange_is_true_in_every_order(world: World) -> None:
    every_order_of(one_exchange, world, EXCHANGE)


@pytest.mark.parametrize("possible", CLEANING.values(), ids=CLEANING)
def test_cleaner_and_its_uses_are_known_in_every_order(
    world_with_cleaner: World, possible: Possible
) -> None:
    every_order_of(one_cleaning, world_with_cleaner, possible)
