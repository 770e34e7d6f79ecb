"""Which tests a lane runs, by their rows and their markers.

A test has a row for each of its sets of parameters. Of a test with many rows `make test` runs the
first, the last and some between, the same in every run and others than of the next test: of what
dozens of tests take as parameter, each value is tried by one of them. The lanes of the sweeps run
the other rows. A marker changes that:

- ``rows(one_in=N)``: `make test` runs one of each N of its rows that follow each other.
- ``sweep``: asks ``sweeps`` how much to try: what `make test` runs of it the sweeps run once more,
  with other cases, and the other rows with all.
- ``long``: the sweeps alone run it, or this row of it.

$CHANGER_SWEEPS says which lane it is: "spread", or "whole", which is every test, or "rest", which
is the whole without what a spread has; "rest 7 4" is one in 4 rows of that, and all of it is in the
four lanes from "rest 0 4" to "rest 3 4". Without it every test runs, with a spread of its cases:
who runs a test by its name wants it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from sweeps import LANE, asking, share, turn, untried

SPREAD = 4
"""Rows that `make test` runs of a test that has more."""


def select(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of the lane in the list, and report the others as deselected."""
    if not LANE:
        return
    kept = list(chosen(items, LANE))
    if LANE == "rest":
        spread = {item.nodeid for item in chosen(items, "spread")}
        untried.update(item.nodeid for item in kept if item.nodeid not in spread)
    left = {id(item) for item in kept}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in left])
    items[:] = kept


def chosen(items: list[pytest.Item], lane: str) -> Iterator[pytest.Item]:
    """The tests that this lane runs, in their order."""
    rows: defaultdict[str, list[pytest.Item]] = defaultdict(list)  # pytest may have mixed them
    for item in items:
        rows[_function(item)].append(item)
    found = {id(item) for group in rows.values() for item in _of(group, lane)}
    yield from (item for item in items if id(item) in found)


def _of(rows: list[pytest.Item], lane: str) -> Iterator[pytest.Item]:
    """Those of one function's rows."""
    spread = [each for each in _spread(rows) if not each.get_closest_marker("long")]
    if lane == "spread":
        yield from spread
    elif lane == "whole" or rows[0].get_closest_marker("sweep"):
        yield from rows  # of what a sweep tried there are other cases
    else:
        tried = {id(item) for item in spread}
        left = [item for item in rows if id(item) not in tried]
        yield from share(left, of=_function(rows[0]))


def _spread(rows: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Those of one function's rows that stand for the others."""
    if marker := rows[0].get_closest_marker("rows"):
        bounds = [*range(0, len(rows), marker.kwargs["one_in"]), len(rows)]
    elif len(rows) <= SPREAD:
        bounds = [*range(len(rows) + 1)]
    else:
        inner, parts = len(rows) - 2, SPREAD - 2
        bounds = [0, *(1 + inner * part // parts for part in range(parts + 1)), len(rows)]
    for start, end in pairwise(bounds):
        yield rows[start + turn(f"{_function(rows[0])} {start}", end - start)]


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def see_marked(item: pytest.Item) -> None:
    """A test that asked for a spread has to be run again for the other cases."""
    if item.nodeid in asking:
        message = "it tries a spread of its cases: mark it with pytest.mark.sweep"
        assert item.get_closest_marker("sweep"), message
