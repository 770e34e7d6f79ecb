"""Choices of a profile: how a library answers where makers differ."""

from __future__ import annotations

from enum import StrEnum


class MagazineOut(StrEnum):
    """Report of the elements of a magazine that is out."""

    OMITTED = "omitted"
    DISABLED = "ed"
    NOT_ACCESSIBLE = "access-0"
    EXCEPT_3B11 = "3B/11"
    EXCEPT_3B12 = "3B/12"
    EXCEPT_8302 = "83/02"


class VolumeTags(StrEnum):
    """Reply to VOLTAG=1."""

    REPORTED = "reported"
    BLANK = "blank"
    IGNORED = "ignored"
    REFUSED = "refused"


class AlternateTags(StrEnum):
    """AVOLTAG: not set; set, with the field; set without it; so on drives alone, VOLTAG or not.

    mhVTL does the last, for models whose drive identifiers are serial numbers alone.
    """

    NONE = "none"
    FIELD = "field"
    FLAG_ONLY = "flag-only"
    DRIVES_FLAG = "drives-flag"


class Identifiers(StrEnum):
    """Reply to DVCID=1."""

    REPORTED = "reported"
    ALWAYS = "always"
    DRIVES_ONLY = "drives-only"
    NOT_WITH_VOLTAG = "not-with-voltag"
    REFUSED = "refused"


class Unmatched(StrEnum):
    """Reply where no element meets the request; SMC-3 wants an empty report."""

    EMPTY = "empty"
    BAD_ADDRESS = "21/01"
    INVALID_FIELD = "24/00"
