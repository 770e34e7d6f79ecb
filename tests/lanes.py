"""Which tests of tests/unit and tests/simulated a lane runs, by their markers.

- ``sweep``: asks ``sweeps`` how much to try: `make test` tries a spread, `make test-sweeps` all.
- ``rows(one_in=N)``: `make test` runs one of each N of its rows of parameters that follow each
  other, `make test-sweeps` all; of a sweep each row with a spread, and with all.
- ``long``: `make test-sweeps` alone runs it.

All others run in `make test` alone, whole. $CHANGER_SWEEPS says which lane it is: "spread", or
"whole", or "rest", which is the whole without what a spread has. Without it every test runs, with
a spread of its cases: who runs a test by its name wants it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator

import pytest
from sweeps import asking, turn, untried

LANE = os.environ.get("CHANGER_SWEEPS", "")


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
    if rows[0].get_closest_marker("long"):
        yield from rows if lane != "spread" else ()
    elif lane != "spread" and rows[0].get_closest_marker("sweep"):
        yield from rows  # of those that were tried there are other cases
    elif marker := rows[0].get_closest_marker("rows"):
        yield from _of_rows(rows, lane, one_in=marker.kwargs["one_in"])
    elif lane == "spread":
        yield from rows


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _of_rows(rows: list[pytest.Item], lane: str, *, one_in: int) -> Iterator[pytest.Item]:
    for start in range(0, len(rows), one_in):
        row = rows[start : start + one_in]
        at = turn(f"{_function(row[0])} {start}", len(row))
        for number, item in enumerate(row):
            if lane == "whole" or (number == at) is (lane == "spread"):
                yield item


def see_marked(item: pytest.Item) -> None:
    """A test that asked for a spread has to be run again for the other cases."""
    if item.nodeid in asking:
        message = "it tries a spread of its cases: mark it with pytest.mark.sweep"
        assert item.get_closest_marker("sweep"), message
