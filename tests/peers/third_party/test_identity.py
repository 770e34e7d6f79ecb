"""sg_inq, sg_vpd, lsscsi, mtx and tapeinfo name each unit as its profile does."""

import pytest
from kernel.attached_library import AttachedLibrary

from .sg_inquiry import read_standard_inquiry, read_vital_product_data
from .tool import parse_fields, told

pytestmark = pytest.mark.guest_only

MTX_INQUIRY = frozenset(
    ("Product Type", "Vendor ID", "Product ID", "Revision", "Attached Changer API")
)
TAPEINFO = MTX_INQUIRY | {
    "SerialNumber", "MinBlock", "MaxBlock", "SCSI ID", "SCSI LUN", "Ready", "WriteProtect",
    "BufferedMode", "Medium Type", "Density Code", "BlockSize", "DataCompEnabled",
    "DataCompCapable", "DataDeCompEnabled", "CompType", "DeCompType", "BOP", "Block Position",
    "ActivePartition", "EarlyWarningSize",
}  # fmt: skip


def test_sg_inq_reads_the_changer(library: AttachedLibrary) -> None:
    profile, inquiry = library.truth.profile, read_standard_inquiry(library.device)
    assert (inquiry.device_type, inquiry.type_name) == (8, "medium changer")
    assert inquiry.vendor.rstrip() == profile.vendor
    assert inquiry.product.rstrip() == profile.product
    assert inquiry.revision.rstrip() == profile.revision
    assert inquiry.serial in (None, profile.serial)


def test_sg_inq_reads_a_drive(library: AttachedLibrary) -> None:
    profile, drive = library.truth.profile, library.drives[-1]
    inquiry = read_standard_inquiry(drive["generic"])
    assert (inquiry.device_type, inquiry.type_name) == (1, "tape")
    assert inquiry.vendor.rstrip() == profile.drive_vendor
    assert inquiry.product.rstrip() == profile.drive_product
    assert inquiry.revision.rstrip() == profile.drive_revision
    assert inquiry.serial in (None, drive["serial"])


def test_sg_vpd_reads_every_page_of_the_changer(library: AttachedLibrary) -> None:
    profile, data = library.truth.profile, read_vital_product_data(library.device)
    assert data.pages == ["sv", "sn", "di"]
    assert data.serial == profile.serial == library.units[0]["serial"]
    assert (data.vendor or "").rstrip() == profile.vendor
    assert data.specific == f"{profile.product:16}{profile.serial}"
    # Every unit of this host has a name of its own, and one is this changer's.
    names = [line.split()[2] for line in told("lsscsi", "--unit").splitlines()]
    assert len(set(names)) == len(names)
    assert f"{data.naa:016x}" in names
    assert (data.port_naa is not None) is profile.port_designators
    assert data.port_naa not in (0, data.naa)


def test_sg_vpd_reads_every_page_of_a_drive(library: AttachedLibrary) -> None:
    profile, drive = library.truth.profile, library.drives[0]
    data = read_vital_product_data(drive["generic"])
    assert data.pages == ["sv", "sn", "di", "sad", "mas"]
    assert data.serial == data.manufacturer_serial == library.truth.drives[0].serial
    assert (data.vendor or "").rstrip() == profile.drive_vendor
    assert data.specific == f"{profile.drive_product:16}{drive['serial']}"
    assert data.is_worm is False


def test_lsscsi_lists_the_units_with_their_devices(library: AttachedLibrary) -> None:
    profile = library.truth.profile
    listed = {
        line.split()[-1]: line[9:].split() for line in told("lsscsi", "--generic").splitlines()
    }
    changer = library.units[0]
    assert listed[library.device] == [
        "mediumx", profile.vendor, *profile.product.split(), profile.revision,
        changer["changer"], changer["generic"],
    ]  # fmt: skip
    for drive in library.drives:
        assert listed[drive["generic"]] == [
            "tape", profile.drive_vendor, *profile.drive_product.split(), profile.drive_revision,
            drive["tape"], drive["generic"],
        ]  # fmt: skip


def test_mtx_inquires_the_changer(library: AttachedLibrary) -> None:
    profile = library.truth.profile
    assert parse_fields(told("mtx", "-f", library.device, "inquiry"), MTX_INQUIRY) == {
        "Product Type": "Medium Changer",
        "Vendor ID": f"{profile.vendor:8}",
        "Product ID": f"{profile.product:16}",
        "Revision": f"{profile.revision:4}",
        "Attached Changer API": "No",
    }


def test_tapeinfo_reads_a_drive_and_its_cartridge(library: AttachedLibrary) -> None:
    profile, drive = library.truth.profile, library.drives[0]
    fields = parse_fields(told("tapeinfo", "-f", drive["generic"]), TAPEINFO)
    assert fields["Product Type"] == "Tape Drive"
    assert fields["Vendor ID"].rstrip() == profile.drive_vendor
    assert fields["Product ID"].rstrip() == profile.drive_product
    assert fields["Revision"] == profile.drive_revision
    assert fields["SerialNumber"] == drive["serial"]
    assert (fields["MinBlock"], fields["MaxBlock"]) == ("1", "8388608")
    assert (fields["Ready"], fields["WriteProtect"], fields["BOP"]) == ("yes", "yes", "yes")
    assert int(fields["Density Code"], 16) == profile.drive_density
    assert (fields["BlockSize"], fields["Block Position"]) == ("0", "0")
    assert (fields["DataCompCapable"], fields["DataCompEnabled"]) == ("yes", "yes")
