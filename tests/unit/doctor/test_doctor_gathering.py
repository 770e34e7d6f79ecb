"""What the doctor gathers: by commands that only read, and with whatever the host has left."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from pytest_mock import MockerFixture

from changer.doctor.gathering.bounded import within
from changer.doctor.gathering.reading import Exchange, ReadingTransport
from changer.errors import TransportFailed, UnsupportedByLibrary
from changer.smc import cdb
from changer.smc.command import Command, Reply, Status

LOOK = cdb.test_unit_ready()


class Device:
    """Notes what reaches it; ``failure``: raised instead of a reply."""

    def __init__(self, failure: TransportFailed | None = None) -> None:
        self.failure = failure
        self.sent: list[str] = []

    def execute(self, command: Command[Any]) -> Reply:
        self.sent.append(command.name)
        if self.failure is not None:
            raise self.failure
        return Reply(Status.GOOD)

    def close(self) -> None:
        self.sent.append("close")


@pytest.mark.parametrize(
    "command",
    [
        cdb.move_medium(1, 2),
        cdb.initialize_element_status(),
        cdb.prevent_allow_medium_removal(prevent=True),
        replace(LOOK, data_out=b"\0"),
        replace(LOOK, occupies_robot=True),
    ],
)
def test_what_does_more_than_read_does_not_reach_the_device(command: Command[Any]) -> None:
    device, exchanges = Device(), list[Exchange]()
    with pytest.raises(UnsupportedByLibrary, match=f"{command.name} was not sent"):
        ReadingTransport(device, "/dev/sg3", exchanges).execute(command)
    assert (device.sent, exchanges) == ([], [])


def test_exchange_that_fails_is_in_the_report_and_fails() -> None:
    device, exchanges = Device(TransportFailed("the path is lost")), list[Exchange]()
    transport = ReadingTransport(device, "/dev/sg3", exchanges)
    with pytest.raises(TransportFailed) as failed:
        transport.execute(LOOK)
    assert failed.value is device.failure
    assert exchanges == [Exchange("/dev/sg3", LOOK.name, LOOK.cdb, None, "the path is lost")]


def test_exchange_is_in_the_report_with_its_reply_and_the_device_is_closed_in_the_end() -> None:
    device, exchanges = Device(), list[Exchange]()
    transport = ReadingTransport(device, "/dev/sg3", exchanges)
    reply = transport.execute(LOOK)
    transport.close()
    assert exchanges == [Exchange("/dev/sg3", LOOK.name, LOOK.cdb, reply)]
    assert device.sent == [LOOK.name, "close"]


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
def test_facts_are_gathered_where_no_thread_can_be_started(
    mocker: MockerFixture, error: Exception
) -> None:
    mocker.patch.object(threading.Thread, "start", side_effect=error)
    assert within(10.0, "the store", lambda: "a fact") == "a fact"
