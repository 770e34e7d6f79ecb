"""changer metrics: what it prints and writes, of a library that answers, and of one that fails."""

from __future__ import annotations

import re
import stat

import pytest

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.store.sqlite import open_store

from .terminal import USAGE, Terminal

LIBRARY_OFFLINE = 16
OUTPUT_FAILED = 72


def value(text: str, series: str) -> float:
    """The value of the only series that begins so, and has these labels."""
    name, _, labels = series.rstrip("}").partition("{")
    found = [
        float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line.startswith(f"{name}{{") and all(each in line for each in labels.split(","))
    ]
    assert len(found) == 1, (series, found)
    return found[0]


def test_it_prints_what_the_library_shows_and_what_was_done(terminal: Terminal) -> None:
    terminal.done("load", "1", "0")
    terminal.fault("wants-cleaning drive:0 requested")
    terminal.done("cleaner", "status")  # which asks the drive
    text = terminal.done("metrics").out
    assert value(text, "changer_up{}") == 1
    assert value(text, 'changer_elements{type="drive",state="full"}') == 1
    assert value(text, 'changer_drive_full{drive="0"}') == 1
    assert value(text, 'changer_drive_cleaning_requested{drive="0"}') == 1
    assert value(text, 'changer_moves_total{kind="move",outcome="completed"}') == 1
    assert value(text, 'changer_move_duration_seconds_count{kind="move"}') == 1
    assert value(text, "changer_open_moves{}") == 0
    assert value(text, "changer_lock_held{}") == 0


def test_counters_do_not_fall_when_the_history_is_pruned(terminal: Terminal) -> None:
    for _ in range(3):
        terminal.done("load", "1", "0")
        terminal.done("unload", "0")
    before = terminal.done("metrics").out
    pruned = terminal.done("history", "prune", "--before", "0s", "--yes").out
    assert not pruned.startswith("0 moves"), pruned
    after = terminal.done("metrics").out
    counters = re.compile(r"^changer_(?:moves_total|move_duration_seconds_\w+)\{.*", re.MULTILINE)
    assert counters.findall(after) == counters.findall(before) != []


def test_openmetrics_is_another_format_of_the_same(terminal: Terminal) -> None:
    text = terminal.done("metrics", "--format", "openmetrics").out
    assert text.endswith("\n# EOF\n")
    assert "# TYPE changer_moves counter\n" in text
    assert "# TYPE changer_moves_total counter\n" in terminal.done("metrics").out


def test_a_file_is_replaced_as_a_whole_and_everyone_may_read_it(terminal: Terminal) -> None:
    file = terminal.folder / "changer.prom"
    file.write_text("something older")
    run = terminal.done("metrics", "--output", str(file))
    assert run.out.startswith(f"{file}: the metrics of ")
    assert value(file.read_text(), "changer_up{}") == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [each.name for each in file.parent.glob("*prom*")] == ["changer.prom"]


def test_a_file_that_can_not_be_written_is_said(terminal: Terminal) -> None:
    run = terminal.run("metrics", "--output", str(terminal.folder / "missing/changer.prom"))
    assert run.status == OUTPUT_FAILED
    assert "changer.prom can't be written" in run.err
    (terminal.folder / "link.prom").symlink_to(terminal.state)
    run = terminal.run("metrics", "--output", str(terminal.folder / "link.prom"))
    assert run.status == OUTPUT_FAILED
    assert terminal.state.read_bytes().startswith(b"SQLite")


def test_a_library_that_can_not_be_read_is_down_and_what_is_on_record_is_told(
    terminal: Terminal,
) -> None:
    terminal.done("load", "1", "0")
    terminal.fault("offline")
    file = terminal.folder / "changer.prom"
    run = terminal.run("metrics", "--output", str(file))
    assert run.status == LIBRARY_OFFLINE
    first, *hint = run.err.splitlines()
    assert first.startswith("changer: ") and "offline" in first
    assert all(each.startswith("  ") for each in hint), "it is not warned of as well"
    text = file.read_text()
    assert value(text, "changer_up{}") == 0
    assert value(text, 'changer_trouble{source="library",code="library-offline"}') == 1
    assert value(text, 'changer_moves_total{kind="move",outcome="completed"}') == 1
    assert "changer_elements{" not in text


def test_an_open_move_is_seen(terminal: Terminal) -> None:
    terminal.done("status")
    with open_store(terminal.state, clock=SystemClock()) as store:
        library = store.libraries()[0].id
        begun = store.begin_move(library, source_address=1001, destination_address=500)
        store.finish_move(begun.id, outcome="unknown")
    text = terminal.done("metrics").out
    assert value(text, "changer_open_moves{}") + value(text, "changer_moves_under_way{}") == 1
    assert value(text, 'changer_attention{level="critical"}') == 1


def test_it_reads_also_while_another_process_uses_the_library(terminal: Terminal) -> None:
    library = terminal.done("status", "--json").json["library"]["id"]
    with LibraryLock(library, folder=terminal.locks, clock=SystemClock(), command="a load"):
        text = terminal.done("metrics").out
    assert value(text, "changer_lock_held{}") == 1
    assert value(text, "changer_lock_waiting{}") == 0
    assert value(text, "changer_up{}") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--json", "metrics"), "not JSON"),
        (("metrics", "--format", "json"), "openmetrics"),
        (("metrics", "--output", ""), "is not a file name"),
        (("--library", "sim:demo", "metrics", "--all"), "--all and --library exclude each other"),
    ],
)
def test_what_makes_no_sense_is_refused(
    terminal: Terminal, words: tuple[str, ...], said: str
) -> None:
    run = terminal.run(*words)
    assert (run.status, run.out) == (USAGE, "")
    assert said in run.err


def test_all_is_the_one_that_is_named_by_the_environment(terminal: Terminal) -> None:
    text = terminal.done("metrics", "--all").out
    assert value(text, "changer_up{}") == 1
