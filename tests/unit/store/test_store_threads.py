"""Threads share a connection: none comes into the transaction of another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from changer.errors import ChangerError
from changer.store.protocol import Store

from .store_support import LIBRARY, opened, remember


def read(database: Any) -> None:
    database.execute("SELECT * FROM libraries")


def write(database: Any) -> None:
    database.execute("UPDATE libraries SET device = 'x'")


def begin(database: Any) -> None:
    with database.transaction():
        pass


def begin_briefly(database: Any) -> None:
    with database.brief_transaction():
        pass


def copy(database: Any) -> None:
    database.in_memory().close()


def close(database: Any) -> None:
    database.close()


@pytest.mark.parametrize("acts", [(read, write, begin, begin_briefly, copy), (close,)])
def test_what_other_threads_do_waits_for_the_end_of_a_transaction(
    store: Store, path: Path, acts: tuple[Callable[[Any], None], ...]
) -> None:
    database: Any = store._database  # type: ignore[attr-defined]
    came: list[object] = []

    def work(act: Callable[[Any], None]) -> None:
        try:
            act(database)
        except ChangerError as error:
            came.append(error.message)
        came.append(act)

    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    with database.transaction():
        remember_another(database)
        for each in threads:
            each.start()
        threads[-1].join(0.3)
        assert came == []
        database.execute("UPDATE libraries SET revision = 'D.00'")
    for each in threads:
        each.join()
    assert {*came} == {*acts}
    with opened(path) as other:
        assert [each.revision for each in other.libraries()] == ["D.00", "D.00"]


def remember_another(database: Any) -> None:
    database.insert(
        "libraries",
        id="another",
        vendor="IBM",
        product="3573-TL",
        revision="C.10",
        first_seen_at=1.0,
        last_seen_at=1.0,
    )


def test_a_brief_transaction_is_undone_by_an_exception_and_the_next_one_is_whole(
    store: Store,
) -> None:
    database: Any = store._database  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt), database.brief_transaction():
        database.execute("DELETE FROM libraries")
        raise KeyboardInterrupt
    assert [each.id for each in store.libraries()] == [LIBRARY]
    with database.brief_transaction():
        database.execute("UPDATE libraries SET device = 'x'")
    remember(store)
    assert [each.device for each in store.libraries()] == ["/dev/sg3"]
