"""``changer scsi``: how much a raw command is to receive, and what its bytes may look like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from changer.host.clock import SystemClock
from changer.lock.flock import LibraryLock
from changer.simulator.transport import SimulatedTransport
from changer.smc.command import Command

from .terminal import USAGE, Terminal

MOST = 0xFFFF
LIBRARY_BUSY = 30


@pytest.fixture
def received(terminal: Terminal) -> Iterator[list[tuple[str, int]]]:
    """The CDBs that a library got, each with how much it may answer."""
    terminal.done("status")
    found: list[tuple[str, int]] = []
    execute = SimulatedTransport.execute

    def note(transport: SimulatedTransport, command: Command[Any]) -> Any:
        found.append((command.cdb.hex(), command.allocation_length))
        return execute(transport, command)

    with patch.object(SimulatedTransport, "execute", note):
        yield found


def sent(terminal: Terminal, received: list[tuple[str, int]], *words: str) -> tuple[str, int]:
    """The only command, as it reached the library."""
    terminal.run("scsi", *words)
    (found,) = received
    return found


# SPC-4 and SMC-3: where the allocation length stands; every other bit of the CDB is set.
@pytest.mark.parametrize(
    ("cdb", "expected"),
    [
        ("03 ff ff ff 23 ff", 0x23),
        ("12 ff ff 01 23 ff", 0x0123),
        ("1a ff ff ff 23 ff", 0x23),
        ("4d ff ff ff ff ff ff 01 23 ff", 0x0123),
        ("5a ff ff ff ff ff ff 01 23 ff", 0x0123),
        ("5e ff ff ff ff ff ff 01 23 ff", 0x0123),
        ("8c ff ff ff ff ff ff ff ff ff 00 00 01 23 ff ff", 0x0123),
        ("a0 ff ff ff ff ff 00 00 01 23 ff ff", 0x0123),
        ("a3 ff ff ff ff ff 00 00 01 23 ff ff", 0x0123),
        ("b4 ff ff ff ff ff ff 00 01 23 ff ff", 0x0123),
        ("b5 ff ff ff ff ff ff 00 01 23 ff ff", 0x0123),
        ("b8 ff ff ff ff ff 00 00 01 23 ff ff", 0x0123),
        ("a0 00 00 00 00 00 00 00 ff ff 00 00", MOST),
        ("a0 00 00 00 00 00 00 01 00 00 00 00", MOST),
        ("b8 00 00 00 00 00 01 00 00 00 00 00", MOST),
        ("00 00 00 00 00 00", 0),
        ("ff ff ff ff ff ff", 0),
    ],
)
def test_as_much_is_received_as_the_command_says(
    terminal: Terminal, received: list[tuple[str, int]], cdb: str, expected: int
) -> None:
    found = sent(terminal, received, "--", *cdb.split())
    assert found == (cdb.replace(" ", ""), expected)


@pytest.mark.parametrize("length", [0, 1, MOST])
def test_as_much_is_received_as_the_caller_says(
    terminal: Terminal, received: list[tuple[str, int]], length: int
) -> None:
    cdb = ("12", "00", "00", "00", "60", "00")
    assert sent(terminal, received, "--read", str(length), "--", *cdb)[1] == length


@pytest.mark.parametrize(
    "words",
    [
        ("0x12", "0x0", "0", "00", "0X60", "00"),
        ("12", "0", "0", "0", "60", "0"),
        ("120000006000",),
        ("1200", "0000", "6000"),
    ],
)
def test_bytes_are_read_however_they_are_written(
    terminal: Terminal, received: list[tuple[str, int]], words: tuple[str, ...]
) -> None:
    assert sent(terminal, received, "--", *words) == ("120000006000", 0x60)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--", "00"), "a CDB has 6, 10, 12 or 16 bytes, not 1"),
        (("--", "0" * 10), "a CDB has 6, 10, 12 or 16 bytes, not 5"),
        (("--", "0" * 34), "a CDB has 6, 10, 12 or 16 bytes, not 17"),
        (("--", "1g", "00"), "'1g 00' is not a sequence of hexadecimal bytes"),
        (("--read", "65536", "--", "0" * 12), "--read: '65536' is not a length from 0 to 65535"),
        (("--read", "-1", "--", "0" * 12), "--read: '-1' is not a length from 0 to 65535"),
        (("--", "a7", "0" * 22), "MOVE MEDIUM ATTACHED moves media, unchecked and unrecorded"),
    ],
)
def test_what_is_not_a_command_to_send_is_refused(
    terminal: Terminal, received: list[tuple[str, int]], words: tuple[str, ...], told: str
) -> None:
    run = terminal.run("scsi", *words)
    assert (run.status, run.out, received) == (USAGE, "", [])
    assert run.err.startswith(f"changer: {told}\n")


def test_data_are_shown_in_rows_of_16_bytes_with_what_is_ascii_in_them(terminal: Terminal) -> None:
    bases = {"transport_base": 0x1F20, "storage_base": 0x7E7F, "drive_base": 0x5D80}
    terminal.create("it", "bare", **bases)
    assert terminal.done("-l", "sim:it", "scsi", "--", "1a", "08", "1d", "00", "ff", "00").out == (
        "status 00h, 24 bytes\n"
        "  0000  17 00 00 00 1d 12 1f 20 00 01 7e 7f 00 06 00 65  ....... ..~....e\n"
        "  0010  00 00 5d 80 00 01 00 00                          ..].....\n"
    )
    assert terminal.done("-l", "sim:it", "scsi", "--", "12", "00", "00", "00", "10", "00").out == (
        "status 00h, 16 bytes\n"
        "  0000  08 80 05 02 1f 00 00 00 43 48 41 4e 47 45 52 20  ........CHANGER \n"
    )


@pytest.mark.parametrize("cdb", ["07 00 00 00 00 00", "1e 00 00 00 01 00"])
def test_what_changes_something_is_not_sent_to_a_library_that_is_in_use(
    terminal: Terminal, received: list[tuple[str, int]], cdb: str
) -> None:
    library = terminal.done("status", "--json").json["library"]["id"]
    received.clear()
    with LibraryLock(library, folder=terminal.locks, command="another", clock=SystemClock()):
        assert terminal.run("scsi", "--", *cdb.split()).status == LIBRARY_BUSY
        assert received == []
        terminal.done("scsi", "--", "12", "00", "00", "00", "60", "00")
    terminal.done("scsi", "--", *cdb.split())
