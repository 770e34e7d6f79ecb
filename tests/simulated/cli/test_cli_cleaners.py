"""Several reserved slots and their cleaners, of two families, as people and programs meet them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

from .terminal import USAGE, Terminal

ALREADY_RESERVED, NO_SLOT_RESERVED, SLOT_FULL, NO_SLOT_SET, SLOT_EMPTY = 50, 51, 53, 56, 57
INVALID_CLEANER, CLEANER_SPENT, SEVERAL, CLEANER_LOW, BEING_CLEANED = 58, 59, 80, 88, 45
QUICK = {"drive_load_seconds": 0, "ejects_cleaner": False}


@pytest.fixture
def two(terminal: Terminal) -> Terminal:
    """An LTO drive and a DLT drive; CLN001CU lies in slot 9, and CLN002S in slot 10."""
    terminal.create("two", "two-families", cleaning_seconds=0, **QUICK)
    terminal.variables["CHANGER"] = "sim:two"
    return terminal


@pytest.fixture
def both(two: Terminal) -> Terminal:
    """Slots 11 and 12 have these cleaners."""
    two.done("cleaner", "reserve", "11", "12")
    two.done("cleaner", "insert", "11", "--from", "9")
    two.done("cleaner", "insert", "12", "--from", "10")
    return two


def reserved(terminal: Terminal) -> list[int]:
    document = terminal.done("cleaner", "status", "--json").json
    return [each["slot"] for each in document["slots"]]


def states(terminal: Terminal) -> dict[str, str]:
    """The state of each cleaner, by its label."""
    document = terminal.done("cleaner", "status", "--json").json
    return {each["volume_tag"]: each["state"] for each in document["cleaners"]}


def families(document: dict[str, Any]) -> dict[str, str | None]:
    return {each["family"]: each["code"] for each in document["families"]}


# Refusals


def test_refusal_of_several_has_a_line_for_each_and_is_one_message_in_json(both: Terminal) -> None:
    both.done("cleaner", "insert", "11", "--from", "11", "--cleans-left", "0")
    first, *each, hint = both.run("clean", "0").err.splitlines()
    assert first == "changer: no cleaning cartridge can clean drive 0:"
    assert [line.partition(" in slot ")[0] for line in each] == ["  CLN001CU", "  CLN002S"]
    assert hint == "  changer cleaner status shows them all"
    (document,) = both.run("clean", "0", "--json").err.splitlines()
    told = json.loads(document)["error"]["message"]
    assert told == f"{first.removeprefix('changer: ')} {'; '.join(line.strip() for line in each)}"


# Reservation


def test_slots_are_reserved_together_and_released_one_by_one(two: Terminal) -> None:
    document = two.done("cleaner", "reserve", "13", "11", "12", "--json").json
    assert [each["slot"] for each in document["slots"]] == [13, 11, 12]
    assert (document["slot"], document["address"]) == (13, 1013)
    assert len({each["operation_id"] for each in document["slots"]}) == 3
    assert two.done("cleaner", "release", "11").out.startswith("slot 11 of ")
    assert reserved(two) == [13, 12]
    run = two.run("cleaner", "release", "11")
    assert (run.status, "reserved: 13, 12" in run.err) == (NO_SLOT_RESERVED, True)
    assert two.run("cleaner", "reserve", "12").status == ALREADY_RESERVED


def test_slot_that_is_full_keeps_those_before_it_and_none_after_it(two: Terminal) -> None:
    run = two.run("cleaner", "reserve", "11", "1", "12")
    assert run.status == SLOT_FULL
    assert re.fullmatch(r"slot 11 of \S+ is reserved for a cleaning cartridge\n", run.out)
    assert "slot 1 is full (A00001L8)" in run.err
    assert reserved(two) == [11]
    shown = two.run("cleaner", "reserve", "12", "1", "13", "--json")
    assert [each["slot"] for each in shown.json["slots"]] == [12]
    assert (shown.error["code"], shown.status) == ("slot-full", SLOT_FULL)
    assert reserved(two) == [11, 12]


def test_nothing_is_printed_where_nothing_was_reserved(two: Terminal) -> None:
    run = two.run("cleaner", "reserve", "1", "11", "--json")
    assert (run.status, run.out) == (SLOT_FULL, "")
    assert two.done("cleaner", "status", "--json").json["slots"] == []


def test_each_slot_is_proven_and_released_on_its_own(both: Terminal) -> None:
    both.done("cleaner", "reserve", "14")
    assert both.run("cleaner", "release", "12").status == SLOT_FULL
    assert both.run("cleaner", "release", "CLN001CU").status == SLOT_FULL
    both.done("cleaner", "release", "14")
    assert reserved(both) == [11, 12]
    both.done("move", "11", "9")
    assert both.run("cleaner", "release", "CLN001CU").status == 0
    assert reserved(both) == [12]


@pytest.mark.parametrize("function", ["release", "eject"])
def test_without_a_word_the_slots_are_listed_with_their_labels(
    both: Terminal, function: str
) -> None:
    both.done("cleaner", "reserve", "14")
    run = both.run("cleaner", function)
    assert run.status == USAGE
    assert "name the right one: 11 (CLN001CU), 12 (CLN002S), 14" in run.err


def test_label_that_is_not_on_record_is_refused_with_those_that_are(both: Terminal) -> None:
    run = both.run("cleaner", "eject", "CLN009CU")
    assert run.status == NO_SLOT_RESERVED
    assert "reserved: 11 (CLN001CU), 12 (CLN002S)" in run.err


def test_label_that_two_cleaners_bear_names_neither(both: Terminal) -> None:
    both.done("cleaner", "reserve", "13")
    both.operate("insert CLN001CU 14", name="two")
    both.done("cleaner", "insert", "13", "--from", "14")
    for words in (["eject", "CLN001CU"], ["release", "CLN001CU"]):
        run = both.run("cleaner", *words)
        assert (run.status, "slot 11 and slot 13" in run.err) == (SEVERAL, True)
    assert states(both) == {"CLN001CU": "duplicate", "CLN002S": "usable"}
    assert both.run("cleaner", "status", "--check").status == SEVERAL


def test_cleaner_is_ejected_by_its_label_and_away_then(both: Terminal) -> None:
    assert both.run("cleaner", "eject", "CLN002S", "--timeout", "0").status != 0
    both.operate("take mail:1", name="two")
    assert both.done("cleaner", "eject", "CLN002S").out.startswith("CLN002S is out of ")
    assert states(both) == {"CLN001CU": "usable", "CLN002S": "away"}
    (away,) = (
        each
        for each in both.done("cleaner", "status", "--json").json["cleaners"]
        if each["state"] == "away"
    )
    assert (away["slot"], away["place"], away["cleans_left"]) == (None, None, 20)
    assert away["left_at"].endswith("Z")
    assert re.search(r"-        CLN002S +away since ", both.done("cleaner", "status").out)


# Status


def test_table_is_by_family_with_reserved_slots_that_have_no_cleaner(both: Terminal) -> None:
    both.done("cleaner", "reserve", "14")
    both.done("clean", "0")
    assert [re.sub(r" last used .*", "", line) for line in _lines(both)][:5] == [
        "LTO, drive 0: 1 usable, 49 cleanings left",
        "  slot 11  CLN001CU  usable  49 cleanings left  used once,",
        "DLT, drive 1: 1 usable, 20 cleanings left",
        "  slot 12  CLN002S   usable  20 cleanings left  never used",
        "  slot 14 is reserved: no cleaning cartridge on record",
    ]


def _lines(terminal: Terminal) -> list[str]:
    return terminal.done("cleaner", "status").out.splitlines()


def test_document_of_one_slot_is_what_it_was_and_that_of_several_has_no_single_one(
    two: Terminal,
) -> None:
    two.done("cleaner", "reserve", "11")
    one = two.done("cleaner", "status", "--json").json
    assert (one["schema"], one["cleaner"]["slot"]) == ("changer.cleaner/1", 11)
    two.done("cleaner", "reserve", "12")
    several = two.done("cleaner", "status", "--json").json
    assert several["schema"] == "changer.cleaners/1"
    assert {*several} == {*one} - {"cleaner"}
    assert [each["volume_tag"] for each in several["slots"]] == [None, None]
    assert {each["volume_tag"]: each["state"] for each in several["cleaners"]} == {
        "CLN001CU": "foreign",
        "CLN002S": "foreign",
    }


def test_status_of_the_library_marks_every_reserved_slot(both: Terminal) -> None:
    text = both.done("status").out
    assert len(re.findall(r"slot 1[12]  CLN00\w+ +reserved for a cleaner", text)) == 2
    document = both.done("status", "--json").json
    assert document["cleaner"] == document["cleaners"][0]
    assert [(each["slot"], each["volume_tag"]) for each in document["cleaners"]] == [
        (11, "CLN001CU"),
        (12, "CLN002S"),
    ]


def test_cleaner_that_the_library_uses_itself_is_managed(two: Terminal) -> None:
    two.fault("element 9 30/03 access=0", name="two")
    assert states(two) == {"CLN001CU": "managed", "CLN002S": "foreign"}


def test_cleaner_at_work_is_cleaning_its_drive_and_may_be_the_last(terminal: Terminal) -> None:
    terminal.create("slow", "two-families", cleaning_seconds=3600, **QUICK)
    terminal.variables["CHANGER"] = "sim:slow"
    terminal.done("cleaner", "reserve", "11", "12")
    terminal.done("cleaner", "insert", "11", "--from", "9")
    terminal.done("cleaner", "insert", "12", "--from", "10")
    process = terminal.start("clean", "0")
    try:
        wait_until(lambda: terminal.tag_at("drive:0", name="slow") == "CLN001CU")
        run = terminal.run("cleaner", "status", "--check", "--json")
        assert run.status == 0
        first = run.json["cleaners"][0]
        assert (first["state"], first["drive"], first["slot"]) == ("cleaning", 0, 11)
        assert first["place"] == "drive:0"
        assert "CLN001CU  cleaning drive 0" in terminal.done("cleaner", "status").out
        assert terminal.run("cleaner", "release", "11").status == BEING_CLEANED
    finally:
        process.kill()
        process.communicate()


# Check


def set_left(terminal: Terminal, tag: str, left: int) -> None:
    """As a person counted them who brings it in again."""
    slot = {"CLN001CU": "11", "CLN002S": "12"}[tag]
    terminal.done("cleaner", "insert", slot, "--from", slot, "--cleans-left", str(left))


@pytest.mark.parametrize(
    ("left", "status", "codes"),
    [
        ((50, 20), 0, (None, None)),
        ((50, 3), CLEANER_LOW, (None, "cleaner-low")),
        ((0, 20), CLEANER_SPENT, ("cleaner-spent", None)),
        ((2, 0), CLEANER_SPENT, ("cleaner-low", "cleaner-spent")),
    ],
)
def test_check_needs_enough_of_each_family_that_has_a_drive(
    both: Terminal, left: tuple[int, int], status: int, codes: tuple[str | None, str | None]
) -> None:
    for tag, number in zip(("CLN001CU", "CLN002S"), left, strict=True):
        set_left(both, tag, number)
    run = both.run("cleaner", "status", "--check")
    assert run.status == status
    document = both.run("cleaner", "status", "--check", "--json").json
    assert families(document) == {"LTO": codes[0], "DLT": codes[1]}
    assert [each["ok"] for each in document["families"]] == [code is None for code in codes]
    for family, code in zip(("LTO", "DLT"), codes, strict=True):
        assert (f"for {family} drives: " in run.err) is (code is not None)


def test_check_adds_up_what_the_cleaners_of_a_family_have_left(both: Terminal) -> None:
    both.done("cleaner", "reserve", "13")
    both.operate("insert CLN003CU 14", name="two")
    both.done("cleaner", "insert", "13", "--from", "14", "--cleans-left", "1")
    set_left(both, "CLN001CU", 3)
    assert both.run("cleaner", "status", "--check").status == 0
    set_left(both, "CLN001CU", 2)
    run = both.run("cleaner", "status", "--check")
    assert run.status == CLEANER_LOW
    assert "for LTO drives: 2 cleaning cartridges have 3 cleanings left together" in run.err


def test_check_fails_for_a_family_without_a_cleaner_of_its_own(two: Terminal) -> None:
    two.done("cleaner", "reserve", "11", "12")
    assert two.run("cleaner", "status", "--check").status == SLOT_EMPTY
    two.done("cleaner", "insert", "11", "--from", "9")
    run = two.run("cleaner", "status", "--check")
    assert run.status == INVALID_CLEANER
    assert "for DLT drives: none of the cleaning cartridges fits: CLN001CU (LTO)" in run.err


def test_check_passes_where_the_library_is_said_to_clean_itself(
    two: Terminal, tmp_path: Path
) -> None:
    assert two.run("cleaner", "status", "--check").status == NO_SLOT_SET
    identity = two.done("status", "--json").json["library"]["id"]
    file = tmp_path / "changer.toml"
    file.write_text(f'[library."{identity}"]\nauto_clean = "library"\n')
    two.variables["CHANGER_CONFIG"] = str(file)
    run = two.done("cleaner", "status", "--check")
    assert f"{identity} cleans its drives itself, by its settings" in run.out
    assert two.done("cleaner", "status", "--json").json["auto_clean"] == "library"


def test_drive_bay_without_a_drive_needs_no_cleaner(both: Terminal) -> None:
    set_left(both, "CLN002S", 0)
    assert both.run("cleaner", "status", "--check").status == CLEANER_SPENT
    both.fault("element drive:1 3B/1A", name="two")
    assert families(both.run("cleaner", "status", "--json").json) == {"LTO": None}
    assert both.run("cleaner", "status", "--check").status == 0
