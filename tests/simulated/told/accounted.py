"""Where a cartridge that belongs to a slot is, or that it is plainly gone, by what is told."""

from __future__ import annotations

from .descriptors import DRIVE, MAIL, PICKER, SLOT, Told
from .shown import EMPTY, FULL, NO_LABEL, UNTOLD, may_be_said, plainly_holds_none
from .stand_in import CLEANING_MEDIUM, DATA_MEDIUM, StandIn


def may_hold(told: Told | None, label: str | None, *, home: int) -> bool:
    """Whether the cartridge of that label, which belongs to ``home``, may be in an element."""
    if plainly_holds_none(told):
        return False
    if told is None or not told.full:
        return True
    if told.label is not None and told.code not in NO_LABEL | UNTOLD:
        return told.label == label
    if told.label is None and told.medium_type == DATA_MEDIUM:
        return False
    of_another = told.source is not None and told.source != home
    hides_label = told.code in NO_LABEL | UNTOLD or told.medium_type == CLEANING_MEDIUM
    return not of_another or (told.label is None and hides_label)


def untold(library: StandIn, label: str | None, *, home: int) -> list[Told | None]:
    """The elements that do not tell plainly that the cartridge is not in them.

    Any drive, picker or mail slot could hold it, and a slot too, if a label tells it from others.
    """
    return [
        told
        for address, told in library.all_told.items()
        if address != home
        and (library.geometry.kind(address) in (DRIVE, PICKER, MAIL) or label is not None)
        and may_hold(told, label, home=home)
    ]


def is_plainly_gone(library: StandIn, label: str | None, *, home: int) -> bool:
    """The only case in which it may be said to be out of the library."""
    return is_free(library, home) and not untold(library, label, home=home)


def is_accounted_for(library: StandIn, label: str | None, *, home: int) -> bool:
    """The only cases in which its slot may be given up, and what is known of it forgotten: it is
    plainly gone, or lies in plain sight where it can stay.
    """
    return is_free(library, home) and (
        not untold(library, label, home=home)
        or any(
            is_seen(told, label, home=home)
            for address, told in library.all_told.items()
            if address != home and library.geometry.kind(address) in (SLOT, MAIL)
        )
    )


def is_free(library: StandIn, slot: int) -> bool:
    """Whether a slot tells plainly that nothing is in it."""
    told = library.told(slot)
    return may_be_said(told) == {EMPTY} and told is not None and told.label is None


def is_seen(told: Told | None, label: str | None, *, home: int) -> bool:
    """Whether an element shows the cartridge, by its label, or by its source without one."""
    if told is None or not told.full or FULL not in may_be_said(told):
        return False
    if told.label is None or label is None:
        return told.label is None and told.source == home
    return told.label == label
