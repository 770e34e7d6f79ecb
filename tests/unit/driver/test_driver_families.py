"""Media families: of cleaners and drives, who may clean what, and how often a new cleaner does."""

from __future__ import annotations

import pytest

from changer.drives.media_family import MediaFamily, cleans_of, family_of_cleaner, may_clean
from changer.library.library_settings import LibrarySettings
from changer.library.media_labels import family_named
from changer.smc.drive_models import family_of_drive

LTO, ENTERPRISE, DLT = MediaFamily.LTO, MediaFamily.ENTERPRISE, MediaFamily.DLT
STK_9840, STK_9940, T10000 = MediaFamily.STK_9840, MediaFamily.STK_9940, MediaFamily.T10000
AIT, EXABYTE = MediaFamily.AIT, MediaFamily.EXABYTE

LABELS: dict[MediaFamily | None, str] = {
    LTO: "CLNU01CU CLNU01 CLNU01L1 CLN001CU CLN001L1 CLN123C1 CLN001LA CLN001LH CLN001LZ CLNU01LA"
    " CLR001CU CLR001L9 CLR001LA CLRU01C3 CLEAN1L6 CLEAN1CU A00001CU 000042C1 WASH01C9",
    DLT: "CLN001S CLN001S1 CLN001S4 CLN001D CLN001V CLR001S CLEAN1S",
    ENTERPRISE: "CLN001JA CLR001JC",
    STK_9840: "CLN001U CLN565Y",
    STK_9940: "CLN565W",
    T10000: "CLN001CT CLN001CC CLN001CL CLR001CT",
    None: "CLN001 CLNX CLN CLEAN1 CLEANX A00001L8 A00001C0 cln001CU CLN001XX CLN001LAX CLN001T1"
    " CLNU01U CLNU01JA CLNU01CT CLNU01S A00001CT A00001U",
}
# Product identifications of real drives.
PRODUCTS: dict[MediaFamily | None, str] = {
    LTO: "ULT3580-TD8|ULT3573-TD4|ULT3588-TD1|ULTRIUM-TD3|ULTRIUM-HH9|Ultrium 8-SCSI|ULTRIUM 2"
    "|LTO Ultrium|ULTRIUM06242-XXX|LTO-5 HH",
    ENTERPRISE: "03592E08|03592J1A|0359255F",
    DLT: "SDLT320|SDLT600|DLT7000|DLT8000|SuperDLT1|DLT-V4|DLT VS160|TZ877",
    STK_9840: "9840|T9840B|T9840D",
    STK_9940: "T9940A|T9940B",
    T10000: "T10000A|T10000D",
    AIT: "SDX-300C|SDX-500V|SDX-700C|SDX-900V|SDX-1100V|SDZ-100|SDZ-130",
    EXABYTE: "EXB-8900|EXB-85058HE-0000|VXA-2|Mammoth2",
    None: "|VIRTUAL|03590E1A|DDS-4|SDLT ULTRIUM|STANDARD",
}


@pytest.mark.parametrize(
    ("label", "family"), [(each, family) for family in LABELS for each in LABELS[family].split()]
)
def test_label_of_a_cleaner_tells_its_family(label: str, family: MediaFamily | None) -> None:
    assert family_of_cleaner(label) is family


@pytest.mark.parametrize("label", [None, "", " ", "CLN001CU ", "CLN001CU\n", " CLN001CU"])
def test_no_label_and_a_label_with_blanks_tell_no_family(label: str | None) -> None:
    assert family_of_cleaner(label) is None


@pytest.mark.parametrize(
    ("product", "family"),
    [(each, family) for family in PRODUCTS for each in PRODUCTS[family].split("|")],
)
def test_product_of_a_drive_tells_its_family(product: str, family: MediaFamily | None) -> None:
    assert family_of_drive(product) is family


def test_drive_without_a_product_is_of_no_known_family() -> None:
    assert family_of_drive(None) is None


NAMED = LibrarySettings(cleaner_family={"CLN9*": DLT, "CLN90*": AIT, "CLN00?CU": T10000})


@pytest.mark.parametrize(
    ("label", "family"),
    [
        ("CLN901", DLT),
        ("CLN901CU", DLT),
        ("CLN001CU", T10000),
        ("CLN011CU", LTO),
        ("cln901", None),
        ("XCLN901", None),
        (None, None),
    ],
)
def test_family_that_a_person_names_outranks_the_label(
    label: str | None, family: MediaFamily | None
) -> None:
    assert family_of_cleaner(label, NAMED) is family


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("written", "family"),
    [
        ("LTO", LTO),
        ("lto", LTO),
        ("3592", ENTERPRISE),
        ("SDLT", DLT),
        ("t10000", T10000),
        ("sait", AIT),
        ("8 mm", EXABYTE),
        ("8MM", EXABYTE),
        ("LTO-8", None),
        ("", None),
    ],
)
def test_family_is_known_by_its_name(written: str, family: MediaFamily | None) -> None:
    assert family_named(written) is family


@pytest.mark.parametrize("family", MediaFamily)
def test_every_family_is_known_by_the_name_that_is_shown(family: MediaFamily) -> None:
    assert family_named(str(family)) is family


# Who may clean what

OTHER = "it cleans LTO drives, and the drive is DLT"
MIXED = "its media family is not known, and the drives may be of several"
UNKNOWN = "the media family of the drive is not known"
# Cleaner, drive, all drives, named by a person; why not.
MAY_CLEAN: dict[
    str, tuple[MediaFamily | None, MediaFamily | None, tuple[MediaFamily | None, ...], bool, str]
] = {
    "same family": (LTO, LTO, (LTO,), False, ""),
    "same family among others": (LTO, LTO, (LTO, DLT, None), False, ""),
    "other family": (LTO, DLT, (LTO, DLT), False, OTHER),
    "other family, the only drive": (LTO, DLT, (DLT,), False, OTHER),
    "other family, named": (LTO, DLT, (LTO, DLT), True, OTHER),
    "unknown cleaner, drives of one family": (None, LTO, (LTO, LTO), False, ""),
    "unknown cleaner, drives of two families": (None, LTO, (LTO, DLT), False, MIXED),
    "unknown cleaner, a drive unknown": (None, LTO, (LTO, None), False, MIXED),
    "unknown cleaner, drives of two families, named": (None, LTO, (LTO, DLT), True, ""),
    "unknown drive": (LTO, None, (None,), False, UNKNOWN),
    "unknown drive among known ones": (LTO, None, (LTO, None), False, UNKNOWN),
    "unknown drive, named": (LTO, None, (LTO, None), True, ""),
    "both unknown": (None, None, (None, None), False, UNKNOWN),
    "both unknown, named": (None, None, (None,), True, ""),
}


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("cleaner", "drive", "drives", "is_named", "reason"), MAY_CLEAN.values(), ids=MAY_CLEAN
)
def test_cleaner_cleans_drives_of_its_family(
    cleaner: MediaFamily | None,
    drive: MediaFamily | None,
    drives: tuple[MediaFamily | None, ...],
    is_named: bool,
    reason: str,
) -> None:
    fitness = may_clean(cleaner, drive, drives=drives, is_named=is_named)
    assert bool(fitness) is fitness.fits is (not reason)
    assert fitness.reason == reason


# Cleanings of a new one


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("family", "cleans"),
    [
        (LTO, 50),
        (ENTERPRISE, 50),
        (DLT, 20),
        (STK_9840, 100),
        (STK_9940, 100),
        (T10000, 50),
        (AIT, 50),
        (EXABYTE, 10),
        (None, None),
    ],
)
def test_family_tells_how_often_a_new_cleaner_cleans(
    family: MediaFamily | None, cleans: int | None
) -> None:
    assert cleans_of(family) == cleans


LIMITS = LibrarySettings(cleans={"LTO": 40, "CLNU*": 30, "CLNU01CU": 7, "8 mm": 12, "DLT": 0})


@pytest.mark.rows(one_in=1)
@pytest.mark.parametrize(
    ("family", "label", "cleans"),
    [
        (LTO, None, 40),
        (LTO, "CLN001CU", 40),
        (LTO, "CLNU02CU", 30),
        (LTO, "CLNU01CU", 30),  # the first pattern of the file, not the closest
        (EXABYTE, "CLN001", 12),
        (DLT, "CLN001S", 0),
        (ENTERPRISE, "CLN001JA", 50),
        (None, "CLNU99XX", 30),
        (None, "CLN001", None),
        (None, None, None),
    ],
)
def test_settings_limit_by_label_and_then_by_family(
    family: MediaFamily | None, label: str | None, cleans: int | None
) -> None:
    assert cleans_of(family, label, LIMITS) == cleans


def test_name_of_a_family_is_no_pattern_of_a_label() -> None:
    assert cleans_of(DLT, "LTO", LibrarySettings(cleans={"LTO": 40})) == 20
