"""Many who ask the same at once have it asked once."""

from __future__ import annotations

import asyncio

import pytest
from clocks import HandClock

from changer.errors import StoreFailed
from changer.web.answer import Answer, Body
from changer.web.asked_once import AskedOnce


class Asking:
    """Counts how often it is asked; ``error``: what it then raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.times = 0
        self.error = error

    async def __call__(self) -> Answer:
        self.times += 1
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        return Answer(200, Body("text/plain", str(self.times).encode()))


def test_it_is_asked_once_for_all_and_again_when_that_is_old() -> None:
    clock, asking = HandClock(), Asking()

    async def ask() -> None:
        once = AskedOnce(clock)
        answers = await asyncio.gather(
            *(once.answer("it", asking, kept_seconds=2.0) for _ in range(200))
        )
        assert asking.times == 1 and len({*answers}) == 1
        clock.sleep(1.9)
        assert await once.answer("it", asking, kept_seconds=2.0) == answers[0]
        await once.answer("other", asking, kept_seconds=2.0)
        clock.sleep(0.1)
        assert (await once.answer("it", asking, kept_seconds=2.0)).body.plain == b"3"

    asyncio.run(ask())


def test_a_failure_is_told_to_all_and_not_kept() -> None:
    asking = Asking(StoreFailed("the store is damaged"))

    async def ask() -> None:
        once = AskedOnce(HandClock())
        waiting = [once.answer("it", asking, kept_seconds=60.0) for _ in range(5)]
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, StoreFailed) for each in told) and asking.times == 1
        with pytest.raises(StoreFailed):
            await once.answer("it", asking, kept_seconds=60.0)

    asyncio.run(ask())
    assert asking.times == 2


def test_one_who_goes_does_not_end_it_for_the_others() -> None:
    asking = Asking()

    async def ask() -> None:
        once = AskedOnce(HandClock())
        first = asyncio.ensure_future(once.answer("it", asking, kept_seconds=60.0))
        second = asyncio.ensure_future(once.answer("it", asking, kept_seconds=60.0))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second).status == 200

    asyncio.run(ask())
    assert asking.times == 1


def test_few_answers_are_kept() -> None:
    asking = Asking()

    async def ask() -> None:
        once = AskedOnce(HandClock())
        for number in range(1000):
            await once.answer(number, asking, kept_seconds=60.0)
        for number in range(999, 1000 - 65, -1):
            await once.answer(number, asking, kept_seconds=60.0)
        assert asking.times == 1000, "the last ones are kept"
        await once.answer(1000 - 65, asking, kept_seconds=60.0)
        assert asking.times == 1001

    asyncio.run(ask())


def test_an_answer_that_was_made_anew_is_kept_as_a_new_one() -> None:
    clock, asking = HandClock(), Asking()

    async def ask() -> None:
        once = AskedOnce(clock)
        for number in range(64):
            await once.answer(number, asking, kept_seconds=60.0)
        clock.sleep(60.0)
        for number in (1, *range(100, 163), 1):
            await once.answer(number, asking, kept_seconds=60.0)
        assert asking.times == 64 + 1 + 63

    asyncio.run(ask())
