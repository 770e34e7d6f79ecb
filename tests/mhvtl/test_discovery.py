"""A library is found by its serial number among others, and its drives by theirs."""

from pathlib import Path

import pytest
from kernel.program import Program, run_here

from .conftest import Live
from .host import device_of

# In its default way mhVTL garbles the identifiers of all drives but the first.
FIRST_DRIVE_ALONE = ("autoloader", "scalar")


def test_it_is_listed_once_under_its_serial_number(changer: Program, mhvtl: Live) -> None:
    listed = run_here(["list", "--json"], changer.environment).document
    told = mhvtl.configuration.library
    (found,) = [each for each in listed["libraries"] if told.serial in each["id"]]
    assert (found["vendor"], found["product"]) == (told.vendor, told.product)
    assert found["device"] == mhvtl.device


def test_a_part_of_its_id_is_enough_and_no_other_library_answers(
    changer: Program, mhvtl: Live
) -> None:
    serial = mhvtl.configuration.library.serial
    by_part = Program(serial, changer.environment).status()["library"]
    assert by_part == changer.status()["library"]
    assert serial in by_part["id"]


def test_its_drives_are_the_tape_devices_with_their_serial_numbers(
    changer: Program, mhvtl: Live
) -> None:
    configuration = mhvtl.configuration
    drives = changer.status()["drives"]
    assert len(drives) == len(configuration.drives)
    tells = 1 if configuration.name in FIRST_DRIVE_ALONE else len(drives)
    for drive, daemon in list(zip(drives, configuration.drives, strict=True))[:tells]:
        generic = Path("/sys/class/scsi_tape", Path(drive["device"]).name, "device/scsi_generic")
        (node,) = generic.iterdir()
        assert drive["serial"] == daemon.serial
        assert f"/dev/{node.name}" == device_of(daemon.serial)
    assert [drive["serial"] for drive in drives[tells:]] == [None] * (len(drives) - tells)


@pytest.mark.configurations("autoloader")  # one is enough, and this is the smallest
def test_a_serial_number_that_no_library_here_has_is_refused() -> None:
    with pytest.raises(AssertionError, match="no device"):
        device_of("CHGRNOSUCH")
