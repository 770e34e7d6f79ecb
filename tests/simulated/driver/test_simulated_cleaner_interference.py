"""Reserve and release while the library changes, is busy, fails, or is somebody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from changer.cleaning.slot import CleanerSlot, release, reserve
from changer.errors import (
    ChangerError,
    IdentityChanged,
    LibraryBusy,
    NotReady,
    NtmsResult,
    SlotFull,
    SlotNotPresent,
    StoreFull,
)
from changer.library.addressing import parse_place
from changer.library.library import Library
from changer.lock.flock import LibraryLock
from changer.transport import Transport

from .conftest import MakeLibrary
from .virtual_library import READ_ELEMENT_STATUS, TEST_UNIT_READY, VirtualLibrary, Wire, error_of

# More than any of these calls sends.
POSITIONS = 14

both = pytest.mark.parametrize("function", ["reserve", "release"])
PROFILES = ["demo", "l700"]


def call(library: Library, function: str, slot: str = "4") -> CleanerSlot:
    if function == "reserve":
        return reserve(library, parse_place(slot))
    return release(library)


def prepared(make_library: MakeLibrary, profile: str, function: str) -> VirtualLibrary:
    """A library with slot 4 free, and reserved for release."""
    library = make_library(profile, data_cartridges=2, cleaners=0)
    with library.open() as opened:
        opened.read()  # what the model can do is known from here on
    if function == "release":
        library.reserve("4")
    return library


@both
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("sense", ["28/00", "29/00", "2A/01", "3B/13", "3F/03"])
def test_unit_attention_anywhere_does_not_keep_an_empty_slot_from_it(
    make_library: MakeLibrary, function: str, profile: str, sense: str
) -> None:
    library = prepared(make_library, profile, function)
    for position in range(POSITIONS):
        library.fault(f"unit-attention {sense} " + (f"after {position}" if position else ""))
        with library.open() as opened:
            assert call(opened, function).slot == 4
            undo = release if function == "reserve" else lambda each: call(each, "reserve")
            library.fault("clear unit-attention")
            undo(opened)


@both
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    ("change", "error_class"),
    [("operate insert A00099L8 4", SlotFull), ("fault element 4 3B/12", SlotNotPresent)],
)
def test_unit_attention_anywhere_does_not_help_a_slot_that_is_refused(
    make_library: MakeLibrary,
    function: str,
    profile: str,
    change: str,
    error_class: type[ChangerError],
) -> None:
    library = prepared(make_library, profile, function)
    kind, _, words = change.partition(" ")
    library.operate(words) if kind == "operate" else library.fault(words)
    library.fault("clear unit-attention")
    reserved = library.reserved
    for position in range(POSITIONS):
        library.fault("unit-attention 28/00 " + (f"after {position}" if position else ""))
        with library.open() as opened:
            error = error_of(lambda: call(opened, function))
        assert type(error) is error_class
        assert library.reserved == reserved
        library.fault("clear unit-attention")


@both
def test_library_that_never_stops_changing_is_refused(ready: VirtualLibrary, function: str) -> None:
    reserved = ready.reserved
    ready.fault("unit-attention 28/00 alternating")
    with ready.open() as library:
        error = error_of(lambda: call(library, function))
    assert type(error) is NotReady
    assert ready.reserved == reserved


@both
@pytest.mark.parametrize(("changes", "error_class"), [(4, None), (5, NotReady)])
def test_slot_is_proven_at_the_fifth_time_at_the_latest(
    ready: VirtualLibrary, function: str, changes: int, error_class: type[ChangerError] | None
) -> None:
    """Each time the library changes between the two readings of the slot, and is asked then
    whether it is ready.
    """
    opcodes, met = [0], 0

    def change(_: int, cdb: bytes) -> None:
        nonlocal met
        if (opcodes[-1], cdb[0]) == (READ_ELEMENT_STATUS, TEST_UNIT_READY):
            met += 1
            if met % 2 and met < 2 * changes:
                ready.fault("unit-attention 28/00")
        opcodes.append(cdb[0])

    with ready.open(wire=lambda transport: Wire(transport, before=change)) as library:
        error = error_of(lambda: call(library, function))
    assert (error and type(error), met >= 2 * changes) == (error_class, True)


def interfering(
    wires: list[Wire], position: int, act: Callable[[], None]
) -> Callable[[Transport], Transport]:
    """A wire on which ``act`` happens just before the N-th command."""

    def before(number: int, _: bytes) -> None:
        if number == position:
            act()

    def wire(transport: Transport) -> Transport:
        wires.append(Wire(transport, before=before))
        return wires[-1]

    return wire


@both
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "unnoticed"])
@pytest.mark.parametrize("change", ["cartridge put in", "magazine pulled", "cleaner comes back"])
def test_change_between_two_commands_is_never_missed(
    make_library: MakeLibrary, function: str, profile: str, noticed: bool, change: str
) -> None:
    """Even unnoticed by the library, whatever happens before the last reading is seen by it."""
    library = prepared(make_library, profile, function)
    reserved = library.reserved
    if change == "cleaner comes back":
        library.operate("insert CLN009CU 4", noticed=False)
        library.move_behind_our_back("4", "drive:0")
        library.fault("clear")

    def act() -> None:
        library.clock.time += 600  # whatever a drive was doing is done
        if change == "cartridge put in":
            library.operate("insert A00099L8 4", noticed=noticed)
        elif change == "magazine pulled":
            library.fault("element 4 3B/12")
            if noticed:
                library.fault("unit-attention 3B/12")
        else:
            library.move_behind_our_back("drive:0", "4")
            if noticed:
                library.fault("unit-attention 28/00")

    def undo() -> None:
        library.fault("clear")
        if change == "cartridge put in":
            library.operate("remove 4", noticed=False)
        elif change == "cleaner comes back" and library.tag_at("4"):
            library.move_behind_our_back("4", "drive:0")

    position, wires = 1, list[Wire]()
    while True:
        with library.open(wire=interfering(wires, position, act)) as opened:
            error = error_of(lambda: call(opened, function))
        if len(wires[-1].cdbs) < position:
            break  # the call ended before: nothing changed in its time
        assert error is not None, f"changed before command {position}, and not refused"
        assert library.reserved == reserved
        undo()
        position += 1
    assert position > 4


@both
def test_reservation_or_release_is_the_last_thing_that_is_done(
    ready: VirtualLibrary, function: str
) -> None:
    """No command follows the one after which a change would go unseen."""
    with ready.watched() as (library, sent):
        call(library, function)
    assert sent[-1].startswith(bytes.fromhex("b81203ec0001"))  # the slot
    assert sent[-2] == bytes(6)


@both
def test_library_held_by_another_process_is_busy(demo: VirtualLibrary, function: str) -> None:
    with demo.open() as library:
        lock = LibraryLock(demo.id, folder=demo.locks, command="changer load 1", clock=demo.clock)
        with demo.counting() as counted, lock:
            error = error_of(lambda: call(library, function))
    assert type(error) is LibraryBusy
    assert "changer load 1" in error.message
    assert not counted, "the library was asked although another process works it"


@both
def test_library_held_by_another_process_is_waited_for(
    ready: VirtualLibrary, function: str
) -> None:
    lock = LibraryLock(ready.id, folder=ready.locks, command="changer load 1", clock=ready.clock)
    ended = threading.Event()

    def other_ends(seconds: float) -> None:
        ready.clock.time += seconds
        if not ended.is_set():
            ended.set()
            lock.__exit__(None, None, None)

    with ready.open(wait_seconds=60) as library:
        lock.__enter__()
        ready.clock.sleep = other_ends  # type: ignore[method-assign]
        assert call(library, function).slot == 4
    assert any("changer load 1" in step for step in ready.steps)


@both
def test_lock_is_held_from_the_first_command_to_the_commit(
    ready: VirtualLibrary, function: str
) -> None:
    busy: list[bool] = []

    def look(_number: int, _cdb: bytes) -> None:
        other = LibraryLock(ready.id, folder=ready.locks, command="other", clock=ready.clock)
        busy.append(type(error_of(other.__enter__)) is LibraryBusy)

    with ready.open(wire=lambda transport: Wire(transport, before=look)) as library:
        call(library, function)
    assert busy
    assert all(busy)


@both
def test_store_that_is_full_leaves_everything_as_it_was(
    ready: VirtualLibrary, function: str
) -> None:
    before = ready.everything_that_matters()
    ready.execute("CREATE TABLE ballast (weight BLOB)")
    ready.execute(
        "CREATE TRIGGER heavy BEFORE UPDATE ON operations WHEN new.state = 'completed' "
        "BEGIN INSERT INTO ballast VALUES (zeroblob(1000000)); END"
    )
    with ready.open() as library:
        # SQLite's own limit, for this connection: what a full disk looks like to it.
        library.store._database.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
        error = error_of(lambda: call(library, function))
    assert type(error) is StoreFull
    assert error.ntms == NtmsResult("ERROR_DATABASE_FULL", 4314)
    assert ready.everything_that_matters() == before


@both
@pytest.mark.parametrize("loss", ["hang", "no-reply"])
def test_library_that_falls_silent_leaves_everything_as_it_was(
    ready: VirtualLibrary, function: str, loss: str
) -> None:
    before = ready.everything_that_matters()
    for position in range(1, 6):
        ready.fault(f"{loss} after {position}")
        with ready.open() as library:
            assert error_of(lambda: call(library, function)) is not None
        ready.fault("clear")
        assert ready.everything_that_matters() == before


@both
@pytest.mark.parametrize("position", range(4))
def test_another_library_behind_the_same_device_is_refused(
    ready: VirtualLibrary, function: str, position: int
) -> None:
    before = ready.everything_that_matters()
    with ready.open() as library:
        ready.become_another_library(after=position)
        error = error_of(lambda: call(library, function))
    assert type(error) is IdentityChanged
    assert ready.everything_that_matters() == before


@both
def test_interrupted_call_is_cancelled_and_changes_nothing(
    ready: VirtualLibrary, function: str
) -> None:
    before = ready.everything_that_matters()

    def interrupt(number: int, _: bytes) -> None:
        if number == 4:
            raise KeyboardInterrupt

    with (
        ready.open(wire=lambda transport: Wire(transport, before=interrupt)) as library,
        pytest.raises(KeyboardInterrupt),
    ):
        call(library, function)
    assert ready.everything_that_matters() == before
    last = ready.rows("operations")[-1]
    assert (last["state"], last["result_name"], last["result_code"]) == (
        "cancelled",
        "ERROR_CANCELLED",
        1223,
    )
