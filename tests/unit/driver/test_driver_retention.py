"""History is pruned once a day, of what ended longer ago than the settings ask for."""

from __future__ import annotations

from typing import Any

import pytest

from changer.errors import AccessDenied, StoreFull
from changer.library.retention import DAY_SECONDS, keep_days

MIDNIGHT = 20_000 * DAY_SECONDS


class Store:
    """Keeps what it is asked to prune, and fails if it is to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.pruned: list[tuple[str, float]] = []
        self._error = error

    def prune_history(self, library_id: str, *, before: float) -> None:
        self.pruned.append((library_id, before))
        if self._error is not None:
            raise self._error


def pruned(last_seen_at: float, now: float, *, days: int = 30) -> list[tuple[str, float]]:
    store: Any = Store()
    keep_days(store, "LIB", days=days, last_seen_at=last_seen_at, now=now)
    kept: list[tuple[str, float]] = store.pruned
    return kept


@pytest.mark.parametrize(
    ("last_seen_at", "now", "is_due"),
    [
        (MIDNIGHT - 1, MIDNIGHT, True),
        (MIDNIGHT, MIDNIGHT + DAY_SECONDS - 1, False),
        (MIDNIGHT, MIDNIGHT, False),
        (MIDNIGHT, MIDNIGHT + DAY_SECONDS, True),
        (MIDNIGHT, MIDNIGHT + 9 * DAY_SECONDS, True),
        (MIDNIGHT, MIDNIGHT - 1, True),  # a clock that was set back
    ],
)
def test_history_is_pruned_by_the_first_command_of_a_day(
    last_seen_at: float, now: float, *, is_due: bool
) -> None:
    expected = [("LIB", now - 30 * DAY_SECONDS)] if is_due else []
    assert pruned(last_seen_at, now) == expected


def test_as_many_days_are_kept_as_the_settings_ask_for() -> None:
    assert pruned(0.0, MIDNIGHT, days=1) == [("LIB", MIDNIGHT - DAY_SECONDS)]


def test_store_that_can_not_be_written_is_left_to_what_has_to_be_recorded_there() -> None:
    full: Any = Store(StoreFull("no space left"))
    keep_days(full, "LIB", days=1, last_seen_at=0.0, now=MIDNIGHT)
    assert full.pruned
    denied: Any = Store(AccessDenied("no"))
    with pytest.raises(AccessDenied):
        keep_days(denied, "LIB", days=1, last_seen_at=0.0, now=MIDNIGHT)
