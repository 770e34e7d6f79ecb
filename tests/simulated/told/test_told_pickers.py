"""A library that announces no medium transport element: all else of it is worked as any other."""

from __future__ import annotations

import pytest

from .answers import Voices
from .descriptors import DRIVE, SLOT
from .host import Host
from .stand_in import Cartridge, Geometry, StandIn


@pytest.mark.parametrize("single_query", [False, True], ids=["types", "single query"])
def test_library_that_counts_no_picker_is_worked_all_the_same(
    host: Host, *, single_query: bool
) -> None:
    """mtx 1.2.13: HP autochangers have none in mode page 1Dh."""
    library = StandIn("HP", Geometry.of(slots=4, mail=1, drives=1, pickers=0))
    slots = library.geometry.ranges[SLOT]
    library.at[slots[0]] = Cartridge(1, "A00001L8", home=slots[0])
    host.attach(library, f"single_query = {str(single_query).lower()}")
    assert host.changer("load", 1, 0).status == 0
    voices = Voices(host)
    voices.listen()
    assert voices.judge() == []
    assert set(voices.homes[library.geometry.ranges[DRIVE][0]].values()) == {1}
    assert host.mtx("unload").status == 0
    assert host.autochanger("transfer", 1, 5).status == 0
    assert host.changer("move", "mail:1", "picker").error == "invalid-slot"
