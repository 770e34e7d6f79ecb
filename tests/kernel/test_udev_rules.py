"""The rules in udev/, installed as their README says, give a changer to the group tape alone."""

import grp
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from changer.discovery import find_changers

from .accounts import OPERATOR, OUTSIDER, run_as

pytestmark = pytest.mark.guest_only

UDEV = Path(__file__).parents[2] / "udev"
INSTALLED_RULES = Path("/run/udev/rules.d/61-changer.rules")
INSTALLED_FOLDERS = Path("/run/tmpfiles.d/changer.conf")
LINK = Path("/dev/tape/by-library/STK_L700_CHGR0001")

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


def group_and_mode(path: Path) -> tuple[str, str]:
    status = path.stat()
    return grp.getgrgid(status.st_gid).gr_name, stat.filemode(status.st_mode)


def test_sg_node_is_for_root_and_tape_only(device: str) -> None:
    assert group_and_mode(Path(device)) == ("tape", "crw-rw----")


def test_sch_node_is_for_root_and_tape_only() -> None:
    (node,) = Path("/dev").glob("sch*")
    assert group_and_mode(node) == ("tape", "crw-rw----")


def test_link_by_library_id_leads_to_the_sg_node(device: str) -> None:
    assert LINK.resolve() == Path(device).resolve()


def test_link_is_named_by_the_id_that_the_package_gives_the_library() -> None:
    (changer,) = find_changers()
    assert changer.identity.id == LINK.name
    assert LINK in changer.links


def test_only_changers_get_a_link_by_library() -> None:
    assert list(LINK.parent.iterdir()) == [LINK]


def test_other_sg_nodes_keep_their_rights() -> None:
    assert group_and_mode(Path("/dev/sg0")) == ("root", "crw-------")


@pytest.mark.parametrize("cdb", [TEST_UNIT_READY, INITIALIZE_ELEMENT_STATUS])
def test_operator_of_group_tape_sends_commands(cdb: list[str]) -> None:
    completed = run_as(OPERATOR, ["sg_raw", LINK, *cdb])
    assert completed.returncode == 0, completed.stderr


def test_operator_of_group_tape_asks_who_it_is() -> None:
    completed = run_as(OPERATOR, ["sg_inq", "--page=0x80", LINK])
    assert "CHGR0001" in completed.stdout, completed.stderr


@pytest.mark.parametrize("program", [["sg_inq", LINK], ["sg_raw", LINK, *TEST_UNIT_READY]])
def test_outsider_is_refused(program: list[str | Path]) -> None:
    completed = run_as(OUTSIDER, program)
    assert completed.returncode != 0
    assert "Permission denied" in completed.stdout + completed.stderr


@pytest.mark.parametrize("folder", [Path("/run/lock/changer"), Path("/var/lib/changer")])
def test_shared_folder_is_for_root_and_tape_only(folder: Path) -> None:
    assert group_and_mode(folder) == ("tape", "drwxrws---")
    assert run_as(OPERATOR, ["touch", folder / "probe"]).returncode == 0
    assert grp.getgrgid((folder / "probe").stat().st_gid).gr_name == "tape"
    (folder / "probe").unlink()
    assert run_as(OUTSIDER, ["ls", folder]).returncode != 0
