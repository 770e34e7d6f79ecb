"""sg_logs and mt follow a drive through its cleaning, whatever becomes of that."""

from collections.abc import Iterator

import pytest
from kernel.attached_library import AttachedLibrary
from waiting import wait_until

from changer.simulator.drive_life import Phase

from .furnishing import meet_unit_attentions
from .mt_status import read_mt_status
from .sg_logs import DriveLogs, read_logs
from .tool import run, told

pytestmark = pytest.mark.guest_only

STATUS, TAPE_ALERT = 0x11, 0x2E
# mtx counts mail slots after the twelve slots.
CLEANER, SPENT = "13", "14"
IDLE, CLEANING = "No DT device activity", "Cleaning operation in progress"
CLEANER_IN_DRIVE = "Sense key: Not Ready\nAdditional sense: Cleaning cartridge installed"
CLEANING_FAILED = "Sense key: Medium Error\nAdditional sense: Cleaning failure"
NO_MEDIUM = "Sense key: Not Ready\nAdditional sense: Medium not present"
REMOVAL_PREVENTED_BY_DRIVE = (
    "Additional Sense Code = 53\nmtx: Request Sense: Additional Sense Qualifier = 03"
)
NOT_STARTED = (
    "Sense key: Not Ready\nAdditional sense: Logical unit not ready, initializing command required"
)


def drive_0(library: AttachedLibrary) -> str:
    return str(library.drives[0]["generic"])


def sense_of(library: AttachedLibrary) -> str:
    """Of drive 0; sg_requests decodes it on its standard error."""
    ended = run("sg_requests", drive_0(library))
    assert ended.exit_status == 0, ended
    return ended.stderr


def flags_of_tape(library: AttachedLibrary) -> frozenset[str]:
    return read_mt_status(library.drives[0]["no_rewind"]).flags


def mtx(library: AttachedLibrary, *words: str) -> None:
    told("mtx", "-f", library.device, *words)


def wants(logs: DriveLogs) -> tuple[bool | None, int, int, tuple[int, ...]]:
    """All four ways in which a drive says that it wants to be cleaned."""
    return logs.cleaning_wanted, logs.status["CRQST"], logs.status["CRQRD"], logs.flags


@pytest.fixture(autouse=True)
def _as_before(tapes: AttachedLibrary) -> Iterator[None]:
    yield
    tapes.fault("clear")
    assert tapes.truth.drives[0].phase is Phase.EMPTY


@pytest.mark.parametrize(
    ("level", "said", "name"),
    [
        ("requested", (True, 1, 0, (21,)), "Cleaning requested"),
        ("required", (True, 1, 1, (20,)), "Cleaning required"),
    ],
)
def test_a_drive_says_that_it_wants_cleaning(
    tapes: AttachedLibrary, level: str, said: tuple[bool, int, int, tuple[int, ...]], name: str
) -> None:
    assert wants(read_logs(drive_0(tapes))) == (False, 0, 0, ())
    tapes.fault(f"wants-cleaning drive:0 {level}")
    logs = read_logs(drive_0(tapes))
    assert wants(logs) == said
    assert list(logs.flag_names().values()) == [name]
    # The flags went with their reading; what the others say holds until it is cleaned.
    assert wants(read_logs(drive_0(tapes))) == (*said[:3], ())


def test_a_drive_that_cleans_says_so_and_keeps_its_cleaner(tapes: AttachedLibrary) -> None:
    tapes.fault("cleaning-fails drive:0 endless")  # for as long as the test looks
    mtx(tapes, "load", CLEANER, "0")
    logs = read_logs(drive_0(tapes), STATUS)
    assert (logs.activity, logs.status["MPRSNT"], logs.status["MOUNTED"]) == (CLEANING, 1, 0)
    assert CLEANER_IN_DRIVE in sense_of(tapes)
    assert not flags_of_tape(tapes) & {"ONLINE", "DR_OPEN"}
    ended = run("mtx", "-f", tapes.device, "unload", CLEANER, "0")
    assert (ended.exit_status, REMOVAL_PREVENTED_BY_DRIVE in ended.stderr) == (1, True)
    tapes.fault("clear cleaning-fails")
    wait_until(lambda: read_logs(drive_0(tapes), STATUS).activity == IDLE)
    mtx(tapes, "unload", CLEANER, "0")


def test_a_cleaned_drive_wants_nothing_and_has_ejected_the_cleaner(tapes: AttachedLibrary) -> None:
    tapes.fault("wants-cleaning drive:0 required")
    mtx(tapes, "load", CLEANER, "0")
    wait_until(lambda: read_logs(drive_0(tapes), STATUS).activity == IDLE)
    assert wants(read_logs(drive_0(tapes))) == (False, 0, 0, ())
    assert NO_MEDIUM in sense_of(tapes)
    assert "DR_OPEN" in flags_of_tape(tapes)
    mtx(tapes, "unload", CLEANER, "0")


@pytest.mark.parametrize(
    ("failure", "senses", "flags"),
    [("error", (CLEANING_FAILED, NO_MEDIUM), (20,)), ("invalid", (NO_MEDIUM, NO_MEDIUM), (20, 23))],
)
def test_a_cleaning_that_fails_leaves_the_drive_wanting(
    tapes: AttachedLibrary, failure: str, senses: tuple[str, ...], flags: tuple[int, ...]
) -> None:
    tapes.fault("wants-cleaning drive:0 required")
    tapes.fault(f"cleaning-fails drive:0 {failure}")
    mtx(tapes, "load", CLEANER, "0")
    wait_until(lambda: read_logs(drive_0(tapes), STATUS).activity == IDLE)
    for sense in senses:
        assert sense in sense_of(tapes)
    assert wants(read_logs(drive_0(tapes))) == (True, 1, 1, flags)
    assert "DR_OPEN" in flags_of_tape(tapes)
    mtx(tapes, "unload", CLEANER, "0")


def test_a_cleaner_that_is_kept_is_never_a_tape(keeper: AttachedLibrary) -> None:
    keeper.fault("wants-cleaning drive:0 requested")
    mtx(keeper, "load", CLEANER, "0")
    wait_until(lambda: read_logs(drive_0(keeper), STATUS).activity == IDLE)
    assert wants(read_logs(drive_0(keeper))) == (False, 0, 0, ())
    assert keeper.truth.drives[0].phase is Phase.CLEANED
    assert NOT_STARTED in sense_of(keeper)
    assert not flags_of_tape(keeper) & {"ONLINE", "DR_OPEN"}
    told("sg_start", "--eject", drive_0(keeper))
    assert NO_MEDIUM in sense_of(keeper)
    assert "DR_OPEN" in flags_of_tape(keeper)
    mtx(keeper, "unload", CLEANER, "0")


def test_a_spent_cleaner_is_refused(tapes: AttachedLibrary) -> None:
    tapes.fault("wants-cleaning drive:0 required")
    assert read_logs(drive_0(tapes), TAPE_ALERT).flags == (20,)
    tapes.operate("put CLN009CU mail:2 cleans=0")
    meet_unit_attentions(tapes)
    mtx(tapes, "load", SPENT, "0")
    assert CLEANING_FAILED in sense_of(tapes)
    assert NO_MEDIUM in sense_of(tapes)
    assert "DR_OPEN" in flags_of_tape(tapes)
    logs = read_logs(drive_0(tapes))
    assert wants(logs) == (True, 1, 1, (22,))
    assert logs.flag_names() == {22: "Expired cleaning media"}
    mtx(tapes, "unload", SPENT, "0")
    tapes.operate("take mail:2")
    meet_unit_attentions(tapes)
