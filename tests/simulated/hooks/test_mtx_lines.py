"""What changer-mtx prints for a virtual library, as mtx 1.3.12 printed it for the same one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from driver.virtual_library import NAME, POSITION
from open_files import none_left_open

from changer.simulator.operator_api import set_fault
from changer.simulator.transport import SimulatedTransport
from changer.smc.command import Command, Reply

from .mtx_script import DEVICE, MtxScript

BLANKS = " " * 24

STATUS = f"""\
  Storage Changer {NAME}:2 Drives, 14 Slots ( 2 Import/Export )
Data Transfer Element 0:Empty
Data Transfer Element 1:Empty
      Storage Element 1:Full :VolumeTag=A00001L8{BLANKS}
      Storage Element 2:Full :VolumeTag=A00002L8{BLANKS}
      Storage Element 3:Full :VolumeTag=A00003L8{BLANKS}
      Storage Element 4:Empty
      Storage Element 5:Full :VolumeTag=A00004L8{BLANKS}
      Storage Element 6:Empty
      Storage Element 7:Full :VolumeTag=A00005L8{BLANKS}
      Storage Element 8:Full :VolumeTag=A00006L8{BLANKS}
      Storage Element 9:Empty
      Storage Element 10:Empty
      Storage Element 11:Empty
      Storage Element 12:Empty
      Storage Element 13 IMPORT/EXPORT:Full :VolumeTag=CLN001CU{BLANKS}
      Storage Element 14 IMPORT/EXPORT:Empty
"""

NOT_READY = """\
mtx: Request Sense: Long Report=yes
mtx: Request Sense: Valid Residual=no
mtx: Request Sense: Error Code=70 (Current)
mtx: Request Sense: Sense Key=Not Ready
mtx: Request Sense: FileMark=no
mtx: Request Sense: EOM=no
mtx: Request Sense: ILI=no
mtx: Request Sense: Additional Sense Code = 04
mtx: Request Sense: Additional Sense Qualifier = 01
mtx: Request Sense: BPV=no
mtx: Request Sense: Error in CDB=no
mtx: Request Sense: SKSV=no
"""


def test_status(script: MtxScript) -> None:
    assert script.done("status") == STATUS


def test_name_in_the_header_of_a_virtual_library_has_no_colon(script: MtxScript) -> None:
    """VITAM's parser of the status ends the device's name at the first one."""
    header = script.done("status").splitlines()[0]
    assert header.split(":")[0].split() == ["Storage", "Changer", NAME]


def test_status_without_bar_codes(script: MtxScript) -> None:
    lines = [line.partition(":VolumeTag=")[0] for line in STATUS.splitlines()]
    assert script.done("nobarcode status").splitlines() == lines
    assert script.done("altres noattach status") == STATUS


def test_status_without_cleaners_and_the_slot_that_is_kept_for_one(script: MtxScript) -> None:
    script.library.reserve("12")
    assert script.done("status") == STATUS
    script.configure("cleaners_listed = false")
    hidden = ("Storage Element 12:", "Storage Element 13 ")
    shown = [line for line in STATUS.splitlines() if not line.strip().startswith(hidden)]
    assert script.done("status").splitlines() == shown


def test_inquiry(script: MtxScript) -> None:
    assert script.done("inquiry").splitlines() == [
        "Product Type: Medium Changer",
        "Vendor ID: 'CHANGER '",
        "Product ID: 'VIRTUAL         '",
        "Revision: '0100'",
        "Attached Changer API: No",
    ]


def test_load_and_unload(script: MtxScript) -> None:
    told = "Loading media from Storage Element 3 into drive 1...done\n"
    assert script.done("load 3 1") == told
    shown = script.done("status").splitlines()
    assert (
        f"Data Transfer Element 1:Full (Storage Element 3 Loaded):VolumeTag = A00003L8{BLANKS}"
    ) in shown
    assert "      Storage Element 3:Empty" in shown
    assert script.failed("load 5 1") == "Drive 1 Full (Storage Element 3 loaded)\n"
    assert script.failed("unload 5 1") == "Storage Element 5 is Already Full\n"
    told = "Unloading drive 1 into Storage Element 9...done\n"
    assert script.done("unload 9 1") == told
    assert script.failed("unload 9 1") == "Data Transfer Element 1 is Empty\n"


def test_unload_goes_home_also_to_a_mail_slot(script: MtxScript) -> None:
    script.configure("cleaners_loadable = true")
    script.done("load 13")
    assert script.done("unload") == "Unloading drive 0 into Storage Element 13...done\n"
    assert script.done("status") == STATUS


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("load", "No source specified"),
        ("load 0", "No source specified"),
        ("load x", "No source specified"),
        ("load 15", "Invalid <storage-element-number> argument '15' to 'load' command"),
        ("load 1 2", "illegal <drive-number> argument '2' to 'load' command"),
        ("unload 15", "illegal <storage-element-number> argument '15' to 'unload' command"),
        ("unload 1 2", "illegal <drive-number> argument '2' to 'unload' command"),
        ("unload", "Data Transfer Element 0 is Empty"),
        ("unload 4", "Data Transfer Element 0 is Empty"),
        ("unload 0", "Do not know which slot to unload tape into!"),
        ("transfer", "No source specified"),
        ("transfer 1", "No destination specified"),
        ("transfer 15 1", "Invalid source"),
        ("transfer 1 15", "Invalid destination"),
        ("transfer 4 6", "Source Element Address 1004 is Empty"),
        ("transfer 1 2", "Destination Element Address 1002 is Already Full"),
        ("transfer 1 1", "Destination Element Address 1001 is Already Full"),
        ("exchange", "No source specified"),
        ("exchange 1", "No destination specified"),
        ("exchange 1 15", "Invalid destination"),
        ("exchange 4 1", "Source Element Address 1004 is Empty"),
        ("exchange 1 2 3", "Destination Element Address 1002 is Already Full"),
        ("position 15", "Could not position transport"),
        ("eepos", "eepos equires argument between 0 and 3."),
        ("eepos 4", "eepos equires argument between 0 and 3."),
    ],
)
def test_refusals(script: MtxScript, line: str, told: str) -> None:
    assert script.failed(line) == f"{told}\n"
    assert script.done("status") == STATUS


def test_third_slot_of_an_exchange_has_to_exist(script: MtxScript) -> None:
    for third in ("15", "0", "999999"):
        assert script.failed(f"exchange 1 2 {third}") == "Invalid destination\n"


def test_empty_source_is_told_after_the_announcement(script: MtxScript) -> None:
    answer = script.mtx("load 4 1")
    assert answer.out == "Loading media from Storage Element 4 into drive 1..."
    assert (answer.status, answer.err) == (1, "Source Element Address 1004 is Empty\n")


def test_transfer_exchange_position_and_inventory_say_nothing(script: MtxScript) -> None:
    for line in ("transfer 1 4", "exchange 4 2", "exchange 4 2 6", "position 3", "inventory"):
        assert script.done(line) == "", line
    truth = script.library.truth
    tags = {place: truth.cartridge_at(place) for place in ("1", "2", "4", "6")}
    assert [each.tag if each else None for each in tags.values()] == [
        *(None, "A00002L8", None, "A00001L8")
    ]


@pytest.mark.parametrize("line", ["position 3", "position"])
def test_position_moves_the_robot(script: MtxScript, line: str) -> None:
    with script.library.counting() as sent:
        assert script.done(line) == ""
    assert sent[POSITION] == 1


def test_slots_one_after_the_other(script: MtxScript) -> None:
    script.configure("cleaners_loadable = true")
    load = "Loading media from Storage Element {} into drive 0...done\n"
    unload = "Unloading drive 0 into Storage Element {}...done\n"
    assert script.done("first") == load.format(1)
    assert script.done("first") == "loading...done.\n"
    assert script.failed("previous") == "No More Media\n"
    assert script.done("next") == unload.format(1) + load.format(2)
    assert script.done("next next") == (
        unload.format(2) + load.format(3) + unload.format(3) + load.format(5)
    )
    assert script.done("previous") == unload.format(5) + load.format(3)
    answer = script.mtx("last")
    assert answer.out == unload.format(3) + load.format(12).removesuffix("done\n")
    assert answer.err == "Source Element Address 1012 is Empty\n"
    # As with mtx, an empty drive is given what is in the first mail slot.
    assert script.done("previous") == load.format(13)
    assert script.done("last") == "loading...done.\n"
    answer = script.mtx("next")
    assert (answer.status, answer.out, answer.err) == (1, unload.format(13), "No More Media\n")
    assert script.done("load 8 1 next 7") == (
        "Loading media from Storage Element 8 into drive 1...done\n" + load.format(1)
    )


def test_slots_one_after_the_other_pass_over_the_cleaners_that_are_hidden(
    script: MtxScript,
) -> None:
    load = "Loading media from Storage Element {} into drive 0...done\n"
    unload = "Unloading drive 0 into Storage Element {}...done\n"
    script.library.reserve("12")
    script.done("transfer 1 4 transfer 13 1")  # the cleaner is in slot 1 now
    script.configure("cleaners_listed = false")
    assert script.done("first") == load.format(2)
    assert script.done("first") == "loading...done.\n"
    assert script.failed("previous") == "No More Media\n"
    assert script.mtx("last").err == "Source Element Address 1011 is Empty\n"
    assert script.done("next") == load.format(2)
    script.configure("cleaners_loadable = true")
    assert script.done("first") == unload.format(2) + load.format(1)


def test_library_whose_slots_are_all_hidden_has_no_first_one(folder: Path) -> None:
    script = MtxScript(folder, slots=1, data_cartridges=0, cleaners=0)
    script.library.reserve("1")
    script.configure("cleaners_listed = false")
    for line in ("first", "last", "next", "previous"):
        assert script.failed(line) == "No More Media\n"


def test_slots_in_order_pass_over_a_cleaner_that_may_not_be_loaded(script: MtxScript) -> None:
    script.done("transfer 2 4 transfer 13 2")  # the cleaner is in slot 2 now
    loading = "Loading media from Storage Element {} into drive 0...done\n"
    assert script.done("first") == loading.format(1)
    assert script.done("next").endswith(loading.format(3))
    assert script.done("previous").endswith(loading.format(1))


def test_several_commands_do_as_they_find_it_and_the_first_failure_ends_them(
    script: MtxScript,
) -> None:
    answer = script.mtx("load 1 0 unload 4 0 status load 1 0 transfer 4 1")
    assert answer.out.startswith(
        "Loading media from Storage Element 1 into drive 0...done\n"
        "Unloading drive 0 into Storage Element 4...done\n"
        f"  Storage Changer {NAME}:2 Drives, "
    )
    assert f"      Storage Element 4:Full :VolumeTag=A00001L8{BLANKS}\n" in answer.out
    assert answer.err == "Source Element Address 1001 is Empty\n"
    found = script.library.truth.cartridge_at("4")
    assert found is not None and found.tag == "A00001L8"


def test_words_that_are_no_command_end_the_line_with_the_usage(script: MtxScript) -> None:
    answer = script.mtx("transfer 1 4 foo transfer 4 1")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith("Usage:\n\tmtx --version\n") and len(answer.err.splitlines()) == 15
    assert script.library.truth.cartridge_at("4")
    told = script.run("--version")
    assert told.err == "mtx version 1.3.12\n\n" + answer.err
    assert script.run().status == 0


def test_library_that_stays_unready_is_told_as_amanda_looks_for_it(script: MtxScript) -> None:
    script.library.fault("becoming-ready")
    for line in ("status", "load 1", "transfer 1 4", "next"):
        answer = script.mtx(line)
        assert answer == type(answer)(1, "", f"{NOT_READY}READ ELEMENT STATUS Command Failed\n")


def test_library_that_is_busy_is_no_sense_as_amanda_looks_for_it(script: MtxScript) -> None:
    script.library.fault("busy always on b8")
    told = script.failed("status")
    assert "mtx: Request Sense: Sense Key=No Sense\n" in told
    assert told.endswith("mtx: Request Sense: SKSV=no\nREAD ELEMENT STATUS Command Failed\n")


def test_mode_page_that_can_not_be_read_is_named(script: MtxScript) -> None:
    script.library.fault("sense 2/04/03 always on 1a")
    told = script.failed("status")
    block = NOT_READY.replace("Qualifier = 01", "Qualifier = 03")
    failed = "Mode sense (0x1A) for Page 0x1D failed\n"
    assert told == f"{block}{failed}{block}READ ELEMENT STATUS Command Failed\n"


@pytest.mark.parametrize("line", ["transfer 1 4", "exchange 1 2 4"])
def test_reading_that_fails_before_a_move_is_not_told_as_a_failed_move(
    script: MtxScript, line: str
) -> None:
    script.library.fault("sense 4/15/01 on b8")
    told = script.failed(line)
    assert "mtx: Request Sense: Sense Key=Hardware Error\n" in told
    assert told.endswith("SKSV=no\nREAD ELEMENT STATUS Command Failed\n")
    script.done(line)


def test_reading_that_fails_while_an_earlier_move_is_settled_is_told_so_too(
    script: MtxScript,
) -> None:
    script.done("transfer 3 4")
    with script.library.store() as store:
        begun = store.begin_move(
            script.library.id, source_address=1001, destination_address=500, volume_tag="A00001L8"
        )
        store.finish_move(begun.id, outcome="unknown")
    script.library.fault("sense 4/15/01 on b8")
    told = script.failed("load 2 1")
    assert "mtx: Request Sense: Sense Key=Hardware Error\n" in told
    assert told.endswith("SKSV=no\nREAD ELEMENT STATUS Command Failed\n")
    script.done("load 2 1")


def test_move_that_the_library_refuses_shows_its_sense_data(script: MtxScript) -> None:
    script.library.fault("sense 4/15/01 on a5")
    answer = script.mtx("load 1 1")
    assert answer.out == "Loading media from Storage Element 1 into drive 1..."
    assert answer.err.splitlines()[3] == "mtx: Request Sense: Sense Key=Hardware Error"
    assert answer.err.endswith("MOVE MEDIUM from Element Address 1001 to 501 Failed\n")


def test_exchange_that_the_library_refuses_shows_its_sense_data(script: MtxScript) -> None:
    script.library.fault("sense 4/15/01 on exchange")
    told = script.failed("exchange 1 2 4")
    assert told.splitlines()[3] == "mtx: Request Sense: Sense Key=Hardware Error"
    assert told.endswith("EXCHANGE MEDIUM from Element Address 1001 to 1002 Failed\n")


def test_inventory_and_position_that_the_library_refuses_are_told(script: MtxScript) -> None:
    script.library.fault("sense 4/15/01 on 07")
    told = script.failed("inventory").splitlines()
    assert "mtx: Request Sense: Sense Key=Hardware Error" in told
    assert told[-2:] == ["Initialize Element Status (0x07) failed", "mtx:inventory failed"]
    script.library.fault("sense 4/15/01 on 2b")
    assert script.failed("position 3") == "Could not position transport\n"


def test_wish_to_turn_a_cartridge_over_reaches_the_device(script: MtxScript) -> None:
    """Which refuses it: the virtual library has no double-sided media (HP SureStore 125ex has)."""
    told = script.failed("invert transfer 1 4")
    assert "Additional Sense Code = 24" in told
    assert script.library.tag_at("1") == "A00001L8"
    script.done("transfer 1 4")


@pytest.mark.parametrize(
    ("line", "cdb"),
    [
        ("transfer 2 4", "a5 00 00 00 03 ea 03 ec 00 00 00 00"),
        ("eepos 3 transfer 2 4", "a5 00 00 00 03 ea 03 ec 00 00 00 c0"),
        ("eepos 2 load 2 1", "a5 00 00 00 03 ea 01 f5 00 00 00 80"),
        ("invert load 2", "a5 00 00 00 03 ea 01 f4 00 00 01 00"),
        ("exchange 1 2 4", "a6 00 00 00 03 e9 03 ea 03 ec 00 00"),
        ("eepos 1 exchange 1 2", "a6 00 00 00 03 e9 03 ea 03 e9 00 40"),
        ("invert exchange 1 2 4", "a6 00 00 00 03 e9 03 ea 03 ec 02 00"),
        ("invert2 exchange 1 2 4", "a6 00 00 00 03 e9 03 ea 03 ec 01 00"),
    ],
)
def test_what_a_line_asks_of_a_motion_is_in_its_command(
    script: MtxScript, monkeypatch: pytest.MonkeyPatch, line: str, cdb: str
) -> None:
    execute, sent = SimulatedTransport.execute, list[str]()

    def note(transport: SimulatedTransport, command: Command[Any]) -> Reply:
        sent.append(command.cdb.hex(" "))
        return execute(transport, command)

    monkeypatch.setattr(SimulatedTransport, "execute", note)
    script.mtx(line)
    assert [each for each in sent if each[:2] in ("a5", "a6")] == [cdb]


@pytest.mark.parametrize(
    ("line", "cdb", "length"),
    [
        ("inquiry", "12 00 00 00 24 00", 36),
        ("eject", "1b 00 00 00 02 00", 0),
        ("erase", "19 00 00 00 00 00", 0),
        ("inventory", "07 00 00 00 00 00", 0),
        ("position 3", "2b 00 00 00 03 eb 00 00 00 00", 0),
    ],
)
def test_what_is_sent_to_the_device_itself_receives_no_more_than_there_is(
    script: MtxScript, monkeypatch: pytest.MonkeyPatch, line: str, cdb: str, length: int
) -> None:
    script.done("status")
    execute, sent = SimulatedTransport.execute, list[tuple[str, int]]()

    def note(transport: SimulatedTransport, command: Command[Any]) -> Reply:
        sent.append((command.cdb.hex(" "), command.allocation_length))
        return execute(transport, command)

    monkeypatch.setattr(SimulatedTransport, "execute", note)
    script.mtx(line)
    assert sent[-1] == (cdb, length)


@pytest.mark.parametrize("line", ["status", "load 1 0", "load 4 0", "inquiry status", "nothing"])
def test_the_device_is_closed_whatever_comes_of_the_line(script: MtxScript, line: str) -> None:
    script.done("status")
    with none_left_open():
        script.mtx(line)


def test_library_of_the_environment(script: MtxScript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANGER", DEVICE)
    assert script.run("status").out == STATUS
    monkeypatch.delenv("CHANGER")
    monkeypatch.setenv("TAPE", DEVICE)
    assert script.run("status").out == STATUS
    monkeypatch.setenv("CHANGER", "")
    told = "cannot open SCSI device '' - No such file or directory\n"
    assert script.run("status").err == told
    assert script.run("-f", DEVICE, "status").out == STATUS
    monkeypatch.setenv("CHANGER", script.library.id)
    told = f"cannot open SCSI device '{script.library.id}' - No such file or directory\n"
    assert script.run("status").err == told, "a virtual library has no id that leads to it"


def test_absent_elements_have_no_line_and_their_numbers_stay(script: MtxScript) -> None:
    set_fault(
        "library", "magazine-out 1", folder=script.library.simulated, clock=script.library.clock
    )
    lines = script.done("status").splitlines()
    assert lines == [line for i, line in enumerate(STATUS.splitlines()) if not 3 <= i < 9]
    assert script.failed("transfer 7 1").startswith("changer-mtx: slot 1 is not available: ")


@pytest.mark.parametrize(
    ("profile", "status", "load", "exchange"), [("demo", 2, 4, 4), ("l700", 4, 7, 0)]
)
def test_status_and_moves_take_few_commands(
    folder: Path, profile: str, status: int, load: int, exchange: int
) -> None:
    script = MtxScript(folder, profile, drive_load_seconds=0)
    for line in ("status", "load 1", "unload 1", "status"):
        script.done(line)

    def taken(line: str) -> int:
        with script.library.counting() as counted:
            script.done(line)
        return counted.total()

    assert (taken("status"), taken("load 1")) == (status, load)
    if exchange:
        assert taken("exchange 2 3") == exchange
