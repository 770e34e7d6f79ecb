"""Stock of cleaning cartridges: the state of each that is on record or in the library. Pure.

What the library shows now comes first: a cleaner on record that is not in its slot is not usable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from changer.drives.media_family import MediaFamily, family_named
from changer.errors import (
    BeingCleaned,
    CartridgeOut,
    ChangerError,
    CleanedByLibrary,
    CleanerSpent,
    InvalidCleaner,
    SeveralCartridges,
    SlotEmpty,
    SlotNotPresent,
)
from changer.library.auto_clean import is_managed_cleaner
from changer.library.element_state import USED_UP
from changer.library.inventory import Inventory
from changer.library.reserved_slots import ReservedSlots
from changer.smc.elements import Element
from changer.store.records import Cleaner
from changer.values import NamedTuple

State = Literal[
    "usable",
    "low",
    "overdue",
    "spent",
    "rejected",
    "cleaning",
    "out",
    "missing",
    "not-inserted",
    "duplicate",
    "not-present",
    "unknown",
    "foreign",
    "managed",
    "away",
]
FamilyOf = Callable[[str | None], MediaFamily | None]

_BY_REFUSAL: dict[type[ChangerError], State] = {
    BeingCleaned: "cleaning",
    CleanedByLibrary: "managed",
    SlotNotPresent: "not-present",
    CartridgeOut: "out",
    SlotEmpty: "missing",
    SeveralCartridges: "duplicate",
    CleanerSpent: "spent",
    InvalidCleaner: "not-inserted",
}


class SlotFacts(NamedTuple):
    """A reserved slot, as read and as on record.

    cleaner  the cartridge on record; None: none was brought in.
    refusal  why ``clean`` does not use it now; None: it would.
    drive    address of the drive that is being cleaned with it.
    """

    address: int
    element: Element | None
    cleaner: Cleaner | None
    refusal: ChangerError | None
    drive: int | None = None


class StockedCleaner(NamedTuple):
    """A cleaning cartridge that is in the library, or on record.

    label, family  None: it has none, or it is not known.
    reason      why it is in that state, in words; None where the state says it all.
    home        address of its reserved slot; None: it has none.
    address     of the element that shows it; None: no element does.
    cleans_left, uses  None: not known, and not on record.
    last_used_at, left_at  seconds since the epoch; None: never, or not known.
    drive       address of the drive that is being cleaned with it.
    refusal     why ``clean`` does not use it; None: it would.
    """

    label: str | None
    family: MediaFamily | None
    state: State
    reason: str | None
    home: int | None
    address: int | None
    cleans_left: int | None
    uses: int | None
    last_used_at: float | None
    left_at: float | None
    drive: int | None
    refusal: ChangerError | None


def find_state(facts: SlotFacts, *, cleans_left_warning: int) -> State:
    """The state of the cleaner that is on record of a reserved slot, or lies there."""
    refusal, cleaner = facts.refusal, facts.cleaner
    left = cleaner.cleans_left if cleaner else None
    if facts.drive is not None:
        return "cleaning"
    if isinstance(refusal, InvalidCleaner) and cleaner and cleaner.condition == "rejected":
        return "rejected"
    if refusal is None and left != 0:
        return "low" if left is not None and left <= cleans_left_warning else "usable"
    if isinstance(refusal, CleanerSpent | None) and not _is_spent(facts):
        return "overdue"
    return "unknown" if refusal is None else _BY_REFUSAL.get(type(refusal), "unknown")


def _is_spent(facts: SlotFacts) -> bool:
    """Whether a drive or the library found it to be used up, not the count alone."""
    found = facts.cleaner is not None and facts.cleaner.condition == "spent"
    return found or (facts.element is not None and facts.element.additional_sense == USED_UP)


def cleaners_of_slot(
    facts: SlotFacts,
    slots: ReservedSlots,
    inventory: Inventory,
    *,
    family_of: FamilyOf,
    cleans_left_warning: int,
) -> tuple[StockedCleaner, ...]:
    """The cleaner on record of a reserved slot, and another that lies there; none of an empty one.

    ``family_of``: the family by a label.
    """
    element, cleaner, found = facts.element, facts.cleaner, []
    holds = element if element is not None and element.full else None
    is_other = holds is not None and (cleaner is None or slots.on_record(holds) != cleaner)
    reason = facts.refusal.message if facts.refusal else None
    if cleaner is not None:
        state = find_state(facts, cleans_left_warning=cleans_left_warning)
        found.append(
            _on_record(
                cleaner,
                # Another cartridge in its place says nothing of this one but that it is not there.
                "missing" if is_other and state != "cleaning" else state,
                reason,
                family_of=family_of,
                address=_lies_at(cleaner, slots, inventory),
            )._replace(drive=facts.drive, refusal=facts.refusal)
        )
    if holds is not None and is_other and slots.is_cleaner(holds):
        managed = is_managed_cleaner(holds)
        shown = _shown(holds, "managed" if managed else "not-inserted", reason, family_of=family_of)
        found.append(shown._replace(home=facts.address, refusal=facts.refusal))
    return tuple(found)


def cleaners_elsewhere(
    inventory: Inventory,
    slots: ReservedSlots,
    *,
    away: Sequence[Cleaner],
    in_slots: Iterable[StockedCleaner],
    family_of: FamilyOf,
) -> tuple[StockedCleaner, ...]:
    """Cleaners in elements that are not reserved, then those on record that left the library.

    ``in_slots``: those of reserved slots, which may lie elsewhere now. One that left, and whose
    label a foreign one bears, is taken to be that.
    """
    accounted = {each.address for each in in_slots}
    found, left = [], {each.volume_tag: each for each in away}
    for element in inventory.elements:
        if element.address in slots or element.address in accounted or not element.full:
            continue
        if not slots.is_cleaner(element) or element.source_address in slots:
            continue
        state: State = "managed" if is_managed_cleaner(element) else "foreign"
        known = left.pop(element.tag, None) if element.tag is not None else None
        if known is None:
            found.append(_shown(element, state, _WHERE[state], family_of=family_of))
        else:
            reason = "; ".join(filter(None, [_WHERE[state], _why(known)]))
            found.append(
                _on_record(known, state, reason, family_of=family_of, address=element.address)
            )
    found += [
        _on_record(each, "away", _why(each), family_of=family_of, address=None)
        for each in left.values()
    ]
    return tuple(found)


_WHERE: dict[State, str] = {
    "foreign": "not in a reserved slot",
    "managed": "the library cleans with it",
}


def _why(cleaner: Cleaner) -> str | None:
    """What was found of a cleaner that is not in a reserved slot."""
    if cleaner.condition == "usable":
        return None
    return f"{cleaner.condition}{f' ({cleaner.why})' if cleaner.why else ''}"


def _lies_at(cleaner: Cleaner, slots: ReservedSlots, inventory: Inventory) -> int | None:
    """The element that shows a cleaner on record: its home before any other."""
    shown = [each for each in inventory.elements if each.full and slots.on_record(each) == cleaner]
    shown.sort(key=lambda each: each.address != cleaner.slot_address)
    return shown[0].address if shown else None


def _on_record(
    cleaner: Cleaner, state: State, reason: str | None, *, family_of: FamilyOf, address: int | None
) -> StockedCleaner:
    return StockedCleaner(
        label=cleaner.volume_tag,
        family=family_of(cleaner.volume_tag) or family_named(cleaner.family),
        state=state,
        reason=reason,
        home=cleaner.slot_address,
        address=address,
        cleans_left=cleaner.cleans_left,
        uses=cleaner.uses,
        last_used_at=cleaner.last_used_at,
        left_at=cleaner.left_at,
        drive=None,
        refusal=None,
    )


def _shown(
    element: Element, state: State, reason: str | None, *, family_of: FamilyOf
) -> StockedCleaner:
    """A cleaner of which nothing is on record."""
    return StockedCleaner(
        label=element.tag,
        family=family_of(element.tag),
        state=state,
        reason=reason,
        home=None,
        address=element.address,
        cleans_left=None,
        uses=None,
        last_used_at=None,
        left_at=None,
        drive=None,
        refusal=None,
    )
