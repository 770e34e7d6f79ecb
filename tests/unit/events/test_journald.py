"""Entries of the journal, as a socket that stands in for its own receives them."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from changer.host import journald
from changer.host.journald import send_entry
from changer.host.syslog import log_fields


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "socket"))
        receiver.settimeout(10)
        yield receiver


def received(journal: socket.socket) -> dict[str, str]:
    """The fields of the next entry: each is one line."""
    lines = journal.recv(65536).decode().splitlines()
    return dict(line.split("=", 1) for line in lines)


def fill(path: str) -> None:
    """Send until its queue is full."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filling:
        filling.setblocking(False)
        filling.connect(path)
        with pytest.raises(BlockingIOError):
            while True:
                filling.send(b"MESSAGE=full\n")


def test_entry_has_its_fields(journal: socket.socket) -> None:
    assert send_entry({"MESSAGE": "a = b", "PRIORITY": "4"}, path=journal.getsockname())
    assert received(journal) == {"MESSAGE": "a = b", "PRIORITY": "4"}


def test_value_cannot_add_a_field_or_a_line(journal: socket.socket) -> None:
    sent = {"MESSAGE": "one\nPRIORITY=0", "CHANGER_TAG": "\x1b[2J\u202e", "a b": "x", "_PID": "1"}
    assert send_entry(sent, path=journal.getsockname())
    assert received(journal) == {"MESSAGE": "one?PRIORITY=0", "CHANGER_TAG": "?[2J?"}


@pytest.mark.parametrize("octets", [4095, 4096, 4097, 1_000_000])
def test_value_that_is_too_long_is_cut(journal: socket.socket, octets: int) -> None:
    assert send_entry({"MESSAGE": "x" * octets}, path=journal.getsockname())
    assert received(journal) == {"MESSAGE": "x" * min(octets, 4096)}


def test_text_that_is_no_text_is_sent_all_the_same(journal: socket.socket) -> None:
    assert send_entry({"MESSAGE": "\udcff"}, path=journal.getsockname())
    assert received(journal) == {"MESSAGE": "?"}


def test_journal_that_is_not_there_takes_nothing(tmp_path: Path) -> None:
    assert not send_entry({"MESSAGE": "x"}, path=str(tmp_path / "socket"))


def test_journal_that_nobody_serves_takes_nothing(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "socket"))
    assert not send_entry({"MESSAGE": "x"}, path=str(tmp_path / "socket"))


def test_journal_that_does_not_keep_up_is_not_waited_for(journal: socket.socket) -> None:
    """Its queue is full: the kernel would let a sender wait for ever."""
    path = journal.getsockname()
    fill(path)
    assert not send_entry({"MESSAGE": "x"}, path=path)


def test_journal_that_is_behind_for_a_moment_gets_the_entry(
    journal: socket.socket, mocker: MockerFixture
) -> None:
    path = journal.getsockname()
    fill(path)

    def catch_up(seconds: float) -> None:
        assert seconds < 0.1
        while seconds and journal.recv(100) and select.select([journal], [], [], 0)[0]:
            pass

    mocker.patch("time.sleep", side_effect=catch_up)
    assert send_entry({"MESSAGE": "x"}, path=path)
    assert received(journal) == {"MESSAGE": "x"}


def test_line_of_a_program_is_named_and_its_fields_are_its_own(
    journal: socket.socket, mocker: MockerFixture
) -> None:
    mocker.patch.object(journald, "SOCKET", journal.getsockname())
    log_fields("slot 1 is full", 4, {"event": "move-open", "volume_tag": "A00001L8"})
    assert received(journal) == {
        "MESSAGE": "slot 1 is full",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "changer",
        "CHANGER_EVENT": "move-open",
        "CHANGER_VOLUME_TAG": "A00001L8",
    }


def test_without_the_journal_the_line_goes_to_syslog(mocker: MockerFixture, tmp_path: Path) -> None:
    mocker.patch.object(journald, "SOCKET", str(tmp_path / "socket"))
    written = mocker.patch("syslog.syslog")
    log_fields("slot 1\nis full", 4, {"event": "move-open"})
    written.assert_called_once_with(4, "changer: slot 1?is full")
