"""START and STOP, and what is queued: operations that go on after the function has answered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from cleaning.cleaner_library import CleanerLibrary

from changer import ntms
from changer.cleaning.insert import MOST_CLEANS
from changer.library.settings import LibrarySettings

from .person import hold, join_operations

CLEANER = "CLN002CU"


def session(virtual: CleanerLibrary, **settings: Any) -> ntms.NtmsSession:
    return ntms.NtmsSession(lambda: virtual.request(settings=LibrarySettings(**settings)))


def last(virtual: CleanerLibrary) -> dict[str, Any]:
    return virtual.rows("operations")[-1]


def outcome(virtual: CleanerLibrary) -> tuple[str, str, int]:
    row = last(virtual)
    return row["kind"], row["state"], row["result_code"]


@pytest.fixture
def reserved(demo: CleanerLibrary) -> CleanerLibrary:
    """Slot 4 is reserved, and no cleaner is anywhere."""
    demo.empty_mail()
    demo.reserve("4")
    return demo


@pytest.fixture
def with_cleaner(reserved: CleanerLibrary) -> CleanerLibrary:
    """CLN002CU lies in slot 4, with 20 cleans left."""
    reserved.operate(f"insert {CLEANER} 4", noticed=False)
    reserved.know_cleaner(CLEANER, 20)
    return reserved


START, STOP = ntms.NTMS_INJECT_START, ntms.NTMS_INJECT_STOP


class Begun:
    """A function that START has begun, and that waits for a person."""

    def __init__(self, library: CleanerLibrary, function: str = "inject") -> None:
        self.function, self.guid = function, ntms.library_guid(library.id)
        self.clock, self.operation = hold(library), ntms.NtmsOperation()
        self.session = session(library)
        assert self.call(START) == ntms.ERROR_SUCCESS

    def call(
        self,
        action: int,
        *,
        session: ntms.NtmsSession | None = None,
        operation: ntms.NtmsOperation | None = None,
    ) -> int:
        session, operation = session or self.session, operation or self.operation
        if self.function == "inject":
            return ntms.InjectNtmsCleaner(session, str(self.guid), operation, 17, action)
        return ntms.EjectNtmsCleaner(session, self.guid, operation, action)


def test_inject_answers_while_a_person_is_waited_for_and_brings_in_what_comes(
    reserved: CleanerLibrary,
) -> None:
    begun = Begun(reserved)
    assert ntms.CloseNtmsSession(begun.session) == ntms.ERROR_SUCCESS  # it goes on
    with begun.clock.while_it_waits():
        assert isinstance(begun.operation.id, UUID)
        row = last(reserved)
        assert (row["state"], row["id"]) == ("waiting", str(begun.operation.id))
        reserved.operate(f"put {CLEANER} mail:2")
    assert outcome(reserved) == ("insert", "completed", 0)
    assert reserved.tag_at("4") == CLEANER
    (cleaner,) = reserved.rows("cleaners")
    assert (cleaner["volume_tag"], cleaner["cleans_left"]) == (CLEANER, 17)


def test_eject_answers_while_a_person_is_waited_for_and_records_what_is_taken(
    with_cleaner: CleanerLibrary,
) -> None:
    with Begun(with_cleaner, "eject").clock.while_it_waits():
        assert with_cleaner.place_of(CLEANER) == "mail:1"
        with_cleaner.operate("take mail:1")
    assert outcome(with_cleaner) == ("eject", "completed", 0)
    (away,) = with_cleaner.rows("cleaners")
    assert (away["volume_tag"], away["slot_address"]) == (CLEANER, None)
    assert with_cleaner.reserved == 1004


def test_inject_without_mail_slots_goes_through_the_door(folder: Any) -> None:
    bare = CleanerLibrary(folder, "bare", volume_tags="reported", cleaner_medium_type=True)
    bare.reserve("6")
    with Begun(bare).clock.while_it_waits():
        bare.operate(f"insert {CLEANER} 6")
    assert outcome(bare) == ("insert", "completed", 0)


@pytest.mark.parametrize("function", ["inject", "eject"])
def test_stop_ends_the_wait_before_its_time(with_cleaner: CleanerLibrary, function: str) -> None:
    if function == "inject":
        with_cleaner.operate("remove 4", noticed=False)
        with_cleaner.execute("DELETE FROM cleaners")
    begun = Begun(with_cleaner, function)
    with begun.clock.while_it_waits():
        assert begun.call(STOP) == ntms.ERROR_SUCCESS
    assert begun.call(STOP) == ntms.ERROR_INVALID_OPERATION
    assert outcome(with_cleaner)[1:] == ("cancelled", ntms.ERROR_CANCELLED)
    assert with_cleaner.reserved == 1004


def test_stop_of_one_function_does_not_end_another_one(with_cleaner: CleanerLibrary) -> None:
    begun = Begun(with_cleaner, "eject")
    with begun.clock.while_it_waits():
        stopped = ntms.InjectNtmsCleaner(begun.session, begun.guid, begun.operation, 17, STOP)
        assert stopped == ntms.ERROR_INVALID_OPERATION
        assert last(with_cleaner)["stop_requested_at"] is None
        assert begun.call(STOP) == ntms.ERROR_SUCCESS
    assert outcome(with_cleaner) == ("eject", "cancelled", ntms.ERROR_CANCELLED)


def test_stop_ends_a_wait_while_the_door_is_open(reserved: CleanerLibrary) -> None:
    begun = Begun(reserved)
    with begun.clock.while_it_waits():
        reserved.fault("door open")
        assert begun.call(STOP) == ntms.ERROR_SUCCESS
    assert outcome(reserved) == ("insert", "cancelled", ntms.ERROR_CANCELLED)


@pytest.mark.parametrize("fault", ["sense 02/04/01 on 1A", "busy on 1A"])
def test_stop_does_not_wait_for_a_library_that_can_not_answer(
    reserved: CleanerLibrary, fault: str
) -> None:
    begun = Begun(reserved)
    with begun.clock.while_it_waits():
        reserved.fault(fault)
        before = begun.clock.monotonic()
        assert begun.call(STOP) == ntms.ERROR_LIBRARY_OFFLINE
        assert begun.clock.monotonic() == before
        reserved.fault("clear")
        assert begun.call(STOP) == ntms.ERROR_SUCCESS


def test_another_session_stops_it_by_its_identifier_as_text(reserved: CleanerLibrary) -> None:
    begun, other = Begun(reserved), session(reserved)
    named = ntms.NtmsOperation(f"{{{begun.operation.id}}}")
    with begun.clock.while_it_waits():
        assert begun.call(STOP, session=other, operation=named) == ntms.ERROR_SUCCESS
    assert outcome(reserved) == ("insert", "cancelled", ntms.ERROR_CANCELLED)


@pytest.mark.parametrize("number", [True, "17", 17.0, None, -1, MOST_CLEANS + 1])
def test_what_is_not_a_number_of_cleanings_begins_nothing(
    reserved: CleanerLibrary, number: Any
) -> None:
    """Whatever the library is."""
    opened = session(reserved)
    for library in map(ntms.library_guid, (reserved.id, "NO_SUCH_LIBRARY")):
        code = ntms.InjectNtmsCleaner(opened, library, ntms.NtmsOperation(), number, START)
        assert code == ntms.ERROR_INVALID_PARAMETER
    assert [each["kind"] for each in reserved.rows("operations")] == ["reserve"]


def test_nobody_comes_in_time(reserved: CleanerLibrary) -> None:
    opened = session(reserved, operator_timeout_seconds=60.0)
    library, operation = ntms.library_guid(reserved.id), ntms.NtmsOperation()
    assert ntms.InjectNtmsCleaner(opened, library, operation, 17, START) == ntms.ERROR_SUCCESS
    join_operations()
    assert outcome(reserved) == ("insert", "failed", ntms.ERROR_TIMEOUT)


def test_clean_is_queued_and_counted(with_cleaner: CleanerLibrary) -> None:
    drive = ntms.drive_guid(with_cleaner.id, with_cleaner.address_of("drive:1"))
    assert ntms.CleanNtmsDrive(session(with_cleaner), drive) == ntms.ERROR_SUCCESS
    join_operations()
    assert outcome(with_cleaner) == ("clean", "completed", 0)
    assert last(with_cleaner)["drive_address"] == with_cleaner.address_of("drive:1")
    (cleaner,) = with_cleaner.rows("cleaners")
    assert cleaner["cleans_left"] == 19
    assert with_cleaner.tag_at("4") == CLEANER


def test_clean_that_fails_later_says_so_in_its_operation(with_cleaner: CleanerLibrary) -> None:
    with_cleaner.fault("cleaning-fails drive:0 error")
    drive = ntms.drive_guid(with_cleaner.id, with_cleaner.address_of("drive:0"))
    assert ntms.CleanNtmsDrive(session(with_cleaner), drive) == ntms.ERROR_SUCCESS
    join_operations()
    assert outcome(with_cleaner) == ("clean", "failed", ntms.ERROR_UNABLE_TO_CLEAN)


def test_stop_is_refused_for_what_it_does_not_mean(with_cleaner: CleanerLibrary) -> None:
    with with_cleaner.store() as store:
        begun = store.begin_operation(with_cleaner.id, "eject")
        store.set_waiting(begun.id, waiting_for="take the cartridge out")
    guid, eject = ntms.library_guid(with_cleaner.id), ntms.NtmsOperation(begun.id)
    unknown = ntms.NtmsOperation("11111111-2222-3333-4444-555555555555")
    enabled, disabled = session(with_cleaner), session(with_cleaner, enabled=False)
    assert [
        ntms.EjectNtmsCleaner(disabled, guid, eject, STOP),
        ntms.EjectNtmsCleaner(enabled, guid, unknown, STOP),
        ntms.InjectNtmsCleaner(enabled, guid, eject, 17, STOP),
    ] == [4309, 4312, 4317]
    assert last(with_cleaner)["stop_requested_at"] is None
    assert ntms.EjectNtmsCleaner(enabled, guid, eject, STOP) == 0
    assert last(with_cleaner)["stop_requested_at"] is not None
