"""Codes of ATL, ADIC and Quantum, of the Scalars that others sell, and of Overland."""

from __future__ import annotations

from changer.smc.atlas.code_row import (
    CHANGED,
    EJECT_FIRST,
    FAILS_UNREADY,
    OFFLINE,
    REFUSED,
    STUCK,
    WAITS,
    element,
    sense,
)
from changer.smc.atlas.evidence import HP_ESL, IBM_TS3310, SAM, SUPERLOADER, sam_codes
from changer.smc.elements import ElementException
from changer.smc.makers import ATL_P, DLT_448, ESL9000, NEO, PX500, SUPERLOADER_3, TS3310, VIRTUAL

_NONE_THERE = "drive not installed"
_TS3310 = IBM_TS3310.at("table C-1")
_ADIC = sam_codes("adic1000")
_LOCK_448 = SAM.at("src/robots/generic/import2.c, lock_and_status_adic")
_ATL = sam_codes("acl452, acl2640, atlp3000")
_NEO = sam_codes("odi_neo, atl1500, quantumc4")
_C4 = sam_codes("quantumc4")

ROWS = (
    # SuperLoader 3
    sense("2/29/02", "it initializes itself", SUPERLOADER_3, SUPERLOADER.at("page 3"), WAITS),
    # ATL P series and ACL; HP ESL9000
    sense("2/80/00", "door open", ATL_P + ESL9000, _ATL, OFFLINE),
    sense("6/80/00", "door open", ATL_P + ESL9000, _ATL, CHANGED),
    sense("6/80/08", "offline", ATL_P, _ATL),
    sense("2/80/07", "stopped at its panel", ATL_P, _ATL, OFFLINE),
    sense("2/80/09", "offline", ATL_P, _ATL, OFFLINE),
    sense("2/5A/01", "", ATL_P, _ATL, WAITS),
    sense("B/8C/07", "the cartridge is not loaded correctly", ATL_P, sam_codes("acl2640")),
    element(
        "80/01",
        "the drive requires cleaning",
        ESL9000 + ATL_P + VIRTUAL,
        HP_ESL.at("table 26"),
        ElementException.CLEANING_REQUESTED,
    ),
    # Overland NEO, ATL M1500 and M2500, Quantum PX500
    sense("2/80/00", "door open", NEO, _NEO, OFFLINE),
    sense("2/80/01", "a menu is open at its panel", NEO, _NEO, WAITS),
    sense("2/80/02", "door open", PX500, _C4, OFFLINE),
    sense("2/04/00", "", PX500, _C4, FAILS_UNREADY),
    sense("3B/80", "the picker is full", PX500, _C4),
    sense("5/15/01", "mechanical positioning error", NEO, _NEO, STUCK),
    sense("5/83/10", "hardware failure", NEO, _NEO, STUCK),
    # Scalar; IBM TS3310, Dell PV-136T and ML6000
    sense("2/04/83", "door open", TS3310, _ADIC, OFFLINE),
    sense(
        "5/53/01",
        "the drive has not ejected its cartridge",
        TS3310,
        _TS3310,
        EJECT_FIRST,
        not_ejected=True,
    ),
    sense("5/53/81", "I/O station open", TS3310, _TS3310 + _ADIC, OFFLINE),
    sense("2/04/82", "mail slots open", DLT_448, _LOCK_448, OFFLINE),
    sense("53/82", "the I/O station can't be locked", TS3310, _TS3310),
    sense("53/83", "the I/O station can't be unlocked", TS3310, _TS3310),
    sense("5/83/04", _NONE_THERE, TS3310, _TS3310, REFUSED),
    sense("5/83/05", "the drive is varied off", TS3310, _TS3310, REFUSED),
    element(
        "83/00",
        "bar code label too short or too long",
        TS3310,
        _TS3310,
        ElementException.LABEL_UNREADABLE,
    ),
    element(
        "83/02",
        "bar code label questionable",
        TS3310,
        _TS3310 + _ADIC,
        ElementException.LABEL_QUESTIONABLE,
    ),
    element(
        "83/03",
        "label and occupancy questionable",
        TS3310,
        _TS3310,
        ElementException.CONTENTS_UNKNOWN,
    ),
    element("83/04", _NONE_THERE, TS3310, _TS3310, ElementException.NO_DRIVE),
    element("83/05", "the drive is varied off", TS3310, _TS3310, ElementException.ABSENT),
)
