"""A host that lacks what is merely helpful: processes, udev's library, the current folder."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest
from pytest_mock import MockerFixture
from users import IS_ROOT, NOBODY, called_in_environment, import_everything

from changer.cli.main import main
from changer.errors import DeviceNotAvailable
from changer.host.clock import SystemClock
from changer.library import choose, discovery
from changer.library.drive_map import drive_of_library
from changer.store.records import DriveIdentity
from changer.store.sqlite import open_store

from .terminal import NO_LIBRARY, OUTPUT_FAILED, STORE_UNREACHABLE, Run, Terminal, assert_ended_well

ID = "HPE_MSL_G3_Series_DEC12345"

# No process left for a thread


def test_command_goes_on_where_no_thread_can_be_started(terminal: Terminal, folder: Path) -> None:
    import_everything()
    own = folder / "own"
    own.mkdir(0o700)
    if IS_ROOT:
        os.chown(own, NOBODY, NOBODY)

    def load() -> int:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        return main(["load", "1"])

    places = dict.fromkeys(("CHANGER_STATE", "CHANGER_SIM_DIR", "CHANGER_LOCK_DIR"))
    environment = terminal.environment(XDG_STATE_HOME=str(own), **places)
    run = Run(*called_in_environment(load, environment))
    assert run == Run(0, "moved A00001L8 from slot 1 to drive 0\n", "")


# No libudev


@pytest.fixture(
    params=[
        ImportError("No library named udev"),
        FileNotFoundError(2, "No such file or directory", "/dev/null"),
    ]
)
def without_libudev(request: pytest.FixtureRequest, mocker: MockerFixture, folder: Path) -> None:
    """It is not installed, or the programs that look for it can't be run."""
    device = folder / "sys/class/scsi_generic/sg10/device"
    other = folder / "sys/class/scsi_generic/sg9/device"
    for each, kind in ((device, "8"), (other, "1")):
        each.mkdir(parents=True)
        (each / "vendor").write_text("HPE\n")
        (each / "model").write_text("MSL G3 Series\n")
        (each / "rev").write_text("8.70\n")
        (each / "type").write_text(f"{kind}\n")
        (each / "vpd_pg80").write_bytes(b"\x08\x80\x00\x08DEC12345")
    mocker.patch.object(discovery, "_SYS", folder / "sys")
    mocker.patch("pyudev.core.load_ctypes_library", side_effect=request.param)


@pytest.mark.usefixtures("without_libudev")
def test_libraries_are_listed_without_libudev_and_what_to_install_is_said(
    terminal: Terminal,
) -> None:
    run = terminal.run("list")
    assert run.status == 0
    assert run.out.splitlines()[1].split()[:2] == [ID, "/dev/sg10"]
    assert len(run.out.splitlines()) == 2, "the tape drive is none"
    assert run.err.startswith("changer: warning: udev's library libudev can't be used")
    assert "install libudev1" in run.err


@pytest.mark.usefixtures("without_libudev")
def test_library_is_found_by_its_id_without_libudev(terminal: Terminal) -> None:
    assert choose.find("MSL").device == "/dev/sg10"
    run = terminal.run("-l", "elsewhere", "status")
    assert_ended_well(run, NO_LIBRARY)
    assert ID in run.err
    assert "install libudev1" in run.err


@pytest.mark.usefixtures("without_libudev")
def test_drive_that_is_not_found_without_libudev_is_told_so() -> None:
    with pytest.raises(DeviceNotAvailable) as missing:
        drive_of_library("/dev/sg10", 0, DriveIdentity(500, "NONE"))
    assert "install libudev1" in (missing.value.hint or "")
    assert drive_of_library("/dev/sg10", 0, DriveIdentity(500, "DEC12345")) == "/dev/sg9"


@pytest.mark.usefixtures("without_libudev")
def test_libraries_are_listed_where_libudev_fails(mocker: MockerFixture) -> None:
    context = mocker.patch("pyudev.Context").return_value
    context.list_devices.side_effect = OSError(12, "Cannot allocate memory")
    assert [each.device for each in discovery.find_changers()] == [Path("/dev/sg10")]


@pytest.mark.usefixtures("without_libudev")
def test_no_link_is_waited_for_without_libudev(mocker: MockerFixture) -> None:
    mocker.patch.object(discovery, "_UDEV", Path("/"))
    assert discovery.udev_links(Path("/dev/null")) == ()


# No current folder


@pytest.fixture
def deleted_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder, which is not there any more."""
    (folder / "deleted").mkdir()
    monkeypatch.chdir(folder / "deleted")
    (folder / "deleted").rmdir()


@pytest.mark.usefixtures("deleted_folder")
@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("--state kept.db status", STORE_UNREACHABLE),
        ("--state kept.db load 1", STORE_UNREACHABLE),
        ("--state kept.db state list", STORE_UNREACHABLE),
        ("--state kept.db state check", STORE_UNREACHABLE),
        ("--state kept.db state backup /kept", STORE_UNREACHABLE),
        ("state backup kept", OUTPUT_FAILED),
        ("state restore kept --yes", OUTPUT_FAILED),
        ("state export kept", OUTPUT_FAILED),
        ("state import kept", OUTPUT_FAILED),
        ("load 1 --trace kept", OUTPUT_FAILED),
    ],
)
def test_relative_name_in_a_deleted_folder_is_told(
    terminal: Terminal, words: str, status: int
) -> None:
    with open_store(terminal.state, clock=SystemClock()):
        pass
    run = terminal.run(*words.split())
    assert run.status == status
    assert "the current folder was deleted" in run.err


@pytest.mark.usefixtures("deleted_folder")
@pytest.mark.parametrize("words", ["status", "load 1", "list", "state list", "history"])
def test_deleted_current_folder_does_not_matter_where_nothing_is_named(
    terminal: Terminal, words: str
) -> None:
    with open_store(terminal.state, clock=SystemClock()):
        pass
    terminal.done(*words.split())


@pytest.mark.usefixtures("deleted_folder")
@pytest.mark.parametrize("name", ["CHANGER_STATE", "CHANGER_SIM_DIR", "CHANGER_LOCK_DIR"])
def test_relative_place_in_the_environment_of_a_deleted_folder_is_told(
    terminal: Terminal, name: str
) -> None:
    terminal.variables[name] = "relative"
    run = terminal.run("load", "1")
    assert_ended_well(run, STORE_UNREACHABLE, OUTPUT_FAILED)
