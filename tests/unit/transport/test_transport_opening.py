"""A transport is chosen by its device's name, and wrapped as every other one is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from test_transport_trace import INQUIRY, MOVE, ScriptedDevice, SteppingClock, command, never, trace

from changer.errors import OutputFailed
from changer.library.settings import NodeTransport
from changer.smc.command import Reply, Status
from changer.transport.dry_run import DryRun
from changer.transport.opening import NODE_TRANSPORTS, Wiring, open_transport
from changer.transport.replay import ReplayTransport
from changer.transport.sg_io import SgIo
from changer.transport.sg_raw import SgRaw

WIRING = Wiring(
    clock=SteppingClock(),
    simulated=Path("/nonexistent"),
    lock_descriptors=tuple,
    trace=None,
    show=None,
    warn=never,
    dry_run=None,
    wrap=lambda transport, _: transport,
)


def wired(*script: Reply | BaseException, **fields: Any) -> Wiring:
    """With a device in the place of the one that is opened."""
    return replace(WIRING, wrap=lambda _, device: ScriptedDevice(*script), **fields)


def test_a_node_is_reached_through_sg_raw_unless_another_way_is_chosen() -> None:
    assert isinstance(open_transport("/dev/sg3", WIRING), SgRaw)
    chosen = replace(WIRING, node_transport="sg_io")
    for drive in (None, 0):
        assert isinstance(open_transport("/dev/sg3", chosen, drive=drive), SgIo)


def test_the_settings_choose_of_the_transports_that_there_are() -> None:
    assert set(get_args(NodeTransport)) == NODE_TRANSPORTS.keys()


def test_a_trace_stands_for_its_device(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    trace(path, Reply(Status.GOOD, b"reply")).execute(command())
    assert open_transport(f"replay:{path}", WIRING).execute(command()).data == b"reply"


@pytest.mark.parametrize("node_transport", NODE_TRANSPORTS)
@pytest.mark.parametrize("drive", [None, 0])
def test_a_move_inherits_the_locks_that_are_held_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drive: int | None, node_transport: str
) -> None:
    program = tmp_path / "sg_raw"
    program.write_text(
        f"#!/bin/sh\nreadlink /proc/$$/fd/* > {tmp_path}/open\n"
        "echo '    cdb to send: [..]' >&2; echo 'SCSI Status: Good ' >&2\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    held: list[int] = []
    wiring = replace(WIRING, lock_descriptors=lambda: tuple(held), node_transport=node_transport)
    transport = open_transport("/dev/null", wiring, drive=drive)
    with (tmp_path / "lock").open("w") as lock:
        held.append(lock.fileno())
        transport.execute(
            replace(command(MOVE, moves_medium=True), allocation_length=0, occupies_robot=True)
        )
    assert str(tmp_path / "lock") in (tmp_path / "open").read_text().splitlines()


def test_what_a_drive_is_sent_is_traced_after_the_header_of_its_library(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    wiring = wired(*[Reply(Status.GOOD), Reply(Status.BUSY)] * 2, trace=path)
    library = open_transport("/dev/sg3", wiring)
    drive = open_transport("/dev/sg4", wiring, drive=0)
    for transport in (library, drive, library):
        transport.execute(command())
        transport.execute(command(MOVE))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["device"] for line in lines if "schema" in line] == ["/dev/sg3"]
    sent_to = [line["device"] for line in lines if "cdb" in line]
    assert sent_to == ["/dev/sg3"] * 2 + ["/dev/sg4"] * 2 + ["/dev/sg3"] * 2
    replayed = ReplayTransport(path, drive="/dev/sg4")
    assert [replayed.execute(command(cdb)).status for cdb in (MOVE, INQUIRY)] == [8, 0]


def test_a_trace_that_can_not_be_begun_is_an_error_and_leaves_nothing_open(tmp_path: Path) -> None:
    device = ScriptedDevice()
    wiring = replace(WIRING, trace=tmp_path / "missing/trace", wrap=lambda _, name: device)
    with pytest.raises(OutputFailed):
        open_transport("/dev/sg3", wiring)
    assert device.closed


def test_a_trace_that_can_not_go_on_at_a_drive_is_a_warning(tmp_path: Path) -> None:
    """A cartridge may be on its way to it."""
    warnings: list[str] = []
    missing = tmp_path / "missing/trace"
    wiring = wired(Reply(Status.GOOD), trace=missing, warn=warnings.append)
    drive = open_transport("/dev/sg4", wiring, drive=0)
    assert drive.execute(command()).status == Status.GOOD
    assert len(warnings) == 1 and "commands to drive 0 are not recorded in it" in warnings[0]


def test_lines_that_are_shown_say_which_drive_they_are_about() -> None:
    said: list[str] = []
    wiring = wired(Reply(Status.GOOD), show=said.append)
    for drive in (None, 1):
        open_transport("/dev/sg3", wiring, drive=drive).execute(command())
    line = "INQUIRY (12 00 00 00 60 00): status 00h, 0 bytes"
    assert said == [line, f"drive 1: {line}"]


def test_a_dry_run_sends_a_drive_no_more_than_its_library() -> None:
    dry_run = DryRun()
    for drive in (None, 1):
        transport = open_transport("/dev/sg3", wired(dry_run=dry_run), drive=drive)
        assert transport.execute(command(MOVE)) == Reply(Status.GOOD)
    assert [getattr(each, "device", None) for each in dry_run.steps] == ["/dev/sg3", "drive 1"]


@pytest.mark.parametrize("how", ["plain", "shown", "traced", "rehearsed"])
def test_a_device_is_closed_whatever_stands_in_front_of_it(tmp_path: Path, how: str) -> None:
    device = ScriptedDevice()
    wrappers: dict[str, dict[str, Any]] = {
        "plain": {},
        "shown": {"show": print},
        "traced": {"trace": tmp_path / "trace"},
        "rehearsed": {"dry_run": DryRun()},
    }
    open_transport("/dev/sg3", replace(WIRING, wrap=lambda *_: device, **wrappers[how])).close()
    assert device.closed
