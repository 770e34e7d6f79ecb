"""Reservations by model: the types of PERSISTENT RESERVE OUT that its manual lists.

A library's own answer goes first; a row says what one has that does not tell.
"""

from __future__ import annotations

from changer.smc.atlas.evidence import (
    DELL_ML6000,
    IBM_TS4500,
    MAGNUM_1X7,
    SCALAR,
    SL150_INTERFACE,
    SL500_INTERFACE,
    SUPERLOADER,
    Sources,
)
from changer.smc.elements import Model
from changer.smc.makers import (
    MAGNUM_1X7_ALONE,
    ML6000,
    SCALAR_I,
    SL150,
    SL500,
    SUPERLOADER_3,
    TS3500,
    Makers,
)
from changer.smc.persistent_reserve import ReservationType
from changer.values import NamedTuple

RESERVATION_TYPES = "reservation-types"

Types = frozenset[ReservationType]


class ReservationRow(NamedTuple):
    """A row. ``types``: of persistent reservations; none: it lists RESERVE and RELEASE alone."""

    types: Types
    makers: Makers
    evidence: Sources

    @property
    def words(self) -> str:
        """What follows from it."""
        if not self.types:
            return "it can have no fence: hosts reserve it by RESERVE alone"
        return f"hosts reserve it by PERSISTENT RESERVE OUT, {types_text(self.types)}"

    def fits(self, model: Model) -> bool:
        """Whether the row is for this model."""
        return any(each.made(model) for each in self.makers)


def _types(*numbers: int) -> Types:
    return frozenset(map(ReservationType, numbers))


RESERVATIONS = (
    ReservationRow(_types(3, 6), SCALAR_I, SCALAR.at("page 51")),
    ReservationRow(_types(3, 6), ML6000, DELL_ML6000.at("pages 50 and 52")),
    ReservationRow(_types(3, 6), SL500, SL500_INTERFACE.at("pages 172, 174 and 176")),
    # Page 170 has REPORT CAPABILITIES leave out 8h.
    ReservationRow(_types(3, 6, 8), SL150, SL150_INTERFACE.at("pages 168 and 176")),
    ReservationRow(_types(1, 3, 5, 6), SUPERLOADER_3, SUPERLOADER.at("pages 76, 77, 87 and 88")),
    ReservationRow(_types(), TS3500, IBM_TS4500.at("supported SCSI commands")),
    ReservationRow(_types(), MAGNUM_1X7_ALONE, MAGNUM_1X7.at("table 2-3")),
)


def types_of_model(model: Model) -> Types | None:
    """Types of persistent reservations of a model; None: not known."""
    return next((row.types for row in RESERVATIONS if row.fits(model)), None)


def types_text(types: Types) -> str:
    """Types, for people: ``types 3h and 6h``."""
    *others, last = (f"{each:X}h" for each in sorted(types))
    return f"types {', '.join(others)} and {last}" if others else f"type {last}"
