"""Which kind of drive a cleaning cartridge is for, and how often it cleans."""

from __future__ import annotations

import pytest

from changer.drives.media_family import MediaFamily, cleans_of, family_of_cleaner, family_of_drive

LTO, DLT = MediaFamily.LTO, MediaFamily.DLT
ENTERPRISE, EXABYTE = MediaFamily.ENTERPRISE, MediaFamily.EXABYTE


@pytest.mark.parametrize(
    ("tag", "family"),
    [
        ("CLNU01CU", LTO),
        ("CLNU01", LTO),
        ("CLNU01L1", LTO),
        ("CLN001CU", LTO),
        ("CLN001L1", LTO),
        ("CLN123C1", LTO),
        ("CLN001S", DLT),
        ("CLN001S1", DLT),
        ("CLN001D", DLT),
        ("CLN001V", DLT),
        ("CLN001JA", ENTERPRISE),
        ("CLN001", None),
        ("CLNX", None),
        ("CLN", None),
        ("A00001L8", None),
        ("cln001CU", None),
        ("CLN001CU ", None),
        ("", None),
        (None, None),
    ],
)
def test_bar_code_of_a_cleaner_tells_its_family(tag: str | None, family: object) -> None:
    assert family_of_cleaner(tag) is family


@pytest.mark.parametrize(
    ("product", "family"),
    [
        ("ULT3580-TD8", LTO),
        ("ULTRIUM-TD3", LTO),
        ("ULTRIUM-HH9", LTO),
        ("Ultrium 8-SCSI", LTO),
        ("LTO Ultrium", LTO),
        ("SDLT320", DLT),
        ("DLT7000", DLT),
        ("SuperDLT1", DLT),
        ("DLT-V4", DLT),
        ("03592E08", ENTERPRISE),
        ("EXB-8900", EXABYTE),
        ("VXA-2", EXABYTE),
        ("Mammoth2", EXABYTE),
        ("T10000D", None),
        ("", None),
        (None, None),
    ],
)
def test_product_of_a_drive_tells_its_family(product: str | None, family: object) -> None:
    assert family_of_drive(product) is family


@pytest.mark.parametrize(
    ("family", "cleans"), [(LTO, 50), (DLT, 20), (ENTERPRISE, 50), (EXABYTE, 10), (None, None)]
)
def test_family_tells_how_often_a_new_cleaner_cleans(
    family: MediaFamily | None, cleans: int | None
) -> None:
    assert cleans_of(family) == cleans
