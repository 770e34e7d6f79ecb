"""Row of the atlas about a code: what a maker means by it, in sense data or of an element."""

from __future__ import annotations

from changer.errors import (
    DestinationFull,
    DeviceFailed,
    ElementNotPresent,
    LibraryOffline,
    NotReady,
    RemovalPrevented,
)
from changer.smc.atlas.evidence import Sources
from changer.smc.elements import ElementException, Model
from changer.smc.makers import Makers
from changer.smc.sense import Action, SenseAction, SenseKey, UnitAttention
from changer.values import dataclass


@dataclass(frozen=True, slots=True)
class VendorCode:
    """A row.

    ``key``: the sense key that the code comes with; None in an element descriptor, or with any.
    ``ascq``: None for any. ``words``: the condition, for messages; empty for those of T10's list.
    ``makers``: whose code it is; none: T10's. ``element``: its meaning in an element descriptor.
    ``action``: on sense data with it; None: the key alone decides.
    ``not_ejected``: a move from a drive ends so until the drive has ejected its cartridge.
    """

    key: SenseKey | None
    asc: int
    ascq: int | None
    words: str
    makers: Makers
    evidence: Sources
    element: ElementException | None = None
    action: SenseAction | None = None
    not_ejected: bool = False

    def fits(self, model: Model) -> bool:
        """Whether the row is for this model."""
        return not self.makers or any(each.made(model) for each in self.makers)

    def __str__(self) -> str:
        key = "" if self.key is None else f"{self.key:02X}/"
        return f"{key}{self.asc:02X}/{'xx' if self.ascq is None else f'{self.ascq:02X}'}"


FAILS = SenseAction(Action.FAIL, DeviceFailed)
FAILS_UNREADY = SenseAction(Action.FAIL, NotReady)
OFFLINE = SenseAction(Action.FAIL, LibraryOffline)
WAITS = SenseAction(Action.WAIT, NotReady)
BUSY = SenseAction(Action.RETRY, NotReady)
BUSY_OR_OFFLINE = SenseAction(Action.RETRY, LibraryOffline)
REFUSED = SenseAction(Action.FAIL, ElementNotPresent)
LOADED_ALREADY = SenseAction(Action.FAIL, DestinationFull)
EJECT_FIRST = SenseAction(Action.FAIL, RemovalPrevented)
# The robot stuck under a key that elsewhere means that nothing was done.
STUCK = SenseAction(Action.UNKNOWN, DeviceFailed)
# Its door was opened under a key that leaves open what it did before.
STOPPED = SenseAction(Action.UNKNOWN, LibraryOffline)
CHANGED = SenseAction(Action.ATTENTION, NotReady, UnitAttention.CONTENTS)


def sense(
    code: str,
    words: str,
    makers: Makers,
    evidence: Sources,
    action: SenseAction | None = None,
    *,
    not_ejected: bool = False,
) -> VendorCode:
    """A row about sense data: ``2/04/83``, or ``04/83`` with whatever key."""
    *key, asc, ascq = code.split("/")
    return VendorCode(
        key=SenseKey(int(key[0], 16)) if key else None,
        asc=int(asc, 16),
        ascq=int(ascq, 16),
        words=words,
        makers=makers,
        evidence=evidence,
        action=action,
        not_ejected=not_ejected,
    )


def element(
    code: str, words: str, makers: Makers, evidence: Sources, meaning: ElementException
) -> VendorCode:
    """A row about an element descriptor with EXCEPT=1: ``83/02``; ``5D/`` for any qualifier."""
    asc, _, ascq = code.partition("/")
    qualifier = int(ascq, 16) if ascq else None
    return VendorCode(None, int(asc, 16), qualifier, words, makers, evidence, meaning)
