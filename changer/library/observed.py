"""What one reading of a library shows that somebody wants to be told: mail slots and magazines.

Pure. What the library does not say is no fact: neither that something is so, nor that it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from changer.events.news import Fact
from changer.library.element_state import Presence, cartridge_name, find_condition
from changer.library.inventory import Inventory
from changer.smc.elements import Element, ElementType
from changer.store.records import EventRecord


def facts_of(
    inventory: Inventory, lasting: Sequence[EventRecord], *, library_id: str, impexp_is_kept: bool
) -> tuple[Fact, ...]:
    """The facts of the element types that were read. ``lasting``: events that are not over.

    ``impexp_is_kept``: IMPEXP=0 of this model means that the robot filled a mail slot.
    """
    facts: list[Fact] = []
    if ElementType.IMPORT_EXPORT in inventory.types:
        facts += _of_mail_slots(inventory, library_id, impexp_is_kept=impexp_is_kept)
    if ElementType.STORAGE in inventory.types:
        told = [each.subject for each in lasting if each.kind == "magazine-out"]
        facts += _of_magazines(inventory, told, library_id)
    return tuple(facts)


def _of_mail_slots(
    inventory: Inventory, library_id: str, *, impexp_is_kept: bool
) -> Iterator[Fact]:
    for element in inventory.of_type(ElementType.IMPORT_EXPORT):
        condition = find_condition(element, address=element.address)
        subject = str(element.address)
        if condition.full:
            is_told = element.operator_placed or impexp_is_kept
            placed = element.operator_placed if is_told else None
            yield _filled(element, inventory, library_id, operator_placed=placed)
        elif condition.full is False:
            yield Fact("mail-slot-filled", subject, holds=False)


def _filled(
    element: Element, inventory: Inventory, library_id: str, *, operator_placed: bool | None
) -> Fact:
    number = inventory.numbering.number_of(element.address)
    by = {True: "operator", False: "robot", None: None}[operator_placed]
    how = {"operator": ", put there by a person", "robot": ", put there by the robot", None: ""}[by]
    return Fact(
        "mail-slot-filled",
        str(element.address),
        f"mail slot {number} of {library_id} holds {cartridge_name(element)}{how}",
        state=element.tag or "",
        fields={"mail_slot": number, "volume_tag": element.tag, "placed_by": by},
    )


def _of_magazines(inventory: Inventory, told: Iterable[str], library_id: str) -> Iterator[Fact]:
    """Runs of slots that are not there, as far as they were not told; and those that are back.

    Of a run of which only a part is back, that is told, and what is still out as one of its own.
    """
    out, back = set[int](), set[int]()
    storage = inventory.assignment.storage
    for address in range(storage.first, storage.last + 1):
        element = inventory.at(address)
        condition = find_condition(element, address=address)
        is_disabled = element is not None and element.disabled
        if condition.presence is Presence.ABSENT and not condition.transient and not is_disabled:
            out.add(address)
        elif condition.present:
            back.add(address)
    known = set[int]()
    for subject in told:
        run = _run_of(subject)
        if not back.intersection(run):
            known.update(run)
            continue
        for each in _runs(back.intersection(run)):
            yield _back(subject, each, inventory, library_id)
    for each in _runs(out - known):
        yield _out(each, inventory, library_id)


def _out(run: range, inventory: Inventory, library_id: str) -> Fact:
    what = _slots(run, inventory)
    verb = "is" if len(run) == 1 else "are"
    return Fact(
        "magazine-out",
        f"{run[0]}-{run[-1]}",
        f"{what} of {library_id} {verb} not there: a magazine is out",
        fields=_fields(run, inventory),
    )


def _back(subject: str, run: range, inventory: Inventory, library_id: str) -> Fact:
    verb = "is" if len(run) == 1 else "are"
    return Fact(
        "magazine-out",
        subject,
        f"{_slots(run, inventory)} of {library_id} {verb} there again: a magazine is in",
        fields=_fields(run, inventory),
        holds=False,
    )


def _slots(run: range, inventory: Inventory) -> str:
    first, last = (inventory.numbering.number_of(each) for each in (run[0], run[-1]))
    return f"slot {first}" if first == last else f"slots {first} to {last}"


def _fields(run: range, inventory: Inventory) -> dict[str, int]:
    number_of = inventory.numbering.number_of
    return {"first_slot": number_of(run[0]), "last_slot": number_of(run[-1])}


def _runs(addresses: set[int]) -> Iterator[range]:
    """Addresses that follow each other, in their order."""
    left = sorted(addresses)
    while left:
        length = next(
            (index for index, each in enumerate(left) if each != left[0] + index), len(left)
        )
        yield range(left[0], left[0] + length)
        del left[:length]


def _run_of(subject: str) -> range:
    """The addresses of a fact that was told; none for a subject that is not a run."""
    first, _, last = subject.partition("-")
    if first.isdecimal() and last.isdecimal() and len(subject) < 12:
        return range(int(first), int(last) + 1)
    return range(0)
