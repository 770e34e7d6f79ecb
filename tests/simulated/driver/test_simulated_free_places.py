"""``mail`` and ``slot`` as destinations: the first place that is free, and what is passed over."""

from __future__ import annotations

from changer.errors import InvalidSlot, MailSlotsFull, MoveNotAllowed, NoFreeElement, UsageError
from changer.library.addressing import parse_destination, parse_place
from changer.library.library import Library
from changer.library.settings import LibrarySettings
from changer.moves.execute import exchange, move, unload

from .conftest import MakeLibrary
from .virtual_library import VirtualLibrary, error_of


def moved(
    library: VirtualLibrary, source: str, destination: str, *, export_slots: range = range(0)
) -> str:
    """Where a cartridge of that source went."""
    with library.open(settings=LibrarySettings(export_slots=export_slots)) as opened:
        result = move(opened, parse_place(source), parse_destination(destination))
    tag = library.tag_at(str(result.destination))
    assert tag is not None and result.volume_tag in (None, tag)
    return str(result.destination)


def refused(
    library: VirtualLibrary, source: str, destination: str, *, export_slots: range = range(0)
) -> object:
    def run() -> None:
        moved(library, source, destination, export_slots=export_slots)

    return error_of(run)


def test_the_first_empty_slot_and_mail_slot_are_taken(demo: VirtualLibrary) -> None:
    assert moved(demo, "1", "mail") == "mail:2"
    assert moved(demo, "mail:2", "slot") == "1"
    assert moved(demo, "A00002L8", "SLOT") == "4"


def test_a_slot_that_is_reserved_claimed_or_not_there_is_passed_over(demo: VirtualLibrary) -> None:
    demo.reserve("4")
    with demo.open() as opened:
        cleaning = opened.store.begin_operation(opened.id, "clean", mark=None)
        opened.store.claim(cleaning.id, demo.address_of("6"))
    demo.fault("element 9 access=0")
    demo.fault("element 10 listed=0")
    assert moved(demo, "1", "slot") == "11"


def test_the_slot_of_what_is_in_a_drive_is_taken_last(demo: VirtualLibrary) -> None:
    demo.move_behind_our_back("1", "drive:0")
    assert moved(demo, "mail:1", "slot") == "4"
    for each in ("6", "9", "10", "11", "12"):
        demo.operate(f"insert B{each:0>5}L8 {each}", noticed=False)
    demo.operate("put B00001L8 mail:1", noticed=False)
    assert moved(demo, "mail:1", "slot") == "1"


def test_a_drive_is_unloaded_to_the_first_that_is_free(demo: VirtualLibrary) -> None:
    demo.move_behind_our_back("5", "drive:0")
    with demo.open() as opened:
        unloaded = unload(opened, parse_place("drive:0"), parse_destination("slot"))
    assert str(unloaded.destination) == "4"


def test_none_free_is_refused_and_nothing_moves(demo: VirtualLibrary) -> None:
    demo.operate("put B00001L8 mail:2", noticed=False)
    for each in ("4", "6", "9", "10", "11", "12"):
        demo.operate(f"insert B{each:0>5}L8 {each}", noticed=False)
    before = demo.everything_that_matters()
    assert isinstance(refused(demo, "1", "mail"), MailSlotsFull)
    assert isinstance(refused(demo, "mail:1", "slot"), NoFreeElement)
    assert demo.everything_that_matters() == before


def test_a_mail_slot_that_cannot_be_reached_is_not_chosen(make_library: MakeLibrary) -> None:
    """Mode page 1Fh: cartridges come to this library's mail slots from slots alone."""
    library = make_library("exabyte")
    library.move_behind_our_back("1", "drive:0")
    with library.open() as opened:
        error = error_of(lambda: unload(opened, parse_place("drive:0"), parse_destination("mail")))
    assert isinstance(error, MoveNotAllowed) and "mode page 1Fh" in error.message


# A library without mail slots


def test_a_library_without_mail_slots_has_none_unless_its_settings_say_so(
    make_library: MakeLibrary,
) -> None:
    library = make_library("bare", slots=8, data_cartridges=2)
    error = refused(library, "1", "mail")
    assert isinstance(error, InvalidSlot) and "export_slots" in (error.hint or "")
    assert moved(library, "1", "mail", export_slots=range(7, 9)) == "7"
    assert moved(library, "7", "slot", export_slots=range(7, 9)) == "1"
    assert moved(library, "1", "mail", export_slots=range(7, 9)) == "7"
    assert moved(library, "2", "mail", export_slots=range(7, 9)) == "8"


def test_slots_that_act_as_mail_slots_are_not_free_slots(make_library: MakeLibrary) -> None:
    library = make_library("bare", slots=4, data_cartridges=2)
    error = refused(library, "1", "slot", export_slots=range(3, 5))
    assert isinstance(error, NoFreeElement)
    assert isinstance(refused(library, "1", "mail", export_slots=range(4, 6)), UsageError)


def test_export_slots_of_a_library_with_mail_slots_are_slots_like_others(
    demo: VirtualLibrary,
) -> None:
    assert moved(demo, "1", "mail", export_slots=range(4, 5)) == "mail:2"
    assert moved(demo, "2", "slot", export_slots=range(4, 5)) == "1"


def test_what_is_free_is_a_destination_alone(demo: VirtualLibrary) -> None:
    def run(opened: Library) -> None:
        exchange(opened, parse_place("1"), parse_destination("mail"))

    with demo.open() as opened:
        error = error_of(lambda: run(opened))
    assert isinstance(error, UsageError) and "the first free mail slot" in error.message
