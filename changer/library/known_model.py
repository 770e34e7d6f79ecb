"""Everything that the tables know of one model: quirks, habits and sense codes, with evidence.

Pure. For people: what acts on a row looks it up where it matters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from changer.library.model import (
    ACCESS_NOT_REPORTED,
    ANSWERS_AT_REST,
    ANSWERS_TYPE_ZERO,
    QUIRKS,
    RESERVES_BY_PORT,
    TAGS_OF_EIGHT,
    Identity,
)
from changer.smc.atlas.auto_clean_pages import AUTO_CLEAN_PAGE, AUTO_CLEAN_PAGES
from changer.smc.atlas.code_row import VendorCode
from changer.smc.atlas.evidence import Sources
from changer.smc.atlas.habits import HABITS
from changer.smc.atlas.reservations import RESERVATION_TYPES, RESERVATIONS
from changer.smc.atlas.traits import TRAITS
from changer.smc.elements import Model
from changer.smc.vendor_codes import VENDOR_CODES
from changer.values import NamedTuple

QUIRK_WORDS = {
    ANSWERS_TYPE_ZERO: "everything is read by one READ ELEMENT STATUS",
    ACCESS_NOT_REPORTED: "ACCESS=0 is ignored: it is 0 in every element, and moves are made",
    ANSWERS_AT_REST: "a reading waits for the robot, so what it shows is at rest",
    TAGS_OF_EIGHT: "of a label, the first 8 characters are believed",
    RESERVES_BY_PORT: "a SCSI reservation keeps out only hosts that come through the same port",
}


class KnownHabit(NamedTuple):
    """A quirk or habit that applies: its name, what follows from it, and who says so."""

    name: str
    words: str
    evidence: str


def known_habits(identity: Identity) -> tuple[KnownHabit, ...]:
    """The quirks, habits and traits of a model."""
    model = _model(identity)
    rows = (*_habits(model), *_pages(model), *_reservations(model), *_traits(model))
    return (*_quirks(identity), *rows)


def known_codes(identity: Identity) -> tuple[VendorCode, ...]:
    """The sense codes that a model's maker uses in its own way."""
    model = _model(identity)
    return tuple(row for row in VENDOR_CODES if row.makers and row.fits(model))


def count_text(codes: Collection[object]) -> str:
    """How many sense codes, in words."""
    return f"{len(codes)} sense code{'' if len(codes) == 1 else 's'} of its maker"


def code_text(row: VendorCode) -> str:
    """A sense code of a maker as one line: ``02/04/83 door open (SAM-QFS, ...)``."""
    return f"{row} {row.words} ({evidence_text(row.evidence)})".replace("  ", " ")


def evidence_text(sources: Sources) -> str:
    """Sources as one text."""
    return "; ".join(dict.fromkeys(map(str, sources)))


def _model(identity: Identity) -> Model:
    return Model(identity.vendor, identity.product)


def _quirks(identity: Identity) -> Iterator[KnownHabit]:
    for row in QUIRKS:
        if row.fits(identity):
            yield KnownHabit(row.name, QUIRK_WORDS[row.name], row.evidence)


def _habits(model: Model) -> Iterator[KnownHabit]:
    for row in HABITS:
        if row.fits(model):
            yield KnownHabit(row.habit.slug, row.habit.value, evidence_text(row.evidence))


def _pages(model: Model) -> Iterator[KnownHabit]:
    for row in AUTO_CLEAN_PAGES:
        if row.fits(model):
            yield KnownHabit(AUTO_CLEAN_PAGE, row.words, evidence_text(row.evidence))


def _reservations(model: Model) -> Iterator[KnownHabit]:
    for row in RESERVATIONS:
        if row.fits(model):
            yield KnownHabit(RESERVATION_TYPES, row.words, evidence_text(row.evidence))


def _traits(model: Model) -> Iterator[KnownHabit]:
    for row in TRAITS:
        if row.fits(model):
            yield KnownHabit(row.trait.slug, row.trait.value, evidence_text(row.evidence))
