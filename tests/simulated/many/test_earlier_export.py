"""Which earlier export a request goes on with, by its words and by how that one ended."""

from __future__ import annotations

import pytest

from changer.errors import LibraryBusy
from changer.journal.operations import SUCCESS, operation
from changer.moves.asked_for import parse_words
from changer.moves.earlier_export import earlier_export
from changer.store.records import FinalState, OperationKind

from .many_library import ManyLibrary

NEWEST = 1000  # operations that are searched
A1, A2 = "A00001L8", "A00002L8"
PATTERN = "A0000[1-2]L8"
Asked = tuple[tuple[str | None, str], ...]
# By which words which cartridges were to leave; the words of the request; whether it goes on.
ROWS: tuple[tuple[Asked, tuple[str, ...], bool], ...] = (
    (((A1, A1), (A2, A2)), (A1, A2), True),
    (((A1, A1), (A2, A2)), (A2, A1), True),
    (((A1, A1), (A2, A2)), (A1,), False),
    (((A1, A1),), (A1, A2), False),
    (((PATTERN, A1), (PATTERN, A2)), (PATTERN,), True),
    (((PATTERN, A1), (PATTERN, A2)), (A1, A2), False),
    (((PATTERN, A1), (PATTERN, A2)), (PATTERN, A2), True),
    (((PATTERN, A1), (PATTERN, A2)), (PATTERN, "A0*"), True),
    (((PATTERN, A1), (PATTERN, A2)), (PATTERN, "B*"), False),
    (((PATTERN, A1), (A2, A2)), (PATTERN,), False),
    ((), (A1,), False),
)


def begin(
    library: ManyLibrary,
    asked: Asked,
    state: FinalState | None = "failed",
    *,
    kind: OperationKind = "export",
) -> str:
    """An earlier operation about these cartridges, and how it ended; its id."""
    with library.open() as opened:
        store = opened.store
        begun = store.begin_operation(library.id, kind)
        store.begin_transfers(begun.id, asked)
        if state is not None:
            store.finish_operation(begun.id, state=state, result=SUCCESS, message=None)
        return begun.id


def goes_on_with(library: ManyLibrary, *words: str) -> list[str | None]:
    """The cartridges of the earlier export that a request by these words goes on with."""
    with library.open() as opened, operation(opened, "export") as running:
        # Its own record, too, is on record by then.
        opened.store.begin_transfers(running.id, [(each, each) for each in words])
        found = earlier_export(running, parse_words(words))
        opened.store.finish_operation(running.id, state="failed", result=SUCCESS, message=None)
    return [each.volume_tag for each in found]


@pytest.mark.parametrize(("asked", "words", "goes_on"), ROWS)
def test_the_same_words_in_any_order_go_on_with_it(
    demo: ManyLibrary, asked: Asked, words: tuple[str, ...], goes_on: bool
) -> None:
    begin(demo, asked)
    assert goes_on_with(demo, *words) == ([label for _, label in asked] if goes_on else [])


def test_the_newest_of_that_kind_counts_whatever_else_was_done_since(demo: ManyLibrary) -> None:
    begin(demo, ((PATTERN, A1),), "completed")
    begin(demo, ((PATTERN, A2),), "cancelled")
    begin(demo, ((A1, A1),), "completed")
    begin(demo, ((PATTERN, A1),), kind="import")
    assert goes_on_with(demo, PATTERN) == [A2]
    begin(demo, ((PATTERN, A1),), "completed")
    assert goes_on_with(demo, PATTERN) == []


def test_one_that_is_under_way_is_not_begun_again(demo: ManyLibrary) -> None:
    other = begin(demo, ((PATTERN, A1),), None)
    with pytest.raises(LibraryBusy) as caught:
        goes_on_with(demo, PATTERN)
    assert caught.value.message == f"this export is already under way: operation {other}"
    assert caught.value.hint == f"to end it: changer operations stop {other}"


@pytest.mark.parametrize(("since", "is_known"), [(NEWEST - 2, True), (NEWEST - 1, False)])
def test_it_is_searched_among_the_newest_operations(
    demo: ManyLibrary, since: int, is_known: bool
) -> None:
    """Of which the request itself is one."""
    begin(demo, ((A1, A1),))
    demo.fail_operations(since)
    assert goes_on_with(demo, A1) == ([A1] if is_known else [])
