"""What is said of the drives of a library that the tables know, or don't."""

from __future__ import annotations

from changer.library.known_drives import drive_lines, known_drive

AIT = "SDX-700C"
AIT_LINE = (
    "Sony AIT; asks-by-page (log page 33h, parameter 0005h says whether it asks for cleaning, and "
    "is read first{page}); asks-by-bit (sense byte 26, bit 3: it asks for cleaning{bit})"
)
SAM = "SAM-QFS (cgrzemba/samqfs @9f55fcf), src/lib/samfs/"
LTO = (
    "IBM LTO, generation 8; asks-by-code (00/82/82: it asks for cleaning); cleaned-by-code "
    "(01/83/83: it was cleaned)"
)
NOTHING = "nothing special is known of it"


def test_drive_is_told_with_its_signs_and_who_says_so() -> None:
    assert known_drive(AIT).line() == AIT_LINE.format(page="", bit="")
    assert known_drive(AIT).line(with_evidence=True) == AIT_LINE.format(
        page=f"; {SAM}tape2.c, tapeclean",
        bit="; Sony SDX-900V (AIT-4), product specification, page 6-88; "
        f"Sony SDX-1100V (AIT-5), product specification; {SAM}tape.c, check_cleaning_error",
    )
    assert known_drive("VXA-2") == ("VXA", ())
    assert known_drive("ULT3580-TD8").line() == LTO


def test_drive_of_another_kind_is_told_to_be_one() -> None:
    for product in ("XYZ", "", None):
        assert known_drive(product) == ("", ())
        assert known_drive(product).line(with_evidence=True) == NOTHING


def test_drives_of_one_kind_are_told_in_one_line() -> None:
    products = [(0, "ULT3580-TD8"), (1, None), (2, "VXA-2"), (3, "ULT3580-TD8"), (5, "ULT3580-HH8")]
    assert list(drive_lines(products)) == [
        f"drives 0, 3 and 5: {LTO}",
        f"drive 1: {NOTHING}",
        "drive 2: VXA",
    ]
    assert list(drive_lines([(0, "VXA-2"), (1, "VXA-2")])) == ["drives 0 and 1: VXA"]
    assert list(drive_lines([(7, AIT)], with_evidence=True)) == [
        f"drive 7: {known_drive(AIT).line(with_evidence=True)}"
    ]
    assert list(drive_lines([])) == []
