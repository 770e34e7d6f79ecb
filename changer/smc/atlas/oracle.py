"""Codes of StorageTek, Sun and Oracle, and of ADIC's FastStor, which has StorageTek's."""

from __future__ import annotations

from changer.smc.atlas.code_row import BUSY_OR_OFFLINE, EJECT_FIRST, OFFLINE, REFUSED, WAITS, sense
from changer.smc.atlas.evidence import STK_SL150, sam_codes
from changer.smc.makers import SL150, SL3000, STK, STK_L

_STKLXX, _SL3000 = sam_codes("stklxx"), sam_codes("stksl3000")
# Its other port is busy with a command of the library, which may take as long as a motion.
_BOTH_PORTS = STK_SL150.at("chapter 2, running on both ports: reissue the command")

ROWS = (
    sense("0/00/16", "its other port is busy", SL150, _BOTH_PORTS, WAITS),
    sense("2/04/12", "offline, or its other port is busy", SL150, _BOTH_PORTS, BUSY_OR_OFFLINE),
    sense("B/08/00", "its other port is busy", SL150, _BOTH_PORTS, WAITS),
    sense("2/04/81", "in maintenance mode", STK, _STKLXX + _SL3000, OFFLINE),
    sense("2/3A/02", "mail slots open", STK_L, _STKLXX, OFFLINE),
    sense("2/3A/02", "mail slots open", SL3000, _SL3000, OFFLINE),
    sense(
        "5/3A/00",
        "the drive has not ejected its cartridge",
        STK_L + SL3000,
        _STKLXX + _SL3000,
        EJECT_FIRST,
        not_ejected=True,
    ),
    sense("4/40/01", "hardware failure", SL3000, _SL3000),
    sense("4/40/02", "the drive has failed", SL3000, _SL3000),
    sense("4/40/03", "the mail slots' hardware has failed", SL3000, _SL3000),
    sense("9/3B/1A", "drive not installed", SL3000, _SL3000, REFUSED),
)
