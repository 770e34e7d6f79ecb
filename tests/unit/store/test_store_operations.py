"""Operations that wait and are stopped, uses that are counted once, conditions of drives."""

from __future__ import annotations

from pathlib import Path

import pytest
from clocks import HandClock
from on_record import primary_cleaner, primary_reservation

from changer.errors import NoLibrary, NoSlotReserved, NtmsResult, StoreFailed
from changer.host.processes import host_id, own_identity
from changer.store.protocol import Store

from .store_support import (
    LIBRARY,
    TAG,
    begin_clean,
    eject,
    in_processes,
    insert,
    opened,
    outcome_of,
    query,
    reserve,
)

FAILED = NtmsResult("ERROR_UNABLE_TO_CLEAN", 4311)
DRIVE, SLOT = "D0F00D000", 1004


def with_cleaner(store: Store, cleans_left: int | None = 5) -> None:
    reserve(store, SLOT)
    insert(store, SLOT, TAG, cleans_left)


def count_of(store: Store) -> tuple[str | None, int | None, int] | None:
    """Label, cleanings left, and uses of the cleaner that is at home."""
    known = primary_cleaner(store, LIBRARY)
    return known and (known.volume_tag, known.cleans_left, known.uses)


# Operations


def test_operation_names_its_process_and_its_host(store: Store) -> None:
    begun = store.begin_operation(LIBRARY, "clean")
    assert (begun.process_identity, begun.host_id) == (own_identity(), host_id())


def test_operation_is_found_by_its_id(store: Store) -> None:
    begun = store.begin_operation(LIBRARY, "insert")
    assert store.operation(begun.id) == begun
    assert store.operation("no such id") is None


def test_what_becomes_known_of_an_operation_is_added(store: Store) -> None:
    begun = store.begin_operation(LIBRARY, "insert", slot_address=0)
    store.describe_operation(begun.id, volume_tag=TAG, cleans_left=0)
    store.describe_operation(begun.id, drive_address=0)
    known = store.operation(begun.id)
    assert known is not None
    assert (known.slot_address, known.drive_address) == (0, 0)
    assert (known.volume_tag, known.cleans_left) == (TAG, 0)


def test_operation_that_has_ended_stays_as_it_is(store: Store) -> None:
    begun = store.begin_operation(LIBRARY, "insert")
    ended = store.finish_operation(begun.id, state="failed", result=FAILED, message="no")
    store.describe_operation(begun.id, volume_tag=TAG)
    store.set_waiting(begun.id, waiting_for="open the door")
    store.request_stop(begun.id)
    assert store.operation(begun.id) == ended


def test_operation_waits_and_goes_on(store: Store) -> None:
    begun = store.begin_operation(LIBRARY, "eject")
    store.set_waiting(begun.id, waiting_for="open the door")
    (waiting,) = store.unfinished_operations(LIBRARY)
    assert (waiting.state, waiting.message) == ("waiting", "open the door")
    store.set_waiting(begun.id, waiting_for=None)
    (going,) = store.unfinished_operations(LIBRARY)
    assert (going.state, going.message) == ("in-progress", None)


def test_stop_is_asked_for_once(store: Store, clock: HandClock) -> None:
    begun = store.begin_operation(LIBRARY, "eject")
    store.request_stop(begun.id)
    first = store.operation(begun.id)
    clock.sleep(10)
    store.request_stop(begun.id)
    assert first is not None and first.stop_requested_at is not None
    assert store.operation(begun.id) == first


def test_stop_of_another_process_is_seen(store: Store, path: Path) -> None:
    begun = store.begin_operation(LIBRARY, "eject")

    def stop(_: int) -> str:
        with opened(path) as other:
            return outcome_of(lambda: other.request_stop(begun.id))

    assert in_processes(1, stop) == ["done"]
    known = store.operation(begun.id)
    assert known is not None and known.stop_requested_at is not None


# The cleaner


def test_inserting_completes_the_operation(store: Store, clock: HandClock) -> None:
    with_cleaner(store, 0)
    known = primary_cleaner(store, LIBRARY)
    assert known is not None
    assert (known.volume_tag, known.family, known.cleans_left) == (TAG, "lto", 0)
    assert (known.uses, known.condition, known.why) == (0, "usable", None)
    assert (known.first_seen_at, known.last_used_at, known.left_at) == (clock.now(), None, None)
    (newest, _) = store.operations(LIBRARY)
    assert (newest.kind, newest.state, newest.slot_address) == ("insert", "completed", SLOT)


def test_cleaner_that_comes_in_takes_the_place_of_the_one_before(store: Store) -> None:
    with_cleaner(store)
    insert(store, SLOT, None, None)
    assert count_of(store) == (None, None, 0)


def test_nothing_is_inserted_without_a_reservation(store: Store) -> None:
    with pytest.raises(NoSlotReserved):
        insert(store, SLOT)
    assert store.cleaners(LIBRARY) == ()
    assert [each.kind for each in store.unfinished_operations(LIBRARY)] == ["insert"]


def test_ejecting_empties_the_slot_and_keeps_the_reservation(store: Store) -> None:
    with_cleaner(store)
    eject(store, SLOT)
    assert primary_cleaner(store, LIBRARY) is None
    assert primary_reservation(store, LIBRARY) is not None
    assert store.operations(LIBRARY)[0].state == "completed"


@pytest.mark.parametrize("function", ["insert_cleaner", "eject_cleaner"])
def test_operation_that_has_ended_changes_no_cleaner(store: Store, function: str) -> None:
    with_cleaner(store)
    begun = store.begin_operation(LIBRARY, "insert" if function == "insert_cleaner" else "eject")
    store.finish_operation(begun.id, state="cancelled", result=FAILED, message=None)
    with pytest.raises(StoreFailed):
        if function == "insert_cleaner":
            store.insert_cleaner(
                begun.id, slot_address=SLOT, volume_tag="CLN002CU", family=None, cleans_left=1
            )
        else:
            store.eject_cleaner(begun.id, slot_address=SLOT)
    assert count_of(store) == (TAG, 5, 0)


@pytest.mark.parametrize(
    ("before", "spent", "after"),
    [(5, False, 4), (1, False, 0), (0, False, 0), (None, False, None), (5, True, 0)],
)
def test_use_is_counted(
    store: Store, clock: HandClock, before: int | None, *, spent: bool, after: int | None
) -> None:
    with_cleaner(store, before)
    cleaner = store.count_use(begin_clean(store, SLOT), spent=spent)
    assert cleaner is not None and cleaner.last_used_at == clock.now()
    assert cleaner.condition == ("spent" if spent else "usable")
    assert cleaner == primary_cleaner(store, LIBRARY)
    assert count_of(store) == (TAG, after, 1)


def test_use_of_one_operation_is_counted_once(store: Store) -> None:
    with_cleaner(store)
    begun = begin_clean(store, SLOT)
    for _ in range(3):
        store.count_use(begun)
    store.finish_operation(begun, state="failed", result=FAILED, message=None)
    store.count_use(begun)
    cleaner = primary_cleaner(store, LIBRARY)
    assert cleaner is not None and cleaner.cleans_left == 4


def test_use_is_counted_once_by_processes_at_once(store: Store, path: Path) -> None:
    with_cleaner(store, 50)
    begun = begin_clean(store, SLOT)

    def count(_: int) -> str:
        with opened(path) as other:
            return outcome_of(lambda: other.count_use(begun))

    assert set(in_processes(8, count)) == {"done"}
    cleaner = primary_cleaner(store, LIBRARY)
    assert cleaner is not None and cleaner.cleans_left == 49


def test_use_that_turns_out_to_be_the_last_is_the_last(store: Store) -> None:
    """Counted when the cartridge went in; what the drive said came later."""
    with_cleaner(store)
    begun = begin_clean(store, SLOT)
    store.count_use(begun)
    cleaner = store.count_use(begun, spent=True, why="drive 0: it is expired")
    assert cleaner is not None
    assert (cleaner.cleans_left, cleaner.uses, cleaner.condition) == (0, 1, "spent")
    assert cleaner.why == "drive 0: it is expired"


def test_clean_that_did_not_use_the_cleaner_never_counts_a_use(store: Store) -> None:
    with_cleaner(store)
    begun = begin_clean(store, SLOT)
    store.count_no_use(begun)
    store.count_use(begun)
    assert count_of(store) == (TAG, 5, 0)


def test_use_without_a_cleaner_is_nobodys(store: Store) -> None:
    begun = store.begin_operation(LIBRARY, "clean")
    assert store.count_use(begun.id) is None


# Drives


def test_nothing_is_known_of_a_drive_at_first(store: Store) -> None:
    assert store.drive_condition(DRIVE) is None
    assert store.drive_conditions(LIBRARY) == store.drive_conditions(None) == ()


def test_what_a_drive_says_is_kept(store: Store, clock: HandClock) -> None:
    kept = store.note_drive(DRIVE, library_id=LIBRARY, cleaning_request="requested", flags=[21, 3])
    assert (kept.cleaning_request, kept.flags, kept.seen_at) == ("requested", "3,21", clock.now())
    assert kept.tape_alerts == {3, 21}
    assert store.drive_condition(DRIVE) == kept
    assert store.drive_conditions(LIBRARY) == (kept,)


def test_flags_are_added_and_the_wish_is_the_last_one(store: Store) -> None:
    store.note_drive(DRIVE, library_id=LIBRARY, cleaning_request="required", flags=[20])
    kept = store.note_drive(DRIVE, library_id=LIBRARY, cleaning_request=None, flags=[5])
    assert kept.cleaning_request is None
    assert kept.tape_alerts == {5, 20}


def test_cleaning_forgets_what_was_said_before(store: Store, clock: HandClock) -> None:
    store.note_drive(DRIVE, library_id=LIBRARY, cleaning_request="required", flags=[20])
    clock.sleep(5)
    for count in (1, 2):
        cleaned = store.drive_cleaned(DRIVE, library_id=LIBRARY)
        assert (cleaned.cleaning_request, cleaned.flags, cleaned.cleanings) == (None, "", count)
        assert cleaned.cleaned_at == clock.now()


def test_stand_alone_drive_belongs_to_no_library(store: Store) -> None:
    cleaned = store.drive_cleaned(DRIVE, library_id=None)
    assert store.drive_conditions(None) == (cleaned,)
    assert store.drive_conditions(LIBRARY) == ()


def test_drive_of_an_unknown_library_is_refused(store: Store) -> None:
    with pytest.raises(NoLibrary):
        store.note_drive(DRIVE, library_id="nobody", cleaning_request=None)
    assert store.drive_condition(DRIVE) is None


def test_drives_are_forgotten_with_their_library(store: Store) -> None:
    store.note_drive(DRIVE, library_id=LIBRARY, cleaning_request=None)
    store.drive_cleaned("OTHER", library_id=None)
    store.forget_library(LIBRARY)
    assert store.drive_condition(DRIVE) is None
    assert store.drive_condition("OTHER") is not None


def test_wish_that_does_not_exist_can_t_be_written(store: Store, path: Path) -> None:
    store.note_drive(DRIVE, library_id=LIBRARY, cleaning_request=None)
    with pytest.raises(Exception, match=r"(?i)check"):
        query(path, "UPDATE drive_conditions SET cleaning_request = 'badly'")
