"""The driver in Python: every method once, its values and its errors."""

from __future__ import annotations

import inspect
import os
import pydoc
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from documents import document
from driver.virtual_library import MOVE_MEDIUM, VirtualLibrary

import changer
from changer import api, ntms
from changer.api import LibraryCleaner, TapeLibrary
from changer.cleaning.background import StartedOperation
from changer.errors import (
    AlreadyReserved,
    CleanerAsData,
    DeviceNotAvailable,
    DriveNotReady,
    InvalidSlot,
    LibraryBusy,
    LibraryClosed,
    NoLibrary,
    NoSlotReserved,
    NoSlotSet,
    NoSuchDrive,
    OperationNotFound,
    OperatorTimeout,
    SlotFull,
    SourceEmpty,
    StoreUnreachable,
    UsageError,
    error_classes,
    error_groups,
)
from changer.library.addressing import Place, PlaceKind
from changer.lock.flock import LibraryLock
from changer.store.sqlite import open_store

CLEANER = "CLN001CU"


@pytest.fixture
def here(demo: VirtualLibrary, monkeypatch: pytest.MonkeyPatch) -> VirtualLibrary:
    """A virtual library where this host looks for them."""
    monkeypatch.setenv("CHANGER_STATE", str(demo.state))
    monkeypatch.setenv("CHANGER_SIM_DIR", str(demo.simulated))
    monkeypatch.setenv("CHANGER_LOCK_DIR", str(demo.locks))
    monkeypatch.delenv("CHANGER", raising=False)
    return demo


# opening


def test_library_is_opened_by_its_name(here: VirtualLibrary) -> None:
    with changer.open_library("sim:library") as library:
        assert (library.id, library.device) == (here.id, "sim:library")
        assert library.identity.serial == here.serial
        assert isinstance(library, changer.TapeLibrary)


def test_library_is_the_one_of_the_environment(
    here: VirtualLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANGER", "sim:library")
    with changer.open_library() as library:
        assert library.id == here.id


def test_state_and_trace_are_where_the_caller_says(here: VirtualLibrary) -> None:
    state, trace = here.folder / "another.db", here.folder / "trace.jsonl"
    with pytest.raises(StoreUnreachable, match="there is no state store") as caught:
        changer.open_library("sim:library", state=str(state))
    assert caught.value.hint == f"make one: changer state init {state}"
    open_store(state, clock=here.clock).close()
    with changer.open_library("sim:library", state=str(state), trace=trace) as library:
        library.cleaner.reserve(4)
    assert here.reserved is None
    assert state.exists()
    assert "READ ELEMENT STATUS" in trace.read_text()


def test_library_that_is_not_there_is_an_error_with_its_code(here: VirtualLibrary) -> None:
    with pytest.raises(changer.ChangerError) as caught:
        changer.open_library("sim:no-such-library")
    assert isinstance(caught.value, NoLibrary)
    assert (caught.value.code, caught.value.hint) == (
        "no-library",
        "changer sim create no-such-library",
    )


def test_libraries_of_the_host_are_listed() -> None:
    assert isinstance(changer.list_libraries(), tuple)


def test_what_the_package_has_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'reserve'"):
        _ = changer.reserve  # type: ignore[attr-defined]


def test_every_method_is_typed_and_documented() -> None:
    for owner in (TapeLibrary, LibraryCleaner, StartedOperation):
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            if name.startswith("_"):
                continue
            assert method.__doc__, f"{owner.__name__}.{name}"
            signature = inspect.signature(method)
            assert signature.return_annotation is not inspect.Signature.empty
            for each in list(signature.parameters.values())[1:]:
                assert each.annotation is not inspect.Parameter.empty
                if each.annotation == "bool":
                    assert each.kind is inspect.Parameter.KEYWORD_ONLY


def test_what_is_not_said_is_not_wanted() -> None:
    """Each option is off, and each limit the library's own; only the first drive needs no name."""
    told = {
        (name, each.name): each.default
        for owner in (changer, TapeLibrary, LibraryCleaner)
        for name, function in inspect.getmembers(owner, inspect.isfunction)
        for each in inspect.signature(function).parameters.values()
        if each.default not in (inspect.Parameter.empty, None) and each.default is not False
    }
    assert told == {
        ("open_library", "wait_seconds"): 0.0,
        ("load", "drive"): 0,
        ("unload", "drive"): 0,
        ("operations", "limit"): 100,
        ("history", "limit"): 50,
    }


# reading and moving


def test_status_says_what_is_where(library: TapeLibrary) -> None:
    status = library.status()
    assert [each.number for each in status.slots] == list(range(1, 13))
    assert [each.device for each in status.drives] == ["sim:library/drive:0", "sim:library/drive:1"]
    assert status.slots[0].volume_tag is not None
    assert status.cleaner is None


def test_inventory_of_everything_or_of_a_range(library: TapeLibrary) -> None:
    assert library.inventory() is False
    assert library.inventory(1, 6) is True
    assert library.inventory("mail:1") is True


@pytest.mark.parametrize(
    ("first", "last"), [(None, 3), (3, 1), (1, "mail:1"), ("A00001L8", None), ("picker", None)]
)
def test_inventory_of_what_is_no_range_is_refused(
    library: TapeLibrary, first: str | int | None, last: str | int | None
) -> None:
    with pytest.raises(UsageError):
        library.inventory(first, last)


def test_place_is_a_number_a_text_or_a_place(library: TapeLibrary, demo: VirtualLibrary) -> None:
    tag = demo.tag_at("1")
    assert library.move(1, 4).volume_tag == tag
    assert library.move("@1004", "6").volume_tag == tag
    assert library.move(tag or "", Place(PlaceKind.SLOT, 1)).volume_tag == tag


@pytest.mark.parametrize("place", [True, -1, None, 1.0, "", "drive"])
def test_what_is_no_place_is_refused(library: TapeLibrary, place: object) -> None:
    with pytest.raises(UsageError):
        library.move(place, 4)  # type: ignore[arg-type]


def test_cartridge_is_loaded_and_unloaded(library: TapeLibrary, demo: VirtualLibrary) -> None:
    tag = demo.tag_at("1")
    assert library.load(1, 1, ready_timeout_seconds=60.0).volume_tag == tag
    assert demo.place_of(str(tag)) == "drive:1"
    library.unload("drive:1", 4)
    assert demo.place_of(str(tag)) == "4"
    library.load("4")
    library.unload()
    assert demo.place_of(str(tag)) == "4"


def test_load_that_can_not_wait_moves_nothing(library: TapeLibrary, demo: VirtualLibrary) -> None:
    with pytest.raises(NoSuchDrive):
        library.load(1, 7, ready_timeout_seconds=60.0)
    assert demo.tag_at("1") is not None


def test_load_that_waits_fails_where_the_drive_does_not_become_ready(
    library: TapeLibrary, demo: VirtualLibrary
) -> None:
    demo.fault("sense 03/30/01 always on test-unit-ready drive:1")
    with pytest.raises(DriveNotReady, match="30/01"):
        library.load(1, 1, ready_timeout_seconds=60.0)
    assert demo.tag_at("drive:1") == "A00001L8"


def test_two_cartridges_are_exchanged(library: TapeLibrary, demo: VirtualLibrary) -> None:
    one, two = demo.tag_at("1"), demo.tag_at("2")
    first, second = library.exchange(1, 2)
    assert (first.volume_tag, second.volume_tag) == (one, two)
    assert (demo.tag_at("1"), demo.tag_at("2")) == (two, one)


def test_move_from_an_empty_slot_is_refused(library: TapeLibrary) -> None:
    with pytest.raises(SourceEmpty):
        library.move(4, 6)


def test_media_are_locked_in_and_let_out(library: TapeLibrary, demo: VirtualLibrary) -> None:
    library.lock()
    with pytest.raises(changer.ChangerError, match="locked"):
        demo.operate("take mail:1")
    library.unlock()
    demo.operate("take mail:1")


# cleaner management


def test_slot_is_reserved_and_released(library: TapeLibrary, demo: VirtualLibrary) -> None:
    assert library.cleaner.status() is None
    assert library.cleaner.reserve(12).address == 1012
    status = library.cleaner.status()
    assert status is not None
    assert (status.slot, status.volume_tag) == (12, None)
    with pytest.raises(AlreadyReserved):
        library.cleaner.reserve(12)
    assert library.cleaner.release().slot == 12
    with pytest.raises(NoSlotReserved):
        library.cleaner.release()


@pytest.mark.parametrize(
    ("slot", "error"), [("drive:0", UsageError), (1, SlotFull), (99, InvalidSlot)]
)
def test_what_can_not_be_reserved(
    library: TapeLibrary, slot: str | int, error: type[changer.ChangerError]
) -> None:
    with pytest.raises(error):
        library.cleaner.reserve(slot)


def test_drive_is_cleaned(cleaning: TapeLibrary, demo: VirtualLibrary) -> None:
    cleaned = cleaning.clean(1)
    assert (cleaned.drive, cleaned.volume_tag, cleaned.cleans_left) == (1, CLEANER, 19)
    status = cleaning.cleaner.status()
    assert status is not None
    assert (status.volume_tag, status.cleans_left) == (CLEANER, 19)


def test_loaded_drive_is_emptied_first(cleaning: TapeLibrary, demo: VirtualLibrary) -> None:
    cleaning.load(1, 0)
    assert cleaning.clean("0", unload=True).drive == 0
    assert demo.tag_at("1") is not None


def test_drives_that_ask_are_cleaned(cleaning: TapeLibrary, demo: VirtualLibrary) -> None:
    demo.fault("wants-cleaning drive:1 required")
    assert [each.request for each in cleaning.cleaning_requests()] == [None, "required"]
    (done,) = cleaning.clean_requested()
    assert done.error is None
    assert done.cleaned is not None
    assert done.cleaned.drive == 1
    assert cleaning.clean_requested() == ()


def test_cleaner_is_ejected(cleaning: TapeLibrary, demo: VirtualLibrary) -> None:
    with pytest.raises(OperatorTimeout):
        cleaning.cleaner.eject(timeout_seconds=5.0)
    assert demo.place_of(CLEANER) == "mail:1"


def test_every_cleaner_is_listed_with_its_state(
    cleaning: TapeLibrary, demo: VirtualLibrary
) -> None:
    demo.operate("insert CLN009L1 9", noticed=False)
    first, foreign = cleaning.cleaner.cartridges()
    assert (first.volume_tag, first.state, first.slot, str(first.place)) == (
        CLEANER,
        "usable",
        4,
        "4",
    )
    assert (first.cleans_left, first.uses, first.drive, first.reason) == (20, 0, None, None)
    assert (foreign.volume_tag, foreign.state, foreign.slot, str(foreign.place)) == (
        "CLN009L1",
        "foreign",
        None,
        "9",
    )
    assert (foreign.cleans_left, foreign.uses) == (None, None)
    cleaning.clean(0)
    assert [(each.uses, each.cleans_left) for each in cleaning.cleaner.cartridges()] == [
        (1, 19),
        (None, None),
    ]


def test_operations_and_history_are_newest_first(cleaning: TapeLibrary) -> None:
    assert [each.kind for each in cleaning.operations()] == ["insert", "reserve"]
    assert [each.kind for each in cleaning.operations(limit=1)] == ["insert"]
    assert {each.kind for each in cleaning.history()} == {"reserve", "insert", "move"}
    with pytest.raises(OperationNotFound):
        cleaning.stop("no-such-operation")


def test_history_is_of_one_cartridge_or_of_what_failed(
    library: TapeLibrary, demo: VirtualLibrary
) -> None:
    library.load(1, 0)
    later = demo.clock.time = demo.clock.time + 60
    library.exchange(2, 3)
    demo.fault("move-fails at-source")
    with pytest.raises(changer.MoveFailed):
        library.move(5, 6)
    assert [each.volume_tag for each in library.history(volume_tag="A00001L8")] == ["A00001L8"]
    (exchanged,) = library.history(volume_tag="A00003L8")
    assert exchanged.second_volume_tag == "A00003L8"
    assert [each.result for each in library.history(failed=True)] == ["not-executed"]
    assert len(library.history(since=later)) == 2
    assert len(library.history(until=later - 1)) == 1
    assert library.history(user="nobody") == ()


def test_cartridges_are_found_and_known_where_they_are_not_shown(
    library: TapeLibrary, demo: VirtualLibrary
) -> None:
    library.load(1, 0)
    demo.pull_magazine(1)
    here, gone, never = library.find("A00001L8", "A00002L8", "X00001L8")
    assert (here.is_shown, [each.place for each in here.places]) == (True, ["drive:0"])
    assert (gone.is_shown, gone.places) == (False, ())
    assert gone.last_seen is not None and gone.last_seen.address == demo.address_of("2")
    assert (never.is_shown, never.last_seen, never.last_move) == (False, None, None)
    assert [each.volume_tag for each in library.find("A0000[12]*")] == ["A00001L8", "A00002L8"]


def test_interrupted_load_is_finished_or_undone(library: TapeLibrary, demo: VirtualLibrary) -> None:
    for direction, told, place in (
        ("on", "finished the load of A00001L8 into drive 0", "drive:0"),
        ("back", "undid the load of A00002L8 into drive 1", "2"),
    ):
        demo.fault("move-fails in-transport")
        source, drive = (1, 0) if direction == "on" else (2, 1)
        with pytest.raises(changer.CartridgeMisplaced):
            library.load(source, drive)
        report = library.recover(direction="on" if direction == "on" else "back")
        assert [each.startswith(told) for each in report.told] == [True]
        assert demo.tag_at(place) == ("A00001L8" if direction == "on" else "A00002L8")
    assert library.recover().told == ()


def test_what_stays_open_is_an_error(library: TapeLibrary, demo: VirtualLibrary) -> None:
    demo.fault("move-fails in-transport")
    with pytest.raises(changer.CartridgeMisplaced):
        library.load(1)
    demo.operate("remove picker")
    with pytest.raises(changer.CartridgeMissing, match="can't be found"):
        library.recover()
    assert library.recover(accept_missing=True).told == ("wrote off A00001L8 as missing",)


# errors of every method


def test_closed_library_does_nothing(demo: VirtualLibrary) -> None:
    library = TapeLibrary(demo.request())
    library.close()
    library.close()
    calls = (
        library.status,
        library.inventory,
        library.recover,
        library.lock,
        library.unlock,
        library.cleaning_requests,
        library.clean_requested,
        library.operations,
        library.history,
        library.find,
        library.unload,
        library.cleaner.status,
        library.cleaner.cartridges,
        library.cleaner.release,
        library.cleaner.insert,
        library.cleaner.eject,
        library.cleaner.start_insert,
        library.cleaner.start_eject,
        lambda: library.cleaner.reserve(4),
        lambda: library.move(1, 4),
        lambda: library.load(1),
        lambda: library.exchange(1, 2),
        lambda: library.clean(0),
        lambda: library.start_clean(0),
        lambda: library.stop("x"),
    )
    for call in calls:
        with pytest.raises(LibraryClosed):
            call()
    assert demo.rows("operations") == []


def test_held_library_is_busy(library: TapeLibrary, demo: VirtualLibrary) -> None:
    lock = LibraryLock(demo.id, folder=demo.locks, command="another", clock=demo.clock)
    with lock, pytest.raises(LibraryBusy):
        library.move(1, 4)


def test_cleaning_without_a_cleaner_is_refused(library: TapeLibrary) -> None:
    with pytest.raises(NoSlotSet):
        library.clean(0)


def test_unplugged_library_is_not_available(library: TapeLibrary, demo: VirtualLibrary) -> None:
    demo.fault("unplugged")
    with pytest.raises(DeviceNotAvailable):
        library.status()


def test_everything_that_there_is_is_shown_and_nothing_else() -> None:
    shown = dir(changer)
    assert [each for each in shown if not hasattr(changer, each)] == []
    assert set(changer.__getattr__("__all__")) | {"errors", "ntms"} == set(shown)
    errors = {each.__name__ for each in (*error_classes(), *error_groups())}
    assert set(shown) == errors | set(api.__all__) | {
        "ChangerError",
        "NtmsResult",
        "errors",
        "ntms",
    }
    for name in errors:
        assert getattr(changer, name) is getattr(changer.errors, name)


def test_results_of_every_method_are_among_it() -> None:
    for owner in (changer, TapeLibrary, LibraryCleaner):
        for _, function in inspect.getmembers(owner, inspect.isfunction):
            returned = re.findall(r"[A-Z]\w+", str(inspect.signature(function).return_annotation))
            assert set(returned) - {"None", "Library", "Self", "ResultT"} <= set(dir(changer))


INITIALIZE_WITH_RANGE = 0x37
SENSES = (
    "02/04/01 02/04/12 02/3A/00 04/40/00 05/20/00 05/21/01 05/24/00 05/25/00 05/3B/0D 05/3B/0E "
    "05/3B/11 05/53/02 05/80/00 06/28/00 06/29/00 0B/00/00"
)
FAULTS = (
    ["", "offline", "door open", "unplugged", "element 1 ed=1", "element 4 ed=1", "unreadable 1"]
    + [
        "occupancy-unknown 1",
        "occupancy-unknown 4",
        "magazine-out 1",
        "becoming-ready 90000s",
        "busy always",
    ]
    + ["reservation-conflict always", "move-fails at-source", "move-fails in-transport"]
    + ["move-hangs at-source", "move-hangs in-transport", "move-hangs at-destination"]
    + ["no-reply after 5", "hang after 5", "unit-attention 28/00 always"]
    + [f"sense {sense} on A5" for sense in SENSES.split()]
)


@pytest.mark.parametrize("fault", FAULTS)
def test_groups_of_errors_hold_of_a_move(
    library: TapeLibrary, demo: VirtualLibrary, fault: str
) -> None:
    if fault:
        demo.fault(fault)
    before, error = demo.truth.elements, None
    with demo.counting() as counted:
        try:
            library.move(1, 4)
        except changer.ChangerError as caught:
            error = caught
    if isinstance(error, changer.Refused):
        assert counted[MOVE_MEDIUM] == 0
    if isinstance(error, changer.Refused | changer.NotExecuted | changer.HostError):
        assert demo.truth.elements == before
    if demo.truth.elements != before:
        assert error is None or isinstance(error, changer.InDoubt | changer.StoreError)


def test_a_refusal_after_a_scan_moved_nothing(library: TapeLibrary, demo: VirtualLibrary) -> None:
    demo.fault("occupancy-unknown 1")
    before = demo.truth.elements
    with demo.counting() as counted, pytest.raises(changer.Refused):
        library.cleaner.reserve(1, inventory=True)
    assert counted[INITIALIZE_WITH_RANGE] == 1
    assert demo.truth.elements == before


EXAMPLES = re.findall(r"```python\n(.*?)```", document("docs/python.md"), re.DOTALL)


def test_examples_of_the_page_use_what_there_is() -> None:
    assert len(EXAMPLES) == 2
    for name in re.findall(r"changer\.(\w+)", "".join(EXAMPLES)):
        assert hasattr(changer, name), name
    for group in error_groups():
        assert f"except changer.{group.__name__} " in EXAMPLES[1]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("element drive:0 ed=1", "try again later: drive 0 is not available"),
        ("move-fails in-transport", "but is in the picker"),
        ("unplugged", "sim:library"),
    ],
)
def test_example_of_errors_runs(
    here: VirtualLibrary,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: str,
    told: str,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    here.fault(fault)
    exec(compile(EXAMPLES[1].replace("sim:demo", "sim:library"), "docs/python.md", "exec"), {})
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("module", [changer, api, ntms], ids=lambda each: each.__name__)
def test_help_shows_no_address_of_a_function(module: ModuleType) -> None:
    text = pydoc.TextDoc().document(module)
    assert "<function" not in text and " at 0x" not in text


def test_importing_the_package_imports_nothing_else() -> None:
    import subprocess
    import sys

    script = "import sys, changer; print(*sorted(m for m in sys.modules if 'changer' in m))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(changer.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["changer"]


def test_cleaner_is_data_only_to_who_means_it(cleaning: TapeLibrary) -> None:
    refused: tuple[Callable[[], object], ...] = (
        lambda: cleaning.load(4),
        lambda: cleaning.move(4, "drive:0"),
        lambda: cleaning.load(CLEANER, 1),
    )
    for each in refused:
        with pytest.raises(CleanerAsData):
            each()
    cleaning.load(4, as_is=True)
    status = cleaning.cleaner.status()
    assert status is not None and status.cleans_left == 19
