"""Additional sense codes: what they mean in an element descriptor, and those of makers.

Pure. A row is T10's, or of the makers that agree on it: what one maker means by a code says nothing
of another's libraries, whose answer is the careful one of its sense key, or that an element can't
be told. Imported where a code is looked up: most commands never meet one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from changer.smc.atlas import exabyte, ibm, oracle, others, quantum, t10
from changer.smc.atlas.code_row import VendorCode
from changer.smc.elements import AdditionalSense, ElementException, Model
from changer.smc.makers import VIRTUAL
from changer.smc.sense import SenseAction

VENDOR_CODES: tuple[VendorCode, ...] = (
    *t10.ROWS,
    *exabyte.ROWS,
    *ibm.ROWS,
    *quantum.ROWS,
    *oracle.ROWS,
    *others.ROWS,
)


def element_meaning(sense: AdditionalSense) -> ElementException | None:
    """Meaning of a code in an element descriptor; None where it is not known of this model."""
    return next((row.element for row in _rows_of(sense) if row.element is not None), None)


def vendor_action(sense: AdditionalSense, key: int) -> SenseAction | None:
    """Action on sense data with a code that this model uses in its own way; None for any other."""
    return next((row.action for row in _rows_of(sense) if row.action and row.key == key), None)


def asks_for_ejection(key: int, sense: AdditionalSense) -> bool:
    """Whether this model ends a move from a drive so that has not ejected its cartridge."""
    return any(row.not_ejected and row.key == key for row in _rows_of(sense))


def vendor_words(sense: AdditionalSense) -> str | None:
    """The condition in words, and by whose: ``door open``; ``door open, as Exabyte uses it``.

    None where the code is T10's, or no maker is known to use it.
    """
    own = next((row.words for row in _rows_of(sense) if row.words), None)
    if own is not None or (sense.asc < _OF_VENDORS and sense.ascq < _OF_VENDORS):
        return own
    named: dict[str, dict[str, None]] = {}
    for row in filter(lambda each: each.words, _rows(sense)):
        makers = (each.name for each in row.makers if each not in VIRTUAL)
        named.setdefault(row.words, {}).update(dict.fromkeys(makers))
    return "; ".join(_words_elsewhere(words, [*names]) for words, names in named.items()) or None


def _words_elsewhere(words: str, names: list[str]) -> str:
    few = names[:2]
    return f"{words}, as {' and '.join(few)} {'use' if len(few) > 1 else 'uses'} it"


def _rows(sense: AdditionalSense) -> Iterator[VendorCode]:
    asc, ascq = sense.asc, sense.ascq
    return (row for row in VENDOR_CODES if row.asc == asc and row.ascq in (None, ascq))


def _rows_of(sense: AdditionalSense) -> tuple[VendorCode, ...]:
    """The rows for a code of this model: its maker's before T10's."""
    return _rows_of_model(sense, sense.model)


@lru_cache(maxsize=256)  # one code may be that of every slot
def _rows_of_model(sense: AdditionalSense, model: Model) -> tuple[VendorCode, ...]:
    rows = [row for row in _rows(sense) if row.fits(model)]
    return tuple(sorted(rows, key=lambda row: not row.makers))


_OF_VENDORS = 0x80
