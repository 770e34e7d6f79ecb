"""``changer sim create --from-trace``: a virtual library from what ``--trace`` recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .terminal import OUTPUT_FAILED, SIMULATOR_REFUSED, USAGE, Terminal


@pytest.fixture
def trace(terminal: Terminal, folder: Path) -> Path:
    """Of a look at a library, a load and an unload, and what the doctor asks."""
    path = folder / "trace.jsonl"
    terminal.create("tapes", "ts3500")
    for words in ("status", "load 1 0", "unload 0", f"doctor --report {folder / 'doctor.txt'}"):
        terminal.run("-l", "sim:tapes", *words.split(), "--trace", str(path))
    return path


def test_it_shows_what_the_recorded_library_showed(terminal: Terminal, trace: Path) -> None:
    created = terminal.run("sim", "create", "copy", "--from-trace", str(trace), "--json")
    document = created.json
    assert document["same"] == document["replies"] > 20
    assert document["others"] == {}
    assert "magazine_size" in document["not_shown"]
    assert "not shown by the trace, and as by default: " in created.err
    shown = [
        terminal.done("-l", f"sim:{name}", "status", "--json").json for name in ("tapes", "copy")
    ]
    for each in shown[0]["drives"]:
        each["device"] = each["device"].replace("sim:tapes", "sim:copy")
    for key in ("slots", "mail", "drives", "picker"):
        assert shown[0][key] == shown[1][key]
    serials = [each["library"]["serial"] for each in shown]
    assert serials[0] == serials[1]


def test_a_shared_trace_makes_the_same_library_under_other_names(
    terminal: Terminal, trace: Path, folder: Path
) -> None:
    shared = folder / "shared.jsonl"
    terminal.done("trace", "share", str(trace), "--output", str(shared))
    for name, file in (("own", trace), ("other", shared)):
        terminal.run("sim", "create", name, "--from-trace", str(file))
    own, other = (terminal.done("sim", "show", name, "--json").json for name in ("own", "other"))
    places = [
        [(each["place"], each["cartridge"] is None) for each in one["elements"]]
        for one in (own, other)
    ]
    assert places[0] == places[1]
    tags = [
        {each["cartridge"]["tag"] for each in one["elements"] if each["cartridge"]}
        for one in (own, other)
    ]
    assert len(tags[0]) == len(tags[1]) > 10
    assert not tags[0] & tags[1]


def test_what_a_virtual_library_does_not_do_by_itself_is_said(
    terminal: Terminal, trace: Path
) -> None:
    """The trace goes on at another device, with a fault."""
    terminal.fault("move-fails at-source", name="tapes")
    terminal.run("-l", "sim:tapes", "load", "2", "1", "--trace", str(trace))
    header = {"schema": "changer.trace/2", "device": "/dev/sg9", "program": "changer 0.1.0"}
    with trace.open("a") as opened:
        opened.write(json.dumps(header) + "\n")
    run = terminal.run("sim", "create", "copy", "--from-trace", str(trace), "--json")
    assert "the trace names 2 devices of libraries, taken for one" in run.err
    assert "sense codes that only changer sim fault makes it give: 04/15/01" in run.err
    assert [4, 0x15, 1] in [
        [each["key"], each["asc"], each["ascq"]] for each in run.json["sense_codes"]
    ]


def test_a_dry_run_makes_none(terminal: Terminal, trace: Path) -> None:
    run = terminal.run("sim", "create", "copy", "--from-trace", str(trace), "--dry-run")
    assert run.status == 0
    assert "sim:copy" not in terminal.done("sim", "list").out


def test_fields_are_chosen_besides(terminal: Terminal, trace: Path) -> None:
    words = ("sim", "create", "copy", "--from-trace", str(trace), "--serial", "MINE0001")
    assert terminal.run(*words).status == 0
    assert "MINE0001" in terminal.done("-l", "sim:copy", "status", "--json").out


def test_a_profile_is_not_chosen_besides(terminal: Terminal, trace: Path) -> None:
    words = ("sim", "create", "copy", "--from-trace", str(trace), "--profile", "large")
    assert terminal.run(*words).status == USAGE


def test_a_trace_that_shows_no_elements_is_refused(terminal: Terminal, folder: Path) -> None:
    path = folder / "trace"
    header = {"schema": "changer.trace/2", "device": "/dev/sg3", "program": "changer 0.1.0"}
    path.write_text(json.dumps(header) + "\n")
    run = terminal.run("sim", "create", "copy", "--from-trace", str(path))
    assert run.status == SIMULATOR_REFUSED
    assert "--trace FILE status" in run.err


@pytest.mark.parametrize("content", [None, "hello\n"])
def test_what_is_not_a_trace_is_refused(
    terminal: Terminal, folder: Path, content: str | None
) -> None:
    path = folder / "trace"
    if content is not None:
        path.write_text(content)
    assert terminal.run("sim", "create", "copy", "--from-trace", str(path)).status == OUTPUT_FAILED


def test_of_a_trace_without_end_the_first_commands_are_imitated(
    terminal: Terminal, trace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = terminal.run("sim", "create", "whole", "--from-trace", str(trace), "--json").json
    for most in (whole["replies"] - 1, whole["replies"]):
        monkeypatch.setattr("changer.cli.sim_from_trace._MOST_EXCHANGES", most)
        words = ("sim", "create", f"of-{most}", "--from-trace", str(trace), "--json")
        assert terminal.run(*words).json["replies"] == most
