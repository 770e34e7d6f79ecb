"""A line on which nobody speaks any more is noticed at both ends; a quiet one is none."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from called import environment_set
from pressed import pressed_within
from pytest_mock import MockerFixture
from waiting import wait_until

from changer.errors import (
    AccessDenied,
    DeviceNotAvailable,
    LibraryClosed,
    MalformedData,
    OwnerLost,
    OwnerUnreachable,
    TransportFailed,
)
from changer.library.model import Identity
from changer.library.opening import host_request
from changer.library.owner_address import OwnerAddress
from changer.library.owner_choice import Owned
from changer.library.settings import Configuration
from changer.owner import client as owner_side
from changer.owner import conversation as client_side
from changer.owner.answers import Answers
from changer.owner.client import Client, ClientTransport
from changer.owner.conversation import Conversation
from changer.owner.errors_sent import error_frame
from changer.owner.frames import Frame, Lines, bytes_of, decode, encode
from changer.owner.remote_library import Named, RemoteLibrary
from changer.owner.values_sent import encode_value
from changer.smc.cdb import test_unit_ready as unit_ready
from changer.values import replace

from .hosts import ssh_is

# What an owner of any version says that understands this one: the number must not change by itself.
HELLO = '{"hello":"1","host":"x","protocol":1}'
ADDRESS = OwnerAddress("owner.invalid")


@pytest.fixture
def lively(mocker: MockerFixture) -> None:
    """Both ends give signs of life all the time."""
    for side in (owner_side, client_side):
        mocker.patch.object(side, "BEAT_SECONDS", 0.1)


@pytest.fixture
def hurried(lively: None, mocker: MockerFixture) -> None:
    """Both ends lose patience within a second."""
    for side in (owner_side, client_side):
        mocker.patch.object(side, "SILENCE_SECONDS", 1.0)
    mocker.patch.object(client_side, "CONNECTING_SECONDS", 1.0)
    mocker.patch.object(client_side, "_ENDING_SECONDS", 0.2)


@pytest.fixture
def ends(lively: None, mocker: MockerFixture) -> Iterator[tuple[Client, int, int]]:
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


@pytest.mark.usefixtures("hurried")
def test_a_client_that_is_silent_is_one_that_hung_up(ends: tuple[Client, int, int]) -> None:
    kill: Callable[..., object] = os.kill
    ends[0].listen()
    wait_until(lambda: kill.called)  # type: ignore[attr-defined]
    kill.assert_called_once_with(os.getpid(), signal.SIGHUP)  # type: ignore[attr-defined]


def test_a_client_that_reads_nothing_any_more_is_gone(
    ends: tuple[Client, int, int], mocker: MockerFixture
) -> None:
    """It is not waited for without end where its pipe is full."""
    mocker.patch.object(owner_side, "SILENCE_SECONDS", 0.05)
    ends[0].say({"out": "x" * 200_000})
    with pytest.raises(TransportFailed, match="is gone"):
        ends[0].ask("tape-drives")


def answering(ends: tuple[Client, int, int], answer: Frame) -> Client:
    """The owner's process, whose client has one answer to all that it is asked."""
    owner, reading, writing = ends

    def answer_all() -> None:
        lines = Lines()
        while data := os.read(reading, 65536):
            for frame in map(decode, lines.take(data)):
                if "ask" in frame:
                    os.write(writing, encode({"answer": frame["number"], **answer}))
                elif "exit" in frame:
                    return

    threading.Thread(target=answer_all).start()
    owner.listen()
    return owner


def test_a_signal_cuts_no_message_in_half(
    ends: tuple[Client, int, int], mocker: MockerFixture
) -> None:
    owner, reading, _ = ends
    write, frame, written = os.write, {"out": "x" * 50}, list[int]()

    def a_little(descriptor: int, data: bytes) -> int:
        written.append(write(descriptor, data[:10]))
        signal.raise_signal(signal.SIGINT)
        return written[-1]

    patched = mocker.patch("os.write", side_effect=a_little)
    with pytest.raises(KeyboardInterrupt):
        owner.say(frame)
    mocker.stop(patched)
    assert os.read(reading, 100) == encode(frame)
    assert max(written) <= 10


class Guarded(dict[int, Any]):
    """What threads share: each use of it is noted, with whether the lock was held."""

    def __init__(self, is_locked: Callable[[], bool]) -> None:
        super().__init__()
        self._is_locked = is_locked
        self.uses: list[tuple[str, bool]] = []

    def __setitem__(self, key: int, value: Any) -> None:
        self.uses.append(("set", self._is_locked()))
        super().__setitem__(key, value)

    def __delitem__(self, key: int) -> None:
        self.uses.append(("delete", self._is_locked()))
        super().__delitem__(key)

    def get(self, key: int, default: Any = None) -> Any:
        self.uses.append(("get", self._is_locked()))
        return super().get(key, default)


def test_threads_that_ask_at_once_share_their_answers_under_a_lock(
    ends: tuple[Client, int, int],
) -> None:
    owner = answering(ends, {"value": 1})
    shared = owner._answers = Guarded(owner._lock.locked)
    assert owner.ask("users") == 1
    assert sorted(shared.uses) == [("delete", True), ("get", True), ("set", True)]


def test_what_the_client_meets_is_what_the_owner_meets(ends: tuple[Client, int, int]) -> None:
    sent = error_frame(AccessDenied("no right to /dev/nst0", hint="as root"))
    with pytest.raises(AccessDenied, match="no right to /dev/nst0"):
        answering(ends, {"error": sent}).ask("hold")


def test_a_drive_whose_reply_makes_no_sense_gave_none(ends: tuple[Client, int, int]) -> None:
    drive = ClientTransport("/dev/sg0", answering(ends, {"value": None}).ask)
    with pytest.raises(DeviceNotAvailable, match="/dev/sg0"):
        drive.execute(unit_ready())


@pytest.mark.parametrize(
    ("silent", "words"), [(1.0, "is gone"), (60.0, "did not answer within 1 s")]
)
def test_a_client_that_does_not_answer_is_waited_for_within_limits(
    ends: tuple[Client, int, int], mocker: MockerFixture, silent: float, words: str
) -> None:
    mocker.patch.object(owner_side, "SILENCE_SECONDS", silent)
    ends[0].listen()
    with pytest.raises(TransportFailed, match=words):
        ends[0].ask("tape-drives", limit_seconds=60.0 if silent == 1.0 else 1.0)


def test_a_signal_ends_the_wait_for_a_client(
    ends: tuple[Client, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_side, "_TURN_SECONDS", 0.05)
    with pytest.raises(KeyboardInterrupt) as raised, pressed_within(Client._answer):
        ends[0].ask("tape-drives", limit_seconds=30.0)
    assert raised.value.__context__ is None, "no limit had to be reached"


def conversation(folder: Path, script: str) -> Conversation:
    request = host_request("test", Configuration())
    with ssh_is(folder, script):
        return Conversation(ADDRESS, Answers(request, lambda _: ""), lambda _: None)


NAMED = Named("HP_MSL_1", Identity("HP", "MSL", "1", "1"), "/dev/sg3")


def library_told(folder: Path, *frames: Frame, told: list[str]) -> RemoteLibrary:
    """The library of an owner that says that of it."""
    lines = "".join(encode(each).decode() for each in (*frames, {"exit": 0}))
    (folder / "frames").write_text(f"{HELLO}\n{lines}")
    request = replace(host_request("test", Configuration()), warn=told.append)
    with ssh_is(folder, f"exec cat {folder}/frames"):
        return RemoteLibrary(Owned(ADDRESS, None), request)


@pytest.mark.parametrize("text", ["a", "0x12", "zz"])
def test_bytes_that_are_none_are_malformed(text: str) -> None:
    with pytest.raises(MalformedData, match="a message has no bytes 'data'"):
        bytes_of({"data": text}, "data")


def test_a_call_of_a_program_says_what_is_asked_and_from_where(folder: Path) -> None:
    lines = encode({"value": encode_value(NAMED)}) + encode({"exit": 0})
    (folder / "frames").write_bytes(lines)
    script = f"echo '{HELLO}'; head -n 1 >'{folder}/request'; exec cat '{folder}/frames'"
    request = replace(host_request("test", Configuration()), wait_seconds=7.5)
    with ssh_is(folder, script), environment_set({"TZ": "Europe/Vienna"}):
        library = RemoteLibrary(Owned(ADDRESS, "hp"), request)
    no_terminal = {"terminal": False, "size": [0, 0], "encoding": "utf-8"}
    call = {"method": "identity", "args": [], "kwargs": {}, "wait_seconds": 7.5}
    assert decode((folder / "request").read_bytes()) == {
        "request": {
            "program": "python",
            "arguments": [],
            "call": call,
            "library": "hp",
            "host": os.uname().nodename,
            "zone": "Europe/Vienna",
            "out": no_terminal,
            "error": no_terminal,
            "in": {"terminal": False},
        }
    }
    library.close()
    for act in (
        lambda: library.call("status", (), {}, acts=False),
        lambda: library.operation("clean", (), {}),
    ):
        with pytest.raises(LibraryClosed, match="HP_MSL_1 was closed"):
            act()


def test_what_an_owner_warns_of_is_told(folder: Path) -> None:
    told: list[str] = []
    value = {"value": encode_value(NAMED)}
    assert library_told(folder, {"warn": "look"}, value, told=told).named == NAMED
    assert told == ["look"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ({"value": "a library"}, "owner.invalid did not say what the library is"),
        ({"error": "Traceback\nOSError: no\n"}, "the call had no result: OSError: no"),
        ({"beat": 1}, "the call had no result: no reason given"),
    ],
)
def test_an_owner_that_does_not_say_what_its_library_is_has_none(
    folder: Path, frame: Frame, words: str
) -> None:
    with pytest.raises(MalformedData, match=words):
        library_told(folder, frame, told=[])


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


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("echo first; echo ' late words '; echo", " (late words)"),
        ("true", ""),
        ("printf '\\033[2Jcut'", " (?[2Jcut)"),
    ],
)
def test_last_words_of_an_owner_that_is_lost_are_passed_on(
    folder: Path, said: str, why: str
) -> None:
    script = f"echo '{HELLO}'; read request; exec 1>&-; sleep 0.05; {{ {said}; }} >&2"
    with conversation(folder, script) as line:
        line.connect("1")
        with pytest.raises(OwnerUnreachable) as raised:
            line.run({}, acts=False)
    assert raised.value.message == (
        "the connection to owner.invalid, which manages the library, was lost"
        f"{why}; nothing was to be changed"
    )


class Noting:
    """A pipe: for each message, whether the lock was held."""

    def __init__(self, pipe: IO[bytes], is_locked: Callable[[], bool]) -> None:
        self._pipe, self._is_locked = pipe, is_locked
        self.close = pipe.close
        self.uses: list[bool] = []

    def write(self, data: bytes) -> None:
        self.uses.append(self._is_locked())
        self._pipe.write(data)

    def flush(self) -> None:
        self.uses.append(self._is_locked())
        self._pipe.flush()


def test_threads_that_answer_send_one_message_after_the_other(folder: Path) -> None:
    question = '{"ask":"input","number":1,"size":0}'
    script = f"echo '{HELLO}'; read request; echo '{question}'; read answer; echo '{{\"exit\":0}}'"
    with conversation(folder, script) as line:
        noting = Noting(line._stdin, line._lock.locked)
        line._stdin = noting  # type: ignore[assignment]
        line.connect("1")
        assert line.run({}, acts=False) == 0
    assert len(noting.uses) >= 4 and all(noting.uses)


def test_ssh_that_has_closed_its_error_output_keeps_no_processor_busy(
    folder: Path, mocker: MockerFixture
) -> None:
    read = mocker.patch("changer.owner.conversation.os.read", side_effect=os.read)
    script = f"echo '{HELLO}'; exec 2>&-; read request; read signal; echo '{{\"exit\":0}}'"
    with conversation(folder, script) as line:
        line.connect("1")
        talker = threading.Timer(0.3, line._send, ({"beat": 1},))
        talker.start()
        assert line.run({}, acts=False) == 0
        talker.join()
    assert read.call_count < 20


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


def test_a_line_leaves_no_process_and_no_descriptor_behind(hurried: None, folder: Path) -> None:
    before = {*Path("/proc/self/fd").iterdir()}
    script = f"echo '{HELLO}'; echo $$ >'{folder}/number'; exec 1>&-; exec sleep 60"
    with conversation(folder, script) as line, pytest.raises(OwnerUnreachable):
        line.connect("1")
        line.run({}, acts=False)
    number = (folder / "number").read_text().strip()
    assert not Path("/proc", number).exists()
    assert {*Path("/proc/self/fd").iterdir()} == before


@pytest.mark.parametrize("text", ["Welcome!", '{"beat":1}', '{"hello":1,"host":2,"protocol":"3"}'])
def test_what_does_not_say_hello_is_no_owner(hurried: None, folder: Path, text: str) -> None:
    with (
        conversation(folder, f"echo '{text}'; exec sleep 60") as line,
        pytest.raises(OwnerUnreachable, match="it printed"),
    ):
        line.connect("1")


@pytest.mark.parametrize("text", ["nonsense", "[1]", '{"exit":"x"}', '{"exit":999}'])
def test_an_owner_that_talks_nonsense_is_lost(hurried: None, folder: Path, text: str) -> None:
    with conversation(folder, f"echo '{HELLO}'; echo '{text}'; exec sleep 60") as line:
        line.connect("1")
        with pytest.raises(OwnerLost):
            line.run({}, acts=True)
