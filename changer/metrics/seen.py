"""Numbers of how well a library is known: whether it can be read, since when, and what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from changer.metrics.metric import Series, alone
from changer.overview.overview import Overview, State


def up(overview: Overview) -> Iterable[Series]:
    """Whether the library was read when that was tried last."""
    return alone(int(overview.reading is not None and overview.trouble is None))


def store_up(overview: Overview) -> Iterable[Series]:
    """Whether its records were read when that was tried last."""
    return alone(int(overview.records is not None and overview.records_trouble is None))


def troubles(overview: Overview) -> Iterator[Series]:
    """Why it can't be read."""
    sources = {"library": overview.trouble, "store": overview.records_trouble}
    for source, trouble in sources.items():
        if trouble is not None:
            yield (source, trouble.code), 1


def read_at(overview: Overview) -> Iterable[Series]:
    """When it was read last."""
    return alone(overview.reading.at if overview.reading else None)


def reading_took(overview: Overview) -> Iterable[Series]:
    """How long that took."""
    return alone(overview.reading.took_seconds if overview.reading else None)


def interval(overview: Overview) -> Iterable[Series]:
    """How often it is read."""
    return alone(overview.interval_seconds or None)


def states(overview: Overview) -> Iterator[Series]:
    """How it is: one of these is 1."""
    for each in get_args(State):
        yield (each,), int(each == overview.state)


def info(overview: Overview) -> Iterator[Series]:
    """Which library it is."""
    of = overview.identity
    told = (of.vendor, of.product, of.revision, of.serial) if of else (None,) * 4
    yield tuple(each or "" for each in (overview.alias, *told, overview.device)), 1
