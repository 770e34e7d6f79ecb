"""Two drives cleaned side by side behind real devices, while another program uses a third one."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.simulator.drive_life import Phase
from changer.store.records import Move, Operation
from changer.store.sqlite import open_store

from .attached_library import AttachedLibrary, attached
from .faulty_library import true_places
from .program import REAL_START, Program, end_of, environment_in
from .waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.guest_only

CLEANERS = {"11": "CLN001CU", "12": "CLN002CU"}
DATA = "A00001L8"
BEING_CLEANED = 45


@pytest.fixture
def library(tmp_path: Path) -> Iterator[AttachedLibrary]:
    """Three drives; two of them want to be cleaned, and clean until the fault is cleared."""
    with attached(
        "side-by-side",
        tmp_path / "virtual",
        serial="SIDEBYSIDE",
        drives=3,
        data_cartridges=2,
        free_slots=(),
        cleaners=2,
        cleaner_in_mail=False,
        drive_load_seconds=0.0,
        cleaning_seconds=0.0,
    ) as shown:
        for number in range(2):
            shown.fault(f"wants-cleaning drive:{number} required")
            shown.fault(f"cleaning-fails drive:{number} endless")
        yield shown


@pytest.fixture
def changer(library: AttachedLibrary, tmp_path: Path) -> Program:
    """With a cleaner in each of two reserved slots."""
    program = Program(library.device, environment_in(tmp_path))
    program.do("cleaner", "reserve", *CLEANERS)
    for slot, label in CLEANERS.items():
        program.do("cleaner", "insert", slot, "--from", label)
    return program


def refusal(changer: Program, *words: str) -> Any:
    """As soon as the library is free: the moves of the cleanings may not be recorded yet.

    With --wait the end of the cleaning would be waited for, too.
    """
    errors: list[Any] = []

    def meets_no_lock() -> bool:
        errors.append(changer.refuse(*words))
        return bool(errors[-1]["code"] != "library-busy")

    wait_until(meets_no_lock, seconds=PATIENCE_SECONDS)
    return errors[-1]


def journal(changer: Program) -> tuple[list[Operation], list[Move]]:
    """The cleanings, and the moves since they began, in the order of their beginnings."""
    with open_store(Path(changer.environment["CHANGER_STATE"]), clock=SystemClock()) as store:
        operations, moves = store.operations(limit=100), store.moves(limit=100)
    cleanings = sorted(
        (each for each in operations if each.kind == "clean"), key=lambda each: each.sequence
    )
    since = cleanings[0].sequence
    return cleanings, sorted(each for each in moves if each.operations_before >= since)


@pytest.mark.long
def test_two_drives_are_cleaned_side_by_side_while_a_third_is_loaded_and_unloaded(
    library: AttachedLibrary, changer: Program
) -> None:
    cleaning = changer.begin("clean", "--needed", "--json")
    try:
        cleaned = [Phase.CLEANING, Phase.CLEANING, Phase.EMPTY]
        wait_until(
            lambda: (
                cleaning.poll() is not None
                or [each.phase for each in library.truth.drives] == cleaned
            )
        )
        for words, name in {
            ("unload", "0"): "drive 0",
            ("load", "2", "1"): "drive 1",
            ("move", "drive:1", "9"): "drive 1",
            ("clean", "0"): "drive 0",
            ("cleaner", "eject", "11"): "slot 11",
        }.items():
            error = refusal(changer, *words)
            assert (error["code"], error["exit_status"]) == ("being-cleaned", BEING_CLEANED), words
            assert name in error["message"]
        for words in (("load", "1", "2"), ("unload", "2")):
            ended = changer.start(*words, prefix=REAL_START)
            assert ended.exit_status == 0, ended
        assert cleaning.poll() is None
    finally:
        library.fault("clear cleaning-fails")
        ended = end_of(cleaning)
    assert ended.exit_status == 0, ended
    drives = ended.document["drives"]
    assert [each["drive"] for each in drives] == [0, 1]
    assert sorted(each["volume_tag"] for each in drives) == [*CLEANERS.values()]
    assert [each.cleaned for each in library.truth.drives] == [1, 1, 0]
    places = true_places(library.truth)
    assert {slot: places[slot] for slot in CLEANERS} == CLEANERS
    assert places["1"] == DATA

    done, moves = journal(changer)
    completed = [each for each in done if each.state == "completed"]
    assert max(each.started_at for each in completed) < min(
        each.finished_at or 0 for each in completed
    )
    to_drives, used, back = moves[:2], moves[2:4], moves[4:]
    assert sorted(str(each.volume_tag) for each in to_drives) == [*CLEANERS.values()]
    assert [each.volume_tag for each in used] == [DATA, DATA]
    assert sorted(str(each.volume_tag) for each in back) == [*CLEANERS.values()]
    assert {each.outcome for each in moves} == {"completed"}
    in_turn = sorted(moves, key=lambda each: each.started_at)
    for earlier, later in pairwise(in_turn):
        assert (earlier.finished_at or 0) <= later.started_at, "the robot does one move at a time"
    assert len({each.process_id for each in moves}) == 3
