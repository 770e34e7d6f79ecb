"""Libraries with no medium transport element, or with two: worked as any other."""

from __future__ import annotations

import pytest

from .answers import Voices
from .descriptors import DRIVE, PICKER, SLOT
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


@pytest.mark.parametrize("place", ["A00001L8", "picker:1", "recover"])
def test_cartridge_in_the_second_picker_is_found_and_brought_out(host: Host, place: str) -> None:
    """IBM TS4500, mode page 1Dh: two transports; the status shows the first."""
    library = StandIn("TS4500", Geometry.of(slots=4, mail=1, drives=1, pickers=2))
    first, second = library.geometry.ranges[PICKER]
    home = library.geometry.ranges[SLOT][0]
    library.at[second] = Cartridge(1, "A00001L8", home=home)
    host.attach(library)
    shown = host.changer("status").json["picker"]
    assert (shown["address"], shown["full"]) == (first, False)
    if place == "recover":
        assert "A00001L8 is in picker 1" in host.text("recover").err
        assert host.changer("recover", "--back").status == 0
    else:
        assert host.changer("move", place, 1).status == 0
    assert library.where(1) == home
