"""changer-autochanger on the kernel's own devices: beside mtx, and with tapes that are in use."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from called import environment_set

from changer.hooks.autochanger.moves import load, unload
from changer.hooks.autochanger.program import Call
from changer.hooks.session import open_hook_session
from changer.simulator.profile_choices import Identifiers

from .attached_library import AttachedLibrary, attached
from .conftest import one_changer
from .contents import Contents
from .daemon import NOWHERE, Daemon
from .faulty_library import cartridges, true_places
from .mtx_status import MtxElement, MtxStatus, ReadMtx
from .program import REAL_START, Program, environment_in, run_program

PROGRAM = Path(sys.executable).with_name("changer-autochanger")
SETTINGS = 'transport = "sg_io"\n[library."CHANGER_VIRTUAL_KEEPING001"]\n'

# on every library


@pytest.fixture
def daemon(device: str, changer: Program) -> Daemon:
    return Daemon(device, changer.environment)


@pytest.fixture
def contents(daemon: Daemon, mtx_status: ReadMtx) -> Iterator[Contents]:
    """What is where before the test; afterwards everything is put back there."""
    before = mtx_status()
    yield Contents(before)
    homes = {slot.volume_tag: slot.number for slot in before.slots if slot.volume_tag}
    for drive in mtx_status().drives:
        if drive.full:
            daemon.ask("unload", homes[str(drive.volume_tag)], NOWHERE, drive.number)
    for slot in mtx_status().slots:
        if slot.volume_tag and homes[slot.volume_tag] != slot.number:
            daemon.ask("transfer", slot.number, homes[slot.volume_tag])
    assert mtx_status().slots == before.slots


def archive_devices(device: str) -> list[str]:
    """The tapes beside tgt's changer, in the order of their LUNs: what would be configured.

    It reports the serial number of its first drive only. Others report all: any path will do.
    """
    address = (Path("/sys/class/scsi_generic") / Path(device).name / "device").resolve().name
    found = {}
    for tape in Path("/sys/class/scsi_tape").iterdir():
        beside, _, lun = (tape / "device").resolve().name.rpartition(":")
        if address.startswith(f"{beside}:") and re.fullmatch(r"nst\d+", tape.name):
            found[int(lun)] = f"/dev/{tape.name}"
    return [found[lun] for lun in sorted(found)] or [NOWHERE, NOWHERE]


def records_of(mtx: MtxStatus) -> list[str]:
    """The long list, made of what mtx says: a cartridge without a label is shown as a dash."""

    def slot(letter: str, each: MtxElement) -> str:
        tag = f":F:{each.volume_tag or '-'}" if each.full else ":E"
        return f"{letter}:{each.number}{tag}"

    def drive(each: MtxElement) -> str:
        loaded = f":F:{each.source}:{each.volume_tag or '-'}" if each.full else ":E"
        return f"D:{each.number}{loaded}"

    return [
        *(drive(each) for each in mtx.drives),
        *(slot("S", each) for each in mtx.slots),
        *(slot("I", each) for each in mtx.mail),
    ]


def volumes_of(mtx: MtxStatus) -> list[str]:
    """The short list, in which a cartridge without a label has none."""
    here = [f"{each.number}:{each.volume_tag or ''}" for each in mtx.slots if each.full]
    return here + [f"{each.source}:{each.volume_tag or ''}" for each in mtx.drives if each.full]


def agree(daemon: Daemon, mtx: MtxStatus) -> None:
    shown = [line.rstrip() for line in daemon.ask("listall").splitlines()]
    assert shown == records_of(mtx)
    assert daemon.ask("list").splitlines() == volumes_of(mtx)
    assert daemon.ask("slots") == f"{len(mtx.slots) + len(mtx.mail)}\n"
    for drive in mtx.drives:
        loaded = daemon.ask("loaded", 0, NOWHERE, drive.number)
        assert loaded == f"{drive.source or 0}\n"


@pytest.mark.rows(one_in=2)
def test_lists_agree_with_mtx_element_by_element(
    daemon: Daemon, contents: Contents, mtx_status: ReadMtx
) -> None:
    first, second, _ = contents.two_full_and_one_empty()
    agree(daemon, contents.status)
    tapes = archive_devices(daemon.device)
    for drive, slot in enumerate((first.number, second.number)):
        told = daemon.ask("load", slot, tapes[drive], drive)
        assert told == f"Loading media from Storage Element {slot} into drive {drive}...done\n"
    status = mtx_status()
    assert [each.volume_tag for each in status.drives[:2]] == [first.volume_tag, second.volume_tag]
    agree(daemon, status)


@one_changer
def test_unload_and_transfer_take_the_slot_that_is_named(
    daemon: Daemon, contents: Contents, mtx_status: ReadMtx
) -> None:
    full, _, empty = contents.two_full_and_one_empty()
    daemon.ask("load", full.number, NOWHERE, 0)
    told = daemon.ask("unload", empty.number, NOWHERE, 0)
    assert told == f"Unloading drive 0 into Storage Element {empty.number}...done\n"
    assert {each.number: each.volume_tag for each in mtx_status().slots}[
        empty.number
    ] == full.volume_tag
    assert daemon.ask("transfer", empty.number, full.number) == ""
    assert mtx_status().slots == contents.status.slots


@one_changer
def test_the_installed_program_says_the_same(daemon: Daemon) -> None:
    words = (daemon.device, "listall")
    environment = {**os.environ, **daemon.environment}
    told = run_program([*REAL_START, PROGRAM, *words], environment)
    assert told == daemon.call("listall")


# on one of our own, whose drives have to eject before the robot can take a cartridge


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttachedLibrary]:
    folder = tmp_path_factory.mktemp("keeping")
    with attached(
        "keeping", folder, serial="KEEPING001", unloads_drive=False, drive_load_seconds=0
    ) as library:
        yield library


@pytest.fixture
def caller(keeping: AttachedLibrary, tmp_path: Path) -> Iterator[Daemon]:
    """Its daemon; every cartridge is where it was, in the end."""
    settings = tmp_path / "changer.toml"
    settings.write_text(f"{SETTINGS}changer_wait_seconds = 7\n")
    caller = Daemon(keeping.device, environment_in(tmp_path, settings=settings))
    before = cartridges(keeping.truth)
    yield caller
    keeping.fault("clear")
    for drive in (0, 1):
        slot = caller.ask("loaded", 0, NOWHERE, drive).strip()
        if slot != "0":
            caller.ask("unload", slot, NOWHERE, drive)
    assert cartridges(keeping.truth) == before


def tape(library: AttachedLibrary, drive: int) -> str:
    return str(library.drives[drive]["no_rewind"])


guest_only = pytest.mark.guest_only


@guest_only
def test_tape_that_nobody_uses_is_ejected_for_the_robot(
    keeping: AttachedLibrary, caller: Daemon
) -> None:
    caller.ask("load", 1, tape(keeping, 0), 0)
    moves = keeping.truth.commands[0xA5]
    caller.ask("unload", 1, tape(keeping, 0), 0)
    assert keeping.truth.commands[0xA5] == moves + 2
    assert true_places(keeping.truth)["1"] == "A00001L8"


@guest_only
def test_tape_that_somebody_uses_is_not(keeping: AttachedLibrary, caller: Daemon) -> None:
    caller.ask("load", 1, tape(keeping, 0), 0)
    user = os.open(tape(keeping, 0), os.O_RDONLY | os.O_NONBLOCK)
    try:
        said = caller.refusal("unload", 1, tape(keeping, 0), 0)
        assert f"{tape(keeping, 0)} is in use" in said and "fuser" in said
        assert true_places(keeping.truth)["drive:0"] == "A00001L8"
        assert str(keeping.truth.drives[0].phase) == "ready"
        # The other drive's tape is nobody's.
        caller.ask("load", 2, tape(keeping, 1), 1)
        caller.ask("unload", 2, tape(keeping, 1), 1)
    finally:
        os.close(user)
    caller.ask("unload", 1, tape(keeping, 0), 0)


@pytest.mark.rows(one_in=2)
@guest_only
@pytest.mark.parametrize("passed", ["the other drive's", NOWHERE])
def test_drive_is_found_by_its_serial_number_whatever_the_daemon_passes(
    keeping: AttachedLibrary, caller: Daemon, passed: str
) -> None:
    wrong = tape(keeping, 0) if passed.startswith("the") else passed
    keeping.fault("sense 02/04/01 always on 00 drive:0")
    caller.ask("load", 1, wrong, 1)
    assert true_places(keeping.truth)["drive:1"] == "A00001L8"
    caller.ask("unload", 1, wrong, 1)
    assert true_places(keeping.truth)["1"] == "A00001L8"


@pytest.mark.long
@guest_only
def test_wrong_device_is_told_when_something_failed(
    keeping: AttachedLibrary, caller: Daemon
) -> None:
    first, second = tape(keeping, 0), tape(keeping, 1)
    caller.ask("load", 1, first, 0)
    caller.ask("unload", 1, first, 0)
    said = caller.refusal("load", 4, second, 0)
    advice = f"the daemon passed {second}, which is drive 1; drive 0 is {first}"
    assert f"{advice}: correct Archive Device" in said
    assert "which is not a tape drive of this host" in caller.refusal("load", 4, NOWHERE, 0)
    assert "Archive Device" not in caller.refusal("load", 4, first, 0)


@pytest.mark.long
@guest_only
def test_wrong_device_is_in_the_host_s_log_though_all_is_well(
    keeping: AttachedLibrary, caller: Daemon
) -> None:
    """The daemon will look for its cartridge in the other drive."""
    first, second = tape(keeping, 0), tape(keeping, 1)
    announced: list[str] = []
    with (
        environment_set(caller.environment),
        open_hook_session(keeping.device, command="the test") as hooked,
    ):
        hooked.library.context = replace(hooked.library.context, log_warning=announced.append)
        for passed, told in ((first, []), (second, [f"{second}, which is drive 1"])):
            load(hooked, Call(keeping.device, "load", "1", passed, "0"))
            unload(hooked, Call(keeping.device, "unload", "1", passed, "0"))
            assert [each.partition("passed ")[2].partition(";")[0] for each in announced] == told


@pytest.mark.long
@guest_only
def test_drive_that_does_not_become_ready_is_told_with_its_sense(
    keeping: AttachedLibrary, caller: Daemon
) -> None:
    keeping.fault("sense 02/04/01 always on 00 drive:0")
    said = caller.refusal("load", 1, tape(keeping, 0), 0)
    assert "becoming ready" in said and "Maximum Changer Wait" in said
    assert true_places(keeping.truth)["drive:0"] == "A00001L8"


# on one that tells no serial numbers of its drives


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttachedLibrary]:
    folder = tmp_path_factory.mktemp("silent")
    with attached(
        "silent",
        folder,
        serial="SILENT0001",
        identifiers=Identifiers.REFUSED,
        unloads_drive=False,
        drive_load_seconds=0,
    ) as library:
        yield library


@pytest.mark.long
@guest_only
def test_daemon_s_device_is_the_drive_where_the_library_tells_no_serial_number(
    silent: AttachedLibrary, changer_environment: Mapping[str, str]
) -> None:
    caller = Daemon(silent.device, changer_environment)
    caller.ask("load", 1, tape(silent, 1), 1)
    assert true_places(silent.truth)["drive:1"] == "A00001L8"
    caller.ask("unload", 1, tape(silent, 1), 1)
    assert true_places(silent.truth)["1"] == "A00001L8"
    moves = silent.truth.commands[0xA5]
    for passed in (NOWHERE, "/dev/null", silent.device):
        assert "not a tape drive of this host" in caller.refusal("load", 1, passed, 0)
    assert silent.truth.commands[0xA5] == moves


@pytest.mark.long
@guest_only
def test_drive_of_another_library_is_not_taken_for_it(
    silent: AttachedLibrary, keeping: AttachedLibrary, changer_environment: Mapping[str, str]
) -> None:
    known = Daemon(keeping.device, changer_environment)
    known.ask("load", 1, tape(keeping, 0), 0)
    known.ask("unload", 1, tape(keeping, 0), 0)
    caller = Daemon(silent.device, changer_environment)
    said = caller.refusal("load", 1, tape(keeping, 0), 0)
    assert "which is a drive of CHANGER_VIRTUAL_KEEPING001" in said
    assert true_places(silent.truth)["1"] == "A00001L8"


@pytest.fixture
def changer_environment(tmp_path: Path) -> Mapping[str, str]:
    return environment_in(tmp_path)
