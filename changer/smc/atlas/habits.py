"""Habits: what models do in their own way beside sense codes, where the program heeds it.

Imported where one matters. Those that matter whenever a library is opened are ``library.model``'s.
"""

from __future__ import annotations

from enum import Enum

from changer.smc.atlas.evidence import IBM_DTL, SAM, SL500_INTERFACE, STK_SL3000, Sources
from changer.smc.elements import Model
from changer.smc.makers import (
    BDT,
    C7200,
    FUJITSU,
    NEO_ALONE,
    P_SERIES,
    PX500,
    QUALSTAR,
    SCALAR,
    SL500,
    SL3000,
    SL3000_ALONE,
    SONY,
    SPECTRA_9000,
    SPECTRA_T,
    TS3500,
    X80,
    Makers,
)
from changer.values import NamedTuple


class Habit(Enum):
    """A habit, and what the program does about it."""

    SCANS_NO_RANGE = "it takes no inventory of a range, so all of it is scanned"
    SCANS_NOTHING = "it answers an inventory of everything without looking, which is said"
    EXCHANGE_FAILS = "an exchange is refused, although its mode page 1Fh offers it"
    IMPEXP_NOT_KEPT = "IMPEXP=0 does not mean that its robot put a cartridge into a mail slot"
    ALLOWS_FOR_ALL = "any host's unlock ends the lock of every host, which is said"
    MARKS_CLEANERS = "a cleaning cartridge goes to a drive with bit 6 of the control byte"
    LABELS_AFTER_SCAN = "labels may be missing until an inventory, which is said"

    @property
    def slug(self) -> str:
        """Its name for people: ``scans-no-range``."""
        return self.name.lower().replace("_", "-")


class HabitRow(NamedTuple):
    """A row: a habit of these makers' libraries."""

    habit: Habit
    makers: Makers
    evidence: Sources

    def fits(self, model: Model) -> bool:
        """Whether the row is for this model."""
        return any(each.made(model) for each in self.makers)


_ELEMENT = SAM.at("src/robots/generic/element.c, status_element_range")
_IMPORT = SAM.at("src/robots/generic/import2.c, process_multi_import")

HABITS = (
    HabitRow(Habit.SCANS_NO_RANGE, C7200 + FUJITSU + SL3000 + PX500, _ELEMENT),
    HabitRow(Habit.SCANS_NOTHING, TS3500, IBM_DTL.at("INITIALIZE ELEMENT STATUS")),
    HabitRow(Habit.SCANS_NOTHING, SL500, SL500_INTERFACE.at("page 90")),
    HabitRow(Habit.EXCHANGE_FAILS, QUALSTAR, SAM.at("src/robots/generic/transport.c, exchange")),
    HabitRow(Habit.IMPEXP_NOT_KEPT, SONY, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, P_SERIES, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, SCALAR, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, NEO_ALONE + PX500, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, TS3500, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, X80, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, BDT, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, FUJITSU, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, SL500 + SL3000, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, SPECTRA_T, _IMPORT),
    HabitRow(Habit.ALLOWS_FOR_ALL, SL3000_ALONE, STK_SL3000.at("chapter 2")),
    HabitRow(
        Habit.MARKS_CLEANERS, SPECTRA_9000, SAM.at("src/lib/samfs/scsi_cmd.c, SCMD_MOVE_MEDIUM")
    ),
    HabitRow(Habit.LABELS_AFTER_SCAN, X80, SAM.at("src/robots/generic/element2.c, init_elements")),
)


def has_habit(habit: Habit, model: Model) -> bool:
    """Whether a model has a habit."""
    return any(row.habit is habit and row.fits(model) for row in HABITS)
