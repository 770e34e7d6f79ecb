"""Families of tape media, by their names and by the labels of cleaning cartridges. Pure.

A label is a volume of six characters and a media identifier of none to two. What the identifier of
a cleaning cartridge is, by family:

LTO     CU universal, C1 to C3 makers'; L and a digit or letter as IBM and Spectra label them (LA is
        LTO-10). CLNUnn is universal whatever follows (Scalar i40, user's guide, page 164), and says
        so without an identifier too. C1 to C9 and CU make a cleaner of any volume (same page).
3592    J and a letter.
DLT     S, D or V, and a digit or none (SDLT: S, S1 to S4: SL500, interface reference, page 195).
9840    U; Y for T9840D. 9940 W. T10000 CT, CC, CL. (ACSLS's media types STK1U, STK1Y, STK2W,
        T10000CT, T10000CC and T10000CL, as SAM-QFS has them: src/robots/stk/init.c.)

AIT and 8 mm have none that a source vouches for: a person names these (``cleaner_family``).
"""

from __future__ import annotations

import re

from changer.smc.atlas.media import MediaFamily

_ALSO_CALLED = {"SDLT": MediaFamily.DLT, "SAIT": MediaFamily.AIT}

_UNIVERSAL = re.compile(r"CL[NR]U[0-9A-Z]{2}(CU|C[0-9]|L[0-9A-Z])?")
_OWN_IDENTIFIER = re.compile(r"[0-9A-Z]{6}C[1-9U]")
_VOLUME = re.compile(r"(?:CL[NR](?!U)[0-9A-Z]{3}|CLEAN[0-9A-Z])([0-9A-Z]{1,2})")
_IDENTIFIERS = (
    (re.compile(r"CU|C[0-9]|L[0-9A-Z]"), MediaFamily.LTO),
    (re.compile(r"J[A-Z]"), MediaFamily.ENTERPRISE),
    (re.compile(r"[SDV][0-9]?"), MediaFamily.DLT),
    (re.compile(r"[UY]"), MediaFamily.STK_9840),
    (re.compile(r"W"), MediaFamily.STK_9940),
    (re.compile(r"C[TCL]"), MediaFamily.T10000),
)


def family_of_label(volume_tag: str | None) -> MediaFamily | None:
    """The family of a cleaning cartridge by its label alone; None for an unknown form."""
    tag = volume_tag or ""
    if _UNIVERSAL.fullmatch(tag) or _OWN_IDENTIFIER.fullmatch(tag):
        return MediaFamily.LTO
    volume = _VOLUME.fullmatch(tag)
    if volume is None:
        return None
    return next((family for form, family in _IDENTIFIERS if form.fullmatch(volume[1])), None)


def family_named(name: str) -> MediaFamily | None:
    """The family that a person names, in any case, with or without its blank; None for no name."""
    plain = name.replace(" ", "").upper()
    names = {each.value.replace(" ", "").upper(): each for each in MediaFamily}
    return (names | _ALSO_CALLED).get(plain)
