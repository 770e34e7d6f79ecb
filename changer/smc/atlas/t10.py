"""Codes of T10's list in an element descriptor, whoever made the library."""

from __future__ import annotations

from changer.smc.atlas.code_row import element
from changer.smc.atlas.evidence import ATL_P3000, DELL_TL, SMC_3, WDK
from changer.smc.elements import ElementException

_DESCRIPTORS = SMC_3.at("element descriptors; ASC and ASCQ assignments")

ROWS = (
    element("00/00", "", (), WDK.at(), ElementException.INFORMATIONAL),
    element("00/17", "", (), DELL_TL.at("table C-1"), ElementException.CLEANING_REQUESTED),
    element("30/03", "", (), _DESCRIPTORS, ElementException.CLEANER),
    element("3B/11", "", (), _DESCRIPTORS, ElementException.ABSENT),
    element("3B/12", "", (), _DESCRIPTORS, ElementException.ABSENT),
    element("3B/18", "", (), _DESCRIPTORS, ElementException.ABSENT),
    element("3B/1A", "", (), _DESCRIPTORS, ElementException.NO_DRIVE),
    element("53/08", "", (), _DESCRIPTORS, ElementException.CONTENTS_UNKNOWN),
    # A cleaning cartridge that is used up.
    element("5A/01", "", (), ATL_P3000.at("page 104"), ElementException.CLEANER),
    # Of wear, not of contents.
    element("5D/", "", (), _DESCRIPTORS, ElementException.INFORMATIONAL),
)
