"""What is read of the journal of one library, or of all."""

from __future__ import annotations

import pytest

from changer.library.history import history
from changer.store.protocol import Store
from changer.store.records import JournalQuery

from .store_support import LIBRARY


@pytest.mark.parametrize("library_id", [LIBRARY, None], ids=["one", "all"])
def test_what_failed_is_found_before_what_has_no_end_yet(
    store: Store, library_id: str | None
) -> None:
    failed = store.begin_move(
        LIBRARY, source_address=1001, destination_address=1011, volume_tag="A00001L8"
    )
    store.finish_move(failed.id, outcome="not-executed", message="it did not move")
    for number in range(3):
        store.begin_move(
            LIBRARY, source_address=1002 + number, destination_address=1012, volume_tag=None
        )
    query = JournalQuery(is_failed=True)
    (event,) = history(store, library_id, limit=1, is_running=lambda _: True, query=query)
    assert event.volume_tag == "A00001L8" and event.is_failed
