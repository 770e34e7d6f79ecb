"""A metric, and the numbers that one library has of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from changer.overview.overview import Overview
from changer.values import NamedTuple

Kind = Literal["gauge", "counter", "histogram"]


class Histogram(NamedTuple):
    """How many values there were, by their size.

    buckets  upper bounds, ascending and finite, each with how many values are not above it.
    total    the sum of the values.
    number   how many there were.
    """

    buckets: tuple[tuple[float, int], ...]
    total: float
    number: int


Value = float | Histogram
Series = tuple[tuple[str, ...], Value]
"""The values of a metric's own labels, in their order, and the number."""


class Metric(NamedTuple):
    """A row of the catalogue.

    name     as Prometheus shows it, with its unit, and with ``_total`` for a counter.
    help     one sentence.
    labels   those beside ``library``, which every metric has.
    measure  the series of one library; what can't be told has none.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...]
    measure: Callable[[Overview], Iterable[Series]]


def alone(value: float | None) -> Iterable[Series]:
    """The one series of a metric without labels of its own; none for None."""
    return () if value is None else (((), value),)


def counted(found: Mapping[str, int], *keys: str) -> Iterable[Series]:
    """A series for each of these values of one label: 0 for those that were not found."""
    others = sorted(set(found) - set(keys))
    return [((key,), found.get(key, 0)) for key in (*keys, *others)]
