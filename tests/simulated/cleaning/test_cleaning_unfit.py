"""A cleaner after which two drives still ask for cleaning is rejected; one drive proves nothing."""

from __future__ import annotations

import pytest
from driver.virtual_library import MOVE_MEDIUM

from changer.cleaning.by_itself import may_clean_by_itself
from changer.cleaning.clean_requested import clean_requested
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import reserve
from changer.drives.cleaning_requests import cleaning_requests
from changer.errors import ChangerError, InvalidCleaner, NtmsResult, UnableToClean
from changer.library.addressing import parse_place
from changer.store.records import Cleaner

from .cleaner_library import CleanerLibrary, refusal
from .conftest import MakeCleanerLibrary

FAILED = NtmsResult("ERROR_UNABLE_TO_CLEAN", 0)
FIRST, SECOND = "CLN001CU", "CLN002CU"
SLOTS = {FIRST: "17", SECOND: "18"}


@pytest.fixture
def library(make: MakeCleanerLibrary) -> CleanerLibrary:
    """Three drives, and two cleaners in reserved slots."""
    library = make(
        drives=3,
        slots=20,
        data_cartridges=4,
        cleaners=2,
        cleaner_in_mail=False,
        cleaning_seconds=6,
        drive_load_seconds=1,
    )
    with library.open() as opened:
        for label, slot in SLOTS.items():
            reserve(opened, parse_place(slot))
            request = InsertionRequest(slot=parse_place(slot), source=parse_place(label))
            insert(opened, request)
    return library


def on_record(library: CleanerLibrary, label: str = FIRST) -> Cleaner:
    with library.store() as store:
        return next(each for each in store.cleaners(library.id) if each.volume_tag == label)


def clean(
    library: CleanerLibrary, drive: int, *, cleaner: str = FIRST, fault: str = "in-vain"
) -> ChangerError | None:
    """Clean a drive that asks for it; ``fault``: how that goes wrong, empty if it does not."""
    library.clock.sleep(60)
    library.fault(f"wants-cleaning drive:{drive}")
    if fault:
        library.fault(f"cleaning-fails drive:{drive} {fault}")
    try:
        library.clean(f"drive:{drive}", cleaner=parse_place(SLOTS[cleaner]))
    except ChangerError as error:
        return error
    return None


@pytest.mark.parametrize("fault", ["in-vain", "error"])
def test_cleaner_after_which_a_second_drive_still_asks_is_rejected_with_both_named(
    library: CleanerLibrary, fault: str
) -> None:
    first = clean(library, 0, fault=fault)
    assert isinstance(first, UnableToClean)
    assert FIRST not in first.message, "one drive proves nothing"
    assert on_record(library).condition == "usable"
    second = clean(library, 1, fault=fault)
    assert isinstance(second, UnableToClean)
    cleaner = on_record(library)
    assert (cleaner.condition, cleaner.cleans_left, cleaner.uses) == ("rejected", 48, 2)
    assert cleaner.why is not None and cleaner.why in second.message
    assert cleaner.why.startswith("drive 0 still asked for cleaning after it at ")
    assert cleaner.why.endswith(", and so does drive 1 now")
    assert second.hint == "changer cleaner eject 17, then changer cleaner insert with a new one"
    assert library.tag_at(SLOTS[FIRST]) == FIRST


def test_rejected_cleaner_is_not_used_again_and_the_other_one_is(library: CleanerLibrary) -> None:
    clean(library, 0)
    clean(library, 1)
    moves = library.commands[MOVE_MEDIUM]
    error = clean(library, 2, fault="")
    assert isinstance(error, InvalidCleaner)
    assert "drive 0 still asked" in error.message
    assert library.commands[MOVE_MEDIUM] == moves
    assert library.clean("drive:2").volume_tag == SECOND
    assert on_record(library, SECOND).condition == "usable"


def test_one_drive_that_still_asks_after_two_cleaners_wants_service_and_both_stay(
    library: CleanerLibrary,
) -> None:
    clean(library, 0, cleaner=FIRST)
    clean(library, 0, cleaner=SECOND)
    with library.open() as opened:
        assert not may_clean_by_itself(opened, cleaning_requests(opened)[0])
    assert f"drive 0 of {library.id} needs service: " in library.told("drive-service")[-1]
    clean(library, 1, cleaner=FIRST)
    assert on_record(library, FIRST).condition == on_record(library, SECOND).condition == "usable"
    clean(library, 2, cleaner=FIRST)
    why = on_record(library, FIRST).why
    assert why is not None and "drive 1 still asked" in why and "drive 2" in why


def test_cleaner_that_has_cleaned_since_stays(library: CleanerLibrary) -> None:
    clean(library, 0)
    assert clean(library, 2, fault="") is None
    clean(library, 1)
    assert on_record(library).condition == "usable"


def test_drive_that_did_not_ask_before_says_nothing(library: CleanerLibrary) -> None:
    clean(library, 0)
    library.fault("cleaning-fails drive:1 error")
    assert refusal(lambda: library.clean("drive:1", cleaner=parse_place("17"))).code == (
        "unable-to-clean"
    )
    assert on_record(library).condition == "usable"


def test_drive_that_keeps_the_cleaner_says_nothing(library: CleanerLibrary) -> None:
    clean(library, 0)
    error = clean(library, 1, fault="endless")
    assert error is not None and "keeps the cleaner" in error.message
    assert on_record(library).condition == "usable"


def test_what_a_drive_said_is_kept_through_eject_and_insert(library: CleanerLibrary) -> None:
    clean(library, 0)
    library.later(5, f"take {FIRST}")
    library.eject(place=parse_place("17"))
    library.operate(f"put {FIRST} mail:1", noticed=False)
    library.insert("mail:1")
    clean(library, 1)
    assert on_record(library).condition == "rejected"


def test_a_person_who_says_how_often_it_cleans_begins_anew(library: CleanerLibrary) -> None:
    clean(library, 0)
    library.insert("17", cleans_left=49)
    clean(library, 1)
    assert on_record(library).condition == "usable"


def test_refusal_names_the_rejected_one_beside_the_others(library: CleanerLibrary) -> None:
    """Each on a line of its own."""
    clean(library, 0)
    clean(library, 1)
    with library.store() as store:
        begun = store.begin_operation(library.id, "clean", slot_address=1018)
        store.count_use(begun.id, spent=True, why="drive 2: it is used up")
        store.finish_operation(begun.id, state="failed", result=FAILED, message=None)
    error = refusal(lambda: library.clean("drive:2"))
    first, *each = error.lines
    assert first == "no cleaning cartridge can be used:"
    assert [line.partition(" in slot ")[0].split()[-1] for line in each] == [FIRST, SECOND]
    assert error.message == " ".join([first, "; ".join(line.strip() for line in each)])


def test_drive_that_rejects_a_cleaner_is_given_the_next_one_and_that_is_said(
    library: CleanerLibrary,
) -> None:
    library.fault("wants-cleaning drive:0")
    library.fault("cleaning-fails drive:0 invalid")
    with library.open() as opened:
        clean_requested(opened)
    (warning,) = [each for each in library.warnings if each.endswith("another cleaner is tried")]
    assert warning.startswith("drive 0 was not cleaned: ")
