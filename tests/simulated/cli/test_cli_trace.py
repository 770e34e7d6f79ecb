"""``--trace``: what a session sent and received, in a file that can answer in its place."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from changer.errors import ReplayMismatch
from changer.host.clock import SystemClock
from changer.library.element_reader import ElementReader
from changer.library.model import Identity, ModelMemory
from changer.library.session import Session
from changer.transport.replay import ReplayTransport

from .terminal import Terminal


def read_again(trace: Path) -> list[tuple[int, bool, str | None]]:
    """Address, fullness and tag of every element, from the recording alone."""
    session = Session(ReplayTransport(trace), clock=SystemClock(), may_initialize=lambda: False)
    memory = ModelMemory(Identity("", "", "", None))
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


def test_trace_and_verbose_hold_every_command_that_reached_a_drive(
    terminal: Terminal, folder: Path
) -> None:
    trace = folder / "trace.jsonl"
    ended = terminal.run("load", "1", "--ready", "-vv", "--trace", str(trace))
    assert ended.status == 0
    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    sent = Counter(int(line["cdb"][:2], 16) for line in lines if "device" in line and "cdb" in line)
    assert sent == terminal.truth().drive_commands[0]
    assert {line["device"] for line in lines[1:] if "device" in line} == {"sim:demo/drive:0"}
    assert ended.err.count("drive 0: TEST UNIT READY (") == sent[0] > 0


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
