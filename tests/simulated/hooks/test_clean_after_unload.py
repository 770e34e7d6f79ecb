"""A drive that asks for it is cleaned after backup software has unloaded it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from cleaning.cleaner_library import CLEANER, SLOT, CleanerLibrary
from driver.virtual_library import NAME

from changer.errors import DeviceNotAvailable, NtmsResult
from changer.hooks.clean_after_unload import USUAL_SECONDS, clean_after_unload, cleaning_seconds
from changer.hooks.mtx.program import main as mtx
from changer.hooks.session import HookSession
from changer.library.drive_map import drive_identities
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.settings import CleaningOnTheWay, LibrarySettings
from changer.store.records import DriveIdentity, FinalState

from .daemon import TAPE, Daemon

AFTER_UNLOAD: Final = "after-unload"
IDLE: Final = "idle"


@pytest.fixture
def library(folder: Path) -> CleanerLibrary:
    """Drive 0 asks for cleaning, and a cleaner with 50 cleans left lies in the reserved slot."""
    library = CleanerLibrary(folder)
    library.empty_mail()
    library.with_cleaner()
    library.fault("wants-cleaning drive:0 required")
    return library


def drive_address(library: CleanerLibrary) -> int:
    with library.open() as opened:
        return opened.reader.assignment().data_transfer.first


def session(library: CleanerLibrary, opened: Library, seconds_left: float = 290.0) -> HookSession:
    return HookSession(opened, library.clock, library.clock.monotonic() + seconds_left)


def kept_wish(library: CleanerLibrary) -> object:
    """What the store keeps of drive 0's request."""
    condition = library.condition(0)
    return condition and condition["cleaning_request"]


def unloaded(
    library: CleanerLibrary, how: CleaningOnTheWay, *, seconds_left: float = 290.0
) -> None:
    """As a hook, after it emptied drive 0, with so much of its time left."""
    address = drive_address(library)
    with library.open(settings=LibrarySettings(cleaning_on_the_way=how)) as opened:
        hooked = session(library, opened, seconds_left)
        clean_after_unload(hooked, address)
        assert hooked.notes == []


def test_drive_that_asks_is_cleaned_at_once(library: CleanerLibrary) -> None:
    unloaded(library, AFTER_UNLOAD)
    assert library.cleans_left == 49
    assert library.places[SLOT] == CLEANER
    assert library.last.kind == "clean" and library.last.state == "completed"
    with library.store() as store:
        condition = store.drive_condition(library.truth.drives[0].serial)
    assert condition is not None and condition.cleaning_request is None and condition.cleanings == 1


def test_off_asks_the_drive_nothing(library: CleanerLibrary) -> None:
    library.fault("wants-cleaning drive:0 required")
    unloaded(library, "off")
    assert library.cleans_left == 50
    assert library.condition(0) is None


def test_idle_keeps_the_wish_for_the_timer(library: CleanerLibrary) -> None:
    unloaded(library, IDLE)
    assert library.cleans_left == 50
    assert kept_wish(library) == "required"
    assert library.announced == []


def test_drive_that_does_not_ask_is_left_alone(library: CleanerLibrary) -> None:
    library.fault("wants-cleaning drive:0 no")
    unloaded(library, AFTER_UNLOAD)
    assert library.cleans_left == 50


@pytest.mark.parametrize("seconds_left", [0.0, 10.0, USUAL_SECONDS - 1])
def test_without_enough_time_it_is_left_for_the_timer_and_said_so(
    library: CleanerLibrary, seconds_left: float
) -> None:
    unloaded(library, AFTER_UNLOAD, seconds_left=seconds_left)
    assert library.cleans_left == 50
    assert kept_wish(library) == "required"
    (said,) = library.announced
    assert "drive 0" in said and "changer clean --needed" in said


def test_library_that_cleans_fast_needs_less_time(library: CleanerLibrary) -> None:
    library.clean()
    with library.open() as opened:
        needed = cleaning_seconds(opened)
    assert 0 < needed < USUAL_SECONDS
    library.clock.sleep(13 * 3600)
    library.fault("wants-cleaning drive:0 required")
    unloaded(library, AFTER_UNLOAD, seconds_left=needed + 1)
    assert library.cleans_left == 48


def test_drive_that_asks_again_soon_is_left_to_service_and_the_host_is_told(
    library: CleanerLibrary,
) -> None:
    unloaded(library, AFTER_UNLOAD)
    library.clock.sleep(2 * 3600)
    library.fault("wants-cleaning drive:0 required")
    unloaded(library, AFTER_UNLOAD)
    assert library.cleans_left == 49
    assert kept_wish(library) == "required"
    (said,) = library.told("drive-service")
    assert f"drive 0 of {library.id} needs service" in said
    assert "cleaned 2 h ago" in said and "changer clean 0" in said
    library.clean()  # whoever names the drive is not held back
    assert library.cleans_left == 48


def test_slow_and_failed_cleanings_are_told_apart(library: CleanerLibrary) -> None:
    def operation(seconds: float, *, state: FinalState) -> None:
        with library.store() as store:
            begun = store.begin_operation(library.id, "clean")
            library.clock.sleep(seconds)
            store.finish_operation(
                begun.id, state=state, result=NtmsResult("ERROR_SUCCESS", 0), message=""
            )

    operation(400.0, state="completed")
    operation(90.0, state="completed")
    operation(900.0, state="failed")
    with library.open() as opened:
        assert cleaning_seconds(opened) == 400.0


def test_without_a_reserved_slot_no_refusal_is_left_behind(folder: Path) -> None:
    library = CleanerLibrary(folder)
    library.fault("wants-cleaning drive:0 required")
    unloaded(library, AFTER_UNLOAD)
    assert library.rows("operations") == []
    assert kept_wish(library) == "required"


def test_cleaner_that_is_used_up_is_not_moved(library: CleanerLibrary) -> None:
    library.know_cleaner(CLEANER, 0)
    before = len(library.rows("operations"))
    unloaded(library, AFTER_UNLOAD)
    assert len(library.rows("operations")) == before
    assert library.places[SLOT] == CLEANER


def test_cleaning_that_fails_is_told_to_the_host_and_not_to_the_caller(
    library: CleanerLibrary,
) -> None:
    library.fault("cleaning-fails drive:0 error")
    unloaded(library, AFTER_UNLOAD)
    assert any("no cleaning after the unload" in each for each in library.announced)
    assert library.places[SLOT] == CLEANER


def test_library_that_others_work_is_waited_for_no_longer_than_there_is_to_spare(
    library: CleanerLibrary,
) -> None:
    library.busy_later(0, until=10_000)
    library.clock.sleep(0.5)
    began = library.clock.monotonic()
    unloaded(library, AFTER_UNLOAD, seconds_left=USUAL_SECONDS + 20)
    assert library.clock.monotonic() - began <= 21
    assert library.cleans_left == 50
    assert any("no cleaning after the unload" in each for each in library.announced)
    library.clock.sleep(10_000)


def test_drive_of_another_host_is_left_alone(library: CleanerLibrary) -> None:
    def unreachable(number: int, identity: DriveIdentity | None) -> str:
        raise DeviceNotAvailable(f"no tape device of drive {number}")

    address = drive_address(library)
    with library.open(settings=LibrarySettings(cleaning_on_the_way=AFTER_UNLOAD)) as opened:
        opened.find_drive = unreachable
        clean_after_unload(session(library, opened), address)
        identities = drive_identities(opened, Inventory(opened.reader.assignment(), ()))
    assert address in identities
    assert library.cleans_left == 50


def test_library_that_is_gone_after_the_unload_raises_nothing(library: CleanerLibrary) -> None:
    address = drive_address(library)
    settings = LibrarySettings(cleaning_on_the_way=AFTER_UNLOAD)
    with library.open(settings=settings) as opened:
        library.fault("offline")
        clean_after_unload(session(library, opened), address)
    assert library.cleans_left == 50
    assert len(library.announced) == 1


# As a daemon or a script meets it

WISH = "wants-cleaning drive:0 required"


@pytest.fixture
def asking(daemon: Daemon) -> Daemon:
    """The drive asks for cleaning while it writes, and a cleaner lies in the reserved slot."""
    daemon.library.empty_mail()
    daemon.library.with_cleaner()
    daemon.configure('cleaning_on_the_way = "after-unload"')
    daemon.load(1)
    daemon.library.fault(WISH)
    return daemon


def test_daemon_gets_a_clean_drive_for_its_next_cartridge(asking: Daemon) -> None:
    assert asking.unload(1) == "Unloading drive 0 into Storage Element 1...done\n"
    assert asking.library.cleans_left == 49
    assert asking.library.places[SLOT] == CLEANER
    assert asking.loaded() == "0"
    asking.load(2)
    assert asking.loaded() == "2"
    asking.unload(2)
    assert asking.library.cleans_left == 49, "it asked once"


def test_caller_of_mtx_gets_it_too(asking: Daemon) -> None:
    answer = asking.answer_of(mtx, "-f", f"sim:{NAME}", "unload", "1", "0", name="changer-mtx")
    assert answer.status == 0
    assert answer.out == "Unloading drive 0 into Storage Element 1...done\n"
    assert answer.err == ""
    assert asking.library.cleans_left == 49
    assert asking.library.places[SLOT] == CLEANER


def test_daemon_is_told_of_its_unload_whatever_comes_of_the_cleaning(asking: Daemon) -> None:
    asking.library.fault("cleaning-fails drive:0 error")
    assert asking.unload(1) == "Unloading drive 0 into Storage Element 1...done\n"
    assert asking.library.places[SLOT] == CLEANER


def test_daemon_that_waits_too_short_a_time_gets_the_drive_as_it_is(asking: Daemon) -> None:
    asking.configure('cleaning_on_the_way = "after-unload"\nchanger_wait_seconds = 120')
    asking.unload(1)
    assert asking.library.cleans_left == 50
    assert kept_wish(asking.library) == "required"


def test_cleaner_that_a_killed_cleaning_left_in_the_drive_goes_home_as_any_cartridge(
    asking: Daemon,
) -> None:
    asking.library.interrupt_later(3)
    assert asking.run(f"sim:{NAME}", "unload", "1", TAPE, "0").status == 1
    assert asking.library.places["drive:0"] == CLEANER
    assert asking.library.cleans_left == 49
    asking.library.clock.sleep(600)
    assert asking.loaded() == SLOT
    asking.unload(int(SLOT))
    assert asking.library.places[SLOT] == CLEANER
    asking.load(2)
    assert asking.loaded() == "2"
