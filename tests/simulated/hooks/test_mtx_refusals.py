"""What mtx can't have, and changer-mtx says in a line of its own: lock, reservation, journal."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from users import called_in_environment, import_everything

from changer.cleaning.slot import reserve as reserve_slot
from changer.hooks.mtx.program import NAME, main
from changer.hooks.session import hook_status
from changer.journal.operations import operation
from changer.library.addressing import parse_place
from changer.simulator.catalogue import changing
from changer.simulator.transport import SimulatedTransport
from changer.smc.command import Command, Reply

from .mtx_script import DEVICE, MtxScript

MODE_SENSE, ADDRESS_ASSIGNMENT = 0x1A, 0x1D


def reserve(script: MtxScript) -> None:
    with script.library.open() as library:
        reserve_slot(library, parse_place("4"))


def leave_in_transport(script: MtxScript) -> None:
    """As a process that was killed in mid-move."""
    script.done("status")
    with script.library.store() as store:
        store.begin_move(
            script.library.id,
            kind="move",
            source_address=1001,
            destination_address=1006,
            volume_tag="A00001L8",
        )
    with changing("library", folder=script.library.simulated) as state:
        cartridge = state.cartridges[1001]
        state.take(1001)
        state.put(1, cartridge)


def bring_cleaner(script: MtxScript) -> None:
    script.done("transfer 13 9")


def disable(script: MtxScript) -> None:
    script.configure("enabled = false")


def pull_magazine(script: MtxScript) -> None:
    script.library.fault("magazine-out 1")


def doubt(script: MtxScript) -> None:
    script.library.fault("element 4 99/99 except=1")


CASES: list[tuple[Callable[[MtxScript], None], str, str]] = [
    (
        reserve,
        "transfer 1 4",
        "slot 4 is reserved for a cleaning cartridge, and A00001L8 is not one",
    ),
    (reserve, "exchange 1 2 4", "slot 4 is reserved for a cleaning cartridge, and A00002L8"),
    (leave_in_transport, "load 2", "A00001L8"),
    (bring_cleaner, "load 9", "CLN001CU is a cleaning cartridge"),
    (bring_cleaner, "load 9 1", "to clean drive 1: changer clean 1"),
    (disable, "load 2", "is disabled"),
    (disable, "inventory", "is disabled"),
    (disable, "position 1", "is disabled"),
    (disable, "eject", "is disabled"),
    (pull_magazine, "load 1", "slot 1 is not available"),
    (pull_magazine, "transfer 7 1", "slot 1 is not available"),
    (doubt, "transfer 1 4", "can't tell what is in slot 4"),
]


@pytest.mark.parametrize(("prepare", "line", "told"), CASES)
def test_what_mtx_can_not_have_is_one_line_of_its_own(
    script: MtxScript, prepare: Callable[[MtxScript], None], line: str, told: str
) -> None:
    prepare(script)
    said = script.failed(line)
    assert said.startswith("changer-mtx: ") and told in said, said
    assert len(said.splitlines()) == 1
    script.library.fault("clear")


def test_drive_that_is_being_cleaned_is_waited_for_and_then_refused(script: MtxScript) -> None:
    with script.library.open() as library, operation(library, "clean") as running:
        library.store.claim(running.id, 500)
        began = script.library.clock.time
        said = script.failed("load 1")
        assert said.startswith("changer-mtx: drive 0 is being cleaned")
        assert 230 <= script.library.clock.time - began <= 300
    assert script.done("load 1")


def test_busy_library_is_waited_for_as_long_as_backup_software_waits(script: MtxScript) -> None:
    library = script.library
    began = library.clock.time
    with library.lock_of_another("changer move"):
        said = script.failed("load 1")
        assert script.done("status")
    assert said.startswith("changer-mtx: ") and "changer move" in said
    assert 230 <= library.clock.time - began <= 300, "and there is time left for the move"
    assert script.done("load 1")


def test_library_that_becomes_ready_is_waited_for(script: MtxScript) -> None:
    script.library.fault("becoming-ready 60s")
    assert script.done("load 1") == "Loading media from Storage Element 1 into drive 0...done\n"


@pytest.mark.parametrize("line", ["eject", "erase"])
def test_what_goes_to_the_library_itself_is_not_sent_while_another_uses_it(
    script: MtxScript, line: str
) -> None:
    with script.library.lock_of_another("changer move"), script.library.counting() as sent:
        said = script.failed(line)
    assert said.startswith("changer-mtx: ") and "changer move" in said
    assert not sent.keys() & {0x1B, 0x19}


@pytest.mark.parametrize("how", ["move-hangs", "move-fails"])
def test_move_that_is_in_doubt_is_looked_after_and_told(script: MtxScript, how: str) -> None:
    script.library.fault(f"{how} at-destination")
    assert script.done("load 1").endswith("done\n")
    script.library.fault(f"{how} in-transport")
    answer = script.mtx("load 2 1")
    assert answer.out == "Loading media from Storage Element 2 into drive 1..."
    assert answer.err.startswith("changer-mtx: A00002L8 was ")
    assert "mtx: Request Sense" not in answer.err, "Amanda would send it again"
    script.library.fault("clear")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (None, "Additional Sense Code = 2"),
        ("sense 04/15/01", "Sense Key=Hardware Error"),
        ("no-reply", "Sense Key=No Sense"),
        ("busy", "Sense Key=No Sense"),
    ],
)
def test_device_that_refuses_eject_or_erase_has_its_sense_data_shown(
    script: MtxScript, fault: str | None, told: str
) -> None:
    """It is sent once, whatever comes of it; mtx ends with 0 after a failed ``eject``."""
    script.done("status")
    for line, status in (("eject", 0), ("erase", 1)):
        if fault:
            script.library.fault(fault)
        answer = script.mtx(line)
        lines = answer.err.splitlines()
        assert (answer.status, answer.out) == (status, "")
        assert lines[0] == "mtx: Request Sense: Long Report=yes" and told in answer.err
        assert lines[-2:] == ["Eject (0x1B) failed", "mtx:eject failed"] or line == "erase"


def test_cartridge_of_an_unknown_source_is_not_brought_anywhere_unasked(script: MtxScript) -> None:
    script.library.move_behind_our_back("1", "drive:0")
    script.forget_source()
    shown = script.done("status").splitlines()[1]
    assert shown.startswith("Data Transfer Element 0:Full (Unknown Storage Element Loaded):Volume")
    for line in ("unload", "next", "first", "last", "previous"):
        assert script.failed(line) == "No Source for tape in drive 0!\n"
    assert script.failed("load 2") == "Drive 0 Full (Storage Element 0 loaded)\n"
    assert script.done("unload 4").endswith("Element 4...done\n")


def test_cartridge_goes_home_by_the_journal_where_the_library_names_no_source(
    script: MtxScript,
) -> None:
    """A library that never sets SVALID (Spectra 2K): ``unload`` is what scripts say."""
    for line in ("unload", "next", "first", "last", "previous"):
        script.done("load 2")
        script.forget_source()
        assert "0:Full (Storage Element 2 Loaded)" in script.done("status")
        assert script.failed("load 3") == "Drive 0 Full (Storage Element 2 loaded)\n"
        assert script.mtx(line).out.startswith("Unloading drive 0 into Storage Element 2...done\n")
        script.mtx("unload")
        assert script.library.tag_at("2") == "A00002L8"


def test_library_that_tells_nothing_of_its_slots_has_no_empty_status(script: MtxScript) -> None:
    """Exabyte EXB-10e after power-on: every slot has EXCEPT=1 until an inventory."""
    for number in range(1, 13):
        script.library.fault(f"element {number} 83/03")
    refused = script.failed("status")
    assert refused.startswith("changer-mtx: can't tell what is in any slot of the library: ")
    assert "changer inventory" in refused


@pytest.mark.parametrize("line", ["unload", "unload 4", "next"])
@pytest.mark.parametrize("shown", ["83/03 full=0", "access=0", "listed=0"])
def test_drive_that_can_not_be_told_is_not_said_to_be_empty(
    script: MtxScript, shown: str, line: str
) -> None:
    script.library.fault(f"element drive:0 {shown}")
    refused = script.mtx(line)
    assert refused.status == 1
    assert "drive 0" in refused.err and "Empty" not in refused.err
    assert script.library.tag_at("drive:0") is None


def test_source_that_is_full_is_no_source(script: MtxScript) -> None:
    script.done("load 1")
    library = script.library
    with changing("library", folder=library.simulated) as state:
        state.put(1001, state.cartridges[1002])
        state.take(1002)
    assert "(Unknown Storage Element Loaded)" in script.done("status")
    assert script.failed("unload") == "No Source for tape in drive 0!\n"
    assert script.failed("unload 1") == "Storage Element 1 is Already Full\n"


def called_as_nobody(script: MtxScript, *words: str) -> tuple[int, str, str]:
    with script.environment():
        return called_in_environment(lambda: hook_status(main, words, name=NAME), dict(os.environ))


def test_ordinary_user_without_rights_to_the_store_is_told_so(script: MtxScript) -> None:
    import_everything()
    script.done("status")
    script.library.state.parent.chmod(0o700)
    status, out, err = called_as_nobody(script, "-f", DEVICE, "load", "1")
    assert (status, out) == (1, "")
    assert err.startswith("changer-mtx: ") and "permission" in err.lower()
    assert len(err.splitlines()) == 1


def cannot_open(device: object, why: str) -> str:
    return f"cannot open SCSI device '{device}' - {why}\n"


def test_what_no_device_can_be_is_told_as_mtx_does(script: MtxScript, folder: Path) -> None:
    import_everything()
    file, name = folder / "file", "x" * 300
    file.touch()
    for device, told in (
        (name, cannot_open(name, "File name too long")),
        (folder, cannot_open(folder, "Is a directory")),
        (file, f"{file} is not an sg device, or old sg driver\n"),
        (os.devnull, f"{os.devnull} is not an sg device, or old sg driver\n"),
    ):
        answer = script.run("-f", device, "status")
        assert (answer.status, answer.out, answer.err) == (1, "", told)
    file.chmod(0)
    status, out, err = called_as_nobody(script, "-f", str(file), "status")
    assert (status, out, err) == (1, "", cannot_open(file, "Permission denied"))


@pytest.mark.parametrize(
    ("counts", "told"),
    # Where SMC-3 has them in mode page 1Dh, behind the header.
    [((20,), "no Data Transfer Element reported"), ((12, 16), "no Storage Elements reported")],
)
def test_library_without_drives_or_slots_is_told_as_mtx_does(
    script: MtxScript, counts: tuple[int, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = SimulatedTransport.execute

    def lack(transport: SimulatedTransport, command: Command[Any]) -> Reply:
        reply = execute(transport, command)
        if command.cdb[0] != MODE_SENSE or command.cdb[2] != ADDRESS_ASSIGNMENT:
            return reply
        data = bytearray(reply.data)
        for at in counts:
            data[at : at + 2] = bytes(2)
        return reply._replace(data=bytes(data))

    monkeypatch.setattr(SimulatedTransport, "execute", lack)
    assert script.failed("status") == f"{told}\n"


@pytest.mark.parametrize("line", ["eject", "erase"])
def test_device_that_vanishes_is_no_answer_of_a_device(
    script: MtxScript, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = SimulatedTransport.execute

    def pull(transport: SimulatedTransport, command: Command[Any]) -> Reply:
        if command.cdb[0] in (0x1B, 0x19):
            script.library.fault("unplugged")
        return execute(transport, command)

    monkeypatch.setattr(SimulatedTransport, "execute", pull)
    said = script.failed(line)
    assert said.startswith("changer-mtx: ") and "Request Sense" not in said


def test_cleaner_is_loaded_where_the_settings_allow_it_and_its_use_is_counted(
    script: MtxScript,
) -> None:
    script.library.with_cleaner("CLN777CU", slot="9")
    said = script.failed("load 9 1")
    assert said.startswith("changer-mtx: CLN777CU is a cleaning cartridge; ")
    assert f"cleaners_loadable = true, for {script.library.id}" in said
    script.configure("cleaners_loadable = true")
    assert script.done("load 9 1").endswith("done\n")
    assert script.library.tag_at("drive:1") == "CLN777CU"
    assert script.library.cleans_left == 49


def test_each_device_that_is_named_is_opened_before_the_next_word(script: MtxScript) -> None:
    """As mtx does: of two, the first must be there as well."""
    assert script.run("-f", DEVICE, "-f", DEVICE, "status").status == 0
    for words in (
        ("-f", "sim:nowhere", "-f", DEVICE, "load", "1"),
        ("-f", "sim:nowhere", "nonext"),
    ):
        answer = script.run(*words)
        assert answer.status == 1 and "nowhere" in answer.err, answer
    assert script.library.tag_at("1") == "A00001L8"


@pytest.mark.parametrize("line", ["load 2 1", "unload 3 1", "transfer 2 4", "exchange 2 3"])
def test_nothing_is_moved_while_a_cartridge_is_in_the_picker(script: MtxScript, line: str) -> None:
    """One that a move left there: where it goes is for a person to say."""
    script.done("load 3 1")
    script.library.fault("move-fails in-transport")
    assert script.mtx("load 1 0").status == 1
    with script.library.counting() as counted:
        told = script.mtx(line)
    assert told.status == 1
    assert "A00001L8 is in the picker" in told.err and "changer recover" in told.err
    assert (counted[0xA5], counted[0xA6]) == (0, 0)
