"""Whereabouts of a cartridge that the store knows, by one complete reading (pure).

A cartridge that is not seen is out of the library only if every element that could hold it plainly
says that it does not: an element that is left out, disabled, not accessible or under an exception
that is not understood says nothing, and nothing is concluded from that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from changer.library.element_state import OUT_TYPES, Remedy, find_condition
from changer.library.inventory import Inventory
from changer.smc.elements import Element, ElementType, MediumType
from changer.values import dataclass

_PASSAGES = (ElementType.DATA_TRANSFER, ElementType.MEDIUM_TRANSPORT, ElementType.IMPORT_EXPORT)
_PANEL = "look at the library's panel, then try again"
_PUT_AWAY = "check which cartridge that is, and take it out, or move it to its slot"


@dataclass(frozen=True, slots=True)
class Untold:
    """An element that may hold the cartridge, why it does not say, and what would help: a hint."""

    address: int
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a cartridge is seen, and where it may be.

    seen    elements that show it, drives and transports first.
    untold  elements that may hold it and do not say: drives, transports, mail slots; where it has a
            label and is not seen, storage elements other than its own, too.
    """

    seen: tuple[Element, ...]
    untold: tuple[Untold, ...]

    @property
    def is_gone(self) -> bool:
        """The library says plainly that no element holds it."""
        return not self.seen and not self.untold


def find_whereabouts(
    inventory: Inventory, *, home: int, tag: str | None, ignored: Iterable[int] = ()
) -> Whereabouts:
    """The whereabouts of the cartridge of the storage element ``home``, which is empty.

    inventory  a reading of all element types.
    tag        its volume tag; None: it has none.
    ignored    addresses whose cartridges are known to be others.
    """
    skipped = {home, *ignored}
    seen: list[Element] = []
    untold: list[Untold] = []
    for address in _addresses(inventory, _PASSAGES):
        element = inventory.at(address)
        if address in skipped:
            continue
        if element is not None and _shows(element, home=home, tag=tag):
            seen.append(element)
        elif (doubt := _doubt(inventory, address, home=home, tag=tag)) is not None:
            untold.append(doubt)
    if tag is not None:
        stored = inventory.of_type(ElementType.STORAGE)
        own = [each for each in stored if each.tag == tag and each.address not in skipped]
        seen += [each for each in own if _shows(each, home=home, tag=tag)]
    if tag is not None and not seen:
        for address in _addresses(inventory, (ElementType.STORAGE,)):
            doubt = _doubt(inventory, address, home=home, tag=tag)
            if address not in skipped and doubt is not None:
                untold.append(doubt)
    return Whereabouts(tuple(seen), tuple(untold))


def _addresses(inventory: Inventory, types: Iterable[ElementType]) -> Iterator[int]:
    """Every address of these types, listed by the library or not."""
    for each in types:
        elements = inventory.assignment.range_of(each)
        yield from range(elements.first, elements.last + 1)


def _shows(element: Element, *, home: int, tag: str | None) -> bool:
    """Whether an element shows the cartridge: by its label, or by its source without one.

    A label is no identity: in a drive or a transport, the source that the library names outranks
    it. In a mail slot that says nothing of a cartridge with a label: it may be of an earlier one.
    """
    if not find_condition(element, address=element.address).full:
        return False
    is_from_home = element.source_address == home
    if element.tag is None:
        return is_from_home
    if tag is None:
        return is_from_home and element.element_type in OUT_TYPES
    if element.element_type not in OUT_TYPES:
        return element.tag == tag
    return is_from_home or (element.tag == tag and element.source_address is None)


def _doubt(inventory: Inventory, address: int, *, home: int, tag: str | None) -> Untold | None:
    """Why an element that does not show the cartridge may hold it; None where it can't."""
    element = inventory.at(address)
    condition = find_condition(element, address=address)
    if condition.tells_empty:
        return None
    if element is None or not condition.full:
        has_no_magazine = inventory.assignment.type_of(address) in OUT_TYPES
        is_vague = has_no_magazine and condition.remedy is Remedy.RETRY
        return Untold(address, condition.reason, _PANEL if is_vague else condition.remedy.value)
    if element.tag is not None and condition.tells_label:
        if element.tag != tag:
            return None
        reason = f"{tag} is there, but the library reports that it came from another slot"
        return Untold(address, reason, _PUT_AWAY)
    if element.tag is not None:
        is_vague = condition.remedy is Remedy.RETRY
        return Untold(address, condition.reason, _PUT_AWAY if is_vague else condition.remedy.value)
    if element.medium_type not in (MediumType.UNSPECIFIED, MediumType.CLEANING):
        return None
    if element.source_address in (None, home) or element.element_type not in OUT_TYPES:
        return Untold(address, "its cartridge shows neither label nor source", _PUT_AWAY)
    # It came from elsewhere, as the cleaner does that was put there before.
    return Untold(address, "its cartridge shows no label", _PUT_AWAY)
