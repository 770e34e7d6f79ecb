"""Which drive ``changer load`` takes, what it prints, and which drives ``unload`` understands."""

from __future__ import annotations

import pytest

from changer.host.clock import SystemClock
from changer.simulator.creation import create
from changer.store.sqlite import open_store

from .terminal import Terminal

BEING_CLEANED, NO_FREE_ELEMENT, MOVE_NOT_ALLOWED, DESTINATION_FULL, DRIVE_NOT_READY = (
    *(45, 42, 36, 32, 41),
)


@pytest.fixture
def three(terminal: Terminal) -> Terminal:
    """A library with three empty drives."""
    terminal.create("it", "demo", drives=3, drive_load_seconds=0.0, cleaning_seconds=0.0)
    terminal.variables["CHANGER"] = "sim:it"
    return terminal


def drive_of(terminal: Terminal, label: str) -> int | None:
    drives = terminal.done("status", "--json").json["drives"]
    return next((each["number"] for each in drives if each["volume_tag"] == label), None)


# A drive that nobody named


def test_load_without_a_drive_takes_drive_0_if_it_is_free(three: Terminal) -> None:
    assert three.done("load", "A00001L8").out == "moved A00001L8 from slot 1 to drive 0\n"


def test_load_without_a_drive_reads_no_more_than_one_into_drive_0(three: Terminal) -> None:
    def commands(*words: str) -> int:
        before = sum(three.truth("it").commands.values())
        three.done(*words)
        return sum(three.truth("it").commands.values()) - before

    for words in (("load", "1", "0"), ("unload", "0")):
        three.done(*words)  # what is asked once is known then
    named = commands("load", "1", "0")
    three.done("unload", "0")
    assert commands("load", "1") == named


def test_load_without_a_drive_takes_the_next_free_one_and_says_which(three: Terminal) -> None:
    three.done("load", "A00001L8")
    said = "moved A00002L8 from slot 2 to drive 1, sim:it/drive:1\n"
    assert three.done("load", "A00002L8").out == said
    document = three.done("load", "A00003L8", "--json").json
    assert document["device"] == "sim:it/drive:2"
    assert document["moves"][0]["destination"] == "drive:2"


@pytest.mark.parametrize(
    "fault",
    [
        "element drive:0 3B/1A except=1 access=0",
        "element drive:0 ed=1",
        "element drive:0 access=0",
        "element drive:0 listed=0",
        "element drive:0 83/03 except=1",
    ],
)
def test_drive_that_is_not_plainly_free_is_passed_over(three: Terminal, fault: str) -> None:
    three.fault(fault, name="it")
    three.done("load", "A00001L8")
    assert drive_of(three, "A00001L8") == 1


def test_no_free_drive_is_an_error_that_says_what_is_wrong_with_each(three: Terminal) -> None:
    for number in (1, 2):
        three.done("load", str(number))
    three.fault("element drive:2 3B/1A except=1 access=0", name="it")
    run = three.run("--json", "load", "3")
    assert run.status == NO_FREE_ELEMENT
    message = run.error["message"]
    assert "drive 0 is full (A00001L8), drive 1 is full (A00002L8)" in message
    assert "drive 2 can't be used (no drive is installed there (3B/1A" in message
    assert "changer drives" in run.error["hint"]
    assert drive_of(three, "A00003L8") is None


@pytest.mark.parametrize(("drives", "more"), [(8, ""), (9, ", and 1 more"), (11, ", and 3 more")])
def test_not_more_than_eight_drives_are_told_that_are_not_free(
    terminal: Terminal, drives: int, more: str
) -> None:
    terminal.create("it", "demo", drives=drives)
    for number in range(drives):
        terminal.fault(f"element drive:{number} ed=1", name="it")
    terminal.variables["CHANGER"] = "sim:it"
    message = terminal.run("--json", "load", "1").error["message"]
    why = "can't be used (the library reports it as disabled)"
    listed = ", ".join(f"drive {number} {why}" for number in range(8))
    assert message == f"no drive of this host is free: {listed}{more}"


def test_library_with_one_drive_has_no_choice(terminal: Terminal) -> None:
    terminal.create("it", "autoloader")
    terminal.variables["CHANGER"] = "sim:it"
    terminal.done("load", "1")
    run = terminal.run("--json", "load", "2")
    assert run.status == DESTINATION_FULL
    assert "drive 0 is full (A00001L8)" in run.error["message"]


def test_only_drive_without_a_device_is_not_loaded_to_wait_for_it(terminal: Terminal) -> None:
    terminal.create("it", "autoloader")
    terminal.variables["CHANGER"] = "sim:it"
    terminal.fault("unplugged drive:0", name="it")
    run = terminal.run("--json", "load", "1", "--ready")
    assert run.error["code"] == "device-not-available"
    assert terminal.done("status", "--json").json["drives"][0]["full"] is False


def test_cartridge_that_is_in_a_drive_is_not_moved_to_another(three: Terminal) -> None:
    three.done("load", "A00001L8", "1")
    run = three.run("--json", "load", "A00001L8")
    assert (run.status, drive_of(three, "A00001L8")) == (MOVE_NOT_ALLOWED, 1)
    assert "in drive 1 already" in run.error["message"]


def test_drive_that_is_being_cleaned_is_passed_over(three: Terminal) -> None:
    with open_store(three.state, clock=SystemClock()) as store:
        library_id = three.done("status", "--json").json["library"]["id"]
        cleaning = store.begin_operation(library_id, "clean")
        store.claim(cleaning.id, 500, 1012)
    three.done("load", "A00001L8")
    assert drive_of(three, "A00001L8") == 1


def test_drives_of_which_one_is_being_cleaned_may_be_waited_for(three: Terminal) -> None:
    for number in (1, 2):
        three.done("load", "1" if number == 1 else "2", str(number))
    with open_store(three.state, clock=SystemClock()) as store:
        library_id = three.done("status", "--json").json["library"]["id"]
        cleaning = store.begin_operation(library_id, "clean")
        store.claim(cleaning.id, 500, 1012)
    run = three.run("--json", "load", "3")
    assert run.status == BEING_CLEANED
    assert "drive 0 is being cleaned, drive 1 is full (A00001L8)" in run.error["message"]


def test_cleaner_is_not_taken_for_data_in_a_free_drive(three: Terminal) -> None:
    three.done("load", "1")
    assert three.run("load", "mail:1").status == 89


def test_dry_run_says_which_drive_it_would_be(three: Terminal) -> None:
    three.done("load", "1")
    out = three.done("load", "2", "--dry-run").out
    assert "would say: moved A00002L8 from slot 2 to drive 1, sim:it/drive:1" in out
    assert drive_of(three, "A00002L8") is None


@pytest.mark.parametrize("profile", ["bare", "p3000", "no-identifiers", "l700", "scalar"])
def test_virtual_drives_need_no_identifiers(terminal: Terminal, profile: str) -> None:
    create("it", folder=terminal.simulated, profile=profile)
    assert "to drive 0" in terminal.done("-l", "sim:it", "load", "1").out


# Named by its device, and the device printed


@pytest.mark.parametrize("named", [("2",), ("drive:2",), ("@502",), ("sim:it/drive:2",)], ids=str)
def test_device_is_all_that_is_printed(three: Terminal, named: tuple[str, ...]) -> None:
    run = three.done("load", "A00001L8", *named, "--print-device")
    assert run.out == "sim:it/drive:2\n"
    assert drive_of(three, "A00001L8") == 2


def test_device_of_a_drive_that_was_chosen_is_printed(three: Terminal) -> None:
    assert three.done("load", "1", "--print-device").out == "sim:it/drive:0\n"
    assert three.done("load", "2", "--print-device").out == "sim:it/drive:1\n"


def test_device_is_printed_only_of_a_drive_that_is_ready(three: Terminal) -> None:
    three.fault("sense 03/30/01 always on test-unit-ready drive:0", name="it")
    run = three.run("load", "A00001L8", "0", "--print-device")
    assert (run.status, run.out) == (DRIVE_NOT_READY, "")
    assert "A00001L8 in drive 0 can't be used" in run.err


def test_drive_whose_device_is_gone_is_passed_over(three: Terminal) -> None:
    three.fault("unplugged drive:0", name="it")
    assert three.done("load", "A00001L8", "--print-device").out == "sim:it/drive:1\n"


def test_nothing_moves_where_the_named_drive_has_no_device(three: Terminal) -> None:
    three.fault("unplugged drive:0", name="it")
    run = three.run("load", "A00001L8", "0", "--print-device")
    assert (run.status, run.out, drive_of(three, "A00001L8")) == (10, "", None)


def test_document_of_a_load_has_the_device_that_was_asked_for(three: Terminal) -> None:
    document = three.done("load", "1", "--print-device", "--json").json
    assert (document["schema"], document["ready"]) == ("changer.moved/1", True)
    assert document["device"] == "sim:it/drive:0"
    assert three.done("load", "2", "1", "--json").json["device"] is None


def test_device_of_another_library_chooses_it(three: Terminal) -> None:
    three.create("other", "demo", serial="OTHER00001")
    three.done("load", "A00002L8", "sim:other/drive:1")
    assert three.tag_at("drive:1", name="other") == "A00002L8"
    assert drive_of(three, "A00002L8") is None


# Unload


@pytest.mark.parametrize("named", ["A00001L8", "tag:A00001L8", "sim:it/drive:1", "1", "drive:1"])
def test_cartridge_is_unloaded_from_the_drive_that_it_is_in(three: Terminal, named: str) -> None:
    three.done("load", "A00001L8", "1")
    three.done("load", "A00002L8", "0")
    assert three.done("unload", named).out == "moved A00001L8 from drive 1 to slot 1\n"


def test_cartridge_is_unloaded_to_a_slot_that_is_named(three: Terminal) -> None:
    three.done("load", "A00001L8", "1")
    assert three.done("unload", "A00001L8", "9").out == "moved A00001L8 from drive 1 to slot 9\n"


def test_cartridge_that_is_in_no_drive_is_not_unloaded(three: Terminal) -> None:
    run = three.run("--json", "unload", "A00001L8")
    assert run.status == MOVE_NOT_ALLOWED
    assert run.error["message"] == "A00001L8 is in slot 1, not in a drive"
    assert "changer move A00001L8 DESTINATION" in run.error["hint"]


def test_label_that_is_not_there_is_an_error(three: Terminal) -> None:
    assert three.run("unload", "A00077L8").status == 8


@pytest.mark.parametrize("word", ["slot:1", "mail:1", "picker"])
def test_place_that_is_no_drive_is_refused(three: Terminal, word: str) -> None:
    assert three.run("unload", word).status == 2


def test_unload_without_a_word_means_drive_0(three: Terminal) -> None:
    three.done("load", "A00001L8", "1")
    three.done("load", "A00002L8", "0")
    assert three.done("unload").out == "moved A00002L8 from drive 0 to slot 2\n"
