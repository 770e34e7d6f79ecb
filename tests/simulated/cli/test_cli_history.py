"""``changer history``: what is shown of it, in which words, and what pruning leaves."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from changer.host.clock import SystemClock
from changer.host.trust import user_name
from changer.store.sqlite import open_store

from .terminal import USAGE, Terminal, assert_ended_well

TAG, OTHER = "A00001L8", "A00002L8"
DAY = 86_400
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
NO_PROCESS = 1 << 30


def change(terminal: Terminal, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(terminal.state)) as connection, connection:
        connection.execute(statement, values)


def labels(terminal: Terminal, *words: str) -> list[str | None]:
    """Of the events, newest first."""
    events: list[dict[str, Any]] = terminal.done("history", "--json", *words).json["events"]
    return [each["volume_tag"] for each in events]


def columns_of(line: str) -> list[str]:
    return re.split("  +", line)


@pytest.fixture
def moved(terminal: Terminal) -> Terminal:
    """Two cartridges went to drives, one came back; the first one three days ago."""
    terminal.done("load", "1")
    change(terminal, "UPDATE moves SET started_at = started_at - ?", 3 * DAY)
    terminal.done("load", "2", "1")
    terminal.done("unload", "1")
    return terminal


def test_a_line_says_what_went_where_and_who_did_it_by_what(moved: Terminal) -> None:
    lines = moved.done("history").out.splitlines()
    assert [columns_of(each)[1:] for each in lines] == [
        [TAG, "slot 1 -> drive 0", "ok", user_name(), "changer load"],
        [OTHER, "slot 2 -> drive 1", "ok", user_name(), "changer load"],
        [OTHER, "drive 1 -> slot 2", "ok", user_name(), "changer unload"],
    ]
    assert all(re.match(TIME, each) for each in lines)


def test_both_cartridges_of_an_exchange_have_a_line(terminal: Terminal) -> None:
    terminal.done("exchange", "1", "2")
    lines = terminal.done("history").out.splitlines()
    assert [columns_of(each)[1:4] for each in lines] == [
        [TAG, "slot 1 -> slot 2", "ok"],
        [OTHER, "slot 2 -> slot 1", "ok"],
    ]
    (event,) = terminal.done("history", "--json").json["events"]
    assert (event["second_volume_tag"], event["second_destination_address"]) == (OTHER, 1001)
    assert (event["source"], event["destination"], event["second_destination"]) == ("1", "2", "1")
    assert labels(terminal, OTHER) == [TAG], "it is the second one of it"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([TAG], [TAG]),
        (["tag:" + OTHER], [OTHER, OTHER]),
        (["2"], [OTHER, OTHER]),
        (["@1001"], [TAG]),
        (["drive:1"], [OTHER, OTHER]),
        (["--drive", "0"], [TAG]),
        ([OTHER, "--drive", "0"], []),
        (["2", "--drive", "drive:1"], [OTHER, OTHER]),
        (["--since", "yesterday"], [OTHER, OTHER]),
        (["--since", "4d"], [OTHER, OTHER, TAG]),
        (["--until", "2d"], [TAG]),
        (["--since", "4d", "--until", "2d"], [TAG]),
        (["--until", "today"], [OTHER, OTHER, TAG]),
        (["--user", "nobody-of-that-name"], []),
        (["--failed"], []),
        (["--limit", "1"], [OTHER]),
        ([OTHER, "--limit", "1"], [OTHER]),
        (["X99999L8"], []),
        (["--all", TAG], [TAG]),
        (["--all", "@1002"], [OTHER, OTHER]),
    ],
)
def test_options_choose(moved: Terminal, words: list[str], found: list[str]) -> None:
    assert labels(moved, *words) == found


def test_a_day_that_is_named_belongs_to_what_is_since_then_and_until_then(moved: Terminal) -> None:
    day = moved.done("history").out[:10]
    assert labels(moved, "--since", day) == [OTHER, OTHER, TAG]
    assert labels(moved, "--until", day) == [TAG]


def test_user_is_a_whole_name(moved: Terminal) -> None:
    assert len(labels(moved, "--user", user_name())) == 3
    assert labels(moved, "--user", user_name()[:-1]) == []
    assert moved.done("history", "--user", "nobody").out == "nothing on record matches\n"


def test_what_failed_is_shown_with_the_reason(terminal: Terminal) -> None:
    terminal.done("load", "2")
    terminal.fault("move-fails at-source")
    assert terminal.run("load", "1", "1").status != 0
    terminal.run("cleaner", "eject")
    assert terminal.run("cleaner", "reserve", "1").status != 0
    lines = terminal.done("history", "--failed").out.splitlines()
    assert columns_of(lines[0])[1:3] == [TAG, "slot 1 -> drive 1"]
    assert columns_of(lines[0])[3] == "not moved"
    assert all(len(columns_of(each)) > 5 for each in lines), "each says why"
    assert OTHER not in "".join(lines)
    results = [each["result"] for each in terminal.done("history", "--json").json["events"]]
    assert "not-executed" in results


def test_a_cartridge_that_went_elsewhere_is_shown_where_it_is(moved: Terminal) -> None:
    change(moved, "UPDATE moves SET outcome = 'misplaced', final_address = 1005 WHERE id = 1")
    (line,) = moved.done("history", "--failed").out.splitlines()
    assert columns_of(line)[2:4] == ["slot 1 -> drive 0", "misplaced: slot 5"]


def test_a_process_that_died_is_said_to_be_interrupted(terminal: Terminal) -> None:
    terminal.done("status")
    with open_store(terminal.state, clock=SystemClock()) as store:
        library = store.libraries()[0].id
        store.begin_move(library, source_address=1001, destination_address=500, volume_tag=TAG)
    (line,) = terminal.done("history").out.splitlines()
    assert columns_of(line)[1:] == [TAG, "slot 1 -> drive 0", "under way", user_name(), "-"]
    assert terminal.done("history", "--failed").out == "nothing on record matches\n"
    change(terminal, "UPDATE moves SET process_id = ?", NO_PROCESS)
    (line,) = terminal.done("history", "--failed").out.splitlines()
    assert columns_of(line)[3] == "interrupted"


def test_places_without_a_reading_on_record_are_addresses(moved: Terminal) -> None:
    change(moved, "UPDATE libraries SET element_addresses = NULL")
    assert "@1001 -> @500" in moved.done("history", TAG).out
    refused = moved.run("history", "1")
    assert_ended_well(refused, USAGE)
    assert "is not on record before a first reading" in refused.err
    moved.done("status")
    assert "slot 1 -> drive 0" in moved.done("history", "1").out


def test_addresses_that_the_library_no_longer_has_stay_addresses(moved: Terminal) -> None:
    change(moved, "UPDATE moves SET source_address = 60000 WHERE id = 1")
    assert "@60000 -> drive 0" in moved.done("history", TAG).out


@pytest.mark.parametrize(
    "words",
    [
        *(["--since", "soon"], ["--until", "2026-02-30"], ["--drive", "mail:1"], ["99999"]),
        *(["--drive", "99"], ["mail:99"], ["--before", "3d"], ["--yes"], ["--dry-run"]),
        *(["--all", "1"], ["--all", "--drive", "0"], ["prune"], ["prune", "--before", "soon"]),
        *(["prune", "--before", "3d", "--failed"], ["prune", "--before", "3d", "--limit", "3"]),
        ["prune", "--before", "3d"],  # nobody is asked
    ],
)
def test_what_makes_no_sense_is_refused(moved: Terminal, words: list[str]) -> None:
    run = moved.run("history", *words)
    assert_ended_well(run)
    assert run.status != 0
    assert len(labels(moved)) == 3


# Prune


def age(terminal: Terminal, days: int) -> None:
    """All that was done is so much older."""
    for table in ("moves", "operations"):
        change(
            terminal,
            f"UPDATE {table} SET started_at = started_at - ?1, finished_at = finished_at - ?1",
            days * DAY,
        )


def test_pruning_asks_first_and_says_what_it_deleted(moved: Terminal) -> None:
    moved.done("move", "2", "4")
    moved.done("move", "4", "6")
    age(moved, 10)
    moved.done("move", "6", "4")
    moved.done("move", "4", "2")
    rehearsed = moved.done("history", "prune", "--before", "5d", "--dry-run").out
    assert re.search(r"would say: 3 moves and 0 operations before .* deleted", rehearsed)
    assert len(labels(moved)) == 7
    status, text = moved.answered("no", "history", "prune", "--before", "5d")
    assert (status, len(labels(moved))) == (USAGE, 7)
    assert "except what is still needed? [yes/No]" in text
    pruned = moved.done("history", "prune", "--before", "5d", "--yes", "--json").json
    (library,) = pruned["libraries"]
    assert (library["moves"], library["operations"]) == (3, 0)
    assert len(labels(moved)) == 4


def test_of_the_day_before_which_it_is_pruned_all_stays(terminal: Terminal) -> None:
    for way in (("3", "4"), ("4", "3")) * 2:
        terminal.done("move", *way)
    age(terminal, 10)
    day = terminal.done("history").out[:10]
    pruned = terminal.done("history", "prune", "--before", day, "--yes", "--json").json
    assert [each["moves"] for each in pruned["libraries"]] == [0]


def test_all_libraries_are_pruned_at_once(moved: Terminal) -> None:
    for _ in range(2):
        moved.done("move", "3", "4")
        moved.done("move", "4", "3")
    age(moved, 10)
    run = moved.done("history", "prune", "--before", "5d", "--all", "--yes")
    assert re.match(r"4 moves and 0 operations before .* deleted", run.out), run
    assert moved.done("history", "prune", "--before", "5d", "--all", "--yes").out.startswith("0 ")


def test_a_cartridge_goes_home_after_pruning_as_before(terminal: Terminal) -> None:
    terminal.create("it", "omitting")
    terminal.variables["CHANGER"] = "sim:it"
    terminal.done("load", "2", "1")
    terminal.done("unload", "1")
    terminal.done("load", "1", "0")
    age(terminal, 400)
    terminal.done("history", "prune", "--before", "1d", "--yes")
    assert terminal.done("unload", "0").out.endswith("to slot 1\n")


def test_the_settings_say_how_long_history_is_kept(moved: Terminal) -> None:
    library = moved.done("status", "--json").json["library"]["id"]
    moved.done("move", "3", "4")
    moved.done("move", "4", "3")
    moved.done("move", "3", "4")
    age(moved, 400)
    configuration = moved.folder / "changer.toml"
    configuration.write_text(f'[library."{library}"]\nhistory_kept_days = 365\n')
    moved.variables["CHANGER_CONFIG"] = str(configuration)
    before = len(labels(moved))
    moved.done("move", "5", "6")
    assert len(labels(moved)) == before + 1, "once a day is enough"
    change(moved, "UPDATE libraries SET last_seen_at = last_seen_at - ?", DAY)
    moved.done("status")
    moved.done("move", "6", "5", "--dry-run")
    assert len(labels(moved)) == before + 1, "what only looks deletes nothing"
    change(moved, "UPDATE libraries SET last_seen_at = last_seen_at - ?", DAY)
    moved.done("move", "6", "5")
    assert len(labels(moved)) < before + 2
