"""Several drives and several cleaners: cleaned side by side, while others go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from driver.virtual_library import VirtualLibrary
from waiting import wait_until

from changer.cleaning.clean_drive import clean
from changer.cleaning.clean_requested import RequestedCleaning, clean_requested
from changer.cleaning.insert import InsertionRequest, insert
from changer.cleaning.slot import reserve
from changer.host.clock import SystemClock
from changer.library.addressing import Numbering, parse_place
from changer.library.library import Library
from changer.library.opening import open_library
from changer.moves.execute import load, move, unload
from changer.simulator.drive_life import Phase
from changer.store.records import Operation

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
    library: VirtualLibrary, *, wait_seconds: float = 30.0
) -> tuple[RequestedCleaning, ...]:
    """As ``clean --needed`` does it: with as many threads as there are cleaners."""
    request = replace(library.request(), wait_seconds=wait_seconds)

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


def test_what_a_cleaning_needs_is_refused_by_name(nine: VirtualLibrary) -> None:
    request_cleaning(nine, 0, 1)
    thread = threading.Thread(target=clean_all, args=(nine,))
    thread.start()
    codes = set()
    with open_library(replace(nine.request(), wait_seconds=30.0, held=[])) as other:
        drive = Numbering(other.reader.assignment()).address_of(parse_place("drive:0"))
        while thread.is_alive():
            with nine.store() as store:
                claimed = store.claims(nine.id)
            if drive not in {each.address for each in claimed}:
                time.sleep(0.01)
                continue
            taken = refusal(lambda: move(other, parse_place("drive:0"), parse_place("9")))
            filled = refusal(lambda: load(other, parse_place("1"), parse_place("drive:0")))
            codes |= {taken.code, filled.code}
            assert "drive 0" in taken.message
            break
    thread.join()
    assert codes == {"being-cleaned"}
    assert [each.cleaned for each in nine.truth.drives][:2] == [1, 1]


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
