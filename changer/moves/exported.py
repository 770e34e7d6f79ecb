"""Cartridges of an export: which there are, and what a reading says of each."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from changer.errors import (
    ChangerError,
    ExportIncomplete,
    MailSlotsFull,
    NtmsResult,
    OperationStopped,
    OperatorTimeout,
)
from changer.journal.last_seen import last_sighting
from changer.journal.operations import CANCELLED, SUCCESS, UNEXPECTED, ntms_result
from changer.library.addressing import Place
from changer.library.element_state import OUT_TYPES, cartridge_name, find_condition
from changer.library.inventory import Inventory
from changer.library.library import Library
from changer.library.mail_slots import MailSlots
from changer.store.records import FinalState, TransferRecord
from changer.values import dataclass

AGAIN = "run the same command again to continue"
# What ends an export and is told in its list; of anything else, the error is raised as well.
_ORDERLY = (OperatorTimeout, OperationStopped, MailSlotsFull)


class State(Enum):
    """How far a cartridge is on its way out."""

    TO_MOVE = "to be moved"
    TO_TAKE = "to be taken"
    LEFT = "left"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class ExportedCartridge:
    """What became of a cartridge of an export.

    ``place``: the mail slot that it left by, or is in; None: it was not moved there. ``why``: it
    has not left.
    """

    volume_tag: str
    has_left: bool
    place: Place | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of each cartridge. ``error``: what ended the export before it was done."""

    cartridges: tuple[ExportedCartridge, ...]
    operation_id: str
    error: ChangerError | None

    @property
    def left(self) -> tuple[ExportedCartridge, ...]:
        """Those that are out of the library."""
        return tuple(each for each in self.cartridges if each.has_left)

    @property
    def is_complete(self) -> bool:
        """All of them are."""
        return self.error is None and len(self.left) == len(self.cartridges)

    def require_all_left(self) -> None:
        """Raise the error that ended it; ExportIncomplete where it was merely not done."""
        if self.error is not None and not isinstance(self.error, _ORDERLY):
            raise self.error
        total = len(self.cartridges)
        if not self.is_complete:
            raise ExportIncomplete(
                f"{total - len(self.left)} of {cartridges(total)} did not leave"
                + (f": {self.error.message}" if self.error is not None else ""),
                hint=AGAIN,
            ) from self.error


def cartridges(number: int) -> str:
    """``1 cartridge``, ``2 cartridges``."""
    return f"{number} {'cartridge' if number == 1 else 'cartridges'}"


def final_state(exported: Exported) -> tuple[FinalState, NtmsResult]:
    """The end of the operation on record."""
    if exported.is_complete:
        return "completed", SUCCESS
    if isinstance(exported.error, OperationStopped):
        return "cancelled", CANCELLED
    error = exported.error or ExportIncomplete("")
    return "failed", ntms_result("export", error) or UNEXPECTED


@dataclass(slots=True)
class Leaving:
    """A cartridge on its way out.

    address  of the mail slot where it is, or that it left by.
    why      it stays, or can't be said to have left.
    """

    position: int
    tag: str
    state: State = State.TO_MOVE
    address: int | None = None
    why: str | None = None

    def stay(self, why: str) -> None:
        """It does not leave."""
        self.state, self.why = State.STAYS, why

    def lie(self, address: int) -> None:
        """It is in a mail slot."""
        self.state, self.address, self.why = State.TO_TAKE, address, None

    def resume(
        self, library: Library, inventory: Inventory, mail: MailSlots, *, before: TransferRecord
    ) -> None:
        """How far it is after an earlier export, by what the library shows and the journal has.

        One that it shows nowhere left if it was seen to have, and was not shown since; else if it
        came to a mail slot last, that slot is to be seen empty.
        """
        if inventory.holding(self.tag):
            return
        seen = last_sighting(library, self.tag)
        if seen is not None and seen.address in mail:
            self.lie(seen.address)
        was_shown_since = seen is not None and seen.at > (before.ended_at or 0.0)
        if before.outcome == "done" and not was_shown_since:
            self.state = State.LEFT

    def judge(self, inventory: Inventory, mail: MailSlots) -> None:
        """What a complete reading says of one that is to be moved or taken, or that left."""
        found = inventory.holding(self.tag)
        names = [inventory.numbering.name_of(each.address) for each in found]
        lying = [each.address for each in found if each.address in mail]
        if self.state is State.LEFT and found:
            self.stay(f"it left, was put back, and is in {' and '.join(names)}")
        elif self.state is State.TO_MOVE and len(found) == 1 and lying:
            self.lie(lying[0])
        elif self.state is State.TO_TAKE and lying:
            self.lie(self.address if self.address in lying else lying[0])
        elif self.state is State.TO_TAKE and found:
            self.stay(f"it was put back, and is in {' and '.join(names)}")
        elif self.state is State.TO_TAKE:
            self.why = _doubt(inventory, self.address or 0)
            if self.why is None:
                self.state = State.LEFT

    def result(self, mail: MailSlots) -> ExportedCartridge:
        """What became of it, in the end."""
        place = None if self.address is None else mail.numbering.place_of(self.address)
        return ExportedCartridge(self.tag, self.state is State.LEFT, place, self.why)


def _doubt(inventory: Inventory, address: int) -> str | None:
    """Why a cartridge that no element shows may still be in its mail slot, or have been moved."""
    numbering, element = inventory.numbering, inventory.at(address)
    condition, name = find_condition(element, address=address), numbering.name_of(address)
    if element is not None and condition.full:
        return f"{name} holds {cartridge_name(element)} now, and was not seen empty"
    if not condition.is_free:
        return f"can't tell whether {name} is empty: {condition.reason}"
    for each in inventory.elements:
        is_unnamed = each.element_type in OUT_TYPES and each.full and each.tag is None
        if is_unnamed and each.source_address in (None, address):
            return f"it may be in {numbering.name_of(each.address)}, which shows no label"
    return None


def places_of(leaving: Iterable[Leaving], mail: MailSlots) -> str:
    """``A00001L8 (mail slot 1), A00002L8 (mail slot 2)``."""
    known = sorted((each.address, each.tag) for each in leaving if each.address is not None)
    return ", ".join(f"{tag} ({mail.names([address])})" for address, tag in known)
