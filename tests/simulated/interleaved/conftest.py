"""Worlds, and a process that Ctrl-C interrupts."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing

import pytest
from folders import quick_folder

from .world import World


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """As Python begins."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A library without a cleaner."""
    with quick_folder() as folder, closing(World(folder)) as made:
        yield made


@pytest.fixture(scope="module")
def world_at_rest() -> Iterator[World]:
    """A library that shows its elements only while its robot stands still."""
    with quick_folder() as folder, closing(World(folder, answers_at_rest=True)) as made:
        yield made


@pytest.fixture(scope="module")
def world_with_mail() -> Iterator[World]:
    """A library that takes out at once what comes to its mail slot."""
    with quick_folder() as folder, closing(World(folder, has_mail=True)) as made:
        yield made


@pytest.fixture(scope="module")
def world_with_cleaner() -> Iterator[World]:
    with quick_folder() as folder, closing(World(folder)) as made:
        made.keep_a_cleaner()
        yield made
