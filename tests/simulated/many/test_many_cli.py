"""``changer export`` and ``import``: words, lists, documents, exit statuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cli.terminal import Run, Terminal
from waiting import wait_until

from changer.host.clock import SystemClock
from changer.store.sqlite import open_store

USAGE, OUTPUT_FAILED, STOPPED, EXPORT_INCOMPLETE, IMPORT_INCOMPLETE = 2, 72, 84, 90, 91


@pytest.fixture
def terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A shell in which the library is sim:demo; nothing is in its mail slots."""
    made = Terminal(folder, capsys)
    made.create("demo", "demo", cleaners=0)
    return made


def is_waiting(terminal: Terminal) -> bool:
    """The newest operation waits for a person."""
    with open_store(terminal.state, clock=SystemClock()) as store:
        return any(each.state == "waiting" for each in store.operations(limit=1))


@contextmanager
def beside(terminal: Terminal, *places: str) -> Iterator[None]:
    """A person who takes what is there, as soon as they are waited for and it is there."""
    terminal.make_store()  # else two would at once
    is_over = threading.Event()

    def take(place: str) -> None:
        wait_until(lambda: is_over.is_set() or (is_waiting(terminal) and terminal.tag_at(place)))
        if not is_over.is_set():
            terminal.operate(f"take {place}")

    def take_all() -> None:
        for each in places:
            take(each)

    person = threading.Thread(target=take_all)
    person.start()
    try:
        yield
    finally:
        is_over.set()
        person.join()


def test_export_says_what_to_take_and_lists_what_left(terminal: Terminal) -> None:
    with beside(terminal, "mail:1", "mail:2"):
        run = terminal.run("export", "A0000[12]L8")
    assert (run.status, run.out.splitlines()[:2]) == (
        0,
        ["A00001L8  left through mail:1", "A00002L8  left through mail:2"],
    )
    assert "2 of 2 cartridges left" in run.out
    assert "A00001L8 (mail slot 1), A00002L8 (mail slot 2)" in run.err


def test_export_that_nobody_attends_to_fails_and_is_told_as_a_document(terminal: Terminal) -> None:
    run = terminal.run("export", "A00001L8", "A00009L8", "--timeout", "0", "--json")
    assert run.status == EXPORT_INCOMPLETE
    document = run.json
    assert (document["schema"], document["complete"]) == ("changer.export/1", False)
    assert document["ended_by"] == "operator-timeout"
    lying, missing = document["cartridges"]
    assert (lying["volume_tag"], lying["left"], lying["place"]) == ("A00001L8", False, "mail:1")
    assert (missing["left"], missing["place"]) == (False, None)
    assert "not in this library now" in missing["why"]
    error = run.error
    assert error["code"] == "export-incomplete"
    assert error["hint"] == "run the same command again to continue"


def test_labels_come_from_a_file_and_from_standard_input(terminal: Terminal) -> None:
    file = terminal.folder / "labels"
    file.write_text("# for the vault\nA00001L8\n\n  A00003L8  \n")
    assert _planned(terminal.done("export", "--from-file", str(file), "--dry-run")) == 2
    file.write_text("A00001L8\n".ljust(1 << 20, "#"))
    assert _planned(terminal.done("export", "--from-file", str(file), "--dry-run")) == 1
    file.write_text("A00001L8\n".ljust((1 << 20) + 1, "#"))
    run = terminal.run("export", "--from-file", str(file), "--dry-run")
    assert run.status == USAGE and "is too long for a list of labels" in run.err
    run = terminal.program(
        "export", "A00001L8", "--from-file", "-", "--dry-run", shell_tail="<<< A00002L8"
    )
    assert run.status == 0 and _planned(run) == 2


def _planned(run: Run) -> int:
    return run.out.count("MOVE MEDIUM")


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ([], USAGE, "no cartridge is named"),
        (["4"], USAGE, "is a place, not a label"),
        (["B*"], USAGE, "no cartridge has a label that matches"),
        (["--from-file", "/nowhere/labels"], OUTPUT_FAILED, "/nowhere/labels can't be read"),
    ],
)
def test_words_that_mean_nothing_are_refused(
    terminal: Terminal, words: list[str], status: int, told: str
) -> None:
    run = terminal.run("export", *words)
    assert run.status == status and told in run.err


def test_dry_runs_show_the_first_round_and_change_nothing(terminal: Terminal) -> None:
    before = terminal.truth().elements
    run = terminal.done("export", "A*", "--dry-run")
    assert _planned(run) == 2, "as many as there are mail slots"
    assert "take out of" in run.out and "A00002L8 (mail slot 2)" in run.out
    terminal.operate("put B00001L8 mail:1")
    filled = terminal.truth().elements
    run = terminal.done("import", "--all", "--dry-run")
    assert _planned(run) == 1 and "would say: B00001L8  mail:1 -> 4" in run.out
    run = terminal.done("import", "--count", "3", "--dry-run")
    assert "put cartridges into mail slots 1 and 2" in run.out
    assert terminal.truth().elements == filled
    assert before != filled


def test_import_lists_what_came_in(terminal: Terminal) -> None:
    terminal.operate("put B00001L8 mail:1")
    terminal.operate("put CLN001CU mail:2")
    run = terminal.done("import", "--all")
    assert run.out.splitlines()[:2] == [
        "B00001L8  mail:1 -> 4",
        "CLN001CU  mail:2  left alone: it is a cleaning cartridge: "
        "changer cleaner insert --from mail:2",
    ]
    assert "1 cartridge imported" in run.out


def test_import_that_too_little_comes_to_fails(terminal: Terminal) -> None:
    terminal.operate("put B00001L8 mail:1")
    run = terminal.run("import", "--count", "2", "--timeout", "0", "--json")
    assert run.status == IMPORT_INCOMPLETE
    document = run.json
    assert (document["schema"], document["complete"]) == ("changer.import/1", False)
    (cartridge,) = document["cartridges"]
    assert cartridge == {
        "volume_tag": "B00001L8",
        "source": "mail:1",
        "slot": "4",
        "left_alone": False,
        "why": None,
    }
    assert run.error["code"] == "import-incomplete"
    assert terminal.run("import", "--all", "--count", "2").status == USAGE


def test_operations_lists_them_and_stops_them(terminal: Terminal) -> None:
    process = terminal.start("export", "A00001L8", "--json")
    wait_until(lambda: is_waiting(terminal))
    (shown,) = terminal.done("operations", "--json").json["operations"]
    assert (shown["kind"], shown["state"]) == ("export", "waiting")
    terminal.done("operations", "stop", shown["id"])
    out, _ = process.communicate(timeout=60)
    document: dict[str, Any] = json.loads(out)
    assert process.returncode == EXPORT_INCOMPLETE
    assert document["ended_by"] == "operation-stopped"
    (shown,) = terminal.done("operations", "--all", "--json").json["operations"]
    assert (shown["state"], shown["result"]) == ("cancelled", "ERROR_CANCELLED")


def test_killed_export_goes_on_with_the_same_words(terminal: Terminal) -> None:
    process = terminal.start("export", "A0000[1-3]L8")
    wait_until(lambda: is_waiting(terminal))
    process.kill()
    process.communicate(timeout=60)
    terminal.operate("take mail:1")
    terminal.operate("take mail:2")
    with beside(terminal, "mail:1"):
        run = terminal.run("export", "A0000[1-3]L8", "--json")
    assert run.status == 0, run.err
    assert [each["left"] for each in run.json["cartridges"]] == [True] * 3
    assert "an earlier export was interrupted: 2 cartridges were moved" in run.err
