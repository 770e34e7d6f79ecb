"""Several drives and several cleaners: cleaned side by side, while others go on."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from driver.virtual_library import VirtualLibrary, error_of
from pytest_mock import MockerFixture
from waiting import wait_until

from changer.api import TapeLibrary
from changer.cleaning.clean_drive import clean
from changer.cleaning.clean_requested import RequestedCleaning, clean_requested
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.side_by_side import Ending, Work
from changer.cleaning.slot import reserve
from changer.drives.cleaning_requests import DriveCleaningRequest, cleaning_requests
from changer.errors import StoreUnreachable
from changer.host.clock import SystemClock
from changer.library.addressing import Numbering, parse_place
from changer.library.library import Library
from changer.library.opening import open_library
from changer.moves.execute import load, move, unload
from changer.simulator.drive_life import Phase
from changer.store.records import Move, Operation

from .cleaner_library import refusal

CLEANING_SECONDS = 1.0
SLOTS = ("17", "18")
CLEANERS = ("CLN001CU", "CLN002CU")


@pytest.fixture
def nine(tmp_path: Path) -> Iterator[VirtualLibrary]:
    """Nine drives, and two cleaners in reserved slots; time is the host's own."""
    library = VirtualLibrary(
        tmp_path,
        "demo",
        drives=9,
        slots=20,
        data_cartridges=4,
        cleaners=2,
        cleaner_in_mail=False,
        cleaning_seconds=CLEANING_SECONDS,
        drive_load_seconds=0.0,
        move_seconds=0.0,
    )
    library.clock = SystemClock()  # type: ignore[assignment]
    with library.open() as opened:
        for slot, label in zip(SLOTS, CLEANERS, strict=True):
            reserve(opened, parse_place(slot))
            insert(opened, InsertionRequest(slot=parse_place(slot), source=parse_place(label)))
    yield library


def request_cleaning(library: VirtualLibrary, *drives: int) -> None:
    for number in drives:
        library.fault(f"wants-cleaning drive:{number} required")


def clean_all(
    library: VirtualLibrary,
    *,
    wait_seconds: float = 30.0,
    warn: Callable[[str], None] = lambda _: None,
) -> tuple[RequestedCleaning, ...]:
    """As ``clean --needed`` does it: with as many threads as there are cleaners."""
    request = replace(library.request(), wait_seconds=wait_seconds, warn=warn)

    def open_another() -> Library:
        return open_library(replace(request, held=[]))

    with open_another() as opened:
        return clean_requested(opened, open_another=open_another)


def cleanings(library: VirtualLibrary) -> list[Operation]:
    with library.store() as store:
        found = store.operations(library.id)
        return [each for each in found if each.kind == "clean" and each.state == "completed"]


def at_once(done: list[Operation]) -> int:
    """How many were under way at one time, at most."""
    starts = [each.started_at for each in done]
    return max(sum(a.started_at <= at < (a.finished_at or 0) for a in done) for at in starts)


@pytest.mark.long
def test_eight_drives_are_cleaned_with_two_cleaners_while_a_ninth_is_used(
    nine: VirtualLibrary,
) -> None:
    request_cleaning(nine, *range(8))
    results: list[RequestedCleaning] = []
    thread = threading.Thread(target=lambda: results.extend(clean_all(nine)))
    thread.start()
    used: list[tuple[float, float]] = []
    with open_library(replace(nine.request(), wait_seconds=30.0, held=[])) as other:
        while thread.is_alive():
            began = time.time()
            load(other, parse_place("1"), parse_place("drive:8"))
            unload(other, parse_place("drive:8"), None)
            used.append((began, time.time()))
    thread.join()
    assert [each.error for each in results] == [None] * 8
    assert [each.cleaned for each in nine.truth.drives] == [1] * 8 + [0]
    done = cleanings(nine)
    assert at_once(done) == 2
    whole = [
        each
        for each in done
        if any(each.started_at < began and end < (each.finished_at or 0) for began, end in used)
    ]
    assert whole, "no load and unload came between the two moves of a cleaning"
    assert [nine.tag_at(slot) for slot in SLOTS] == list(CLEANERS)
    with nine.store() as store:
        assert sum(each.uses for each in store.cleaners(nine.id)) == 8
        assert store.claims(nine.id) == ()


def claimed(library: VirtualLibrary) -> set[int]:
    with library.store() as store:
        return {each.address for each in store.claims(library.id)}


def under_way(library: VirtualLibrary, drive: int) -> bool:
    return drive in claimed(library)


@pytest.mark.parametrize("wait_seconds", [0.0, 60.0])
def test_what_a_cleaning_needs_is_refused_by_name_or_waited_for(
    nine: VirtualLibrary, wait_seconds: float
) -> None:
    """The load waits as it did when the cleaning held the library's lock."""
    request_cleaning(nine, 0, 1)
    cleaner = threading.Thread(target=clean_all, args=(nine,))
    with open_library(replace(nine.request(), wait_seconds=wait_seconds, held=[])) as other:
        drive = Numbering(other.reader.assignment()).address_of(parse_place("drive:0"))
        cleaner.start()
        while not under_way(nine, drive):
            time.sleep(0.01)
        if wait_seconds:
            load(other, parse_place("1"), parse_place("drive:0"))
        else:
            codes = set()
            while under_way(nine, drive):
                for act in (
                    lambda: move(other, parse_place("drive:0"), parse_place("9")),
                    lambda: load(other, parse_place("1"), parse_place("drive:0")),
                ):
                    if under_way(nine, drive):
                        codes.add(error.code if (error := error_of(act)) else "moved")
            assert "being-cleaned" in codes
            assert codes <= {"being-cleaned", "library-busy", "source-empty", "moved"}
    cleaner.join()
    assert [each.cleaned for each in nine.truth.drives][:2] == [1, 1]
    with nine.store() as store:
        moves = [each for each in reversed(store.moves(nine.id)) if drive in ends(each)]
    kinds = ["cleaner" if each.volume_tag in CLEANERS else "data" for each in moves]
    assert kinds[:2] == ["cleaner", "cleaner"], "nothing came between its two moves"
    if wait_seconds:
        assert kinds[2:] == ["data"]


def test_cleaner_that_is_at_work_is_waited_for(nine: VirtualLibrary) -> None:
    with (
        TapeLibrary(replace(nine.request(), held=[])) as one,
        TapeLibrary(replace(nine.request(), wait_seconds=60.0, held=[])) as other,
    ):
        first = one.start_clean(0, cleaner=CLEANERS[0])
        while not claimed(nine):
            time.sleep(0.01)
        assert other.clean(1, cleaner=CLEANERS[0]).volume_tag == CLEANERS[0]
        assert first.wait(60).volume_tag == CLEANERS[0]
    assert at_once(cleanings(nine)) == 1
    with nine.store() as store:
        assert [each.uses for each in store.cleaners(nine.id)] == [2, 0]


def ends(made: Move) -> tuple[int, int]:
    return made.source_address, made.destination_address


def test_cleanings_side_by_side_wait_for_each_other_without_being_told_to(
    nine: VirtualLibrary,
) -> None:
    nine.fault("robot-delay 0.3")
    request_cleaning(nine, *range(4))
    results = clean_all(nine, wait_seconds=0.0)
    assert [each.error for each in results] == [None] * 4
    assert at_once(cleanings(nine)) == 2


def test_another_program_at_the_library_is_not_waited_for_unless_told_to(
    nine: VirtualLibrary,
) -> None:
    request_cleaning(nine, 0, 1)
    with open_library(replace(nine.request(), held=[])) as other, other.locked():
        busy = refusal(lambda: clean_all(nine, wait_seconds=0.0))
    assert busy.code == "library-busy"
    assert [each.cleaned for each in nine.truth.drives][:2] == [0, 0]


def test_drive_that_another_program_is_cleaning_is_left_to_it(nine: VirtualLibrary) -> None:
    request_cleaning(nine, 0, 1)
    nine.fault("cleaning-fails drive:0 endless")

    def clean_first() -> None:
        with open_library(replace(nine.request(), held=[])) as other:
            clean(other, parse_place("drive:0"))

    thread = threading.Thread(target=clean_first)
    thread.start()
    try:
        wait_until(lambda: nine.truth.drives[0].phase is Phase.CLEANING)
        results = clean_all(nine)
    finally:
        nine.fault("clear cleaning-fails")
        thread.join()
    assert [(each.request.number, each.error) for each in results] == [(1, None)]
    assert [each.cleaned for each in nine.truth.drives][:2] == [1, 1]


def test_interrupt_waits_for_every_cleaning_under_way_and_begins_no_other(
    nine: VirtualLibrary,
) -> None:
    request_cleaning(nine, 0, 1, 2)
    for number in (0, 1):
        nine.fault(f"cleaning-fails drive:{number} endless")
    warned, returned, seen = threading.Event(), threading.Event(), []

    def cleaned() -> list[int]:
        return [each.cleaned for each in nine.truth.drives][:3]

    def interrupt() -> None:
        wait_until(lambda: [each.phase for each in nine.truth.drives[:2]] == [Phase.CLEANING] * 2)
        os.kill(os.getpid(), signal.SIGINT)
        assert warned.wait(60)
        os.kill(os.getpid(), signal.SIGINT)  # people press it twice
        seen.append(returned.wait(1))
        nine.fault("clear cleaning-fails")

    def note(text: str) -> None:
        if text.startswith("interrupted"):
            warned.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            clean_all(nine, warn=note)
    finally:
        returned.set()
        thread.join()
    assert seen == [False]
    assert cleaned() == [1, 1, 0]
    assert [nine.tag_at(slot) for slot in SLOTS] == list(CLEANERS)
    assert [each.state for each in cleanings(nine)] == ["completed"] * 2


def test_interrupt_between_the_starts_of_two_threads_waits_for_the_first(
    nine: VirtualLibrary, mocker: MockerFixture
) -> None:
    request_cleaning(nine, 0, 1)
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        if thread.name == "clean 0":
            os.kill(os.getpid(), signal.SIGINT)

    mocker.patch.object(threading.Thread, "start", interrupted)
    warned: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        clean_all(nine, warn=warned.append)
    assert any(each.startswith("interrupted") for each in warned)
    assert claimed(nine) == set()
    assert [nine.tag_at(slot) for slot in SLOTS] == list(CLEANERS)


def test_caller_sleeps_while_drives_are_cleaned(nine: VirtualLibrary) -> None:
    request_cleaning(nine, 0, 1)
    calls = 0

    def count(_frame: FrameType, event: str, _function: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)  # of this thread
    try:
        clean_all(nine)
    finally:
        sys.setprofile(before)
    assert calls < 300_000, "a loop without a pause makes millions"


def test_thread_that_fails_lets_the_others_finish_and_begins_no_other_drive(
    nine: VirtualLibrary,
) -> None:
    request_cleaning(nine, 0, 1, 2)
    for number in range(3):
        nine.fault(f"cleaning-fails drive:{number} endless")
    request, one_at_a_time = replace(nine.request(), wait_seconds=30.0), threading.Lock()
    opened: list[Library] = []
    failing: list[threading.Thread] = []

    def open_another() -> Library:
        with one_at_a_time:
            if not opened:
                opened.append(open_library(replace(request, held=[])))
                return opened[0]
        wait_until(lambda: Phase.CLEANING in [each.phase for each in nine.truth.drives])
        failing.append(threading.current_thread())
        raise StoreUnreachable("the store is gone")

    def let_go() -> None:
        wait_until(lambda: failing != [])
        failing[0].join()
        nine.fault("clear cleaning-fails")

    thread = threading.Thread(target=let_go)
    thread.start()
    with open_library(replace(request, held=[])) as library, pytest.raises(StoreUnreachable):
        clean_requested(library, open_another=open_another)
    thread.join()
    assert sum(each.cleaned for each in nine.truth.drives) == 1
    assert [nine.tag_at(slot) for slot in SLOTS] == list(CLEANERS)


class StoppedWhileChosen(dict[int, Any]):
    """Families of drives: while the first one is looked up, another thread does ``stop``."""

    stop: Callable[[], None]
    stopping: threading.Thread | None = None

    def get(self, key: int, default: Any = None) -> Any:
        if self.stopping is None:
            self.stopping = threading.Thread(target=self.stop)
            self.stopping.start()
            self.stopping.join(0.2)  # it waits until the drive is chosen
        return default


def test_stop_while_a_drive_is_chosen_lets_that_one_be_cleaned_and_no_other(
    nine: VirtualLibrary,
) -> None:
    families = StoppedWhileChosen()

    def note(_: Library, drive: DriveCleaningRequest) -> Ending[int]:
        assert families.stopping is not None
        families.stopping.join()
        return Ending(drive.number)

    with nine.open() as library:
        work = Work(cleaning_requests(library), families, {}, note)
        families.stop = work.stop
        work.run(library)
    assert [number for _, number in work.done] == [0]


def test_drive_that_fails_unforeseen_is_an_error_and_no_other_is_begun(
    nine: VirtualLibrary,
) -> None:
    def fail(_: Library, drive: DriveCleaningRequest) -> Ending[int]:
        raise StoreUnreachable(f"the store is gone at drive {drive.number}")

    with nine.open() as library:
        work = Work(cleaning_requests(library), {}, {}, fail)
        with pytest.raises(StoreUnreachable) as failed:
            work.run(library)
        work.run(library)  # as the other threads do
    assert (work.error, work.done) == (failed.value, [])
    assert failed.value.message.endswith("drive 0")


def test_drive_waits_for_a_cleaner_of_its_family_and_lets_the_others_end(
    nine: VirtualLibrary,
) -> None:
    is_other_done, is_waited_for = threading.Event(), threading.Event()

    class Families(dict[int, Any]):
        def get(self, key: int, default: Any = None) -> Any:
            if key == second.address and is_other_done.is_set():
                is_waited_for.set()  # its family is at work
            return super().get(key, default)

    def note(_: Library, drive: DriveCleaningRequest) -> Ending[int]:
        if drive is first:
            assert is_waited_for.wait(60)
        if drive is other:
            is_other_done.set()
        return Ending(drive.number)

    with nine.open() as library:
        first, second, other, *_ = cleaning_requests(library)
        families = Families({first.address: "LTO", second.address: "LTO", other.address: "DLT"})
        capacity: dict[Any, int] = {"LTO": 1, "DLT": 1}
        work = Work((first, second, other), families, capacity, note)
        assert work.most_at_once == 2
        threads = [threading.Thread(target=work.run, args=(library,), daemon=True) for _ in "12"]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert not any(each.is_alive() for each in threads)
    assert sorted(number for _, number in work.done) == [0, 1, 2]
