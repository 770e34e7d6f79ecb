"""Which kind of drive a cleaning cartridge is for, and how often it cleans."""

from __future__ import annotations

import pytest

from changer.drives.media_family import MediaFamily, cleans_of, family_of_cleaner, family_of_drive

LTO, DLT = MediaFamily.LTO, MediaFamily.DLT
ENTERPRISE, EXABYTE = MediaFamily.ENTERPRISE, MediaFamily.EXABYTE


# The bar codes of cleaners, and the products of drives.
FAMILIES: dict[MediaFamily | None, tuple[list[str | None], list[str | None]]] = {
    LTO: (
        ["CLNU01CU", "CLNU01", "CLNU01L1", "CLN001CU", "CLN001L1", "CLN123C1"],
        ["ULT3580-TD8", "ULTRIUM-TD3", "ULTRIUM-HH9", "Ultrium 8-SCSI", "LTO Ultrium"],
    ),
    DLT: (
        ["CLN001S", "CLN001S1", "CLN001D", "CLN001V"],
        ["SDLT320", "DLT7000", "SuperDLT1", "DLT-V4"],
    ),
    ENTERPRISE: (["CLN001JA"], ["03592E08"]),
    EXABYTE: ([], ["EXB-8900", "VXA-2", "Mammoth2"]),
    None: (
        ["CLN001", "CLNX", "CLN", "A00001L8", "cln001CU", "CLN001CU ", "", None],
        ["T10000D", "", None],
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_bar_code_of_a_cleaner_and_product_of_a_drive_tell_its_family(
    family: MediaFamily | None,
) -> None:
    tags, products = FAMILIES[family]
    assert [family_of_cleaner(each) for each in tags] == [family] * len(tags)
    assert [family_of_drive(each) for each in products] == [family] * len(products)


@pytest.mark.parametrize(
    ("family", "cleans"), [(LTO, 50), (DLT, 20), (ENTERPRISE, 50), (EXABYTE, 10), (None, None)]
)
def test_family_tells_how_often_a_new_cleaner_cleans(
    family: MediaFamily | None, cleans: int | None
) -> None:
    assert cleans_of(family) == cleans
