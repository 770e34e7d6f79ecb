"""Habits: what models do in their own way beside sense codes, where the program heeds it.

Imported where one matters. Those that matter whenever a library is opened are ``library.model``'s.
"""

from __future__ import annotations

from enum import Enum

from changer.smc.atlas.evidence import (
    DELL_TL,
    IBM_DTL,
    IBM_TS4500,
    MAGNUM_1X7,
    MAGNUM_224,
    SAM,
    SCALAR,
    SL500_INTERFACE,
    STK_SL150,
    STK_SL3000,
    STK_SL4000,
    Sources,
)
from changer.smc.elements import Model
from changer.smc.makers import (
    BDT,
    C7200,
    DLT_448,
    FUJITSU,
    MAGNUM_1X7_ALONE,
    MAGNUM_224_448,
    NEO_ALONE,
    P_SERIES,
    PX500,
    QUALSTAR,
    SCALAR_1_AND_I,
    SCALAR_I,
    SL150,
    SL500,
    SL3000,
    SL3000_ALONE,
    SL4000,
    SONY,
    SPECTRA_9000,
    SPECTRA_T,
    STK_L,
    TL,
    TS3500,
    X80,
    Makers,
)
from changer.values import NamedTuple


class Habit(Enum):
    """A habit, and what the program does about it."""

    SCANS_NO_RANGE = "it takes no inventory of a range, so all of it is scanned"
    SCANS_NOTHING = "it answers an inventory of everything without looking, which is said"
    IGNORES_RANGES = "it answers an inventory of a range without looking, which is said"
    RANGES_BY_37 = "an inventory of a range is asked of it by 37h, and never by E7h"
    RANGES_BY_E7 = "an inventory of a range is asked of it by E7h, and never by 37h"
    EXCHANGE_FAILS = "an exchange is refused, although its mode page 1Fh offers it"
    IMPEXP_NOT_KEPT = "IMPEXP=0 does not mean that its robot put a cartridge into a mail slot"
    ALLOWS_FOR_ALL = "any host's unlock ends the lock of every host, which is said"
    LOCK_RUNS_OUT = "it can't stay locked for longer than two moves, which is said"
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

_ALL, _WITH_RANGE = "INITIALIZE ELEMENT STATUS", "INITIALIZE ELEMENT STATUS WITH RANGE"

HABITS = (
    HabitRow(Habit.SCANS_NO_RANGE, C7200 + FUJITSU + SL3000_ALONE + PX500, _ELEMENT),
    HabitRow(Habit.RANGES_BY_37, BDT + STK_L, _ELEMENT),
    HabitRow(Habit.RANGES_BY_37, TL, DELL_TL.at("page 3-1")),
    HabitRow(Habit.RANGES_BY_37, MAGNUM_224_448, MAGNUM_224.at("page 15-1")),
    HabitRow(Habit.RANGES_BY_E7, MAGNUM_1X7_ALONE, MAGNUM_1X7.at("page 5-1")),
    HabitRow(Habit.RANGES_BY_E7, SCALAR_I, SCALAR.at("table 3")),
    HabitRow(Habit.RANGES_BY_E7, TS3500, IBM_TS4500.at("supported SCSI commands")),
    HabitRow(Habit.IGNORES_RANGES, SL150, STK_SL150.at(_WITH_RANGE)),
    HabitRow(Habit.IGNORES_RANGES, SL4000, STK_SL4000.at(_WITH_RANGE)),
    HabitRow(Habit.SCANS_NOTHING, TS3500, IBM_DTL.at(_ALL)),
    HabitRow(Habit.SCANS_NOTHING, SL500, SL500_INTERFACE.at("page 90")),
    HabitRow(Habit.SCANS_NOTHING, SL150, STK_SL150.at(_ALL)),
    HabitRow(Habit.SCANS_NOTHING, SL4000, STK_SL4000.at(_ALL)),
    HabitRow(Habit.EXCHANGE_FAILS, QUALSTAR, SAM.at("src/robots/generic/transport.c, exchange")),
    HabitRow(Habit.IMPEXP_NOT_KEPT, SONY, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, P_SERIES, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, SCALAR_1_AND_I, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, NEO_ALONE + PX500, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, TS3500, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, X80, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, BDT, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, FUJITSU, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, SL500 + SL3000, _IMPORT),
    HabitRow(Habit.IMPEXP_NOT_KEPT, SPECTRA_T, _IMPORT),
    HabitRow(Habit.ALLOWS_FOR_ALL, SL3000_ALONE, STK_SL3000.at("chapter 2")),
    HabitRow(Habit.ALLOWS_FOR_ALL, SL4000, STK_SL4000.at("chapter 2")),
    HabitRow(Habit.LOCK_RUNS_OUT, DLT_448, _IMPORT),
    HabitRow(
        Habit.MARKS_CLEANERS, SPECTRA_9000, SAM.at("src/lib/samfs/scsi_cmd.c, SCMD_MOVE_MEDIUM")
    ),
    HabitRow(Habit.LABELS_AFTER_SCAN, X80, SAM.at("src/robots/generic/element2.c, init_elements")),
)


def has_habit(habit: Habit, model: Model) -> bool:
    """Whether a model has a habit."""
    return any(row.habit is habit and row.fits(model) for row in HABITS)
