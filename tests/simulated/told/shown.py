"""Ways in which a library shows an element, whatever is truly in it, and what may be said of it.

By SMC-3's element descriptors and the vendors' references: an element that is left out, disabled,
not accessible or under an exception is not empty, whatever its FULL bit says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .descriptors import DRIVE, PICKER, Code, Told

FULL, EMPTY, ABSENT, UNKNOWN = "full", "empty", "not present", "unknown"
_NOT_SEEN = frozenset({ABSENT, UNKNOWN})
_VENDORS = 0x80  # a code from here on means what its maker says: of another one nothing is known

NO_REASON = (0x00, 0x00)  # EXCEPT=1 without a code: no exception
CLEANER = {(0x30, 0x03), (0x30, 0x83), (0x5A, 0x01)}
WANTS_CLEANING = {(0x80, 0x01), (0x00, 0x17)}
NO_DRIVE = {(0x3B, 0x1A), (0x83, 0x04), (0x3B, 0x82), (0x82, 0x00)}
NO_MAGAZINE = {(0x3B, 0x11), (0x3B, 0x12), (0x3B, 0x18)}
BY_FULL = (0x83, 0x02)  # a magazine that is out; with FULL=1, a bar code that can't be read
NO_LABEL = {(0x83, 0x01), (0x83, 0x08), (0x83, 0x09), (0x83, 0x0A)}
UNTOLD = {(0x83, 0x00), (0x83, 0x03), (0x53, 0x08), (0x80, 0x22)}
UNHEARD_OF = {(0x91, 0x07), (0x04, 0x91)}
CODES: tuple[Code | None, ...] = (
    None,
    NO_REASON,
    BY_FULL,
    *sorted(CLEANER | WANTS_CLEANING | NO_DRIVE | NO_MAGAZINE | NO_LABEL | UNTOLD | UNHEARD_OF),
)


@dataclass(frozen=True, slots=True)
class Showing:
    """How an element is shown. ``full``: what its FULL bit says; None: the truth.

    ``labelled``: its cartridge's label is shown, if the library reads labels at all.
    """

    listed: bool = True
    access: bool = True
    disabled: bool = False
    code: Code | None = None
    full: bool | None = None
    labelled: bool = True

    def of(self, told: Told) -> Told | None:
        """What is told, of what is true; None where the library leaves the element out."""
        if not self.listed:
            return None
        full = told.full if self.full is None else self.full
        told = replace(told, full=full, access=self.access, disabled=self.disabled, code=self.code)
        if not full:
            return replace(told, label=None, source=None, medium_type=0)
        return told if self.labelled else replace(told, label=None)


PLAIN = Showing()


def is_reached(told: Told | None) -> bool:
    """Whether the robot gets to an element that is shown so."""
    if told is None or told.disabled or (told.kind != PICKER and not told.access):
        return False
    return told.code not in NO_DRIVE | NO_MAGAZINE and (told.code != BY_FULL or told.full)


def may_be_said(told: Told | None) -> frozenset[str]:
    """What an answer may say of an element that is shown so: never empty, where it is not told."""
    if told is None:
        return _NOT_SEEN
    loaded = frozenset({FULL}) if told.kind == DRIVE and told.full else frozenset[str]()
    if told.disabled:
        return loaded | _NOT_SEEN
    accessible = told.access or told.kind == PICKER
    if told.code in (None, NO_REASON):
        plainly = frozenset({FULL if told.full else EMPTY})
        return plainly if accessible else loaded or _NOT_SEEN
    if told.code in CLEANER:
        said = _of_a_cleaner(told, accessible=accessible)
    elif told.kind == DRIVE:
        said = loaded or _of_an_empty_drive(told)
    else:
        said = _of_an_exception(told)
    return said if told.code is None or max(told.code) < _VENDORS else loaded or said | {UNKNOWN}


def _of_a_cleaner(told: Told, *, accessible: bool) -> frozenset[str]:
    """A cleaner, or the home of one that is out: that is not accessible, and no free place."""
    if told.full:
        return frozenset({FULL}) if accessible or told.kind == DRIVE else _NOT_SEEN | {FULL}
    return frozenset({EMPTY, UNKNOWN}) if accessible else _NOT_SEEN


def _of_an_empty_drive(told: Told) -> frozenset[str]:
    if told.code in WANTS_CLEANING:
        return frozenset({EMPTY}) if told.access else _NOT_SEEN
    return _NOT_SEEN if told.code in NO_DRIVE | NO_MAGAZINE | {BY_FULL} else frozenset({UNKNOWN})


def _of_an_exception(told: Told) -> frozenset[str]:
    if told.code in NO_MAGAZINE:
        return _NOT_SEEN
    if told.code == BY_FULL:
        return frozenset({FULL}) if told.full else _NOT_SEEN
    if told.code in NO_LABEL and told.full:
        return frozenset({FULL})
    return frozenset({FULL, UNKNOWN}) if told.full else frozenset({UNKNOWN})


def plainly_holds_none(told: Told | None) -> bool:
    """Whether it is told that nothing is in an element: it is there and empty, or no drive is."""
    if told is None:
        return False
    no_drive = told.kind == DRIVE and told.code in NO_DRIVE and not told.full
    return no_drive or may_be_said(told) == {EMPTY}


def plainly_holds_another(told: Told | None, label: str) -> bool:
    """Whether it is told that a cartridge of another label is in an element."""
    if told is None or not told.full or FULL not in may_be_said(told):
        return False
    return told.label not in (None, label) and told.code not in NO_LABEL
