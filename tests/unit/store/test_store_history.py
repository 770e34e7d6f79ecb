"""History of operations and moves: in the order in which they began, whatever the clock did."""

from __future__ import annotations

from pathlib import Path

from clocks import HandClock

from changer.library.history import history
from changer.store.protocol import Store

from .store_files import kept_store
from .store_support import LIBRARY, opened, query, remember


def begin(store: Store, what: str) -> None:
    if what == "move":
        store.begin_move(LIBRARY, source_address=1, destination_address=2)
    else:
        store.begin_operation(LIBRARY, "reserve")


def kinds(store: Store, limit: int) -> list[str]:
    return [each.kind for each in history(store, LIBRARY, limit=limit, is_running=lambda _: True)]


def test_it_goes_by_order_where_the_clock_was_set_back(tmp_path: Path) -> None:
    """The newest of either kind are never hidden by a limit."""
    clock, begun = HandClock(2_000_000_000.0), list[str]()
    with opened(tmp_path / "state.db", clock) as store:
        remember(store)
        for what in ("move", "reserve", "move", "move", "reserve", "reserve", "move"):
            clock.time -= 86_400.0
            begin(store, what)
            begun.insert(0, what)
        for limit in range(1, 9):
            assert kinds(store, limit) == begun[:limit]
        store.begin_operation(LIBRARY, "clean")
        assert kinds(store, 1) == ["clean"]


def test_history_of_an_older_schema_keeps_the_order_of_either_and_else_goes_by_time(
    tmp_path: Path,
) -> None:
    """The third operation began after the clock was set back: nothing is after it but the move."""
    path = kept_store(4, tmp_path)
    query(path, "DELETE FROM moves WHERE id > 3")
    query(path, "DELETE FROM operations WHERE sequence > 3")
    for number, at in enumerate((100.0, 300.0, 150.0), 1):
        query(path, f"UPDATE operations SET started_at = {at} WHERE sequence = {number}")
    for number, at in enumerate((50.0, 200.0, 160.0), 1):
        query(path, f"UPDATE moves SET started_at = {at} WHERE id = {number}")
    with opened(path) as store:
        events = [
            (each.at, each.kind in ("move", "exchange"))
            for each in history(store, None, limit=9, is_running=lambda _: True)
        ]
    assert [at for at, is_move in events if not is_move] == [150.0, 300.0, 100.0]
    assert [at for at, is_move in events if is_move] == [160.0, 200.0, 50.0]
    assert events[0][0] == 150.0
    assert events[-1] == (50.0, True)
