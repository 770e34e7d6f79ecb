"""Long functions in a thread of their own: started, waited for, stopped."""

from __future__ import annotations

import threading

import pytest
from driver.virtual_library import VirtualLibrary
from ntms.person import hold, join_operations

from changer.api import StartedOperation, TapeLibrary
from changer.errors import (
    DeviceNotAvailable,
    LibraryDisabled,
    NoSlotSet,
    NoSuchDrive,
    OperationNotStoppable,
    OperationStopped,
    UnableToClean,
    UsageError,
)
from changer.journal.operations import Callbacks

CLEANER = "CLN001CU"


def test_cleaning_is_started_and_waited_for(cleaning: TapeLibrary) -> None:
    started = cleaning.start_clean(1)
    cleaned = started.wait()
    assert started.is_done
    assert (cleaned.operation_id, cleaned.drive, cleaned.cleans_left) == (started.id, 1, 19)
    assert started.wait() == cleaned
    assert cleaning.operations(limit=1)[0].id == started.id


def test_error_of_a_started_operation_is_raised_by_wait(
    cleaning: TapeLibrary, demo: VirtualLibrary
) -> None:
    demo.fault("cleaning-fails drive:0 error")
    started = cleaning.start_clean("drive:0")
    for _ in range(2):
        with pytest.raises(UnableToClean):
            started.wait()
    with pytest.raises(OperationNotStoppable):
        started.stop()


def test_refusal_of_an_operation_is_raised_by_wait(library: TapeLibrary) -> None:
    started = library.start_clean(0)
    with pytest.raises(NoSlotSet):
        started.wait()
    assert library.operations(limit=1)[0].id == started.id


def test_what_is_no_operation_yet_is_raised_by_start(
    library: TapeLibrary, demo: VirtualLibrary
) -> None:
    with pytest.raises(NoSuchDrive):
        library.start_clean(7)
    with pytest.raises(UsageError):
        library.start_clean("mail:1")
    for act in (
        lambda: library.start_clean(0, cleaner="mail:1"),
        lambda: library.cleaner.start_eject("drive:0"),
        lambda: library.cleaner.start_insert(slot="picker"),
    ):
        with pytest.raises(UsageError, match="is not a slot"):
            act()
    with pytest.raises(UsageError):
        library.cleaner.start_insert(cleans_left=-1)
    assert library.operations() == ()


def test_disabled_library_is_no_operation_either(demo: VirtualLibrary) -> None:
    from changer.library.settings import LibrarySettings

    with (
        TapeLibrary(demo.request(settings=LibrarySettings(enabled=False))) as library,
        pytest.raises(LibraryDisabled),
    ):
        library.cleaner.start_eject()


def test_another_library_at_the_same_device_is_refused(
    library: TapeLibrary, demo: VirtualLibrary
) -> None:
    demo.become_another_library()
    with pytest.raises(DeviceNotAvailable):
        library.cleaner.start_eject()


def test_insert_waits_for_a_person_and_gives_what_came(
    library: TapeLibrary, demo: VirtualLibrary
) -> None:
    demo.operate("take mail:1")
    library.cleaner.reserve(4)
    clock = hold(demo)
    with TapeLibrary(demo.request()) as opened:
        started = opened.cleaner.start_insert(cleans_left=5)
        with clock.while_it_waits():
            assert not started.is_done
            with pytest.raises(TimeoutError, match=started.id):
                started.wait(0.0)
            demo.operate("put CLN007CU mail:2")
    inserted = started.wait()
    assert (inserted.slot, inserted.volume_tag, inserted.cleans_left) == (4, "CLN007CU", 5)


def test_eject_waits_for_a_person(cleaning: TapeLibrary, demo: VirtualLibrary) -> None:
    clock = hold(demo)
    with TapeLibrary(demo.request()) as opened:
        started = opened.cleaner.start_eject()
        with clock.while_it_waits():
            demo.operate(f"take {CLEANER}")
    assert started.wait().volume_tag == CLEANER
    assert cleaning.operations(limit=1)[0].state == "completed"


@pytest.mark.parametrize("way", ["operation", "library"])
def test_started_operation_is_stopped(library: TapeLibrary, demo: VirtualLibrary, way: str) -> None:
    demo.operate("take mail:1")
    library.cleaner.reserve(4)
    clock = hold(demo)
    with TapeLibrary(demo.request()) as opened:
        started = opened.cleaner.start_insert(cleans_left=5)
        with clock.while_it_waits():
            if way == "operation":
                started.stop()
            else:
                library.stop(started.id)
    with pytest.raises(OperationStopped):
        started.wait()
    assert library.operations(limit=1)[0].state == "cancelled"
    join_operations()


def test_operation_that_has_no_id_yet_can_not_be_stopped() -> None:
    asked: list[str] = []
    may_end = threading.Event()
    started = StartedOperation("library", lambda _: may_end.wait(60), asked.append)
    for ask in (lambda: started.id, started.stop):
        with pytest.raises(RuntimeError, match="no id yet"):
            ask()
    may_end.set()
    assert started.wait(60) and asked == []


@pytest.mark.parametrize(
    ("error", "reported"), [(NoSlotSet("none is"), []), (ZeroDivisionError(), [ZeroDivisionError])]
)
def test_bug_in_a_started_operation_is_reported_by_its_thread_as_well(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reported: list[type[Exception]]
) -> None:
    """Its caller may never wait for it."""
    seen: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda hooked: seen.append(hooked.exc_type))

    def fail(_: Callbacks) -> None:
        raise error

    started = StartedOperation("library", fail, lambda _: None)
    with pytest.raises(type(error)):
        started.wait(60)
    assert seen == reported
