"""The rules in udev/, installed as their README says, give a changer to the group tape alone."""

import grp
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from changer.library.discovery import find_changers

from .accounts import OPERATOR, OUTSIDER, run_as
from .attached_library import attached
from .conftest import one_changer

pytestmark = pytest.mark.guest_only

UDEV = Path(__file__).parents[2] / "udev"
INSTALLED_RULES = Path("/run/udev/rules.d/61-changer.rules")
INSTALLED_FOLDERS = Path("/run/tmpfiles.d/changer.conf")
LINKS = Path("/dev/tape/by-library")
SYSFS = Path("/sys/class/scsi_generic")
TAPE_DRIVE_AND_CHANGER = ("1", "8")

TEST_UNIT_READY = ["00"] * 6
# INITIALIZE ELEMENT STATUS: refused by the kernel to whoever may only read.
INITIALIZE_ELEMENT_STATUS = ["07", *["00"] * 5]


def run(*arguments: str) -> None:
    subprocess.run(arguments, stdin=subprocess.DEVNULL, check=True, timeout=120)


def trigger() -> None:
    run("udevadm", "control", "--reload")
    subsystems = [f"--subsystem-match={name}" for name in ("scsi_generic", "scsi_changer")]
    run("udevadm", "trigger", "--settle", "--action=change", *subsystems)


@pytest.fixture(scope="module", autouse=True)
def installed() -> Iterator[None]:
    for source, target in (
        (UDEV / "61-changer.rules", INSTALLED_RULES),
        (UDEV / "changer.tmpfiles.conf", INSTALLED_FOLDERS),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    trigger()
    run("systemd-tmpfiles", "--create", str(INSTALLED_FOLDERS))
    yield
    INSTALLED_RULES.unlink()
    INSTALLED_FOLDERS.unlink()
    trigger()


@pytest.fixture
def link(device: str) -> Path:
    """Where the rules are to lead to the device from: the package has no say in it."""
    sysfs = SYSFS / Path(device).name / "device"
    names = [(sysfs / each).read_text().strip() for each in ("vendor", "model")]
    # VPD page 80h: four bytes, then the serial number, which tgt pads on the left.
    serial = (sysfs / "vpd_pg80").read_bytes()[4:].decode().strip(" \0")
    return LINKS / "_".join([*names, serial])


def group_and_mode(path: Path) -> tuple[str, str]:
    status = path.stat()
    return grp.getgrgid(status.st_gid).gr_name, stat.filemode(status.st_mode)


def test_sg_node_is_for_root_and_tape_only(device: str) -> None:
    assert group_and_mode(Path(device)) == ("tape", "crw-rw----")


def test_sch_node_is_for_root_and_tape_only(device: str) -> None:
    (node,) = (SYSFS / Path(device).name / "device/scsi_changer").iterdir()
    assert group_and_mode(Path("/dev") / node.name) == ("tape", "crw-rw----")


def test_link_by_library_id_leads_to_the_sg_node(device: str, link: Path) -> None:
    assert link.resolve() == Path(device).resolve()


def test_link_is_named_by_the_id_that_the_package_gives_the_library(
    device: str, link: Path
) -> None:
    (changer,) = [each for each in find_changers() if each.device == Path(device)]
    assert changer.identity.id == link.name
    assert link in changer.links


def test_only_changers_get_a_link_by_library(link: Path) -> None:
    assert link in LINKS.iterdir()
    assert {each.resolve() for each in LINKS.iterdir()} == {each.device for each in find_changers()}


def test_serial_number_that_could_lead_elsewhere_gets_no_link(tmp_path: Path) -> None:
    """The rest of the rules holds for it: what a device says of itself is used, not trusted."""
    with attached("liar", tmp_path, serial="../../../../../run/liar") as liar:
        asked = ["udevadm", "info", "--query=symlink", f"--name={liar.device}"]
        links = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
        assert links, "udev has dealt with it"
        assert [each for each in links if "by-library" in each] == []
        assert group_and_mode(Path(liar.device)) == ("tape", "crw-rw----")
    assert not Path("/run/liar").is_symlink()


@one_changer
def test_other_sg_nodes_keep_their_rights(device: str) -> None:
    others = [
        Path("/dev") / each.name
        for each in SYSFS.iterdir()
        if (each / "device/type").read_text().strip() not in TAPE_DRIVE_AND_CHANGER
    ]
    assert others, "tgt has a controller"
    assert {group_and_mode(node) for node in others} == {("root", "crw-------")}


@one_changer
@pytest.mark.parametrize("cdb", [TEST_UNIT_READY, INITIALIZE_ELEMENT_STATUS])
def test_operator_of_group_tape_sends_commands(link: Path, cdb: list[str]) -> None:
    completed = run_as(OPERATOR, ["sg_raw", link, *cdb])
    assert completed.returncode == 0, completed.stderr


@one_changer
def test_operator_of_group_tape_asks_who_it_is(link: Path) -> None:
    completed = run_as(OPERATOR, ["sg_inq", "--page=0x80", link])
    assert link.name.rpartition("_")[2] in completed.stdout, completed.stderr


@one_changer
@pytest.mark.parametrize("program", [["sg_inq"], ["sg_raw", *TEST_UNIT_READY]])
def test_outsider_is_refused(link: Path, program: list[str]) -> None:
    name, *rest = program
    completed = run_as(OUTSIDER, [name, link, *rest])
    assert completed.returncode != 0
    assert "Permission denied" in completed.stdout + completed.stderr


@pytest.mark.parametrize("folder", [Path("/run/lock/changer"), Path("/var/lib/changer")])
def test_shared_folder_is_for_root_and_tape_only(folder: Path) -> None:
    assert group_and_mode(folder) == ("tape", "drwxrws---")
    assert run_as(OPERATOR, ["touch", folder / "probe"]).returncode == 0
    assert grp.getgrgid((folder / "probe").stat().st_gid).gr_name == "tape"
    (folder / "probe").unlink()
    assert run_as(OUTSIDER, ["ls", folder]).returncode != 0
