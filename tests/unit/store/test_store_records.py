"""Records that say more than their columns."""

from __future__ import annotations

import pytest

from changer.store.protocol import Store
from changer.store.records import DriveCondition
from changer.values import replace

from .store_support import LIBRARY


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("identity", "process", "mark"),
    [
        (None, None, None),
        ("", "", None),
        ("boot:4711:99", "boot:4711:99", None),
        ("boot:4711:99:0", "boot:4711:99", 0),
        ("boot:4711:99:12345", "boot:4711:99", 12345),
        (f"boot:4711:99:{'9' * 19}", "boot:4711:99", int("9" * 19)),
        (f"boot:4711:99:{'9' * 20}", f"boot:4711:99:{'9' * 20}", None),
        ("boot:4711:99:", "boot:4711:99:", None),
        ("boot:4711:99:-1", "boot:4711:99:-1", None),
        ("boot:4711:99:5:6", "boot:4711:99:5:6", None),
    ],
)
def test_an_operation_names_its_process_and_its_mark(
    store: Store, identity: str | None, process: str | None, mark: int | None
) -> None:
    operation = store.begin_operation(LIBRARY, "clean")
    assert replace(operation, process_identity=identity).process == (process, mark)


def test_the_mark_that_an_operation_is_given_is_its_own(store: Store) -> None:
    process, none = store.begin_operation(LIBRARY, "clean").process
    assert none is None
    for mark in (0, 1 << 61):
        assert store.begin_operation(LIBRARY, "clean", mark=mark).process == (process, mark)


def test_flags_are_numbers_whatever_else_is_there() -> None:
    condition = DriveCondition("1", None, None, "3,x,,20,-1", None, None, 0)
    assert condition.tape_alerts == {3, 20}
