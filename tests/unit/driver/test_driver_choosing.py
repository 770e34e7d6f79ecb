"""Which of the host's changers is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from changer.errors import AmbiguousLibrary, NoLibrary
from changer.library.choose import choose
from changer.library.discovery import MEDIUM_CHANGER, ScsiDevice
from changer.library.model import Identity


def changer(number: int, serial: str | None, *, product: str = "MSL G3 Series") -> ScsiDevice:
    identity = Identity("HP", product, "E.00", serial)
    return ScsiDevice(Path(f"/dev/sg{number}"), MEDIUM_CHANGER, identity)


ONE, OTHER = changer(1, "SN1"), changer(2, "SN2")
OTHER_MODEL = changer(3, "SN1", product="MSL3040")


def test_the_only_changer_needs_no_name() -> None:
    assert choose(None, (ONE,)) == ONE


@pytest.mark.parametrize("name", ["HP_MSL_G3_Series_SN2", "sn2", "Series_SN2"])
def test_a_changer_is_chosen_by_its_id_or_by_what_is_unique_in_it(name: str) -> None:
    assert choose(name, (ONE, OTHER)) == OTHER


@pytest.mark.parametrize("name", [None, "HP_MSL", "SN1"])
def test_more_than_one_is_an_error_that_lists_them(name: str | None) -> None:
    with pytest.raises(AmbiguousLibrary) as raised:
        choose(name, (ONE, OTHER_MODEL))
    assert "/dev/sg1" in raised.value.message and "/dev/sg3" in raised.value.message


def test_two_ways_to_one_library_are_one_library() -> None:
    assert choose("SN1", (ONE, changer(5, "SN1"))) == ONE


def test_two_of_a_model_without_serial_numbers_are_never_taken_for_one() -> None:
    twins = (changer(1, None), changer(2, None))
    for name in (None, "HP_MSL_G3_Series"):
        with pytest.raises(AmbiguousLibrary, match="/dev/sg2"):
            choose(name, twins)


def test_no_match_lists_what_there_is() -> None:
    with pytest.raises(NoLibrary) as raised:
        choose("IBM", (ONE,))
    assert raised.value.hint == "this host has HP_MSL_G3_Series_SN1"


def test_no_changer_at_all_says_how_to_go_on() -> None:
    with pytest.raises(NoLibrary, match="no medium changer"):
        choose(None, ())
