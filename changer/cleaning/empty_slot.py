"""Proof that a storage element is present and empty: two equal readings, or a refusal.

The proof holds while the library's lock is held and no unit attention comes.
"""

from __future__ import annotations

from collections.abc import Callable

from changer.errors import (
    CartridgeOut,
    InvalidSlot,
    NotReady,
    SlotFull,
    SlotNotPresent,
    SlotUnknown,
)
from changer.library.addressing import Numbering
from changer.library.claims import Claims
from changer.library.element_state import (
    OUT_TYPES,
    ElementCondition,
    Presence,
    cartridge_name,
    find_presence,
)
from changer.library.initialize_status import initialize_locked
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.occupancy import Occupancy, cartridge_out, find_occupancy
from changer.library.reserved_slots import ReservedSlots
from changer.library.routes import Routes
from changer.library.whereabouts import find_whereabouts
from changer.smc.cdb import test_unit_ready
from changer.smc.elements import Element, ElementAddressAssignment, ElementType, MediumType
from changer.values import dataclass

PROOFS = 5
ACCESS_PAUSES_SECONDS = (0.5, 1.0, 2.0)
_PLURALS = {ElementType.DATA_TRANSFER: "drives", ElementType.MEDIUM_TRANSPORT: "pickers"}


class _Changed(Exception):
    """A unit attention, or a second reading that differs from the first: start over."""


class _InventoryWanted(Exception):
    """The library does not know what the slot holds; INITIALIZE ELEMENT STATUS may tell it."""


@dataclass(frozen=True, slots=True)
class ProvenSlot:
    """A slot that is present and empty.

    address     its element address.
    numbering   the library's numbering at the proof.
    cleaner_is  where the slot's cleaner on record is seen, a clause; None where it is not.
    """

    address: int
    numbering: Numbering
    cleaner_is: str | None


def verify_slot_empty(
    library: Library,
    choose: Callable[[ElementAddressAssignment], int],
    *,
    may_inventory: bool | None = None,
    cleaner_is_gone: bool = False,
    coming_from: int | None = None,
) -> ProvenSlot:
    """Return once the slot is proven present and empty; to be called when TEST UNIT READY is GOOD.

    A reserved slot is empty only if no drive or picker holds its cleaner, which may show neither
    label nor source. If the store knows the cleaner, it has to be accounted for: seen in a mail
    slot or another slot, or every drive, picker and mail slot, and every other slot if it has a
    label, says plainly that it does not hold it.

    choose           the address of the slot, by mode page 1Dh of each attempt.
    may_inventory    let the robot scan the slot if the library does not know. None: a function that
                     can't be told to.
    cleaner_is_gone  a person took the cleaner out: it is not looked for where nothing shows it.
    coming_from      address of the cartridge that is to go into the slot, which is another one.

    Raises, in this order: IdentityChanged, what ``choose`` raises, SlotNotPresent, BeingCleaned,
    SlotFull, CartridgeOut, SlotUnknown; NotReady if the library keeps changing while it is read.
    """
    for _ in range(PROOFS):
        assignment = library.reader.assignment()
        attentions = library.session.attention_count
        library.ensure_identity()
        address = choose(assignment)
        proof = _Proof(
            library, assignment, address, is_gone=cleaner_is_gone, coming_from=coming_from
        )
        try:
            return proof.attempt(attentions, may_inventory=may_inventory)
        except _Changed:
            pass
        except _InventoryWanted:
            may_inventory = None  # that was tried
            library.context.progress("the library is scanning the slot")
            _look_into(library, address)
        library.session.send(test_unit_ready())
    raise NotReady(
        "the library keeps changing while it is read",
        hint="leave it alone for a minute, or look at its panel, then try again",
    )


def _look_into(library: Library, address: int) -> None:
    try:
        initialize_locked(library, first_address=address, count=1)
    except InvalidSlot as error:
        raise SlotUnknown(
            f"can't tell what is in slot @{address}: the library does not scan it "
            f"({error.message})",
            hint="look at the library's panel, or into the magazine",
            sense=error.sense,
        ) from error


class _Proof:
    """Readings of one slot, by one mode page 1Dh."""

    def __init__(
        self,
        library: Library,
        assignment: ElementAddressAssignment,
        address: int,
        *,
        is_gone: bool,
        coming_from: int | None,
    ) -> None:
        self._library = library
        self._assignment = assignment
        self._numbering = Numbering(assignment)
        self._address = address
        self._is_gone = is_gone
        self._coming_from = coming_from
        self._slots = ReservedSlots.for_(library)
        self._is_reserved = address in self._slots
        self._cleaner = self._slots.cleaner_of(address)
        self._claims = Claims.for_(library)
        self._cleaner_tag = (self._cleaner.volume_tag or None) if self._cleaner else None
        self._name = f"slot @{address}"
        self.cleaner_is: str | None = None

    def attempt(self, attentions: int, *, may_inventory: bool | None) -> ProvenSlot:
        """Read, judge, send TEST UNIT READY, and read again.

        ``attentions``: the session's count of unit attentions when mode page 1Dh had been read.
        """
        if self._address in self._assignment.storage:
            self._name = self._numbering.name_of(self._address)
        element = self._present_element(may_inventory=may_inventory)
        self._refuse_unless_empty(element)
        session = self._library.session
        session.send(test_unit_ready())
        again = self._library.reader.read_element(self._assignment, self._address)
        if session.attention_count != attentions or again != element:
            raise _Changed
        self._library.checked(f"{self._name} is present and empty, as read twice")
        self._library.checked(f"no drive and no picker holds a cartridge of {self._name}")
        return ProvenSlot(self._address, self._numbering, self.cleaner_is)

    def _present_element(self, *, may_inventory: bool | None) -> Element:
        element, finding = self._look()
        for pause in ACCESS_PAUSES_SECONDS:
            if not finding.transient:
                break
            self._library.context.clock.sleep(pause)
            element, finding = self._look()
        if finding.presence is Presence.ABSENT:
            raise SlotNotPresent(
                f"{self._name} is not present: {finding.reason}",
                hint="put its magazine back, then try again",
            )
        if finding.presence is Presence.PRESENT and element is not None:
            return element
        if finding.inventory_may_tell and may_inventory:
            raise _InventoryWanted
        hint = "look at the library's panel, or into the magazine"
        if finding.inventory_may_tell:
            hint = finding.remedy.value
            if may_inventory is False:
                hint = "add --inventory to have the library take inventory (this moves the robot)"
        raise SlotUnknown(f"can't tell what is in {self._name}: {finding.reason}", hint=hint)

    def _look(self) -> tuple[Element | None, ElementCondition]:
        element = self._library.reader.read_element(self._assignment, self._address)
        return element, find_presence(element, address=self._address, assignment=self._assignment)

    def _routes(self) -> Routes:
        """The moves that the library can make, as far as known, for a remedy: sends nothing."""
        reader = self._library.reader
        return Routes(self._numbering, reader.known_capabilities(self._assignment))

    def _refuse_unless_empty(self, element: Element) -> None:
        numbering = self._numbering
        self._claims.check(self._address, numbering=numbering)
        if element.full:
            if self._cleaner_tag is not None and element.tag == self._cleaner_tag:
                place = numbering.place_of(self._address)
                out_by = f"take it out first: changer cleaner eject {place}"
            else:
                out_by = self._routes().out_of(self._address)
            raise SlotFull(f"{self._name} is full ({cartridge_name(element)})", hint=out_by)
        inventory = self._drives_and_pickers()
        others = [each for each in inventory.elements if each.element_type in OUT_TYPES]
        out = cartridge_out(self._address, others, cleaner_tag=self._cleaner_tag)
        if out is None and self._is_reserved:
            out = self._homeless_cleaner(self._unclaimed(others))
        if out is not None:
            raise CartridgeOut(
                f"{self._name} is empty because its cartridge, {cartridge_name(out)}, is in "
                f"{numbering.name_of(out.address)}",
                hint=f"put it back first: {self._routes().way(out.address, self._address)}",
            )
        if self._cleaner is not None and not self._is_gone:
            self._account_for_cleaner(inventory)
        elif self._is_reserved and not self._is_gone:
            self._refuse_unknown_cartridge(self._unclaimed(others))
        doubtful = [] if self._is_gone else self._unclaimed(others)
        occupancy = find_occupancy(element, doubtful, cleaner_tag=self._cleaner_tag)
        if occupancy is not Occupancy.EMPTY:
            raise SlotUnknown(
                f"can't tell whether {self._name} is empty: the library reports that it is, but "
                f"shows {_contradiction(element)}",
                hint="have the library take inventory (this moves the robot): changer inventory",
            )

    def _drives_and_pickers(self) -> Inventory:
        reader, assignment = self._library.reader, self._assignment
        inventory = reader.start_reading(assignment)
        for element_type, plural in _PLURALS.items():
            if not assignment.range_of(element_type).count:
                continue
            if element_type not in inventory.types:
                inventory = reader.read_type(inventory, element_type)
            if not inventory.of_type(element_type) and not self._is_gone:
                # Not a word on any of them: its cartridge may be in one.
                raise SlotUnknown(
                    f"can't tell whether {self._name} has its cartridge: the library shows none "
                    f"of its {plural}",
                    hint="look at the library's panel, then try again",
                )
        return inventory

    def _account_for_cleaner(self, inventory: Inventory) -> None:
        """Raise SlotUnknown for the cleaner on record where an element may hold it unseen."""
        reader, numbering = self._library.reader, self._numbering
        for each in ElementType:
            if each not in inventory.types and inventory.assignment.range_of(each).count:
                inventory = reader.read_type(inventory, each)
        ignored = {each.address for each in self._claims.others}  # with other cleaners
        if self._coming_from is not None:
            ignored.add(self._coming_from)
        found = find_whereabouts(
            inventory, home=self._address, tag=self._cleaner_tag, ignored=ignored
        )
        what = self._cleaner_tag or "without a label"
        if found.untold:
            first, *more = found.untold
            others = f" (and {len(more)} more do not say)" if more else ""
            raise SlotUnknown(
                f"can't tell whether the cleaning cartridge {what} of {self._name} is in "
                f"{numbering.name_of(first.address)}: {first.reason}{others}",
                hint=f"{first.remedy}; or, if somebody took the cleaner out of the library: "
                f"changer cleaner release {numbering.place_of(self._address)} --cleaner-is-gone",
            )
        if found.seen:
            where = numbering.name_of(found.seen[0].address)
            self.cleaner_is = f"the cleaning cartridge {what} is in {where}"
            self._library.checked(self.cleaner_is)
        else:
            self._library.checked(f"no element holds the cleaning cartridge {what}")

    def _refuse_unknown_cartridge(self, others: list[Element]) -> None:
        """Raise SlotUnknown for a cartridge that shows nothing: it may be the cleaner."""
        numbering = self._numbering
        for each in others:
            unnamed = each.volume_tag is None and each.source_address is None
            if each.full and unnamed and each.medium_type == MediumType.UNSPECIFIED:
                raise SlotUnknown(
                    f"can't tell whether {self._name} has its cartridge: the one in "
                    f"{numbering.name_of(each.address)} shows neither label nor source",
                    hint=self._routes().out_of(each.address),
                )

    def _unclaimed(self, others: list[Element]) -> list[Element]:
        """But the drives that cleanings under way have, with the cleaners of other slots."""
        return [each for each in others if each.address not in self._claims]

    def _homeless_cleaner(self, others: list[Element]) -> Element | None:
        for each in others:
            if each.full and each.source_address is None and self._slots.is_cleaner(each):
                known = self._slots.on_record(each)
                if known is None or known.slot_address == self._address:
                    return each
        return None


def _contradiction(element: Element) -> str:
    if element.tag:
        return f"the label {element.tag}"
    if element.additional_sense:
        return f"the exception {element.additional_sense}"
    return "signs of a cartridge"
