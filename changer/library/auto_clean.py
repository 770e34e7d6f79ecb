"""Signs in the element status that the library cleans its drives itself, by the standard. Pure.

Most libraries that do so show nothing: Scalar, SL500, TS4300 keep their cleaners in cells that no
host sees. What is not seen here is therefore not known, and is no promise.
"""

from __future__ import annotations

from changer.smc.elements import AdditionalSense, Element, ElementType

_CLEANER_IN_ELEMENT = AdditionalSense(0x30, 0x03)


def is_managed_cleaner(element: Element) -> bool:
    """Whether a slot says that its cleaner is for the library alone to move.

    EXCEPT with 30/03, FULL=1 and ACCESS=0 in a storage element: IBM TS3500, TS4500 and Diamondback
    with automatic cleaning switched on. ACCESS=1 there says that it is switched off (TS4500
    documentation, 1.11.0, "Cleaning cartridge presence indicators").
    """
    return element.full and _is_flagged(element)


def is_home_of_cleaner_at_work(element: Element) -> bool:
    """Whether an empty slot says that its cleaner is out, and kept for it.

    EXCEPT with 30/03, FULL=0 and ACCESS=0 in a storage element: ATL P3000, P4000 and P7000, whoever
    moved the cleaner (P3000 user's guide, page 104). It is a sign of automatic cleaning only where
    no cleaning of ours is under way.
    """
    return not element.full and _is_flagged(element)


def _is_flagged(element: Element) -> bool:
    return (
        element.element_type is ElementType.STORAGE
        and element.accessible is False
        and not element.disabled
        and element.exception
        and element.additional_sense == _CLEANER_IN_ELEMENT
    )
