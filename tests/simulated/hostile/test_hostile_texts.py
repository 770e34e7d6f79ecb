"""No text of a device, a trace, a lock or a store steers the terminal that shows it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import sqlite3
import struct
import subprocess
import sys
import termios
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cli.terminal import DOCUMENTED
from driver.virtual_library import VirtualLibrary
from pytest_mock import MockerFixture

from changer.cli.main import main
from changer.errors import ChangerError
from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.smc.cdb import test_unit_ready as unit_ready
from changer.transport.replay import ReplayTransport

from .strange_device import ESCAPES, StrangeDevice

# Each command line in one process: starting Python for each would take most of the time. On this
# host /dev/null is an SCSI generic device, one that sysfs knows nothing of.
_RUNNER = """
import json, os, sys
null, major, minor = os.stat("/dev/null").st_rdev, os.major, os.minor
os.major = lambda device: 21 if device == null else major(device)
os.minor = lambda device: 1 << 19 if device == null else minor(device)
from changer.cli.main import main
statuses = []
for words in json.load(open(sys.argv[1])):
    print(flush=True)
    print("$", *map(ascii, words), flush=True)
    try:
        statuses.append(main(words))
    except SystemExit as end:
        statuses.append(int(end.code or 0))
json.dump(statuses, open(sys.argv[2], "w"))
"""
_ERASE = b"\r\033[K"
# One of the program's own styles, with its end.
_STYLED = re.compile(r"\033\[(?:1|1;31|33|36|2)m([^\033\n]*)\033\[0m")
# Wide and high enough that nothing is left out.
_SIZE = struct.pack("HHHH", 1000, 1000, 0, 0)


@dataclass
class Shown:
    """What a terminal got from command lines, and their exit statuses."""

    raw: bytes
    statuses: list[int]

    @property
    def text(self) -> str:
        """What a person reads; fails where the terminal got anything else than text."""
        text = _STYLED.sub(r"\1", self.raw.replace(_ERASE, b"").decode())
        steering = {
            f"U+{ord(letter):04X}"
            for letter in text
            if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        }
        assert steering == set(), self.raw
        return text


@dataclass
class Desk:
    """A terminal before a library whose device, program and store are hostile."""

    library: VirtualLibrary
    device: StrangeDevice
    node: Path

    def run(
        self, *command_lines: list[str], answers: bytes = b"", encoding: str = "utf-8"
    ) -> Shown:
        """As typed at a terminal of that encoding, one after the other."""
        folder = self.device.folder
        (folder / "words").write_text(json.dumps(command_lines))
        terminal, inside = pty.openpty()
        _make_transparent(inside)
        process = subprocess.Popen(
            [sys.executable, "-c", _RUNNER, str(folder / "words"), str(folder / "statuses")],
            env={**self._environment(), "PYTHONIOENCODING": f"{encoding}:strict"},
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)
        os.write(terminal, answers)
        shown = _read_all(terminal)
        assert process.wait(timeout=60) == 0, shown
        statuses = json.loads((folder / "statuses").read_text())
        assert set(statuses) <= DOCUMENTED
        assert b"Traceback" not in shown
        return Shown(shown, statuses)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{self.device.folder}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8",
            **self.library.environment,
            "CHANGER": str(self.node),
        }

    def status(self) -> dict[str, Any]:
        text = self.run(["status", "--json"]).text
        document: dict[str, Any] = json.loads(text[text.index("\n{") :])
        return document

    def shown_label(self, slot: int) -> str:
        """The label of a slot's cartridge as a person reads it."""
        label = next(
            each["volume_tag"] for each in self.status()["slots"] if each["number"] == slot
        )
        assert isinstance(label, str)
        return label


def _make_transparent(descriptor: int) -> None:
    """What is written arrives as it is, and what is typed is not echoed."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, _SIZE)
    attributes = termios.tcgetattr(descriptor)
    attributes[1] &= ~termios.OPOST
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)


def _read_all(terminal: int) -> bytes:
    shown = b""
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError:  # EIO: nobody has it open any more
        pass
    finally:
        os.close(terminal)
    return shown


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    library = VirtualLibrary(folder, "demo", drive_load_seconds=0, serial="SERIAL0001")
    outside = folder / "outside"
    outside.mkdir()
    node = outside / "node\x1b[31m\udc9b\u202e磁"
    node.symlink_to("/dev/null")
    device = StrangeDevice(library.simulated, outside, serial=b"SERIAL0001")
    with device.plugged_in():
        yield Desk(library, device, node)


def both(*command_lines: str) -> list[list[str]]:
    """Each for people, and each for programs."""
    words = [line.split() for line in command_lines]
    return [*words, *(["--json", *each] for each in words)]


LOOKING = both(
    "list",
    "status",
    "status -v",
    "status -vv",
    "history",
    "history --all",
    "history --failed",
    "find *",
    "operations --all",
    "cleaner status",
    "cleaner status --check",
    "top --once",
    "state list",
    "state check",
    "recover",
    "recover --dry-run",
    "scsi -- 12 00 00 00 60 00",
    "scsi -- 12 01 80 00 ff 00",
    "scsi -- b8 12 00 00 ff ff 00 00 ff ff 00 00",
    "scsi -- 1a 00 3f 00 ff 00",
    "completion bash",
    "sim list",
    "--help",
    "--version",
)


def test_no_command_that_looks_steers_the_terminal(desk: Desk) -> None:
    shown = desk.run(*LOOKING)
    assert _STYLED.search(shown.raw.decode()), "a terminal that has colours"
    assert "?[31mRED?[0m" in shown.text
    assert "A?B?C" in shown.text
    failed = {
        words for words, status in zip(map(tuple, LOOKING), shown.statuses, strict=True) if status
    }
    assert failed == {("cleaner", "status", "--check"), ("--json", "cleaner", "status", "--check")}


def test_letters_that_the_terminal_lacks_are_no_failure(desk: Desk) -> None:
    shown = desk.run(["status"], ["load", "磁带"], encoding="ascii")
    assert f"{desk.node.parent}/node?[31m??磁".replace("磁", "?") in shown.text
    assert shown.statuses == [0, 2]


def test_a_cartridge_with_a_strange_label_is_moved_by_the_label_as_shown(desk: Desk) -> None:
    label = desk.shown_label(1)
    shown = desk.run(
        ["load", label, "drive:0"],
        ["unload", "0", "--json"],
        ["move", "tag:" + desk.shown_label(2), "9"],
        ["move", "9", "@1002"],
        ["load", desk.shown_label(3), "1", "-v"],
        ["history"],
    )
    assert f"moved {label}" in shown.text
    assert shown.statuses == [0] * 6
    assert desk.library.tag_at("1") == "A00001L8"
    assert desk.library.tag_at("2") == "A00002L8"
    assert desk.library.tag_at("drive:1") == "A00003L8"


def test_two_cartridges_whose_labels_look_alike_are_not_confused(desk: Desk) -> None:
    alike = {
        each["volume_tag"]: each["number"]
        for each in desk.status()["slots"]
        if (each["volume_tag"] or "").startswith("twin")
    }
    assert list(alike) == ["twin?"]
    slot = alike["twin?"]
    truth = desk.library.tag_at(str(slot))
    shown = desk.run(["load", "twin?", "0"], ["load", str(slot), "0"])
    assert "twin?" in shown.text
    assert shown.statuses == [8, 0]
    assert desk.library.tag_at("drive:0") == truth


def test_no_command_that_acts_steers_the_terminal(desk: Desk) -> None:
    shown = desk.run(
        ["cleaner", "reserve", "4"],
        ["cleaner", "insert", "--from", "mail:1", "--assume-cleaner"],
        ["cleaner", "status"],
        ["load", "1", "4"],
        ["load", "1", "0"],
        ["load", "2", "0"],
        ["move", "2", "3"],
        ["exchange", "2", "3"],
        ["position", "5"],
        ["inventory"],
        ["lock"],
        ["unlock"],
        ["clean", "1"],
        ["clean", "--needed"],
        ["cleaner", "release"],
        ["cleaner", "eject", "--timeout", "0"],
        ["operations", "--all"],
        ["history"],
        ["state", "forget", "VEN_PRO"],
        answers=b"\n" * 9,
    )
    assert "CLN?[8m??7" in shown.text
    assert "Forget" in shown.text
    assert shown.statuses[:3] == [0, 0, 0]
    assert 0 not in (shown.statuses[3], shown.statuses[5], shown.statuses[6], shown.statuses[14])


@pytest.mark.parametrize("words", [["list"], ["list", "--json"]])
def test_names_that_the_kernel_and_udev_have_cannot_steer_the_terminal(
    folder: Path, words: list[str], mocker: MockerFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("vendor", "model", "rev"):
        (folder / name).write_bytes(b"\x1b[31m\x9b" + name.encode() + b"\n")
    (folder / "type").write_text("8\n")
    (folder / "vpd_pg80").write_bytes(b"\x08\x80\x00\x06S\x1b[0c\x07")
    node = SimpleNamespace(
        sys_number="3",
        parent=SimpleNamespace(sys_path=str(folder)),
        device_node="/dev/sg3",
        device_links=[f"/dev/tape/by-id/{ESCAPES}-changer"],
        properties={"ID_SCSI_SERIAL": ESCAPES},
    )
    listed = {"subsystem": [node], "parent": []}
    context = SimpleNamespace(list_devices=lambda **by: listed[next(iter(by))])
    mocker.patch("pyudev.Context", return_value=context)
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert "vendor" in Shown((out + err).encode(), [0]).text


def test_words_that_are_not_understood_are_quoted_printably(desk: Desk) -> None:
    words = [ESCAPES.replace("\0", ""), "\x1b[31m", "\u202e12", "--\x9b2J"]
    lines = [
        line
        for word in words
        for line in (
            [word],
            ["load", word],
            ["-l", word, "status"],
            ["-l", f"/dev/{word}", "status", "--json"],
            ["-l", f"sim:{word}", "status"],
            ["--state", f"/proc/nowhere/{word}", "history"],
            ["--trace", f"/proc/nowhere/{word}", "status"],
            ["scsi", "--", word],
            ["sim", "fault", "demo", word],
            ["state", "forget", word, "--yes"],
            ["inventory", "--range", word],
            ["operations", "stop", word],
        )
    ]
    shown = desk.run(*lines)
    assert shown.text
    assert 0 not in shown.statuses


@pytest.mark.long
def test_the_lock_s_holder_cannot_steer_the_terminal_of_who_waits(desk: Desk) -> None:
    library_id = desk.status()["library"]["id"]
    lock = LibraryLock(library_id, folder=desk.library.locks, command=ESCAPES, clock=SystemClock())
    with lock:
        # So long that a line of progress is shown, and written over.
        shown = desk.run(["load", "1"], ["load", "1", "--wait", "5"], ["load", "1", "--json"])
    assert "owned" in shown.text or "pid" in shown.text
    assert _ERASE in shown.raw
    assert set(shown.statuses) == {shown.statuses[0]} != {0}


def test_what_others_wrote_into_the_store_cannot_steer_the_terminal(desk: Desk) -> None:
    desk.run(["load", "1", "0"], ["cleaner", "reserve", "4"], ["load", "9", "1"])
    with closing(sqlite3.connect(desk.library.state)) as connection, connection:
        text = ESCAPES.replace("\udc80", "").replace("\0", "") + "\nchanger: all is well"
        for statement in (
            "UPDATE operations SET volume_tag = ?, message = ?, user = ?, result_name = ?",
            "UPDATE moves SET volume_tag = ?, message = ?, user = ?, second_volume_tag = ?",
            "UPDATE libraries SET vendor = ?, product = ?, revision = ?, device = ?",
        ):
            connection.execute(statement, (text,) * 4)
        connection.execute("UPDATE moves SET outcome = NULL, finished_at = NULL")
    copies = [["state", each, str(desk.device.folder / each)] for each in ("backup", "export")]
    shown = desk.run(*LOOKING, ["load", "2", "1"], ["unload", "0"], ["history", "--all"], *copies)
    assert "?]0;owned?" in shown.text
    assert "\nchanger: all is well" not in shown.text


@pytest.mark.parametrize("noise", [ESCAPES.encode("utf-8", "surrogateescape")])
def test_what_the_program_says_is_quoted_printably(desk: Desk, noise: bytes) -> None:
    program = desk.device.program
    honest = program.read_text()
    (desk.device.folder / "noise").write_bytes(noise + b": No such\x1b[2J\n" + noise)
    program.write_text(f"#!/bin/sh\ncat {desk.device.folder}/noise >&2; exit 99\n")
    try:
        shown = desk.run(["status"], ["status", "--json"], ["-vv", "status"])
    finally:
        program.write_text(honest)
    assert "owned" in shown.text
    assert 0 not in shown.statuses


def test_traces_are_printable_and_what_they_say_too(desk: Desk) -> None:
    trace = desk.device.folder / "trace"
    desk.run(["status", "--trace", str(trace)], ["load", "1", "--trace", str(trace)])
    content = trace.read_bytes()
    assert len(content.splitlines()) > 5
    assert all(0x20 <= byte < 0x7F or byte == 0x0A for byte in content)


@pytest.mark.parametrize("field", ["message", "name", "error", "device", "program"])
def test_a_recorded_error_is_raised_with_printable_words(folder: Path, field: str) -> None:
    header = {"schema": "changer.trace/1", "device": "d", "program": "p"}
    record = {
        "name": "TEST UNIT READY",
        "cdb": "00" * 6,
        "at": "now",
        "data": "",
        "sense": "",
        "milliseconds": 1,
        "error": "timed-out" if field == "error" else "transport-failed",
    }
    lines = (
        [{**header, field: ESCAPES}, record]
        if field in header
        else [header, {**record, field: ESCAPES}]
    )
    path = folder / "trace"
    path.write_text("\n".join(map(json.dumps, lines)))
    transport = ReplayTransport(path)
    for _ in range(2):
        with pytest.raises(ChangerError) as caught:
            transport.execute(unit_ready())
        assert str(caught.value).isprintable()
        assert caught.value.message.isprintable()
