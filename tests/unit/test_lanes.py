"""No test falls out of all lanes, and what make test leaves out is in make test-sweeps."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import lanes
import pytest
import sweeps

TESTS = Path(__file__).parents[1]
ASKING = re.compile(r"^from sweeps import .*(spread|IS_)", re.MULTILINE)
MARKED = re.compile(r"pytest\.mark\.sweep\b")


@dataclass
class Item:
    """As much of a test as lanes look at."""

    nodeid: str
    markers: dict[str, pytest.Mark] = field(default_factory=dict)

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return self.markers.get(name)


def some(name: str, number: int, *given: pytest.MarkDecorator) -> list[pytest.Item]:
    markers = {each.name: each.mark for each in given}
    found = [Item(f"test_it.py::{name}[{each}]", markers) for each in range(number)]
    return cast("list[pytest.Item]", found)


ITEMS = [
    *some("test_short", lanes.SPREAD),
    *some("test_with_many_rows", 23),
    *some("test_sweep", 2, pytest.mark.sweep),
    *some("test_sweep_with_many_rows", 12, pytest.mark.sweep),
    *some("test_rows", 23, pytest.mark.rows(one_in=5)),
    *some("test_both", 4, pytest.mark.rows(one_in=2), pytest.mark.sweep),
    *some("test_long", 2, pytest.mark.long),
]


def names(lane: str) -> list[str]:
    return [item.nodeid.partition("::")[2] for item in lanes.chosen(ITEMS, lane)]


def functions(rows: list[str]) -> Counter[str]:
    return Counter(name.partition("[")[0] for name in rows)


def test_each_test_is_in_a_lane_and_both_lanes_have_them_all() -> None:
    spread, whole, rest = map(names, ("spread", "whole", "rest"))
    everything = [item.nodeid.partition("::")[2] for item in ITEMS]
    assert whole == everything
    assert {*spread, *rest} == {*everything}
    both = [name for name in spread if name in rest]
    of_sweeps = {"test_sweep": 2, "test_sweep_with_many_rows": lanes.SPREAD, "test_both": 2}
    assert functions(both) == of_sweeps, "there are other cases of each"
    assert functions(spread) == {
        **of_sweeps,
        "test_short": lanes.SPREAD,
        "test_with_many_rows": lanes.SPREAD,
        "test_rows": 5,
    }
    assert {name: functions(rest)[name] for name in of_sweeps} == {
        "test_sweep": 2,
        "test_sweep_with_many_rows": 12,
        "test_both": 4,
    }
    assert not {"test_long[0]", "test_long[1]"} & {*spread}


def test_shares_of_the_rest_are_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = names("rest")
    monkeypatch.setattr(sweeps, "SHARES", 4)
    of_sweeps = [name for name in rest if name.startswith(("test_sweep", "test_both"))]
    shares = []
    for number in range(4):
        monkeypatch.setattr(sweeps, "TURN", number)
        shares.append(names("rest"))
        assert [name for name in shares[-1] if name in of_sweeps] == of_sweeps, "cases are shared"
        assert len(shares[-1]) - len(of_sweeps) in (9, 10, 11)
    others = [name for each in shares for name in each if name not in of_sweeps]
    assert sorted(others) == sorted(name for name in rest if name not in of_sweeps)
    monkeypatch.setattr(sweeps, "TURN", 4)
    assert names("rest") == shares[0]


def test_shares_of_the_cases_are_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "asking", set())
    monkeypatch.setattr(sweeps, "IS_WHOLE", True)
    monkeypatch.setattr(sweeps, "IS_REST", True)
    rest = sweeps.spread(range(100), one_in=7)
    monkeypatch.setattr(sweeps, "SHARES", 4)
    found = []
    for number in range(4):
        monkeypatch.setattr(sweeps, "TURN", number)
        share = sweeps.spread(range(100), one_in=7)
        assert len(share) in (21, 22)
        found += share
        assert sweeps.spread([7], one_in=7) == [7], "a test finds something to try"
    assert sorted(found) == rest


def collected(lane: str) -> set[str]:
    """All tests that the lane runs, as pytest finds them."""
    words = ("-m", "pytest", "--collect-only", "--quiet", "tests/unit", "tests/simulated")
    ran = subprocess.run(
        [sys.executable, *words],
        cwd=TESTS.parent,
        env={**os.environ, "CHANGER_SWEEPS": lane},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return {line for line in ran.stdout.splitlines() if "::" in line}


@pytest.mark.long
def test_no_test_of_this_checkout_is_in_no_lane() -> None:
    spread, rest, whole = map(collected, ("spread", "rest", "whole"))
    assert rest - whole == set()
    assert whole - spread - rest == set()
    assert len(spread) < len(whole) / 2


def test_first_and_last_row_of_many_and_some_between_stand_for_the_others() -> None:
    for number in range(lanes.SPREAD + 1, 60):
        rows = some("test_with_many_rows", number)
        spread = [rows.index(item) for item in lanes.chosen(rows, "spread")]
        assert (spread[0], spread[-1], len({*spread})) == (0, number - 1, lanes.SPREAD)


def test_what_dozens_of_tests_take_is_tried_with_each_value_by_one() -> None:
    tests = [some(f"test_{name}", 12) for name in "abcdefghijklmnopqrstuvwxyz"]
    tried = [rows.index(item) for rows in tests for item in lanes.chosen(rows, "spread")]
    assert {*tried} == {*range(12)}


def test_row_that_takes_long_is_left_to_the_sweeps() -> None:
    rows = [*some("test_it", 1), *some("test_it", 1, pytest.mark.long)]
    assert [*lanes.chosen(rows, "spread")] == rows[:1]
    assert [*lanes.chosen(rows, "rest")] == rows[1:]


def test_rows_that_pytest_has_mixed_are_those_of_one_test() -> None:
    one, other = (some(name, 4, pytest.mark.rows(one_in=4)) for name in ("test_one", "test_other"))
    mixed = [item for pair in zip(one, other, strict=True) for item in pair]
    assert len(list(lanes.chosen(mixed, "spread"))) == 2
    assert len(list(lanes.chosen(mixed, "rest"))) == 6


def test_the_rest_is_what_a_spread_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    cases, one = list(range(100)), [7]
    monkeypatch.setattr(sweeps, "asking", set())

    def tried(cases: list[int], *, is_whole: bool, is_rest: bool) -> list[int]:
        monkeypatch.setattr(sweeps, "IS_WHOLE", is_whole)
        monkeypatch.setattr(sweeps, "IS_REST", is_rest)
        return sweeps.spread(cases, one_in=7)

    spread = tried(cases, is_whole=False, is_rest=False)
    assert len(spread) == 15
    assert sorted(spread + tried(cases, is_whole=True, is_rest=True)) == cases
    assert tried(cases, is_whole=True, is_rest=False) == cases
    assert tried(one, is_whole=True, is_rest=True) == one, "a test finds something to try"


def test_row_of_which_no_spread_was_tried_is_tried_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    config: Any = SimpleNamespace(hook=SimpleNamespace(pytest_deselected=lambda **_: None))
    monkeypatch.setattr(lanes, "LANE", "rest")
    untried: set[str] = set()
    monkeypatch.setattr(lanes, "untried", untried)
    lanes.select(config, [*ITEMS])
    assert len([name for name in untried if "both" in name]) == 2
    assert {"test_it.py::test_long[0]", "test_it.py::test_long[1]"} < untried
    assert "test_it.py::test_sweep[0]" not in untried
    monkeypatch.setattr(sweeps, "untried", {"this test"})
    monkeypatch.setattr(sweeps, "asking", set())
    monkeypatch.setattr(sweeps, "IS_WHOLE", True)
    monkeypatch.setattr(sweeps, "IS_REST", True)
    for running, number in (("this test (call)", 9), ("another (call)", 6)):
        monkeypatch.setenv("PYTEST_CURRENT_TEST", running)
        assert len(sweeps.spread(range(9), one_in=3)) == number


def sources() -> Iterator[tuple[Path, str]]:
    for folder in ("unit", "simulated", "kernel"):
        for path in (TESTS / folder).rglob("test_*.py"):
            yield path, path.read_text()


def test_module_that_asks_how_much_to_try_says_so() -> None:
    asking = [path for path, text in sources() if ASKING.search(text)]
    assert asking
    assert [path for path in asking if not MARKED.search(path.read_text())] == []


def test_test_that_asks_and_is_not_marked_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "asking", {"test_it.py::test_short[0]"})
    item: Any = ITEMS[0]
    with pytest.raises(AssertionError, match=r"mark it with pytest\.mark\.sweep"):
        lanes.see_marked(item)
    lanes.see_marked(ITEMS[1])
