"""mhvtl-config/up and down on a host of stand-ins: whatever happens, what was there comes back."""

from __future__ import annotations

import os
import shutil
import signal as signals
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

FOLDER = Path(__file__).parents[3] / "mhvtl-config"
STAND_IN = Path(__file__).with_name("stand-in")
PROGRAMS = (
    *("id", "sleep", "mv", "systemctl", "modprobe", "rmmod", "udevadm"),
    *("vtllibrary", "vtltape", "vtlcmd", "make_vtl_media", "mktape"),
)
# Calls of sleep until a daemon that was told to exit has ended, and those after which `up` and
# `down` give up what never comes.
TAKES_ITS_TIME, FEW_TRIES, NEVER_ENDS = 2, 20, 1000
OURS, NAME = ("10", "11"), "autoloader"
BEFORE = """\
Library: 30 CHANNEL: 00 TARGET: 08 LUN: 00
 Unit serial number: THEIRS0001

Drive: 31 CHANNEL: 00 TARGET: 09 LUN: 00
 Library ID: 30 Slot: 01

Drive: 32 CHANNEL: 00 TARGET: 10 LUN: 00
 Library ID: 30 Slot: 02
"""
THEIRS = ("30", "31", "32")

Tree = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Host:
    """A folder as a host."""

    root: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """To its end, and that of all that it has started."""
        environment = {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "CHANGER_MHVTL_ROOT": str(self.root),
            "CHANGER_MHVTL_TRIES": "".join(self.told("tries")),
        }
        began = f'echo $$ >"{self.trial / "pid"}"; exec "$@"'
        return subprocess.run(
            ["bash", "-c", began, "bash", FOLDER / program, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("up", *(arguments or (NAME,)))

    def down(self) -> subprocess.CompletedProcess[str]:
        return self.run("down")

    @property
    def trial(self) -> Path:
        return self.root / "trial"

    def let(self, **trouble: object) -> None:
        """``failing``: a pattern of calls; ``signal`` and ``at``; ``patience``; ``tries``."""
        for name, value in trouble.items():
            (self.trial / name).write_text(f"{value}\n")

    def told(self, name: str) -> list[str]:
        file = self.trial / name
        return file.read_text().splitlines() if file.exists() else []

    @property
    def is_active(self) -> bool:
        return (self.trial / "active").exists()

    @property
    def daemons(self) -> tuple[str, ...]:
        return tuple(sorted(each.name for each in (self.root / "proc").iterdir()))

    @property
    def cartridges(self) -> list[str]:
        return sorted(each.name for each in (self.root / "opt/mhvtl/changer-test").glob("*/*"))

    def tree(self) -> Tree:
        """Configuration, cartridges and modules: files with their content, and folders."""
        return {
            str(path.relative_to(self.root)): path.read_text() if path.is_file() else None
            for top in ("etc", "opt", "sys/module")
            for path in sorted((self.root / top).rglob("*"))
        }


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """mhVTL is installed, and no systemd runs."""
    for folder in (
        *("bin", "etc/mhvtl", "opt", "proc", "run", "sys/module/sg", "trial"),
        "sys/class/scsi_generic",
    ):
        (tmp_path / folder).mkdir(parents=True)
    for name in PROGRAMS:
        (tmp_path / "bin" / name).symlink_to(STAND_IN)
    (tmp_path / "etc/mhvtl/device.conf").write_text(BEFORE)
    host = Host(tmp_path)
    host.let(patience=TAKES_ITS_TIME)
    return host


@pytest.fixture
def service(host: Host) -> Host:
    """systemd runs mhVTL's own configuration."""
    (host.root / "run/systemd/system").mkdir(parents=True)
    (host.trial / "active").touch()
    for number in THEIRS:
        started = subprocess.run(
            [host.root / "bin/vtltape", "-q", number],
            env={**os.environ, "CHANGER_MHVTL_ROOT": str(host.root)},
            check=False,
        )
        assert started.returncode == 0
    return host


def runs_as_before(service: Host, before: Tree) -> None:
    assert service.tree() == before
    assert service.is_active
    assert service.daemons == THEIRS
    assert service.told("failed-units") == []


# to the end


def test_up_shows_the_devices_and_down_brings_everything_back(host: Host) -> None:
    before = host.tree()
    up = host.up()
    assert up.returncode == 0, up.stderr
    assert [line.split() for line in up.stdout.splitlines()] == [
        ["Library", "10", "/dev/sg10"],
        ["Drive", "11", "/dev/sg11"],
    ]
    assert host.daemons == OURS
    assert (host.root / "etc/mhvtl/library_contents.10").exists()
    assert len(host.cartridges) == 5
    down = host.down()
    assert (down.returncode, down.stderr) == (0, "")
    assert host.tree() == before
    assert not host.daemons


def test_host_without_a_configuration_of_mhvtl_has_none_afterwards(host: Host) -> None:
    shutil.rmtree(host.root / "etc/mhvtl")
    before = host.tree()
    assert host.up().returncode == 0
    assert host.down().returncode == 0
    assert host.tree() == before


def test_daemons_of_an_active_target_have_ended_before_others_start(service: Host) -> None:
    before = service.tree()
    up = service.up()
    assert up.returncode == 0, up.stderr
    assert service.daemons == OURS
    assert service.told("failed-units") == []
    assert service.down().returncode == 0
    runs_as_before(service, before)


def test_target_that_was_not_active_is_not_started(service: Host) -> None:
    (service.trial / "active").unlink()
    for number in THEIRS:
        shutil.rmtree(service.root / "proc" / number)
        shutil.rmtree(service.root / "sys/class/scsi_generic" / f"sg{number}")
    assert service.up().returncode == 0
    assert service.down().returncode == 0
    assert (service.is_active, service.daemons) == (False, ())


def test_few_cartridges_of_each_kind_can_be_made_of_a_configuration(host: Host) -> None:
    assert host.up("--few", "l700").returncode == 0
    assert host.cartridges == [
        *("B00001L8", "B00002L8", "B00003L8", "B00004L8"),
        *("CLN001L8", "CLN002L8", "NOBAR1L8", "SIXTEENCHARACTL8"),
    ]
    assert host.down().returncode == 0
    assert host.cartridges == []


# out of turn


def test_second_up_is_refused_and_leaves_the_first_as_it_is(host: Host) -> None:
    host.up()
    first = host.tree()
    second = host.up()
    assert second.returncode == 1
    assert second.stderr == f"up: {NAME} is up already; first: {FOLDER}/down\n"
    assert (host.tree(), host.daemons) == (first, OURS)


def test_down_without_up_is_refused(service: Host) -> None:
    before = service.tree()
    down = service.down()
    assert (down.returncode, down.stderr) == (1, "down: none of the configurations here is up\n")
    runs_as_before(service, before)


def test_daemons_that_systemd_did_not_start_are_left_alone(service: Host) -> None:
    (service.trial / "active").unlink()
    before = service.tree()
    up = service.up()
    assert up.returncode == 1
    assert "daemons of mhVTL are running" in up.stderr
    assert (service.tree(), service.daemons, service.is_active) == (before, THEIRS, False)


# failures

FAILURES = {
    "modprobe mhvtl": "has no module mhvtl",
    "make_vtl_media*": "mhVTL made no cartridges",
    "udevadm*": "",
    "systemctl daemon-reload": "",
}


@pytest.mark.parametrize("call", FAILURES)
def test_what_fails_is_undone(service: Host, call: str) -> None:
    before = service.tree()
    service.let(failing=call)
    up = service.up()
    assert up.returncode != 0
    assert FAILURES[call] in up.stderr
    assert "undoing what was done" in up.stderr
    if call == "systemctl daemon-reload":
        (service.trial / "failing").unlink()
        service.down()
    runs_as_before(service, before)


def test_daemons_that_never_start_are_given_up_and_undone(host: Host) -> None:
    before = host.tree()
    host.let(failing="vtl[tl]*", tries=FEW_TRIES)
    up = host.up()
    assert up.returncode == 1
    assert "of 2 libraries and drives there are 0" in up.stderr
    assert host.tree() == before
    assert not host.daemons


def test_daemons_that_do_not_end_are_named_and_their_configuration_stays(service: Host) -> None:
    before = service.tree()
    service.let(patience=NEVER_ENDS, tries=FEW_TRIES)
    up = service.up()
    assert up.returncode == 1
    assert f"daemons of mhVTL do not end: {' '.join(THEIRS)}" in up.stderr
    assert (service.tree(), service.is_active) == (before, True)


# interrupted

STEPS = (
    *("systemctl stop*", "sleep*", "mv*mhvtl *before-changer", "mv*changer-test *mhvtl"),
    *("modprobe st", "modprobe mhvtl", "make_vtl_media*"),
    *("systemctl daemon-reload", "systemctl start*", "udevadm*"),
)


@pytest.mark.parametrize(
    ("step", "signal"),
    [
        *((step, "TERM") for step in STEPS[1::2]),
        *(("make_vtl_media*", signal) for signal in ("INT", "HUP")),
    ],
)
def test_signal_at_any_step_of_up_is_obeyed_after_all_is_undone(
    service: Host, step: str, signal: str
) -> None:
    before = service.tree()
    service.let(signal=signal, at=step)
    up = service.up()
    assert not (service.trial / "at").exists(), "the step was reached"
    assert up.returncode == 128 + signals.Signals[f"SIG{signal}"], up.stderr
    runs_as_before(service, before)


@pytest.mark.parametrize("step", STEPS)
def test_up_that_is_killed_at_any_step_is_undone_by_down(service: Host, step: str) -> None:
    before = service.tree()
    service.let(signal="KILL", at=step)
    assert service.up().returncode == -9
    again = service.up()
    assert again.returncode == 1
    assert f"{FOLDER}/down" in again.stderr
    down = service.down()
    assert down.returncode == 0, down.stderr
    runs_as_before(service, before)


@pytest.mark.parametrize(
    "step",
    [
        *("systemctl stop*", "sleep*", "rmmod mhvtl", "mv*mhvtl *changer-test"),
        *("mv*before-changer *mhvtl", "systemctl daemon-reload", "systemctl start*"),
    ],
)
def test_down_that_is_killed_at_any_step_is_done_by_the_next(service: Host, step: str) -> None:
    before = service.tree()
    service.up()
    service.let(signal="KILL", at=step)
    service.down()
    assert not (service.trial / "at").exists(), "the step was reached"
    service.down()
    runs_as_before(service, before)
