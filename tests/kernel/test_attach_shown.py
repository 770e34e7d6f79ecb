"""An attached library: its nodes, and refusals while it is attached, or before it can be."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .attached_library import AttachedLibrary, attached, nodes, simulate, simulate_here
from .program import Program

pytestmark = pytest.mark.guest_only


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttachedLibrary]:
    """For tests that only look."""
    folder = tmp_path_factory.mktemp("shown")
    with attached("shown", folder, serial="ATTACH-shown") as library:
        yield library


# What is shown


def test_every_unit_has_the_nodes_of_its_drivers(shown: AttachedLibrary) -> None:
    kinds = [
        (each["unit"], *(each[node] is not None for node in ("changer", "tape", "no_rewind")))
        for each in shown.units
    ]
    assert kinds == [
        ("changer", True, False, False),
        ("drive:0", False, True, True),
        ("drive:1", False, True, True),
    ]
    for unit in shown.units:
        for node in nodes(unit):
            assert Path(node).is_char_device(), node


def test_kernel_and_udev_know_every_unit_by_its_serial_number(shown: AttachedLibrary) -> None:
    truth = shown.truth
    serials = [truth.profile.serial, *(drive.serial for drive in truth.drives)]
    assert [each["serial"] for each in shown.units] == serials
    for unit in shown.units:
        sysfs = Path("/sys/class/scsi_generic") / Path(unit["generic"]).name / "device"
        assert (sysfs / "vpd_pg80").read_bytes()[4:].decode() == unit["serial"]
        assert (sysfs / "type").read_text().strip() == ("1" if unit["tape"] else "8")
        node = unit["tape"] or unit["generic"]
        assert udev_properties(node)["ID_SCSI_SERIAL"] == unit["serial"]


def test_links_are_those_of_udev_and_lead_to_the_nodes(shown: AttachedLibrary) -> None:
    for unit in shown.units:
        serial = f"/dev/tape/by-id/scsi-{unit['serial']}"
        wanted = {serial, f"{serial}-nst"} if unit["tape"] else {serial}
        assert wanted <= set(unit["links"])
        assert {str(Path(link).resolve()) for link in unit["links"]} <= set(nodes(unit))


def test_changer_is_listed_and_finds_its_drives(shown: AttachedLibrary, tmp_path: Path) -> None:
    changer = Program(shown.device, {"CHANGER_STATE": str(tmp_path / "state.db")})
    changer.do("state", "init")
    listed = changer.do("list", "--json").document["libraries"]
    assert "CHANGER_VIRTUAL_ATTACH-shown" in [each["id"] for each in listed]
    drives = changer.status()["drives"]
    assert [each["device"] for each in drives] == [each["no_rewind"] for each in shown.drives]


def test_list_says_which_are_attached_and_by_which_process(shown: AttachedLibrary) -> None:
    listed = simulate_here(shown.folder, "list", "--json").document
    assert listed["attached"] == {"shown": shown.process_id}
    text = simulate_here(shown.folder, "list").stdout
    assert f"attached by process {shown.process_id}" in text
    assert Path(f"/proc/{shown.process_id}").exists()


def udev_properties(node: str) -> dict[str, str]:
    told = subprocess.run(
        ["udevadm", "info", "--query=property", f"--name={node}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in told.stdout.splitlines())


# What is refused


def test_attached_library_is_neither_attached_again_nor_deleted(shown: AttachedLibrary) -> None:
    by = f"by process {shown.process_id}"
    for words in (("attach", "shown"), ("delete", "shown")):
        ended = simulate_here(shown.folder, *words, "--json")
        assert (ended.exit_status, ended.stdout) == (70, "")
        assert (ended.error["code"], by in ended.error["message"]) == ("simulator-refused", True)
        assert ended.error["hint"] == "changer sim detach shown"


def test_second_attach_in_the_background_is_told_by_the_one_that_waits(
    shown: AttachedLibrary,
) -> None:
    ended = simulate(shown.folder, "attach", "shown", "--background", "--json")
    assert (ended.exit_status, ended.stdout) == (70, "")
    assert f"attached already, by process {shown.process_id}" in ended.error["message"]
