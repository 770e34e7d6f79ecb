"""Codes of IBM, and of Dell's libraries that bear IBM's names."""

from __future__ import annotations

from changer.smc.atlas.code_row import (
    BUSY,
    EJECT_FIRST,
    LOADED_ALREADY,
    OFFLINE,
    REFUSED,
    WAITS,
    element,
    sense,
)
from changer.smc.atlas.evidence import DELL_TL, IBM_TS3400, IBM_TS4500, SAM, sam_codes
from changer.smc.elements import ElementException
from changer.smc.makers import MAGSTAR, TL, TS3400, TS3500, VIRTUAL

_LOADED = "the drive has not ejected its cartridge"
_NONE_THERE = "drive not installed"
_DELL = DELL_TL.at("tables of sense codes")
_DELL_ELEMENTS = DELL_TL.at("pages 71-75; user's guide, table C-1")
_3584 = sam_codes("ibm3584")
_3570 = sam_codes("ibm3570c")

ROWS = (
    # TS3100 and TS3200; Dell TL2000 and TL4000
    sense("2/04/83", "door open", TL, _DELL, OFFLINE),
    sense("2/04/85", "firmware upgrade or pause", TL + VIRTUAL, _DELL, WAITS),
    sense("2/04/87", "the drive is not enabled", TL, _DELL, REFUSED),
    sense("2/04/88", "the drive is busy", TL, _DELL, BUSY),
    sense("2/04/89", "the drive is not empty", TL, _DELL, LOADED_ALREADY),
    sense("04/9A", "the drive's Fibre Channel link is down", TL, _DELL),
    sense("2/04/8D", "offline, or operated from its panel", TL, _DELL, OFFLINE),
    sense("2/04/8E", "in sequential mode", TL, _DELL, OFFLINE),
    sense("3B/A0", "the picker is full", TL + VIRTUAL, _DELL),
    sense("5/3B/81", "the cartridge is of another partition", TL, _DELL, REFUSED),
    sense("44/80", "its controller is in a bad state", TL, _DELL),
    sense("5/44/81", "the source is not ready", TL, _DELL, EJECT_FIRST, not_ejected=True),
    sense("44/82", "the destination is not ready", TL, _DELL),
    sense("44/83", "its elements can't be reserved for the move", TL, _DELL),
    sense("44/84", "wrong type of drive", TL, _DELL),
    sense("44/85", "its robot controller refused the request", TL, _DELL),
    sense("44/86", "its robot is not initialized", TL, _DELL),
    element(
        "30/83",
        "cleaning cartridge without bar code label",
        TL + VIRTUAL,
        _DELL_ELEMENTS,
        ElementException.CLEANER,
    ),
    element(
        "83/00", "element not scanned yet", TL, _DELL_ELEMENTS, ElementException.CONTENTS_UNKNOWN
    ),
    element("83/01", "no bar code label", TL, _DELL_ELEMENTS, ElementException.LABEL_UNREADABLE),
    # TS3400
    sense("5/3B/83", _LOADED, TS3400, IBM_TS3400.at("table 1-8"), EJECT_FIRST, not_ejected=True),
    # TS3500 and TS4500
    sense("2/04/83", "the library is not set up", TS3500, _3584, OFFLINE),
    sense("2/04/84", "I/O station open", TS3500, _3584, OFFLINE),
    sense("2/04/85", "door open", TS3500, _3584, OFFLINE),
    sense("3B/80", "the picker is full", TS3500, _3584),
    sense("5/3B/81", "it belongs to another logical library", TS3500, _3584, REFUSED),
    sense("5/3B/82", _NONE_THERE, TS3500, IBM_TS4500.at("mode page 1Dh"), REFUSED),
    element(
        "3B/82", _NONE_THERE, TS3500, IBM_TS4500.at("mode page 1Dh"), ElementException.NO_DRIVE
    ),
    element(
        "82/00",
        _NONE_THERE,
        TS3500,
        SAM.at("src/robots/generic/element2.c, populate_drives"),
        ElementException.NO_DRIVE,
    ),
    # 3570
    sense("2/04/85", "door open", MAGSTAR, _3570, WAITS),
    sense("2/04/8D", "in a mode that takes no commands", MAGSTAR, _3570, OFFLINE),
    sense("2/04/8E", "in a mode that takes no commands", MAGSTAR, _3570, OFFLINE),
)
