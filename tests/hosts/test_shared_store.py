"""Two hosts with one store in PostgreSQL take turns at a library, by a fence in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import Lab
from .database import Database
from .turns import epochs


@pytest.fixture
def shared(lab: Lab, database: Database, library_id: str) -> Iterator[Lab]:
    """Both hosts keep their state in the database."""
    lab.a.do("changer", "state", "init", CHANGER_STATE=database.url)
    for guest in (lab.a, lab.b):
        guest.configure(f'store = "{database.url}"\n[library."{library_id}"]\nfence = true\n')
    yield lab
    for guest in (lab.a, lab.b):
        guest.configure("")


def test_each_host_sees_what_the_other_one_did_and_has_its_turn_by_a_fence(shared: Lab) -> None:
    before = len(shared.observer.commands)
    for guest in (shared.a, shared.b):
        guest.do("changer", "move", "A00003L8", "slot")
    told = [guest.do("changer", "history").out for guest in (shared.a, shared.b)]
    assert told[0] == told[1]
    assert len(told[0].splitlines()) >= 2
    first, second = epochs(shared.observer.commands[before:])
    assert first.turn is not None and second.turn is not None
    assert first.turn.epoch < second.turn.epoch
    assert (first.move.host, second.move.host) == ("a", "b")
