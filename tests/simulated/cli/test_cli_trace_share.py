"""``changer trace share``: what is written replays as the original does, under other names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from changer.host.clock import SystemClock
from changer.library.element_reader import ElementReader
from changer.library.inventory import Inventory
from changer.library.model import UnitMemory
from changer.library.session import Session
from changer.simulator.profiles.table import PROFILES
from changer.transport.replay import ReplayTransport

from .terminal import OUTPUT_FAILED, USAGE, Terminal

EACH = [each for each in PROFILES if each != "huge"]


def replayed(trace: Path, *, single_query: bool) -> Inventory:
    """The inventory that a status makes of the recording."""
    session = Session(ReplayTransport(trace), clock=SystemClock(), may_initialize=lambda: False)
    return ElementReader(session, UnitMemory(""), single_query=single_query).read()


def told(inventory: Inventory, others: dict[str, str]) -> list[Any]:
    """Every field of every element, with the names of the original in place of others."""
    fields: list[Any] = []
    for each in inventory.elements:
        tag = each.volume_tag.identifier if each.volume_tag else None
        fields.append(each._replace(volume_tag_field=None, identifier=None))
        fields.append(others.get(tag or "", tag))
    return fields


@pytest.mark.parametrize("profile", EACH)
def test_a_shared_trace_replays_as_the_original(
    terminal: Terminal, folder: Path, profile: str
) -> None:
    terminal.create("tapes", profile)
    trace, shared = folder / "trace.jsonl", folder / "shared.jsonl"
    for words in ("status", "load 1", "unload 0"):  # which p3000 refuses
        terminal.run("-l", "sim:tapes", *words.split(), "--trace", str(trace))
    document = terminal.done("trace", "share", str(trace), "--output", str(shared), "--json").json
    assert document["left_out"] == []
    assert document["names"] > 0
    before, after = (replayed(each, single_query=profile == "demo") for each in (trace, shared))
    labels = [
        (new.volume_tag.identifier, old.volume_tag.identifier)
        for old, new in zip(before.elements, after.elements, strict=True)
        if old.volume_tag and new.volume_tag
    ]
    others = dict(labels)
    assert len(others) == len({old for _, old in labels} | {""}) - ("" not in others)
    assert told(after, others) == told(before, {})
    assert not {*others} & {*others.values()} - {""}


def test_it_says_which_host_it_was_shared_on(terminal: Terminal, folder: Path) -> None:
    trace = folder / "trace.jsonl"
    terminal.done("status", "--trace", str(trace))
    header = json.loads(terminal.done("trace", "share", str(trace)).out.splitlines()[0])
    assert header["device"] == "sim:demo"
    assert any("Linux" in line for line in header["host"])


def test_sharing_it_again_changes_nothing(terminal: Terminal, folder: Path) -> None:
    trace, once, twice = folder / "trace", folder / "once", folder / "twice"
    terminal.done("status", "--trace", str(trace))
    terminal.done("trace", "share", str(trace), "--output", str(once))
    run = terminal.run("trace", "share", str(once), "--output", str(twice))
    assert (run.status, once.read_bytes()) == (0, twice.read_bytes())
    assert "shared before" in run.err


def test_what_is_left_out_is_listed(terminal: Terminal, folder: Path) -> None:
    trace, shared = folder / "trace", folder / "shared"
    terminal.done("status", "--trace", str(trace))
    trace.write_text(trace.read_text() + '{"at": "20')
    words = ("trace", "share", str(trace), "--output", str(shared))
    run = terminal.run(*words)
    assert run.status == 0
    assert "left out: a last line that is cut off" in run.err
    again = terminal.run(*words, "--force", "--json")
    (left_out,) = again.json["left_out"]
    assert left_out["times"] == 1


def test_a_file_is_not_replaced_unasked(terminal: Terminal, folder: Path) -> None:
    trace = folder / "trace"
    terminal.done("status", "--trace", str(trace))
    before = trace.read_bytes()
    run = terminal.run("trace", "share", str(trace), "--output", str(trace))
    assert (run.status, trace.read_bytes()) == (OUTPUT_FAILED, before)


@pytest.mark.parametrize("option", ["--json", "--force"])
def test_options_of_a_file_need_one(terminal: Terminal, folder: Path, option: str) -> None:
    assert terminal.run("trace", "share", str(folder / "trace"), option).status == USAGE


def test_what_is_not_there_is_said(terminal: Terminal, folder: Path) -> None:
    run = terminal.run("trace", "share", str(folder / "missing"))
    assert run.status == OUTPUT_FAILED
    assert "No such file" in run.err
