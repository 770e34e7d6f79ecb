"""changer state export and import: a library moves to another host, with all that is kept of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from figures import FIGURES

from .terminal import OUTPUT_FAILED, STORE_UNREACHABLE, USAGE, Terminal, assert_ended_well


@pytest.fixture
def old(terminal: Terminal) -> Terminal:
    """A host whose library has a cleaner with 7 cleanings left in its slot, and a history."""
    terminal.done("cleaner", "reserve", "4")
    terminal.done("cleaner", "insert", "--from", "mail:1", "--cleans-left", "7")
    terminal.done("load", "1")
    return terminal


@pytest.fixture
def new(old: Terminal, folder: Path) -> Terminal:
    """Another host that has the same library now."""
    other = Terminal(folder / "new", old._capsys)
    other.simulated = old.simulated
    other.variables["CHANGER_SIM_DIR"] = str(old.simulated)
    return other


def test_a_library_moves_with_its_reservation_its_count_and_its_history(
    old: Terminal, new: Terminal, folder: Path
) -> None:
    file = folder / "export.json"
    before = old.done("state", "check", "--json").json["contents"]
    history = old.done("history", "--json").json
    run = old.done("state", "export", str(file))
    assert run.out.startswith(f"{file}: {file.stat().st_size} bytes, from {old.state}\n")
    new.done("status")  # it was looked at there before
    shown = new.done("state", "import", str(file), "--dry-run").out
    assert "nothing reserved -> slot @1004 reserved" in shown
    assert "no cleaner -> cleaner CLN001CU, 7 cleanings left" in shown
    assert new.done("cleaner", "status", "--json").json["cleaner"] is None
    new.done("state", "import", str(file))
    cleaner = new.done("cleaner", "status", "--json").json["cleaner"]
    FIGURES.reservation(expected=1004, found=cleaner["address"])
    FIGURES.uses(expected=7, counted=cleaner["cleans_left"])
    assert new.done("history", "--json").json == history
    assert new.done("state", "check", "--json").json["contents"] == before
    new.done("unload")
    assert new.tag_at("1") == "A00001L8"


def test_the_document_goes_through_a_pipe(old: Terminal, new: Terminal) -> None:
    exported = old.done("state", "export").out
    assert json.loads(exported)["schema"] == "changer.store/1"
    assert old.done("state", "export", "--json").json["schema"] == "changer.store/1"
    piped = old.program("state", "export", shell_tail=f"> {old.folder / 'piped'}")
    assert piped.status == 0
    run = new.program("state", "import", "-", shell_tail=f"< {old.folder / 'piped'}")
    assert run.status == 0, run.err
    again = json.loads(new.done("state", "export").out)
    assert again["libraries"] == [
        {**each, "capabilities": []} for each in json.loads(exported)["libraries"]
    ], "but for what a library can do, which is asked anew"


def test_documents_of_both_for_programs(old: Terminal, new: Terminal, folder: Path) -> None:
    file = folder / "export.json"
    written = old.done("state", "export", str(file), "--json").json
    assert set(written) == {"schema", "file", "size", "contents", "left_out"}
    assert written["schema"] == "changer.state-exported/1"
    shown = new.done("state", "import", str(file), "--json", "--dry-run").json
    assert new.done("state", "list", "--json").json["libraries"] == []
    done = new.done("state", "import", str(file), "--json").json
    assert done["schema"] == "changer.state-imported/1"
    assert {**done, "done": False} == shown
    assert done["after"]["libraries"] == written["contents"]["libraries"]


def test_what_is_kept_already_is_given_up_only_if_that_is_wanted(
    old: Terminal, new: Terminal, folder: Path
) -> None:
    file = folder / "export.json"
    old.done("state", "export", str(file))
    new.done("cleaner", "reserve", "9")
    run = new.run("state", "import", str(file))
    assert_ended_well(run, USAGE)
    assert "reservations, operations" in run.err
    assert "--replace" in run.err
    reserved = new.done("state", "list", "--json").json["libraries"][0]["reserved_address"]
    FIGURES.reservation(expected=1009, found=reserved)
    shown = new.done("state", "import", str(file), "--replace", "--dry-run").out
    assert "slot @1009 reserved -> slot @1004 reserved" in shown
    new.done("state", "import", str(file), "--replace")
    reserved = new.done("state", "list", "--json").json["libraries"][0]["reserved_address"]
    FIGURES.reservation(expected=1004, found=reserved)


def test_an_error_names_the_file_and_the_place_in_it(old: Terminal, folder: Path) -> None:
    file = folder / "export.json"
    old.done("state", "export", str(file))
    before = old.state.read_bytes()
    document = json.loads(file.read_text())
    document["libraries"][0]["moves"][0]["source_address"] = "slot 4"
    file.write_text(json.dumps(document))
    run = old.run("state", "import", str(file), "--replace")
    assert_ended_well(run, USAGE)
    assert f"{file}: libraries[0].moves[0].source_address is 'slot 4', not a whole" in run.err
    for content in ("", "{}", "[1, 2", "\0"):
        file.write_text(content)
        assert_ended_well(old.run("state", "import", str(file)), USAGE)
    assert old.state.read_bytes() == before


def test_files_that_can_t_be_read_or_written_are_told(old: Terminal, folder: Path) -> None:
    assert_ended_well(old.run("state", "import", str(folder / "none")), OUTPUT_FAILED)
    assert_ended_well(old.run("state", "import", str(folder)), OUTPUT_FAILED)
    assert_ended_well(old.run("state", "import", "/dev/zero"), USAGE)
    assert_ended_well(old.run("state", "export", str(folder)), OUTPUT_FAILED)
    assert_ended_well(old.run("state", "export", "/dev/full"), OUTPUT_FAILED)
    assert_ended_well(old.program("state", "import", "-", shell_tail="<&-"), OUTPUT_FAILED, USAGE)
    assert_ended_well(old.program("state", "export", shell_tail="> /dev/full"), OUTPUT_FAILED)
    (folder / "there").write_text("precious")
    assert_ended_well(old.run("state", "export", str(folder / "there")), OUTPUT_FAILED)
    assert (folder / "there").read_text() == "precious"
    old.done("state", "export", str(folder / "there"), "--force")


@pytest.mark.parametrize("words", ["state import", "state restore --yes"])
def test_named_pipe_that_nothing_is_written_to_is_not_waited_for(
    old: Terminal, folder: Path, words: str
) -> None:
    os.mkfifo(folder / "pipe")
    run = old.run(*words.split(), str(folder / "pipe"))
    assert_ended_well(run, OUTPUT_FAILED, STORE_UNREACHABLE)
    assert "pipe" in run.err


def test_document_comes_through_a_pipe_of_the_shell(old: Terminal, new: Terminal) -> None:
    document = old.done("state", "export").out
    (old.folder / "document").write_text(document)
    run = new.program("state", "import", shell_tail=f"<(cat {old.folder / 'document'})")
    assert (run.status, run.err) == (0, "")


def test_the_way_back_to_the_version_before_is_exact_or_refused(
    old: Terminal, new: Terminal, folder: Path
) -> None:
    file = folder / "export.json"
    run = old.done("state", "export", str(file), "--schema", "6")
    assert run.err == ""
    assert json.loads(file.read_text())["store_schema"] == 6
    new.done("state", "import", str(file))
    assert new.done("cleaner", "status", "--json").json["cleaner"]["cleans_left"] == 7
    old.done("cleaner", "reserve", "9")
    refused = old.run("state", "export", str(file), "--force", "--schema", "6")
    assert_ended_well(refused, USAGE)
    assert "the reservation of slot @1009" in refused.err
    assert "--lossy" in refused.err
    lossy = ("state", "export", str(file), "--force", "--schema", "6", "--lossy")
    run = old.run(*lossy, "--json")
    assert run.status == 0
    (left_out,) = run.json["left_out"]
    assert left_out.endswith(": the reservation of slot @1009")
    assert old.run(*lossy).err == f"changer: warning: left out of schema 6: {left_out}\n"
    (library,) = json.loads(file.read_text())["libraries"]
    assert [each["slot_address"] for each in library["reservations"]] == [1004]
    assert_ended_well(old.run("state", "export", "--schema", "5"), USAGE)


def test_several_slots_and_cleaners_move_with_their_library(
    old: Terminal, new: Terminal, folder: Path
) -> None:
    file = folder / "export.json"
    old.done("cleaner", "reserve", "9")
    old.done("state", "export", str(file))
    shown = new.done("state", "import", str(file)).out
    assert "slots @1004, @1009 reserved, cleaner CLN001CU, 7 cleanings left" in shown
    (library,) = new.done("state", "list", "--json").json["libraries"]
    assert (library["reserved_address"], library["reserved_addresses"]) == (1004, [1004, 1009])
    (library,) = new.done("state", "check", "--json").json["contents"]["libraries"]
    assert library["reserved_addresses"] == [1004, 1009]
    assert library["cleaner"] == {"volume_tag": "CLN001CU", "cleans_left": 7}
    (cleaner,) = library["cleaners"]
    assert cleaner == {
        "slot_address": 1004,
        "volume_tag": "CLN001CU",
        "cleans_left": 7,
        "condition": "usable",
    }
