"""``--trace``: what a session sent and received, in a file that can answer in its place."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from changer.errors import ReplayMismatch
from changer.host.clock import SystemClock
from changer.library.element_reader import ElementReader
from changer.library.model import UnitMemory
from changer.library.session import Session
from changer.transport.replay import ReplayTransport

from .terminal import Terminal


def read_again(trace: Path) -> list[tuple[int, bool, str | None]]:
    """Address, fullness and tag of every element, from the recording alone."""
    session = Session(ReplayTransport(trace), clock=SystemClock(), may_initialize=lambda: False)
    memory = UnitMemory("")
    inventory = ElementReader(session, memory, single_query=False).read()
    return [
        (each.address, each.full, each.volume_tag.identifier if each.volume_tag else None)
        for each in inventory.elements
    ]


@pytest.mark.parametrize("profile", ["autoloader", "l700", "omitting", "bare"])
def test_recorded_session_answers_the_same_inventory(
    terminal: Terminal, folder: Path, profile: str
) -> None:
    terminal.create("it", profile)
    trace = folder / "trace.jsonl"
    status = terminal.done("-l", "sim:it", "status", "--json", "--trace", str(trace)).json
    told = {
        each["address"]: (each["full"], each["volume_tag"])
        for each in (*status["drives"], *status["slots"], *status["mail"], status["picker"])
    }
    terminal.done("sim", "delete", "it")
    again = {address: (full, tag) for address, full, tag in read_again(trace)}
    assert again == told


def test_trace_holds_every_command_that_reached_the_library(
    terminal: Terminal, folder: Path
) -> None:
    trace = folder / "trace.jsonl"
    for words in (["load", "1"], ["unload"], ["cleaner", "reserve", "4"]):
        terminal.done(*words, "--trace", str(trace))
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    headers = [line for line in lines if "schema" in line]
    assert [header["device"] for header in headers] == ["sim:demo"] * 3
    sent = [line["cdb"][:2] for line in lines if "cdb" in line]
    assert len(sent) == sum(terminal.truth().commands.values())
    assert sent.count("a5") == 2


@pytest.mark.parametrize("words", ["load 1 --ready", "clean 0", "clean --needed", "status"])
def test_trace_and_verbose_hold_every_command_that_reached_a_device(
    terminal: Terminal, folder: Path, words: str
) -> None:
    terminal.create("it", "demo", drive_load_seconds=0, cleaning_seconds=1)
    terminal.variables["CHANGER"] = "sim:it"
    terminal.done("cleaner", "reserve", "4")
    terminal.done("cleaner", "insert", "--from", "mail:1")
    before, trace = terminal.truth("it"), folder / "trace.jsonl"
    ended = terminal.run(*words.split(), "-vv", "--trace", str(trace))
    assert ended.status == 0
    after = terminal.truth("it")
    header, *lines = [json.loads(line) for line in trace.read_text().splitlines()]
    assert (header["schema"], header["device"]) == ("changer.trace/2", "sim:it")
    sent = {"sim:it": ("", Counter(after.commands) - Counter(before.commands))}
    for number, commands in enumerate(after.drive_commands):
        earlier = Counter(before.drive_commands[number])
        sent[f"sim:it/drive:{number}"] = (f"drive {number}: ", Counter(commands) - earlier)
    assert {line["device"] for line in lines} == {each for each in sent if sent[each][1]}
    for device, (prefix, commands) in sent.items():
        cdbs = [bytes.fromhex(line["cdb"]) for line in lines if line["device"] == device]
        assert Counter(cdb[0] for cdb in cdbs) == commands
        shown = re.findall(rf"^{prefix}[A-Z][A-Z(0-9) ]+ \([0-9a-f ]+\): ", ended.err, re.MULTILINE)
        assert len(shown) == len(cdbs), device
    assert bool(sent["sim:it/drive:0"][1]) == (words != "status")


def test_trace_holds_failures_with_their_sense(terminal: Terminal, folder: Path) -> None:
    terminal.truth()
    terminal.fault("unit-attention 28/00")
    terminal.fault("no-reply after 2")
    trace = folder / "trace.jsonl"
    assert terminal.run("status", "--trace", str(trace)).status == 13
    lines = [json.loads(line) for line in trace.read_text().splitlines()[1:]]
    assert lines[0]["status"] == 2
    assert lines[0]["sense"][4:6] == "06"
    assert lines[-1]["error"] == "transport-failed"


def test_recording_answers_nothing_that_it_does_not_hold(terminal: Terminal, folder: Path) -> None:
    trace = folder / "trace.jsonl"
    terminal.done("lock", "--trace", str(trace))
    with pytest.raises(ReplayMismatch):
        read_again(trace)
