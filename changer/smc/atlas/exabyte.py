"""Codes of Exabyte, of Tandberg, which made its libraries after 2006, and of Metrum."""

from __future__ import annotations

from changer.smc.atlas.code_row import EJECT_FIRST, OFFLINE, REFUSED, STOPPED, element, sense
from changer.smc.atlas.evidence import MAGNUM_1X7, MAGNUM_224, SAM, SLR_LOADER, sam_codes
from changer.smc.elements import ElementException
from changer.smc.makers import (
    EXABYTE,
    EXB_210,
    MAGNUM,
    METRUM,
    METRUM_D360,
    OTHERS_210,
    SLR,
    TANDBERG,
    VIRTUAL,
)

_NO_DRIVE, _NO_LABEL = ElementException.NO_DRIVE, ElementException.LABEL_UNREADABLE
_OUT_IF_EMPTY = ElementException.ABSENT_IF_EMPTY
_LOADED = "the drive has not ejected its cartridge"
_NONE_THERE = "drive not installed"
_MAGNUM_SENSE = MAGNUM_1X7.at("tables 11-5 and 19-2") + MAGNUM_224.at()
_MAGNUM_ELEMENTS = MAGNUM_1X7.at("table A-2") + MAGNUM_224.at()
_SLR = SLR_LOADER.at("page 2-44")
_EXB_210 = sam_codes("exb210")

ROWS = (
    sense("2/04/83", "door open", MAGNUM, _MAGNUM_SENSE, OFFLINE),
    sense("2/04/83", "door open", OTHERS_210, _EXB_210, OFFLINE),
    sense("2/04/83", "door open", METRUM, sam_codes("metd28, metd360"), OFFLINE),
    sense("2/04/89", "operated from its console", MAGNUM, _MAGNUM_SENSE, OFFLINE),
    sense("2/04/89", "in a mode that takes no commands", OTHERS_210, _EXB_210, OFFLINE),
    sense("2/04/8D", "offline, or operated from its panel", MAGNUM, _MAGNUM_SENSE, OFFLINE),
    sense("2/04/8D", "in a mode that takes no commands", OTHERS_210, _EXB_210, OFFLINE),
    sense("2/04/8E", "in sequential mode", MAGNUM + OTHERS_210, _MAGNUM_SENSE + _EXB_210, OFFLINE),
    sense("4/40/88", "door open", EXB_210, _EXB_210 + sam_codes("exbx80"), STOPPED),
    sense("4/15/87", "the picker did not get the cartridge", METRUM_D360, sam_codes("metd360")),
    # refusals of a move
    sense("3B/87", "the cartridge is stuck in the drive", MAGNUM, _MAGNUM_SENSE),
    sense("5/3B/90", _LOADED, MAGNUM, _MAGNUM_SENSE, EJECT_FIRST, not_ejected=True),
    sense("5/80/03", "source element not installed", SLR, _SLR, REFUSED),
    sense("5/80/04", "destination element not installed", SLR, _SLR, REFUSED),
    sense("5/80/05", "the source drive is not installed", MAGNUM, _MAGNUM_SENSE, REFUSED),
    sense("5/80/06", "the destination drive is not installed", MAGNUM, _MAGNUM_SENSE, REFUSED),
    sense("5/83/04", _NONE_THERE, MAGNUM, _MAGNUM_SENSE + _SLR, REFUSED),
    # elements
    element(
        "83/00",
        "bar code label questionable",
        MAGNUM,
        _MAGNUM_ELEMENTS,
        ElementException.LABEL_QUESTIONABLE,
    ),
    element("83/01", "bar code label unreadable", MAGNUM, _MAGNUM_ELEMENTS + _SLR, _NO_LABEL),
    element("83/02", "magazine not installed", TANDBERG + VIRTUAL, _SLR, _OUT_IF_EMPTY),
    element(
        "83/02",
        "magazine not installed",
        METRUM,
        SAM.at("src/robots/generic/element2.c"),
        _OUT_IF_EMPTY,
    ),
    element(
        "83/03",
        "label and occupancy questionable",
        MAGNUM,
        _MAGNUM_ELEMENTS,
        ElementException.CONTENTS_UNKNOWN,
    ),
    element("83/04", _NONE_THERE, MAGNUM, _MAGNUM_ELEMENTS + _SLR, _NO_DRIVE),
    element("83/08", "bar code label problem", MAGNUM, _MAGNUM_ELEMENTS, _NO_LABEL),
    element("83/09", "no bar code label", MAGNUM, _MAGNUM_ELEMENTS + _SLR, _NO_LABEL),
    element("83/0A", "the bar code reader has failed", MAGNUM, _MAGNUM_ELEMENTS, _NO_LABEL),
    sense("83/10", "the element is in error", SLR, _SLR),
    # hardware
    *(
        sense(code, "no communication with the drive", EXABYTE, MAGNUM_1X7.at("page A-11"))
        for code in ("87/21", "87/23", "87/24")
    ),
)
