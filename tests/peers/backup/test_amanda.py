"""Amanda works the library by its own chg-robot, with changer-mtx where it calls mtx.

It runs as its own user, without a word from the tests in its environment: store, locks and
settings are those of the host. What it logged is looked at: it skips lines that it can't read.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from figures import FIGURES
from kernel.conftest import DEVICE
from kernel.mtx_status import MtxStatus, read_mtx_status
from kernel.program import Program
from kernel.waiting import someone_waits
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock

from .amanda import PATIENCE_SECONDS, Amanda, member_of_tape, write
from .amanda_configuration import Configuration
from .tape_devices import tape_devices

pytestmark = pytest.mark.guest_only

LIBRARY_ID, LOCKS = "STK_L700_CHGR0001", Path("/run/lock/changer")
TAPES = ("A00001L8", "A00002L8", "A00003L8", "A00004L8")
CLEANER, CLEANER_SLOT = "CLNU01CU", 5
EMPTY_SLOT, MAIL_SLOT = 8, 9
WITHOUT_CLEANER = "1-4,6-10"
LABEL, LABELLED_SLOT = "AMANDA-4", 4
EMPTY_TO_AMANDA = [
    *(f"slot {slot}: empty" for slot in (6, 7, 8)),
    *(f"slot {slot}: empty (import/export slot)" for slot in (9, 10)),
]


@pytest.fixture(scope="module")
def installed(amanda_folders: None, mtx: str) -> Iterator[Amanda]:
    """An Amanda that was just configured; the library is left as it was."""
    before = read_mtx_status(DEVICE)
    configuration = Configuration("library", DEVICE, tape_devices(), mtx, WITHOUT_CLEANER)
    write(configuration)
    yield Amanda(configuration)
    assert read_mtx_status(DEVICE) == before


@pytest.fixture(scope="module")
def member(installed: Amanda, root: Program, in_group: None) -> Iterator[Amanda]:
    """One that may work the library; at the end its cartridges are at home and blank again."""
    yield installed
    for drive in read_mtx_status(DEVICE).drives:
        if drive.full:
            root.do("unload", f"drive:{drive.number}")
    root.do("load", str(LABELLED_SLOT), "drive:0")
    subprocess.run(["mt", "-f", tape_devices()[0], "weof"], check=True, timeout=60)
    root.do("unload", "drive:0")


@pytest.fixture
def amanda(member: Amanda) -> Iterator[Amanda]:
    """The same, for a test in which no cartridge may be lost."""
    before = all_tags(read_mtx_status(DEVICE))
    yield member
    after = read_mtx_status(DEVICE)
    FIGURES.cartridges(before=before, now=all_tags(after))
    assert after.slots[CLEANER_SLOT - 1].volume_tag == CLEANER


def all_tags(status: MtxStatus) -> list[str]:
    elements = (*status.drives, *status.slots, *status.mail)
    return [each.volume_tag or "" for each in elements if each.full]


def loaded() -> dict[int, str | None]:
    """The cartridge in each drive that has one."""
    return {each.number: each.volume_tag for each in read_mtx_status(DEVICE).drives if each.full}


def in_slot(number: int) -> str | None:
    status = read_mtx_status(DEVICE)
    return next(each.volume_tag for each in (*status.slots, *status.mail) if each.number == number)


def empty_the_drives(root: Program) -> None:
    for number in loaded():
        root.do("unload", f"drive:{number}")


def test_a_user_outside_the_group_is_told_as_by_mtx_that_it_lacks_the_right(
    installed: Amanda,
) -> None:
    ran = Amanda(installed.configuration, groups=False).amtape("inventory")
    assert ran.lines == [f"error from mtx: cannot open SCSI device '{DEVICE}' - Permission denied"]


def test_before_root_has_made_the_store_it_is_said_what_to_do(installed: Amanda) -> None:
    with member_of_tape():
        ran = installed.amtape("inventory")
    assert ran.printed.startswith("error from mtx: changer-mtx: no permission to make or enter")
    assert "run 'changer state init' as root" in ran.printed


def test_inventory_lists_every_slot_that_amanda_may_use(amanda: Amanda) -> None:
    ran = amanda.amtape("inventory")
    full = [f"slot {slot}: unknown state barcode {tag}" for slot, tag in enumerate(TAPES, 1)]
    assert ran.lines == [f"{full[0]} (current)", *full[1:], *EMPTY_TO_AMANDA]
    assert ran.log.words == ["status"]
    # The same as mtx itself sees, the cleaning cartridge that Amanda leaves alone too.
    assert ran.log.calls[0].status == read_mtx_status(DEVICE)


def test_slots_are_loaded_one_after_the_other_into_one_drive_after_the_other(
    amanda: Amanda, root: Program
) -> None:
    assert amanda.amtape("reset").lines == ["changer is reset"]
    ran = amanda.amtape("slot", "current")
    assert (ran.lines[-1], ran.log.words) == ("changed to slot 1", ["status", "load 1 0"])
    ran = amanda.amtape("slot", "next")
    assert (ran.lines[-1], ran.log.words) == ("changed to slot 2", ["status", "load 2 1"])
    assert loaded() == {0: TAPES[0], 1: TAPES[1]}
    events = root.do("history", "--json").document["events"]
    assert [(each["kind"], each["volume_tag"], each["result"]) for each in events] == [
        ("move", tag, "completed") for tag in (TAPES[1], TAPES[0])
    ]


def test_a_label_is_written_by_bar_code_and_read_back_after_the_tape_was_away(
    amanda: Amanda,
) -> None:
    ran = amanda.amlabel("-f", LABEL, "--barcode", TAPES[LABELLED_SLOT - 1])
    assert (ran.exit_status, ran.lines[-1]) == (0, "Success!"), ran
    assert ran.moves == ["unload 1 0", f"load {LABELLED_SLOT} 0"]
    assert amanda.amtape("eject", "0").lines == ["drive ejected"]
    assert in_slot(LABELLED_SLOT) == TAPES[LABELLED_SLOT - 1]
    ran = amanda.amtape("label", LABEL)
    assert ran.lines[-1] == f"label {LABEL} is now loaded from slot {LABELLED_SLOT}"
    # Into the drive that was used longest ago, and at once from the slot where it is.
    assert ran.moves == ["unload 2 1", f"load {LABELLED_SLOT} 1"]
    held = f"barcode {TAPES[LABELLED_SLOT - 1]} (in drive 1) (current)"
    inventory = amanda.amtape("inventory").printed
    assert f"slot {LABELLED_SLOT}: label {LABEL} {held}" in inventory


def test_show_reads_the_tapes_of_slots_and_leaves_the_cleaners_alone(amanda: Amanda) -> None:
    ran = amanda.amtape("show", "3-6")
    third, fourth, fifth, sixth = (line for line in ran.lines if line)
    assert third == "slot   3: unlabeled volume"
    assert re.fullmatch(rf"slot   4: date X +label {LABEL}", fourth)
    assert f"slot {CLEANER_SLOT} not in use-slots ({WITHOUT_CLEANER})" in fifth
    assert sixth == "slot   6: empty"
    assert ran.moves == ["load 3 0"]


def test_a_drive_that_was_loaded_behind_its_back_is_used_and_emptied(
    amanda: Amanda, root: Program
) -> None:
    empty_the_drives(root)
    root.do("load", "3", "drive:1")
    # Its state file has the cartridge there that it loaded last.
    strange = "WARNING: orig_slot from state file (4) differ from mtx output (3)"
    ran = amanda.amtape("slot", "3", wonders=[strange])
    assert (ran.lines[-1], ran.moves) == ("changed to slot 3", [])
    ran = amanda.amtape("slot", "2", "drive", "1")
    assert ran.lines[-1] == "changed to slot 2"
    assert ran.moves == ["unload 3 1", "load 2 1"]


def test_a_cartridge_that_was_moved_by_hand_is_found_by_its_label(
    amanda: Amanda, root: Program
) -> None:
    empty_the_drives(root)
    root.do("move", str(LABELLED_SLOT), str(EMPTY_SLOT))
    ran = amanda.amtape("label", LABEL)
    assert ran.lines[-1] == f"label {LABEL} is now loaded from slot {EMPTY_SLOT}"
    empty_the_drives(root)
    root.do("move", str(EMPTY_SLOT), str(LABELLED_SLOT))


def test_a_cartridge_goes_to_a_mail_slot_and_from_there_by_a_drive_home(amanda: Amanda) -> None:
    ran = amanda.changer("move", "2", str(MAIL_SLOT))
    assert (ran.lines, ran.moves) == (["moved"], [f"transfer 2 {MAIL_SLOT}"])
    assert (in_slot(2), in_slot(MAIL_SLOT)) == (None, TAPES[1])
    ran = amanda.amtape("slot", str(MAIL_SLOT), "drive", "1")
    assert (ran.lines[-1], ran.moves) == ("changed to slot 9", [f"load {MAIL_SLOT} 1"])
    ran = amanda.changer("move", str(MAIL_SLOT), "2")
    assert (ran.lines, ran.moves) == (["moved"], ["unload 2 1"])
    assert in_slot(2) == TAPES[1]


def test_a_load_waits_while_root_holds_the_library(amanda: Amanda) -> None:
    lock = LibraryLock(LIBRARY_ID, folder=LOCKS, command="a test", clock=SystemClock())
    with lock:
        running = amanda.begin("slot", "1")
        wait_until(lambda: someone_waits(lock.path), seconds=PATIENCE_SECONDS)
        assert loaded() == {}
    ran = running.end()
    assert ran.lines[-1] == "changed to slot 1"
    assert list(loaded().values()) == [TAPES[0]]


def test_without_bar_codes_nothing_is_lost_but_the_bar_codes(
    amanda: Amanda, root: Program, mtx: str
) -> None:
    properties = {"ignore-barcodes": "yes"}
    plain = Configuration("plain", DEVICE, tape_devices(), mtx, WITHOUT_CLEANER, properties)
    write(plain)
    empty_the_drives(root)
    ran = Amanda(plain).amtape("inventory")
    full = [f"slot {slot}: unknown state" for slot in range(1, 5)]
    assert ran.lines == [f"{full[0]} (current)", *full[1:], *EMPTY_TO_AMANDA]
    assert ran.log.words == ["nobarcode status"]


def test_a_cleaner_that_is_not_listed_is_not_in_the_inventory_either(
    amanda: Amanda, mtx: str, settings: Path
) -> None:
    every_slot = Configuration("every-slot", DEVICE, tape_devices(), mtx)
    write(every_slot)
    assert f"barcode {CLEANER}" in Amanda(every_slot).amtape("inventory").printed
    settings.write_text(f'[library."{LIBRARY_ID}"]\ncleaners_listed = false\n')
    slots = [line.split(":")[0] for line in Amanda(every_slot).amtape("inventory").lines]
    assert slots == [f"slot {slot}" for slot in range(1, 11) if slot != CLEANER_SLOT]


def test_the_changer_says_who_it_is(amanda: Amanda) -> None:
    ran = amanda.changer("vendor")
    assert (ran.lines, ran.log.words) == (["STK L700"], ["inquiry"])
