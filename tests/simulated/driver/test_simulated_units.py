"""What a library can is its own, as it is fitted now: not its model's, and not last month's."""

from __future__ import annotations

import pytest

from changer.library.addressing import parse_place
from changer.library.initialize_status import initialize_elements
from changer.library.library import Library
from changer.library.opening import open_library
from changer.moves.execute import move
from changer.simulator.creation import create
from changer.simulator.profile_choices import Identifiers, VolumeTags
from changer.smc.elements import ElementType

from .conftest import MakeLibrary
from .virtual_library import MODE_SENSE, VirtualLibrary

SECOND = "sim:second"
# After these a library may have been fitted, or configured, anew (SPC-4).
CHANGED = ["28/00", "29/00", "2A/01", "3F/01"]


def tags(library: Library) -> list[str]:
    return [each.tag for each in library.read([ElementType.STORAGE]).elements if each.tag]


def put_in_mail_slot(library: Library) -> None:
    move(library, parse_place("1"), parse_place("mail:1"))


def put_mail_slot_free(library: Library) -> None:
    if library.read([ElementType.IMPORT_EXPORT]).elements[0].full:
        move(library, parse_place("mail:1"), parse_place("12"))


def second_of_the_model(library: VirtualLibrary, profile: str, **overrides: object) -> Library:
    """Another unit with the same INQUIRY data, on the same host."""
    create("second", folder=library.simulated, profile=profile, serial="SECOND1", **overrides)
    return open_library(library.request(name=SECOND))


def test_labels_are_read_where_another_of_the_model_has_no_bar_code_reader(
    make_library: MakeLibrary,
) -> None:
    # HP 1x8 autoloader, Dell ML6000 (INQUIRY, BarC): the reader is an option of the unit.
    first = make_library("autoloader", volume_tags=VolumeTags.REFUSED)
    with first.open() as opened:
        assert tags(opened) == []
    with second_of_the_model(first, "autoloader") as second:
        assert "A00001L8" in tags(second)
    with first.open() as opened:
        assert tags(opened) == [], "nor does it report labels because another does"


def test_each_of_a_model_has_its_own_page_of_moves(make_library: MakeLibrary) -> None:
    # Spectra 2K, Quantum DX: without mail slots page 1Fh has no row of theirs.
    first = make_library("demo", mail=0, cleaner_in_mail=False)
    with first.open() as opened:
        move(opened, parse_place("1"), parse_place("drive:0"))
    with second_of_the_model(first, "demo") as second:
        put_mail_slot_free(second)
        put_in_mail_slot(second)


@pytest.mark.parametrize("sense", [None, *CHANGED])
def test_a_mail_slot_that_is_enabled_later_can_be_used(
    make_library: MakeLibrary, sense: str | None
) -> None:
    """Whether this program gets the unit attention, or another one did."""
    library = make_library("demo", mail=0, cleaner_in_mail=False)
    with library.open() as opened:
        move(opened, parse_place("2"), parse_place("drive:0"))
    library.refit(mail=2)
    library.fault(f"unit-attention {sense}" if sense else "clear unit-attention")
    with library.open() as opened:
        put_in_mail_slot(opened)


@pytest.mark.parametrize("sense", CHANGED)
def test_labels_are_asked_for_again_when_the_library_reports_a_change(
    make_library: MakeLibrary, sense: str
) -> None:
    library = make_library("autoloader", volume_tags=VolumeTags.REFUSED)
    with library.open() as opened:
        assert tags(opened) == []
    library.refit(volume_tags=VolumeTags.REPORTED)
    with library.open() as opened:
        assert tags(opened) == [], "nothing said that it has a reader now"
    library.fault(f"unit-attention {sense}")
    with library.open() as opened:
        assert "A00001L8" in tags(opened)


def test_labels_are_asked_for_again_the_next_day(make_library: MakeLibrary) -> None:
    """Another program, or the kernel, may have got the unit attention."""
    library = make_library("autoloader", volume_tags=VolumeTags.REFUSED)
    with library.open() as opened:
        assert tags(opened) == []
    library.refit(volume_tags=VolumeTags.REPORTED)
    library.clock.time += 86401
    with library.open() as opened:
        assert "A00001L8" in tags(opened)


def test_an_inventory_of_everything_asks_for_labels_again(make_library: MakeLibrary) -> None:
    library = make_library("autoloader", volume_tags=VolumeTags.REFUSED)
    with library.open() as opened:
        assert tags(opened) == []
    library.refit(volume_tags=VolumeTags.REPORTED)
    with library.open() as opened:
        initialize_elements(opened, None)
    with library.open() as opened:
        assert "A00001L8" in tags(opened)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"identifiers": Identifiers.REFUSED}, {"identifiers": Identifiers.REPORTED}),
        ({"capabilities_page": False}, {"capabilities_page": True}),
    ],
)
def test_whatever_was_refused_is_forgotten_and_asked_once(
    make_library: MakeLibrary, before: dict[str, object], after: dict[str, object]
) -> None:
    library = make_library("autoloader", **before)
    with library.open() as opened:
        ask(opened)
    library.refit(**after)
    library.fault("unit-attention 29/00")
    with library.open() as opened:
        asked = ask(opened)
    assert asked[0] is not None and asked[1]
    with library.counting() as counted, library.open() as opened:
        assert ask(opened) == asked
    assert counted[MODE_SENSE] == 1, "page 1Dh alone"


def ask(library: Library) -> tuple[object, list[str | None]]:
    """The moves of mode page 1Fh, and the drives' serial numbers."""
    assignment = library.reader.assignment()
    page = library.reader.device_capabilities(assignment)
    drives = library.reader.drive_identifiers(assignment) or []
    serials = [each.identifier.serial for each in drives if each.identifier]
    return page and page.moves, serials
