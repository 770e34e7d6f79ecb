"""A host that was scrapped is forgotten where a person says so, and no other one by mistake."""

from __future__ import annotations

import pytest

from changer.errors import ChangerError, LibraryBusy, UsageError
from changer.store.postgresql.known_hosts import forget_host

from .lease_support import ALPHA, BETA, GAMMA, LIBRARY, World

OWN, SCRAPPED, NAMESAKE = (each.holder.host_id for each in (BETA, ALPHA, GAMMA))
STAYS = "run it on a host that stays"


@pytest.fixture(autouse=True)
def noted(world: World) -> None:
    """Two other hosts of one name, of which the first has the library, or had it."""
    for each in (ALPHA, BETA, GAMMA._replace(words=ALPHA.words)):
        world.note_port(each)
    world.take(ALPHA)


@pytest.mark.parametrize(
    ("name", "error", "words", "hint"),
    [
        *(
            (name, UsageError, f"{name} is this host, which is not gone", STAYS)
            for name in (OWN, BETA.words)
        ),
        (
            "nobody",
            UsageError,
            "no host nobody is on record",
            f"on record: {ALPHA.words}, {ALPHA.words}, {BETA.words}",
        ),
        (
            ALPHA.words,
            UsageError,
            f"more than one host is called {ALPHA.words}",
            f"name it by its id: {SCRAPPED[:12]}, {NAMESAKE[:12]}",
        ),
        (
            SCRAPPED,
            LibraryBusy,
            f"{SCRAPPED} is not gone: it has {LIBRARY}, or asks for it",
            "switch it off for good, and try again when its time is over: changer status",
        ),
    ],
    ids=["itself", "itself by name", "unknown", "two of a name", "alive"],
)
def test_a_host_that_may_go_on_is_not_forgotten(
    world: World, name: str, error: type[ChangerError], words: str, hint: str
) -> None:
    with pytest.raises(error) as raised:
        forget_host(world, name, own_host_id=OWN)
    assert (raised.value.message, raised.value.hint) == (words, hint)
    assert len(world.execute("SELECT * FROM ports")) == 3


@pytest.mark.parametrize("name", [SCRAPPED, SCRAPPED[:12]])
def test_a_host_whose_time_is_over_is_forgotten_and_not_its_namesake(
    world: World, name: str
) -> None:
    world.pass_time()
    assert forget_host(world, name, own_host_id=OWN, dry_run=True) == (LIBRARY,)
    assert forget_host(world, name, own_host_id=OWN) == (LIBRARY,)
    left = {row["host_id"] for row in world.execute("SELECT host_id FROM ports")}
    assert left == {OWN, NAMESAKE}
