"""What changer-autochanger does to a library: nothing by halves, and nothing unsaid."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from driver.virtual_library import MODE_SENSE, MOVE_MEDIUM, NAME, error_of
from users import import_everything, no_right_to

from changer.cli.process import Terminated
from changer.simulator.catalogue import changing

from .daemon import TAPE, Daemon

LOAD_UNLOAD = 0x1B
WAIT = "changer_wait_seconds = 100"


def moves_sent(daemon: Daemon, function: Callable[[], object]) -> int:
    with daemon.library.counting() as counted:
        function()
    return counted[MOVE_MEDIUM]


def is_mounted(daemon: Daemon) -> bool:
    """The drive holds its cartridge, and nobody told it to eject."""
    with changing(NAME, folder=daemon.library.simulated) as state:
        return state.drives[0].mounted


# as mtx-changer says it


def test_load_and_unload_tell_the_job_log_what_they_did(daemon: Daemon) -> None:
    assert daemon.load(3, 1) == "Loading media from Storage Element 3 into drive 1...done\n"
    assert daemon.library.tag_at("drive:1") == "A00003L8"
    assert daemon.unload(4, 1) == "Unloading drive 1 into Storage Element 4...done\n"
    assert daemon.library.tag_at("4") == "A00003L8"


def test_transfer_takes_source_and_destination_and_says_nothing(daemon: Daemon) -> None:
    assert daemon.ask("transfer", 3, 4) == ""
    assert daemon.library.tag_at("4") == "A00003L8"
    assert daemon.ask("transfer", 13, 9, 0) == ""
    assert daemon.library.tag_at("9") == "CLN001CU"


def test_every_move_is_in_the_journal_and_verified(daemon: Daemon) -> None:
    daemon.load(3)
    daemon.unload(3)
    assert [row["outcome"] for row in daemon.library.rows("moves")] == ["completed", "completed"]


def test_cleaner_is_not_loaded_unless_the_settings_allow_it(daemon: Daemon) -> None:
    daemon.library.with_cleaner("CLN777CU", slot="9")
    said = daemon.refusal("load", 9, TAPE, 0)
    assert "CLN777CU is a cleaning cartridge" in said
    assert "to clean drive 0: changer clean 0; " in said
    assert f"cleaners_loadable = true, for {daemon.library.id}" in said
    assert "--as-is" not in said
    assert daemon.library.cleans_left == 50
    daemon.configure("cleaners_loadable = true\nchanger_wait_seconds = 10")
    daemon.call("load", 9, TAPE, 0)  # a drive that cleans does not become ready
    assert daemon.library.tag_at("drive:0") == "CLN777CU"
    assert daemon.library.cleans_left == 49


def test_load_from_an_empty_slot_says_what_bareos_looks_for(daemon: Daemon) -> None:
    said = daemon.refusal("load", 4, TAPE, 0)
    assert "Source Element Address 1004 is Empty" in said
    assert "the daemon passed" not in said, "of a virtual library no device is right"


def test_slot_that_turns_out_to_be_empty_says_so_too(daemon: Daemon) -> None:
    daemon.library.fault("sense 05/3B/0E on A5")
    assert "Source Element Address 1003 is Empty" in daemon.refusal("load", 3, TAPE, 0)


def test_slot_whose_magazine_is_out_is_not_called_empty(daemon: Daemon) -> None:
    daemon.library.pull_magazine(1)
    said = daemon.refusal("load", 3, TAPE, 0)
    assert "is Empty" not in said and "slot 3 is not available" in said


def test_unload_of_an_empty_drive_is_a_failure(daemon: Daemon) -> None:
    assert "Data Transfer Element 0 is Empty" in daemon.refusal("unload", 3, TAPE, 0)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("load", 1, TAPE, 0), "drive 0 is full (A00003L8)"),
        (("load", 3, TAPE, 0), "slot 3 is empty"),
        (("unload", 1, TAPE, 0), "slot 1 is full (A00001L8)"),
        (("transfer", 1, 2), "slot 2 is full (A00002L8)"),
        (("transfer", 4, 6), "slot 4 is empty"),
        (("transfer", 1, 1), "source and destination are both slot 1"),
        (("load", 0, TAPE, 1), "no slot 0"),
        (("load", 15, TAPE, 1), "no slot 15"),
        (("load", 1, TAPE, 2), "no drive 2"),
        (("unload", 15, TAPE, 0), "no slot 15"),
        (("unload", 3, TAPE, 7), "no drive 7"),
        (("transfer", 1, 99), "no slot 99"),
        (("transfer", 1, TAPE), "is not a slot number"),
        (("load", "one", TAPE, 0), "is not a slot number"),
        (("load", 1, TAPE, "-1"), "is not a drive number"),
    ],
    ids=str,
)
def test_what_can_not_be_moved_is_refused_before_it_is_sent(
    daemon: Daemon, words: tuple[object, ...], why: str
) -> None:
    daemon.load(3)
    with daemon.library.counting() as counted:
        assert why in daemon.refusal(*words)
    assert counted[MOVE_MEDIUM] == 0
    assert daemon.library.tag_at("drive:0") == "A00003L8"


def test_reserved_slot_is_not_for_a_data_cartridge(daemon: Daemon) -> None:
    daemon.library.reserve("12")
    assert "reserved for a cleaning cartridge" in daemon.refusal("transfer", 1, 12)


# what it costs

# Both ends before and after, the picker, the move, and mode page 1Dh; of a load, who the drive is.
BY_TYPE = [("load", 8), ("unload", 7), ("transfer", 7)]
AT_ONCE = [("load", 5), ("unload", 4), ("transfer", 4)]
WORDS = {"load": (1, TAPE, 0), "unload": (1, TAPE, 0), "transfer": (1, 4)}


@pytest.mark.parametrize(
    ("profile", "command", "most"),
    [
        *(("scalar", *each) for each in BY_TYPE),
        *(("l700", *each) for each in BY_TYPE),
        *(("demo", *each) for each in AT_ONCE),
    ],
)
def test_geometry_is_read_once_for_a_move(
    folder: Path, profile: str, command: str, most: int
) -> None:
    daemon = Daemon(folder, profile, drive_load_seconds=0)
    daemon.fill(slot1="A00001L8")
    daemon.load(1)
    if command != "unload":
        daemon.unload(1)
    with daemon.library.counting() as counted:
        daemon.ask(command, *WORDS[command])
    assert counted.total() <= most
    assert (counted[MODE_SENSE], counted[MOVE_MEDIUM]) == (1, 1)


@pytest.mark.parametrize("command", ["load", "unload", "transfer"])
def test_geometry_is_read_again_after_a_unit_attention(daemon: Daemon, command: str) -> None:
    """Nothing that was found out before it is used."""
    daemon.load(1)
    if command != "unload":
        daemon.unload(1)
    daemon.library.fault("unit-attention 2A/03 on B8")
    with daemon.library.counting() as counted:
        daemon.ask(command, *WORDS[command])
    assert (counted[MODE_SENSE], counted[MOVE_MEDIUM]) == (2, 1)


# waiting for the drive


def slow_drives(folder: Path, seconds: float, **overrides: Any) -> Daemon:
    daemon = Daemon(folder, drive_load_seconds=seconds, **overrides)
    daemon.configure(WAIT)
    return daemon


def test_load_returns_when_the_drive_is_ready(folder: Path) -> None:
    daemon = slow_drives(folder, 60.0)
    before = daemon.library.clock.monotonic()
    daemon.load(3)
    assert 60 <= daemon.library.clock.monotonic() - before < 70


def test_drive_that_does_not_become_ready_is_a_failure_with_its_reason(folder: Path) -> None:
    daemon = slow_drives(folder, 3600.0)
    before = daemon.library.clock.monotonic()
    said = daemon.refusal("load", 3, TAPE, 0)
    assert daemon.library.clock.monotonic() - before <= 100
    assert "A00003L8 is in drive 0, which is not ready after 95 s" in said
    assert "becoming ready" in said
    assert "Maximum Changer Wait" in said and "changer_wait_seconds" in said
    assert "now 100" in said and "--ready-timeout" not in said
    assert daemon.loaded() == "3"


def test_robot_takes_its_time_from_the_waiting(folder: Path) -> None:
    daemon = slow_drives(folder, 3600.0)
    daemon.library.fault("robot-delay 60")
    before = daemon.library.clock.monotonic()
    assert "not ready after 35 s" in daemon.refusal("load", 3, TAPE, 0)
    assert daemon.library.clock.monotonic() - before <= 100


def test_drive_that_never_notices_its_cartridge_was_waited_for_as_long_as_is_said(
    folder: Path,
) -> None:
    daemon = slow_drives(folder, 0.0)
    daemon.library.fault("sense 02/3A/00 always on 00 drive:0")
    before = daemon.library.clock.monotonic()
    said = daemon.refusal("load", 3, TAPE, 0)
    waited = daemon.library.clock.monotonic() - before
    assert f"not ready after {waited:.0f} s" in said and "3A/00" in said


def test_robot_that_takes_longer_than_the_daemon_waits_is_not_left_alone(folder: Path) -> None:
    daemon = slow_drives(folder, 3600.0)
    daemon.library.fault("robot-delay 500")
    assert "not ready after 0 s" in daemon.refusal("load", 3, TAPE, 0)
    assert daemon.library.tag_at("drive:0") == "A00003L8"
    assert [row["outcome"] for row in daemon.library.rows("moves")] == ["completed"]


def test_drive_that_fails_is_not_waited_for(folder: Path) -> None:
    daemon = slow_drives(folder, 0.0)
    daemon.library.fault("sense 04/44/00 always on 00 drive:0")
    before = daemon.library.clock.monotonic()
    said = daemon.refusal("load", 3, TAPE, 0)
    assert "internal target failure (Hardware Error, 44/00)" in said
    assert "LTO-9" not in said and "changer unload 0" in said
    assert daemon.library.clock.monotonic() - before < 5
    assert daemon.loaded() == "3"


def test_other_drive_stays_usable(folder: Path) -> None:
    daemon = slow_drives(folder, 3600.0)
    daemon.refusal("load", 3, TAPE, 0)
    assert daemon.loaded(1) == "0"


# one at a time


def test_held_lock_is_waited_for_and_no_longer_than_the_daemon_waits(daemon: Daemon) -> None:
    daemon.configure(WAIT)
    before = daemon.library.clock.monotonic()
    with daemon.library.lock_of_another("changer inventory"):
        for words in (("load", 3, TAPE, 0), ("unload", 3, TAPE, 0), ("transfer", 3, 4)):
            assert "changer inventory" in daemon.refusal(*words)
        assert daemon.loaded() == "0"
    # Longer than half of it, and the daemon would cut off the motion that began then.
    assert daemon.library.clock.monotonic() - before <= 3 * 100 / 2


def test_lock_that_becomes_free_in_time_is_no_failure(daemon: Daemon) -> None:
    daemon.configure(WAIT)
    lock = daemon.library.lock_of_another("changer inventory")
    lock.__enter__()
    daemon.library.clock.plan(40, lambda: lock.__exit__(None, None, None))
    daemon.load(3)
    assert daemon.library.tag_at("drive:0") == "A00003L8"


# ejecting first


def keeping(folder: Path, **overrides: Any) -> Daemon:
    """A library whose drives have to eject before the robot can take a cartridge."""
    return Daemon(folder, unloads_drive=False, drive_load_seconds=0, **overrides)


def test_drive_that_has_to_eject_is_told_to(folder: Path) -> None:
    daemon = keeping(folder)
    daemon.load(3)
    assert moves_sent(daemon, lambda: daemon.unload(3)) == 2
    assert daemon.library.tag_at("3") == "A00003L8"
    outcomes = [row["outcome"] for row in daemon.library.rows("moves")]
    assert outcomes == ["completed", "not-executed", "completed"]


def test_drive_that_has_ejected_by_itself_is_not_told_again(folder: Path) -> None:
    daemon = keeping(folder)
    daemon.load(3)
    with changing(NAME, folder=daemon.library.simulated) as state:
        state.change_drive(0, mounted=False)
    assert moves_sent(daemon, lambda: daemon.unload(3)) == 1


UNREACHABLE = "element drive:0 access=0"
REFUSAL = "sense {} on A5"
# With the transport named, too, which may be the address that is refused.
REFUSED_TWICE = "sense {} 2 on A5"
IN_DOUBT = "move-fails at-source {}"


@pytest.mark.parametrize(
    ("element", "sense"),
    [
        *(("", each) for each in ("05/53/03", "05/53/02", "05/3A/00", "02/3A/00", "02/3A/02")),
        *((UNREACHABLE, each) for each in ("05/3B/11", "05/80/00")),
    ],
)
def test_refusal_that_asks_for_it_leads_to_an_ejection(
    daemon: Daemon, element: str, sense: str
) -> None:
    daemon.load(3)
    daemon.library.fault(element or "clear")
    daemon.library.fault(REFUSAL.format(sense))
    assert moves_sent(daemon, lambda: daemon.unload(3)) == 2
    assert daemon.library.tag_at("3") == "A00003L8"


@pytest.mark.parametrize(
    ("vendor", "product", "sense"),
    [
        ("IBM", "3577-L5U", "05/3B/83"),
        ("EXABYTE", "Magnum 1x7", "05/3B/90"),
        ("IBM", "3576-MTL", "05/53/01"),
        ("IBM", "3573-TL", "05/44/81"),
    ],
)
def test_a_maker_s_refusal_that_asks_for_it_leads_to_an_ejection_there_alone(
    folder: Path, vendor: str, product: str, sense: str
) -> None:
    daemon = Daemon(folder / vendor, vendor=vendor, product=product)
    daemon.load(3)
    daemon.library.fault(REFUSAL.format(sense))
    assert moves_sent(daemon, lambda: daemon.unload(3)) == 2
    assert daemon.library.tag_at("3") == "A00003L8"
    other = Daemon(folder / "other", vendor="ACME", product="TAPEBOX")
    other.load(3)
    other.library.fault(REFUSAL.format(sense))
    assert moves_sent(other, lambda: other.refusal("unload", 3, TAPE, 0)) == 1
    assert other.library.tag_at("drive:0") == "A00003L8"


@pytest.mark.parametrize(
    ("element", "fault", "sense"),
    [
        *(("", REFUSAL, each) for each in ("05/24/00", "05/80/00", "02/04/03", "05/3B/0D")),
        ("", REFUSED_TWICE, "05/21/01"),
        *(("", IN_DOUBT, each) for each in ("04/53/01", "04/3B/90")),
        *((UNREACHABLE, REFUSAL, each) for each in ("05/24/00", "05/3B/0D", "05/3B/0E")),
        (UNREACHABLE, REFUSED_TWICE, "05/21/01"),
        (UNREACHABLE, REFUSAL, "02/04/03"),
        *((UNREACHABLE, IN_DOUBT, each) for each in ("04/15/01", "0B/00/00", "04/53/00")),
    ],
)
def test_what_ejecting_can_not_mend_or_is_in_doubt_does_not_lead_to_it(
    daemon: Daemon, element: str, fault: str, sense: str
) -> None:
    daemon.load(3)
    daemon.library.fault(element or "clear")
    daemon.library.fault(fault.format(sense))
    sent = moves_sent(daemon, lambda: daemon.refusal("unload", 3, TAPE, 0))
    assert sent == (2 if fault == REFUSED_TWICE else 1)
    assert is_mounted(daemon)
    assert daemon.library.tag_at("drive:0") == "A00003L8"


def test_nothing_is_unloaded_while_a_cartridge_is_in_the_picker(daemon: Daemon) -> None:
    daemon.load(3)
    with daemon.library.store() as store:
        store.begin_move(
            daemon.library.id, source_address=1001, destination_address=1006, volume_tag="A00001L8"
        )
    daemon.library.fault("move-fails in-transport")
    daemon.library.move_behind_our_back("1", "6", fails=True)
    assert moves_sent(daemon, lambda: daemon.refusal("unload", 3, TAPE, 0)) == 0
    assert daemon.library.tag_at("drive:0") == "A00003L8"


def test_drive_that_does_not_let_go_stays_loaded(folder: Path) -> None:
    daemon = keeping(folder)
    daemon.load(3)
    with changing(NAME, folder=daemon.library.simulated) as state:
        state.change_drive(0, mounted=True, prevented=True)
    said = daemon.refusal("unload", 3, TAPE, 0)
    assert "53/03" in said
    assert daemon.library.tag_at("drive:0") == "A00003L8"
    assert daemon.loaded() == "3"


def test_drive_that_lets_go_late_is_asked_again(daemon: Daemon) -> None:
    daemon.load(3)
    daemon.library.fault("sense 05/53/03 3 on A5")
    assert moves_sent(daemon, lambda: daemon.unload(3)) == 4


def test_mail_slot_that_is_locked_is_not_the_drive_s_fault(daemon: Daemon) -> None:
    daemon.load(3)
    daemon.library.fault("sense 05/53/02 on A5")
    daemon.refusal("unload", 14, TAPE, 0)
    assert is_mounted(daemon)


def test_library_is_held_from_the_refusal_to_the_second_move(folder: Path) -> None:
    daemon = keeping(folder)
    daemon.load(3)
    taken: list[str] = []

    def try_to_take() -> None:
        error = error_of(daemon.library.lock_of_another("changer move").__enter__)
        taken.append(error.code if error else "taken")

    daemon.library.fault("sense 05/53/03 2 on A5")
    daemon.library.clock.plan(0.5, try_to_take)
    daemon.unload(3)
    assert taken == ["library-busy"]


# trouble


def test_cartridge_that_was_left_in_the_transport_is_named(daemon: Daemon) -> None:
    daemon.library.fault("move-fails in-transport")
    assert "but is in the picker" in daemon.refusal("load", 3, TAPE, 0)
    assert "A00003L8 is in the picker" in daemon.refusal("load", 1, TAPE, 0)
    assert daemon.library.place_of("A00003L8") == "picker"
    assert daemon.loaded() == "0"


@pytest.mark.parametrize("left", ["at-source", "in-transport", "at-destination"])
@pytest.mark.parametrize(
    "words", [("load", 1, TAPE, 1), ("unload", 3, TAPE, 0), ("transfer", 1, 4)]
)
@pytest.mark.parametrize("fault", ["move-fails", "move-hangs"])
def test_failing_robot_loses_nothing(
    daemon: Daemon, fault: str, words: tuple[object, ...], left: str
) -> None:
    daemon.load(3)
    daemon.library.fault(f"{fault} {left}")
    answer = daemon.call(*words)
    assert (answer.status == 0) is (left == "at-destination"), answer


@pytest.fixture
def terminate() -> Iterator[Callable[[], None]]:
    """The signal, as the program meets it."""

    def obey(number: int, _frame: FrameType | None) -> None:
        raise Terminated(number)

    before = signal.signal(signal.SIGTERM, obey)
    yield lambda: signal.raise_signal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("at", [1.0, 30.0, 59.0])
def test_termination_during_a_move_waits_for_its_outcome(
    daemon: Daemon, terminate: Callable[[], None], at: float
) -> None:
    daemon.library.fault("robot-delay 60")
    for after in (at, at + 0.5):
        daemon.library.clock.plan(after, terminate)
    said = daemon.refusal("load", 3, TAPE, 0)
    assert said.endswith("changer-autochanger: terminated by its caller: A00003L8 is in drive 0\n")
    (move,) = daemon.library.rows("moves")
    assert move["outcome"] == "completed"
    assert daemon.library.place_of("A00003L8") == "drive:0"


def test_termination_while_the_drive_becomes_ready_leaves_a_move_that_is_done(folder: Path) -> None:
    def terminate() -> None:
        raise Terminated(signal.SIGTERM)

    daemon = slow_drives(folder, 60.0)
    daemon.library.clock.plan(30, terminate)
    assert "terminated" in daemon.refusal("load", 3, TAPE, 0)
    assert daemon.loaded() == "3"


def test_user_without_rights_to_the_store_is_told_so(daemon: Daemon) -> None:
    import_everything()
    daemon.load(3)
    daemon.library.simulated.chmod(0o777)
    for each in daemon.library.simulated.iterdir():
        each.chmod(0o666)
    with no_right_to(daemon.library.state):
        for words in (("loaded", 1, TAPE, 0), ("list",), ("unload", 3, TAPE, 0)):
            answer = daemon.run(f"sim:{NAME}", *words)
            assert (answer.status, answer.out) == (1, "")
            assert str(daemon.library.state) in answer.err
    assert daemon.loaded() == "3"


def test_library_that_is_disabled_is_not_moved(daemon: Daemon) -> None:
    daemon.configure("enabled = false")
    for words in (("load", 3, TAPE, 0), ("unload", 3, TAPE, 0), ("transfer", 3, 4)):
        assert "is disabled" in daemon.refusal(*words)
    assert daemon.loaded() == "0"
