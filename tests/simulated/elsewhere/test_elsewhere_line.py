"""A line on which nobody speaks any more is noticed at both ends; a quiet one is none."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from called import environment_set
from pytest_mock import MockerFixture
from waiting import wait_until

from changer.errors import OwnerLost, OwnerUnreachable
from changer.library.opening import host_request
from changer.library.owner_address import OwnerAddress
from changer.library.settings import Configuration
from changer.owner import client as owner_side
from changer.owner import conversation as client_side
from changer.owner.answers import Answers
from changer.owner.client import Client
from changer.owner.conversation import Conversation
from changer.owner.frames import PROTOCOL, Lines, decode, encode

HELLO = f'{{"hello":"1","host":"x","protocol":{PROTOCOL}}}'
ADDRESS = OwnerAddress("owner.invalid")


@pytest.fixture
def hurried(mocker: MockerFixture) -> None:
    """Both ends lose patience within a second."""
    for side in (owner_side, client_side):
        mocker.patch.object(side, "BEAT_SECONDS", 0.1)
        mocker.patch.object(side, "SILENCE_SECONDS", 1.0)
    mocker.patch.object(client_side, "CONNECTING_SECONDS", 1.0)
    mocker.patch.object(client_side, "_ENDING_SECONDS", 0.2)


@pytest.fixture
def ends(hurried: None, mocker: MockerFixture) -> Iterator[tuple[Client, int, int]]:
    """An owner's process, and the client's descriptors; it gets no signals."""
    mocker.patch("changer.owner.client.os.kill")
    to_client, from_owner = os.pipe()
    to_owner, from_client = os.pipe()
    made = Client(to_owner, from_owner)
    yield made, to_client, from_client
    made.end(0)
    for each in (to_client, from_client, from_owner):
        os.close(each)


def test_an_owner_that_is_talked_to_all_the_time_still_gives_signs_of_life(
    ends: tuple[Client, int, int],
) -> None:
    owner, reading, writing = ends
    lines, beats, ended = Lines(), 0, threading.Event()

    def talk() -> None:
        while not ended.wait(0.01):
            os.write(writing, encode({"beat": 1}))

    thread = threading.Thread(target=talk)
    thread.start()
    owner.listen()
    try:
        while beats < 20:
            beats += sum("beat" in decode(line) for line in lines.take(os.read(reading, 65536)))
    finally:
        ended.set()
        thread.join()


def test_a_client_that_is_silent_is_one_that_hung_up(ends: tuple[Client, int, int]) -> None:
    kill: Callable[..., object] = os.kill
    ends[0].listen()
    wait_until(lambda: kill.called)  # type: ignore[attr-defined]
    kill.assert_called_once_with(os.getpid(), signal.SIGHUP)  # type: ignore[attr-defined]


def conversation(folder: Path, script: str) -> Conversation:
    """A line that a program in the place of ssh is the other end of."""
    program = folder / "ssh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    request = host_request("test", Configuration())
    with environment_set({"PATH": f"{folder}:{os.environ['PATH']}"}):
        return Conversation(ADDRESS, Answers(request, lambda _: ""), lambda _: None)


@pytest.mark.parametrize(
    ("acts", "error"), [(True, OwnerLost), (False, OwnerUnreachable)], ids=["acts", "reads"]
)
def test_an_owner_that_falls_silent_is_lost(
    hurried: None, folder: Path, acts: bool, error: type[Exception]
) -> None:
    with conversation(folder, f"echo '{HELLO}'; exec sleep 60") as line:
        assert line.connect("1") == "x"
        with pytest.raises(error, match="silent"):
            line.run({}, acts=acts)


def test_an_owner_that_only_gives_signs_of_life_is_waited_for(hurried: None, folder: Path) -> None:
    beats = "for i in $(seq 1 20); do echo '{\"beat\":1}'; sleep 0.1; done"
    with conversation(folder, f"echo '{HELLO}'; {beats}; echo '{{\"exit\":7}}'") as line:
        line.connect("1")
        assert line.run({}, acts=True) == 7


def test_a_login_that_takes_for_ever_is_given_up(hurried: None, folder: Path) -> None:
    with (
        conversation(folder, "exec sleep 60") as line,
        pytest.raises(OwnerUnreachable, match="did not answer in time"),
    ):
        line.connect("1")


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"exit":"x"}', '{"exit":999}'])
def test_an_owner_that_talks_nonsense_is_lost(hurried: None, folder: Path, text: str) -> None:
    with conversation(folder, f"echo '{HELLO}'; echo '{text}'; exec sleep 60") as line:
        line.connect("1")
        with pytest.raises(OwnerLost):
            line.run({}, acts=True)
