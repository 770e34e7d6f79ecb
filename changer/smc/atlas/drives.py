"""Tape drives by the product identification in their INQUIRY data: formats and generations.

By the product alone: other companies sell the same drives under their own vendor identification.
"""

from __future__ import annotations

from changer.smc.atlas.drive_row import DriveKind
from changer.smc.atlas.evidence import (
    CAPTURES,
    DLT_8000,
    HPE_LTFS,
    LTFS,
    LTO_HP4,
    MHVTL,
    SAM,
    SDX_900V,
    VIPER_200,
    VXA_2,
    VXA_3,
)
from changer.smc.atlas.media import MediaFamily

_INQUIRY = SAM.at("src/conf/inquiry.conf")
_LTFS_IBM = LTFS.at("src/tape_drivers/ibm_tape.c")

IBM_LTO = DriveKind(
    "IBM LTO",
    r"ULT35\d\d-(?:TD|HH)(A|\d{1,2})",
    MediaFamily.LTO,
    CAPTURES.at("ibm-ult3580-hh8-rutbs4, ibm-ult3580-td1-lkml-2004") + _LTFS_IBM,
)
OEM_LTO = DriveKind(
    "LTO of IBM or Quantum",
    r"ULTRIUM-(?:TD|HH)(A|\d{1,2})",
    MediaFamily.LTO,
    CAPTURES.at("ibm-ultrium-td3-rutbs4") + _LTFS_IBM + LTFS.at("src/tape_drivers/quantum_tape.c"),
)
HALF_LTO = DriveKind("IBM LTO", r"HH LTO GEN (A|\d{1,2})", MediaFamily.LTO, _LTFS_IBM)
HP_LTO = DriveKind(
    "HP or HPE LTO",
    r"ULTRIUM (\d{1,2})-SCSI",
    MediaFamily.LTO,
    CAPTURES.at("hp-ultrium-7-remanence, hpe-ultrium-9-remanence, hp-ultrium-1-lkml-2004")
    + LTFS.at("src/tape_drivers/hp_tape.c"),
)
QUANTUM_LTO = DriveKind(
    "Quantum LTO",
    r"ULTRIUM (\d{1,2})$",
    MediaFamily.LTO,
    HPE_LTFS.at("ltotape_supdevs.h") + LTFS.at("src/tape_drivers/quantum_tape.c"),
)
TANDBERG_LTO = DriveKind(
    "Tandberg LTO",
    r"^LTO-?(\d{1,2})",
    MediaFamily.LTO,
    HPE_LTFS.at("ltotape_supdevs.h") + LTFS.at("issues 271 and 441"),
)
VIPER_LTO = DriveKind(
    "Seagate Viper 200",
    r"ULTRIUM06242",
    MediaFamily.LTO,
    VIPER_200.at("page 95") + _INQUIRY,
    generation=1,
)
# HP: the first eight characters tell the technology, whatever follows.
SOME_LTO = DriveKind("LTO", r"ULTRIUM", MediaFamily.LTO, LTO_HP4.at("page 16"))
LTO_DRIVES = (
    *(IBM_LTO, OEM_LTO, HALF_LTO, HP_LTO),
    *(QUANTUM_LTO, TANDBERG_LTO, VIPER_LTO, SOME_LTO),
)

IBM_3592 = DriveKind(
    "IBM 3592 (TS1120 to TS1170)", r"0?3592", MediaFamily.ENTERPRISE, _LTFS_IBM + _INQUIRY
)
DLT = DriveKind("DLT", r"(?<!S)(?<!SUPER)DLT", MediaFamily.DLT, _INQUIRY + DLT_8000.at())
SDLT = DriveKind("SDLT", r"SDLT|SUPERDLT", MediaFamily.DLT, _INQUIRY)
TZ877 = DriveKind("DEC TZ877 (DLT)", r"TZ877", MediaFamily.DLT, _INQUIRY)
STK_9840 = DriveKind("StorageTek 9840", r"9840", MediaFamily.STK_9840, _INQUIRY)
STK_9940 = DriveKind("StorageTek 9940", r"9940", MediaFamily.STK_9940, _INQUIRY)
T10000 = DriveKind("StorageTek T10000", r"T10000", MediaFamily.T10000, _INQUIRY)
AIT = DriveKind(
    "Sony AIT",
    r"SDX-?\d",
    MediaFamily.AIT,
    SDX_900V.at() + _INQUIRY + MHVTL.at("usr/cmd/vtltape.c"),
)
SAIT = DriveKind("Sony SAIT", r"SDZ-?\d", MediaFamily.AIT, _INQUIRY)
EXABYTE_8MM = DriveKind("Exabyte 8 mm", r"EXB-?8|MAMMOTH", MediaFamily.EXABYTE, _INQUIRY)
VXA = DriveKind("VXA", r"VXA-?\d", MediaFamily.EXABYTE, VXA_2.at() + VXA_3.at())

DRIVES = (
    *LTO_DRIVES,
    *(IBM_3592, DLT, SDLT, TZ877, STK_9840, STK_9940, T10000),
    *(AIT, SAIT, EXABYTE_8MM, VXA),
)
