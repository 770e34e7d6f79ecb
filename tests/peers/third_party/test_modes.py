"""sg_modes and loaderinfo read the mode pages of every kind of library, and say what it has."""

from collections.abc import Iterable

import pytest
from kernel.attached_library import AttachedLibrary

from changer.simulator.geometry import Kind
from changer.simulator.profile import Profile

from .sg_modes import Form, ModePages, read_mode_pages
from .tool import parse_fields, run, told

pytestmark = pytest.mark.guest_only

KINDS = (Kind.TRANSPORT, Kind.STORAGE, Kind.MAIL, Kind.DRIVE)
LOADERINFO_NAMES = {
    Kind.TRANSPORT: "Medium Transport",
    Kind.STORAGE: "Storage",
    Kind.MAIL: "Import/Export",
    Kind.DRIVE: "Data Transfer",
}
LOADERINFO = frozenset(
    (
        "Product Type", "Vendor ID", "Product ID", "Revision", "Attached Changer", "EAAP",
        *(f"Number of {name} Elements" for name in LOADERINFO_NAMES.values()),
        "Transport Geometry Descriptor Page", "Invertable", "Device Configuration Page",
        "Storage", "SCSI Media Changer (rev 2)",
        *(f"Transfer {name}" for name in LOADERINFO_NAMES.values()),
        *(f"Exchange {name}" for name in LOADERINFO_NAMES.values()),
    )
)  # fmt: skip


def destinations(profile: Profile, source: Kind) -> list[Kind]:
    """Where the library can move to, from the profile's own words."""
    there = [Kind.DRIVE, Kind.MAIL, Kind.STORAGE] if profile.mail else [Kind.DRIVE, Kind.STORAGE]
    if source is Kind.MAIL and not profile.mail:
        return []
    return [each for each in there if (source, each) not in profile.forbidden_moves]


def bits(kinds: Iterable[Kind]) -> int:
    return sum(1 << (kind - 1) for kind in kinds)


@pytest.fixture
def forms(library: AttachedLibrary) -> list[Form]:
    """The MODE SENSE commands that the changer has."""
    return [Form.SIX, Form.TEN] if library.truth.profile.mode_sense_10 else [Form.SIX]


def changer_pages(library: AttachedLibrary, forms: Iterable[Form]) -> list[ModePages]:
    return [read_mode_pages(library.device, form) for form in forms]


def test_sg_modes_reads_element_addresses_and_moves(
    library: AttachedLibrary, forms: list[Form]
) -> None:
    profile = library.truth.profile
    content = b"".join(
        number.to_bytes(2, "big")
        for kind in KINDS
        for number in (profile.geometry.ranges[kind].start, len(profile.geometry.ranges[kind]))
    )
    expected = {0x1D: bytes([0x1D, 18]) + content + bytes(2)}
    names = {0x1D: "Element address assignment"}
    if profile.geometry_page:
        expected[0x1E] = bytes([0x1E, 2, 0, 0])
        names[0x1E] = "Transport geometry parameters"
    if profile.capabilities_page:
        moves = bytes(bits(destinations(profile, kind)) for kind in KINDS)
        exchanges = moves if 0xA6 in profile.opcodes else bytes(4)
        stores = bits([Kind.STORAGE, Kind.DRIVE] + ([Kind.MAIL] if profile.mail else []))
        expected[0x1F] = bytes([0x1F, 18, stores, 0]) + moves + bytes(4) + exchanges + bytes(4)
        names[0x1F] = "Device capabilities"
    if profile.cleaner_home_sense is not None:  # ATL: it does not clean by itself now
        expected[0x20], names[0x20] = bytes([0x20, 1, 0]), "page_code: 0x20"
    for pages in changer_pages(library, forms):
        assert pages.pages == expected
        assert pages.page_names == names
        header = 4 if pages.form is Form.SIX else 8
        assert pages.length == header + len(pages.blocks) + sum(map(len, expected.values()))
        assert (pages.medium_type, pages.specific) == (0, 0)
        assert pages.blocks == (bytes(8) if profile.block_descriptor else b"")


def test_sg_modes_is_told_which_form_is_missing(library: AttachedLibrary) -> None:
    if library.truth.profile.mode_sense_10:
        return
    ended = run("sg_modes", "-a", library.device)
    assert ended.exit_status == 9  # SG_LIB_CAT_INVALID_OP
    assert "try again with a '-6' switch" in ended.stderr


def test_sg_modes_reads_density_and_write_protection_of_a_drive(library: AttachedLibrary) -> None:
    profile = library.truth.profile
    for form in Form:
        pages = read_mode_pages(library.drives[0]["generic"], form)
        assert pages.density == profile.drive_density
        assert pages.blocks == bytes([profile.drive_density]) + bytes(7)
        assert pages.specific == 0x90  # write-protected; buffered
        assert sorted(pages.pages) == [0x0F, 0x10, 0x1C]
        assert pages.pages[0x0F][2:4] == bytes([0xC0, 0x80])
        assert [len(each) - 2 == each[1] for each in pages.pages.values()] == [True] * 3


def test_loaderinfo_lists_elements_and_moves(library: AttachedLibrary) -> None:
    profile = library.truth.profile
    expected = {
        "Product Type": "Medium Changer",
        "Vendor ID": f"{profile.vendor:8}",
        "Product ID": f"{profile.product:16}",
        "Revision": f"{profile.revision:4}",
        "Attached Changer": "No",
        "EAAP": "Yes",
        "Transport Geometry Descriptor Page": "Yes" if profile.geometry_page else "No",
        "Device Configuration Page": "Yes" if profile.capabilities_page else "No",
    }
    for kind, name in LOADERINFO_NAMES.items():
        expected[f"Number of {name} Elements"] = str(len(profile.geometry.ranges[kind]))
    if profile.geometry_page:
        expected["Invertable"] = "No"
    if profile.capabilities_page:
        expected |= {
            "Storage": "Data Transfer, Import/Export, Storage",
            "SCSI Media Changer (rev 2)": "No",
        }
        for kind, name in LOADERINFO_NAMES.items():
            moves = [LOADERINFO_NAMES[each] for each in destinations(profile, kind)]
            exchanges = moves if 0xA6 in profile.opcodes else []
            expected[f"Transfer {name}"] = ", ".join(f"->{each}" for each in moves)
            expected[f"Exchange {name}"] = ", ".join(f"<>{each}" for each in exchanges) or "None"
    assert parse_fields(told("loaderinfo", "-f", library.device), LOADERINFO) == expected
