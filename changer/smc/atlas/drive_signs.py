"""What tape drives say of cleaning in their own way, and other habits, with who says so.

What T10 has for all of them (log pages 0Ch, 11h and 2Eh, sense codes 30/xx) is where it is read.
"""

from __future__ import annotations

from changer.smc.atlas.drive_row import (
    CleaningBit,
    CleaningCode,
    CleaningPage,
    CleaningSign,
    DriveHabit,
    DriveHabitRow,
)
from changer.smc.atlas.drives import (
    AIT,
    DLT,
    EXABYTE_8MM,
    HALF_LTO,
    HP_LTO,
    IBM_LTO,
    LTO_DRIVES,
    OEM_LTO,
    QUANTUM_LTO,
    SAIT,
    SDLT,
    T10000,
    TZ877,
)
from changer.smc.atlas.evidence import (
    CAPTURES,
    DLT_7000,
    DLT_8000,
    DLT_S4,
    EXB_8505,
    LTFS,
    LTO_HP4,
    REMANENCE,
    SAM,
    SDLT_320,
    SDLT_600,
    SDX_900V,
    SDX_1100V,
    SMC_3,
    T10000_GUIDE,
    TS4300_GUIDE,
)
from changer.smc.sense import SenseKey

_TAPE = SAM.at("src/lib/samfs/tape.c, check_cleaning_error")
_TAPE_2 = SAM.at("src/lib/samfs/tape2.c, tapeclean")
_LTFS_IBM = LTFS.at("src/tape_drivers/ibm_tape.c, ibm_tape_errors")
_LTFS_HP = LTFS.at("src/tape_drivers/hp_tape.c, hp_tape_errors")
_LTFS_QUANTUM = LTFS.at("src/tape_drivers/quantum_tape.c, quantum_tape_errors")

_OF_IBM = (IBM_LTO, OEM_LTO, HALF_LTO)
_DLT_DRIVES = (DLT, SDLT, TZ877)

CLEANING_CODES = (
    CleaningCode(
        None, 0x00, 0x17, CleaningSign.REQUESTED, (), SMC_3.at("ASC and ASCQ assignments") + _TAPE
    ),
    CleaningCode(
        SenseKey.NO_SENSE,
        0x82,
        0x82,
        CleaningSign.REQUESTED,
        (*_OF_IBM, HP_LTO, QUANTUM_LTO),
        _LTFS_IBM + _LTFS_HP + _LTFS_QUANTUM,
    ),
    CleaningCode(
        SenseKey.RECOVERED_ERROR,
        0x83,
        0x83,
        CleaningSign.CLEANED,
        (*_OF_IBM, QUANTUM_LTO),
        _LTFS_IBM + _LTFS_QUANTUM,
    ),
    CleaningCode(
        None,
        0x80,
        0x01,
        CleaningSign.REQUESTED,
        _DLT_DRIVES,
        CAPTURES.at("dlt1-sense-lkml-2002") + _TAPE,
    ),
    CleaningCode(None, 0x80, 0x02, CleaningSign.REQUESTED, _DLT_DRIVES, _TAPE),
)
CLEANING_BITS = (
    CleaningBit(21, 0x08, (EXABYTE_8MM,), EXB_8505.at("chapter 4") + _TAPE),
    CleaningBit(26, 0x08, (AIT, SAIT), SDX_900V.at("page 6-88") + SDX_1100V.at() + _TAPE),
)
CLEANING_PAGES = (
    CleaningPage(
        0x3E,
        0x0001,
        0x04,
        0x02,
        _DLT_DRIVES,
        DLT_7000.at("page 5-64")
        + DLT_8000.at("pages 5-67 and 5-70")
        + SDLT_600.at("page 4-66")
        + DLT_S4.at("pages 93-96")
        + _TAPE_2,
    ),
    # A DLT 8000's page 33h is another one.
    CleaningPage(0x33, 0x0005, 0x80, 0x00, (AIT,), _TAPE_2),
    CleaningPage(0x33, 0x000B, 0x80, 0x00, (SAIT,), _TAPE_2),
)
DRIVE_HABITS = (
    DriveHabitRow(DriveHabit.CALIBRATES, LTO_DRIVES, TS4300_GUIDE.at("page 50"), generations=(9,)),
    DriveHabitRow(
        DriveHabit.REPORTS_ADDRESS,
        (HP_LTO,),
        REMANENCE.at("VPD page 00h of four drives has B4h"),
        generations=(7, 9),
    ),
    DriveHabitRow(
        DriveHabit.ASKS_WITHOUT_ALERT,
        (HP_LTO,),
        CAPTURES.at("hp-ultrium-7-remanence, hp-ultrium-7-empty-remanence"),
        generations=(7,),
    ),
    DriveHabitRow(DriveHabit.ALERTS_LATE, (SDLT,), SDLT_320.at("page 2-26")),
    DriveHabitRow(DriveHabit.EJECTS_CLEANER, (HP_LTO,), LTO_HP4.at("page 47"), generations=(4,)),
    DriveHabitRow(DriveHabit.REJECTS_SPENT, (HP_LTO,), LTO_HP4.at("page 47"), generations=(4,)),
    DriveHabitRow(DriveHabit.REJECTS_SPENT, (T10000,), T10000_GUIDE.at("page 30")),
)
