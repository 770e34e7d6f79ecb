"""A bench for each function."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from folders import quick_folder

from .bench import Bench, Exchange
from .cases import sequence
from .functions import FUNCTIONS, Function


@pytest.fixture(params=FUNCTIONS, scope="module")
def function(request: pytest.FixtureRequest) -> Function:
    return FUNCTIONS[request.param]


@pytest.fixture(scope="module")
def bench(function: Function) -> Iterator[Bench]:
    """The library that it begins with, as often as it is asked for."""
    with quick_folder() as folder, closing(Bench(folder, function.prepare)) as made:
        yield made


@pytest.fixture(scope="module")
def commands(bench: Bench, function: Function) -> list[Exchange]:
    """What it sends when nothing goes wrong."""
    return sequence(bench, function)
