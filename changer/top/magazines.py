"""Rows of slots, as they stand in a library whose model tells them. Pure.

No command of SMC asks a library how its slots are arranged, so that this is known by model alone,
and only of models that there is evidence for; all others are shown as a grid.
"""

from __future__ import annotations

from changer.values import NamedTuple


class Model(NamedTuple):
    """INQUIRY strings of a library."""

    vendor: str
    product: str


class Magazines(NamedTuple):
    """Row of the table: a library of that model and number of slots has magazines of ``size``."""

    model: Model
    slots: int
    size: int
    evidence: str


_PROFILES = "changer/simulator/profiles: a virtual library of this product name is made so"
MAGAZINES = (
    Magazines(Model("CHANGER", "VIRTUAL"), 12, 6, _PROFILES),
    Magazines(Model("CHANGER", "AUTOLOADER"), 8, 4, _PROFILES),
    Magazines(Model("CHANGER", "SUPERLOADER"), 16, 8, _PROFILES),
    Magazines(Model("CHANGER", "SCALAR"), 36, 12, _PROFILES),
    Magazines(Model("CHANGER", "MAGNUM"), 20, 10, _PROFILES),
    Magazines(Model("CHANGER", "OMITTING"), 24, 8, _PROFILES),
    Magazines(Model("CHANGER", "LARGE LIBRARY"), 2000, 20, _PROFILES),
    Magazines(Model("STK", "SL150"), 30, 15, "SL150, library guide E35103-07, appendix A"),
    Magazines(
        Model("QUANTUM", "UHDL"), 16, 8, "SuperLoader 3, interface guide 81-81300-03, page 3"
    ),
)


def magazine_size(model: Model, slots: int) -> int | None:
    """How many slots a magazine has; None where nothing tells."""
    known = (each.size for each in MAGAZINES if (each.model, each.slots) == (model, slots))
    return next(known, None)


def rows_of(model: Model, slots: int) -> tuple[range, ...] | None:
    """The slots of each magazine, by their places in the order of addresses, from 0.

    None where the model does not tell: the slots are a grid that fits the screen.
    """
    size = magazine_size(model, slots)
    if size is None:
        return None
    return tuple(range(first, min(first + size, slots)) for first in range(0, slots, size))
