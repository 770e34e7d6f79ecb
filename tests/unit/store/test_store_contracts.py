"""Whoever keeps a contract has its parameters with the same defaults: callers know the contract."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

import pytest

from changer.lock.flock import LibraryLock
from changer.store.coordination import HostCoordination
from changer.store.event_tables import EventTables
from changer.store.postgresql.shared import SharedCoordination
from changer.store.postgresql.shared_lock import SharedLock
from changer.store.postgresql.store import PostgresStore
from changer.store.protocol import Events, Store
from changer.store.sharing import Coordination, Lock
from changer.store.sqlite import SqliteStore

KEPT = [
    (Store, SqliteStore),
    (Store, PostgresStore),
    (Events, EventTables),
    (Lock, LibraryLock),
    (Lock, SharedLock),
    (Coordination, HostCoordination),
    (Coordination, SharedCoordination),
]


def defaults_of(owner: type, name: str) -> dict[str, object]:
    return {
        each.name: each.default.__code__.co_code if callable(each.default) else each.default
        for each in signature(getattr(owner, name)).parameters.values()
        if each.default is not Parameter.empty
    }


@pytest.mark.parametrize(("contract", "keeper"), KEPT)
def test_defaults_are_those_of_the_contract(contract: Any, keeper: Any) -> None:
    methods = [
        name for name, each in vars(contract).items() if callable(each) and not name.startswith("_")
    ]
    assert methods
    for name in methods:
        assert defaults_of(keeper, name) == defaults_of(contract, name), name
