"""Fifty processes at one library: nothing is lost, none is overtaken, none waits for ever.

$CHANGER_SOAK_SECONDS: how long (``make soak``); without it, for a number of operations.
"""

from __future__ import annotations

import os

import pytest
from figures import FIGURES, Figure

from changer.cleaning.recover import recover

from .account import Replay, miscounted, overtakings, reserved_at_last, unexpected, without_mail
from .crowd import Amount, Crowd
from .world import Diary, Report, World

pytestmark = pytest.mark.sweep

_PATIENCE_SECONDS = 1200.0


def amount() -> Amount:
    seconds = os.environ.get("CHANGER_SOAK_SECONDS")
    return Amount(seconds=float(seconds) if seconds else None)


@pytest.mark.timeout(0)  # the crowd has a limit, and says what did not end
def test_fifty_processes_lose_nothing_and_are_served_in_the_order_of_coming(world: World) -> None:
    wanted = amount()
    crowd = Crowd(world, wanted, seed=5)
    crowd.run(timeout_seconds=_PATIENCE_SECONDS + (wanted.seconds or 0.0))
    with world.open() as library:
        recover(library)

    reports = Diary.read(world.diaries)
    FIGURES.count(Figure.CONCURRENT_OPERATIONS, sum(each.outcome is not None for each in reports))
    assert crowd.lacking(reports) == []
    _check_refusals(world, reports)
    _check_library(world)
    _check_store(world, reports)


def _check_refusals(world: World, reports: list[Report]) -> None:
    assert unexpected(reports) == {}
    assert overtakings(reports) == []


def _check_library(world: World) -> None:
    FIGURES.cartridges(before=world.at_first.values(), now=world.contents().values())
    end = Replay(world).end_of(world.journal())
    assert without_mail(world, end) == without_mail(world, world.contents())


def _check_store(world: World, reports: list[Report]) -> None:
    operations = world.operations()
    assert miscounted(reports, operations) == {}
    FIGURES.uses(
        expected=world.cleaner.cleans_used, counted=sum(each.use_counted for each in operations)
    )
    with world.store() as store:
        assert store.unsettled_moves(world.id) == ()
        assert store.unfinished_operations(world.id) == ()
        slots = tuple(each.slot_address for each in store.reservations(world.id))
        cleaners = store.cleaners(world.id)
        assert store.claims(world.id) == ()
    FIGURES.reservation(expected=reserved_at_last(operations), found=slots)
    # One cartridge, whatever slots it had: its row went with it.
    (cleaner,) = cleaners
    FIGURES.uses(expected=world.cleans_left(), counted=cleaner.cleans_left)
    FIGURES.uses(expected=world.cleaner.cleans_used, counted=cleaner.uses)
