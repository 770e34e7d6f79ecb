"""``changer find``: where a cartridge is, and what is on record of one that is not shown."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from changer.host.clock import SystemClock
from changer.host.trust import user_name
from changer.simulator.catalogue import changing
from changer.store.sqlite import open_store
from changer.values import replace

from .terminal import NO_LIBRARY, USAGE, Run, Terminal

NOT_SHOWN, OFFLINE = 9, 16
NO_PROCESS = 1 << 30
TAG = "A00001L8"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def cartridge(run: Run) -> dict[str, object]:
    (found,) = run.json["cartridges"]
    assert isinstance(found, dict)
    return found


def test_every_place_that_shows_a_label_is_named(terminal: Terminal) -> None:
    terminal.done("load", "1")
    terminal.operate("insert A00003L8 4")
    run = terminal.done("find", TAG, "A00003L8", "A00003L8", "CLN001CU")
    assert run.out.splitlines() == [
        "A00001L8  drive 0",
        "A00003L8  slot 3       label is shown more than once",
        "A00003L8  slot 4       label is shown more than once",
        "CLN001CU  mail slot 1  cleaner",
    ]
    document = terminal.done("find", TAG, "--json").json
    assert (document["schema"], document["is_read"]) == ("changer.find/1", True)
    (found,) = document["cartridges"]
    assert found["places"] == [
        {"address": 500, "place": "drive:0", "name": "drive 0", "trouble": None, "cleaner": False}
    ]
    assert (found["shown"], found["last_seen"], found["last_move"]) == (True, None, None)


def test_a_pattern_finds_every_label_that_matches(terminal: Terminal) -> None:
    shown = [line.split()[0] for line in terminal.done("find", "A0000[1-3]*").out.splitlines()]
    assert shown == ["A00001L8", "A00002L8", "A00003L8"]
    run = terminal.run("find", "B*")
    assert (run.status, run.out) == (NOT_SHOWN, "")
    assert "no label matches B*" in run.err


def test_a_magazine_that_left_is_known(terminal: Terminal) -> None:
    terminal.done("load", "1")
    terminal.done("unload")
    terminal.done("status")
    terminal.fault("magazine-out 1")
    run = terminal.run("find", TAG)
    assert run.status == NOT_SHOWN
    first, name, seen, moved, now = run.out.splitlines()
    assert (first, name) == ("A00001L8  not shown", "A00001L8:")
    assert re.fullmatch(rf"  last seen in slot 1 on {TIME}; not shown there since {TIME}", seen)
    user = re.escape(user_name())
    assert re.fullmatch(
        rf"  last moved: drive 0 -> slot 1, ok, {TIME}, by {user}, changer unload", moved
    )
    assert now.startswith("  now slot 1 is not available: ")
    assert "3B/12" in now
    assert run.err.startswith("changer: A00001L8 is not shown by the library now\n")
    document = terminal.run("find", TAG, "--json")
    found = cartridge(document)
    assert found["shown"] is False
    assert document.error["code"] == "cartridge-not-shown"
    seen_at = found["last_seen"]
    assert isinstance(seen_at, dict)
    assert (seen_at["address"], seen_at["place"]) == (1001, "1")
    assert seen_at["since"] <= seen_at["until"] <= seen_at["missed_at"]


def test_a_pattern_finds_labels_that_left(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.operate("remove 1")
    run = terminal.run("find", "A*")
    assert run.status == NOT_SHOWN
    assert "A00001L8  not shown" in run.out
    assert "A00002L8  slot 2" in run.out
    assert "now slot 1 is empty" in run.out
    assert "1 of 6 labels is not shown by the library now: A00001L8" in run.err


def test_a_label_that_was_never_here_is_said_to_be_on_no_record(terminal: Terminal) -> None:
    run = terminal.run("find", "X99999L8", "A00002L8")
    assert run.status == NOT_SHOWN
    assert "  no reading on record shows this label" in run.out


def test_a_label_that_a_place_hides_is_not_one_to_be_had(terminal: Terminal) -> None:
    """FULL=1 of an element that is not there is believed of no slot."""
    terminal.fault("element 1 access=0")
    run = terminal.run("find", TAG)
    assert run.status == NOT_SHOWN
    assert re.search(r"A00001L8  slot 1  not available: it is not accessible", run.out)


def test_what_another_place_holds_now_is_said(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.operate("remove 1")
    terminal.operate("insert B00001L8 1")
    assert "  now slot 1 holds B00001L8" in terminal.run("find", TAG).out


def test_a_drive_that_shows_no_label_is_named_by_the_last_move(terminal: Terminal) -> None:
    terminal.done("load", "1")
    with changing("demo", folder=terminal.simulated) as state:
        address = state.address_of_drive(0)
        state.put(address, replace(state.cartridges[address], tag=""))
    run = terminal.run("find", TAG)
    assert run.status == NOT_SHOWN
    assert "last moved: slot 1 -> drive 0, ok" in run.out
    assert "now drive 0 holds a cartridge that shows no label" in run.out


def test_offline_only_what_is_on_record_is_shown(terminal: Terminal) -> None:
    terminal.done("load", "1")
    terminal.done("status")
    terminal.fault("offline")
    run = terminal.run("find", TAG, "X99999L8")
    assert run.status == OFFLINE
    assert "not read, and only what is on record was shown" in run.err
    assert "A00001L8  not read" in run.out
    assert re.search(rf"  last seen in drive 0 on {TIME}\n  last moved: slot 1 -> drive 0", run.out)
    assert "nothing is on record of this label" in run.out
    document = terminal.run("find", TAG, "--json")
    assert (document.status, document.json["is_read"]) == (OFFLINE, False)


@pytest.mark.parametrize("name", ["sim:it", "TWO_FAM", ""])
def test_a_library_that_is_gone_is_known_by_the_store(terminal: Terminal, name: str) -> None:
    terminal.create("it", "two-families")
    library_id = terminal.done("-l", "sim:it", "status", "--json").json["library"]["id"]
    terminal.done("sim", "delete", "it")
    run = terminal.run("-l", name or library_id, "find", "A0000[1-6]*", "--json")
    assert run.status in (NO_LIBRARY, 10)
    assert run.json["library"] == {"id": library_id}
    assert len(run.json["cartridges"]) == 6
    assert run.error["code"] in ("no-library", "device-not-available")


def test_library_that_the_record_can_not_tell_is_not_guessed(terminal: Terminal) -> None:
    terminal.done("status")
    terminal.create("it", "two-families")
    terminal.done("-l", "sim:it", "status")
    del terminal.variables["CHANGER"]
    for words in (("find", TAG), ("-l", "nosuch", "find", TAG)):
        run = terminal.run(*words)
        assert (run.status, run.out) == (NO_LIBRARY, "")
        assert "only what is on record was shown" not in run.err


def test_an_open_move_is_said(terminal: Terminal) -> None:
    terminal.done("status")
    with open_store(terminal.state, clock=SystemClock()) as store:
        library = store.libraries()[0].id
        store.begin_move(library, source_address=1001, destination_address=500, volume_tag=TAG)
    shown = terminal.done("find", TAG).out
    assert shown.startswith(f"{TAG}  slot 1\n{TAG}:\n  being moved: slot 1 -> drive 0, under way")
    with closing(sqlite3.connect(terminal.state)) as connection, connection:
        connection.execute(f"UPDATE moves SET process_id = {NO_PROCESS}")
    shown = terminal.done("find", TAG).out
    assert "  a move has no known end: slot 1 -> drive 0, interrupted, " in shown
    assert "changer recover settles it" in shown


@pytest.mark.parametrize("words", ["drive:0", "@1001", "mail:1", "picker"])
def test_a_place_is_not_a_label(terminal: Terminal, words: str) -> None:
    run = terminal.run("find", words)
    assert (run.status, run.out) == (USAGE, "")
    assert "is not a label" in run.err


def test_a_number_is_a_label(terminal: Terminal) -> None:
    terminal.operate("insert 000012 4")
    assert terminal.done("find", "000012").out == "000012  slot 4\n"
    terminal.operate("insert A*1 6")
    assert terminal.done("find", "tag:A*1").out == "A*1  slot 6\n"


def test_a_look_writes_nothing_to_a_store_that_it_can_not_write(terminal: Terminal) -> None:
    terminal.makes_store = False
    del terminal.variables["CHANGER_STATE"]
    terminal.variables |= {"HOME": str(terminal.folder), "XDG_STATE_HOME": ""}
    assert "slot 1" in terminal.run("find", TAG).out
