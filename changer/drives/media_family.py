"""Media family of a cleaning cartridge and of a drive, and the cleanings of a new cartridge. Pure.

By the form of the bar code and the product name of the drive. LTO: CLNUnnCU is universal, CLNnnnL1
and the like are vendors'; some makers of labels print CLR for CLN. The media identifiers after L
count on with letters: LA is LTO-10.
"""

from __future__ import annotations

import re

from changer.library.media_labels import MediaFamily as MediaFamily

_CLEANINGS = {
    MediaFamily.LTO: 50,
    MediaFamily.ENTERPRISE: 50,
    MediaFamily.DLT: 20,
    MediaFamily.STK_9840: 100,
    MediaFamily.STK_9940: 100,
    MediaFamily.T10000: 50,
    MediaFamily.AIT: 50,
    MediaFamily.EXABYTE: 10,
}
_CLEANERS = (
    (re.compile(r"CL[NR]U..(CU|L[0-9A-Z])?"), MediaFamily.LTO),
    (re.compile(r"CL[NR]...(CU|C[0-9]|L[0-9A-Z])"), MediaFamily.LTO),
    (re.compile(r"CL[NR]...(S|D|V)[0-9]?"), MediaFamily.DLT),
    (re.compile(r"CL[NR]...J[A-Z]"), MediaFamily.ENTERPRISE),
)
_DRIVES = (
    (re.compile(r"ULT(RIUM|3580|3573)|LTO", re.IGNORECASE), MediaFamily.LTO),
    (re.compile(r"DLT", re.IGNORECASE), MediaFamily.DLT),
    (re.compile(r"03592|3592|TS11[0-9]{2}", re.IGNORECASE), MediaFamily.ENTERPRISE),
    (re.compile(r"EXB-8|MAMMOTH|VXA|8[29]00", re.IGNORECASE), MediaFamily.EXABYTE),
)


_LTO_GENERATION = re.compile(r"(?:ULTRIUM|LTO|TD|HH|FH)[ -]?([0-9]{1,2})(?![0-9])", re.IGNORECASE)


def may_be_lto_9(product: str | None) -> bool:
    """Whether a drive may be LTO-9, by its product identification; so for an unknown one."""
    if family_of_drive(product) not in (None, MediaFamily.LTO):
        return False
    generation = _LTO_GENERATION.search(product or "")
    return generation is None or generation[1] == "9"


def family_of_cleaner(volume_tag: str | None) -> MediaFamily | None:
    """Family by the bar code of a cleaning cartridge; None for an unknown form."""
    for form, family in _CLEANERS:
        if volume_tag is not None and form.fullmatch(volume_tag):
            return family
    return None


def family_of_drive(product: str | None) -> MediaFamily | None:
    """Family by the product identification of a drive (INQUIRY); None for an unknown one."""
    for form, family in _DRIVES:
        if product is not None and form.search(product):
            return family
    return None


def cleans_of(family: MediaFamily | None) -> int | None:
    """Cleanings of a new cleaning cartridge."""
    return None if family is None else _CLEANINGS[family]
