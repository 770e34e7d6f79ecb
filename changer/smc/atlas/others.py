"""Codes of HP and BDT, Spectra, Qualstar, Sony and Fujitsu."""

from __future__ import annotations

from changer.smc.atlas.code_row import EJECT_FIRST, FAILS, OFFLINE, WAITS, sense
from changer.smc.atlas.evidence import sam_codes
from changer.smc.makers import BDT, C7200, CSM_20S, FUJITSU, QUALSTAR, SONY, SPECTRA_9000, SPECTRA_T

_SLXX, _C7200, _SONY = sam_codes("hpslxx"), sam_codes("hp_c7200"), sam_codes("sonydms")
_SPECLOG, _QUALSTAR = sam_codes("speclog"), sam_codes("qual82xx")
_CSM = sam_codes("sonycsm")
_FUJITSU = sam_codes("fujitsu_nm")
_LOADED = "the drive has not ejected its cartridge"
_NEEDS_OPERATOR = "needs an operator"

ROWS = (
    # HP MSL G3, BDT
    sense("2/04/83", "door open", BDT, _SLXX, OFFLINE),
    sense("3/30/03", "", BDT, _SLXX, WAITS),
    sense("3B/A0", "the picker is full", BDT, _SLXX),
    # HP C7200
    sense("2/3A/02", "door open", C7200, _C7200, OFFLINE),
    sense("2/3A/80", "door open", C7200, _C7200, OFFLINE),
    # Spectra: 9000 and 10000 have a sense key of their own
    sense("2/04/83", "door open", SPECTRA_9000, _SPECLOG, OFFLINE),
    sense("2/04/84", "door open", SPECTRA_9000, _SPECLOG, OFFLINE),
    *(
        sense(f"4/85/{ascq}", _NEEDS_OPERATOR, SPECTRA_9000, _SPECLOG)
        for ascq in ("01", "0C", "0E", "0F", "18", "19", "21", "25")
    ),
    sense("9/13/00", "bar code label unreadable", SPECTRA_9000, _SPECLOG, FAILS),
    sense("9/83/01", "bar code label unreadable", SPECTRA_9000, _SPECLOG, FAILS),
    sense("9/83/02", "the cartridge is reserved", SPECTRA_9000, _SPECLOG, FAILS),
    sense("9/84/08", "busy with a task of its own", SPECTRA_9000, _SPECLOG, WAITS),
    sense("2/04/83", "door open", SPECTRA_T, sam_codes("spcpyth"), OFFLINE),
    sense("6/28/01", "door opened", SPECTRA_T, sam_codes("spcpyth")),
    # Qualstar
    sense("2/04/82", "mail slots open", QUALSTAR, _QUALSTAR, OFFLINE),
    sense("2/04/83", "door open", QUALSTAR, _QUALSTAR, OFFLINE),
    sense("2/04/85", "door open", QUALSTAR, _QUALSTAR, OFFLINE),
    # Sony DMS and PetaSite
    sense("2/04/83", "door open", SONY, _SONY, OFFLINE),
    sense("2/04/84", "emergency stop", SONY, _SONY, OFFLINE),
    sense("2/04/8D", "in test mode", SONY, _SONY, OFFLINE),
    sense("2/04/8E", "in sequential mode", SONY, _SONY, OFFLINE),
    sense("2/04/80", "not ready yet", CSM_20S, _CSM, WAITS),
    sense("2/80/71", "door open", CSM_20S, _CSM, OFFLINE),
    sense("2/80/7B", "door open", CSM_20S, _CSM, OFFLINE),
    # Fujitsu LT250 and LT270
    *(
        sense(f"2/04/{ascq}", _NEEDS_OPERATOR, FUJITSU, _FUJITSU, OFFLINE)
        for ascq in ("82", "83", "84", "C2", "C3", "C4")
    ),
    sense("2/3B/11", "", FUJITSU, _FUJITSU, WAITS),
    sense("2/53/02", "", FUJITSU, _FUJITSU, WAITS),
    sense("5/3A/00", _LOADED, FUJITSU, _FUJITSU, EJECT_FIRST, not_ejected=True),
)
