"""A cartridge by its label: found in every type of element, and never another one in its stead."""

from __future__ import annotations

import time

import pytest

from changer.errors import VolumeNotFound
from changer.library.addressing import Place, PlaceKind, parse_drive
from changer.moves.execute import load

from .acts import attempt
from .conftest import MakeLibrary
from .virtual_library import VirtualLibrary, error_of


@pytest.fixture(params=[{}, {"product": "OTHER"}], ids=["all types at once", "one type at a time"])
def library(make_library: MakeLibrary, request: pytest.FixtureRequest) -> VirtualLibrary:
    return make_library("demo", **request.param)


def refusal(library: VirtualLibrary, tag: str) -> str:
    """What a load of a label is told that is refused before anything is sent."""
    came = attempt(library, f"load {tag} drive:1")
    assert (came.error, came.motions) == (VolumeNotFound, 0)
    return came.told


def today(library: VirtualLibrary) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(library.clock.now()))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a00001l8", "A00001L8"),
        ("A00001", "A00001L8"),
        ("a00001", "A00001L8"),
        ("A00001L7", "A00001L8"),
        ("cln001", "CLN001CU"),
    ],
)
def test_label_in_another_case_or_without_its_suffix_is_suggested(
    library: VirtualLibrary, typed: str, meant: str
) -> None:
    assert f"did you mean {meant}?" in refusal(library, typed)


@pytest.mark.parametrize("tag", ["A00009L8", "A0001L8", "A00010L8", "B00001L8", "A00001L8X", "A"])
def test_another_valid_label_is_never_suggested(library: VirtualLibrary, tag: str) -> None:
    told = refusal(library, tag)
    assert "did you mean" not in told
    assert f"{tag} is not in this library now; see the inventory with: changer status" in told


def test_label_of_a_magazine_that_is_out_is_said_to_be_out(library: VirtualLibrary) -> None:
    assert attempt(library, "move A00006L8 11").error is None
    library.pull_magazine(2)
    told = refusal(library, "A00006L8")
    assert f"last seen in slot 11 on {today(library)} (6 slots are not present)" in told
    assert "did you mean" not in told


def test_label_that_no_move_was_made_of_is_still_said_to_be_out(library: VirtualLibrary) -> None:
    library.pull_magazine(2)
    assert "A00006L8 is not in this library now (6 slots are not present)" in refusal(
        library, "A00006L8"
    )


def test_what_can_not_be_told_is_counted(library: VirtualLibrary) -> None:
    library.fault("element 4 83/03")
    library.fault("element 9 full=1")
    told = refusal(library, "A00099L8")
    assert "1 slot can't be read" in told
    assert "1 slot shows no label" in told


def test_label_that_the_library_puts_in_doubt_is_counted(library: VirtualLibrary) -> None:
    library.fault("element 2 99/01")
    assert "1 slot shows a label in doubt" in refusal(library, "A00099L8")


def test_last_seen_is_where_the_last_move_left_it(library: VirtualLibrary) -> None:
    for words in ("move 1 drive:0", "move drive:0 9", "move 9 10"):
        assert attempt(library, words).error is None
        library.clock.time += 86_400
    library.operate("remove 10")
    library.clock.time -= 86_400
    assert f"last seen in slot 10 on {today(library)}" in refusal(library, "A00001L8")


def test_second_cartridge_of_an_exchange_is_last_seen_where_it_went(
    library: VirtualLibrary,
) -> None:
    assert attempt(library, "exchange 1 2 9").error is None
    library.operate("remove 9")
    assert "last seen in slot 9" in refusal(library, "A00002L8")


def test_move_that_was_not_made_leaves_it_where_it_was(library: VirtualLibrary) -> None:
    library.fault("move-fails at-source")
    assert attempt(library, "move 1 9").error is not None
    library.operate("remove 1")
    assert "last seen in slot 1 on" in refusal(library, "A00001L8")


@pytest.mark.parametrize("place", ["drive:0", "mail:2", "9"])
def test_label_in_two_places_is_refused_with_both(library: VirtualLibrary, place: str) -> None:
    """In whichever types of element they are."""
    library.operate("insert A00001L8 mail:2" if place == "mail:2" else "insert A00001L8 9")
    if place == "drive:0":
        assert attempt(library, "load 9 drive:0").error is None
    told = refusal(library, "A00001L8")
    name = {"drive:0": "drive 0", "mail:2": "mail slot 2", "9": "slot 9"}[place]
    assert f"A00001L8 is in more than one place: slot 1 and {name}; name the place" in told


def test_label_that_the_picker_shows_too_is_refused(library: VirtualLibrary) -> None:
    library.operate("insert A00001L8 9")
    library.fault("move-fails in-transport")
    library.move_behind_our_back("9", "drive:0", fails=True)
    assert "slot 1 and the picker" in refusal(library, "A00001L8")


def test_label_with_a_blank_less_is_suggested(library: VirtualLibrary) -> None:
    with library.open() as opened:
        error = error_of(
            lambda: load(opened, Place(PlaceKind.TAG, tag="A00 001L8"), parse_drive("0"))
        )
    assert error is not None
    assert error.hint == "did you mean A00001L8?"


@pytest.mark.parametrize(
    ("vendor", "product", "shown"),
    [("EXABYTE", "LTO 1x7 2U", "B00001L8"), ("EXABYTE", "Exabyte X80", "B00001L8##")],
)
def test_label_is_as_long_as_the_model_can_tell(
    make_library: MakeLibrary, vendor: str, product: str, shown: str
) -> None:
    library = make_library("demo", vendor=vendor, product=product)
    library.operate("insert B00001L8## 12")
    with library.open() as opened:
        assert shown in {each.tag for each in opened.read().elements}
