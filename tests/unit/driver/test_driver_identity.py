"""Who a library is, and what single models do differently."""

from __future__ import annotations

import string

import pytest
from driver_support import unhurried
from hypothesis import given
from hypothesis import strategies as some

from changer.library.model import (
    ACCESS_NOT_REPORTED,
    ANSWERS_TYPE_ZERO,
    QUIRKS,
    Identity,
    has_quirk,
)

SAFE = set(string.ascii_letters + string.digits + ".+-_")


@pytest.mark.parametrize(
    ("vendor", "product", "serial", "expected"),
    [
        ("IBM", "3573-TL", "00L4U78K1234_LL0", "IBM_3573-TL_00L4U78K1234_LL0"),
        ("HP", "MSL G3 Series", "DE61200123", "HP_MSL_G3_Series_DE61200123"),
        ("STK", "L700", None, "STK_L700"),
        ("STK", "L700", "", "STK_L700"),
        ("", "L700", "1", "L700_1"),
        ("ADIC", "Scalar i500", "ADICA0C0011222_LLA", "ADIC_Scalar_i500_ADICA0C0011222_LLA"),
        ("A/B", "..", "x/../y", "A_B_.._x_.._y"),
        ("A  B", "C", "D", "A_B_C_D"),
        (" A ", "_C_", "D", "A_C_D"),
        ("V", "P", "naa.5001", "V_P_naa.5001"),
        ("V", "P", "é\x00\x1b", "V_P"),
    ],
)
def test_an_id_is_what_the_library_says_of_itself(
    vendor: str, product: str, serial: str | None, expected: str
) -> None:
    assert Identity(vendor, product, "R", serial).id == expected


@unhurried
@given(some.text(max_size=12), some.text(max_size=20), some.none() | some.text(max_size=20))
def test_an_id_is_safe_in_paths_and_on_command_lines(
    vendor: str, product: str, serial: str | None
) -> None:
    found = Identity(vendor, product, "R", serial).id
    assert set(found) <= SAFE
    assert not found.startswith("_") and not found.endswith("_")


def test_the_firmware_is_no_part_of_the_id() -> None:
    assert Identity("V", "P", "1.0", "S").id == Identity("V", "P", "2.0", "S").id


@pytest.mark.parametrize(
    ("vendor", "product", "name"),
    [("IBM", "3573-TL", "IBM 3573-TL"), ("", "L700", "L700"), ("STK", "", "STK"), ("", "", "")],
)
def test_a_library_has_a_name_for_people(vendor: str, product: str, name: str) -> None:
    assert Identity(vendor, product, "R", "S").name == name


def test_every_quirk_has_its_evidence_and_says_whose_it_is() -> None:
    for row in QUIRKS:
        assert row.evidence and row.name
        said = [value for value in (row.vendor, row.product, row.t10_vendor) if value]
        assert said, "a row for every model is no quirk"


def test_only_listed_models_answer_type_0() -> None:
    virtual = Identity("CHANGER", "VIRTUAL", "0100", "SIM1")
    assert has_quirk(ANSWERS_TYPE_ZERO, virtual)
    for other in (
        Identity("CHANGER", "AUTOLOADER", "0100", "SIM1"),
        Identity("STK", "VIRTUAL", "0100", "SIM1"),
        Identity("STK", "L700", "0107", "1"),
        Identity("IET", "VIRTUAL-CHANGER", "0001", "1"),
        Identity("", "", "", None),
    ):
        assert not has_quirk(ANSWERS_TYPE_ZERO, other)
    assert not has_quirk("no such quirk", virtual)


def test_a_quirk_can_be_known_by_who_made_the_target() -> None:
    imitates = Identity("STK", "L700", "0107", "1", t10_vendor="IET")
    assert has_quirk(ACCESS_NOT_REPORTED, imitates)
    assert not has_quirk(ACCESS_NOT_REPORTED, Identity("STK", "L700", "0107", "1"))
    assert not has_quirk(ACCESS_NOT_REPORTED, Identity("IET", "L700", "0107", "1"))
    assert not has_quirk(ANSWERS_TYPE_ZERO, imitates)
