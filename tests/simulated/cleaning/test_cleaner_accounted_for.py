"""A cleaner that the store knows and the library does not show: nothing is concluded from that."""

from __future__ import annotations

import pytest
from driver.acts import attempt
from driver.virtual_library import error_of

from changer.cleaning.recover import recover
from changer.cleaning.slot import release
from changer.errors import CartridgeOut, ChangerError, SlotNotPresent, SlotUnknown

from .cleaner_library import CLEANER, SLOT, CleanerLibrary
from .conftest import MakeCleanerLibrary
from .test_cleaning_settled import die

OTHER = "CLN009CU"
# Where it truly is, what the library says of that element, and how a message calls the element.
DRIVE, MAIL, SLOT_5 = ("drive:0", "drive 0"), ("mail:2", "mail slot 2"), ("11", "slot 11")
UNSEEN = {
    f"{name}: {words}": (place, name, words)
    for (place, name), every in {
        DRIVE: ("ed=1 full=0", "full=0 access=0", "listed=0", "83/02 full=0", "53/08 full=0"),
        MAIL: ("ed=1 full=0", "full=0 access=0", "listed=0", "83/02 full=0", "FE/ED full=0"),
        SLOT_5: ("ed=1 full=0", "full=0 access=0", "listed=0", "83/03 full=0", "3B/12 full=0"),
    }.items()
    for words in (*every, "30/03 full=0 access=0", "FE/EC full=0")
} | {
    f"picker: {words}": ("picker", "the picker", words)
    for words in ("listed=0", "ed=1 full=0", "53/08 full=0", "83/03 full=0", "FE/ED full=0")
}
# A drive that says that there is none, or plainly that it is empty: the cleaner is not in it.
TOLD = ["drive:1 3B/1A full=0", "drive:1 3B/1A ed=1 full=0 access=0", "drive:1 00/00", ""]


@pytest.fixture
def library(make: MakeCleanerLibrary) -> CleanerLibrary:
    """The cleaner with 40 cleanings left is on record for the reserved slot 4."""
    made = make(cleaners=0, drive_load_seconds=0)
    return made.with_cleaner(cleans=40)


def put_out_of_sight(library: CleanerLibrary, place: str, words: str) -> None:
    if place == "picker":
        library.fault("move-fails in-transport")
        library.move_behind_our_back(SLOT, "drive:1", fails=True)
        library.fault("clear move-fails")
    else:
        library.move_behind_our_back(SLOT, place)
    library.fault(f"element {place} {words}")


def take_out(library: CleanerLibrary) -> None:
    """A person does, by the mail slot."""
    library.move_behind_our_back(SLOT, "mail:2")
    library.operate("take mail:2", noticed=False)


def release_of(library: CleanerLibrary, *, cleaner_is_gone: bool = False) -> ChangerError | None:
    with library.open() as opened:
        return error_of(lambda: release(opened, cleaner_is_gone=cleaner_is_gone))


def is_kept(library: CleanerLibrary, tag: str = CLEANER) -> bool:
    cleaner = library.cleaner
    known = cleaner is not None and (cleaner.volume_tag or "", cleaner.cleans_left) == (tag, 40)
    return known and len(library.rows("reservations")) == 1


@pytest.mark.parametrize(("place", "name", "words"), UNSEEN.values(), ids=UNSEEN)
def test_release_is_refused_while_an_element_does_not_say_that_it_has_not_the_cleaner(
    library: CleanerLibrary, place: str, name: str, words: str
) -> None:
    put_out_of_sight(library, place, words)
    error = release_of(library)
    assert isinstance(error, SlotUnknown), error
    assert error.ntms is not None
    assert error.ntms.code == 4326
    # Of pickers and slots that are all left out, the type is named.
    assert name in error.message or f"{place}s" in error.message, error.message
    assert error.hint
    assert is_kept(library)


@pytest.mark.parametrize(("place", "name", "words"), UNSEEN.values(), ids=UNSEEN)
def test_a_killed_eject_is_not_settled_by_a_cleaner_that_is_out_of_sight(
    library: CleanerLibrary, place: str, name: str, words: str
) -> None:
    put_out_of_sight(library, place, words)
    die(library, "eject", "not-executed")
    attempt(library, "move 1 12")
    assert library.rows("operations")[-1]["state"] == "failed"
    assert is_kept(library)


@pytest.mark.parametrize(("place", "name", "words"), UNSEEN.values(), ids=UNSEEN)
def test_another_cleaner_does_not_take_the_place_of_one_that_is_out_of_sight(
    library: CleanerLibrary, place: str, name: str, words: str
) -> None:
    put_out_of_sight(library, place, words)
    library.operate(f"insert {OTHER} mail:1", noticed=False)
    assert isinstance(error_of(lambda: library.insert("mail:1", cleans_left=50)), SlotUnknown)
    assert is_kept(library)


@pytest.mark.parametrize(("place", "name", "words"), UNSEEN.values(), ids=UNSEEN)
def test_recovery_names_the_element_that_may_hold_the_cleaner(
    library: CleanerLibrary, place: str, name: str, words: str
) -> None:
    put_out_of_sight(library, place, words)
    with library.open() as opened:
        assert recover(opened).cleaners == ()
    (warning,) = library.warnings
    assert f"the cleaning cartridge {CLEANER} of slot {SLOT} may be in {name}: " in warning
    assert is_kept(library)


def test_recovery_says_nothing_of_a_cleaner_that_is_plainly_out(library: CleanerLibrary) -> None:
    take_out(library)
    with library.open() as opened:
        recover(opened)
    assert library.warnings == []


@pytest.mark.parametrize(
    ("fault", "hint"),
    [("drive:0 ed=1 full=0", "look at the library's panel"), ("11 ed=1 full=0", "magazine back")],
)
def test_refusal_says_what_would_help(library: CleanerLibrary, fault: str, hint: str) -> None:
    put_out_of_sight(library, *fault.split(" ", 1))
    error = release_of(library)
    assert error is not None and hint in (error.hint or "")
    assert "changer cleaner release 4 --cleaner-is-gone" in (error.hint or "")


@pytest.mark.parametrize(("place", "name", "words"), UNSEEN.values(), ids=UNSEEN)
def test_who_took_the_cleaner_out_says_so(
    library: CleanerLibrary, place: str, name: str, words: str
) -> None:
    put_out_of_sight(library, place, words)
    assert release_of(library, cleaner_is_gone=True) is None
    assert library.cleaner is None
    assert library.rows("reservations") == []


@pytest.mark.parametrize(
    ("place", "name", "words"),
    [row for row in UNSEEN.values() if row[0] != SLOT_5[0]],
    ids=[name for name, row in UNSEEN.items() if row[0] != SLOT_5[0]],
)
def test_release_is_refused_while_a_cleaner_without_a_label_is_out_of_sight(
    make: MakeCleanerLibrary, place: str, name: str, words: str
) -> None:
    library = make(cleaners=0, drive_load_seconds=0).with_cleaner("", cleans=40)
    put_out_of_sight(library, place, words)
    error = release_of(library)
    assert isinstance(error, SlotUnknown), error
    assert name in error.message or f"{place}s" in error.message, error.message
    assert is_kept(library, "")


@pytest.mark.parametrize("tag", [CLEANER, ""])
@pytest.mark.parametrize("place", [DRIVE, MAIL, SLOT_5], ids=lambda each: each[0])
def test_release_is_refused_while_a_cartridge_that_shows_nothing_may_be_the_cleaner(
    make: MakeCleanerLibrary, place: tuple[str, str], tag: str
) -> None:
    library = make(cleaners=0, medium_types=False, cleaner_medium_type=False, cleaner_sense=None)
    library.with_cleaner(tag, cleans=40)
    take_out(library)
    library.operate(f"insert - {place[0]}", noticed=False)
    error = release_of(library)
    if place == SLOT_5 and not tag:  # a slot full of tapes without labels would never be released
        assert error is None
        return
    assert isinstance(error, SlotUnknown | CartridgeOut), error
    assert place[1] in error.message
    assert is_kept(library, tag)


@pytest.mark.parametrize("words", TOLD)
def test_a_cleaner_that_was_taken_out_by_hand_is_forgotten_where_every_element_says_so(
    library: CleanerLibrary, words: str
) -> None:
    take_out(library)
    if words:
        library.fault(f"element {words}")
    assert release_of(library) is None
    assert library.cleaner is None


def test_a_killed_eject_is_settled_where_every_element_says_that_the_cleaner_is_out(
    library: CleanerLibrary,
) -> None:
    take_out(library)
    die(library, "eject", "not-executed")
    attempt(library, "move 1 12")
    assert library.cleaner is None


@pytest.mark.parametrize("place", ["mail:2", "11"])
def test_a_cleaner_that_is_seen_elsewhere_is_accounted_for(
    library: CleanerLibrary, place: str
) -> None:
    library.move_behind_our_back(SLOT, place)
    assert release_of(library) is None
    assert library.tag_at(place) == CLEANER
    where = place.replace("mail:", "mail slot ") if ":" in place else f"slot {place}"
    assert library.warnings == [
        f"the cleaning cartridge {CLEANER} is in {where} still, which is not a reserved slot"
    ]


@pytest.mark.parametrize("place", ["mail:2", "11"])
def test_one_of_its_label_elsewhere_does_not_account_for_what_a_drive_may_hold(
    library: CleanerLibrary, place: str
) -> None:
    put_out_of_sight(library, "drive:0", "ed=1 full=0")
    library.operate(f"insert {CLEANER} {place}", noticed=False)
    error = release_of(library)
    assert isinstance(error, SlotUnknown)
    assert "drive 0" in error.message
    assert is_kept(library)


def test_a_spare_of_its_label_from_another_slot_is_not_taken_for_it(
    library: CleanerLibrary,
) -> None:
    take_out(library)
    library.operate(f"insert {CLEANER} 11", noticed=False)
    library.move_behind_our_back("11", "drive:0")
    error = release_of(library)
    assert isinstance(error, SlotUnknown | CartridgeOut)
    assert "drive 0" in error.message
    assert is_kept(library)


@pytest.mark.parametrize("tells_media", [True, False])
def test_release_is_refused_for_a_cleaner_whose_label_a_drive_hides_wherever_it_came_from(
    make: MakeCleanerLibrary, tells_media: bool
) -> None:
    media = {"medium_types": tells_media, "cleaner_medium_type": tells_media}
    library = make(cleaners=0, drive_load_seconds=0, cleaner_sense=None, **media)
    library.with_cleaner(cleans=40).move_behind_our_back(SLOT, "11")
    library.move_behind_our_back("11", "drive:0")
    library.fault("unreadable drive:0")
    error = release_of(library)
    assert isinstance(error, SlotUnknown)
    assert "drive 0" in error.message
    assert is_kept(library)


def test_a_cleaner_whose_label_a_drive_hides_goes_back_to_its_slot(
    make: MakeCleanerLibrary,
) -> None:
    media = {"medium_types": False, "cleaner_medium_type": False, "cleaner_sense": None}
    library = make(cleaners=0, drive_load_seconds=0, ejects_cleaner=True, **media)
    library.with_cleaner(cleans=40).move_behind_our_back(SLOT, "drive:0")
    library.fault("unreadable drive:0")
    library.clock.sleep(600)
    assert attempt(library, f"move drive:0 {SLOT}").error is None
    assert library.tag_at(SLOT) == CLEANER
    assert is_kept(library)


def test_a_cartridge_that_is_brought_in_is_not_taken_for_the_one_that_is_gone(
    make: MakeCleanerLibrary,
) -> None:
    library = make(cleaners=0, medium_types=False).with_cleaner(cleans=40)
    take_out(library)
    library.operate("insert - mail:1", noticed=False)
    assert isinstance(release_of(library), SlotUnknown)  # it may be that one
    inserted = library.insert("mail:1", cleans_left=9, assume_cleaner=True)
    assert (inserted.volume_tag, inserted.cleans_left) == (None, 9)


def test_no_word_of_a_person_outranks_what_the_library_shows(library: CleanerLibrary) -> None:
    library.move_behind_our_back(SLOT, "drive:0")
    assert isinstance(release_of(library, cleaner_is_gone=True), CartridgeOut)
    library.fault("magazine-out 1")
    assert isinstance(release_of(library, cleaner_is_gone=True), SlotNotPresent)
    assert is_kept(library)


def test_without_a_cleaner_on_record_nothing_is_looked_for(make: MakeCleanerLibrary) -> None:
    library = make(cleaners=0)
    library.reserve(SLOT)
    library.fault("element 11 83/03 full=0")
    assert release_of(library) is None
