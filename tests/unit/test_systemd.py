"""The units say what the program takes and ends with, and are as closed as they can be."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from documents import ROOT

from changer.cli.parser import parse_command_line
from changer.errors import error_classes

FOLDER = ROOT / "systemd"
SERVICES = (
    *("changer-clean@.service", "changer-events@.service", "changer-recover.service"),
    "changer-serve.service",
)
TIMER = "changer-clean@.timer"
TERMINATED = 143
MOST_EXPOSED = 3.0

pytestmark = pytest.mark.unmeasured
each_service = pytest.mark.parametrize("name", SERVICES)


def values(name: str, key: str) -> list[str]:
    """All lines of a key."""
    return re.findall(rf"^{re.escape(key)}=(.*)$", (FOLDER / name).read_text(), re.MULTILINE)


def command(name: str) -> list[str]:
    (line,) = values(name, "ExecStart")
    return line.split()


def test_each_unit_is_here_and_is_installed() -> None:
    assert {each.name for each in FOLDER.iterdir()} == {"README.md", *SERVICES, TIMER}


def test_drives_are_cleaned_by_a_command_line_that_the_program_takes() -> None:
    program, *words = command("changer-clean@.service")
    entry, options, arguments = parse_command_line(words)
    assert program == "changer"
    assert entry is not None and entry.name == "clean"
    assert arguments.needed and arguments.drive is None
    assert options.wait == 3600


def test_at_boot_everything_is_settled_and_nothing_moves() -> None:
    _, *words = command("changer-recover.service")
    entry, options, arguments = parse_command_line(words)
    assert entry is not None and entry.name == "recover"
    assert arguments.all and arguments.no_motion
    (limit,) = values("changer-recover.service", "TimeoutStartSec")
    assert limit == "15min" and options.wait < 15 * 60


def test_backup_software_starts_after_what_is_done_at_boot() -> None:
    before = " ".join(values("changer-recover.service", "Before")).split()
    assert {"bacula-sd.service", "bareos-sd.service", "amanda.socket"} <= {*before}
    assert values("changer-recover.service", "Type") == ["oneshot"]


def test_events_are_those_that_a_watch_sees() -> None:
    _, *words = command("changer-events@.service")
    entry, _, arguments = parse_command_line(words)
    assert entry is not None and entry.name == "watch" and not arguments.once


def test_libraries_are_shown_to_this_host_alone_unless_it_is_changed() -> None:
    _, *words = command("changer-serve.service")
    entry, _, arguments = parse_command_line(words)
    assert entry is not None and entry.name == "serve"
    assert arguments.listen is None and arguments.socket is None
    assert "DeviceAllow=char-st" not in (FOLDER / "changer-serve.service").read_text()


def test_only_what_the_next_run_mends_is_no_failure() -> None:
    (line,) = values("changer-clean@.service", "SuccessExitStatus")
    codes = {each.exit_status: each.code for each in error_classes()}
    names = [codes.get(int(each), each) for each in line.split()]
    assert names == ["library-busy", "being-cleaned", "drive-loaded", str(TERMINATED)]


def test_timer_belongs_to_the_service() -> None:
    assert values(TIMER, "WantedBy") == ["timers.target"]
    assert Path(TIMER).stem + ".service" in SERVICES


@each_service
def test_library_of_an_instance_is_its_name_as_it_is(name: str) -> None:
    # %I would make a slash of each dash of an id.
    assert values(name, "Environment") == (["CHANGER=%i"] if "@" in name else [])
    assert "%I" not in (FOLDER / name).read_text()


@each_service
def test_programs_that_are_given_events_outlive_the_command(name: str) -> None:
    assert values(name, "KillMode") == ["process"]


@each_service
def test_service_is_hardened(name: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(FOLDER / name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert level, done.stdout
    assert float(level[1]) <= MOST_EXPOSED


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as ``make install`` has them, and a program for the units to name."""
    prefix = tmp_path_factory.mktemp("prefix") / "opt"
    environment = {**os.environ, "PREFIX": str(prefix), "DESTDIR": ""}
    subprocess.run([ROOT / "packaging/install", "files"], env=environment, check=True, timeout=60)
    program = prefix / "bin/changer"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return prefix


def test_systemd_finds_nothing_wrong(installed: Path) -> None:
    units = installed / "lib/systemd/system"
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(map(str, units.iterdir()))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    about_these = [each for each in done.stderr.splitlines() if "changer" in each]
    assert (done.returncode, about_these) == (0, [])


@each_service
def test_installed_unit_names_the_program_that_was_installed(installed: Path, name: str) -> None:
    text = (installed / "lib/systemd/system" / name).read_text()
    assert f"\nExecStart={installed}/bin/changer " in text


@pytest.mark.skipif(os.geteuid() != 0, reason="makes users of another root")
def test_user_and_group_of_the_units_are_made(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", installed / "lib/sysusers.d/changer.conf"],
        check=True,
        timeout=60,
    )
    (user,) = (each.split(":") for each in (tmp_path / "etc/passwd").read_text().splitlines())
    groups = [each.split(":") for each in (tmp_path / "etc/group").read_text().splitlines()]
    assert user[0] == "changer" and user[6] == "/usr/sbin/nologin"
    assert "changer" in next(each[3] for each in groups if each[0] == "tape").split(",")
    assert {(*values(name, "User"), *values(name, "Group")) for name in SERVICES} == {
        ("changer", "tape")
    }
