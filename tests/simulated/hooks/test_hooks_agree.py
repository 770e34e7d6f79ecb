"""An element as libraries show it: the lists, mtx's status and changer's say the same of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from called import called

from changer.cli.main import main as changer_main
from changer.hooks.mtx.program import main as mtx_main

from .daemon import TAPE, Answer, Daemon

FULL, EMPTY, NO_LINE = "full", "empty", "no line"


def mtx(daemon: Daemon, *words: object) -> Answer:
    return daemon.answer_of(mtx_main, "-f", "sim:library", *words, name="changer-mtx")


def mtx_line(daemon: Daemon, name: str) -> str:
    """What mtx's status has after the name of an element; nothing where it has no line."""
    answer = mtx(daemon, "status")
    assert answer.status == 0, answer
    lines = (line.strip() for line in answer.out.splitlines())
    return next((line for line in lines if line.startswith(f"{name}:")), "").removeprefix(name)


def changer(daemon: Daemon, *words: str) -> str:
    with daemon.environment():
        ended, out, err = called(lambda: changer_main(["-l", "sim:library", *words]))
    assert ended == 0, err
    return out


def status_of(daemon: Daemon, kind: str, number: int) -> dict[str, object]:
    shown = json.loads(changer(daemon, "status", "--json"))[kind]
    found: dict[str, object] = next(each for each in shown if each["number"] == number)
    return found


def said(daemon: Daemon, record: str, name: str) -> set[str]:
    """``record``: how the long list begins a line of the element; ``name``: mtx's for it."""
    listed = [line for line in daemon.lines("listall") if line.startswith(f"{record}:")]
    word = {"F": FULL, "E": EMPTY}[listed[0][len(record) + 1]] if listed else NO_LINE
    shown = mtx_line(daemon, name)
    return {word, {":F": FULL, ":E": EMPTY, "": NO_LINE}[shown[:2]]}


LOADED = ("80/01", "00/17", "00/00", "83/00", "83/03", "5D/FF", "30/03", "access=0", "ed=1")


@pytest.mark.parametrize("words", LOADED)
def test_drive_that_says_that_it_is_full_is_loaded_for_all_alike(
    daemon: Daemon, words: str
) -> None:
    """mtx 1.3.12, mtxl.cpp: a dual-drive Exabyte sets a code on a drive with a tape in it."""
    daemon.load(3)
    daemon.library.fault(f"element drive:0 {words}")
    assert daemon.loaded() == "3"
    assert "3:A00003L8" in daemon.lines("list")
    assert said(daemon, "D:0", "Data Transfer Element 0") == {FULL}
    assert "(Storage Element 3 Loaded)" in mtx_line(daemon, "Data Transfer Element 0")
    assert status_of(daemon, "drives", 0)["full"] is True
    assert mtx(daemon, "load", 2).err == "Drive 0 Full (Storage Element 3 loaded)\n"


EMPTY_FORMS = ("80/01", "00/17", "00/00", "access=1")


@pytest.mark.parametrize("words", EMPTY_FORMS)
def test_code_that_says_nothing_of_the_contents_leaves_a_drive_empty(
    daemon: Daemon, words: str
) -> None:
    """HP ESL9000 p. 118, Dell TL4000 table C-1: it requires cleaning; EXCEPT=1 without a code."""
    daemon.library.fault(f"element drive:0 {words}")
    assert daemon.loaded() == "0"
    assert said(daemon, "D:0", "Data Transfer Element 0") == {EMPTY}
    assert status_of(daemon, "drives", 0)["full"] is False
    daemon.load(3)
    assert daemon.library.tag_at("drive:0") == "A00003L8"


NO_DRIVE = {
    "Oracle SL4000, SCSI element addressing": ("STK SL4000", "3B/1A ed=1 access=0"),
    "Exabyte Magnum": ("EXABYTE Magnum", "83/04"),
    "IBM TS3310, varied off": ("IBM 3576-MTL", "83/05"),
    "IBM TS3500": ("IBM 03584L32", "82/00"),
    "IBM TS4500, mode page 1Dh": ("IBM 03584L32", "3B/82"),
    "Dell TL2000 p. A-5": ("IBM 3573-TL", "access=0"),
    "left out of the report": ("ACME TAPEBOX", "listed=0"),
}


@pytest.mark.parametrize("form", NO_DRIVE)
def test_bay_without_a_drive_has_no_line_and_takes_nothing(folder: Path, form: str) -> None:
    model, words = NO_DRIVE[form]
    vendor, product = model.split()
    daemon = Daemon(folder, vendor=vendor, product=product)
    daemon.library.fault(f"element drive:0 {words}")
    assert said(daemon, "D:0", "Data Transfer Element 0") == {NO_LINE}
    assert "can't tell what is in drive 0" in daemon.refusal("loaded", 0, TAPE, 0)
    shown = status_of(daemon, "drives", 0)
    assert (shown["present"], shown["full"]) == (False, None)
    assert "drive 0  not present" in changer(daemon, "status")
    assert daemon.call("load", 3, TAPE, 0).status == 1
    assert daemon.library.tag_at("3") == "A00003L8"


def test_drive_that_can_not_be_told_is_said_to_be_made_to_eject(daemon: Daemon) -> None:
    """Exabyte Magnum 1x7, p. 155: after power-on an inventory does not tell it, an unload does."""
    daemon.library.fault("element drive:0 83/03 access=0 full=0")
    refused = daemon.refusal("loaded", 0, TAPE, 0)
    assert "mt -f /dev/nstN offline" in refused and "informational_codes" in refused
    assert "inventory" not in refused


def test_code_that_the_settings_call_informational_leaves_a_drive_empty(daemon: Daemon) -> None:
    daemon.configure('informational_codes = ["83/03"]')
    daemon.library.fault("element drive:0 83/03")
    assert daemon.loaded() == "0"
    assert said(daemon, "D:0", "Data Transfer Element 0") == {EMPTY}
    daemon.load(3)
    assert daemon.loaded() == "3"


def test_slot_whose_label_alone_is_in_doubt_is_full(daemon: Daemon) -> None:
    """IBM TS3310, table C-1: 83/02; FULL=1 is not out with its magazine."""
    daemon.library.fault("element 2 83/02")
    assert "2:A00002L8" in daemon.lines("list")
    assert said(daemon, "S:2", "Storage Element 2") == {FULL}
    assert status_of(daemon, "slots", 2)["full"] is True
    daemon.load(2)
    assert daemon.library.tag_at("drive:0") == "A00002L8"


@pytest.mark.parametrize("words", ["00/00", "access=1"])
@pytest.mark.parametrize("slot", [3, 4])
def test_slot_without_a_code_is_as_it_says(daemon: Daemon, slot: int, words: str) -> None:
    daemon.library.fault(f"element {slot} {words}")
    expected = FULL if slot == 3 else EMPTY
    assert said(daemon, f"S:{slot}", f"Storage Element {slot}") == {expected}
    assert status_of(daemon, "slots", slot)["full"] is (expected == FULL)


# a library of which nothing is told


def ask_for_inventory(daemon: Daemon) -> None:
    """Exabyte EXB-10e after power-on: every slot has EXCEPT=1."""
    for number in range(1, 13):
        daemon.library.fault(f"element {number} 83/03")


@pytest.mark.parametrize("command", ["list", "listall"])
def test_library_that_tells_nothing_of_its_slots_has_no_empty_list(
    daemon: Daemon, command: str
) -> None:
    """Daemons take every volume that is not listed out of the changer, in the catalog."""
    ask_for_inventory(daemon)
    refused = daemon.refusal(command)
    assert "can't tell what is in any slot of the library: of slot 1, " in refused
    assert "changer inventory" in refused


@pytest.mark.parametrize("command", ["list", "listall"])
def test_one_slot_that_is_told_makes_a_list(daemon: Daemon, command: str) -> None:
    for number in range(2, 13):
        daemon.library.fault(f"element {number} 83/03")
    assert any("A00001L8" in line for line in daemon.lines(command))


def test_library_without_its_magazines_is_listed_without_slots(daemon: Daemon) -> None:
    for number in (1, 2):
        daemon.library.pull_magazine(number)
    assert daemon.lines("list") == []
    assert not any(line.startswith("S:") for line in daemon.lines("listall"))
    assert mtx(daemon, "status").status == 0


# a mail slot that media only come in by


def test_nothing_is_transferred_to_a_mail_slot_that_media_only_come_in_by(daemon: Daemon) -> None:
    """SMC-3, EXENAB: what is put there could not leave."""
    daemon.library.fault("element mail:2 export=0")
    daemon.load(3)
    for refused in (
        daemon.refusal("transfer", 1, 14),
        daemon.refusal("unload", 14, TAPE, 0),
        mtx(daemon, "transfer", 1, 14).err,
        mtx(daemon, "unload", 14, 0).err,
    ):
        assert "media can enter through mail slot 2, but not leave (EXENAB=0)" in refused
    assert (daemon.library.tag_at("1"), daemon.library.tag_at("mail:2")) == ("A00001L8", None)
    assert daemon.library.tag_at("drive:0") == "A00003L8"


def test_mail_slot_that_media_only_come_in_by_is_no_home_by_the_journal(daemon: Daemon) -> None:
    daemon.fill(mail2="A00001L8")
    daemon.load(14)
    daemon.library.fault("element mail:2 export=0")
    assert "EXENAB" in daemon.refusal("unload", 14, TAPE, 0)
    daemon.forget_source()
    assert "not known to be free" in daemon.refusal("loaded", 0, TAPE, 0)
    assert mtx(daemon, "unload").err == "No Source for tape in drive 0!\n"
