"""changer recover: what it prints, its document, and its exit statuses."""

from __future__ import annotations

import pytest

from changer.host.clock import SystemClock
from changer.simulator.transport import SharedLibrary, SimulatedTransport
from changer.smc.cdb import move_medium
from changer.store.sqlite import open_store

from .terminal import DEVICE_NOT_AVAILABLE, USAGE, Terminal

TAG = "A00001L8"
RECOVERY_NEEDED, CARTRIDGE_MISSING = 43, 44


def interrupt(terminal: Terminal, *, where: str = "1", to: int = 500) -> None:
    """A move of slot 1, to the drive or ``to`` an address, was killed, and left its cartridge."""
    terminal.done("status")
    with open_store(terminal.state, clock=SystemClock()) as store:
        library = store.libraries()[0].id
        store.begin_move(library, source_address=1001, destination_address=to, volume_tag=TAG)
    if where == "nowhere":
        terminal.operate("remove 1")
    elif where == "picker":
        terminal.fault("move-fails in-transport")
        _send(terminal, 1001, 500)
    elif where == "drive:0":
        _send(terminal, 1001, 500)


def _send(terminal: Terminal, source: int, destination: int) -> None:
    """As another host would."""
    transport = SimulatedTransport(
        SharedLibrary("demo", folder=terminal.simulated), clock=SystemClock()
    )
    transport.execute(move_medium(source, destination))
    transport.close()


def test_nothing_open_is_said_so(terminal: Terminal) -> None:
    run = terminal.done("recover")
    assert run.out.startswith("nothing is open in ")
    document = terminal.done("recover", "--json").json
    assert list(document) == ["schema", "library", "moves", "cleaner", "cleaners", "picked"]
    assert document["schema"] == "changer.recovered/1"
    assert (document["moves"], document["cleaner"]) == ([], None)


def test_recorded_move_is_told_with_its_outcome(terminal: Terminal) -> None:
    interrupt(terminal, where="drive:0")
    looked = terminal.done("recover", "--dry-run").out
    load = f"the load of {TAG} into drive 0"
    came = f"{load} was interrupted, and was completed nonetheless: it is in drive 0\n"
    assert f"would say: {came}" in looked
    assert terminal.done("recover").out == came
    assert terminal.done("recover").out.startswith("nothing is open")
    assert came in terminal.done("history").out


def test_cartridge_that_left_by_a_mail_slot_is_told_so(terminal: Terminal) -> None:
    interrupt(terminal, where="nowhere", to=102)
    export = f"the move of {TAG} from slot 1 to mail slot 2"
    left = f"{export} was interrupted, and was completed nonetheless: it left through mail slot 2\n"
    assert f"would say: {left}" in terminal.done("recover", "--dry-run", "--at-rest").out
    assert terminal.done("recover", "--at-rest").out == left
    assert "it left through mail slot 2" in terminal.done("history").out
    assert "it left through mail slot 2 on" in terminal.run("load", TAG).err


def test_cartridge_in_the_picker_stops_others_and_is_carried_on(terminal: Terminal) -> None:
    interrupt(terminal, where="picker")
    refused = terminal.run("load", "2", "drive:1")
    assert refused.status == RECOVERY_NEEDED
    load = f"the load of {TAG} into drive 0"
    assert f"{load} was interrupted, and {TAG} is in the picker\n" in refused.err
    assert f"to finish {load}: changer recover; to undo it: add --back" in refused.err
    looked = terminal.done("recover", "--dry-run").out
    assert "would send to sim:demo: a5 00 00 00 00 01 01 f4 00 00 00 00 (MOVE MEDIUM)\n" in looked
    assert f"then finish {load}\n" in looked
    assert f"would say: finished {load}; it was in the picker\n" in looked
    document = terminal.done("recover", "--json").json
    addresses = {"source_address": 1001, "destination_address": 500, "address": 1}
    came = {"remedy": "carry-on", "outcome": "completed", "to": "drive:0"}
    told = {
        "job": load,
        "plan": f"finish {load}",
        "result": f"finished {load}; it was in the picker",
    }
    assert document["moves"] == [{"volume_tag": TAG, **addresses, **came, **told}]
    assert terminal.tag_at("drive:0") == TAG
    terminal.done("load", "2", "drive:1")


def test_text_says_what_will_be_done_and_then_what_was(terminal: Terminal) -> None:
    interrupt(terminal, where="picker")
    load = f"the load of {TAG} into drive 0"
    run = terminal.run("recover")
    assert (run.status, run.err) == (0, f"to do: finish {load}\n")
    assert run.out == f"finished {load}; it was in the picker\n"


def test_back_is_told_as_the_load_undone(terminal: Terminal) -> None:
    interrupt(terminal, where="picker")
    undone = f"the load of {TAG} into drive 0: put it back into slot 1"
    looked = terminal.done("recover", "--back", "--dry-run").out
    assert f"then undo {undone}\n" in looked
    run = terminal.run("recover", "--back")
    assert (run.status, run.err) == (0, f"to do: undo {undone}\n")
    told = f"undid the load of {TAG} into drive 0: it was in the picker and is back in slot 1\n"
    assert run.out == told
    assert terminal.tag_at("1") == TAG


def test_cartridge_that_a_picker_may_hold_is_not_to_be_written_off(terminal: Terminal) -> None:
    interrupt(terminal, where="nowhere")
    terminal.fault("element picker 53/08")
    for words in (("load", "2"), ("recover",)):
        refused = terminal.run(*words)
        assert refused.status == CARTRIDGE_MISSING
        assert "it may be in the picker" in refused.err
        assert "--accept-missing" not in refused.err
        assert "changer inventory" in refused.err


def test_cartridge_that_is_missing_stops_others_until_it_is_given_up(terminal: Terminal) -> None:
    interrupt(terminal, where="nowhere")
    refused = terminal.run("move", "2", "4", "--json")
    assert (refused.status, refused.error["code"]) == (CARTRIDGE_MISSING, "cartridge-missing")
    assert refused.error["ntms"] == {"name": "ERROR_OBJECT_NOT_FOUND", "code": 4312}
    assert "changer recover --accept-missing" in refused.error["hint"]
    told = terminal.run("recover")
    assert told.status == CARTRIDGE_MISSING
    lost = f"the load of {TAG} into drive 0 was interrupted: {TAG} can't be found\n"
    assert told.out == lost
    document = terminal.run("recover", "--json").json
    assert [(each["remedy"], each["address"]) for each in document["moves"]] == [("search", None)]
    looked = terminal.run("recover", "--dry-run")
    assert (looked.status, looked.err) == (told.status, told.err)
    assert f"would say: {told.out}" in looked.out
    given_up = terminal.done("recover", "--accept-missing").out
    assert given_up == f"wrote off {TAG} as missing\n"
    terminal.done("move", "2", "4")


def test_cartridge_that_no_place_can_take_is_moved_by_a_person(terminal: Terminal) -> None:
    interrupt(terminal, where="picker")
    terminal.operate("insert A00098L8 1")
    terminal.operate("insert A00099L8 12")
    with open_store(terminal.state, clock=SystemClock()) as store:
        library = store.libraries()[0].id
        move = store.unsettled_moves(library)[0]
        store.finish_move(move.id, outcome="misplaced")
        store.begin_move(library, source_address=1001, destination_address=1012, volume_tag=TAG)
    told = terminal.run("recover")
    assert told.status == RECOVERY_NEEDED
    assert "changer move @1 SLOT" in told.err
    moved = terminal.run("move", "@1", "4")
    assert (moved.status, moved.err) == (0, "")
    assert terminal.tag_at("4") == TAG
    assert terminal.done("recover").out.startswith("nothing is open")


def test_cleaner_that_is_out_is_brought_home(terminal: Terminal) -> None:
    terminal.create(
        "it", "demo", cleaning_seconds=0.2, drive_load_seconds=0, cleaners=0, move_seconds=0
    )
    terminal.operate("insert CLN001CU 9", name="it")
    at = ("-l", "sim:it")
    terminal.done(*at, "cleaner", "reserve", "4")
    terminal.done(*at, "cleaner", "insert", "--from", "9", "--cleans-left", "50")
    assert "its use is counted: 49 left" in terminal.run(*at, "load", "4", "--as-is").err
    looked = terminal.done(*at, "recover", "--dry-run").out
    home = "the cleaning cartridge back: CLN001CU from drive 0 to slot 4\n"
    assert f"then bring {home}" in looked
    assert f"would say: brought {home}" in looked
    document = terminal.done(*at, "recover", "--json").json
    assert document["cleaner"] == {"cartridge": "CLN001CU", "from": "drive:0", "to": "4"}
    assert terminal.tag_at("4", name="it") == "CLN001CU"


def test_without_motion_what_a_look_settles_is_settled(terminal: Terminal) -> None:
    interrupt(terminal, where="drive:0")
    came = terminal.done("recover", "--no-motion").out
    assert came.endswith("was interrupted, and was completed nonetheless: it is in drive 0\n")
    assert terminal.done("recover").out.startswith("nothing is open in ")


def test_without_motion_a_cartridge_stays_in_the_picker_and_is_an_event(terminal: Terminal) -> None:
    interrupt(terminal, where="picker")
    left = f"the load of {TAG} into drive 0 was interrupted, and {TAG} is in the picker"
    run = terminal.run("recover", "--no-motion")
    assert (run.status, run.out) == (RECOVERY_NEEDED, f"{left}\n")
    assert terminal.tag_at("picker") == TAG
    with open_store(terminal.state, clock=SystemClock()) as store:
        library = store.libraries()[0].id
        told = store.events().after(0, library_id=library)
        assert [each.kind for each in told] == ["move-open"]
    (move,) = terminal.run("recover", "--no-motion", "--json").json["moves"]
    assert (move["remedy"], move["result"]) == ("carry-on", left)
    assert (
        terminal.run("recover").out
        == f"finished the load of {TAG} into drive 0; it was in the picker\n"
    )


def test_all_settles_each_library_that_something_is_open_in(terminal: Terminal) -> None:
    assert terminal.done("recover", "--all").out == "nothing is open in any library on record\n"
    interrupt(terminal, where="drive:0")
    terminal.create("well", "autoloader")
    terminal.done("-l", "sim:well", "status")
    document = terminal.done("recover", "--all", "--no-motion", "--json").json
    (library,) = document["libraries"]
    assert [each["remedy"] for each in library["moves"]] == ["record"]
    assert library["code"] is None
    assert terminal.done("recover", "--all").out == "nothing is open in any library on record\n"


def test_all_reports_each_failure_and_ends_with_the_first(terminal: Terminal) -> None:
    interrupt(terminal, where="picker")
    terminal.fault("unplugged")
    run = terminal.run("recover", "--all", "--json")
    (library,) = run.json["libraries"]
    assert run.status == DEVICE_NOT_AVAILABLE
    assert library["code"] == run.error["code"] == "device-not-available"
    said = terminal.run("recover", "--all").err
    assert said.count(run.error["message"]) == 1, "it is no warning, too"


def test_all_warns_of_every_failure_but_the_one_that_it_ends_with(terminal: Terminal) -> None:
    interrupt(terminal, where="picker")
    terminal.create("well", "autoloader")
    other = terminal.done("-l", "sim:well", "status", "--json").json["library"]["id"]
    with open_store(terminal.state, clock=SystemClock()) as store:
        store.begin_move(other, source_address=1001, destination_address=500, volume_tag=TAG)
    for name in ("demo", "well"):
        terminal.fault("unplugged", name=name)
    run = terminal.run("recover", "--all")
    assert run.status == DEVICE_NOT_AVAILABLE
    warned, error, *_ = [line for line in run.err.splitlines() if line.startswith("changer: ")]
    assert "sim:well" in warned + error and "sim:demo" in warned + error
    assert warned.startswith("changer: warning: ") and "warning" not in error


def test_all_is_this_host_s_whoever_owns_the_one_that_is_meant(terminal: Terminal) -> None:
    settings = terminal.folder / "changer.toml"
    settings.write_text(
        'default_library = "HP_MSL_1"\n[library."HP_MSL_1"]\nmanager = "ssh://tape1.invalid"\n'
    )
    terminal.variables["CHANGER_CONFIG"] = str(settings)
    terminal.done("status")
    del terminal.variables["CHANGER"]
    assert "nothing is open in any library" in terminal.done("recover", "--all").out


def test_all_waits_for_a_library_that_is_not_attached_yet(terminal: Terminal) -> None:
    interrupt(terminal, where="drive:0")
    terminal.fault("unplugged")
    process = terminal.start("recover", "--all", "--wait", "50", "--verbose")
    assert process.stderr is not None
    assert any("to be attached" in line for line in process.stderr)
    terminal.fault("plugged")
    out, _ = process.communicate(timeout=50)
    assert "was completed nonetheless" in out
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("--dry-run", "--dry-run"),
        ("--accept-missing", "--accept-missing"),
        ("--at-rest", "--at-rest"),
        ("--on", "--on"),
        ("--back", "--back"),
        ("--to 2", "--to"),
        ("-l sim:demo", "--library"),
        ("--to 2 --at-rest --dry-run", "--dry-run"),
        ("--to 2 --at-rest -l sim:demo", "--library"),
    ],
)
def test_all_takes_nothing_that_is_about_one_library(
    terminal: Terminal, words: str, named: str
) -> None:
    run = terminal.run("recover", "--all", *words.split())
    assert (run.status, run.out) == (USAGE, "")
    assert run.err == (
        f"changer: --all and {named} exclude each other\n  name one library, without --all\n"
    )
