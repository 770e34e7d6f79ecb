"""Whether the cleaners of a library suffice, for each media family that it has a drive of. Pure.

A family has enough when one of its cleaners can be used now, or is at work, and those that can be
used have more cleanings left together than are worth a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from changer.cleaning.refusals import together
from changer.cleaning.stock import StockedCleaner
from changer.drives.media_family import MediaFamily, may_clean
from changer.errors import ChangerError, CleanerLow, InvalidCleaner, NoSlotSet, SlotEmpty
from changer.values import NamedTuple


class FamilyStock(NamedTuple):
    """The cleaners for the drives of one family.

    family       None: that of these drives is not known.
    drives       their element addresses; empty where a library has no drives, or shows none.
    usable       how many cleaners can be used now.
    cleans_left  of those, and of those at work; None: of one of them it is not known.
    trouble      what ``--check`` fails with; None: there are enough.
    """

    family: MediaFamily | None
    drives: tuple[int, ...]
    usable: int
    cleans_left: int | None
    trouble: ChangerError | None


def family_stocks(
    cleaners: Iterable[StockedCleaner],
    drives: Mapping[int, MediaFamily | None],
    *,
    empty: Collection[ChangerError],
    nothing_reserved: NoSlotSet | None,
    cleans_left_warning: int,
) -> tuple[FamilyStock, ...]:
    """Judge each family, in the order of its first drive.

    cleaners          those of reserved slots.
    drives            the family of each drive, by its element address.
    empty             the refusals of reserved slots without a cleaner.
    nothing_reserved  the error of a library without a reserved slot.
    """
    known = set(drives.values())
    by_family: dict[MediaFamily | None, list[int]] = {}
    for address, family in sorted(drives.items()):
        by_family.setdefault(family, []).append(address)
    stocks = []
    at_home = [each for each in cleaners if each.home is not None]
    for family, addresses in (by_family or {None: []}).items():
        # A drive of a family that is not known is cleaned with what a person names.
        fitting = [
            each
            for each in at_home
            if may_clean(each.family, family, drives=known, is_named=family is None)
        ]
        usable = [each for each in fitting if each.refusal is None]
        in_use = [*usable, *(each for each in fitting if each.state == "cleaning")]
        counts = [each.cleans_left for each in in_use]
        told = [each for each in counts if each is not None]
        left = sum(told) if len(told) == len(counts) else None
        trouble: ChangerError | None = nothing_reserved
        if trouble is None and not in_use:
            trouble = _none_usable(at_home, fitting, empty)
        elif trouble is None and left is not None and left <= cleans_left_warning:
            trouble = _low(in_use, left)
        if trouble is not None and len(by_family) > 1 and trouble is not nothing_reserved:
            trouble = _naming(family, trouble)
        stocks.append(FamilyStock(family, tuple(addresses), len(usable), left, trouble))
    return tuple(stocks)


def _low(cleaners: list[StockedCleaner], left: int) -> CleanerLow:
    cleanings = f"{left} cleaning{'' if left == 1 else 's'} left"
    if len(cleaners) == 1:
        what = cleaners[0].label or "the cleaning cartridge"
        return CleanerLow(
            f"{what} has {cleanings}: have a new one ready",
            hint="changer cleaner eject, then changer cleaner insert with a new one",
        )
    return CleanerLow(
        f"{len(cleaners)} cleaning cartridges have {cleanings} together: have a new one ready",
        hint="changer cleaner reserve SLOT, then changer cleaner insert",
    )


def _none_usable(
    cleaners: list[StockedCleaner], fitting: list[StockedCleaner], empty: Collection[ChangerError]
) -> ChangerError:
    """One error: of the cleaners that fit, else of those that don't, else of empty slots."""
    refused = list({id(each.refusal): each.refusal for each in fitting if each.refusal}.values())
    if refused:
        return together(refused, "no cleaning cartridge can be used")
    if cleaners:
        names = ", ".join(
            f"{each.label or 'one without a label'} ({each.family or 'family not known'})"
            for each in cleaners
        )
        return InvalidCleaner(
            f"none of the cleaning cartridges fits: {names}",
            hint="changer cleaner reserve SLOT, then changer cleaner insert with one for them",
        )
    if len(empty) == 1 or any(not isinstance(each, SlotEmpty) for each in empty):
        return together(list(empty), "no cleaning cartridge can be used")
    return SlotEmpty(
        "there is no cleaning cartridge in the reserved slots",
        hint="bring one in with: changer cleaner insert",
    )


def _naming(family: MediaFamily | None, trouble: ChangerError) -> ChangerError:
    drives = f"{family} drives" if family else "drives of a family that is not known"
    named = type(trouble)(f"for {drives}: {trouble.message}", hint=trouble.hint)
    named.listed = trouble.listed
    return named
