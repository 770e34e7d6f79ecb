"""Families of tape media, by their names and by the labels of cleaning cartridges. Pure."""

from __future__ import annotations

from enum import StrEnum


class MediaFamily(StrEnum):
    """Tape formats whose drives take each other's cleaning cartridges; the value is its name."""

    LTO = "LTO"
    ENTERPRISE = "3592"
    DLT = "DLT"
    STK_9840 = "9840"
    STK_9940 = "9940"
    T10000 = "T10000"
    AIT = "AIT"
    EXABYTE = "8 mm"


_ALSO_CALLED = {"SDLT": MediaFamily.DLT, "SAIT": MediaFamily.AIT}


def family_named(name: str) -> MediaFamily | None:
    """The family that a person names, in any case, with or without its blank; None for no name."""
    plain = name.replace(" ", "").upper()
    names = {each.value.replace(" ", "").upper(): each for each in MediaFamily}
    return (names | _ALSO_CALLED).get(plain)
