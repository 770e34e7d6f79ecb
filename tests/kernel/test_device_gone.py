"""The host logs out of the library's iSCSI session in the middle of a load, and in again."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from figures import FIGURES, Figure
from waiting import wait_until

from changer.errors import ChangerError, DeviceNotAvailable, OutcomeUnknown
from changer.host.clock import SystemClock
from changer.library.addressing import parse_drive, parse_place
from changer.library.discovery import udev_links
from changer.library.opening import Request, open_library
from changer.library.settings import Configuration
from changer.moves.execute import load
from changer.smc.command import Command, Reply
from changer.transport import Transport

from .conftest import DEVICE
from .program import Program, environment_in
from .waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.guest_only

# As tests/kernel/guest/library.sh has them.
IQN = "iqn.2026-01.test.changer:library"
PORTAL = "127.0.0.1:3260,1"
TAG = "A00001L8"

MOVE_MEDIUM = 0xA5

SYSFS = Path("/sys/class/scsi_generic") / Path(DEVICE).name / "device"


def iscsi(verb: str) -> None:
    subprocess.run(
        ["iscsiadm", "--mode", "node", "--targetname", IQN, "--portal", PORTAL, verb],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=180,
    )


def log_out() -> None:
    """Until the devices are gone, and udev knows it."""
    iscsi("--logout")
    wait_until(lambda: not Path(DEVICE).exists())
    settle()


def log_in() -> None:
    """Until the changer is there again, under the name that every other test knows it by."""
    iscsi("--login")
    # The kernel looks for devices after the login, and udev at each of them.
    kind = SYSFS / "type"
    wait_until(lambda: kind.exists() and kind.read_text().strip() == "8")
    wait_until(lambda: bool(udev_links(Path(DEVICE))))
    settle()


def settle() -> None:
    """Until udev has dealt with what came and went."""
    subprocess.run(["udevadm", "settle", f"--timeout={PATIENCE_SECONDS:.0f}"], check=True)


def sent() -> int:
    """How many commands to the changer the kernel has sent."""
    return int((SYSFS / "iorequest_cnt").read_text(), 16)


@contextmanager
def target_stopped() -> Iterator[None]:
    """Its daemon answers nothing meanwhile; what was sent to it waits."""
    pid = int(subprocess.run(["pidof", "tgtd"], capture_output=True, check=True).stdout.split()[0])
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@dataclass
class AtTheMove:
    """A transport beside which something happens before a move is sent, and after its end."""

    inner: Transport
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    sent: int = 0

    def execute(self, command: Command[Any]) -> Reply:
        if command.cdb[0] != MOVE_MEDIUM:
            return self.inner.execute(command)
        self.sent += 1
        self.before()
        try:
            return self.inner.execute(command)
        finally:
            self.after()

    def close(self) -> None:
        self.inner.close()


@pytest.fixture
def changer(tmp_path: Path) -> Iterator[Program]:
    """At the end the library is there, and everything in it is where it was."""
    environment = environment_in(tmp_path)
    program = Program(DEVICE, environment)
    before = tags(program)
    yield program
    if not Path(DEVICE).exists():
        log_in()
    if program.status()["drives"][0]["full"]:
        program.do("unload", "0", "1")
    assert tags(program) == before


def tags(changer: Program) -> dict[str, str]:
    """Every cartridge, by its place."""
    status = changer.status()
    places = [*status["slots"], *status["drives"], *status["mail"]]
    return {each["volume_tag"]: str(each["address"]) for each in places if each["full"]}


def load_meanwhile(
    changer: Program,
    *,
    before: Callable[[], None] = lambda: None,
    after: Callable[[], None] = lambda: None,
) -> ChangerError | None:
    """The error of loading slot 1; it sends one move."""
    wires: list[AtTheMove] = []

    def wrap(transport: Transport, _: str) -> Transport:
        wires.append(AtTheMove(transport, before, after))
        return wires[-1]

    request = Request(
        library=DEVICE,
        state=Path(changer.environment["CHANGER_STATE"]),
        environment={**os.environ, **changer.environment},
        configuration=Configuration(),
        clock=SystemClock(),
        command="pytest",
        wrap=wrap,
    )
    error: ChangerError | None = None
    with open_library(request) as library:
        try:
            load(library, parse_place("1"), parse_drive("0"))
        except ChangerError as caught:
            error = caught
    assert [wire.sent for wire in wires] == [1]
    FIGURES.count(Figure.FAULT_CASES)
    return error


def outcomes(changer: Program) -> list[str | None]:
    events = changer.do("history", "--json").document["events"]
    return [each["result"] for each in reversed(events) if each["kind"] == "move"]


def see_nothing_lost(changer: Program, before: dict[str, str]) -> None:
    FIGURES.cartridges(before=list(before), now=list(tags(changer)))


def test_session_that_ends_before_the_move_leaves_it_unsent(changer: Program) -> None:
    before = tags(changer)
    error = load_meanwhile(changer, before=log_out)
    assert type(error) is DeviceNotAvailable, error
    assert changer.refuse("status")["code"] == "device-not-available"
    log_in()
    see_nothing_lost(changer, before)
    assert tags(changer) == before
    assert outcomes(changer) == ["not-executed"]
    changer.do("load", "1")


def test_session_that_ends_after_the_move_leaves_its_end_open(changer: Program) -> None:
    before = tags(changer)
    error = load_meanwhile(changer, after=log_out)
    assert type(error) is OutcomeUnknown, error
    log_in()
    assert outcomes(changer) == ["unknown"]
    see_nothing_lost(changer, before)
    assert changer.status()["drives"][0]["volume_tag"] == TAG
    recovered = changer.do("recover", "--json").document
    assert [each["outcome"] for each in recovered["moves"]] == ["completed"]
    assert outcomes(changer) == ["completed"]
    changer.do("unload")


def test_session_that_ends_under_the_move_leaves_its_end_open(changer: Program) -> None:
    """The target may execute what it received, although the initiator is gone."""
    before = tags(changer)
    leaving: list[threading.Thread] = []

    def leave_once_it_is_sent() -> None:
        others = sent()

        def leave() -> None:
            wait_until(lambda: sent() > others)
            log_out()

        leaving.append(threading.Thread(target=leave))
        leaving[0].start()

    with target_stopped():
        error = load_meanwhile(
            changer, before=leave_once_it_is_sent, after=lambda: leaving[0].join()
        )
    assert type(error) is OutcomeUnknown, error
    log_in()
    see_nothing_lost(changer, before)
    moved = changer.status()["drives"][0]["volume_tag"] == TAG
    recovered = changer.do("recover", "--json").document
    assert [each["outcome"] for each in recovered["moves"]] == [
        "completed" if moved else "not-executed"
    ]
    assert changer.do("recover", "--json").document["moves"] == []
