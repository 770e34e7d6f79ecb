"""``changer.cleaner/1``, and ``changer.cleaners/1`` where several slots are reserved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from changer.cleaning.cleaner_list import cleaning_cartridge
from changer.cleaning.family_stock import FamilyStock
from changer.cleaning.read_stock import CleanerStock, ReservedSlot
from changer.cleaning.stock import StockedCleaner
from changer.drives.cleaning_requests import DriveCleaningRequest
from changer.host.clock import utc_time
from changer.library.addressing import Numbering
from changer.library.status import CleanerStatus
from changer.smc.drive_models import family_of_drive
from changer.store.records import Cleaner
from changer.values import NamedTuple, chosen


class CleanerFacts(NamedTuple):
    """What is known of the cleaners of a library.

    primary  the slot that was reserved first, with its cartridge; None: none is.
    drives   what the drives said, or what is on record of them.
    """

    stock: CleanerStock
    drives: Iterable[DriveCleaningRequest]
    primary: CleanerStatus | None
    auto_clean: str

    @property
    def are_several(self) -> bool:
        """Whether they are those of several slots, which have a document of their own."""
        return len(self.stock.slots) > 1


def cleaners_document(facts: CleanerFacts, numbering: Numbering) -> dict[str, Any]:
    """The document, without its library.

    That of one slot, or of none, has what it always had, and besides what all have.
    """
    stock = facts.stock
    content = {
        "auto_clean": facts.auto_clean,
        "cleaners": [cleaner_document(each, numbering) for each in stock.cleaners],
        "slots": [_slot_document(each, numbering) for each in stock.slots],
        "families": [family_document(each, numbering) for each in stock.families],
        "drives": [_drive_document(each) for each in facts.drives],
    }
    if facts.are_several:
        return content
    kept = stock.slots[0].cleaner if stock.slots else None
    return {"cleaner": _cleaner_document(facts.primary, kept), **content}


def _cleaner_document(status: CleanerStatus | None, kept: Cleaner | None) -> dict[str, Any] | None:
    if status is None:
        return None
    return {
        "slot": status.slot,
        "address": status.address,
        "volume_tag": status.volume_tag,
        "cleans_left": status.cleans_left,
        "last_used_at": utc_time(kept.last_used_at if kept else None),
    }


def cleaner_document(cleaner: StockedCleaner, numbering: Numbering) -> dict[str, Any]:
    """A cleaning cartridge."""
    shown = cleaning_cartridge(cleaner, numbering)
    return {
        **chosen(shown, "volume_tag", "family", "state", "reason", "slot"),
        "place": None if shown.place is None else str(shown.place),
        **chosen(shown, "drive", "cleans_left", "uses"),
        "last_used_at": utc_time(shown.last_used_at),
        "left_at": utc_time(shown.left_at),
    }


def _slot_document(slot: ReservedSlot, numbering: Numbering) -> dict[str, Any]:
    return {
        "slot": numbering.number_of(slot.address),
        "address": slot.address,
        "full": slot.full,
        "volume_tag": slot.cleaner.volume_tag if slot.cleaner else None,
    }


def family_document(stock: FamilyStock, numbering: Numbering) -> dict[str, Any]:
    """The judgement of a family, as documents have it."""
    trouble = stock.trouble
    return {
        "family": stock.family,
        "drives": [numbering.number_of(each) for each in stock.drives],
        "usable": stock.usable,
        "cleans_left": stock.cleans_left,
        "ok": trouble is None,
        "code": trouble.code if trouble else None,
        "reason": trouble.message if trouble else None,
    }


def _drive_document(drive: DriveCleaningRequest) -> dict[str, Any]:
    return {
        "number": drive.number,
        "address": drive.address,
        "serial": drive.serial,
        "family": family_of_drive(drive.product),
        "cleaning_request": drive.request,
        "asked": drive.asked,
        "why_not": drive.why_not,
        "cleaned_at": utc_time(drive.cleaned_at),
        "cleanings": drive.cleanings,
        "tape_alerts": sorted(drive.tape_alerts),
    }
