"""An attached library is offered over iSCSI by the kernel, to hosts that it keeps apart."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from children import is_over
from waiting import wait_until

from changer.errors import OwnershipLost, ReservationConflict, UnsupportedByLibrary
from changer.host.clock import SystemClock
from changer.library.fence import Fence
from changer.library.session import MotionOutcome, Session
from changer.simulator.creation import create
from changer.smc.cdb import move_medium
from changer.smc.cdb import test_unit_ready as unit_ready
from changer.transport import Transport
from changer.transport.sg_io import SgIo
from changer.transport.sg_raw import SgRaw

from .attached_library import (
    ISCSI,
    AttachedLibrary,
    attach,
    begin_simulate,
    kernel_objects,
    simulate,
    simulate_here,
)
from .initiator import generic_of, iscsiadm, logged_in
from .program import Program, end_of, environment_in
from .waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.guest_only

TARGET = "iqn.2026-11.internal.changer:one"
TAKEN, PORTAL = "127.0.0.1:3260", "127.0.0.1:3261"
"""tgt's, which listens everywhere, and a free one."""
ELSEWHERE = "192.0.2.77"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    create("one", folder=folder, profile="demo", serial="EXPORT-one", drive_load_seconds=0)
    return folder


@pytest.fixture(autouse=True)
def nothing_left(folder: Path) -> Iterator[None]:
    assert kernel_objects() == []
    yield
    left = kernel_objects()
    simulate(folder, "detach", "one", "--cleanup")  # or one failure would be many
    assert left == []
    assert not ISCSI.exists(), "the fabric is there"


def program(device: str, folder: Path, name: str) -> Program:
    """A host of its own: no store and no lock in common."""
    own = folder / name
    own.mkdir()
    settings = own / "changer.toml"
    settings.write_text('transport = "sg_io"\n')
    return Program(device, environment_in(own, settings=settings))


def persist(device: str, *options: str) -> subprocess.CompletedProcess[str]:
    argv = ["sg_persist", *options, device]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def listens(portal: str) -> bool:
    address, _, port = portal.rpartition(":")
    with socket.socket() as client:
        return client.connect_ex((address, int(port))) == 0


def test_other_host_sees_moves_and_reserves_it(folder: Path, tmp_path: Path) -> None:
    library = attach("one", folder, "--export", PORTAL)
    found = iscsiadm("--mode", "discovery", "--type", "sendtargets", "--portal", PORTAL)
    assert found.split() == [f"{PORTAL},1", TARGET]
    with logged_in(TARGET, PORTAL, units=3) as (remote, drive, _):
        here, there = (
            program(device, tmp_path, name)
            for device, name in ((library.device, "here"), (remote, "there"))
        )
        assert there.status()["library"]["id"] == here.status()["library"]["id"]
        assert there.do("load", "1", "0").stdout == "moved A00001L8 from slot 1 to drive 0\n"
        assert here.do("unload", "0").exit_status == 0
        subprocess.run(["sg_inq", drive], check=True, capture_output=True, timeout=60)

        assert persist(remote, "--out", "--register", "--param-sark=6368").returncode == 0
        reserve = ("--out", "--reserve", "--param-rk=6368", "--prout-type=3")
        assert persist(remote, *reserve).returncode == 0
        refused = here.refuse("load", "1", "0")
        assert (refused["exit_status"], refused["code"]) == (18, "reservation-conflict")
        assert there.do("load", "1", "0").exit_status == 0
        assert there.do("unload", "0").exit_status == 0
        mine = "--param-rk=6161"
        assert persist(library.device, "--out", "--register", "--param-sark=6161").returncode == 0
        preempt = ("--out", "--preempt", mine, "--param-sark=6368", "--prout-type=3")
        assert persist(library.device, *preempt).returncode == 0
        assert here.do("load", "1", "0").exit_status == 0
        assert there.refuse("unload", "0")["code"] == "reservation-conflict"
        # Not through the loopback device: the kernel would wait there for itself (Linux 6.1).
        assert persist(remote, "--out", "--register", "--param-sark=6369").returncode == 0
        abort = ("--out", "--preempt-abort", "--param-rk=6369", "--param-sark=6161")
        assert persist(remote, *abort, "--prout-type=3").returncode == 0
        assert here.refuse("unload", "0")["code"] == "reservation-conflict"
        assert there.do("unload", "0").exit_status == 0
        assert persist(remote, "--out", "--clear", "--param-rk=6369").returncode == 0
    assert simulate(folder, "detach", "one").exit_status == 0
    assert not listens(PORTAL)


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("carried", [(SgRaw, SgIo), (SgIo, SgRaw)], ids=["sg_raw", "sg_io"])
def test_a_fence_is_what_other_programs_see_and_keeps_an_overtaken_host_out(
    folder: Path, carried: tuple[Callable[[Path], Transport], ...]
) -> None:
    library = attach("one", folder, "--export", PORTAL)
    with logged_in(TARGET, PORTAL, units=3) as (remote, *_):
        sessions = [
            Session(carrier(Path(device)), clock=SystemClock(), may_initialize=lambda: False)
            for carrier, device in zip(carried, (library.device, remote), strict=True)
        ]
        here, there = (Fence(each, host=number) for number, each in enumerate(sessions, 1))
        here.take(7)
        assert "Key=0x6368000100000007" in persist(remote, "--in", "--read-reservation").stdout
        assert "Exclusive Access" in persist(remote, "--in", "--read-reservation").stdout
        assert move_there_and_back(sessions[0]) == [MotionOutcome.EXECUTED] * 2
        there.take(8)
        with pytest.raises(OwnershipLost, match="host 0002 of changer, epoch 8"):
            here.verify()
        assert not here.give_back()
        sessions[0].send(unit_ready())
        assert move_there_and_back(sessions[0]) == [MotionOutcome.ENDED] * 2
        assert move_there_and_back(sessions[1]) == [MotionOutcome.EXECUTED] * 2
        assert persist(remote, "--in", "--read-keys").stdout.count("0x6368") == 1
        with pytest.raises(OwnershipLost):
            here.take(8)
        assert there.give_back()
        assert "NO reservation held" in persist(remote, "--in", "--read-reservation").stdout
        # What another program has reserved is left alone.
        assert persist(remote, "--out", "--register", "--param-sark=6162").returncode == 0
        with pytest.raises(ReservationConflict, match="another program, key 0000000000006162"):
            here.take(9)
        assert persist(remote, "--out", "--clear", "--param-rk=6162").returncode == 0
    assert simulate(folder, "detach", "one").exit_status == 0


def move_there_and_back(session: Session) -> list[MotionOutcome]:
    """Between slots 1 and 12."""
    ways = ((1001, 1012), (1012, 1001))
    return [session.send_motion(move_medium(*each)).outcome for each in ways]


@pytest.mark.long
def test_a_library_without_reservations_has_none_as_a_device(folder: Path) -> None:
    create("bare", folder=folder, profile="bare", serial="EXPORT-bare")
    library = attach("bare", folder)
    session = Session(
        SgRaw(Path(library.device)), clock=SystemClock(), may_initialize=lambda: False
    )
    with pytest.raises(UnsupportedByLibrary):
        Fence(session, host=1).take(7)
    assert simulate(folder, "detach", "bare").exit_status == 0


def test_reservation_outlives_the_session_that_made_it(folder: Path) -> None:
    library = attach("one", folder, "--export", PORTAL)
    with logged_in(TARGET, PORTAL, units=3) as (remote, *_):
        assert persist(remote, "--out", "--register", "--param-sark=6368").returncode == 0
        reserve = ("--out", "--reserve", "--param-rk=6368", "--prout-type=3")
        assert persist(remote, *reserve).returncode == 0
    assert "0x6368" in persist(library.device, "--in", "--read-reservation").stdout
    assert persist(library.device, "--out", "--register", "--param-sark=6161").returncode == 0
    preempt = ("--preempt", "--param-rk=6161", "--param-sark=6368", "--prout-type=3")
    assert persist(library.device, "--out", *preempt).returncode == 0
    assert persist(library.device, "--out", "--clear", "--param-rk=6161").returncode == 0
    assert simulate(folder, "detach", "one").exit_status == 0


def test_end_of_the_attachment_ends_sessions_and_commands_under_way(folder: Path) -> None:
    library = attach("one", folder, "--export", PORTAL)
    with logged_in(TARGET, PORTAL, units=3) as (remote, *_):
        waiting = send_unanswered(library, remote)
        assert simulate(folder, "detach", "one").exit_status == 0
        assert kernel_objects() == []
        iscsiadm("--mode", "session", "--op", "show")
        iscsiadm("--mode", "node", "--targetname", TARGET, "--logout")
        waiting.communicate(timeout=PATIENCE_SECONDS)
    library.fault("clear")


def send_unanswered(library: AttachedLibrary, device: str) -> subprocess.Popen[bytes]:
    """A command that the library has and does not answer."""
    library.fault("hang on 00")
    sent = library.truth.commands.get(0, 0)
    argv = ["sg_raw", "-t", "600", device, *["00"] * 6]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: library.truth.commands.get(0, 0) > sent)
    return process


@pytest.mark.long
def test_leftovers_are_removed_under_a_session(folder: Path) -> None:
    library = attach("one", folder, "--export", PORTAL)
    with logged_in(TARGET, PORTAL, units=3) as (remote, *_):
        waiting = send_unanswered(library, remote)
        process = os.pidfd_open(library.process_id)
        signal.pidfd_send_signal(process, signal.SIGKILL)
        assert is_over(process, PATIENCE_SECONDS)
        os.close(process)
        assert listens(PORTAL), "the kernel offers it still"
        removed = simulate(folder, "detach", "one", "--cleanup", "--json")
        assert removed.exit_status == 0, removed
        assert kernel_objects() == []
        assert not listens(PORTAL)
        iscsiadm("--mode", "node", "--targetname", TARGET, "--logout")
        waiting.communicate(timeout=PATIENCE_SECONDS)
    library.fault("clear")


@pytest.mark.rows(one_in=2)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_while_the_target_is_made_leaves_nothing(
    folder: Path, number: signal.Signals
) -> None:
    process = begin_simulate(folder, "attach", "one", "--export", PORTAL)
    wait_until(lambda: any(ISCSI.glob("iqn.*")))
    process.send_signal(number)
    ended = end_of(process)
    assert ended.exit_status in (128 + number, 0), ended


@pytest.mark.long
def test_port_that_is_taken_is_named(folder: Path) -> None:
    ended = simulate_here(folder, "attach", "one", "--export", "--json")
    assert (ended.exit_status, ended.error["code"]) == (73, "attach-failed")
    assert f"can't listen on {TAKEN}: the port is in use" in ended.error["message"]
    assert "--export ADDRESS:PORT" in ended.error["hint"]


@pytest.mark.long
def test_address_of_another_host_is_refused(folder: Path) -> None:
    ended = simulate_here(folder, "attach", "one", "--export", ELSEWHERE, "--json")
    assert (ended.exit_status, ended.error["code"]) == (73, "attach-failed")
    assert f"{ELSEWHERE}:3260: Cannot assign requested address" in ended.error["message"]


@pytest.mark.long
def test_address_that_others_reach_is_warned_of(folder: Path) -> None:
    subprocess.run(["ip", "address", "add", f"{ELSEWHERE}/32", "dev", "lo"], check=True)
    try:
        words = ("attach", "one", "--background", "--export", f"{ELSEWHERE}:3261", "--json")
        ended = simulate(folder, *words)
        assert ended.exit_status == 0, ended
        assert ended.document["export"] == {
            "target": TARGET,
            "address": ELSEWHERE,
            "port": 3261,
            "loopback": False,
        }
        assert f"{TARGET} is open to every host that reaches {ELSEWHERE}" in ended.stderr
        assert listens(f"{ELSEWHERE}:3261") and not listens(PORTAL)
        assert simulate(folder, "detach", "one").exit_status == 0
    finally:
        subprocess.run(["ip", "address", "del", f"{ELSEWHERE}/32", "dev", "lo"], check=True)


def answers(device: str) -> bool:
    done = subprocess.run(["sg_turs", device], capture_output=True, timeout=60, check=False)
    return done.returncode != 5  # the logical unit is not supported


@pytest.mark.long
def test_unit_that_is_unplugged_is_gone_for_other_hosts_too(folder: Path) -> None:
    library = attach("one", folder, "--export", PORTAL)
    with logged_in(TARGET, PORTAL, units=3) as (_, drive, _):
        library.fault("unplugged drive:0")
        wait_until(lambda: not answers(drive))
        library.fault("clear")
        wait_until(lambda: answers(drive))
        assert generic_of(TARGET, 1) == drive
    assert simulate(folder, "detach", "one").exit_status == 0


@pytest.mark.long
def test_missing_module_is_named(folder: Path) -> None:
    modules = Path("/lib/modules") / os.uname().release
    subprocess.run(["modprobe", "-a", "target_core_user", "tcm_loop"], check=True)
    subprocess.run(["rmmod", "iscsi_target_mod"], check=False, capture_output=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", modules.resolve()], check=True)
    try:
        ended = simulate_here(folder, "attach", "one", "--export", PORTAL, "--json")
    finally:
        subprocess.run(["umount", modules.resolve()], check=True)
    assert (ended.exit_status, ended.error["code"]) == (73, "attach-failed")
    assert "the kernel module iscsi_target_mod can't be loaded" in ended.error["message"]
