"""Exploration of orders: whatever may happen next is a choice, and all choices are tried."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from sweeps import IS_WHOLE, turn

OptionT = TypeVar("OptionT")

# Of a random order: how often nothing happens where something might.
MOSTLY, SOMETIMES, NEVER = 0.9, 0.4, 0.0


@dataclass
class Choices:
    """The choices of one order: some that are given, then the first of each, or a random one.

    The first option is the calm one. ``trail``: the number of each choice, and of its options.
    """

    given: Sequence[int] = ()
    chance: random.Random | None = None
    trail: list[tuple[int, int]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def choose(self, what: str, options: Sequence[OptionT], *, calm: float = MOSTLY) -> OptionT:
        """One of the options. ``calm``: how often the first, in a random order."""
        if len(options) == 1:
            return options[0]
        number = self._number(len(options), calm=calm)
        self.trail.append((number, len(options)))
        if number or not calm:
            self.words.append(f"{what}: {options[number]}")
        return options[number]

    def choose_late(
        self, what: str, options: Sequence[OptionT], *, calm: float = MOSTLY
    ) -> OptionT:
        """The same of what is tried with everything before it only in a whole sweep.

        Else each time one of them, in turn.
        """
        if IS_WHOLE or self.chance is not None:
            return self.choose(what, options, calm=calm)
        option = options[turn((what, self.trail), len(options))]
        self.words.append(f"{what}: {option}")
        return option

    def _number(self, options: int, *, calm: float) -> int:
        if len(self.trail) < len(self.given):
            return self.given[len(self.trail)]
        if self.chance is None or self.chance.random() < calm:
            return 0
        return self.chance.randrange(options)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say in what order an assertion failed, and how to try it again."""
        try:
            yield
        except AssertionError as failure:
            numbers = [number for number, _ in self.trail]
            failure.add_note("; ".join(self.words))
            failure.add_note(f"choices: {numbers}")
            raise


def every_order(run: Callable[[Choices], None]) -> int:
    """Run every order, depth first; how many there were."""
    number, given = 0, list[int]()
    while True:
        choices = Choices(given)
        with choices.told():
            run(choices)
        number += 1
        trail = choices.trail
        while trail and trail[-1][0] + 1 == trail[-1][1]:
            trail.pop()
        if not trail:
            return number
        given = [each for each, _ in trail]
        given[-1] += 1


def random_orders(run: Callable[[Choices], None], number: int, *, seed: int) -> int:
    """Run that many random orders."""
    chance = random.Random(seed)
    for _ in range(number):
        choices = Choices(chance=chance)
        with choices.told():
            run(choices)
    return number
