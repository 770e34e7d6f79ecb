"""Where a copy of a store comes from: a file, or a database on a server."""

from __future__ import annotations

import _sqlite3 as sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from changer.store.copies import copied


def copy_of(place: Path | str) -> AbstractContextManager[sqlite3.Connection]:
    """All that is committed in a store, in memory, free to be changed; a server's is of now.

    Raises as ``copied``, or as opening a store of PostgreSQL's.
    """
    if isinstance(place, Path):
        return copied(place)
    from changer.store.postgresql.opening import copied_from

    return copied_from(place)
