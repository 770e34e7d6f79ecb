"""SgRaw against programs that stand in for sg_raw, and stand-ins for device nodes."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from pytest_mock import MockerFixture

from changer.errors import ChangerError, CommandTimedOut, ToolMissing, TransportFailed
from changer.host import interrupts
from changer.smc.command import Command, Reply, Status
from changer.transport import Transport
from changer.transport.sg_io import SgIo
from changer.transport.sg_raw import SgRaw

DEVICE = Path("/dev/null")
SHORT_GRACE = 0.0  # beside the shortest timeout that sg_raw takes, 1 s

TEST_UNIT_READY = bytes(6)
MOVE_MEDIUM = bytes.fromhex("a5 00 00 01 04 00 01 f4 00 00 00 00")
READ_ELEMENT_STATUS = bytes.fromhex("b8 12 04 00 03 e8 00 00 ff ff 00 00")

GOOD = b"    cdb to send: [..]\nSCSI Status: Good \n\n"
MOVED = GOOD + b"\n"
UNIT_ATTENTION = b"""\
    cdb to send: [00 00 00 00 00 00]
SCSI Status: Check Condition\x20

Sense Information:
Fixed format, current; Sense key: Unit Attention
Additional sense: Not ready to ready change, medium may have changed
 Raw sense data (in hex), sb_len=18, embedded_len=18
        70 00 06 00 00 00 00 0a  00 00 00 00 28 00 00 00
        00 00

Unit attention
"""


def command(
    cdb: bytes = TEST_UNIT_READY, *, allocation_length: int = 0, timeout_seconds: float = 1.0
) -> Command[bytes]:
    return Command("A COMMAND", cdb, allocation_length, timeout_seconds, bytes)


def move(cdb: bytes = MOVE_MEDIUM) -> Command[bytes]:
    return replace(command(cdb), occupies_robot=True)


ROBOT = {
    "move": move(),
    "inventory": move(bytes.fromhex("07 00 00 00 00 00")),
    "position": move(bytes.fromhex("2b 00 00 00 04 00 00 00 00 00")),
    "open": move(bytes.fromhex("1b 00 00 0a 00 00")),
}


class Host:
    """A folder with a program in it that is not sg_raw."""

    def __init__(self, folder: Path, carrier: Carrier) -> None:
        self.folder = folder
        self.program = folder / "sg_raw"
        self.carrier = carrier

    def install(self, script: str) -> Transport:
        """A shell script that first notes its process id, arguments and environment."""
        notes = 'cd {}; echo $$ > pid; printf "%s\\n" "$@" > arguments; env > environment\n'
        self.program.write_text("#!/bin/sh\n" + notes.format(self.folder) + script + "\n")
        self.program.chmod(0o755)
        return self.transport()

    def install_printing(
        self, stderr: bytes, stdout: bytes = b"", exit_status: int = 0
    ) -> Transport:
        (self.folder / "stderr").write_bytes(stderr)
        (self.folder / "stdout").write_bytes(stdout)
        return self.install(f"cat >given; cat stderr >&2; cat stdout; exit {exit_status}")

    def transport(self, device: Path = DEVICE, **options: Any) -> Transport:
        return self.carrier(device, program=str(self.program), **options)

    def arguments(self) -> list[str]:
        return (self.folder / "arguments").read_text().splitlines()

    def environment(self) -> dict[str, str]:
        lines = (self.folder / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def pid(self) -> int:
        return int(self.noted_pid())

    def noted_pid(self) -> str:
        """Empty for one that was killed before it came to that."""
        return read_or_empty(self.folder / "pid")

    def still_runs(self) -> bool:
        """Whether it, or what it started, is alive; a killed process may take a moment to go."""
        for _ in range(3000):
            if not self.noted_pid() or not self.living():
                return False
            time.sleep(0.02)
        return True

    def living(self) -> list[str]:
        group = str(self.pid())
        stats = [read_or_empty(path / "stat") for path in Path("/proc").glob("[0-9]*")]
        fields = [stat.rpartition(")")[2].split() for stat in stats if stat]
        return [state for state, _, its_group, *_ in fields if its_group == group and state != "Z"]

    def clean_up(self) -> None:
        """Kill and reap what the transport left behind on purpose."""
        os.killpg(self.pid(), signal.SIGKILL)
        os.waitpid(self.pid(), 0)


def read_or_empty(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


Carrier = Callable[..., Transport]


def through_driver(device: Path, **options: Any) -> SgIo:
    """Of which only what moves the robot comes to a program."""

    def open_node(_: Path) -> int:
        raise AssertionError("it is for sg_raw alone")

    return SgIo(device, open_node=open_node, **options)


both = pytest.mark.parametrize("host", [SgRaw, through_driver], indirect=True)


@pytest.fixture
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    return Host(tmp_path, getattr(request, "param", SgRaw))


# What is run


# No more is asked for than every version takes.
@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (command(), "-v -b -t 1 /dev/null 00 00 00 00 00 00"),
        (
            command(READ_ELEMENT_STATUS, allocation_length=0xFFFF),
            "-v -b -t 1 -r 65535 /dev/null b8 12 04 00 03 e8 00 00 ff ff 00 00",
        ),
        (
            command(READ_ELEMENT_STATUS, allocation_length=1 << 20),
            "-v -b -t 1 -r 65535 /dev/null b8 12 04 00 03 e8 00 00 ff ff 00 00",
        ),
    ],
)
def test_a_command_is_sent_with_these_arguments(
    host: Host, sent: Command[bytes], words: str
) -> None:
    data = b"\x00\x01" if sent.allocation_length else b""
    announced = b"Writing 2 bytes of data to stdout\n\n" if data else b""
    reply = host.install_printing(GOOD + announced, data).execute(sent)
    assert reply == Reply(Status.GOOD, data)
    assert host.arguments() == words.split()


def test_the_program_speaks_c_whatever_the_user_speaks(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("SG3_UTILS_INVOCATION", "1")
    host.install_printing(GOOD).execute(command())
    assert host.environment()["LC_ALL"] == "C"
    assert "SG3_UTILS_INVOCATION" not in host.environment()


def test_the_program_has_no_standard_input_and_a_session_of_its_own(host: Host) -> None:
    (host.folder / "stderr").write_bytes(GOOD)
    sg_raw = host.install(
        "readlink /proc/self/fd/0 > input; cut -d' ' -f6 /proc/$$/stat > session; cat stderr >&2"
    )
    sg_raw.execute(command())
    assert (host.folder / "input").read_text().strip() == "/dev/null"
    assert int((host.folder / "session").read_text()) == host.pid()


@both
@pytest.mark.parametrize("sent", ROBOT.values(), ids=ROBOT)
def test_what_occupies_the_robot_inherits_the_locks_of_its_library(
    host: Host, sent: Command[bytes]
) -> None:
    """Should the sender be killed, the lock is held until the robot stands still."""
    assert inherited(host, sent) == [str(host.folder / "lock")]


def test_a_read_inherits_no_lock(host: Host) -> None:
    assert inherited(host, command()) == []


def inherited(host: Host, sent: Command[bytes]) -> list[str]:
    """Which file of the library's lock the program has open."""
    with (host.folder / "lock").open("w") as lock:
        (host.folder / "stderr").write_bytes(GOOD)
        host.install(f"readlink /proc/$$/fd/{lock.fileno()} > inherited; cat stderr >&2")
        host.transport(descriptors=lambda: (lock.fileno(),)).execute(sent)
    return (host.folder / "inherited").read_text().splitlines()


def test_a_relative_name_of_a_device_is_no_option(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-R").symlink_to(DEVICE)
    host.install_printing(GOOD)
    host.transport(Path("-R")).execute(command())
    assert host.arguments()[4] == str(tmp_path / "-R")


# What comes back


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo garbage; echo more >&2", "is inconsistent"),
        ("exit 0", "is inconsistent"),
        ("kill -9 $$", "killed by signal 9"),
        ("cat stderr >&2; echo 'Writing 12 bytes of data to stdout' >&2; printf 12345678", "12"),
        ("cat stderr >&2", "data is not mentioned"),
        ("cat stderr >&2; echo 'Writing 9 bytes of data to stdout' >&2; printf 123456789", "9"),
    ],
)
def test_a_broken_program_is_a_failed_transport(host: Host, script: str, message: str) -> None:
    (host.folder / "stderr").write_bytes(GOOD)
    sg_raw = host.install(script)
    with pytest.raises(TransportFailed, match=message):
        sg_raw.execute(command(READ_ELEMENT_STATUS, allocation_length=8))


@pytest.mark.parametrize("redirection", ["", ">&2"])
def test_a_program_that_prints_without_end_is_killed(host: Host, redirection: str) -> None:
    sg_raw = host.install(f"exec cat /dev/zero {redirection}")
    with pytest.raises(TransportFailed, match="more than"):
        sg_raw.execute(command())
    assert not host.still_runs()


# A host that can't carry commands


def raised_by(sg_raw: Transport, wanted: type[ChangerError]) -> ChangerError:
    with pytest.raises(wanted) as caught:
        sg_raw.execute(command())
    assert type(caught.value) is wanted
    return caught.value


def test_a_missing_program_says_which_package_has_it() -> None:
    error = raised_by(SgRaw(DEVICE, program="no-such-sg_raw"), ToolMissing)
    assert "missing" in error.message
    for words in ("apt install sg3-utils", "dnf install sg3_utils", "zypper install sg3_utils"):
        assert words in (error.hint or "")


@pytest.mark.parametrize(
    ("content", "mode", "reason"), [(b"", 0o644, ": Permission denied"), (b"\x7fELF", 0o755, "")]
)
def test_a_program_that_can_not_be_run_is_a_missing_tool(
    host: Host, content: bytes, mode: int, reason: str
) -> None:
    host.program.write_bytes(content)
    host.program.chmod(mode)
    assert f"can't be run{reason}" in raised_by(host.transport(), ToolMissing).message


# Time


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exec sleep 60", id="hangs"),
        pytest.param("exec sleep 60 >&- 2>&-", id="hangs with its output closed"),
        pytest.param("sleep 60 & sleep 60", id="waits for another program"),
        pytest.param("sleep 60 & exit 0", id="leaves another program behind"),
        pytest.param("trap '' TERM INT HUP; sleep 60", id="ignores signals"),
    ],
)
def test_a_program_that_hangs_is_killed(host: Host, script: str) -> None:
    host.install(script)
    started = time.monotonic()
    with pytest.raises(CommandTimedOut, match="A COMMAND on /dev/null"):
        host.transport(grace_seconds=SHORT_GRACE).execute(move())
    assert time.monotonic() - started < 60
    assert not host.still_runs()


def test_the_kernel_has_its_grace_after_the_timeout(host: Host, mocker: MockerFixture) -> None:
    """It resets a device before it gives up on a command."""
    sg_raw = host.install_printing(GOOD)
    clock = mocker.patch("time.monotonic")
    clock.side_effect = chain([1000.0], repeat(1000.0 + 60 + 29))
    assert sg_raw.execute(command(timeout_seconds=60)) == Reply(Status.GOOD)
    clock.side_effect = chain([1000.0], repeat(1000.0 + 60 + 31))
    with pytest.raises(CommandTimedOut):
        sg_raw.execute(command(timeout_seconds=60))


@pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning")
def test_a_process_that_the_kernel_does_not_let_go_is_not_waited_for(
    host: Host, mocker: MockerFixture
) -> None:
    host.install("exec sleep 60")
    kill = mocker.patch("os.killpg")  # state D: the signal stays pending
    started = time.monotonic()
    with pytest.raises(CommandTimedOut):
        host.transport(grace_seconds=SHORT_GRACE).execute(move())
    assert time.monotonic() - started < 60
    while not host.noted_pid():
        time.sleep(0.01)
    kill.assert_called_once_with(host.pid(), signal.SIGKILL)
    mocker.stopall()
    host.clean_up()


# Signals

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
UNTIL_PRESSED = """
for _ in $(seq 600); do [ -e pressed ] && break; sleep 0.1; done
cat stderr >&2; touch done"""


class Interrupted(KeyboardInterrupt):
    """What the handler of a signal raises."""


@pytest.fixture
def interrupt(host: Host) -> Iterator[Callable[..., list[int]]]:
    """Signals to this process a moment after the program has started, which finds ``pressed``.

    Works also where pytest itself was started with SIGINT ignored. Returns those that were obeyed.
    """
    obeyed: list[int] = []

    def obey(number: int, _frame: FrameType | None) -> None:
        obeyed.append(number)
        raise Interrupted

    before = {each: signal.signal(each, obey) for each in SIGNALS}
    threads: list[threading.Thread] = []

    def press(numbers: tuple[int, ...]) -> None:
        while not host.noted_pid():
            time.sleep(0.01)
        for number in numbers:
            time.sleep(0.2)
            os.kill(os.getpid(), number)
        time.sleep(0.2)
        (host.folder / "pressed").touch()

    def start(*numbers: int) -> list[int]:
        threads.append(threading.Thread(target=press, args=(numbers,)))
        threads[0].start()
        return obeyed

    yield start
    for thread in threads:
        thread.join()
    for each in SIGNALS:
        signal.signal(each, before[each])


def test_a_read_whose_output_is_closed_is_interrupted_as_well(
    host: Host, interrupt: Callable[..., list[int]]
) -> None:
    sg_raw = host.install("exec sleep 60 >&- 2>&-")
    interrupt(signal.SIGINT)
    with pytest.raises(Interrupted) as interrupted:
        sg_raw.execute(command(timeout_seconds=20))
    assert not isinstance(interrupted.value.__context__, CommandTimedOut)
    assert not host.still_runs()


@pytest.mark.parametrize("numbers", [(signal.SIGINT,) * 2, (signal.SIGTERM, signal.SIGHUP)])
@pytest.mark.parametrize("name", ROBOT)
def test_no_signals_end_the_wait_for_the_robot(
    host: Host, interrupt: Callable[..., list[int]], name: str, numbers: tuple[int, ...]
) -> None:
    (host.folder / "stderr").write_bytes(MOVED)
    sg_raw = host.install(UNTIL_PRESSED)
    obeyed = interrupt(*numbers)
    reply: Reply | None = None
    with pytest.raises(Interrupted), interrupts.motion(lambda: None):
        reply = sg_raw.execute(ROBOT[name])
        assert obeyed == []
    assert reply == Reply(Status.GOOD)
    assert host.has("done")
    assert obeyed == list(dict.fromkeys(numbers))


@both
def test_without_a_holder_signals_are_obeyed_after_the_robot(
    host: Host, interrupt: Callable[..., list[int]]
) -> None:
    (host.folder / "stderr").write_bytes(MOVED)
    sg_raw = host.install(UNTIL_PRESSED)
    interrupt(signal.SIGINT, signal.SIGTERM, signal.SIGINT)
    with pytest.raises(Interrupted):
        sg_raw.execute(move())
    assert host.has("done")
    assert not host.still_runs()


@both
def test_a_signal_to_another_thread_does_not_end_the_wait(
    host: Host, interrupt: Callable[..., list[int]]
) -> None:
    (host.folder / "stderr").write_bytes(MOVED)
    sg_raw = host.install(UNTIL_PRESSED)
    obeyed = interrupt()
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    assert other.ident is not None
    with pytest.raises(Interrupted), interrupts.held():
        signal.pthread_kill(other.ident, signal.SIGINT)
        sg_raw.execute(move())
        assert obeyed == []
    over.set()
    other.join()
    assert host.has("done")


def test_an_interrupted_move_that_hangs_ends_with_its_time(
    host: Host, interrupt: Callable[..., list[int]]
) -> None:
    host.install("exec sleep 60")
    interrupt(signal.SIGINT)
    with pytest.raises(Interrupted) as interrupted:
        host.transport(grace_seconds=4.0).execute(move())
    assert isinstance(interrupted.value.__context__, CommandTimedOut)
    assert not host.still_runs()


@both
@pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning")
def test_what_ends_the_wait_all_the_same_leaves_the_robot_its_lock(
    host: Host, mocker: MockerFixture
) -> None:
    sg_raw = host.install("exec sleep 60")
    mocker.patch("selectors.DefaultSelector", side_effect=MemoryError)
    with pytest.raises(MemoryError):
        sg_raw.execute(move())
    while not host.noted_pid():
        time.sleep(0.01)
    assert host.living()
    host.clean_up()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_the_program_starts_loses_no_program(
    host: Host, mocker: MockerFixture, interrupt: Callable[..., list[int]], number: int
) -> None:
    interrupt()
    (host.folder / "stderr").write_bytes(MOVED)
    sg_raw = host.install("sleep 0.3; cat stderr >&2; touch done")

    def interrupted(*arguments: object, **options: object) -> object:
        signal.raise_signal(number)
        return mocker.DEFAULT

    mocker.patch("subprocess.Popen", wraps=subprocess.Popen, side_effect=interrupted)
    with pytest.raises(Interrupted):
        sg_raw.execute(move())
    assert host.has("done")


def test_the_program_inherits_no_signal_that_waits(host: Host) -> None:
    (host.folder / "stderr").write_bytes(GOOD)
    # Read by the shell itself, which blocks signals while it starts a program.
    sg_raw = host.install(
        'while read -r line; do case "$line" in SigBlk*|SigIgn*) echo "$line"; esac; done'
        " < /proc/$$/status > signals; cat stderr >&2"
    )
    with interrupts.held():
        sg_raw.execute(command())
    masks = [line.split()[1] for line in (host.folder / "signals").read_text().splitlines()]
    waiting = sum(1 << (number - 1) for number in SIGNALS)
    assert [int(mask, 16) & waiting for mask in masks] == [0, ignored_here() & waiting]


def ignored_here() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in status if line.startswith("SigIgn"))
